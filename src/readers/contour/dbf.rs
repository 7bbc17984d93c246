//! The attributes of a Shapefile: a dBase table, read by the library of the format, and its
//! encoding.
//!
//! The library keeps the width of a record in 16 bits without a check, and panics at a field
//! beyond them. It takes that width from the fields, and a table that says another would be read
//! shifted. Both are refused before the first record.

use std::io::Cursor;
use std::path::Path;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use shapefile::dbase::encoding::EncodingRs;
use shapefile::dbase::{FieldIndex, FieldValue, File};

use super::field::{Cell, Fields};
use super::problem::Problem;

/// Records of a table: as many as entities are read.
const MAX_BYTES: u64 = 1 << 31;

/// Bytes of the start of a header, and of one field's description after it.
const DESCRIPTION: usize = 32;

/// A dBase table in memory.
pub(super) struct Table(File<Cursor<Vec<u8>>>);

/// Reads a table; `cpg` is the text of the file that names its encoding.
pub(super) fn read(path: &Path, cpg: Option<&str>) -> Result<Table, Problem> {
    let size = std::fs::metadata(path).map_err(Problem::Read)?.len();
    if size > MAX_BYTES {
        return Err(Problem::Limit(MAX_BYTES as usize, "octets dans le .dbf"));
    }
    let mut bytes = std::fs::read(path).map_err(Problem::Read)?;
    let unreadable = || broken("en-tête illisible");
    let start: [u8; DESCRIPTION] = *bytes.first_chunk().ok_or_else(unreadable)?;
    let number = |at: usize| usize::from(u16::from_le_bytes([start[at], start[at + 1]]));
    let (header, declared) = (number(8), number(10));
    // A field marked F is text as one marked N is, but the library reads it in single precision,
    // which turns the code 200035970 into 200035968.
    let fields = bytes.get_mut(DESCRIPTION..header).ok_or_else(unreadable)?;
    for field in fields.chunks_exact_mut(DESCRIPTION).filter(|field| field[11] == b'F') {
        field[11] = b'N';
    }
    let encoding = match cpg {
        Some(text) => from_cpg(text).ok_or(Problem::Encoding)?,
        None => from_language(start[29]),
    };
    let length = bytes.len();
    let table = File::open_with_encoding(Cursor::new(bytes), EncodingRs::from(encoding))
        .map_err(|_| unreadable())?;
    let fields: usize = table.fields().iter().map(|field| usize::from(field.length())).sum();
    // One byte of a record says whether it is deleted; some programs leave it out of the width.
    let width = fields + 1;
    if (declared != width && declared != fields) || u16::try_from(width).is_err() {
        return Err(broken("la largeur des lignes n'est pas celle des champs"));
    }
    if (length - header) / width < table.num_records() {
        return Err(broken("il manque des lignes"));
    }
    Ok(Table(table))
}

fn broken(what: &str) -> Problem {
    Problem::Broken(".dbf", what.to_owned())
}

impl Table {
    pub(super) fn names(&self) -> Vec<String> {
        self.0.fields().iter().map(|field| field.name().trim().to_owned()).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.0.num_records()
    }

    /// The code and the name of one record; `None` where it is marked as deleted.
    pub(super) fn cells(&mut self, record: usize, fields: Fields) -> Option<(Cell, Cell)> {
        let mut record = self.0.record(record)?;
        if record.is_deleted().ok()? {
            return None;
        }
        let mut cell = |column| record.read_field(FieldIndex(column)).map_or(Cell::Null, cell);
        Some((cell(fields.code), fields.name.map_or(Cell::Null, cell)))
    }
}

fn cell(value: FieldValue) -> Cell {
    match value {
        FieldValue::Character(Some(text)) => Cell::Text(text),
        FieldValue::Numeric(Some(number)) | FieldValue::Double(number) => Cell::number(number),
        FieldValue::Integer(number) => Cell::Number(number.to_string()),
        _ => Cell::Null,
    }
}

/// The encoding that a `.cpg` names, in the spellings of Esri, GDAL and QGIS.
fn from_cpg(text: &str) -> Option<&'static Encoding> {
    let label = text.trim_matches(|char: char| char.is_whitespace() || char == '\u{feff}');
    let upper = label.to_ascii_uppercase();
    match upper.trim_start_matches("ANSI ").trim_start_matches("CP") {
        "1252" | "88591" | "8859_1" | "LATIN_1" => Some(WINDOWS_1252),
        "UTF8" | "65001" => Some(UTF_8),
        "885915" | "8859_15" => Encoding::for_label(b"iso-8859-15"),
        _ => Encoding::for_label(label.as_bytes()),
    }
}

/// The encoding of the table's language byte. Tables of the trade without a `.cpg` are in
/// Windows-1252; so are those with a byte of a DOS code page, which few programs mean.
fn from_language(byte: u8) -> &'static Encoding {
    let label: &[u8] = match byte {
        0xc8 => b"windows-1250",
        0xc9 => b"windows-1251",
        0xca => b"windows-1254",
        0xcb => b"windows-1253",
        _ => return WINDOWS_1252,
    };
    Encoding::for_label(label).unwrap_or(WINDOWS_1252)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_known_by_their_usual_names() {
        for (name, expected) in [
            ("ISO-8859-1", "windows-1252"),
            ("UTF-8\r\n", "UTF-8"),
            ("ANSI 1252", "windows-1252"),
            ("1252", "windows-1252"),
            ("LATIN1", "windows-1252"),
            ("88591", "windows-1252"),
            ("65001", "UTF-8"),
            ("cp1252", "windows-1252"),
        ] {
            assert_eq!(from_cpg(name).map(Encoding::name), Some(expected), "{name}");
        }
        assert_eq!(from_cpg("klingon"), None);
    }
}
