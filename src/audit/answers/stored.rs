//! The tiles that an edition stores, read for comparison.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use pmtiles::{AsyncPmTilesReader, MmapBackend, TileCoord};
use tokio::runtime::{Builder, Runtime};

use crate::mismatch::Mismatch;
use domain::{Scale, labels_file};

use super::super::BadCollection;
use super::packed::unpack;

type Archive = AsyncPmTilesReader<MmapBackend>;

/// The archives of an edition, each opened at its first tile.
pub struct Stored {
    folder: PathBuf,
    runtime: Runtime,
    archives: RefCell<BTreeMap<String, Archive>>,
}

impl Stored {
    pub fn new(folder: &Path) -> Result<Stored, BadCollection> {
        let runtime = Builder::new_current_thread()
            .build()
            .map_err(|source| BadCollection::Read { path: folder.into(), source })?;
        Ok(Stored { folder: folder.into(), runtime, archives: RefCell::default() })
    }

    /// The tile as it is stored, unpacked; `None` where the archive has none.
    pub fn tile(&self, scale: Scale, at: (u8, u32, u32)) -> Result<Option<Vec<u8>>, BadCollection> {
        self.read(format!("{scale}.pmtiles"), at)
    }

    /// The tile of a scale's label points.
    pub fn labels(
        &self,
        scale: Scale,
        at: (u8, u32, u32),
    ) -> Result<Option<Vec<u8>>, BadCollection> {
        self.read(labels_file(scale), at)
    }

    fn read(
        &self,
        file: String,
        (z, x, y): (u8, u32, u32),
    ) -> Result<Option<Vec<u8>>, BadCollection> {
        let path = self.folder.join(&file);
        let content = |problem: Mismatch| BadCollection::Content {
            path: path.clone(),
            problem: problem.to_string(),
        };
        let mut archives = self.archives.borrow_mut();
        let archive = match archives.entry(file) {
            Entry::Occupied(slot) => slot.into_mut(),
            Entry::Vacant(slot) => {
                let opened = self.runtime.block_on(async {
                    let backend = MmapBackend::try_from(path.as_path()).await?;
                    Archive::try_from_source(backend).await
                });
                slot.insert(opened.map_err(|error| content(error.to_string().into()))?)
            }
        };
        let found = match TileCoord::new(z, x, y) {
            Ok(at) => self.runtime.block_on(archive.get_tile(at)),
            Err(_) => Ok(None),
        };
        let packed = found.map_err(|error| content(error.to_string().into()))?;
        // What stored bytes say beside the tile is judged with the edition's files.
        let plain = packed.map(|bytes| unpack(bytes.to_vec(), true, &mut Vec::new()));
        plain.transpose().map_err(content)
    }
}
