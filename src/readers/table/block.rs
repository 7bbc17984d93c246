//! Rows in columns: what a chunk of the file becomes.

use memchr::memchr;

use super::fields::{Charset, Fields};
use super::header::Layout;
use super::schema::{Column, ColumnSchema, IntegerColumn, TextColumn};
use super::split::{Chunk, RECORD_TOO_LONG, Record, record};
use super::value::{self, MISSING, Reason};

const NUL: Reason = "caractère nul";
const WIDTH: Reason = "nombre de champs différent de l'en-tête";

/// Consecutive rows of one file, by column. Blocks follow one another in the order of the file.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    first_line: u64,
    /// Lines after `first_line`, row by row.
    lines: Vec<u32>,
    /// By handle; `None` for a column that the file lacks.
    integers: Vec<Option<Vec<i32>>>,
    texts: Vec<Option<Texts>>,
    /// What a column of integers that the file lacks shows.
    absent: Vec<i32>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Texts {
    characters: String,
    ends: Vec<usize>,
}

impl Block {
    /// How many rows the block has.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The line of the file where a row begins, from 1; 0 for a row that the block does not have.
    pub fn line(&self, row: usize) -> u64 {
        self.lines.get(row).map_or(0, |line| self.first_line + u64::from(*line))
    }

    /// One integer a row, [`MISSING`] where there is no value, everywhere in a column that the
    /// file lacks.
    pub fn integers(&self, column: IntegerColumn) -> &[i32] {
        self.integers.get(column.0).and_then(Option::as_deref).unwrap_or(&self.absent)
    }

    /// The text of a field, trimmed; empty where there is no value.
    pub fn text(&self, column: TextColumn, row: usize) -> &str {
        self.texts.get(column.0).and_then(Option::as_ref).map_or("", |texts| texts.get(row))
    }

    /// Whether the file has a column.
    pub fn has(&self, column: Column) -> bool {
        match column {
            Column::Integer(column) => matches!(self.integers.get(column.0), Some(Some(_))),
            Column::Text(column) => matches!(self.texts.get(column.0), Some(Some(_))),
        }
    }

    fn new(layout: &Layout, first_line: u64) -> Block {
        let mut integers = vec![None; layout.table.integer_count()];
        let mut texts: Vec<_> = (0..layout.table.text_count()).map(|_| None).collect();
        for (_, column) in &layout.known {
            match layout.table.columns()[*column].handle {
                Column::Integer(column) => integers[column.0] = Some(Vec::new()),
                Column::Text(column) => texts[column.0] = Some(Texts::default()),
            }
        }
        Block { first_line, lines: Vec::new(), integers, texts, absent: Vec::new() }
    }

    fn push(&mut self, column: &ColumnSchema, text: &str) -> Result<(), Reason> {
        match column.handle {
            Column::Integer(handle) => {
                let value = value::integer(column, text)?;
                if let Some(values) = &mut self.integers[handle.0] {
                    values.push(value);
                }
            }
            Column::Text(handle) => {
                let text = value::text(column, text)?;
                if let Some(texts) = &mut self.texts[handle.0] {
                    texts.push(text);
                }
            }
        }
        Ok(())
    }

    /// Rows with a value in a column.
    fn known(&self, column: &ColumnSchema) -> u64 {
        let rows = match column.handle {
            Column::Integer(handle) => {
                self.integers(handle).iter().filter(|value| **value != MISSING).count()
            }
            Column::Text(handle) => {
                let texts = self.texts.get(handle.0).and_then(Option::as_ref);
                texts.map_or(0, |texts| {
                    let starts = std::iter::once(&0).chain(&texts.ends);
                    starts.zip(&texts.ends).filter(|(start, end)| start < end).count()
                })
            }
        };
        rows as u64
    }

    /// Takes back the fields of a row that was not finished.
    fn take_back(&mut self) {
        let rows = self.lines.len();
        self.integers.iter_mut().flatten().for_each(|values| values.truncate(rows));
        self.texts.iter_mut().flatten().for_each(|texts| texts.truncate(rows));
    }
}

