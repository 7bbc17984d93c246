//! A few bytes beside the file of SQLite that every change of a right renews.
//!
//! The process that changed a right writes random bytes there after its commit and before it
//! says that it is done. Another process that finds the bytes it knew needs no query to know that
//! nothing changed: one read of a file in memory, shared by all processes of the machine. A stamp
//! that could not be written, or was taken away, costs time and no right: the database is asked
//! all the same a moment later (`cache`).

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use super::AccessError;

/// Where no process shares a file: the database alone says what changed.
const NO_FILE: u64 = 0;

pub(super) struct ChangeStamp(Option<File>);

impl ChangeStamp {
    /// For a database that is not a file.
    pub(super) fn none() -> ChangeStamp {
        ChangeStamp(None)
    }

    /// The stamp of a file of SQLite, which exists.
    pub(super) fn beside(database: &Path) -> io::Result<ChangeStamp> {
        // Two ways to one file share one stamp.
        let mut path = database.canonicalize()?.into_os_string();
        path.push("-mark");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(ChangeStamp(Some(options.open(path)?)))
    }

    /// What the stamp says now; `None` where it cannot be read, which is like no other answer.
    pub(super) fn read(&self) -> Option<u64> {
        let Some(file) = &self.0 else { return Some(NO_FILE) };
        let mut bytes = [0; 8];
        // A new file is empty.
        read_start(file, &mut bytes).ok()?;
        Some(u64::from_ne_bytes(bytes))
    }

    /// Makes it say what it never said.
    pub(super) fn renew(&self) -> Result<(), AccessError> {
        let Some(file) = &self.0 else { return Ok(()) };
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes)?;
        write_start(file, &bytes).map_err(AccessError::ChangeStamp)
    }
}

#[cfg(unix)]
fn read_start(file: &File, bytes: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, 0)
}

#[cfg(unix)]
fn write_start(file: &File, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, 0)
}

#[cfg(windows)]
fn read_start(file: &File, bytes: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, 0)
}

#[cfg(windows)]
fn write_start(file: &File, bytes: &[u8]) -> io::Result<()> {
    std::os::windows::fs::FileExt::seek_write(file, bytes, 0).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_process_renews_another_reads_as_something_else() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("comptes.db");
        std::fs::write(&database, "").unwrap();
        let (one, other) =
            (ChangeStamp::beside(&database).unwrap(), ChangeStamp::beside(&database).unwrap());
        let mut seen = vec![other.read().unwrap()];
        for _ in 0..20 {
            one.renew().unwrap();
            let now = other.read().unwrap();
            assert!(!seen.contains(&now));
            assert_eq!(one.read(), Some(now));
            seen.push(now);
        }
    }
}
