//! The tiles that were made, kept within a limit, each made once.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::future::Cache;
use tokio::sync::Semaphore;

use super::filter::{Filtered, filter};
use super::key::Asking;
use super::part::{Asked, Index, Part, decode};
use super::{Encoding, Place, TileError, TileKey, gunzip, gzip};
use crate::access::View;
use crate::domain::Scale;

/// What an entry weighs beyond its bytes: the cache's own records and the allocator's.
const OVERHEAD: usize = 320;

/// A tile that nobody asks for is dropped, and with it the edition that its key holds open.
const IDLE: Duration = Duration::from_secs(15 * 60);

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
}

#[derive(Debug)]
struct Keys {
    gzip: TileKey,
    tags: [Box<str>; 2],
}

impl Variant {
    fn new(asking: &Asking, part: &Part) -> Variant {
        let key = |encoding| TileKey::new(asking, part.clone(), encoding);
        let gzip = key(Encoding::Gzip);
        let tags = [gzip.digest().into(), key(Encoding::Identity).digest().into()];
        Variant { keys: Arc::new(Keys { gzip, tags }) }
    }

    /// The digest of the key: the strong tag of the answer, without its quotes.
    pub fn tag(&self, encoding: Encoding) -> &str {
        &self.keys.tags[usize::from(encoding == Encoding::Identity)]
    }
}

/// Makes tiles and keeps them. Cheap to clone.
#[derive(Clone)]
pub struct TileStore {
    /// The tiles, in gzip.
    tiles: Cache<TileKey, Tile>,
    /// What each tile asks of a territory.
    indexes: Cache<Place, Arc<Index>>,
    /// What each territory answered.
    variants: Cache<Asking, Variant>,
    workers: Arc<Semaphore>,
}

impl TileStore {
    /// A store that keeps at most `capacity` bytes: an eighth of them are for what tiles ask of
    /// territories, an eighth for what territories answered.
    pub fn new(capacity: u64) -> TileStore {
        let eighth = capacity / 8;
        let tiles = Cache::builder()
            .weigher(|key: &TileKey, tile: &Tile| {
                let bytes = if let Tile::Bytes(bytes) = tile { bytes.len() } else { 0 };
                weight(bytes + key.weight())
            })
            .max_capacity(capacity - 2 * eighth);
        let indexes = Cache::builder()
            .weigher(|_: &Place, index: &Arc<Index>| weight(index.weight() + size_of::<Place>()))
            .max_capacity(eighth);
        let variants = Cache::builder()
            .weigher(|_: &Asking, variant: &Variant| {
                weight(variant.keys.gzip.weight() + size_of::<(Asking, Keys)>() + 128)
            })
            .max_capacity(eighth);
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        TileStore {
            tiles: tiles.time_to_idle(IDLE).build(),
            indexes: indexes.time_to_idle(IDLE).build(),
            variants: variants.time_to_idle(IDLE).build(),
            workers: Arc::new(Semaphore::new(cores)),
        }
    }

    /// The variant of a tile that a view may have. It reads the stored tile only where nobody
    /// asked for it yet.
    pub async fn variant(&self, place: &Place, view: &View) -> Result<Variant, Arc<TileError>> {
        let asking = Asking::new(place, view);
        if let Some(variant) = self.variants.get(&asking).await {
            return Ok(variant);
        }
        let part = if view.visible().is_everything() {
            Part::All
        } else {
            let index = self.indexes.try_get_with_by_ref(place, self.index(place)).await?;
            index.part(view.visible())
        };
        let variant = Variant::new(&asking, &part);
        self.variants.insert(asking, variant.clone()).await;
        Ok(variant)
    }

    /// The tile of a variant: the same bytes each time. Requests for one key wait for one making.
    pub async fn tile(
        &self,
        variant: &Variant,
        encoding: Encoding,
    ) -> Result<Tile, Arc<TileError>> {
        let key = &variant.keys.gzip;
        if *key.part() == Part::Nothing {
            return Ok(Tile::Empty);
        }
        let tile = match self.tiles.get(key).await {
            Some(tile) => tile,
            None => self.tiles.try_get_with_by_ref(key, self.make(key)).await?,
        };
        match (tile, encoding) {
            (Tile::Bytes(bytes), Encoding::Identity) => {
                let plain = self.work(move || gunzip(&bytes)).await?;
                Ok(Tile::Bytes(plain.into()))
            }
            (tile, _) => Ok(tile),
        }
    }

    async fn index(&self, place: &Place) -> Result<Arc<Index>, TileError> {
        let stored = stored(place).await?;
        if stored.is_empty() {
            return Ok(Arc::new(Index::default()));
        }
        let index = move || {
            let decode = |(scale, bytes): &(Scale, Bytes)| Ok((*scale, decode(&gunzip(bytes)?)?));
            let layers = stored.iter().map(decode).collect::<Result<Vec<_>, TileError>>()?;
            Index::new(&layers)
        };
        self.work(index).await.map(Arc::new)
    }

    async fn make(&self, key: &TileKey) -> Result<Tile, TileError> {
        let stored = stored(key.place()).await?;
        if stored.is_empty() {
            return Ok(Tile::Empty);
        }
        let key = key.clone();
        self.work(move || assemble(&key, stored)).await
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

fn weight(bytes: usize) -> u32 {
    u32::try_from(bytes + OVERHEAD).unwrap_or(u32::MAX)
}

/// The stored layers of a place, each in gzip.
async fn stored(place: &Place) -> Result<Vec<(Scale, Bytes)>, TileError> {
    let (z, x, y) = place.at();
    let mut stored = Vec::new();
    for scale in place.scales() {
        if let Some(bytes) = place.edition().tile(scale, z, x, y).await? {
            stored.push((scale, bytes));
        }
    }
    Ok(stored)
}

/// Filters each layer and puts them one behind the other: a sequence of MVT messages is the
/// message of all their layers.
fn assemble(key: &TileKey, stored: Vec<(Scale, Bytes)>) -> Result<Tile, TileError> {
    let edition = key.place().edition();
    let unfiltered = *key.part() == Part::All && !edition.hides_columns(key.audience());
    let alone = stored.len() == 1;
    let mut layers = Vec::new();
    let mut asked = Asked::default();
    for (scale, bytes) in stored {
        if unfiltered && alone {
            return Ok(Tile::Bytes(bytes));
        }
        let plain = gunzip(&bytes)?;
        if unfiltered {
            layers.extend_from_slice(&plain);
            continue;
        }
        match filter(&plain, scale, edition, key.part(), &mut asked, key.audience())? {
            Filtered::Everything if alone => return Ok(Tile::Bytes(bytes)),
            Filtered::Everything => layers.extend_from_slice(&plain),
            Filtered::Nothing => {}
            Filtered::Part(part) => layers.extend_from_slice(&part),
        }
    }
    if layers.is_empty() {
        return Ok(Tile::Empty);
    }
    // Without the room that the compressor kept for more.
    Ok(Tile::Bytes(gzip(&layers)?.into_boxed_slice().into()))
}
