//! The tiles that were made, kept within a limit, each made once.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::future::Cache;
use tokio::sync::Semaphore;

use super::filter::{Filtered, filter};
use super::{Encoding, TileError, TileKey, gunzip, gzip};

/// What a kept tile weighs beyond its bytes: its key and the cache's own records.
const OVERHEAD: u64 = 512;

/// A tile that nobody asks for is dropped, and with it the edition that its key holds open.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tile {
    /// No zone is visible: the answer is 204.
    Empty,
    /// MVT, in the encoding of the key.
    Bytes(Bytes),
}

/// Makes tiles and keeps them. Cheap to clone.
#[derive(Clone)]
pub struct TileStore {
    cache: Cache<TileKey, Tile>,
    workers: Arc<Semaphore>,
}

impl TileStore {
    /// A store that keeps at most `capacity` bytes.
    pub fn new(capacity: u64) -> TileStore {
        let cache = Cache::builder()
            .weigher(|_: &TileKey, tile: &Tile| {
                let bytes = match tile {
                    Tile::Empty => 0,
                    Tile::Bytes(bytes) => bytes.len() as u64,
                };
                u32::try_from(bytes + OVERHEAD).unwrap_or(u32::MAX)
            })
            .max_capacity(capacity)
            .time_to_idle(IDLE)
            .build();
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        TileStore { cache, workers: Arc::new(Semaphore::new(cores)) }
    }

    /// The tile of a key: the same bytes each time. Requests for one key wait for one making.
    pub async fn tile(&self, key: &TileKey) -> Result<Tile, Arc<TileError>> {
        let stored = key.gzip();
        let tile = self.cache.try_get_with_by_ref(&stored, self.make(&stored)).await?;
        match (tile, key.encoding()) {
            (Tile::Bytes(bytes), Encoding::Identity) => {
                let plain = self.work(move || gunzip(&bytes)).await?;
                Ok(Tile::Bytes(plain.into()))
            }
            (tile, _) => Ok(tile),
        }
    }

    async fn make(&self, key: &TileKey) -> Result<Tile, TileError> {
        let (z, x, y) = key.at();
        let mut stored = Vec::with_capacity(key.scales().len());
        for &scale in key.scales() {
            if let Some(bytes) = key.edition().tile(scale, z, x, y).await? {
                stored.push((scale, bytes));
            }
        }
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
}

/// Filters each layer and puts them one behind the other: a sequence of MVT messages is the
/// message of all their layers.
fn assemble(key: &TileKey, stored: Vec<(crate::domain::Scale, Bytes)>) -> Result<Tile, TileError> {
    let edition = key.edition();
    let unfiltered = key.visible().is_everything() && !edition.hides_columns(key.audience());
    let alone = stored.len() == 1;
    let mut layers = Vec::new();
    for (scale, bytes) in stored {
        if unfiltered && alone {
            return Ok(Tile::Bytes(bytes));
        }
        let plain = gunzip(&bytes)?;
        if unfiltered {
            layers.extend_from_slice(&plain);
            continue;
        }
        match filter(&plain, scale, edition, key.visible(), key.audience())? {
            Filtered::Everything if alone => return Ok(Tile::Bytes(bytes)),
            Filtered::Everything => layers.extend_from_slice(&plain),
            Filtered::Nothing => {}
            Filtered::Part(part) => layers.extend_from_slice(&part),
        }
    }
    if layers.is_empty() { Ok(Tile::Empty) } else { Ok(Tile::Bytes(gzip(&layers)?.into())) }
}
