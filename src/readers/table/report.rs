//! What the import report says of one file.

use std::path::{Path, PathBuf};

/// How the characters of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or ASCII alone.
    Utf8,
    /// UTF-8 with its mark at the start.
    Utf8Bom,
    /// Windows-1252, Latin-1 with it.
    Windows1252,
    /// Mostly UTF-8; some records are not and were read as Windows-1252, or the reverse.
    Mixed,
}

impl Encoding {
    /// The name shown to people.
    pub fn label(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf8Bom => "UTF-8 avec BOM",
            Encoding::Windows1252 => "Windows-1252",
            Encoding::Mixed => "mélange d'UTF-8 et de Windows-1252",
        }
    }
}

/// One file, read to its end. `read = kept + rejected`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    pub(super) path: PathBuf,
    pub(super) read: u64,
    pub(super) rejected: u64,
    pub(super) delimiter: char,
    pub(super) encoding: Encoding,
    pub(super) windows_1252: u64,
    pub(super) ignored: Vec<String>,
    pub(super) absent: Vec<String>,
    /// For each column that the file has, the rows handed over that hold a value.
    pub(super) known: Vec<(String, u64)>,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl FileReport {
    /// The file, as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Rows after the header, blank lines left out.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// Rows handed over.
    pub fn kept(&self) -> u64 {
        self.read - self.rejected
    }

    /// Rows that could not be read. Rows that a later stage rejects are not among them.
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// `;`, `,` or a tab.
    pub fn delimiter(&self) -> char {
        self.delimiter
    }

    /// How the characters are written.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Records, the header among them, that are not valid UTF-8 and were read as Windows-1252.
    pub fn windows_1252(&self) -> u64 {
        self.windows_1252
    }

    /// Headers that no column of the schema answers to, in the order of the file.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Optional columns of the schema that the file lacks.
    pub fn absent(&self) -> &[String] {
        &self.absent
    }

    /// Rows handed over that hold a value in a column; `None` where the file lacks the column.
    pub fn known(&self, column: &str) -> Option<u64> {
        self.known.iter().find(|(name, _)| name == column).map(|(_, rows)| *rows)
    }

    /// Bytes of the file on disk.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// SHA-256 of the bytes of the file on disk, lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}
