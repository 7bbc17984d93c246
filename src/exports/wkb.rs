//! Geometries as ISO well-known binary, little-endian.

use flatgeobuf::Geometry;

use super::ExportError;

/// The rings of a polygon, each a list of longitude and latitude.
pub(super) fn rings(part: &Geometry<'_>) -> impl Iterator<Item = Vec<[f64; 2]>> {
    let numbers: Vec<f64> = part.xy().map(|xy| xy.iter().collect()).unwrap_or_default();
    let (points, _) = numbers.as_chunks::<2>();
    let points = points.to_vec();
    let ends: Vec<usize> = match part.ends() {
        Some(ends) if !ends.is_empty() => ends.iter().map(|end| end as usize).collect(),
        _ => vec![points.len()],
    };
    let mut start = 0;
    ends.into_iter().map(move |end| {
        let ring = points.get(start..end).unwrap_or_default().to_vec();
        start = end;
        ring
    })
}

/// Adds a geometry.
pub(super) fn put(
    geometry: &Geometry<'_>,
    is_point: bool,
    out: &mut Vec<u8>,
) -> Result<(), ExportError> {
    if is_point {
        let point = geometry.xy().filter(|xy| xy.len() == 2).ok_or(ExportError::NoGeometry)?;
        head(1, out);
        point.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        return Ok(());
    }
    let parts = geometry.parts().ok_or(ExportError::NoGeometry)?;
    head(6, out);
    out.extend_from_slice(&(parts.len() as u32).to_le_bytes());
    for part in parts {
        head(3, out);
        let rings: Vec<Vec<[f64; 2]>> = rings(&part).collect();
        out.extend_from_slice(&(rings.len() as u32).to_le_bytes());
        for ring in rings {
            out.extend_from_slice(&(ring.len() as u32).to_le_bytes());
            ring.iter().flatten().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        }
    }
    Ok(())
}

/// Byte order and type.
fn head(kind: u32, out: &mut Vec<u8>) {
    out.push(1);
    out.extend_from_slice(&kind.to_le_bytes());
}
