//! The tiles of one scale, on disk.

use std::path::PathBuf;

use bytes::Bytes;
use pmtiles::{AsyncPmTilesReader, Compression, MmapBackend, TileCoord, TileType};
use tokio::sync::OnceCell;

use super::EditionError;

/// A PMTiles archive, mapped at the first tile that is asked of it. The pages belong to the
/// system: memory does not grow with the size of the archive.
pub(super) struct Archive {
    path: PathBuf,
    reader: OnceCell<AsyncPmTilesReader<MmapBackend>>,
}

impl Archive {
    pub(super) fn new(path: PathBuf) -> Archive {
        Archive { path, reader: OnceCell::new() }
    }

    /// The stored bytes of a tile (MVT, gzip), or `None` where the archive has none.
    pub(super) async fn tile(&self, z: u8, x: u32, y: u32) -> Result<Option<Bytes>, EditionError> {
        let failed = |source| EditionError::Archive { path: self.path.clone(), source };
        let reader = self.reader.get_or_try_init(|| self.open()).await?;
        let coord = TileCoord::new(z, x, y).map_err(failed)?;
        reader.get_tile(coord).await.map_err(failed)
    }

    async fn open(&self) -> Result<AsyncPmTilesReader<MmapBackend>, EditionError> {
        let reader = AsyncPmTilesReader::new_with_path(&self.path)
            .await
            .map_err(|source| EditionError::Archive { path: self.path.clone(), source })?;
        let header = reader.get_header();
        if header.tile_type != TileType::Mvt || header.tile_compression != Compression::Gzip {
            return Err(EditionError::Content {
                path: self.path.clone(),
                problem: "les tuiles doivent être du MVT compressé par gzip".into(),
            });
        }
        Ok(reader)
    }
}
