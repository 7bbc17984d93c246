//! FlatGeobuf, byte for byte.

use std::io::Cursor;

use flatgeobuf::FgbReader;

use super::super::super::files::columns::{Column, Properties};
use super::super::super::files::fgb::{self, Feature, Named};
use super::super::super::files::notes::Notes;
use super::super::super::seen::Value;
use super::super::json;
use super::super::shapes::multipolygon_or_point;
use super::delimited::pairs;
use super::words::Words;
use super::{Cell, Table};
use crate::mismatch::Mismatch;

pub fn read(words: &Words<'_>, bytes: &[u8]) -> Result<Table, Mismatch> {
    let opened = FgbReader::open(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let header = opened.header();
    let columns = header.columns().into_iter().flatten();
    let names: Vec<String> = columns.map(|column| column.name().to_owned()).collect();
    let name = words.name(header.name().unwrap_or_default());
    let columns: Vec<Column> = names.iter().map(|name| words.column(name)).collect();
    let mut notes = Notes::new("FlatGeobuf", "fichier");
    let (mut rows, mut shapes) = (Vec::new(), Vec::new());
    let mut each = |feature: Feature<'_>, notes: &mut Notes| {
        match cells(&feature, &columns) {
            Ok(cells) => rows.push(cells),
            Err(problem) => {
                rows.push(vec![Cell::Null; columns.len()]);
                notes.add(format_args!("ligne {} : {problem}", rows.len()));
            }
        }
        shapes.push(multipolygon_or_point(&feature.polygons, words.scale.is_point()));
    };
    let named = Named { scale: words.scale, name: &name, columns: &columns, may_be_empty: true };
    let length = bytes.len() as u64;
    let outline = fgb::read((bytes, length), &named, &mut notes, &mut each)
        .map_err(|error| error.to_string())?;
    let mut flaws = Vec::new();
    if let Some(mut outline) = outline {
        let texts = std::mem::take(&mut outline.texts);
        let [description, metadata] = texts.map(Option::unwrap_or_default);
        flaws.extend(words.about("en-tête, description", &words.lines(&description)));
        let about = json::read(metadata.as_bytes())?;
        flaws.extend(about.flaws);
        flaws.extend(words.about("en-tête, metadata", &pairs(&about.root)));
        // Rows were gathered by code before the index ordered them.
        let code = |place: &u32| match rows.get(*place as usize).and_then(|row| row.first()) {
            Some(Cell::Text(code)) => code.clone(),
            _ => String::new(),
        };
        let mut by_code: Vec<u32> = (0..rows.len() as u32).collect();
        by_code.sort_by_cached_key(code);
        outline.check(&by_code, &mut notes);
    }
    flaws.extend(notes.into_findings().into_iter().map(|finding| finding.words));
    let shapes = Some(shapes);
    Ok(Table { names, rows, shapes, is_sorted_by_place: true, flaws, ..Table::default() })
}

fn cells(feature: &Feature<'_>, columns: &[Column]) -> Result<Vec<Cell>, Mismatch> {
    let mut cells = vec![Cell::Null; columns.len()];
    let mut properties = Properties::new(feature.properties, columns);
    while let Some((place, value)) = properties.next()? {
        cells[place] = match value {
            Value::Text(text) => Cell::Text(text.to_owned()),
            Value::Truth(truth) => Cell::Truth(truth),
            Value::Integer(number) => Cell::Integer(number),
            Value::Number(number) => Cell::Number(number),
        };
    }
    Ok(cells)
}
