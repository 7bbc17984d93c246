//! Geometries of zones as well-known binary, from what a file holds.

use flatgeobuf::Geometry;

use super::json::Node;

/// A geometry of FlatGeobuf: a point, or polygons.
pub fn wkb(geometry: &Geometry<'_>) -> Option<Vec<u8>> {
    let Some(parts) = geometry.parts() else {
        let numbers: Vec<f64> = geometry.xy()?.iter().collect();
        return point(&numbers);
    };
    let mut polygons = Vec::new();
    for part in parts {
        let numbers: Vec<f64> = part.xy()?.iter().collect();
        let (points, _) = numbers.as_chunks::<2>();
        let ends = part.ends().map(|ends| ends.iter().map(|end| end as usize).collect());
        let ends: Vec<usize> = ends.unwrap_or_else(|| vec![points.len()]);
        let mut start = 0;
        let mut rings = Vec::new();
        for end in ends {
            rings.push(points.get(start..end)?.to_vec());
            start = end;
        }
        polygons.push(rings);
    }
    Some(multipolygon(&polygons))
}

/// The rings of each polygon; of a point, itself alone.
pub fn multipolygon_or_point(polygons: &[Vec<Vec<[f64; 2]>>], is_point: bool) -> Vec<u8> {
    let first = polygons.first().and_then(|rings| rings.first()?.first());
    match first.filter(|_| is_point).and_then(|at| point(at)) {
        Some(point) => point,
        None => multipolygon(polygons),
    }
}

/// A geometry of GeoJSON.
pub fn from_json(node: &Node) -> Option<Vec<u8>> {
    if !node.entries().iter().map(|(key, _)| key.as_str()).eq(["type", "coordinates"]) {
        return None;
    }
    let place = |node: &Node| -> Option<[f64; 2]> {
        let numbers: Option<Vec<f64>> = node.items().iter().map(Node::number).collect();
        numbers?.try_into().ok()
    };
    let coordinates = node.get("coordinates")?;
    match node.get("type")?.text()? {
        "Point" => point(&place(coordinates)?),
        "MultiPolygon" => {
            let ring = |node: &Node| node.items().iter().map(place).collect::<Option<Vec<_>>>();
            let polygon = |node: &Node| node.items().iter().map(ring).collect::<Option<Vec<_>>>();
            let polygons: Option<Vec<_>> = coordinates.items().iter().map(polygon).collect();
            Some(multipolygon(&polygons?))
        }
        _ => None,
    }
}

fn point(numbers: &[f64]) -> Option<Vec<u8>> {
    let [x, y] = *numbers else { return None };
    let mut out = vec![1, 1, 0, 0, 0];
    out.extend_from_slice(&x.to_le_bytes());
    out.extend_from_slice(&y.to_le_bytes());
    Some(out)
}

fn multipolygon(polygons: &[Vec<Vec<[f64; 2]>>]) -> Vec<u8> {
    let mut out = vec![1, 6, 0, 0, 0];
    let count = |number: usize, out: &mut Vec<u8>| {
        out.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
    };
    count(polygons.len(), &mut out);
    for rings in polygons {
        out.extend_from_slice(&[1, 3, 0, 0, 0]);
        count(rings.len(), &mut out);
        for ring in rings {
            count(ring.len(), &mut out);
            ring.iter().flatten().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        }
    }
    out
}
