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
    serde_json::to_writer_pretty(&mut archive, &package(sheet, about))?;
    archive.start_file("dictionnaire.csv", options)?;
    csv::write_texts(&dictionary::HEADER, dictionary::lines(sheet), &mut archive)?;
    archive.start_file(format!("{scale}.csv"), options)?;
    csv::write(sheet, csv::Dialect::Plain, &mut archive)?;
    archive.finish()?;
    Ok(())
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
