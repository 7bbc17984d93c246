//! GeoJSON (RFC 7946), a feature at a time.

use std::io::Write;

use features::{Row, Value};
use flatgeobuf::Geometry;
use serde_json::json;

use super::{About, ExportError, Sheet};

pub(super) fn write(
    sheet: &Sheet,
    about: &About,
    out: &mut (dyn Write + Send),
) -> Result<(), ExportError> {
    let lines = about.lines().iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
    let about: serde_json::Map<_, _> = lines.collect();
    out.write_all(b"{\"type\":\"FeatureCollection\",\"name\":")?;
    serde_json::to_writer(&mut *out, &sheet.name())?;
    out.write_all(b",\"metadata\":")?;
    serde_json::to_writer(&mut *out, &about)?;
    out.write_all(b",\"features\":[")?;
    let keys: Vec<String> =
        sheet.columns().iter().map(|column| json!(column.name).to_string()).collect();
    let (is_point, mut bytes) = (sheet.selection().scale().is_point(), Vec::new());
    for (number, row) in sheet.rows().enumerate() {
        let row = row?;
        bytes.clear();
        if number > 0 {
            bytes.push(b',');
        }
        bytes.extend_from_slice(b"{\"type\":\"Feature\",\"id\":");
        serde_json::to_writer(&mut bytes, row.code())?;
        bytes.extend_from_slice(b",\"properties\":{");
        put_properties(&mut bytes, sheet, &keys, &row)?;
        bytes.extend_from_slice(b"},\"geometry\":");
        let geometry = row.geometry().ok_or(ExportError::NoGeometry)?;
        put_geometry(&mut bytes, &geometry, is_point)?;
        bytes.push(b'}');
        out.write_all(&bytes)?;
    }
    out.write_all(b"]}")?;
    Ok(())
}

fn put_properties(
    bytes: &mut Vec<u8>,
    sheet: &Sheet,
    keys: &[String],
    row: &Row,
) -> Result<(), ExportError> {
    for (place, (column, key)) in sheet.columns().iter().zip(keys).enumerate() {
        if place > 0 {
            bytes.push(b',');
        }
        bytes.extend_from_slice(key.as_bytes());
        bytes.push(b':');
        match sheet.value(column, row) {
            None => bytes.extend_from_slice(b"null"),
            Some(Value::Text(text)) => serde_json::to_writer(&mut *bytes, text)?,
            Some(Value::Truth(truth)) => serde_json::to_writer(&mut *bytes, &truth)?,
            Some(Value::Integer(number)) => serde_json::to_writer(&mut *bytes, &number)?,
            Some(Value::Number(number)) => serde_json::to_writer(&mut *bytes, &number)?,
        }
    }
    Ok(())
}

fn put_geometry(
    bytes: &mut Vec<u8>,
    geometry: &Geometry<'_>,
    is_point: bool,
) -> Result<(), ExportError> {
    if is_point {
        bytes.extend_from_slice(b"{\"type\":\"Point\",\"coordinates\":");
        let point = geometry.xy().filter(|xy| xy.len() == 2).ok_or(ExportError::NoGeometry)?;
        serde_json::to_writer(&mut *bytes, &[point.get(0), point.get(1)])?;
        bytes.push(b'}');
        return Ok(());
    }
    bytes.extend_from_slice(b"{\"type\":\"MultiPolygon\",\"coordinates\":[");
    let mut first = true;
    for part in geometry.parts().into_iter().flatten() {
        if !first {
            bytes.push(b',');
        }
        first = false;
        bytes.push(b'[');
        for (place, ring) in super::wkb::rings(&part).enumerate() {
            if place > 0 {
                bytes.push(b',');
            }
            serde_json::to_writer(&mut *bytes, &ring)?;
        }
        bytes.push(b']');
    }
    bytes.extend_from_slice(b"]}");
    Ok(())
}
