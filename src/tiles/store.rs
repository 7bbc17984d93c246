//! The tiles that were made, kept within a limit, each made once.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use foldhash::fast::RandomState;
use futures_util::future::BoxFuture;
use moka::future::Cache;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::filter::{Filtered, filter};
use super::gzip::quick_gzip;
use super::key::TileRequest;
use super::visibility::{Index, VisibilityIndexer, VisibilityMask};
use super::{Encoding, TileError, TileId, TileKey, gunzip};
use domain::Scale;
use rights::View;

/// What an entry weighs beyond its bytes: the cache's own records and the allocator's.
const OVERHEAD: usize = 320;

/// A tile that nobody asks for is dropped, and with it the edition that its key holds open.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// The columns that are given of label points.
const LABELLED: [&str; 2] = ["code", "nom"];

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tile {
    /// No zone is visible: the answer is 204.
    Empty,
    /// MVT, in the encoding that was asked for.
    Bytes(Bytes),
}

/// The keys of one tile for one territory: its tags are known without the tile.
#[derive(Clone, Debug)]
pub struct Variant {
    keys: Arc<Keys>,
    /// The stored tile, where working out the keys took reading it.
    stored: Option<Arc<[StoredLayer]>>,
}

#[derive(Debug)]
struct Keys {
    gzip: TileKey,
    tags: [Bytes; 2],
}

/// The stored tile of one scale, as it is and decompressed.
#[derive(Debug)]
struct StoredLayer {
    scale: Scale,
    gzip: Bytes,
    plain: Vec<u8>,
}

impl Variant {
    fn new(request: &TileRequest, part: &VisibilityMask) -> Variant {
        let key = |encoding| TileKey::new(request, part.clone(), encoding);
        let tag = |key: &TileKey| Bytes::from(format!("\"{}\"", key.digest()).into_bytes());
        let gzip = key(Encoding::Gzip);
        let tags = [tag(&gzip), tag(&key(Encoding::Identity))];
        Variant { keys: Arc::new(Keys { gzip, tags }), stored: None }
    }

    /// The digest of the key: the strong tag of the answer, in its quotes.
    pub fn tag(&self, encoding: Encoding) -> &Bytes {
        &self.keys.tags[usize::from(encoding == Encoding::Identity)]
    }
}

/// Makes tiles and keeps them. Cheap to clone. Its futures are boxed: the code of the caches is compiled
/// with this crate and not again with everything that asks them.
#[derive(Clone)]
pub struct TileStore {
    /// The tiles, in gzip.
    tiles: Cache<TileKey, Tile, RandomState>,
    /// What each tile asks of a territory.
    indexes: Cache<TileId, Arc<Index>, RandomState>,
    /// What each territory answered.
    variants: Cache<TileRequest, Variant, RandomState>,
    workers: Arc<Semaphore>,
}

impl TileStore {
    /// A store for `capacity` bytes: a sixth of them is for the gaps that the allocator keeps where
    /// tiles come and go; of the others an eighth is for what tiles ask of territories, an eighth
    /// for what territories answered.
    pub fn new(capacity: u64) -> TileStore {
        let capacity = capacity - capacity / 6;
        let eighth = capacity / 8;
        let tiles = Cache::builder()
            .weigher(|key: &TileKey, tile: &Tile| {
                let bytes = if let Tile::Bytes(bytes) = tile { bytes.len() } else { 0 };
                weight(bytes + key.weight())
            })
            .max_capacity(capacity - 2 * eighth);
        let indexes = Cache::builder()
            .weigher(|_: &TileId, index: &Arc<Index>| weight(index.weight() + size_of::<TileId>()))
            .max_capacity(eighth);
        let variants = Cache::builder()
            .weigher(|_: &TileRequest, variant: &Variant| {
                weight(variant.keys.gzip.weight() + size_of::<(TileRequest, Keys)>() + 128)
            })
            .max_capacity(eighth);
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        TileStore {
            tiles: tiles.time_to_idle(IDLE).build_with_hasher(RandomState::default()),
            indexes: indexes.time_to_idle(IDLE).build_with_hasher(RandomState::default()),
            variants: variants.time_to_idle(IDLE).build_with_hasher(RandomState::default()),
            workers: Arc::new(Semaphore::new(cores)),
        }
    }

