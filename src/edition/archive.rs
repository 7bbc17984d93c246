//! The tiles of one scale, on disk.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::TryStreamExt;
use pmtiles::{
    AsyncBackend, AsyncPmTilesReader, BackendResponse, Compression, PmtError, PmtResult, TileCoord,
    TileType,
};
use tokio::sync::OnceCell;

use super::unchanged::{Stamp, Unchanged};
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
    reader: OnceCell<Arc<AsyncPmTilesReader<Unchanged>>>,
    complained: AtomicBool,
}

impl Archive {
    pub(super) fn new(path: PathBuf, digest: String) -> Archive {
        let stamp = Stamp::at(&path);
        Archive { path, digest, stamp, reader: OnceCell::new(), complained: AtomicBool::new(false) }
    }

    /// The stored bytes of a tile (MVT, gzip), or `None` where the archive has none. An archive
    /// that is not there, is no archive, or is no longer the file that was opened is
    /// [`EditionError::Unusable`]: the log says why, once, until it can be used again.
    pub(super) async fn tile(&self, z: u8, x: u32, y: u32) -> Result<Option<Bytes>, EditionError> {
        self.told(self.read(z, x, y).await)
    }

    /// Hands over every stored tile of a zoom, in the order of the archive.
    ///
    /// # Errors
    /// As [`Archive::tile`].
    pub(super) async fn each(
        &self,
        zoom: u8,
        hand: &mut (dyn FnMut((u32, u32), Bytes) + Send),
    ) -> Result<(), EditionError> {
        self.told(self.walk(zoom, hand).await)
    }

    fn told<T>(&self, answer: Result<T, EditionError>) -> Result<T, EditionError> {
        match answer {
            Ok(answer) => {
                self.complained.store(false, Ordering::Relaxed);
                Ok(answer)
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

    async fn walk(
        &self,
        zoom: u8,
        hand: &mut (dyn FnMut((u32, u32), Bytes) + Send),
    ) -> Result<(), EditionError> {
        let failed = |source| EditionError::Archive { path: self.path.clone(), source };
        let reader = self.reader.get_or_try_init(|| self.open()).await?;
        let mut entries = Arc::clone(reader).entries();
        while let Some(entry) = entries.try_next().await.map_err(failed)? {
            for coord in entry.iter_coords() {
                let coord = TileCoord::from(coord);
                if coord.z() == zoom
                    && let Some(bytes) = reader.get_tile(coord).await.map_err(failed)?
                {
                    hand((coord.x(), coord.y()), bytes);
                }
            }
        }
        Ok(())
    }

    async fn open(&self) -> Result<Arc<AsyncPmTilesReader<Unchanged>>, EditionError> {
        let failed = |source| EditionError::Archive { path: self.path.clone(), source };
        let file = Unchanged::open(&self.path).map_err(|error| failed(PmtError::Reading(error)))?;
        // One that was put there since must be the one that was made active.
        if self.stamp.as_ref() != Some(file.stamp())
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
        Ok(Arc::new(reader))
    }
}

impl AsyncBackend for Unchanged {
    async fn read(&self, offset: u64, length: usize) -> PmtResult<BackendResponse> {
        self.bytes(offset, length).map(BackendResponse::new).map_err(PmtError::Reading)
    }
}
