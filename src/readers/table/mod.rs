//! The tables of the input: CSV files in several dialects, read in blocks of columns.
//!
//! One thread reads, decompresses and cuts the stream into chunks of whole records while the
//! others parse the chunks before; blocks are handed over in the order of the file. Memory holds
//! two batches of chunks, whatever the length of the file.

mod block;
mod error;
mod fields;
mod header;
mod report;
mod schema;
mod source;
mod split;
mod value;

use std::path::Path;

use rayon::prelude::*;

use self::block::{Parsed, Rejected};
use self::fields::Charset;
use self::header::Layout;
use self::source::Source;
use self::split::{Chunk, Splitter};
use crate::reject::Rejections;

pub use self::block::Block;
pub use self::error::TableError;
pub use self::report::{Encoding, FileReport};
pub use self::schema::{BadSchema, Column, IntegerColumn, TableSchema, TextColumn};
pub use self::value::MISSING;

/// The most chunks in a batch, whatever the number of threads.
const MAX_BATCH: usize = 16;

/// Reads a file to its end: every row is handed to `each`, in blocks in the order of the file, or
/// is added to `rejections`. `progress` is told the bytes of the file read so far.
///
/// Delimiter, encoding, compression and dialect come from the content. The blocks and the
/// rejections are the same whatever the number of threads.
///
/// # Errors
///
/// A file that cannot be read, is empty or truncated, has no row, lacks a required column or has
/// a column twice; rejections that cannot be written; what `each` answers. Blocks handed over
/// before an error are not a whole file.
pub fn read<E: From<TableError>>(
    table: &'static TableSchema,
    path: &Path,
    rejections: &mut Rejections,
    progress: &dyn Fn(u64),
    each: &mut dyn FnMut(Block) -> Result<(), E>,
) -> Result<FileReport, E> {
    let mut reject = |rejected: &Rejected| {
        let column = rejected.column.map(|column| table.columns()[column].name.as_str());
        rejections
            .add(path, rejected.line, column, rejected.reason)
            .map_err(|error| TableError::from(error).into())
    };
    read_with(table, path, &mut reject, progress, each)
}

/// Reads a file where every row counts: the first bad one is an error.
pub(crate) fn read_strict<E: From<TableError>>(
    table: &'static TableSchema,
    path: &Path,
    each: &mut dyn FnMut(Block) -> Result<(), E>,
) -> Result<FileReport, E> {
    let mut refuse = |rejected: &Rejected| {
        let column = rejected.column.map(|column| table.columns()[column].name.clone());
        let (line, reason) = (rejected.line, rejected.reason);
        Err(TableError::Row { path: path.into(), line, column, reason }.into())
    };
    read_with(table, path, &mut refuse, &|_| {}, each)
}

/// The names that the first record of a file gives its columns: those of the schema, and others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The columns of the schema that the file has, by their technical names.
    pub known: Vec<String>,
    /// The names that no column of the schema answers to.
    pub others: Vec<String>,
}

/// Reads the header of a file, and no row.
///
/// # Errors
/// [`TableError`] for a file that [`read`] would refuse by its header.
pub fn header(table: &'static TableSchema, path: &Path) -> Result<Header, TableError> {
    let layout = Layout::read(&mut Splitter::new(Source::open(path)?), table)?;
    let name = |(_, column): &(usize, usize)| table.columns()[*column].name.clone();
    Ok(Header { known: layout.known.iter().map(name).collect(), others: layout.ignored })
}

fn read_with<E: From<TableError>>(
    table: &'static TableSchema,
    path: &Path,
    reject: &mut dyn FnMut(&Rejected) -> Result<(), E>,
    progress: &dyn Fn(u64),
    each: &mut dyn FnMut(Block) -> Result<(), E>,
) -> Result<FileReport, E> {
    let mut splitter = Splitter::new(Source::open(path)?);
    let layout = Layout::read(&mut splitter, table)?;
    let size = (2 * rayon::current_num_threads()).clamp(2, MAX_BATCH);
    let mut tally = Tally::default();
    let mut batch = splitter.batch(size, layout.delimiter)?;
    while !batch.is_empty() {
        let (parsed, next) =
            rayon::join(|| parse_all(&batch, &layout), || splitter.batch(size, layout.delimiter));
        for part in parsed {
            tally.add(&part);
            part.rejected.iter().try_for_each(&mut *reject)?;
            if part.block.rows() > 0 {
                each(part.block)?;
            }
        }
        progress(splitter.source().bytes());
        batch = next?;
    }
    if tally.read == 0 {
        return Err(TableError::NoRow { path: path.into() }.into());
    }
    Ok(tally.report(layout, splitter.into_source())?)
}

fn parse_all(batch: &[Chunk], layout: &Layout) -> Vec<Parsed> {
    batch.par_iter().map(|chunk| block::parse(chunk, layout)).collect()
}

#[derive(Default)]
struct Tally {
    read: u64,
    rejected: u64,
    utf8: u64,
    windows_1252: u64,
    /// Rows with a value, column by column of the schema.
    known: Vec<u64>,
}

impl Tally {
    fn add(&mut self, part: &Parsed) {
        let rejected = part.rejected.len() as u64;
        self.rejected += rejected;
        self.read += rejected + part.block.rows() as u64;
        self.utf8 += part.utf8;
        self.windows_1252 += part.windows_1252;
        self.known.resize(part.known.len(), 0);
        self.known.iter_mut().zip(&part.known).for_each(|(all, rows)| *all += rows);
    }

    fn report(self, layout: Layout, source: Source) -> Result<FileReport, TableError> {
        let header = |charset| u64::from(layout.charset == Some(charset));
        let utf8 = self.utf8 + header(Charset::Utf8);
        let windows_1252 = self.windows_1252 + header(Charset::Windows1252);
        let encoding = match (layout.marked, utf8, windows_1252) {
            (true, _, 0) => Encoding::Utf8Bom,
            (false, _, 0) => Encoding::Utf8,
            (false, 0, _) => Encoding::Windows1252,
            _ => Encoding::Mixed,
        };
        let absent = (0..layout.table.columns().len())
            .filter(|column| !layout.has(*column))
            .map(|column| layout.table.columns()[column].name.clone())
            .collect();
        let columns = layout.table.columns().iter().zip(&self.known).enumerate();
        let known = columns
            .filter(|(place, _)| layout.has(*place))
            .map(|(_, (column, rows))| (column.name.clone(), *rows))
            .collect();
        let path = source.path().to_owned();
        let (sha256, bytes) = source.finish()?;
        Ok(FileReport {
            path,
            read: self.read,
            rejected: self.rejected,
            delimiter: char::from(layout.delimiter),
            encoding,
            windows_1252,
            ignored: layout.ignored,
            absent,
            known,
            bytes,
            sha256,
        })
    }
}

#[cfg(test)]
mod tests;
