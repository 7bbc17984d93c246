//! An exported file: its rows, whatever its format, and everything that it says beside them.
//!
//! What a file holds beyond its rows is made again from what was read, and must be the same bytes: CSV, XLSX,
//! GeoParquet and ZIP are written once more by the library that wrote them, FlatGeobuf is read byte for byte,
//! every table of a GeoPackage is known row by row.

mod delimited;
mod flatgeobuf;
mod geojson;
mod geopackage;
mod geoparquet;
mod sheet;
mod standard;
mod words;
mod workbook;

use crate::mismatch::Mismatch;

pub use words::Words;

/// Bytes of a file inside a ZIP.
const LARGEST: u64 = 4 << 30;

/// What is found where a file is not what the same rows make once more.
const REWRITTEN: &str = "octets : le fichier est écrit autrement que le serveur ne l'écrit";

/// A cell as its format holds it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Text(String),
    Truth(bool),
    Integer(i64),
    Number(f64),
}

/// The rows of a file.
#[derive(Default)]
pub struct Table {
    pub names: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
    /// The geometry of each row as well-known binary, where the format has one.
    pub shapes: Option<Vec<Vec<u8>>>,
    /// Whether it says where names stand.
    pub has_place: bool,
    /// Whether its rows have the order of a spatial index.
    pub is_sorted_by_place: bool,
    /// What its bytes say beyond its rows.
    pub flaws: Vec<String>,
}

impl Table {
    /// The codes of its rows.
    pub fn codes(&self) -> Vec<String> {
        let place = self.names.iter().position(|name| name == "code");
        let code = |row: &Vec<Cell>| match row.get(place?)? {
            Cell::Text(code) => Some(code.clone()),
            _ => None,
        };
        self.rows.iter().filter_map(code).collect()
    }

    /// Reads a file by the ending of its name, and holds what it says beside its rows against what it may say.
    ///
    /// # Errors
    /// Bytes that are no such file.
    pub fn read(ending: &str, words: &Words<'_>, bytes: &[u8]) -> Result<Table, Mismatch> {
        match ending {
            "csv" => delimited::read(bytes),
            "geojson" => geojson::read(words, bytes),
            "fgb" => flatgeobuf::read(words, bytes),
            "gpkg" => geopackage::read(words, bytes),
            "parquet" => geoparquet::read(words, bytes),
            "xlsx" => workbook::read(words, bytes),
            "zip" => delimited::read_archive(words, bytes),
            _ => Err("un format que l'auditeur ne lit pas".into()),
        }
    }
}
