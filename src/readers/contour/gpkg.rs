//! GeoPackage: one table of features of an SQLite file, whose geometries geozero reads.

use std::path::Path;

use geozero::wkb::GpkgWkb;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};

use super::ContourSpec;
use super::field::{Cell, choose};
use super::problem::Problem;
use super::raw::{RawFeature, RawLayer};
use super::rings::rings;
use crate::crs::{Crs, UnknownCrs};

/// Reads the layer that the configuration names, or the only one there is.
pub(super) fn read(path: &Path, spec: &ContourSpec) -> Result<RawLayer, Problem> {
    refuse_journal(path)?;
    let database = open(path)?;
    let table = choose_table(&database, spec)?;
    let crs = spec.declared(table_crs(&database, table.srs_id))?;
    let names = columns(&database, &table)?;
    let fields = choose(spec.scale, spec.code.as_deref(), spec.name.as_deref(), &names)?;
    let cell = |field: Option<usize>| {
        field.map_or("NULL, NULL".to_owned(), |index| {
            let column = quoted(&names[index]);
            format!("typeof({column}), CAST({column} AS TEXT)")
        })
    };
    // Every name in the text comes from the schema and is quoted.
    let query = format!(
        "SELECT {}, {}, {} FROM {} ORDER BY rowid",
        cell(Some(fields.code)),
        cell(fields.name),
        quoted(&table.geometry),
        quoted(&table.name),
    );
    let mut layer = RawLayer::in_crs(crs);
    let mut statement = database.prepare(&query)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let number = layer.next_number();
        let rings = match row.get_ref(4)? {
            ValueRef::Null => Vec::new(),
            value => rings(&GpkgWkb(value.as_bytes().map_err(rusqlite::Error::from)?), number)?,
        };
        layer.push(RawFeature { code: attribute(row, 0)?, name: attribute(row, 2)?, rings })?;
    }
    Ok(layer)
}

/// A file that another program is editing keeps its last changes beside itself, where a read-only
/// reading does not see them.
fn refuse_journal(path: &Path) -> Result<(), Problem> {
    for suffix in ["-wal", "-journal"] {
        let mut journal = path.as_os_str().to_owned();
        journal.push(suffix);
        if std::fs::metadata(&journal).is_ok_and(|file| file.len() > 0) {
            return Err(Problem::Journal(suffix));
        }
    }
    Ok(())
}

/// Immutable: the file may lie on a read-only disk, and nothing is written beside it.
fn open(path: &Path) -> Result<Connection, Problem> {
    let name = percent_encode(path.as_os_str().as_encoded_bytes(), NON_ALPHANUMERIC);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(format!("file:{name}?immutable=1"), flags)?)
}

/// A table of features.
struct Table {
    name: String,
    geometry: String,
    srs_id: i64,
}

fn choose_table(database: &Connection, spec: &ContourSpec) -> Result<Table, Problem> {
    let mut statement = database.prepare(
        "SELECT g.table_name, g.column_name, g.srs_id FROM gpkg_geometry_columns g \
         JOIN gpkg_contents c ON c.table_name = g.table_name \
         WHERE c.data_type = 'features' ORDER BY 1 LIMIT 1000",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Table { name: row.get(0)?, geometry: row.get(1)?, srs_id: row.get(2)? })
    })?;
    let tables: Vec<Table> = rows.collect::<Result<_, _>>()?;
    let there = || tables.iter().map(|table| table.name.clone()).collect();
    let position = match &spec.layer {
        Some(layer) => match tables.iter().position(|table| &table.name == layer) {
            Some(position) => position,
            None => return Err(Problem::Layer { layer: layer.clone(), there: there() }),
        },
        None if tables.len() > 1 => return Err(Problem::Layers(there())),
        None => 0,
    };
    tables.into_iter().nth(position).ok_or(Problem::NoFeature)
}

/// The columns of a table, its geometry left out.
fn columns(database: &Connection, table: &Table) -> Result<Vec<String>, Problem> {
    let mut statement =
        database.prepare("SELECT name FROM pragma_table_info(?1) WHERE name <> ?2")?;
    let names = statement.query_map([&table.name, &table.geometry], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// The system of a layer; `None` for the two numbers by which GeoPackage says "undefined".
fn table_crs(database: &Connection, srs_id: i64) -> Result<Option<Crs>, Problem> {
    if srs_id == 0 || srs_id == -1 {
        return Ok(None);
    }
    let unknown = || Problem::Crs(UnknownCrs::Other(format!("srs_id {srs_id}")));
    let row = database
        .query_row(
            "SELECT organization, organization_coordsys_id, definition \
             FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
            [srs_id],
            |row| {
                // Files whose systems have a number leave out the definition.
                let definition: Option<String> = row.get(2)?;
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, definition))
            },
        )
        .optional()?;
    let (organization, number, definition) = row.ok_or_else(unknown)?;
    if organization.eq_ignore_ascii_case("EPSG") {
        let epsg = u32::try_from(number).map_err(|_| unknown())?;
        return Crs::from_epsg(epsg).map(Some).map_err(Problem::Crs);
    }
    let definition = definition.ok_or_else(unknown)?;
    Crs::from_wkt(&definition).map(Some).map_err(Problem::Crs)
}

/// An attribute from its SQLite type and its text, at a place of the row.
fn attribute(row: &Row, index: usize) -> Result<Cell, Problem> {
    let kind: Option<String> = row.get(index)?;
    let text: Option<String> = row.get(index + 1)?;
    Ok(match (kind.as_deref(), text) {
        (Some("text"), Some(text)) => Cell::Text(text),
        (Some("integer"), Some(text)) => Cell::Number(text),
        (Some("real"), Some(text)) => text.parse().map_or(Cell::Null, Cell::number),
        _ => Cell::Null,
    })
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Problem {
        let detail = match error {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message,
            other => other.to_string(),
        };
        Problem::Broken("GeoPackage", detail)
    }
}