impl Texts {
    fn get(&self, row: usize) -> &str {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(row).copied();
        end.and_then(|end| self.characters.get(start.unwrap_or(0)..end)).unwrap_or("")
    }

    fn push(&mut self, text: &str) {
        self.characters.push_str(text);
        self.ends.push(self.characters.len());
    }

    fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows);
        self.characters.truncate(self.ends.last().copied().unwrap_or(0));
    }
}

/// A row that was left out.
pub(super) struct Rejected {
    pub(super) line: u64,
    /// The place in the schema; `None` where the whole row is at fault.
    pub(super) column: Option<usize>,
    pub(super) reason: Reason,
}

/// What a chunk held.
pub(super) struct Parsed {
    pub(super) block: Block,
    pub(super) rejected: Vec<Rejected>,
    /// Records with characters beyond ASCII, by how they were read.
    pub(super) utf8: u64,
    pub(super) windows_1252: u64,
    /// Rows of the block with a value, column by column of the schema.
    pub(super) known: Vec<u64>,
}

/// Reads the records of a chunk. A blank line is no row, nor one of separators alone, which spreadsheets
/// leave at the end.
pub(super) fn parse(chunk: &Chunk, layout: &Layout) -> Parsed {
    let block = Block::new(layout, chunk.first_line);
    let mut parsed =
        Parsed { block, rejected: Vec::new(), utf8: 0, windows_1252: 0, known: vec![] };
    let ascii = chunk.bytes.is_ascii();
    let mut fields = Fields::default();
    let mut rest = chunk.bytes.as_slice();
    let mut line = chunk.first_line;
    while !rest.is_empty() {
        let (content, next) = match record(rest, layout.delimiter, true) {
            Record::Whole { end, next } => (Ok(&rest[..end]), next),
            Record::Broken { next } => (Err(RECORD_TOO_LONG), next),
            // Said only of a slice that others follow.
            Record::Incomplete => (Err(RECORD_TOO_LONG), rest.len()),
        };
        let blank = |byte: &u8| *byte == layout.delimiter || matches!(byte, b' ' | b'\t' | b'\r');
        if content.is_err() || content.is_ok_and(|content| !content.iter().all(blank)) {
            let row = content
                .map_err(|reason| (None, reason))
                .and_then(|content| parsed.row(content, ascii, layout, &mut fields));
            match row {
                Ok(()) => {
                    // A chunk has fewer lines than bytes, and about a million bytes.
                    let offset = line - chunk.first_line;
                    parsed.block.lines.push(u32::try_from(offset).unwrap_or(u32::MAX));
                }
                Err((column, reason)) => {
                    parsed.block.take_back();
                    parsed.rejected.push(Rejected { line, column, reason });
                }
            }
        }
        line += memchr::memchr_iter(b'\n', &rest[..next]).count() as u64;
        rest = &rest[next..];
    }
    parsed.block.absent = vec![MISSING; parsed.block.rows()];
    parsed.known = layout.table.columns().iter().map(|column| parsed.block.known(column)).collect();
    parsed
}

impl Parsed {
    fn row(
        &mut self,
        content: &[u8],
        ascii: bool,
        layout: &Layout,
        fields: &mut Fields,
    ) -> Result<(), (Option<usize>, Reason)> {
        if memchr(0, content).is_some() {
            return Err((None, NUL));
        }
        let charset = self.charset(content, ascii);
        fields.cut(content, layout.delimiter);
        if fields.len() != layout.width {
            return Err((None, WIDTH));
        }
        for (field, column) in &layout.known {
            let text = charset.decode(fields.get(*field));
            let schema = &layout.table.columns()[*column];
            self.block.push(schema, &text).map_err(|reason| (Some(*column), reason))?;
        }
        Ok(())
    }

    fn charset(&mut self, content: &[u8], ascii: bool) -> Charset {
        if ascii || content.is_ascii() {
            return Charset::Utf8;
        }
        let charset = Charset::of(content);
        match charset {
            Charset::Utf8 => self.utf8 += 1,
            Charset::Windows1252 => self.windows_1252 += 1,
        }
        charset
    }
}
