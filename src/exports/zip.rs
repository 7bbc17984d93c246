//! A ZIP of CSV (RFC 4180), its dictionary and a Frictionless data package.

use std::io::Write;

use features::Kind;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{About, ExportError, Sheet, csv, dictionary};

pub(super) fn write(
    sheet: &Sheet,
    about: &About,
    out: &mut (dyn Write + Send),
) -> Result<(), ExportError> {
    let scale = sheet.selection().scale().id();
    let options = SimpleFileOptions::default().large_file(true);
    let mut archive = ZipWriter::new_stream(out);
    archive.start_file("datapackage.json", options)?;
    let mut blocks = Blocks::new(&mut archive);
    serde_json::to_writer_pretty(&mut blocks, &package(sheet, about))?;
    blocks.flush()?;
    archive.start_file("dictionnaire.csv", options)?;
    let mut blocks = Blocks::new(&mut archive);
    csv::write_texts(&dictionary::HEADER, dictionary::lines(sheet), &mut blocks)?;
    blocks.flush()?;
    archive.start_file(format!("{scale}.csv"), options)?;
    let mut blocks = Blocks::new(&mut archive);
    csv::write(sheet, csv::Dialect::Plain, &mut blocks)?;
    blocks.flush()?;
    archive.finish()?;
    Ok(())
}

/// What is packed at once: packed bytes depend on it, and are to follow from the content alone.
const BLOCK: usize = 64 << 10;

/// Hands over blocks of the same length, however it is written to; the last one when it is flushed.
struct Blocks<'a, W: Write> {
    out: &'a mut W,
    held: Vec<u8>,
}

impl<'a, W: Write> Blocks<'a, W> {
    fn new(out: &'a mut W) -> Blocks<'a, W> {
        Blocks { out, held: Vec::with_capacity(BLOCK) }
    }
}

impl<W: Write> Write for Blocks<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = bytes.len().min(BLOCK - self.held.len());
        self.held.extend_from_slice(&bytes[..taken]);
        if self.held.len() == BLOCK {
            self.out.write_all(&self.held)?;
            self.held.clear();
        }
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.write_all(&self.held)?;
        self.held.clear();
        Ok(())
    }
}

fn package(sheet: &Sheet, about: &About) -> Value {
    let scale = sheet.selection().scale();
    let lines = about.lines().iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
    let fields: Vec<Value> = sheet
        .placed_columns()
        .map(|column| {
            json!({
                "name": column.name,
                "title": column.title,
                "description": column.description,
                "type": match column.kind {
                    Kind::Text => "string",
                    Kind::Truth => "boolean",
                    Kind::Integer => "integer",
                    Kind::Number => "number",
                },
            })
        })
        .collect();
    let dictionary: Vec<Value> =
        dictionary::HEADER.iter().map(|name| json!({ "name": name, "type": "string" })).collect();
    let dialect = json!({ "delimiter": ",", "lineTerminator": "\r\n", "header": true });
    let resource = |name: &str, path: String, title: &str, fields: Vec<Value>, key: &str| {
        json!({
            "profile": "tabular-data-resource",
            "name": name,
            "path": path,
            "title": title,
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "dialect": dialect,
            "schema": { "fields": fields, "primaryKey": [key], "missingValues": [""] },
        })
    };
    json!({
        "profile": "tabular-data-package",
        "name": sheet.name().to_lowercase(),
        "title": format!("{} – {}", scale.label(), sheet.selection().edition().id()),
        "about": Value::Object(lines.collect()),
        "resources": [
            resource(scale.id(), format!("{scale}.csv"), scale.label(), fields, "code"),
            resource("dictionnaire", "dictionnaire.csv".into(), "Dictionnaire", dictionary, "colonne"),
        ],
    })
}
