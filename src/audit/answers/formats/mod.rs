//! The rows of an exported file, whatever its format.

use std::io::Cursor;

use bytes::Bytes;
use flatgeobuf::{ColumnType, FallibleStreamingIterator, FgbReader};
use geozero::{ColumnValue, FeatureProperties, PropertyProcessor};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use crate::mismatch::Mismatch;
use domain::Scale;

use super::exports::read_some;
use super::geopackage;
use super::json::{self, Node};
use super::shapes::{from_json, wkb};
use super::sheet;

/// Bytes of a file inside a ZIP.
const LARGEST: u64 = 4 << 30;

/// What a file says of itself.
const ABOUT: [&str; 10] = [
    "Édition",
    "Échelle",
    "Territoire",
    "Exporté le",
    "Par",
    "Convention",
    "Finalités",
    "Sources",
    "Secret statistique",
    "Empreinte de l'édition",
];

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

    /// Reads a file by the ending of its name.
    ///
    /// # Errors
    /// Bytes that are no such file.
    pub fn read(ending: &str, scale: Scale, bytes: &[u8]) -> Result<Table, Mismatch> {
        match ending {
            "csv" => delimited(bytes),
            "geojson" => geojson(scale, bytes),
            "fgb" => flatgeobuf(bytes),
            "gpkg" => geopackage::read(scale, bytes),
            "parquet" => geoparquet(bytes),
            "xlsx" => workbook(bytes),
            "zip" => archive(scale, bytes),
            _ => Err("un format que l'auditeur ne lit pas".into()),
        }
    }
}

/// Both dialects: with a byte order mark semicolons and decimal commas.
fn delimited(bytes: &[u8]) -> Result<Table, Mismatch> {
    let french = bytes.strip_prefix(b"\xef\xbb\xbf");
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(if french.is_some() { b';' } else { b',' })
        .from_reader(french.unwrap_or(bytes));
    let failed = |error: csv::Error| error.to_string();
    let names: Vec<String> = reader.headers().map_err(failed)?.iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(failed)?;
        let cell = |text: &str| {
            let plain = text
                .strip_prefix('\'')
                .filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
            let text = plain.unwrap_or(text);
            // A number of the French dialect, and nothing else, is digits around one comma.
            let digits =
                |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
            let is_number = |(whole, part): (&str, &str)| {
                digits(whole.strip_prefix('-').unwrap_or(whole)) && digits(part)
            };
            match text.split_once(',').filter(|parts| french.is_some() && is_number(*parts)) {
                _ if text.is_empty() => Cell::Null,
                Some((whole, part)) => {
                    format!("{whole}.{part}").parse().map_or(Cell::Null, Cell::Number)
                }
                None => Cell::Text(text.to_owned()),
            }
        };
        rows.push(record.iter().map(cell).collect());
    }
    let mut flaws = Vec::new();
    if again(&names, &rows, french.is_some()).as_deref() != Some(bytes) {
        flaws.push("octets : le fichier est écrit autrement que le serveur ne l'écrit".to_owned());
    }
    Ok(Table { names, rows, has_place: true, flaws, ..Table::default() })
}

