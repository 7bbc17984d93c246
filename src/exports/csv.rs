//! CSV, in the dialect of French spreadsheets or that of RFC 4180.

use std::io::Write;

use csv::{Terminator, WriterBuilder};
use features::Value;

use super::{ExportError, Sheet};

/// How a CSV is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Semicolons, decimal comma, byte order mark.
    French,
    /// Commas, decimal point.
    Plain,
}

/// What tells a spreadsheet that the bytes are UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(super) fn write(
    sheet: &Sheet,
    dialect: Dialect,
    out: &mut (dyn Write + Send),
) -> Result<(), ExportError> {
    if dialect == Dialect::French {
        out.write_all(BYTE_ORDER_MARK)?;
    }
    let mut writer = WriterBuilder::new()
        .delimiter(if dialect == Dialect::French { b';' } else { b',' })
        .terminator(Terminator::CRLF)
        .from_writer(out);
    writer.write_record(sheet.placed_columns().map(|column| &column.name))?;
    let mut cell = String::new();
    for row in sheet.rows() {
        let row = row?;
        for column in sheet.placed_columns() {
            cell.clear();
            put(&mut cell, sheet.value(column, &row), dialect);
            writer.write_field(&cell)?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()?;
    Ok(())
}

/// Other tables of texts, in the dialect of RFC 4180.
pub(super) fn write_texts<'a>(
    header: &[&str],
    lines: impl Iterator<Item = [String; 6]>,
    out: &mut (dyn Write + 'a),
) -> Result<(), ExportError> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    writer.write_record(header)?;
    for line in lines {
        writer.write_record(line.each_ref().map(|text| guarded(text).into_owned()))?;
    }
    writer.flush()?;
    Ok(())
}

fn put(cell: &mut String, value: Option<Value<'_>>, dialect: Dialect) {
    use std::fmt::Write;
    // Writing to a text does not fail.
    let _ = match value {
        None => Ok(()),
        Some(Value::Text(text)) => cell.write_str(&guarded(text)),
        Some(Value::Truth(truth)) => cell.write_str(match (truth, dialect) {
            (true, Dialect::French) => "vrai",
            (false, Dialect::French) => "faux",
            (true, Dialect::Plain) => "true",
            (false, Dialect::Plain) => "false",
        }),
        Some(Value::Integer(number)) => write!(cell, "{number}"),
        Some(Value::Number(number)) => write!(cell, "{number}"),
    };
    if dialect == Dialect::French && matches!(value, Some(Value::Number(_))) {
        // At most one point, as Rust writes numbers.
        if let Some(at) = cell.find('.') {
            cell.replace_range(at..=at, ",");
        }
    }
}

/// A text that begins like a formula is none for a spreadsheet: an apostrophe stands before it.
fn guarded(text: &str) -> std::borrow::Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        true => format!("'{text}").into(),
        false => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: Value<'_>, french: &str, plain: &str) {
        for (dialect, expected) in [(Dialect::French, french), (Dialect::Plain, plain)] {
            let mut cell = String::new();
            put(&mut cell, Some(value), dialect);
            assert_eq!(cell, expected, "{dialect:?}");
        }
    }

    #[test]
    fn numbers_are_written_as_each_dialect_reads_them() {
        check(Value::Number(31.4), "31,4", "31.4");
        check(Value::Number(40.0), "40", "40");
        check(Value::Number(-0.5), "-0,5", "-0.5");
        check(Value::Integer(-3), "-3", "-3");
        check(Value::Truth(true), "vrai", "true");
    }

    #[test]
    fn a_text_that_begins_like_a_formula_stays_text() {
        for text in ["=1+1", "+33", "-H", "@SUM(A1)", "\tx", "\r=1"] {
            check(Value::Text(text), &format!("'{text}"), &format!("'{text}"));
        }
        check(Value::Text("L'Aumône"), "L'Aumône", "L'Aumône");
        check(Value::Text("95018-H"), "95018-H", "95018-H");
    }
}
