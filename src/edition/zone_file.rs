//! The zones of one scale, on disk: FlatGeobuf, every zone and every column.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use super::unchanged::{Stamp, Unchanged};
use super::{BadContent, EditionError};
use domain::Causes;

/// The file of a scale's zones, opened when it is first read. What is read is what the edition held when
/// it was opened: a file that was put there since must have the manifest's digest, one that was written to
/// gives nothing more.
pub struct ZoneFile {
    path: PathBuf,
    /// The digest in the manifest.
    digest: String,
    /// The file that was there when the edition was opened.
    stamp: Option<Stamp>,
    file: OnceLock<Unchanged>,
    complained: AtomicBool,
}

impl ZoneFile {
    pub(super) fn new(path: PathBuf, digest: String) -> ZoneFile {
        let stamp = Stamp::at(&path);
        let (file, complained) = (OnceLock::new(), AtomicBool::new(false));
        ZoneFile { path, digest, stamp, file, complained }
    }

    /// The number of its bytes. It waits for the disk.
    ///
    /// # Errors
    /// [`EditionError::Unusable`] for a file that is not there or not the edition's: the log says why,
    /// once, until it can be used again.
    pub fn length(&self) -> Result<u64, EditionError> {
        self.told(self.open().map(Unchanged::length))
    }

    /// Bytes from an offset on, at most so many: fewer at the end of the file alone. It waits for the disk.
    ///
    /// # Errors
    /// As [`ZoneFile::length`], and for a file that changed.
    pub fn bytes(&self, offset: u64, length: usize) -> Result<Bytes, EditionError> {
        let read = self.open().and_then(|file| {
            file.bytes(offset, length)
                .map_err(|source| EditionError::Read { path: self.path.clone(), source })
        });
        self.told(read)
    }

    /// The content of the file is not what an edition holds: said once in the log, as what cannot be read.
    pub fn unreadable(&self, problem: &'static str) -> EditionError {
        let (path, source) = (self.path.clone(), BadContent::Zones(problem));
        let told = self.told::<()>(Err(EditionError::Content { path, source }));
        told.err().unwrap_or(EditionError::Unusable { path: self.path.clone() })
    }

    fn told<T>(&self, answer: Result<T, EditionError>) -> Result<T, EditionError> {
        let error = match answer {
            Ok(answer) => {
                self.complained.store(false, Ordering::Relaxed);
                return Ok(answer);
            }
            Err(error) => error,
        };
        if !self.complained.swap(true, Ordering::Relaxed) {
            tracing::error!("{}", Causes(&error));
        }
        Err(EditionError::Unusable { path: self.path.clone() })
    }

    fn open(&self) -> Result<&Unchanged, EditionError> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let failed = |source| EditionError::Read { path: self.path.clone(), source };
        let file = Unchanged::open(&self.path).map_err(failed)?;
        if self.stamp.as_ref() != Some(file.stamp())
            && file.digest_now().map_err(failed)? != self.digest
        {
            let source = BadContent::Digest;
            return Err(EditionError::Content { path: self.path.clone(), source });
        }
        // Of two that open it at once, one file is kept.
        Ok(self.file.get_or_init(|| file))
    }
}
