//! GeoJSON in EPSG:4326 (RFC 7946), written feature by feature.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::super::SynthError;
use super::super::borders::Ring;
use super::super::project::Projections;
use super::Contour;

/// Writes contours under three properties: code, name, and the name of what they lie in.
pub(super) fn write(
    path: &Path,
    [code, nom, of]: [&str; 3],
    contours: impl Iterator<Item = Contour>,
    projections: &Projections,
) -> Result<(), SynthError> {
    let failed = |source| SynthError::Write { path: path.into(), source };
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    file.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[").map_err(failed)?;
    for (index, contour) in contours.enumerate() {
        let mut polygons = Vec::with_capacity(contour.areas.len());
        for area in &contour.areas {
            let rings = std::iter::once(&area.exterior).chain(&area.holes);
            let rings: Result<Vec<Value>, SynthError> =
                rings.map(|ring| degrees(ring, projections)).collect();
            polygons.push(rings?);
        }
        let feature = json!({
            "type": "Feature",
            "properties": { code: contour.code, nom: contour.nom, of: contour.of },
            "geometry": { "type": "MultiPolygon", "coordinates": polygons },
        });
        let separator = if index == 0 { "\n" } else { ",\n" };
        write!(file, "{separator}{feature}").map_err(failed)?;
    }
    file.write_all(b"\n]}\n").and_then(|()| file.flush()).map_err(failed)
}

fn degrees(ring: &Ring, projections: &Projections) -> Result<Value, SynthError> {
    ring.iter()
        .map(|at| {
            let (longitude, latitude) = projections.degrees(*at)?;
            Ok(json!([longitude as f64 / 1e7, latitude as f64 / 1e7]))
        })
        .collect()
}
