//! The tables of a GeoPackage beside the one of its zones: each row is known.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::words::{Bounds, Words, is_like};
use super::{Cell, Table};

/// WGS 84 as the standard has it.
const WGS_84: &str = "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],AXIS[\"Latitude\",NORTH],AXIS[\"Longitude\",EAST],AUTHORITY[\"EPSG\",\"4326\"]]";

/// The words of which tables and triggers of the standard are made, beside names of columns and tables. A
/// number is none.
const SQL: &str = "
    CREATE TABLE TRIGGER VIRTUAL USING rtree NOT NULL PRIMARY KEY AUTOINCREMENT CONSTRAINT FOREIGN REFERENCES
    UNIQUE DEFAULT strftime Y m dT H M fZ now TEXT INTEGER DOUBLE BOOLEAN TINYINT DATETIME NUMERIC POINT
    MULTIPOLYGON AFTER INSERT UPDATE DELETE ON OF WHEN NEW OLD AND OR BEGIN END REPLACE INTO VALUES FROM WHERE IN
    NOTNULL ISNULL ST_IsEmpty ST_MinX ST_MaxX ST_MinY ST_MaxY id minx maxx miny maxy fid geom
    name seq nodeno data rowid parentnode
    srs_name srs_id organization organization_coordsys_id definition description
    table_name data_type identifier last_change min_x min_y max_x max_y fk_gc_r_srs_id
    column_name geometry_type_name z pk_geom_cols uk_gc_table_name fk_gc_tn fk_gc_srs
    extension_name scope ge_tce title mime_type constraint_name pk_gdc gdc_tn
    constraint_type value min min_is_inclusive max max_is_inclusive gdcc_ntv";

/// What is wrong with the tables that describe `table`, whose zones have these bounds.
pub fn check(
    connection: &Connection,
    words: &Words<'_>,
    table: &Table,
    bounds: Bounds,
) -> Result<Vec<String>, rusqlite::Error> {
    let mut flaws = Vec::new();
    let text = |text: &str| Cell::Text(text.to_owned());
    let (scale, whole) = (words.scale.id(), Cell::Integer);
    let mut same = |name: &str, read: &[Vec<Cell>], due: &[Vec<Cell>]| {
        if read != due {
            flaws.push(format!("{name} : pas ce que la norme et les lignes en font"));
        }
    };
    let system = |name: &str, id: i64, organization: &str, definition: &str| {
        vec![text(name), whole(id), text(organization), whole(id), text(definition), Cell::Null]
    };
    let systems = [
        system("Undefined Cartesian SRS", -1, "NONE", "undefined"),
        system("Undefined geographic SRS", 0, "NONE", "undefined"),
        system("WGS 84", 4326, "EPSG", WGS_84),
    ];
    same("gpkg_spatial_ref_sys", &rows(connection, "gpkg_spatial_ref_sys")?, &systems);
    let kind = if words.scale.is_point() { "POINT" } else { "MULTIPOLYGON" };
    let geometry = [vec![text(scale), text("geom"), text(kind), whole(4326), whole(0), whole(0)]];
    same("gpkg_geometry_columns", &rows(connection, "gpkg_geometry_columns")?, &geometry);
    let schema = "http://www.geopackage.org/spec121/#extension_schema";
    let extension = |table: &str, column: Cell, name: &str, place: &str, scope: &str| {
        vec![text(table), column, text(name), text(place), text(scope)]
    };
    let extensions = [
        extension("gpkg_data_columns", Cell::Null, "gpkg_schema", schema, "read-write"),
        extension("gpkg_data_column_constraints", Cell::Null, "gpkg_schema", schema, "read-write"),
        extension(
            scale,
            text("geom"),
            "gpkg_rtree_index",
            "http://www.geopackage.org/spec130/#extension_rtree",
            "write-only",
        ),
    ];
    same("gpkg_extensions", &rows(connection, "gpkg_extensions")?, &extensions);
    let described: Vec<Vec<Cell>> = table
        .names
        .iter()
        .map(|name| {
            let column = words.column(name);
            let said = [name, name, &column.title, &column.description].map(|said| text(said));
            [text(scale)].into_iter().chain(said).chain([Cell::Null, Cell::Null]).collect()
        })
        .collect();
    same("gpkg_data_columns", &rows(connection, "gpkg_data_columns")?, &described);
    let none = "gpkg_data_column_constraints";
    same(none, &rows(connection, none)?, &[]);
    let last = i64::try_from(table.rows.len()).unwrap_or(i64::MAX);
    let sequence = if last == 0 { Vec::new() } else { vec![vec![text(scale), whole(last)]] };
    same("sqlite_sequence", &rows(connection, "sqlite_sequence")?, &sequence);

    let contents = rows(connection, "gpkg_contents")?;
    let said = |place: usize| match contents.first().and_then(|row| row.get(place)) {
        Some(Cell::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let [west, south, east, north] = bounds
        .map_or([Cell::Null, Cell::Null, Cell::Null, Cell::Null], |all| all.map(Cell::Number));
    let named = words.name(&said(2));
    let due = [vec![
        text(scale),
        text("features"),
        text(&named),
        text(&said(3)),
        text(&said(4)),
        west,
        south,
        east,
        north,
        whole(4326),
    ]];
    same("gpkg_contents", &contents, &due);
    if !is_like(&said(4), "0000-00-00T00:00:00.000Z") {
        flaws.push("gpkg_contents : last_change : pas un instant".to_owned());
    }
    flaws.extend(words.about("gpkg_contents, description", &words.lines(&said(3))));
    Ok(flaws)
}

/// The words by which tables and triggers are made that are none of the standard's, nor a name.
pub fn foreign(connection: &Connection, names: &[&str]) -> Result<Vec<String>, rusqlite::Error> {
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_master ORDER BY name")?;
    let mut made = statement.query([])?;
    let mut flaws = Vec::new();
    while let Some(row) = made.next()? {
        let (name, sql): (String, Option<String>) = (row.get(0)?, row.get(1)?);
        let sql = sql.unwrap_or_default();
        let mut words = sql.split(|it: char| !(it.is_alphanumeric() || it == '_'));
        let is_known = |word: &str| {
            word.is_empty()
                || word == name
                || names.contains(&word)
                || SQL.split_whitespace().any(|own| own == word)
        };
        if let Some(word) = words.find(|word| !is_known(word)) {
            flaws.push(format!("{name} : sql : « {word} » inattendu"));
        }
    }
    Ok(flaws)
}

/// The rows of a table in the order in which they were written.
fn rows(connection: &Connection, table: &str) -> Result<Vec<Vec<Cell>>, rusqlite::Error> {
    let mut statement = connection.prepare(&format!("SELECT * FROM \"{table}\" ORDER BY rowid"))?;
    let columns = statement.column_count();
    let read = statement
        .query_map([], |row| (0..columns).map(|place| row.get_ref(place).map(cell)).collect())?;
    read.collect()
}

/// A value of SQLite; a blob is none of these tables'.
pub fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Number(number),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Text(format!("{bytes:?}")),
    }
}
