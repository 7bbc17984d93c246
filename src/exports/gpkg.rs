//! GeoPackage 1.3 with its spatial index, by the SQLite that accounts are stored with. The file has a name for
//! as long as it takes SQLite to open it.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;

use features::{Kind, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, params, params_from_iter};

use super::{About, ExportError, Sheet, wkb};

/// `GPKG`, and the version 1.3.
const APPLICATION: i64 = 0x4750_4B47;
const VERSION: i64 = 10_300;

/// The tables that every GeoPackage has, those of names and of who made it.
const TABLES: &str = "
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
  mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
  min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', NULL),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL),
  ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],AXIS[\"Latitude\",NORTH],AXIS[\"Longitude\",EAST],AUTHORITY[\"EPSG\",\"4326\"]]', NULL);
INSERT INTO gpkg_extensions VALUES
  ('gpkg_data_columns', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write'),
  ('gpkg_data_column_constraints', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write');
";

/// What keeps the index of a table as its rows when somebody edits the file (extension R-tree of the
/// standard, of which these are the words): `{t}` is the table.
const TRIGGERS: &str = "
CREATE TRIGGER \"rtree_{t}_geom_insert\" AFTER INSERT ON \"{t}\"
  WHEN (NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN
  INSERT OR REPLACE INTO \"rtree_{t}_geom\" VALUES (NEW.fid,
    ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom));
END;
CREATE TRIGGER \"rtree_{t}_geom_update1\" AFTER UPDATE OF geom ON \"{t}\"
  WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN
  INSERT OR REPLACE INTO \"rtree_{t}_geom\" VALUES (NEW.fid,
    ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom));
END;
CREATE TRIGGER \"rtree_{t}_geom_update2\" AFTER UPDATE OF geom ON \"{t}\"
  WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN
  DELETE FROM \"rtree_{t}_geom\" WHERE id = OLD.fid;
END;
CREATE TRIGGER \"rtree_{t}_geom_update3\" AFTER UPDATE ON \"{t}\"
  WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN
  DELETE FROM \"rtree_{t}_geom\" WHERE id = OLD.fid;
  INSERT OR REPLACE INTO \"rtree_{t}_geom\" VALUES (NEW.fid,
    ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom));
END;
CREATE TRIGGER \"rtree_{t}_geom_update4\" AFTER UPDATE ON \"{t}\"
  WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN
  DELETE FROM \"rtree_{t}_geom\" WHERE id IN (OLD.fid, NEW.fid);
END;
CREATE TRIGGER \"rtree_{t}_geom_delete\" AFTER DELETE ON \"{t}\"
  WHEN OLD.geom NOT NULL
BEGIN
  DELETE FROM \"rtree_{t}_geom\" WHERE id = OLD.fid;
END;
";

pub(super) fn write(
    sheet: &Sheet,
    about: &About,
    out: &mut (dyn Write + Send),
) -> Result<(), ExportError> {
    let named = tempfile::Builder::new().prefix("seuil-").suffix(".gpkg").tempfile()?;
    let mut file = named.reopen()?;
    let connection = open(named.path())?;
    // SQLite holds the file; from here on it has no name, however this ends.
    named.close()?;
    fill(&connection, sheet, about)?;
    connection.close().map_err(|(_, error)| error)?;
    copy(&mut file, out)
}

fn open(path: &Path) -> Result<Connection, ExportError> {
    let connection = Connection::open(path)?;
    // No other file beside it, and nobody to share it with.
    connection.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;
         PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = 4096; PRAGMA cache_size = -16384;",
    )?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    // Taken now, while the file has its name.
    connection.execute_batch(TABLES)?;
    Ok(connection)
}