/// The same rows written once more.
fn again(names: &[String], rows: &[Vec<Cell>], french: bool) -> Option<Vec<u8>> {
    let mut bytes = if french { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
    let mut writer = csv::WriterBuilder::new()
        .delimiter(if french { b';' } else { b',' })
        .terminator(csv::Terminator::CRLF)
        .from_writer(&mut bytes);
    writer.write_record(names).ok()?;
    for row in rows {
        let cells = row.iter().map(|cell| match cell {
            // No text is a number but a longitude or a latitude, which may be negative.
            Cell::Text(text)
                if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
                    && text.parse::<f64>().is_err() =>
            {
                format!("'{text}")
            }
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => number.to_string().replacen('.', ",", 1),
            _ => String::new(),
        });
        writer.write_record(cells).ok()?;
    }
    writer.flush().ok()?;
    drop(writer);
    Some(bytes)
}

fn geojson(scale: Scale, bytes: &[u8]) -> Result<Table, Mismatch> {
    let document = json::read(bytes)?;
    let (root, mut flaws) = (document.root, document.flaws);
    let keys = ["type", "name", "metadata", "features"];
    if !root.entries().iter().map(|(key, _)| key.as_str()).eq(keys) {
        let own: Vec<&str> = root.entries().iter().map(|(key, _)| key.as_str()).collect();
        flaws.push(format!("clés inattendues : {} (features)", own.join(", ")));
    }
    let about = root.get("metadata").map(Node::entries).unwrap_or_default();
    if !about.iter().map(|(key, _)| key.as_str()).eq(ABOUT) {
        let own: Vec<&str> = about.iter().map(|(key, _)| key.as_str()).collect();
        flaws.push(format!(
            "metadata : clés inattendues : {} ({})",
            own.join(", "),
            ABOUT.join(", ")
        ));
    }
    for (key, _) in about.iter().filter(|(_, node)| node.text().is_none()) {
        flaws.push(format!("metadata : {key} : pas un texte"));
    }
    let is_named = root.get("name").and_then(Node::text).and_then(|name| name.split_once('.'));
    let is_edition = |text: &str| text.parse::<edition::EditionId>().is_ok();
    if !is_named.is_some_and(|(id, own)| is_edition(id) && own == scale.id()) {
        flaws.push("name : ni l'édition ni l'échelle".to_owned());
    }
    if root.get("type").and_then(Node::text) != Some("FeatureCollection") {
        flaws.push("type : pas une collection".to_owned());
    }
    let (mut names, mut rows, mut shapes) = (Vec::new(), Vec::new(), Vec::new());
    for feature in root.get("features").map(Node::items).unwrap_or_default() {
        let keys = ["type", "id", "properties", "geometry"];
        if !feature.entries().iter().map(|(key, _)| key.as_str()).eq(keys) {
            let own: Vec<&str> = feature.entries().iter().map(|(key, _)| key.as_str()).collect();
            flaws.push(format!("features : clés inattendues : {} (geometry)", own.join(", ")));
        }
        let properties = feature.get("properties").map(Node::entries).unwrap_or_default();
        let own: Vec<String> = properties.iter().map(|(key, _)| key.clone()).collect();
        if names.is_empty() {
            names.clone_from(&own);
        }
        if names != own {
            let more =
                own.iter().chain(&names).find(|key| !names.contains(key) || !own.contains(key));
            let more = more.map_or("properties", String::as_str);
            flaws.push(format!("properties : {more} : d'autres colonnes que la première"));
            continue;
        }
        if feature.get("type").and_then(Node::text) != Some("Feature") {
            flaws.push("features : type : pas une zone".to_owned());
        }
        if feature.get("id") != properties.first().map(|(_, code)| code) {
            flaws.push("features : id : pas le code".to_owned());
        }
        rows.push(properties.iter().map(|(_, node)| cell(node)).collect());
        let geometry = feature.get("geometry").map(Node::entries).unwrap_or_default();
        let keys = geometry.iter().map(|(key, _)| key.as_str());
        for key in keys.filter(|key| !["type", "coordinates"].contains(key)) {
            flaws.push(format!("geometry : {key} : clé inattendue"));
        }
        let shape = feature.get("geometry").and_then(from_json);
        shapes.push(shape.unwrap_or_default());
    }
    Ok(Table { names, rows, shapes: Some(shapes), flaws, ..Table::default() })
}

fn cell(node: &Node) -> Cell {
    match node {
        Node::Text(text) => Cell::Text(text.clone()),
        Node::Truth(truth) => Cell::Truth(*truth),
        Node::Number(_) => match (node.whole(), node.number()) {
            (Some(number), _) => Cell::Integer(number),
            (None, Some(number)) => Cell::Number(number),
            _ => Cell::Null,
        },
        _ => Cell::Null,
    }
}

fn flatgeobuf(bytes: &[u8]) -> Result<Table, Mismatch> {
    let failed = |error: flatgeobuf::Error| error.to_string();
    let reader = FgbReader::open(Cursor::new(bytes)).map_err(failed)?;
    let header = reader.header();
    let columns = header.columns().into_iter().flatten();
    let names: Vec<String> = columns.map(|column| column.name().to_owned()).collect();
    let (mut rows, mut shapes) = (Vec::new(), Vec::new());
    let mut features = reader.select_all().map_err(failed)?;
    while let Some(feature) = features.next().map_err(failed)? {
        let mut row = Reading { cells: vec![Cell::Null; names.len()], failed: false };
        feature.process_properties(&mut row).map_err(|error| error.to_string())?;
        if row.failed {
            return Err(format!("colonne d'un autre type que {:?}", ColumnType::Double).into());
        }
        rows.push(row.cells);
        shapes.push(feature.geometry().and_then(|geometry| wkb(&geometry)).unwrap_or_default());
    }
    let shapes = Some(shapes);
    Ok(Table { names, rows, shapes, is_sorted_by_place: true, ..Table::default() })
}

struct Reading {
    cells: Vec<Cell>,
    failed: bool,
}

impl PropertyProcessor for Reading {
    fn property(
        &mut self,
        place: usize,
        _: &str,
        value: &ColumnValue<'_>,
    ) -> geozero::error::Result<bool> {
        let cell = match value {
            ColumnValue::String(text) => Cell::Text((*text).to_owned()),
            ColumnValue::Bool(truth) => Cell::Truth(*truth),
            ColumnValue::Long(number) => Cell::Integer(*number),
            ColumnValue::Double(number) => Cell::Number(*number),
            _ => {
                self.failed = true;
                return Ok(true);
            }
        };
        if let Some(slot) = self.cells.get_mut(place) {
            *slot = cell;
        }
        Ok(false)
    }
}

fn geoparquet(bytes: &[u8]) -> Result<Table, Mismatch> {
    let failed = |error: parquet::errors::ParquetError| error.to_string();
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(bytes)).map_err(failed)?;
    let (mut names, mut rows, mut shapes) = (Vec::new(), Vec::new(), Vec::new());
    let schema = reader.metadata().file_metadata().schema();
    names.extend(schema.get_fields().iter().map(|field| field.name().to_owned()));
    let mut flaws = Vec::new();
    if names.pop().as_deref() != Some("geometry") {
        flaws.push("geometry : pas la dernière colonne".to_owned());
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
                Field::Bytes(bytes) if name == "geometry" => {
                    shapes.push(bytes.data().to_vec());
                    continue;
                }
                _ => return Err(format!("colonne « {name} » : type inattendu").into()),
            };
            cells.push(cell);
        }
        rows.push(cells);
    }
    Ok(Table { names, rows, shapes: Some(shapes), flaws, ..Table::default() })
}

