//! Rows that are left out: where they stand and why, never what they hold.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use domain::{Fault, HasFault};

/// The name of the file in the record directory.
const FILE_NAME: &str = "rejets.csv";

/// Lines written; later rejections are only counted.
const MAX_LINES: u64 = 1_000_000;

/// The rejected rows of a build. A reason is a constant of the program: it cannot hold a value of
/// a household.
#[derive(Debug)]
pub struct Rejections {
    path: PathBuf,
    writer: BufWriter<File>,
    total: u64,
    counts: BTreeMap<(PathBuf, Option<String>, &'static str), u64>,
}

/// How many rows of one file were rejected for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectionCount<'a> {
    /// The input file.
    pub file: &'a Path,
    /// The column at fault, if one is.
    pub column: Option<&'a str>,
    /// Why, in French; a constant of the program, so never a value.
    pub reason: &'static str,
    /// Rows rejected for it.
    pub rows: u64,
}

/// The rejection file cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{path} : écriture impossible")]
pub struct RejectError {
    path: PathBuf,
    source: std::io::Error,
}

impl HasFault for RejectError {
    fn fault(&self) -> Fault {
        Fault::Environment
    }
}

impl Rejections {
    /// Begins `rejets.csv` in a directory, which is made if needed and which its owner alone may
    /// read: the record is private. Columns:
    /// `fichier;ligne;colonne;motif`, an empty `colonne` where the whole row is at fault.
    ///
    /// # Errors
    /// [`RejectError`] where the file cannot be made.
    pub fn create(record: &Path) -> Result<Rejections, RejectError> {
        let path = record.join(FILE_NAME);
        let fault = |source| RejectError { path: path.clone(), source };
        private_directory(record).map_err(fault)?;
        let mut writer = BufWriter::new(private_file(&path).map_err(fault)?);
        writer.write_all(b"fichier;ligne;colonne;motif\n").map_err(fault)?;
        Ok(Rejections { path, writer, total: 0, counts: BTreeMap::new() })
    }

    /// Records one rejected row. A row is rejected at most once, whoever rejects it.
    ///
    /// # Errors
    /// [`RejectError`] where the file cannot be written.
    pub fn add(
        &mut self,
        file: &Path,
        line: u64,
        column: Option<&str>,
        reason: &'static str,
    ) -> Result<(), RejectError> {
        self.total += 1;
        *self.counts.entry((file.into(), column.map(str::to_owned), reason)).or_default() += 1;
        if self.total > MAX_LINES {
            return Ok(());
        }
        let name = quoted(&file.display().to_string());
        let column = column.unwrap_or("");
        writeln!(self.writer, "{name};{line};{column};{reason}")
            .map_err(|source| self.fault(source))
    }

    /// Rows rejected in all files.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Rows rejected in one file.
    pub fn of_file(&self, file: &Path) -> u64 {
        self.counts().filter(|count| count.file == file).map(|count| count.rows).sum()
    }

    /// Rejected rows by file, column and reason, sorted.
    pub fn counts(&self) -> impl Iterator<Item = RejectionCount<'_>> {
        self.counts.iter().map(|((file, column, reason), rows)| RejectionCount {
            file,
            column: column.as_deref(),
            reason,
            rows: *rows,
        })
    }

    /// Writes what is still in memory and gives the path of the file.
    ///
    /// # Errors
    /// [`RejectError`] where the file cannot be written.
    pub fn finish(&mut self) -> Result<&Path, RejectError> {
        self.writer.flush().map_err(|source| self.fault(source))?;
        Ok(&self.path)
    }

    fn fault(&self, source: std::io::Error) -> RejectError {
        RejectError { path: self.path.clone(), source }
    }
}

/// A directory for its owner alone, made with those above it where they are missing.
fn private_directory(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    // It may have stood there before, open to others.
    std::fs::set_permissions(path, Permissions::from_mode(0o700))
}

/// An empty file of the record, for its owner alone.
///
/// # Errors
/// Those of the system.
pub fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

fn quoted(text: &str) -> String {
    if text.contains([';', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejections_are_written_and_counted_by_file_column_and_reason() {
        let record = tempfile::tempdir().unwrap();
        let mut rejections = Rejections::create(&record.path().join("records")).unwrap();
        let file = Path::new("a;b.csv");
        rejections.add(file, 3, Some("NBPIECE"), "hors limites").unwrap();
        rejections.add(file, 5, Some("NBPIECE"), "hors limites").unwrap();
        rejections.add(Path::new("c.csv"), 2, None, "caractère nul").unwrap();
        assert_eq!((rejections.total(), rejections.of_file(file)), (3, 2));
        let counts: Vec<_> = rejections.counts().map(|count| (count.column, count.rows)).collect();
        assert_eq!(counts, [(Some("NBPIECE"), 2), (None, 1)]);
        let written = std::fs::read_to_string(rejections.finish().unwrap()).unwrap();
        let expected = "fichier;ligne;colonne;motif\n\"a;b.csv\";3;NBPIECE;hors limites\n\
                        \"a;b.csv\";5;NBPIECE;hors limites\nc.csv;2;;caractère nul\n";
        assert_eq!(written, expected);
    }

    #[test]
    fn the_record_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("records/2024r1");
        std::fs::create_dir_all(&record).unwrap();
        std::fs::write(record.join(FILE_NAME), "ancien").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for path in [&record, &folder.path().join("records/2024r2")] {
            Rejections::create(path).unwrap();
            assert_eq!((mode(path), mode(&path.join(FILE_NAME))), (0o700, 0o600));
        }
    }
}
