//! GeoPackage: one table of features of an SQLite file, read with the driver of the accounts and
//! geozero's reader of its geometries.

use std::path::Path;

use futures_util::TryStreamExt;
use geozero::wkb::GpkgWkb;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};

use super::ContourSpec;
use super::field::{Cell, choose};
use super::problem::Problem;
use super::raw::{RawFeature, RawLayer};
use super::rings::rings;
use crate::crs::{Crs, UnknownCrs};

/// Reads the layer that the configuration names, or the only one there is.
pub(super) fn read(path: &Path, spec: &ContourSpec) -> Result<RawLayer, Problem> {
    refuse_journal(path)?;
    // The driver is asynchronous and the caller may already be inside a runtime, which could
    // not be entered twice: a thread of its own has none.
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(Problem::Read)?;
            runtime.block_on(read_layer(path, spec))
        });
        let stopped = |_| Err(Problem::Broken("GeoPackage", "lecture interrompue".into()));
        reading.join().unwrap_or_else(stopped)
    })
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

async fn read_layer(path: &Path, spec: &ContourSpec) -> Result<RawLayer, Problem> {
    // Immutable: the file may lie on a read-only disk, and nothing is written beside it.
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(true)
        .create_if_missing(false)
        .disable_statement_logging();
    let mut database = options.connect().await.map_err(broken)?;
    let layer = read_table(&mut database, spec).await;
    // The answer is known; a failure to close a file that was only read changes nothing.
    let _closed = database.close().await;
    layer
}

async fn read_table(
    database: &mut SqliteConnection,
    spec: &ContourSpec,
) -> Result<RawLayer, Problem> {
    let table = choose_table(database, spec).await?;
    let crs = spec.declared(table_crs(database, table.srs_id).await)?;
    let columns = sqlx::query("SELECT name FROM pragma_table_info(?)")
        .bind(&table.name)
        .fetch_all(&mut *database)
        .await
        .map_err(broken)?;
    let mut names = Vec::new();
    for row in &columns {
        let name: String = row.try_get(0).map_err(broken)?;
        if name != table.geometry {
            names.push(name);
        }
    }
    let fields = choose(spec.scale, spec.code.as_deref(), spec.name.as_deref(), &names)?;
    let cell = |field: Option<usize>| {
        field.map_or("NULL, NULL".to_owned(), |index| {
            let column = quoted(&names[index]);
            format!("typeof({column}), CAST({column} AS TEXT)")
        })
    };
    let query = format!(
        "SELECT {}, {}, {} FROM {} ORDER BY rowid",
        cell(Some(fields.code)),
        cell(fields.name),
        quoted(&table.geometry),
        quoted(&table.name),
    );
    let mut layer = RawLayer::in_crs(crs);
    // Every name in the text comes from the schema and is quoted.
    let mut rows = sqlx::query(AssertSqlSafe(query)).fetch(database);
    while let Some(row) = rows.try_next().await.map_err(broken)? {
        let number = layer.next_number();
        let blob: Option<&[u8]> = row.try_get(4).map_err(broken)?;
        let rings = blob.map_or(Ok(Vec::new()), |blob| rings(&GpkgWkb(blob), number))?;
        layer.push(RawFeature { code: attribute(&row, 0)?, name: attribute(&row, 2)?, rings })?;
    }
    Ok(layer)
}

/// A table of features.
struct Table {
    name: String,
    geometry: String,
    srs_id: i64,
}

async fn choose_table(
    database: &mut SqliteConnection,
    spec: &ContourSpec,
) -> Result<Table, Problem> {
    let rows = sqlx::query(
        "SELECT g.table_name, g.column_name, g.srs_id FROM gpkg_geometry_columns g \
         JOIN gpkg_contents c ON c.table_name = g.table_name \
         WHERE c.data_type = 'features' ORDER BY 1 LIMIT 1000",
    )
    .fetch_all(database)
    .await
    .map_err(broken)?;
    let mut tables = Vec::new();
    for row in rows {
        tables.push(Table {
            name: row.try_get(0).map_err(broken)?,
            geometry: row.try_get(1).map_err(broken)?,
            srs_id: row.try_get(2).map_err(broken)?,
        });
    }
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

/// The system of a layer; `None` for the two numbers by which GeoPackage says "undefined".
async fn table_crs(database: &mut SqliteConnection, srs_id: i64) -> Result<Option<Crs>, Problem> {
    if srs_id == 0 || srs_id == -1 {
        return Ok(None);
    }
    let row = sqlx::query(
        "SELECT organization, organization_coordsys_id, definition \
         FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
    )
    .bind(srs_id)
    .fetch_optional(database)
    .await
    .map_err(broken)?;
    let unknown = || Problem::Crs(UnknownCrs::Other(format!("srs_id {srs_id}")));
    let row = row.ok_or_else(unknown)?;
    let organization: String = row.try_get(0).map_err(broken)?;
    let number: i64 = row.try_get(1).map_err(broken)?;
    if organization.eq_ignore_ascii_case("EPSG") {
        let epsg = u32::try_from(number).map_err(|_| unknown())?;
        return Crs::from_epsg(epsg).map(Some).map_err(Problem::Crs);
    }
    let definition: String = row.try_get(2).map_err(broken)?;
    Crs::from_wkt(&definition).map(Some).map_err(Problem::Crs)
}

/// An attribute from its SQLite type and its text, at a place of the row.
fn attribute(row: &sqlx::sqlite::SqliteRow, index: usize) -> Result<Cell, Problem> {
    let kind: Option<String> = row.try_get(index).map_err(broken)?;
    let text: Option<String> = row.try_get(index + 1).map_err(broken)?;
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

fn broken(error: sqlx::Error) -> Problem {
    let detail = match error {
        sqlx::Error::Database(database) => database.message().to_owned(),
        sqlx::Error::Io(io) => return Problem::Read(io),
        other => other.to_string(),
    };
    Problem::Broken("GeoPackage", detail)
}
