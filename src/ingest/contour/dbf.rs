//! The attributes of a Shapefile: a dBase table and its encoding.

use std::path::Path;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::bytes::Bytes;
use super::field::Cell;
use super::problem::Problem;

/// Records of a table: as many as entities are read.
const MAX_BYTES: u64 = 1 << 31;

/// A dBase table in memory.
pub(super) struct Table {
    names: Vec<String>,
    /// Offset and length in a record, and whether the field is numeric.
    columns: Vec<(usize, usize, bool)>,
    encoding: &'static Encoding,
    records: Vec<u8>,
    width: usize,
}

/// Reads a table; `cpg` is the text of the file that names its encoding.
pub(super) fn read(path: &Path, cpg: Option<&str>) -> Result<Table, Problem> {
    let size = std::fs::metadata(path).map_err(Problem::Read)?.len();
    if size > MAX_BYTES {
        return Err(Problem::Limit(MAX_BYTES as usize, "octets dans le .dbf"));
    }
    let bytes = std::fs::read(path).map_err(Problem::Read)?;
    let broken = |what: &str| Problem::Broken(".dbf", what.to_owned());
    let (mut table, header, count) = header(&bytes).ok_or_else(|| broken("en-tête illisible"))?;
    table.encoding = match cpg {
        Some(text) => from_cpg(text).ok_or(Problem::Encoding)?,
        None => from_language(bytes.get(29).copied().unwrap_or(0)),
    };
    let length = count.checked_mul(table.width);
    let records = length.and_then(|length| bytes.get(header..)?.get(..length));
    table.records = records.ok_or_else(|| broken("il manque des lignes"))?.to_vec();
    Ok(table)
}

impl Table {
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn len(&self) -> usize {
        self.records.len() / self.width
    }

    /// Whether a record is marked as deleted.
    pub(super) fn is_deleted(&self, record: usize) -> bool {
        self.records.get(record * self.width) == Some(&b'*')
    }

    /// One attribute of one record.
    pub(super) fn cell(&self, record: usize, column: usize) -> Cell {
        let found = self.columns.get(column).and_then(|&(offset, length, numeric)| {
            let start = record * self.width + offset;
            Some((self.records.get(start..start + length)?, numeric))
        });
        let Some((bytes, numeric)) = found else { return Cell::Null };
        let text = self.encoding.decode_without_bom_handling(bytes).0;
        let text = text.trim_matches(|char: char| char.is_whitespace() || char == '\0');
        match numeric {
            true => text.parse().map_or(Cell::Null, Cell::number),
            false => Cell::Text(text.to_owned()),
        }
    }
}

/// The columns, the length of the header and the number of records.
fn header(bytes: &[u8]) -> Option<(Table, usize, usize)> {
    let mut start = Bytes::new(bytes.get(4..12)?, true);
    let count = start.u32()? as usize;
    let header = usize::from(start.u16()?);
    let width = usize::from(start.u16()?);
    let descriptors = bytes.get(32..header)?;
    let mut table =
        Table { names: vec![], columns: vec![], encoding: UTF_8, records: vec![], width };
    // The first byte of a record says whether it is deleted.
    let mut offset = 1;
    for field in descriptors.chunks_exact(32).take_while(|field| field[0] != 0x0d) {
        let name = field[..11].split(|&byte| byte == 0).next().unwrap_or_default();
        let length = usize::from(field[16]);
        table.names.push(WINDOWS_1252.decode_without_bom_handling(name).0.trim().to_owned());
        table.columns.push((offset, length, matches!(field[11], b'N' | b'F')));
        offset += length;
    }
    (offset <= width).then_some((table, header, count))
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
