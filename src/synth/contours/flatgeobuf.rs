//! FlatGeobuf in EPSG:4326, with its spatial index.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use geo::{Coord, Geometry, LineString, MultiPolygon, Polygon};
use geozero::{ColumnValue, PropertyProcessor};

use super::super::SynthError;
use super::super::borders::Ring;
use super::super::project::Projections;
use super::{Contour, failed};

/// Writes contours under `CODE_SIREN`, `NOM` and `NATURE`.
pub(super) fn write(
    path: &Path,
    contours: impl Iterator<Item = Contour>,
    projections: &Projections,
) -> Result<(), SynthError> {
    let options = FgbWriterOptions {
        crs: FgbCrs { org: Some("EPSG"), code: 4326, ..FgbCrs::default() },
        ..FgbWriterOptions::default()
    };
    let mut writer = FgbWriter::create_with_options("epci", GeometryType::MultiPolygon, options)
        .map_err(|error| failed(path, error))?;
    let names = ["CODE_SIREN", "NOM", "NATURE"];
    for name in names {
        writer.add_column(name, ColumnType::String, |_, _| {});
    }
    for contour in contours {
        let geometry = Geometry::MultiPolygon(degrees(&contour, projections)?);
        let values = [&contour.code, &contour.nom, &contour.of];
        writer
            .add_feature_geom(geometry, |feature| {
                for (index, value) in values.into_iter().enumerate() {
                    // The closure cannot fail: a string column takes any string.
                    let _ = feature.property(index, names[index], &ColumnValue::String(value));
                }
            })
            .map_err(|error| failed(path, error))?;
    }
    let write = |source| SynthError::Write { path: path.into(), source };
    let mut file = BufWriter::new(File::create(path).map_err(write)?);
    writer.write(&mut file).map_err(|error| failed(path, error))?;
    file.flush().map_err(write)
}

fn degrees(contour: &Contour, projections: &Projections) -> Result<MultiPolygon, SynthError> {
    let line = |ring: &Ring| -> Result<LineString, SynthError> {
        let places: Result<Vec<Coord>, SynthError> = ring
            .iter()
            .map(|at| {
                let (x, y) = projections.degrees(*at)?;
                Ok(Coord { x: x as f64 / 1e7, y: y as f64 / 1e7 })
            })
            .collect();
        Ok(LineString(places?))
    };
    let mut polygons = Vec::new();
    for area in &contour.areas {
        let holes: Result<Vec<LineString>, SynthError> = area.holes.iter().map(line).collect();
        polygons.push(Polygon::new(line(&area.exterior)?, holes?));
    }
    Ok(MultiPolygon(polygons))
}
