//! GeoPackage: its zones, its spatial index with a box for each of them and no other, and the tables of the
//! standard.

use std::io::Cursor;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, MAIN_DB};

use super::Table;
use super::standard::{self, cell};
use super::words::{Words, bounds};
use crate::mismatch::Mismatch;

/// What every file has beside the table of its scale.
const KNOWN: [&str; 7] = [
    "gpkg_contents",
    "gpkg_data_column_constraints",
    "gpkg_data_columns",
    "gpkg_extensions",
    "gpkg_geometry_columns",
    "gpkg_spatial_ref_sys",
    "sqlite_sequence",
];

/// Tables and triggers of the index, after its name.
const OF_INDEX: [&str; 10] = [
    "", "_node", "_parent", "_rowid", "_insert", "_update1", "_update2", "_update3", "_update4",
    "_delete",
];

/// Bytes before the geometry: `GP`, version, flags, system, an envelope of four numbers.
const HEAD: usize = 40;

/// The marks of GeoPackage 1.3, and the bytes of a page.
const PRAGMAS: [(&str, i64); 4] = [
    ("application_id", 0x4750_4B47),
    ("user_version", 10_300),
    ("page_size", 4096),
    ("freelist_count", 0),
];

pub fn read(words: &Words<'_>, bytes: &[u8]) -> Result<Table, Mismatch> {
    let failed = |error: rusqlite::Error| error.to_string();
    let mut connection = Connection::open_in_memory().map_err(failed)?;
    connection
        .deserialize_read_exact(MAIN_DB, Cursor::new(bytes), bytes.len(), true)
        .map_err(failed)?;
    Ok(read_tables(&connection, words, bytes.len()).map_err(failed)?)
}

fn read_tables(
    connection: &Connection,
    words: &Words<'_>,
    length: usize,
) -> Result<Table, rusqlite::Error> {
    let scale = words.scale;
    let (mut flaws, index) = (Vec::new(), format!("rtree_{scale}_geom"));
    let is_known = |name: &str| {
        let of_index = name.strip_prefix(&index).is_some_and(|end| OF_INDEX.contains(&end));
        name == scale.id() || KNOWN.contains(&name) || of_index
    };
    let mut tables =
        connection.prepare("SELECT name FROM sqlite_master WHERE type <> 'index' ORDER BY name")?;
    let mut found = tables.query([])?;
    while let Some(row) = found.next()? {
        let name: String = row.get(0)?;
        if !is_known(&name) {
            flaws.push(format!("table {name} : inattendue"));
        }
    }
    let sql = format!("SELECT * FROM \"{scale}\" ORDER BY fid");
    let mut rows_of = connection.prepare(&sql)?;
    let all: Vec<String> = rows_of.column_names().into_iter().map(str::to_owned).collect();
    if !all.iter().take(2).eq(["fid", "geom"]) {
        flaws.push("colonnes : ni fid ni geom d'abord".to_owned());
    }
    let names = all.iter().skip(2).cloned().collect();
    let (mut rows, mut shapes, mut due) = (Vec::new(), Vec::new(), Vec::new());
    let mut found = rows_of.query([])?;
    while let Some(row) = found.next()? {
        let bytes = match row.get_ref(1)? {
            ValueRef::Blob(bytes) => bytes,
            _ => &[],
        };
        let (head, shape) = bytes.split_at_checked(HEAD).unwrap_or_default();
        let (fid, envelope): (i64, _) = (row.get(0)?, envelope(shape));
        if envelope.map(of_envelope).as_deref() != Some(head) {
            flaws.push(format!("geom, ligne {fid} : l'en-tête n'est pas celui de la géométrie"));
        }
        due.push((fid, envelope));
        shapes.push(shape.to_vec());
        let cells = (2..all.len()).map(|place| row.get_ref(place).map(cell));
        rows.push(cells.collect::<Result<Vec<_>, _>>()?);
    }
    if due.iter().zip(1..).any(|((fid, _), number)| *fid != number) {
        flaws.push("fid : pas le numéro de la ligne".to_owned());
    }
    if !is_index_of(connection, &index, &due)? {
        flaws.push("index spatial : pas les emprises de ses lignes".to_owned());
    }
    let inside: String =
        connection.query_row("SELECT rtreecheck(?)", [&index], |row| row.get(0))?;
    if inside != "ok" {
        flaws.push(format!("index spatial : {inside}"));
    }
    for (name, due) in PRAGMAS {
        let read: i64 = connection.pragma_query_value(None, name, |row| row.get(0))?;
        if read != due {
            flaws.push(format!("{name} : {read} au lieu de {due}"));
        }
    }
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    if usize::try_from(pages).ok().and_then(|pages| pages.checked_mul(4096)) != Some(length) {
        flaws.push("octets : après la dernière page".to_owned());
    }
    let bounds = bounds(due.iter().map(|(_, own)| *own));
    let mut table = Table { names, rows, shapes: Some(shapes), flaws, ..Table::default() };
    let of_index: Vec<String> = OF_INDEX.iter().map(|end| format!("{index}{end}")).collect();
    let known = KNOWN.into_iter().chain([scale.id()]).chain(of_index.iter().map(String::as_str));
    let known: Vec<&str> = known.chain(table.names.iter().map(String::as_str)).collect();
    let foreign = standard::foreign(connection, &known)?;
    let described = standard::check(connection, words, &table, bounds)?;
    table.flaws.extend(foreign.into_iter().chain(described));
    Ok(table)
}