    /// The variant of a tile that a view may have. It reads the stored tile only where nobody
    /// asked for it yet.
    ///
    /// # Errors
    ///
    /// The edition does not give the tile, or it is not MVT.
    pub fn variant<'a>(
        &'a self,
        id: &'a TileId,
        view: &'a View,
    ) -> BoxFuture<'a, Result<Variant, Arc<TileError>>> {
        Box::pin(self.found(id, view))
    }

    async fn found(&self, id: &TileId, view: &View) -> Result<Variant, Arc<TileError>> {
        let request = TileRequest::new(id, view);
        if let Some(variant) = self.variants.get(&request).await {
            return Ok(variant);
        }
        let mut stored = None;
        let part = if view.visible().is_everything() {
            VisibilityMask::All
        } else {
            let index = async {
                let (index, layers) = self.index(id).await?;
                stored = Some(layers);
                Ok(index)
            };
            let index = self.indexes.try_get_with_by_ref(id, index).await?;
            index.part(view.visible())
        };
        let variant = Variant::new(&request, &part);
        self.variants.insert(request, variant.clone()).await;
        Ok(Variant { stored, ..variant })
    }

    /// The tile of a variant where it is there already and needs no work.
    pub fn kept<'a>(
        &'a self,
        variant: &'a Variant,
        encoding: Encoding,
    ) -> BoxFuture<'a, Option<Tile>> {
        let key = &variant.keys.gzip;
        Box::pin(async move {
            if *key.part() == VisibilityMask::Nothing {
                return Some(Tile::Empty);
            }
            if encoding == Encoding::Identity {
                return None;
            }
            self.tiles.get(key).await
        })
    }

    /// The tile of a variant: the same bytes each time. Requests for one key wait for one making.
    ///
    /// # Errors
    ///
    /// The edition does not give the tile, or it is not MVT.
    pub fn tile<'a>(
        &'a self,
        variant: &'a Variant,
        encoding: Encoding,
    ) -> BoxFuture<'a, Result<Tile, Arc<TileError>>> {
        Box::pin(self.made(variant, encoding))
    }

    async fn made(&self, variant: &Variant, encoding: Encoding) -> Result<Tile, Arc<TileError>> {
        let key = &variant.keys.gzip;
        if *key.part() == VisibilityMask::Nothing {
            return Ok(Tile::Empty);
        }
        let tile = self.tiles.try_get_with_by_ref(key, self.make(variant)).await?;
        match (tile, encoding) {
            (Tile::Bytes(bytes), Encoding::Identity) => {
                let plain = self.work(move || gunzip(&bytes)).await?;
                Ok(Tile::Bytes(plain.into()))
            }
            (tile, _) => Ok(tile),
        }
    }

    async fn index(&self, id: &TileId) -> Result<(Arc<Index>, Arc<[StoredLayer]>), TileError> {
        let id = id.clone();
        self.work(move || {
            let layers = decompressed(&id)?;
            let index = Index::new(layers.iter().map(|layer| (layer.scale, &*layer.plain)))?;
            Ok((Arc::new(index), layers))
        })
        .await
    }

    async fn make(&self, variant: &Variant) -> Result<Tile, TileError> {
        let Variant { keys, stored } = variant.clone();
        self.work(move || make(&keys.gzip, stored)).await
    }

    /// Runs what would hold a thread of the server, on as many threads as there are cores.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, TileError> + Send + 'static,
    ) -> Result<T, TileError> {
        let workers = Arc::clone(&self.workers);
        let permit = workers.acquire_owned().await.map_err(|_| TileError::Interrupted)?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(|_| TileError::Interrupted)?
    }

    /// Forgets what is over the limit now instead of soon, and says how many tiles and how many
    /// bytes are kept.
    pub async fn settle(&self) -> (u64, u64) {
        self.tiles.run_pending_tasks().await;
        self.indexes.run_pending_tasks().await;
        self.variants.run_pending_tasks().await;
        let bytes = [
            self.tiles.weighted_size(),
            self.indexes.weighted_size(),
            self.variants.weighted_size(),
        ];
        (self.tiles.entry_count(), bytes.iter().sum())
    }
}

/// What bytes take in memory: the allocator rounds sizes up, by a sixteenth on average.
fn weight(bytes: usize) -> u32 {
    u32::try_from(bytes + bytes / 16 + OVERHEAD).unwrap_or(u32::MAX)
}

/// The stored layers of a tile, each in gzip. It reads files.
fn read(id: &TileId) -> Result<Vec<(Scale, Bytes)>, TileError> {
    let (z, x, y) = id.at();
    let mut stored = Vec::new();
    for scale in id.scales() {
        let edition = id.edition();
        let bytes = match id.is_labels() {
            true => Handle::current().block_on(edition.labels(scale, z, x, y))?,
            false => Handle::current().block_on(edition.tile(scale, z, x, y))?,
        };
        stored.extend(bytes.map(|bytes| (scale, bytes)));
    }
    Ok(stored)
}

fn decompressed(id: &TileId) -> Result<Arc<[StoredLayer]>, TileError> {
    decompress(read(id)?)
}

fn decompress(layers: Vec<(Scale, Bytes)>) -> Result<Arc<[StoredLayer]>, TileError> {
    let layer = |(scale, gzip): (Scale, Bytes)| {
        let plain = gunzip(&gzip)?;
        Ok(StoredLayer { scale, gzip, plain })
    };
    layers.into_iter().map(layer).collect()
}

/// Filters each layer and puts them one behind the other: a sequence of MVT messages is the
/// message of all their layers.
fn make(key: &TileKey, stored: Option<Arc<[StoredLayer]>>) -> Result<Tile, TileError> {
    let edition = key.id().edition();
    // Label points are stored with the communes of their zones, which nobody is given.
    let unfiltered = *key.part() == VisibilityMask::All
        && !edition.hides_columns(key.audience())
        && !key.id().is_labels();
    let stored = match stored {
        Some(stored) => stored,
        None => {
            let layers = read(key.id())?;
            if let ([(_, bytes)], true) = (&*layers, unfiltered) {
                return Ok(Tile::Bytes(bytes.clone()));
            }
            decompress(layers)?
        }
    };
    let is_read = |column: &str| {
        let is_label = !key.id().is_labels() || LABELLED.contains(&column);
        is_label && edition.may_read(key.audience(), column)
    };
    let mut layers = Vec::new();
    let mut indexer = VisibilityIndexer::default();
    for StoredLayer { scale, gzip, plain } in &*stored {
        let filtered = if unfiltered {
            Filtered::Everything
        } else {
            filter(plain, *scale, key.part(), &mut indexer, &is_read)?
        };
        match filtered {
            Filtered::Everything if stored.len() == 1 => return Ok(Tile::Bytes(gzip.clone())),
            Filtered::Everything => layers.extend_from_slice(plain),
            Filtered::Nothing => {}
            Filtered::Part(part) => layers.extend_from_slice(&part),
        }
    }
    if layers.is_empty() {
        return Ok(Tile::Empty);
    }
    // Copied: an allocator asked to shrink may keep the room that the compressor had for more.
    Ok(Tile::Bytes(Bytes::copy_from_slice(&quick_gzip(&layers)?)))
}
