//! A page of zones as JSON, or as a line of JSON each.

use super::row::{Row, Value};
use super::{FeatureError, Selection};

/// How a page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageFormat {
    /// One document: `{"edition":…,"scale":…,"zones":[…],"next":…}`.
    Json,
    /// A line for each zone.
    NdJson,
}

/// Some zones, written.
pub struct Page {
    /// The document.
    pub bytes: Vec<u8>,
    /// The code of the last zone, where others follow it.
    pub next: Option<String>,
    /// West, south, east, north of its zones; `None` where it has none.
    pub bounds: Option<[f64; 4]>,
}

impl Page {
    /// The zones from the one after a code on, so many at most. It waits for the disk.
    ///
    /// # Errors
    /// [`FeatureError`].
    pub fn write(
        selection: &Selection,
        after: Option<&str>,
        limit: usize,
        format: PageFormat,
    ) -> Result<Page, FeatureError> {
        let keys: Vec<Vec<u8>> =
            selection.shown().columns().iter().map(|column| key(&column.name)).collect();
        let (mut bytes, mut bounds, mut last) = (Vec::new(), None, None);
        let is_json = format == PageFormat::Json;
        if is_json {
            let (edition, scale) = (selection.edition().id().to_string(), selection.scale().id());
            bytes.extend_from_slice(b"{\"edition\":");
            put_text(&mut bytes, &edition);
            bytes.extend_from_slice(b",\"scale\":");
            put_text(&mut bytes, scale);
            bytes.extend_from_slice(b",\"zones\":[");
        }
        let mut rows = selection.rows(after, limit);
        for row in rows.by_ref() {
            let row = row?;
            if is_json && last.is_some() {
                bytes.push(b',');
            }
            put_zone(&mut bytes, &keys, &row);
            if !is_json {
                bytes.push(b'\n');
            }
            bounds = Some(union(bounds, row.bounds()));
            last = Some(row.code().to_owned());
        }
        let next = last.filter(|_| rows.has_more());
        if is_json {
            bytes.extend_from_slice(b"],\"next\":");
            match &next {
                Some(code) => put_text(&mut bytes, code),
                None => bytes.extend_from_slice(b"null"),
            }
            bytes.push(b'}');
        }
        Ok(Page { bytes, next, bounds })
    }
}

/// The box around two, the first of which may be missing.
pub(super) fn union(one: Option<[f64; 4]>, other: [f64; 4]) -> [f64; 4] {
    let one = one.unwrap_or(other);
    [one[0].min(other[0]), one[1].min(other[1]), one[2].max(other[2]), one[3].max(other[3])]
}

/// `"name":`.
fn key(name: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(name.len() + 3);
    put_text(&mut key, name);
    key.push(b':');
    key
}

/// Every shown column, null where the zone has no value; then where the zone is.
fn put_zone(out: &mut Vec<u8>, keys: &[Vec<u8>], row: &Row) {
    out.push(b'{');
    for (place, key) in keys.iter().enumerate() {
        out.extend_from_slice(key);
        put_value(out, row.value(place));
        out.push(b',');
    }
    let point = row.point().map(|[x, y]| [Value::Number(x), Value::Number(y)]);
    for (place, name) in [b"\"x\":", b"\"y\":"].into_iter().enumerate() {
        out.extend_from_slice(name);
        put_value(out, point.map(|point| point[place]));
        out.push(b',');
    }
    out.extend_from_slice(b"\"bounds\":[");
    for (place, degrees) in row.bounds().into_iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        put_value(out, Some(Value::Number(degrees)));
    }
    out.extend_from_slice(b"]}");
}

/// A value as JSON.
pub(super) fn put_value(out: &mut Vec<u8>, value: Option<Value<'_>>) {
    match value {
        None => out.extend_from_slice(b"null"),
        Some(Value::Text(text)) => put_text(out, text),
        Some(Value::Truth(true)) => out.extend_from_slice(b"true"),
        Some(Value::Truth(false)) => out.extend_from_slice(b"false"),
        Some(Value::Integer(number)) => put(out, &number),
        Some(Value::Number(number)) => put(out, &number),
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, &text);
}

/// A vector takes everything, and numbers and texts are always JSON.
fn put(out: &mut Vec<u8>, value: &impl serde::Serialize) {
    serde_json::to_writer(out, value).unwrap_or_default();
}
