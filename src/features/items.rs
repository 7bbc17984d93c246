//! Zones as features of GeoJSON (RFC 7946), a page of them or one.

use flatgeobuf::Geometry;

use super::page::{put_value, union};
use super::row::{Row, Value};
use super::{FeatureError, Selection};

/// Bytes after which a page ends, however many zones it may have: a contour has no bounded size.
pub const MAX_PAGE: usize = 16 << 20;

/// Some zones as a `FeatureCollection`.
pub struct ItemPage {
    /// The document.
    pub bytes: Vec<u8>,
    /// The code of the last zone, where others follow it.
    pub next: Option<String>,
    /// How many zones it holds.
    pub returned: usize,
    /// West, south, east, north of its zones; `None` where it has none.
    pub bounds: Option<[f64; 4]>,
}

impl ItemPage {
    /// The zones from the one after a code on, so many at most. `matched` is how many there are on all pages
    /// together; `links` gives the links of the page, from the code of its last zone where others follow. It
    /// waits for the disk.
    ///
    /// # Errors
    /// [`FeatureError`].
    pub fn write(
        selection: &Selection,
        (after, limit): (Option<&str>, usize),
        matched: usize,
        links: impl FnOnce(Option<&str>) -> serde_json::Value,
    ) -> Result<ItemPage, FeatureError> {
        let keys = keys(selection);
        let is_point = selection.scale().is_point();
        let mut bytes = Vec::new();
        bytes.extend_from_slice(
            format!("{{\"type\":\"FeatureCollection\",\"numberMatched\":{matched},\"features\":[")
                .as_bytes(),
        );
        let (mut bounds, mut last, mut returned) = (None, None, 0);
        let mut rows = selection.rows(after, limit);
        for row in rows.by_ref() {
            let row = row?;
            if returned > 0 {
                bytes.push(b',');
            }
            put_feature(&mut bytes, &keys, &row, is_point);
            bytes.push(b'}');
            bounds = Some(union(bounds, row.bounds()));
            last = Some(row.code().to_owned());
            returned += 1;
            if bytes.len() > MAX_PAGE {
                break;
            }
        }
        let next = last.filter(|_| rows.has_more());
        bytes.extend_from_slice(format!("],\"numberReturned\":{returned},\"links\":").as_bytes());
        bytes.extend_from_slice(links(next.as_deref()).to_string().as_bytes());
        bytes.push(b'}');
        Ok(ItemPage { bytes, next, returned, bounds })
    }
}

/// How far a page goes that another format writes.
pub struct PageSpan {
    /// The code of its last zone, where others follow it.
    pub next: Option<String>,
    /// How many zones it holds.
    pub returned: usize,
    /// West, south, east, north of its zones; `None` where it has none.
    pub bounds: Option<[f64; 4]>,
}

impl PageSpan {
    /// The zones from the one after a code on, so many at most, as long as they fit a page. It waits for the
    /// disk.
    ///
    /// # Errors
    /// [`FeatureError`].
    pub fn measure(
        selection: &Selection,
        (after, limit): (Option<&str>, usize),
    ) -> Result<PageSpan, FeatureError> {
        let (mut bounds, mut last, mut returned, mut weight) = (None, None, 0, 0);
        let mut rows = selection.rows(after, limit);
        for row in rows.by_ref() {
            let row = row?;
            bounds = Some(union(bounds, row.bounds()));
            last = Some(row.code().to_owned());
            (returned, weight) = (returned + 1, weight + row.weight());
            if weight > MAX_PAGE {
                break;
            }
        }
        Ok(PageSpan { next: last.filter(|_| rows.has_more()), returned, bounds })
    }
}

/// One zone as a `Feature`, with its links.
pub fn item(selection: &Selection, row: &Row, links: &serde_json::Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_feature(&mut bytes, &keys(selection), row, selection.scale().is_point());
    bytes.extend_from_slice(format!(",\"links\":{links}}}").as_bytes());
    bytes
}

/// `"name":` of each column.
fn keys(selection: &Selection) -> Vec<Vec<u8>> {
    let columns = selection.shown().columns().iter();
    columns.map(|column| format!("{}:", serde_json::json!(column.name)).into_bytes()).collect()
}

/// A feature without the brace that closes it: every shown column, null where the zone has no value.
fn put_feature(out: &mut Vec<u8>, keys: &[Vec<u8>], row: &Row, is_point: bool) {
    out.extend_from_slice(b"{\"type\":\"Feature\",\"id\":");
    put_value(out, Some(Value::Text(row.code())));
    out.extend_from_slice(b",\"properties\":{");
    for (place, key) in keys.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        out.extend_from_slice(key);
        put_property(out, row.value(place));
    }
    out.extend_from_slice(b"},\"geometry\":");
    match row.geometry() {
        Some(geometry) if is_point => put_point(out, &geometry),
        Some(geometry) => put_polygons(out, &geometry),
        None => out.extend_from_slice(b"null"),
    }
}

/// A value of a feature: a whole number is written with a decimal point. QGIS 3.22 keeps the features that it reads in a
/// file of its own, which gives back 0 for a number that is absent from a column of whole numbers: a secret count would
/// be 0 to whoever reads its table. Of a column of reals it stays absent.
fn put_property(out: &mut Vec<u8>, value: Option<Value<'_>>) {
    put_value(out, value);
    if matches!(value, Some(Value::Integer(_))) {
        out.extend_from_slice(b".0");
    }
}

fn put_point(out: &mut Vec<u8>, geometry: &Geometry<'_>) {
    out.extend_from_slice(b"{\"type\":\"Point\",\"coordinates\":");
    let numbers: Vec<f64> = geometry.xy().map(|xy| xy.iter().collect()).unwrap_or_default();
    put_place(out, numbers.first_chunk().copied().unwrap_or_default());
    out.push(b'}');
}

fn put_polygons(out: &mut Vec<u8>, geometry: &Geometry<'_>) {
    out.extend_from_slice(b"{\"type\":\"MultiPolygon\",\"coordinates\":[");
    for (number, part) in geometry.parts().into_iter().flatten().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        out.push(b'[');
        let numbers: Vec<f64> = part.xy().map(|xy| xy.iter().collect()).unwrap_or_default();
        let (points, _) = numbers.as_chunks::<2>();
        let ends: Vec<usize> = match part.ends() {
            Some(ends) if !ends.is_empty() => ends.iter().map(|end| end as usize).collect(),
            _ => vec![points.len()],
        };
        let mut start = 0;
        for (place, end) in ends.into_iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            out.push(b'[');
            for (at, point) in points.get(start..end).unwrap_or_default().iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                put_place(out, *point);
            }
            out.push(b']');
            start = end;
        }
        out.push(b']');
    }
    out.extend_from_slice(b"]}");
}

fn put_place(out: &mut Vec<u8>, [x, y]: [f64; 2]) {
    out.push(b'[');
    put_value(out, Some(Value::Number(x)));
    out.push(b',');
    put_value(out, Some(Value::Number(y)));
    out.push(b']');
}
