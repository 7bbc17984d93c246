//! Indexes of scales, kept while they are asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moka::future::Cache;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::index::Index;
use super::{BadQuestion, FeatureError, Selection, Within};
use domain::Scale;
use edition::{Edition, ZoneFile};
use rights::View;

/// Bytes of indexes that are kept; those of the whole of France, addresses included, take about half.
const MAX_WEIGHT: u64 = 256 << 20;

/// How long an index that nobody asks for is kept.
const IDLE: Duration = Duration::from_secs(3600);

/// A scale of an edition with its index: what selections are made from.
pub(super) struct Table {
    edition: Arc<Edition>,
    scale: Scale,
    index: Index,
    /// What territories see of it, by their digest and what they were narrowed to.
    shown: Mutex<HashMap<Territory, Arc<[u64]>>>,
}

/// The digest of a territory, and what it is narrowed to.
type Territory = (Box<str>, String);

/// Territories whose view of a scale is remembered; when there are more, all are forgotten. Each takes a
/// bit for each commune, or set of communes, that the scale's zones lie in.
const MAX_SHOWN: usize = 256;

/// The indexes of the scales that are asked for, each made once. Cheap to clone.
#[derive(Clone)]
pub struct FeatureStore {
    tables: Cache<(Box<str>, Scale), Arc<Table>>,
    workers: Arc<Semaphore>,
}

impl Table {
    pub(super) fn edition(&self) -> &Arc<Edition> {
        &self.edition
    }

    pub(super) fn scale(&self) -> Scale {
        self.scale
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    /// Which of the index's questions a territory answers with yes, one bit each, within another zone where
    /// one is given.
    pub(super) fn shown(&self, view: &View, within: Option<&Within>) -> Arc<[u64]> {
        let visible = view.visible();
        let key = (Box::from(visible.digest()), within.map(Within::text).unwrap_or_default());
        let kept = || self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bits) = kept().get(&key) {
            return Arc::clone(bits);
        }
        let is_within = within.map(|within| within.filter(&self.edition, self.scale));
        let questions = self.index.questions();
        let mut bits = vec![0_u64; questions.len().div_ceil(64)];
        for (at, question) in questions.iter().enumerate() {
            if visible.answers(self.scale, question)
                && is_within.as_ref().is_none_or(|is_within| is_within(question))
            {
                bits[at / 64] |= 1 << (at % 64);
            }
        }
        let bits: Arc<[u64]> = bits.into();
        let mut kept = kept();
        if kept.len() >= MAX_SHOWN {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&bits));
        bits
    }

    pub(super) fn file(&self) -> Result<&ZoneFile, FeatureError> {
        Ok(self.edition.zones(self.scale)?)
    }
}

impl Default for FeatureStore {
    fn default() -> FeatureStore {
        FeatureStore::new()
    }
}

impl FeatureStore {
    /// Nothing yet.
    pub fn new() -> FeatureStore {
        let weight = |_: &_, table: &Arc<Table>| {
            u32::try_from(table.index.weight() / 16 + 64).unwrap_or(u32::MAX)
        };
        let tables = Cache::builder()
            .max_capacity(MAX_WEIGHT / 16)
            .weigher(weight)
            .time_to_idle(IDLE)
            .build();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        FeatureStore { tables, workers: Arc::new(Semaphore::new(cores)) }
    }

    /// The zones of a scale that a view shows, within another zone where one is given, with the named
    /// columns (`code,nom,n_menages`) or all.
    ///
    /// # Errors
    /// The outer one where the edition does not give its zones, the inner one for a question that has no
    /// answer.
    pub async fn select(
        &self,
        edition: &Arc<Edition>,
        scale: Scale,
        view: &View,
        narrowed: (Option<Within>, Option<&str>),
    ) -> Result<Result<Selection, BadQuestion>, Arc<FeatureError>> {
        Ok(Selection::new(self.table(edition, scale).await?, view, narrowed))
    }

    /// Runs what waits for the disk or takes long, on as many threads as there are cores.
    ///
    /// # Errors
    /// [`FeatureError::Interrupted`] where it did not end; else its own.
    pub async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, FeatureError> + Send + 'static,
    ) -> Result<T, FeatureError> {
        let workers = Arc::clone(&self.workers);
        let permit = workers.acquire_owned().await.map_err(|_| FeatureError::Interrupted)?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(|_| FeatureError::Interrupted)?
    }

    pub(super) async fn table(
        &self,
        edition: &Arc<Edition>,
        scale: Scale,
    ) -> Result<Arc<Table>, Arc<FeatureError>> {
        let key = (Box::from(edition.digest()), scale);
        if let Some(table) = self.tables.get(&key).await {
            return Ok(table);
        }
        let (store, edition) = (self.clone(), Arc::clone(edition));
        // A task of its own: a reader who leaves does not undo what others wait for.
        let making = Handle::current().spawn(async move {
            let make = store.work(move || {
                let index = Index::new(&edition, scale)?;
                Ok(Arc::new(Table { edition, scale, index, shown: Mutex::default() }))
            });
            store.tables.try_get_with(key, make).await
        });
        making.await.map_err(|_| Arc::new(FeatureError::Interrupted))?
    }
}
