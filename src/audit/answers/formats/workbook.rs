//! XLSX: figures, dictionary, who exported what and why.

use std::io::Cursor;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::super::exports::read_some;
use super::words::Words;
use super::{Cell, LARGEST, REWRITTEN, Table, sheet};
use crate::mismatch::Mismatch;

pub fn read(words: &Words<'_>, bytes: &[u8]) -> Result<Table, Mismatch> {
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let mut part = |name: &str| -> Result<String, Mismatch> {
        let file = archive.by_name(name).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(read_some(file, LARGEST)?).map_err(|error| error.to_string())?)
    };
    let mut lines = sheet::cells(&part("xl/worksheets/sheet1.xml")?)?.into_iter();
    let names: Vec<String> = lines.next().unwrap_or_default().iter().map(text).collect();
    let rows: Vec<Vec<Cell>> = lines
        .map(|mut cells| {
            cells.resize(names.len().max(cells.len()), Cell::Null);
            cells
        })
        .collect();
    let about: Vec<(String, String)> = sheet::cells(&part("xl/worksheets/sheet3.xml")?)?
        .iter()
        .map(|cells| {
            let cell = |place: usize| cells.get(place).map(text).unwrap_or_default();
            (cell(0), cell(1))
        })
        .collect();
    let core = part("docProps/core.xml")?;
    let inside = |tag: &str| {
        let rest = core.split_once(&format!("<{tag}"))?.1.split_once('>')?.1;
        Some(rest.split_once("</")?.0.to_owned())
    };
    let name = words.name(&inside("dc:title").unwrap_or_default());
    let made = inside("dcterms:created").unwrap_or_default();
    let mut flaws = words.about("À propos", &about);
    let again =
        Again { words, name: &name, made: &made, names: &names, rows: &rows, about: &about };
    if again.write().ok().as_deref() != Some(bytes) {
        flaws.push(REWRITTEN.to_owned());
    }
    Ok(Table { names, rows, has_place: true, flaws, ..Table::default() })
}

fn text(cell: &Cell) -> String {
    if let Cell::Text(text) = cell { text.clone() } else { String::new() }
}

/// What was read of a file.
struct Again<'a> {
    words: &'a Words<'a>,
    name: &'a str,
    /// When the file says that it was made.
    made: &'a str,
    names: &'a [String],
    rows: &'a [Vec<Cell>],
    about: &'a [(String, String)],
}

impl Again<'_> {
    /// The same rows written once more.
    fn write(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let said = self.about.iter().map(|(name, value)| format!("{name} : {value}"));
        let mut properties = DocProperties::new()
            .set_title(self.name)
            .set_subject(self.words.scale.label())
            .set_comment(said.collect::<Vec<_>>().join("\n"))
            .set_creation_datetime(&ExcelDateTime::parse_from_str(self.made)?);
        for (name, value) in self.about {
            properties = properties.set_custom_property(name, value.as_str());
        }
        book.set_properties(&properties);
        let bold = Format::new().set_bold();
        let page = book.add_worksheet_with_constant_memory()?.set_name("Chiffres")?;
        page.set_freeze_panes(1, 2)?;
        for (name, place) in self.names.iter().zip(0..) {
            page.write_string_with_format(0, place, name, &bold)?;
        }
        for (row, line) in self.rows.iter().zip(1..) {
            for (cell, place) in row.iter().zip(0..) {
                put(page, (line, place), cell)?;
            }
        }
        let page = book.add_worksheet_with_constant_memory()?.set_name("Dictionnaire")?;
        page.set_freeze_panes(1, 0)?;
        for (cells, line) in self.words.dictionary(self.names).iter().zip(0..) {
            for (text, place) in cells.iter().zip(0..) {
                page.write_string(line, place, text)?;
            }
        }
        let page = book.add_worksheet_with_constant_memory()?.set_name("À propos")?;
        for ((name, value), line) in self.about.iter().zip(0..) {
            page.write_string_with_format(line, 0, name, &bold)?;
            page.write_string(line, 1, value)?;
        }
        book.save_to_buffer()
    }
}

fn put(page: &mut Worksheet, (line, place): (u32, u16), cell: &Cell) -> Result<(), XlsxError> {
    match cell {
        Cell::Null => {}
        Cell::Text(text) => {
            page.write_string(line, place, text)?;
        }
        Cell::Truth(truth) => {
            page.write_boolean(line, place, *truth)?;
        }
        Cell::Integer(number) => {
            page.write_number(line, place, *number as f64)?;
        }
        Cell::Number(number) => {
            page.write_number(line, place, *number)?;
        }
    }
    Ok(())
}
