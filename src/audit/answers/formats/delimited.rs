//! CSV, and the ZIP that holds one with its dictionary.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

use super::super::exports::read_some;
use super::super::json::{self, Node};
use super::words::Words;
use super::{Cell, LARGEST, REWRITTEN, Table};
use crate::mismatch::Mismatch;

/// What a ZIP packs at once: its bytes depend on it.
const BLOCK: usize = 64 << 10;

/// Both dialects: with a byte order mark semicolons and decimal commas.
pub fn read(bytes: &[u8]) -> Result<Table, Mismatch> {
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
        flaws.push(REWRITTEN.to_owned());
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

/// The rows of its CSV. Its dictionary and its data package follow from the columns.
pub fn read_archive(words: &Words<'_>, bytes: &[u8]) -> Result<Table, Mismatch> {
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let names = ["datapackage.json", "dictionnaire.csv", &format!("{}.csv", words.scale)];
    let mut inside = Vec::new();
    for name in names {
        let file = archive.by_name(name).map_err(|error| error.to_string())?;
        inside.push((name, read_some(file, LARGEST)?));
    }
    let mut table = read(&inside[2].1)?;
    if zipped(&inside).as_deref() != Some(bytes) {
        table.flaws.push(REWRITTEN.to_owned());
    }
    if lines(&words.dictionary(&table.names)).as_deref() != Some(&*inside[1].1) {
        table.flaws.push("dictionnaire.csv : pas ce que disent les colonnes du fichier".to_owned());
    }
    let package = json::read(&inside[0].1)?.root;
    let about: Vec<(String, String)> = package.get("about").map(pairs).unwrap_or_default();
    table.flaws.extend(words.about("datapackage.json, about", &about));
    let name = package.get("name").and_then(Node::text).unwrap_or_default();
    let due = words.package(&words.name(name), &about, &table.names);
    if serde_json::to_vec_pretty(&due).ok().as_ref() != Some(&inside[0].1) {
        table.flaws.push("datapackage.json : pas ce que disent les colonnes du fichier".to_owned());
    }
    Ok(table)
}

/// The entries of an object whose values are texts.
pub fn pairs(node: &Node) -> Vec<(String, String)> {
    let text = |node: &Node| node.text().map_or_else(|| "pas un texte".to_owned(), str::to_owned);
    node.entries().iter().map(|(key, node)| (key.clone(), text(node))).collect()
}

/// Lines of texts as CSV.
fn lines(lines: &[Vec<String>]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut bytes);
    for line in lines {
        writer.write_record(line).ok()?;
    }
    writer.flush().ok()?;
    drop(writer);
    Some(bytes)
}

/// The files once more in a ZIP.
fn zipped(files: &[(&str, Vec<u8>)]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut archive = zip::ZipWriter::new_stream(&mut bytes);
    for (name, content) in files {
        archive.start_file(*name, SimpleFileOptions::default().large_file(true)).ok()?;
        content.chunks(BLOCK).try_for_each(|block| archive.write_all(block)).ok()?;
    }
    archive.finish().ok()?;
    Some(bytes)
}
