//! GeoParquet 1.1: one column after another, some thousand rows at a time.

use std::io::Write;
use std::sync::Arc;

use features::{Kind, Row, Value};
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};
use serde_json::json;

use super::{About, Column, ExportError, Sheet, wkb};

/// Rows and bytes of geometry that are gathered before they are written.
const MOST_ROWS: usize = 4_096;
const MOST_BYTES: usize = 16 << 20;

/// The name of the column of geometries.
const GEOMETRY: &str = "geometry";

pub(super) fn write(
    sheet: &Sheet,
    about: &About,
    out: &mut (dyn Write + Send),
) -> Result<(), ExportError> {
    let schema = schema(sheet.columns())?;
    let properties = Arc::new(
        WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("seuil".to_owned())
            .build(),
    );
    let mut writer = SerializedFileWriter::new(out, schema, properties)?;
    let mut bounds = None::<[f64; 4]>;
    let mut rows = sheet.rows();
    loop {
        let (mut group, mut bytes) = (Vec::new(), 0);
        while group.len() < MOST_ROWS && bytes < MOST_BYTES {
            let Some(row) = rows.next().transpose()? else { break };
            let own = row.bounds();
            let all = bounds.unwrap_or(own);
            bounds = Some([
                all[0].min(own[0]),
                all[1].min(own[1]),
                all[2].max(own[2]),
                all[3].max(own[3]),
            ]);
            bytes += row.weight();
            group.push(row);
        }
        if group.is_empty() {
            break;
        }
        put_group(&mut writer, sheet, &group)?;
    }
    let kind = if sheet.selection().scale().is_point() { "Point" } else { "MultiPolygon" };
    let mut column = json!({ "encoding": "WKB", "geometry_types": [kind] });
    if let Some(bounds) = bounds {
        column["bbox"] = json!(bounds);
    }
    let geo = json!({
        "version": "1.1.0",
        "primary_column": GEOMETRY,
        "columns": { GEOMETRY: column },
    });
    writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), geo.to_string()));
    for (name, value) in about.lines() {
        writer.append_key_value_metadata(KeyValue::new((*name).to_owned(), value.clone()));
    }
    writer.close()?;
    Ok(())
}

/// The first column is never null, nor is the geometry.
fn schema(columns: &[Column]) -> Result<TypePtr, ExportError> {
    let mut fields = Vec::new();
    for (place, column) in columns.iter().enumerate() {
        let physical = match column.kind {
            Kind::Text => Physical::BYTE_ARRAY,
            Kind::Truth => Physical::BOOLEAN,
            Kind::Integer => Physical::INT64,
            Kind::Number => Physical::DOUBLE,
        };
        let repetition = if place == 0 { Repetition::REQUIRED } else { Repetition::OPTIONAL };
        let mut field =
            Type::primitive_type_builder(&column.name, physical).with_repetition(repetition);
        if column.kind == Kind::Text {
            field = field
                .with_converted_type(ConvertedType::UTF8)
                .with_logical_type(Some(LogicalType::String));
        }
        fields.push(Arc::new(field.build()?));
    }
    let geometry = Type::primitive_type_builder(GEOMETRY, Physical::BYTE_ARRAY)
        .with_repetition(Repetition::REQUIRED);
    fields.push(Arc::new(geometry.build()?));
    Ok(Arc::new(Type::group_type_builder("schema").with_fields(fields).build()?))
}

fn put_group(
    writer: &mut SerializedFileWriter<&mut (dyn Write + Send)>,
    sheet: &Sheet,
    rows: &[Row],
) -> Result<(), ExportError> {
    let mut group = writer.next_row_group()?;
    for (place, column) in sheet.columns().iter().enumerate() {
        let values = || rows.iter().map(|row| sheet.value(column, row));
        let levels: Vec<i16> = values().map(|value| i16::from(value.is_some())).collect();
        let levels = (place > 0).then_some(&*levels);
        let Some(mut own) = group.next_column()? else { break };
        match column.kind {
            Kind::Text => {
                let own = own.typed::<ByteArrayType>();
                let text = |value| match value {
                    Some(Value::Text(text)) => Some(ByteArray::from(text)),
                    _ => None,
                };
                own.write_batch(&values().filter_map(text).collect::<Vec<_>>(), levels, None)?;
            }
            Kind::Truth => {
                let own = own.typed::<BoolType>();
                let truth = |value| match value {
                    Some(Value::Truth(truth)) => Some(truth),
                    _ => None,
                };
                own.write_batch(&values().filter_map(truth).collect::<Vec<_>>(), levels, None)?;
            }
            Kind::Integer => {
                let own = own.typed::<Int64Type>();
                let number = |value| match value {
                    Some(Value::Integer(number)) => Some(number),
                    _ => None,
                };
                own.write_batch(&values().filter_map(number).collect::<Vec<_>>(), levels, None)?;
            }
            Kind::Number => {
                let own = own.typed::<DoubleType>();
                let number = |value| match value {
                    Some(Value::Number(number)) => Some(number),
                    _ => None,
                };
                own.write_batch(&values().filter_map(number).collect::<Vec<_>>(), levels, None)?;
            }
        }
        own.close()?;
    }
    if let Some(mut own) = group.next_column()? {
        let is_point = sheet.selection().scale().is_point();
        let mut shapes = Vec::with_capacity(rows.len());
        for row in rows {
            let geometry = row.geometry().ok_or(ExportError::NoGeometry)?;
            let mut bytes = Vec::new();
            wkb::put(&geometry, is_point, &mut bytes)?;
            shapes.push(ByteArray::from(bytes));
        }
        own.typed::<ByteArrayType>().write_batch(&shapes, None, None)?;
        own.close()?;
    }
    group.close()?;
    Ok(())
}