fn workbook(bytes: &[u8]) -> Result<Table, Mismatch> {
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let file = archive.by_name("xl/worksheets/sheet1.xml").map_err(|error| error.to_string())?;
    let text = String::from_utf8(read_some(file, LARGEST)?).map_err(|error| error.to_string())?;
    let mut lines = sheet::cells(&text)?.into_iter();
    let names: Vec<String> = lines
        .next()
        .unwrap_or_default()
        .into_iter()
        .map(|cell| if let Cell::Text(text) = cell { text } else { String::new() })
        .collect();
    let rows = lines.map(|mut cells| {
        cells.resize(names.len().max(cells.len()), Cell::Null);
        cells
    });
    let rows = rows.collect();
    Ok(Table { names, rows, has_place: true, ..Table::default() })
}

fn archive(scale: Scale, bytes: &[u8]) -> Result<Table, Mismatch> {
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let mut inside: Vec<String> =
        archive.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned).collect();
    inside.sort_unstable();
    let mut due =
        vec!["datapackage.json".to_owned(), "dictionnaire.csv".into(), format!("{scale}.csv")];
    due.sort_unstable();
    let mut read = |name: &str| {
        let file = archive.by_name(name).map_err(|error| error.to_string())?;
        read_some(file, LARGEST)
    };
    let mut table = delimited(&read(&format!("{scale}.csv"))?)?;
    if inside != due {
        table.flaws.push("des fichiers inattendus dans le ZIP".to_owned());
    }
    let dictionary = read("dictionnaire.csv")?;
    let mut reader = csv::Reader::from_reader(&*dictionary);
    let described: Vec<String> = reader
        .records()
        .map_while(Result::ok)
        .filter_map(|record| record.get(0).map(str::to_owned))
        .collect();
    if described != table.names {
        table.flaws.push("dictionnaire.csv : pas les colonnes du fichier".to_owned());
    }
    Ok(table)
}
