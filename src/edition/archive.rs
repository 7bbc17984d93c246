//! The tiles of one scale, on disk.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use pmtiles::{
    AsyncBackend, AsyncPmTilesReader, BackendResponse, Compression, PmtError, PmtResult, TileCoord,
    TileType,
};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::{BadContent, EditionError};
use domain::Causes;

/// A PMTiles archive, opened at the first tile that is asked of it. Its pages belong to the
/// system: memory does not grow with the size of the archive. It is read, not mapped: a mapped
/// file that somebody cuts short would end the process.
pub(super) struct Archive {
    path: PathBuf,
    /// The digest in the manifest.
    digest: String,
    /// The file that was there when the edition was opened.
    stamp: Option<Stamp>,
    reader: OnceCell<AsyncPmTilesReader<Unchanged>>,
    complained: AtomicBool,
}

impl Archive {
    pub(super) fn new(path: PathBuf, digest: String) -> Archive {
        let stamp = std::fs::metadata(&path).ok().map(|metadata| Stamp::of(&metadata));
        Archive { path, digest, stamp, reader: OnceCell::new(), complained: AtomicBool::new(false) }
    }

    /// The stored bytes of a tile (MVT, gzip), or `None` where the archive has none. An archive
    /// that is not there, is no archive, or is no longer the file that was opened is
    /// [`EditionError::Unusable`]: the log says why, once, until it can be used again.
    pub(super) async fn tile(&self, z: u8, x: u32, y: u32) -> Result<Option<Bytes>, EditionError> {
        match self.read(z, x, y).await {
            Ok(tile) => {
                self.complained.store(false, Ordering::Relaxed);
                Ok(tile)
            }
            Err(error) => {
                if !self.complained.swap(true, Ordering::Relaxed) {
                    tracing::error!("{}", Causes(&error));
                }
                Err(EditionError::Unusable { path: self.path.clone() })
            }
        }
    }

    async fn read(&self, z: u8, x: u32, y: u32) -> Result<Option<Bytes>, EditionError> {
        let failed = |source| EditionError::Archive { path: self.path.clone(), source };
        let reader = self.reader.get_or_try_init(|| self.open()).await?;
        let coord = TileCoord::new(z, x, y).map_err(failed)?;
        reader.get_tile(coord).await.map_err(failed)
    }

    async fn open(&self) -> Result<AsyncPmTilesReader<Unchanged>, EditionError> {
        let failed = |source| EditionError::Archive { path: self.path.clone(), source };
        let file = Unchanged::open(&self.path).map_err(|error| failed(PmtError::Reading(error)))?;
        // One that was put there since must be the one that was made active.
        if self.stamp.as_ref() != Some(&file.stamp)
            && file.digest().await.map_err(|error| failed(PmtError::Reading(error)))? != self.digest
        {
            let source = BadContent::Digest;
            return Err(EditionError::Content { path: self.path.clone(), source });
        }
        let reader = AsyncPmTilesReader::try_from_source(file).await.map_err(failed)?;
        let header = reader.get_header();
        if header.tile_type != TileType::Mvt || header.tile_compression != Compression::Gzip {
            return Err(EditionError::Content {
                path: self.path.clone(),
                source: BadContent::NotGzipMvt,
            });
        }
        Ok(reader)
    }
}

/// A file that gives bytes for as long as it is the file that was opened. One that was renamed or
/// removed goes on; one that was written to gives nothing more.
struct Unchanged {
    file: File,
    stamp: Stamp,
}

/// What tells a file from another, and from itself after it was written to.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
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
    fn open(path: &Path) -> io::Result<Unchanged> {
        let file = File::open(path)?;
        let stamp = Stamp::of(&file.metadata()?);
        Ok(Unchanged { file, stamp })
    }

    /// The SHA-256 in hexadecimal.
    async fn digest(&self) -> io::Result<String> {
        let file = self.file.try_clone()?;
        let hashing = tokio::task::spawn_blocking(move || {
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
        });
        hashing.await.map_err(io::Error::other)?
    }

    fn bytes(&self, offset: u64, length: usize) -> io::Result<Bytes> {
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

fn changed() -> io::Error {
    io::Error::other("le fichier a changé depuis qu'il a été ouvert")
}

impl AsyncBackend for Unchanged {
    async fn read(&self, offset: u64, length: usize) -> PmtResult<BackendResponse> {
        self.bytes(offset, length).map(BackendResponse::new).map_err(PmtError::Reading)
    }
}