fn fill(connection: &Connection, sheet: &Sheet, about: &About) -> Result<(), ExportError> {
    let scale = sheet.selection().scale();
    let (table, is_point) = (scale.id(), scale.is_point());
    let kind = if is_point { "POINT" } else { "MULTIPOLYGON" };
    let mut sql = format!(
        "CREATE TABLE {} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom {kind}",
        quoted(table)
    );
    for column in sheet.columns() {
        let kind = match column.kind {
            Kind::Text => "TEXT",
            Kind::Truth => "BOOLEAN",
            Kind::Integer => "INTEGER",
            Kind::Number => "DOUBLE",
        };
        sql += &format!(", {} {kind}", quoted(&column.name));
    }
    sql.push(')');
    connection.execute_batch(&sql)?;
    connection.execute_batch("BEGIN")?;
    let index = format!("rtree_{table}_geom");
    connection.execute_batch(&format!(
        "CREATE VIRTUAL TABLE {} USING rtree(id, minx, maxx, miny, maxy)",
        quoted(&index)
    ))?;
    let mut indexed =
        connection.prepare(&format!("INSERT INTO {} VALUES (?, ?, ?, ?, ?)", quoted(&index)))?;
    let places = vec!["?"; sheet.columns().len() + 1].join(", ");
    let names = sheet.columns().iter().map(|column| quoted(&column.name));
    let names: Vec<String> = std::iter::once("geom".to_owned()).chain(names).collect();
    let insert = format!("INSERT INTO {} ({}) VALUES ({places})", quoted(table), names.join(", "));
    let mut insert = connection.prepare(&insert)?;
    let (mut bounds, mut blob) = (None::<[f64; 4]>, Vec::new());
    for row in sheet.rows() {
        let row = row?;
        let own = row.bounds();
        blob.clear();
        // `GP`, version 0, little-endian with an envelope of four numbers, then the system.
        blob.extend_from_slice(&[b'G', b'P', 0, 0b0000_0011]);
        blob.extend_from_slice(&4326_i32.to_le_bytes());
        for number in [own[0], own[2], own[1], own[3]] {
            blob.extend_from_slice(&number.to_le_bytes());
        }
        let geometry = row.geometry().ok_or(ExportError::NoGeometry)?;
        wkb::put(&geometry, is_point, &mut blob)?;
        let geometry = std::iter::once(ToSqlOutput::Borrowed(ValueRef::Blob(&blob)));
        let values = sheet.columns().iter().map(|column| {
            ToSqlOutput::Borrowed(match sheet.value(column, &row) {
                None => ValueRef::Null,
                Some(Value::Text(text)) => ValueRef::Text(text.as_bytes()),
                Some(Value::Truth(truth)) => ValueRef::Integer(truth.into()),
                Some(Value::Integer(number)) => ValueRef::Integer(number),
                Some(Value::Number(number)) => ValueRef::Real(number),
            })
        });
        insert.execute(params_from_iter(geometry.chain(values)))?;
        // SQLite keeps it in 32 bits, rounded outwards.
        let fid = connection.last_insert_rowid();
        indexed.execute(params![fid, own[0], own[2], own[1], own[3]])?;
        let all = bounds.unwrap_or(own);
        bounds =
            Some([all[0].min(own[0]), all[1].min(own[1]), all[2].max(own[2]), all[3].max(own[3])]);
    }
    let [west, south, east, north] = bounds.map_or([None; 4], |bounds| bounds.map(Some));
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, \
         max_x, max_y, srs_id) VALUES (?, 'features', ?, ?, ?, ?, ?, ?, 4326)",
        params![table, sheet.name(), about.text(), west, south, east, north],
    )?;
    connection.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, 4326, 0, 0)",
        params![table, kind],
    )?;
    connection.execute(
        "INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index', \
         'http://www.geopackage.org/spec130/#extension_rtree', 'write-only')",
        [table],
    )?;
    connection.execute_batch(&TRIGGERS.replace("{t}", table))?;
    let mut describe = connection.prepare(
        "INSERT INTO gpkg_data_columns (table_name, column_name, name, title, description) \
         VALUES (?, ?, ?, ?, ?)",
    )?;
    for column in sheet.columns() {
        let (name, title) = (&column.name, &column.title);
        describe.execute(params![table, name, name, title, column.description])?;
    }
    connection.execute_batch("COMMIT")?;
    Ok(())
}

fn copy(file: &mut File, out: &mut (dyn Write + Send)) -> Result<(), ExportError> {
    file.rewind()?;
    std::io::copy(file, out)?;
    Ok(())
}

/// A name as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
