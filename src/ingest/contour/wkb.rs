//! Polygons in well-known binary, with the header that GeoPackage puts before it
//! (OGC 12-128r18, clause 2.1.3). Counts are checked against the bytes that are left.

use super::bytes::Bytes;
use super::problem::Problem;
use super::raw::{point, role};
use super::ring::{Ring, Role};

/// Reads the polygons of a GeoPackage geometry; `number` is the entity's, for messages.
pub(super) fn gpkg_rings(blob: &[u8], number: usize) -> Result<Vec<(Ring, Role)>, Problem> {
    let body = gpkg_body(blob).ok_or(Problem::Geometry(number))?;
    let mut bytes = Bytes::new(body, true);
    let mut rings = Vec::new();
    match geometry_type(&mut bytes).ok_or(Problem::Geometry(number))? {
        (3, width) => polygon(&mut bytes, width, &mut rings),
        (6, _) => multi_polygon(&mut bytes, &mut rings),
        (other, _) => {
            return Err(Problem::NotPolygon { feature: number, kind: type_name(other).into() });
        }
    }
    .ok_or(Problem::Geometry(number))?;
    Ok(rings)
}

/// The well-known binary behind the header.
fn gpkg_body(blob: &[u8]) -> Option<&[u8]> {
    let mut bytes = Bytes::new(blob, true);
    if bytes.take(2)? != b"GP" {
        return None;
    }
    bytes.u8()?;
    let flags = bytes.u8()?;
    let envelope = match (flags >> 1) & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return None,
    };
    bytes.take(4 + envelope)?;
    blob.get(8 + envelope..)
}

/// Byte order, then the kind and the numbers of a point (2 to 4), in the ISO notation (1000 for
/// Z, 2000 for M) or the flags of the extended one.
fn geometry_type(bytes: &mut Bytes) -> Option<(u32, usize)> {
    let order = bytes.u8()?;
    bytes.set_little(order != 0);
    let code = bytes.u32()?;
    let (flags, code) = (code >> 29, code & 0x1fff_ffff);
    if flags & 1 != 0 {
        // An SRID follows, which GeoPackage keeps elsewhere.
        bytes.u32()?;
    }
    let extra = match code / 1000 {
        0 => (flags >> 1).count_ones() as usize,
        1 | 2 => 1,
        3 => 2,
        _ => return None,
    };
    Some((code % 1000, 2 + extra))
}

fn multi_polygon(bytes: &mut Bytes, rings: &mut Vec<(Ring, Role)>) -> Option<()> {
    for _ in 0..bytes.count(9)? {
        let (kind, width) = geometry_type(bytes)?;
        if kind != 3 {
            return None;
        }
        polygon(bytes, width, rings)?;
    }
    Some(())
}

fn polygon(bytes: &mut Bytes, width: usize, rings: &mut Vec<(Ring, Role)>) -> Option<()> {
    for index in 0..bytes.count(4)? {
        let count = bytes.count(8 * width)?;
        let mut ring = Ring::with_capacity(count);
        for _ in 0..count {
            ring.push(point(bytes.f64()?, bytes.f64()?));
            bytes.take(8 * (width - 2))?;
        }
        rings.push((ring, role(index)));
    }
    Some(())
}

fn type_name(code: u32) -> &'static str {
    match code {
        1 => "Point",
        2 => "LineString",
        4 => "MultiPoint",
        5 => "MultiLineString",
        7 => "GeometryCollection",
        8 => "CircularString",
        9 => "CompoundCurve",
        10 => "CurvePolygon",
        11 => "MultiCurve",
        12 => "MultiSurface",
        _ => "inconnu",
    }
}
