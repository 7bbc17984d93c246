//! XLSX: figures, dictionary, who exported what and why. Sheets are gathered in temporary files without a
//! name, so memory does not grow with the rows.

use std::io::Write;

use features::Value;
use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet};

use super::{About, ExportError, Sheet, dictionary};

pub(super) fn write(
    sheet: &Sheet,
    about: &About,
    out: &mut (dyn Write + Send),
) -> Result<(), ExportError> {
    let mut book = Workbook::new();
    let mut properties = DocProperties::new()
        .set_title(sheet.name())
        .set_subject(sheet.selection().scale().label())
        .set_comment(about.text());
    for (name, value) in about.lines() {
        properties = properties.set_custom_property(*name, value.as_str());
    }
    book.set_properties(&properties);
    let bold = Format::new().set_bold();
    let page = book.add_worksheet_with_constant_memory()?.set_name("Chiffres")?;
    page.set_freeze_panes(1, 2)?;
    for (column, place) in sheet.placed_columns().zip(0..) {
        page.write_string_with_format(0, place, &column.name, &bold)?;
    }
    for (row, line) in sheet.rows().zip(1..) {
        let row = row?;
        for (column, place) in sheet.placed_columns().zip(0..) {
            put(page, (line, place), sheet.value(column, &row))?;
        }
    }
    let page = book.add_worksheet_with_constant_memory()?.set_name("Dictionnaire")?;
    page.set_freeze_panes(1, 0)?;
    let header = dictionary::HEADER.map(str::to_owned);
    for (cells, line) in std::iter::once(header).chain(dictionary::lines(sheet)).zip(0..) {
        for (text, place) in cells.into_iter().zip(0..) {
            page.write_string(line, place, text)?;
        }
    }
    let page = book.add_worksheet_with_constant_memory()?.set_name("À propos")?;
    for ((name, value), line) in about.lines().iter().zip(0..) {
        page.write_string_with_format(line, 0, *name, &bold)?;
        page.write_string(line, 1, value)?;
    }
    book.save_to_writer(out)?;
    Ok(())
}

/// A text is a text cell, however it begins; what is absent is an empty cell.
fn put(
    page: &mut Worksheet,
    (line, place): (u32, u16),
    value: Option<Value<'_>>,
) -> Result<(), ExportError> {
    match value {
        None => {}
        Some(Value::Text(text)) => {
            page.write_string(line, place, text)?;
        }
        Some(Value::Truth(truth)) => {
            page.write_boolean(line, place, truth)?;
        }
        Some(Value::Integer(number)) => {
            page.write_number(line, place, number as f64)?;
        }
        Some(Value::Number(number)) => {
            page.write_number(line, place, number)?;
        }
    }
    Ok(())
}
