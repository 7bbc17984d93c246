//! The first record: which column is where, and what separates them.

use super::TableError;
use super::fields::{Charset, Fields};
use super::schema::TableSchema;
use super::split::{Record, Splitter, record};

/// The most columns a file can have.
const MAX_COLUMNS: usize = 1000;

/// Lines that may stand before the header, and the columns that a line must name to be one.
const MAX_PREAMBLE: usize = 8;
const LEAST_NAMES: usize = 2;

/// The separators in use; of two that read as many known columns, the first.
const DELIMITERS: [u8; 3] = [b';', b',', b'\t'];

/// How the records of one file are laid out.
pub(super) struct Layout {
    pub(super) table: &'static TableSchema,
    pub(super) delimiter: u8,
    /// Whether the file begins with the mark of UTF-8.
    pub(super) marked: bool,
    /// How the header is written, where it has characters beyond ASCII.
    pub(super) charset: Option<Charset>,
    /// Fields of every record.
    pub(super) width: usize,
    /// `(field, column of the schema)` for every known column, in the order of the file.
    pub(super) known: Vec<(usize, usize)>,
    /// Headers that the schema does not know.
    pub(super) ignored: Vec<String>,
}

impl Layout {
    /// Reads the header and passes over it.
    pub(super) fn read(
        splitter: &mut Splitter,
        table: &'static TableSchema,
    ) -> Result<Layout, TableError> {
        let marked = skip_mark(splitter)?;
        skip_preamble(splitter, table)?;
        let line = splitter.line();
        let path = splitter.source().path().to_owned();
        let (head, last) = splitter.head()?;
        if head.is_empty() {
            return Err(TableError::Empty { path });
        }
        let candidates = DELIMITERS.map(|delimiter| Candidate::read(head, last, delimiter, table));
        let best = candidates.into_iter().flatten().rev().max_by_key(Candidate::score);
        let Some(best) = best else {
            let problem = "guillemet jamais fermé ou première ligne trop longue";
            return Err(TableError::Header { path, line, problem });
        };
        if best.names.len() > MAX_COLUMNS {
            return Err(TableError::TooManyColumns { path, line, limit: MAX_COLUMNS });
        }
        splitter.skip(best.length);
        let layout = best.check(table, marked, &|fault| match fault {
            Fault::Missing { column, spellings } => TableError::MissingColumn {
                path: path.clone(),
                line,
                table: table.label().into(),
                column,
                spellings,
            },
            Fault::Duplicate { column, first, second } => {
                TableError::DuplicateColumn { path: path.clone(), line, column, first, second }
            }
        })?;
        layout.skip_second_header(splitter)?;
        Ok(layout)
    }

    /// Whether the file has a column of the schema.
    pub(super) fn has(&self, column: usize) -> bool {
        self.known.iter().any(|(_, known)| *known == column)
    }

    /// The open register can be downloaded with both dialects, one line each: a second line that
    /// names every known column again is no row.
    fn skip_second_header(&self, splitter: &mut Splitter) -> Result<(), TableError> {
        let (head, last) = splitter.head()?;
        let Record::Whole { end, next } = record(head, self.delimiter, last) else {
            return Ok(());
        };
        let names = names(&head[..end], self.delimiter);
        let again = |(field, column): &(usize, usize)| {
            names.get(*field).and_then(|name| self.table.header(name)) == Some(*column)
        };
        if names.len() == self.width && self.known.iter().all(again) {
            splitter.skip(next);
        }
        Ok(())
    }
}

enum Fault {
    Missing { column: String, spellings: String },
    Duplicate { column: String, first: usize, second: usize },
}

/// The header as one delimiter cuts it.
struct Candidate {
    delimiter: u8,
    names: Vec<String>,
    charset: Option<Charset>,
    /// Columns of the schema, field by field.
    columns: Vec<Option<usize>>,
    length: usize,
}

impl Candidate {
    fn read(head: &[u8], last: bool, delimiter: u8, table: &TableSchema) -> Option<Candidate> {
        let Record::Whole { end, next } = record(head, delimiter, last) else {
            return None;
        };
        let names = names(&head[..end], delimiter);
        let columns = names.iter().map(|name| table.header(name)).collect();
        let charset = Some(&head[..end]).filter(|bytes| !bytes.is_ascii()).map(Charset::of);
        Some(Candidate { delimiter, names, charset, columns, length: next })
    }

    fn score(&self) -> (usize, usize) {
        (self.columns.iter().flatten().count(), self.names.len())
    }

    fn check(
        self,
        table: &'static TableSchema,
        marked: bool,
        fault: &dyn Fn(Fault) -> TableError,
    ) -> Result<Layout, TableError> {
        let mut known: Vec<(usize, usize)> = Vec::new();
        for (field, column) in self.columns.iter().enumerate() {
            let Some(column) = *column else { continue };
            if let Some((first, _)) = known.iter().find(|(_, other)| *other == column) {
                let name = table.columns()[column].name.clone();
                let (first, second) = (first + 1, field + 1);
                return Err(fault(Fault::Duplicate { column: name, first, second }));
            }
            known.push((field, column));
        }
        for (index, column) in table.columns().iter().enumerate() {
            if column.required && !known.iter().any(|(_, known)| *known == index) {
                let spellings = match column.labels.join(" », « ") {
                    labels if labels.is_empty() => labels,
                    labels => format!(" (ou « {labels} »)"),
                };
                return Err(fault(Fault::Missing { column: column.name.clone(), spellings }));
            }
        }
        let names = self.names.iter().zip(&self.columns);
        let ignored =
            names.filter(|(_, column)| column.is_none()).map(|(name, _)| name.clone()).collect();
        let Candidate { delimiter, charset, columns, .. } = self;
        Ok(Layout { table, delimiter, marked, charset, width: columns.len(), known, ignored })
    }
}

fn names(bytes: &[u8], delimiter: u8) -> Vec<String> {
    let charset = Charset::of(bytes);
    let mut fields = Fields::default();
    fields.cut(bytes, delimiter);
    (0..fields.len()).map(|field| charset.decode(fields.get(field)).trim().to_owned()).collect()
}

fn skip_mark(splitter: &mut Splitter) -> Result<bool, TableError> {
    let path = splitter.source().path().to_owned();
    let (head, _) = splitter.head()?;
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return Err(TableError::Utf16 { path });
    }
    let marked = head.starts_with(&[0xef, 0xbb, 0xbf]);
    if marked {
        splitter.skip(3);
    }
    Ok(marked)
}

/// Passes over blank lines, the `sep=;` of spreadsheets, and a few lines of title: lines that name no
/// column, before one that names several.
fn skip_preamble(splitter: &mut Splitter, table: &TableSchema) -> Result<(), TableError> {
    let (head, _) = splitter.head()?;
    let (mut at, mut length) = (0, 0);
    for line in head.split_inclusive(|byte| *byte == b'\n').take(MAX_PREAMBLE) {
        let text = line.trim_ascii();
        let columns = |delimiter: &u8| {
            names(text, *delimiter).iter().filter(|name| table.header(name).is_some()).count()
        };
        let known = DELIMITERS.iter().map(columns).max().unwrap_or(0);
        let is_hint = text.len() < 8 && text.to_ascii_lowercase().starts_with(b"sep=");
        if known >= LEAST_NAMES {
            length = at;
            break;
        }
        at += line.len();
        if (text.is_empty() || is_hint) && length + line.len() == at {
            length = at;
        }
    }
    splitter.skip(length);
    Ok(())
}
