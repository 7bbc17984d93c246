//! One scale as FlatGeobuf: every zone, every column, EPSG:4326, spatial index.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use geo::{Geometry, Point};
use geozero::{ColumnValue, PropertyProcessor};

use super::columns::{Columns, Kind, Value};
use super::{PublishError, staging};
use domain::Shape;
use protect::PublishedScale;

/// Writes the scale. Features are in the order of the spatial index, which follows from the
/// shapes alone.
pub(super) fn write(
    scale: &PublishedScale,
    columns: &Columns,
    file: &File,
    path: &Path,
) -> Result<(), PublishError> {
    let failed = |source| PublishError::Fgb { path: path.into(), source: Box::new(source) };
    let geometry = match scale.scale().is_point() {
        true => GeometryType::Point,
        false => GeometryType::MultiPolygon,
    };
    let options = FgbWriterOptions {
        detect_type: false,
        title: Some(scale.scale().label()),
        crs: FgbCrs { org: Some("EPSG"), code: 4326, name: Some("WGS 84"), ..Default::default() },
        ..Default::default()
    };
    let mut writer = FgbWriter::create_with_options(scale.scale().id(), geometry, options)
        .map_err(|error| failed(Flaw::Format(error)))?;
    for (index, column) in columns.list().iter().enumerate() {
        writer.add_column(&column.name, column_type(column.kind), |builder, arguments| {
            arguments.title = Some(builder.create_string(&column.title));
            arguments.description = Some(builder.create_string(&column.description));
            arguments.nullable = index != 0;
        });
    }
    for (zone, shape) in scale.shapes().iter().enumerate() {
        let geometry = match shape {
            Shape::Point(at) => Geometry::Point(Point(*at)),
            Shape::Area(area) => Geometry::MultiPolygon(area.clone()),
        };
        let mut refused = None;
        writer
            .add_feature_geom(geometry, |feature| {
                columns.visit(scale, zone, &mut |place, column, value| {
                    let value = column_value(value);
                    if let Err(error) = feature.property(place, &column.name, &value) {
                        refused.get_or_insert(error);
                    }
                });
            })
            .map_err(|error| failed(Flaw::Feature(error)))?;
        if let Some(error) = refused {
            return Err(failed(Flaw::Feature(error)));
        }
    }
    let mut out = BufWriter::new(file);
    writer.write(&mut out).map_err(|error| failed(Flaw::Format(error)))?;
    out.flush().map_err(staging::at(path))
}

/// Why a FlatGeobuf file could not be written.
#[derive(Debug, thiserror::Error)]
enum Flaw {
    #[error(transparent)]
    Format(flatgeobuf::Error),
    #[error(transparent)]
    Feature(geozero::error::GeozeroError),
}

fn column_type(kind: Kind) -> ColumnType {
    match kind {
        Kind::Text => ColumnType::String,
        Kind::Truth => ColumnType::Bool,
        // Signed: GDAL reads an unsigned 64-bit column as a real number.
        Kind::Integer => ColumnType::Long,
        Kind::Number => ColumnType::Double,
    }
}

fn column_value(value: Value<'_>) -> ColumnValue<'_> {
    match value {
        Value::Text(text) => ColumnValue::String(text),
        Value::Truth(truth) => ColumnValue::Bool(truth),
        Value::Count(count) => ColumnValue::Long(i64::try_from(count).unwrap_or(i64::MAX)),
        Value::Sum(sum) => ColumnValue::Long(sum),
        Value::Number(number) => ColumnValue::Double(number),
    }
}
