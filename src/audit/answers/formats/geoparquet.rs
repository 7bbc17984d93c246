//! GeoParquet: rows and geometries, what it says of itself, and the statistics of its columns.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{
    SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter,
};
use parquet::record::Field;
use parquet::schema::types::{Type, TypePtr};
use serde_json::json;

use super::geopackage::envelope;
use super::words::{Bounds, Words, bounds};
use super::{Cell, REWRITTEN, Table};
use crate::mismatch::Mismatch;

/// The name of the column of geometries.
const GEOMETRY: &str = "geometry";

pub fn read(words: &Words<'_>, bytes: &[u8]) -> Result<Table, Mismatch> {
    let failed = |error: ParquetError| error.to_string();
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(bytes)).map_err(failed)?;
    let (mut names, mut rows, mut shapes) = (Vec::new(), Vec::new(), Vec::new());
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema_descr().root_schema_ptr();
    check_columns(&schema)?;
    names.extend(schema.get_fields().iter().map(|field| field.name().to_owned()));
    let mut flaws = Vec::new();
    if names.pop().as_deref() != Some(GEOMETRY) {
        flaws.push("geometry : pas la dernière colonne".to_owned());
    }
    if schema.name() != "schema" {
        flaws.push("schema : un autre nom".to_owned());
    }
    for row in reader.get_row_iter(None).map_err(failed)? {
        let row = row.map_err(failed)?;
        let mut cells = Vec::new();
        for (name, field) in row.get_column_iter() {
            let cell = match field {
                Field::Null => Cell::Null,
                Field::Bool(truth) => Cell::Truth(*truth),
                Field::Long(number) => Cell::Integer(*number),
                Field::Double(number) => Cell::Number(*number),
                Field::Str(text) => Cell::Text(text.clone()),
                Field::Bytes(bytes) if name == GEOMETRY => {
                    shapes.push(bytes.data().to_vec());
                    continue;
                }
                _ => return Err(format!("colonne « {name} » : type inattendu").into()),
            };
            cells.push(cell);
        }
        rows.push(cells);
    }
    let said = metadata.file_metadata().key_value_metadata().cloned().unwrap_or_default();
    let geo = geo(words, bounds(shapes.iter().map(|shape| envelope(shape))));
    let first = said.first().map(|one| (one.key.as_str(), one.value.as_deref()));
    if first != Some(("geo", Some(geo.as_str()))) {
        flaws.push("geo : pas ce qui suit des géométries".to_owned());
    }
    let about: Vec<(String, String)> = said
        .iter()
        .skip(1)
        .map(|one| (one.key.clone(), one.value.clone().unwrap_or_default()))
        .collect();
    flaws.extend(words.about("métadonnées", &about));
    let groups: Vec<usize> =
        metadata.row_groups().iter().map(|group| group.num_rows() as usize).collect();
    let again = Again { schema, said, rows: &rows, shapes: &shapes };
    if again.write(&groups).ok().as_deref() != Some(bytes) {
        flaws.push(REWRITTEN.to_owned());
    }
    Ok(Table { names, rows, shapes: Some(shapes), flaws, ..Table::default() })
}

/// Refuses columns of types that the server does not write: the library's writer would stop at them.
fn check_columns(schema: &Type) -> Result<(), Mismatch> {
    let types = [Physical::BYTE_ARRAY, Physical::BOOLEAN, Physical::INT64, Physical::DOUBLE];
    let is_ours = |field: &TypePtr| {
        let is_once = field.get_basic_info().repetition() != Repetition::REPEATED;
        field.is_primitive() && is_once && types.contains(&field.get_physical_type())
    };
    match schema.get_fields().iter().find(|field| !is_ours(field)) {
        Some(field) => Err(format!("colonne « {} » : type inattendu", field.name()).into()),
        None => Ok(()),
    }
}

/// What GeoParquet says of the geometries.
fn geo(words: &Words<'_>, bounds: Bounds) -> String {
    let kind = if words.scale.is_point() { "Point" } else { "MultiPolygon" };
    let mut column = json!({ "encoding": "WKB", "geometry_types": [kind] });
    if let Some(bounds) = bounds {
        column["bbox"] = json!(bounds);
    }
    json!({ "version": "1.1.0", "primary_column": GEOMETRY, "columns": { GEOMETRY: column } })
        .to_string()
}