/// The bytes before a geometry with these bounds.
fn of_envelope(envelope: [f64; 4]) -> Vec<u8> {
    let mut head = b"GP\0\x03".to_vec();
    head.extend(4326_i32.to_le_bytes());
    head.extend(envelope.into_iter().flat_map(f64::to_le_bytes));
    head
}

/// How far SQLite rounds a bound outwards, of its value: to 32 bits, and by one part in 2²³ where that
/// went inwards.
const ROUNDED: f64 = 2.0 * f32::EPSILON as f64;

/// Whether the index holds the box of each row, rounded outwards to 32 bits, and nothing else.
fn is_index_of(
    connection: &Connection,
    index: &str,
    due: &[(i64, Option<[f64; 4]>)],
) -> Result<bool, rusqlite::Error> {
    let sql = format!("SELECT id, minx, maxx, miny, maxy FROM \"{index}\" ORDER BY id");
    let mut boxes = connection.prepare(&sql)?;
    let (mut found, mut due) = (boxes.query([])?, due.iter());
    while let Some(row) = found.next()? {
        let Some((fid, Some(envelope))) = due.next() else { return Ok(false) };
        let near = |place: usize, number: f64| -> Result<bool, rusqlite::Error> {
            Ok((row.get::<_, f64>(place)? - number).abs() <= number.abs() * ROUNDED)
        };
        let mut holds = row.get::<_, i64>(0)? == *fid;
        for (place, number) in envelope.iter().enumerate() {
            holds &= near(place + 1, *number)?;
        }
        if !holds {
            return Ok(false);
        }
    }
    Ok(due.next().is_none())
}

/// West, east, south and north, as GeoPackage orders them, of a point or of polygons as well-known binary; `None` of anything else.
pub fn envelope(shape: &[u8]) -> Option<[f64; 4]> {
    let mut bytes = Bytes(shape);
    let mut found = [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY];
    match bytes.head()? {
        1 => bytes.place(&mut found)?,
        6 => {
            for _ in 0..bytes.count()? {
                bytes.head().filter(|kind| *kind == 3)?;
                for _ in 0..bytes.count()? {
                    for _ in 0..bytes.count()? {
                        bytes.place(&mut found)?;
                    }
                }
            }
        }
        _ => return None,
    }
    (bytes.0.is_empty() && found[0].is_finite()).then_some(found)
}

/// What is left to read, least byte first.
struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn count(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn head(&mut self) -> Option<u32> {
        self.take().filter(|order| *order == [1])?;
        self.count()
    }

    fn place(&mut self, found: &mut [f64; 4]) -> Option<()> {
        let (x, y) = (f64::from_le_bytes(self.take()?), f64::from_le_bytes(self.take()?));
        *found = [found[0].min(x), found[1].max(x), found[2].min(y), found[3].max(y)];
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_that_of_every_place_and_broken_bytes_have_none() {
        let mut point = vec![1, 1, 0, 0, 0];
        point.extend([2.5_f64, -48.0].into_iter().flat_map(f64::to_le_bytes));
        assert_eq!(envelope(&point), Some([2.5, 2.5, -48.0, -48.0]));
        let mut polygon = vec![1, 6, 0, 0, 0, 1, 0, 0, 0, 1, 3, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0];
        let ring = [2.0_f64, 49.0, 3.0, 49.5, 2.0, 50.0, 2.0, 49.0];
        polygon.extend(ring.into_iter().flat_map(f64::to_le_bytes));
        assert_eq!(envelope(&polygon), Some([2.0, 3.0, 49.0, 50.0]));
        for end in 0..polygon.len() {
            assert_eq!(envelope(&polygon[..end]), None, "{end}");
        }
        polygon.push(0);
        assert_eq!(envelope(&polygon), None);
    }

    #[test]
    fn an_index_has_a_box_for_each_row_and_no_other() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE VIRTUAL TABLE i USING rtree(id, minx, maxx, miny, maxy);
                 INSERT INTO i VALUES (1, 2.1, 2.2, 49.1, 49.2);",
            )
            .unwrap();
        let own = (1, Some([2.1, 2.2, 49.1, 49.2]));
        let holds = |due: &[_]| is_index_of(&connection, "i", due).unwrap();
        assert!(holds(&[own]));
        assert!(!holds(&[]) && !holds(&[own, own]) && !holds(&[(1, None)]));
        assert!(!holds(&[(2, own.1)]) && !holds(&[(1, Some([2.1, 2.2, 49.1, 49.201]))]));
    }
}
