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
    let sign = if dialect == Dialect::French { b';' } else { b',' };
    // The library's writer walks an automaton for each byte of each cell, most of which are figures that nothing
    // is quoted in: a third of the time that a file took.
    let mut line = Vec::new();
    for column in sheet.placed_columns() {
        put_text(&mut line, &column.name, sign);
        line.push(sign);
    }
    end(&mut line, out)?;
    for row in sheet.rows() {
        let row = row?;
        for column in sheet.placed_columns() {
            if let Some(value) = sheet.value(column, &row) {
                put(&mut line, value, dialect, sign)?;
            }
            line.push(sign);
        }
        end(&mut line, out)?;
    }
    Ok(())
}

/// Hands over a line, the last sign of which gives way to its end.
fn end(line: &mut Vec<u8>, out: &mut (dyn Write + Send)) -> Result<(), ExportError> {
    line.pop();
    line.extend_from_slice(b"\r\n");
    out.write_all(line)?;
    line.clear();
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

fn put(line: &mut Vec<u8>, value: Value<'_>, dialect: Dialect, sign: u8) -> std::io::Result<()> {
    match value {
        Value::Text(text) => put_text(line, &guarded(text), sign),
        Value::Truth(truth) => line.extend_from_slice(match (truth, dialect) {
            (true, Dialect::French) => b"vrai",
            (false, Dialect::French) => b"faux",
            (true, Dialect::Plain) => b"true",
            (false, Dialect::Plain) => b"false",
        }),
        Value::Integer(number) => write!(line, "{number}")?,
        Value::Number(number) => {
            let start = line.len();
            write!(line, "{number}")?;
            if dialect == Dialect::French
                && let Some(point) = line[start..].iter_mut().find(|byte| **byte == b'.')
            {
                *point = b',';
            }
        }
    }
    Ok(())
}

/// A text, in quotes where it holds what ends a cell.
fn put_text(line: &mut Vec<u8>, text: &str, sign: u8) {
    let is_plain = |byte: u8| byte != sign && !matches!(byte, b'"' | b'\r' | b'\n');
    if text.bytes().all(is_plain) {
        line.extend_from_slice(text.as_bytes());
        return;
    }
    line.push(b'"');
    line.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    line.push(b'"');
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
        let both = [(Dialect::French, french, b';'), (Dialect::Plain, plain, b',')];
        for (dialect, expected, sign) in both {
            let mut line = Vec::new();
            put(&mut line, value, dialect, sign).unwrap();
            assert_eq!(String::from_utf8(line).unwrap(), expected, "{dialect:?}");
        }
    }

    #[test]
    fn texts_are_quoted_as_the_library_quotes_them() {
        let texts =
            ["", "a", "a;b", "a,b", "l'\"A\"", "\"", "a\r\nb", "é\nà", " a ", "\t", "\u{feff}"];
        for sign in [b';', b','] {
            let mut line = Vec::new();
            let mut library = WriterBuilder::new().delimiter(sign).from_writer(Vec::new());
            for text in texts {
                put_text(&mut line, text, sign);
                line.push(sign);
                library.write_field(text).unwrap();
            }
            library.write_field("").unwrap();
            library.write_record(None::<&[u8]>).unwrap();
            line.push(b'\n');
            assert_eq!(line, library.into_inner().unwrap());
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
            assert_eq!(guarded(text), format!("'{text}"));
        }
        check(Value::Text("\r=1"), "\"'\r=1\"", "\"'\r=1\"");
        check(Value::Text("L'Aumône"), "L'Aumône", "L'Aumône");
        check(Value::Text("95018-H"), "95018-H", "95018-H");
    }
}
