//! Where the files go: an empty directory, and files that name themselves when writing fails.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::SynthError;

/// Makes the directory, or accepts an empty one.
pub(super) fn prepare(directory: &Path) -> Result<(), SynthError> {
    let write = |source| SynthError::Write { path: directory.into(), source };
    std::fs::create_dir_all(directory).map_err(write)?;
    if std::fs::read_dir(directory).map_err(write)?.next().is_some() {
        return Err(SynthError::NotEmpty(directory.into()));
    }
    Ok(())
}

/// Writes a whole small file.
pub(super) fn whole(path: &Path, bytes: &[u8]) -> Result<(), SynthError> {
    std::fs::write(path, bytes).map_err(|source| SynthError::Write { path: path.into(), source })
}

/// The bytes of a file of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf8Gzip,
    Windows1252,
}

/// A file of rows, written as they come.
pub(super) struct RowFile {
    path: PathBuf,
    encoding: Encoding,
    sink: Sink,
}

enum Sink {
    Plain(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
}

impl RowFile {
    pub(super) fn create(path: PathBuf, encoding: Encoding) -> Result<RowFile, SynthError> {
        let write = |source| SynthError::Write { path: path.clone(), source };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(write)?;
        }
        let file = BufWriter::new(File::create(&path).map_err(write)?);
        let sink = match encoding {
            // The header of the stream holds neither name nor time: same rows, same bytes.
            Encoding::Utf8Gzip => Sink::Gzip(Box::new(GzEncoder::new(file, Compression::new(6)))),
            Encoding::Utf8 | Encoding::Windows1252 => Sink::Plain(file),
        };
        Ok(RowFile { path, encoding, sink })
    }

    /// Appends rows given in UTF-8.
    pub(super) fn append(&mut self, rows: &[u8]) -> Result<(), SynthError> {
        let windows;
        let bytes = match (self.encoding, std::str::from_utf8(rows)) {
            (Encoding::Windows1252, Ok(text)) => {
                windows = encoding_rs::WINDOWS_1252.encode(text).0;
                &windows[..]
            }
            _ => rows,
        };
        let done = match &mut self.sink {
            Sink::Plain(file) => file.write_all(bytes),
            Sink::Gzip(file) => file.write_all(bytes),
        };
        done.map_err(|source| SynthError::Write { path: self.path.clone(), source })
    }

    /// Writes what is left.
    pub(super) fn finish(self) -> Result<(), SynthError> {
        let done = match self.sink {
            Sink::Plain(mut file) => file.flush(),
            Sink::Gzip(file) => file.finish().and_then(|mut file| file.flush()),
        };
        done.map_err(|source| SynthError::Write { path: self.path, source })
    }
}
