//! The active editions, and the switch from one set to the next under a running server.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::active::{ActiveList, adopt, read_active};
use super::ledger::Ledger;
use super::{Edition, EditionError};
use domain::Causes;

/// How often a server looks whether the active editions changed.
const POLL: Duration = Duration::from_millis(400);

/// The editions of a folder. Cheap to clone; every clone sees the same switch.
#[derive(Clone)]
pub struct Editions {
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    current: RwLock<Arc<ActiveSet>>,
}

/// The editions that are active at one moment, the oldest first.
#[derive(Debug)]
pub struct ActiveSet {
    editions: Vec<Arc<Edition>>,
    digest: String,
}

impl Editions {
    /// Opens the active editions of a folder. One that cannot be used, because its folder is gone
    /// for instance, is said and left out: the others are served, and [`Editions::watch`] tries it
    /// again. One that is not, with this very content, the edition that the ledger lists for its
    /// vintage is an error: nothing is served beside it.
    ///
    /// # Errors
    /// A folder that cannot be listed, a list or a ledger that cannot be used, an active edition that the
    /// ledger does not list.
    pub fn open(folder: &Path) -> Result<Editions, EditionError> {
        std::fs::read_dir(folder)
            .map_err(|source| EditionError::Read { path: folder.into(), source })?;
        adopt(folder)?;
        let current =
            RwLock::new(Arc::new(load_what_can_be(folder, read_active(folder)?.as_deref())?));
        Ok(Editions { shared: Arc::new(Shared { folder: folder.into(), current }) })
    }

    /// The active editions now. A request takes this once and keeps it to its end.
    pub fn current(&self) -> Arc<ActiveSet> {
        let current = self.shared.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// Follows `active.json` for as long as the future is polled. A list that cannot be used
    /// leaves the old one in force, is said once, and is tried again until it can be.
    pub async fn watch(self) {
        let mut seen = None;
        let mut complained: Option<Option<Vec<u8>>> = None;
        let mut unreadable = false;
        loop {
            tokio::time::sleep(POLL).await;
            let bytes = match read_active(&self.shared.folder) {
                Ok(bytes) => {
                    unreadable = false;
                    bytes
                }
                Err(error) => {
                    if !unreadable {
                        complain(&error);
                    }
                    unreadable = true;
                    continue;
                }
            };
            if seen.as_ref() == Some(&bytes) {
                continue;
            }
            match self.load_aside(bytes.clone()).await {
                Ok(set) => {
                    self.replace(set);
                    seen = Some(bytes);
                    complained = None;
                }
                Err(error) => {
                    if complained.as_ref() != Some(&bytes) {
                        complain(&error);
                    }
                    complained = Some(bytes);
                }
            }
        }
    }

    /// Opening a large edition reads megabytes: requests do not wait for it.
    async fn load_aside(&self, active: Option<Vec<u8>>) -> Result<ActiveSet, EditionError> {
        let folder = self.shared.folder.clone();
        let loading = tokio::task::spawn_blocking(move || load(&folder, active.as_deref()));
        loading.await.map_err(|error| EditionError::Read {
            path: self.shared.folder.clone(),
            source: std::io::Error::other(error),
        })?
    }

    fn replace(&self, set: ActiveSet) {
        let mut current = self.shared.current.write().unwrap_or_else(PoisonError::into_inner);
        // The first look of `watch` finds what `open` found: open archives are kept then.
        if current.digest != set.digest {
            let ids: Vec<String> = set.editions.iter().map(|one| one.id().to_string()).collect();
            tracing::info!("éditions actives : {}", ids.join(", "));
            *current = Arc::new(set);
        }
    }
}

impl ActiveSet {
    fn new(editions: Vec<Arc<Edition>>) -> ActiveSet {
        let mut hash = Sha256::new();
        for edition in &editions {
            hash.update(edition.digest());
            hash.update("\n");
        }
        ActiveSet { editions, digest: hex::encode(hash.finalize()) }
    }

    /// The edition of a name: an id, or `latest`.
    pub fn get(&self, name: &str) -> Option<&Arc<Edition>> {
        if name == "latest" {
            return self.latest();
        }
        let id = name.parse().ok()?;
        self.editions.iter().find(|edition| edition.id() == id)
    }

    /// The edition of the highest vintage, then revision.
    pub fn latest(&self) -> Option<&Arc<Edition>> {
        self.editions.last()
    }

    /// Every active edition, the oldest first.
    pub fn all(&self) -> &[Arc<Edition>] {
        &self.editions
    }

    /// The SHA-256 of the editions' digests, in hexadecimal: names the set.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

fn load(folder: &Path, active: Option<&[u8]>) -> Result<ActiveSet, EditionError> {
    let (list, ledger) = listed(folder, active)?;
    let editions = list
        .ids
        .into_iter()
        .map(|id| checked(Edition::open(folder, id)?, &ledger))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(ActiveSet::new(editions))
}

/// The active editions without those that cannot be opened.
fn load_what_can_be(folder: &Path, active: Option<&[u8]>) -> Result<ActiveSet, EditionError> {
    let (list, ledger) = listed(folder, active)?;
    let mut editions = Vec::with_capacity(list.ids.len());
    for id in list.ids {
        match Edition::open(folder, id) {
            Ok(edition) => editions.push(checked(edition, &ledger)?),
            Err(error) => {
                tracing::error!("édition active {id} non servie : {}", Causes(&error));
            }
        }
    }
    Ok(ActiveSet::new(editions))
}

/// The list, and the ledger, read after it: an activation writes them in the other order. Without
/// a ledger no edition is listed.
fn listed(folder: &Path, active: Option<&[u8]>) -> Result<(ActiveList, Ledger), EditionError> {
    let list = ActiveList::parse(folder, active)?;
    let ledger = Ledger::read(folder, list.listed)?.unwrap_or_default();
    Ok((list, ledger))
}

/// The edition, if its vintage was published by it and no other.
fn checked(edition: Edition, ledger: &Ledger) -> Result<Arc<Edition>, EditionError> {
    ledger.check(edition.id(), edition.digest())?;
    Ok(Arc::new(edition))
}

fn complain(error: &EditionError) {
    tracing::warn!("éditions actives inchangées : {}", Causes(error));
}
