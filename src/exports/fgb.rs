//! FlatGeobuf with its spatial index. The library gathers the features in a temporary file without a name.

use std::io::Write;

use features::{Kind, Value};
use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, Geometry, GeometryType};
use geozero::{ColumnValue, GeomProcessor, GeozeroGeometry, PropertyProcessor};
use serde_json::json;

use super::{About, ExportError, Sheet};

pub(super) fn write(
    sheet: &Sheet,
    about: &About,
    out: &mut (dyn Write + Send),
) -> Result<(), ExportError> {
    let scale = sheet.selection().scale();
    let kind = if scale.is_point() { GeometryType::Point } else { GeometryType::MultiPolygon };
    let lines = about.lines().iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
    let metadata = serde_json::Value::Object(lines.collect()).to_string();
    let (name, description) = (sheet.name(), about.text());
    let options = FgbWriterOptions {
        detect_type: false,
        // GDAL refuses an index over nothing.
        write_index: sheet.has_rows(),
        title: Some(scale.label()),
        description: Some(&description),
        metadata: Some(&metadata),
        crs: FgbCrs { org: Some("EPSG"), code: 4326, name: Some("WGS 84"), ..Default::default() },
        ..Default::default()
    };
    let mut writer = FgbWriter::create_with_options(&name, kind, options)?;
    for (place, column) in sheet.columns().iter().enumerate() {
        let kind = match column.kind {
            Kind::Text => ColumnType::String,
            Kind::Truth => ColumnType::Bool,
            Kind::Integer => ColumnType::Long,
            Kind::Number => ColumnType::Double,
        };
        writer.add_column(&column.name, kind, |builder, arguments| {
            arguments.title = Some(builder.create_string(&column.title));
            arguments.description = Some(builder.create_string(&column.description));
            arguments.nullable = place != 0;
        });
    }
    for row in sheet.rows() {
        let row = row?;
        let geometry = row.geometry().ok_or(ExportError::NoGeometry)?;
        let mut refused = None;
        writer.add_feature_geom(Shape { geometry, kind }, |feature| {
            for (place, column) in sheet.columns().iter().enumerate() {
                let Some(value) = sheet.value(column, &row) else { continue };
                let value = match value {
                    Value::Text(text) => ColumnValue::String(text),
                    Value::Truth(truth) => ColumnValue::Bool(truth),
                    Value::Integer(number) => ColumnValue::Long(number),
                    Value::Number(number) => ColumnValue::Double(number),
                };
                if let Err(error) = feature.property(place, &column.name, &value) {
                    refused.get_or_insert(error);
                }
            }
        })?;
        if let Some(error) = refused {
            return Err(error.into());
        }
    }
    writer.write(out)?;
    Ok(())
}

/// A geometry of the edition.
struct Shape<'a> {
    geometry: Geometry<'a>,
    kind: GeometryType,
}

impl GeozeroGeometry for Shape<'_> {
    fn process_geom<P: GeomProcessor>(&self, processor: &mut P) -> geozero::error::Result<()> {
        self.geometry.process(processor, self.kind)
    }
}