/// What was read of a file.
struct Again<'a> {
    schema: TypePtr,
    said: Vec<KeyValue>,
    rows: &'a [Vec<Cell>],
    shapes: &'a [Vec<u8>],
}

impl Again<'_> {
    /// The same rows written once more, in groups of these many rows.
    fn write(&self, groups: &[usize]) -> Result<Vec<u8>, ParquetError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("seuil".to_owned())
            .build();
        let mut bytes = Vec::new();
        let schema = Arc::clone(&self.schema);
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties))?;
        let mut start = 0_usize;
        for size in groups {
            let end = start.saturating_add(*size).min(self.rows.len());
            let mut group = writer.next_row_group()?;
            self.group(&mut group, start..end)?;
            group.close()?;
            start = end;
        }
        for said in &self.said {
            writer.append_key_value_metadata(said.clone());
        }
        writer.close()?;
        Ok(bytes)
    }

    fn group(
        &self,
        group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>,
        range: std::ops::Range<usize>,
    ) -> Result<(), ParquetError> {
        let rows = &self.rows[range.clone()];
        for (place, field) in self.schema.get_fields().iter().enumerate() {
            let Some(mut column) = group.next_column()? else { break };
            let cells = || rows.iter().map(|row| row.get(place).unwrap_or(&Cell::Null));
            let levels: Vec<i16> = cells().map(|cell| i16::from(*cell != Cell::Null)).collect();
            let levels = field.is_optional().then_some(&*levels);
            match field.get_physical_type() {
                Physical::BYTE_ARRAY if field.name() == GEOMETRY => {
                    let shapes = self.shapes.get(range.clone()).unwrap_or_default().iter();
                    let shapes = shapes.map(|shape| ByteArray::from(shape.clone()));
                    put::<ByteArrayType>(&mut column, shapes, None)?;
                }
                Physical::BYTE_ARRAY => {
                    let text = |cell: &Cell| match cell {
                        Cell::Text(text) => Some(ByteArray::from(text.as_str())),
                        _ => None,
                    };
                    put::<ByteArrayType>(&mut column, cells().filter_map(text), levels)?;
                }
                Physical::BOOLEAN => {
                    let truth = |cell: &Cell| match cell {
                        Cell::Truth(truth) => Some(*truth),
                        _ => None,
                    };
                    put::<BoolType>(&mut column, cells().filter_map(truth), levels)?;
                }
                Physical::INT64 => {
                    let number = |cell: &Cell| match cell {
                        Cell::Integer(number) => Some(*number),
                        _ => None,
                    };
                    put::<Int64Type>(&mut column, cells().filter_map(number), levels)?;
                }
                _ => {
                    let number = |cell: &Cell| match cell {
                        Cell::Number(number) => Some(*number),
                        _ => None,
                    };
                    put::<DoubleType>(&mut column, cells().filter_map(number), levels)?;
                }
            }
            column.close()?;
        }
        Ok(())
    }
}

/// The values of a column, and for each row whether it has one.
fn put<T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    values: impl Iterator<Item = T::T>,
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let values: Vec<T::T> = values.collect();
    column.typed::<T>().write_batch(&values, levels, None)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use parquet::schema::parser::parse_message_type;

    use super::*;

    #[test]
    fn columns_that_the_server_does_not_write_are_refused() {
        let checked = |column: &str| {
            let schema = format!("message schema {{ required binary code (UTF8); {column} }}");
            check_columns(&parse_message_type(&schema).unwrap())
        };
        assert_eq!(checked("optional int64 n; required binary geometry;"), Ok(()));
        for other in [
            "optional float part;",
            "optional int32 n;",
            "repeated int64 n;",
            "optional group deep { optional double part; }",
            "required fixed_len_byte_array(7) geometry;",
        ] {
            assert!(checked(other).is_err(), "{other}");
        }
    }
}
