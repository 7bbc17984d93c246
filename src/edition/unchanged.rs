//! Files of an edition that are read while it is served, and must stay what they were.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::SystemTime;

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// A file that gives bytes for as long as it is the file that was opened. One that was renamed or
/// removed goes on; one that was written to gives nothing more.
pub(super) struct Unchanged {
    file: File,
    stamp: Stamp,
}

/// What tells a file from another, and from itself after it was written to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// Of the file at a path, where there is one.
    pub(super) fn at(path: &Path) -> Option<Stamp> {
        std::fs::metadata(path).ok().map(|metadata| Stamp::of(&metadata))
    }

    fn of(metadata: &Metadata) -> Stamp {
        Stamp {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

impl Unchanged {
    pub(super) fn open(path: &Path) -> io::Result<Unchanged> {
        let file = File::open(path)?;
        let stamp = Stamp::of(&file.metadata()?);
        Ok(Unchanged { file, stamp })
    }

    /// What the file was when it was opened.
    pub(super) fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// Its bytes, in number.
    pub(super) fn length(&self) -> u64 {
        self.stamp.length
    }

    /// The SHA-256 in hexadecimal, on a thread that may wait.
    pub(super) async fn digest(&self) -> io::Result<String> {
        let file = self.file.try_clone()?;
        let hashing = tokio::task::spawn_blocking(move || digest(&file));
        hashing.await.map_err(io::Error::other)?
    }

    /// The same on this thread.
    pub(super) fn digest_now(&self) -> io::Result<String> {
        digest(&self.file)
    }

    /// Bytes from an offset on, at most so many: fewer at the end of the file alone.
    pub(super) fn bytes(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let left = self.stamp.length.checked_sub(offset).ok_or(io::ErrorKind::UnexpectedEof)?;
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(length);
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, offset)?;
        // After the reading: what was written before it is seen.
        if Stamp::of(&self.file.metadata()?) != self.stamp {
            return Err(changed());
        }
        Ok(bytes.into())
    }
}

fn digest(file: &File) -> io::Result<String> {
    let (mut hash, mut buffer, mut offset) = (Sha256::new(), vec![0; 1 << 20], 0);
    loop {
        match file.read_at(&mut buffer, offset)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => {
                hash.update(&buffer[..read]);
                offset += read as u64;
            }
        }
    }
}

fn changed() -> io::Error {
    io::Error::other("le fichier a changé depuis qu'il a été ouvert")
}
