//! Which editions are active: one small file, replaced in one step. Every activation is first
//! written into the ledger.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folder::read_bounded;
use super::ledger::{self, Ledger};
use super::{Edition, EditionError, EditionId};

/// Editions that can be active together.
const MAX_ACTIVE: usize = 64;

/// Bytes of `active.json`.
const MAX_BYTES: u64 = 64 << 10;

/// The file, beside the editions.
const NAME: &str = "active.json";

/// The content of `active.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    active: Vec<String>,
    /// How many editions the ledger listed: one that lists fewer, or is gone, was tampered with.
    /// 0 in folders from before there were ledgers.
    #[serde(default)]
    ledger: usize,
}

/// The active editions, and how many activations the ledger holds at least.
#[derive(Default)]
pub(super) struct ActiveList {
    pub(super) ids: BTreeSet<EditionId>,
    pub(super) listed: usize,
}

/// The ids of the active editions, the oldest first. Without `active.json` there is none.
///
/// # Errors
/// A list that is there and cannot be read, is too long, or is no list of ids.
pub fn active_ids(folder: &Path) -> Result<Vec<EditionId>, EditionError> {
    Ok(ActiveList::read(folder)?.ids.into_iter().collect())
}

/// The ids of the editions that the folder holds, the oldest first. What has no manifest is not
/// an edition.
///
/// # Errors
/// [`EditionError::Read`] for a folder that cannot be listed.
pub fn installed(folder: &Path) -> Result<Vec<EditionId>, EditionError> {
    let failed = |source| EditionError::Read { path: folder.into(), source };
    let mut ids = BTreeSet::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if let Some(id) = name.to_str().and_then(|name| name.parse().ok())
            && folder.join(&name).join("manifest.json").is_file()
        {
            ids.insert(id);
        }
    }
    Ok(ids.into_iter().collect())
}

/// The ledger of a folder; `None` where nothing was activated since there are ledgers.
///
/// # Errors
/// A list of active editions or a ledger that cannot be read; a ledger that is damaged, or gone though the
/// list says that there was one.
pub fn read_ledger(folder: &Path) -> Result<Option<Ledger>, EditionError> {
    let list = ActiveList::read(folder)?;
    Ledger::read(folder, list.listed)
}

/// Makes an edition active, beside those that are. Running servers see it within a second.
///
/// The ledger is on disk before the edition is active. A crash between the two leaves an edition
/// that is listed and was never served: it can be activated again, another of its vintage cannot.
///
/// # Errors
/// The edition cannot be opened, its vintage was published by another edition, the ledger
/// is damaged, or a file cannot be replaced; the active editions do not change then.
pub fn activate(folder: &Path, id: EditionId) -> Result<(), EditionError> {
    let edition = Edition::open(folder, id)?;
    let _turn = take_turn(folder)?;
    let mut list = ActiveList::read(folder)?;
    let mut ledger = match Ledger::read(folder, list.listed)? {
        Some(ledger) => ledger,
        None => ledger_of_active(folder, &list)?,
    };
    ledger.add(id, edition.digest())?;
    list.ids.insert(id);
    list.write(folder, Some(&ledger))
}

/// Makes an edition inactive. Its files stay, and its line in the ledger. An edition that was not
/// active stays inactive.
///
/// # Errors
/// A list that cannot be read or replaced; the active editions do not change then.
pub fn withdraw(folder: &Path, id: EditionId) -> Result<(), EditionError> {
    let _turn = take_turn(folder)?;
    let mut list = ActiveList::read(folder)?;
    let vintage = |other: &&EditionId| other.vintage() == id.vintage();
    let revisions = list.ids.iter().filter(vintage).count();
    // A damaged ledger stops what would publish, never a withdrawal. From before there were
    // ledgers several revisions of a vintage may be active: the one that stays is listed then.
    let ledger = match Ledger::read(folder, list.listed) {
        Ok(None) if revisions == 1 => Some(ledger_of_active(folder, &list)?),
        _ => None,
    };
    if !list.ids.remove(&id) {
        return Ok(());
    }
    list.write(folder, ledger.as_ref())
}

/// Lists the active editions of a folder from before there were ledgers, where each vintage has
/// one. A folder that has a ledger, or ever had one, is left as it is.
pub(super) fn adopt(folder: &Path) -> Result<(), EditionError> {
    if ActiveList::read(folder)?.needs_no_ledger() {
        return Ok(());
    }
    let _turn = take_turn(folder)?;
    let list = ActiveList::read(folder)?;
    if Ledger::read(folder, list.listed)?.is_some() {
        return Ok(());
    }
    let ledger = ledger_of_active(folder, &list)?;
    list.write(folder, Some(&ledger))
}

/// Whether an edition that is not built yet could be activated.
///
/// # Errors
/// [`EditionError::Published`] where its vintage was published by one of another name; those of
/// [`read_ledger`].
pub fn check_vintage(folder: &Path, id: EditionId) -> Result<(), EditionError> {
    let list = ActiveList::read(folder)?;
    if let Some(ledger) = Ledger::read(folder, list.listed)? {
        return ledger.check_id(id);
    }
    match list.ids.iter().find(|active| active.vintage() == id.vintage() && **active != id) {
        Some(active) => Err(EditionError::Published { id, listed: *active }),
        None => Ok(()),
    }
}

/// The bytes of `active.json`, or `None` when there is no such file.
pub(super) fn read_active(folder: &Path) -> Result<Option<Vec<u8>>, EditionError> {
    match read_bounded(&folder.join(NAME), MAX_BYTES) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(EditionError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl ActiveList {
    fn read(folder: &Path) -> Result<ActiveList, EditionError> {
        ActiveList::parse(folder, read_active(folder)?.as_deref())
    }

    /// The list in the bytes of `active.json`.
    pub(super) fn parse(folder: &Path, bytes: Option<&[u8]>) -> Result<ActiveList, EditionError> {
        let Some(bytes) = bytes else { return Ok(ActiveList::default()) };
        let path = folder.join(NAME);
        let Document { active, ledger } = serde_json::from_slice(bytes)
            .map_err(|source| EditionError::Json { path: path.clone(), source })?;
        let ids = active.iter().map(|id| id.parse()).collect::<Result<BTreeSet<EditionId>, _>>()?;
        if ids.len() > MAX_ACTIVE {
            return Err(EditionError::TooMany { path, limit: MAX_ACTIVE });
        }
        Ok(ActiveList { ids, listed: ledger })
    }

    fn needs_no_ledger(&self) -> bool {
        self.ids.is_empty() || self.listed > 0
    }

    /// Replaces the ledger, if one is given, then the list.
    fn write(&self, folder: &Path, ledger: Option<&Ledger>) -> Result<(), EditionError> {
        let path = folder.join(NAME);
        if self.ids.len() > MAX_ACTIVE {
            return Err(EditionError::TooMany { path, limit: MAX_ACTIVE });
        }
        if let Some(ledger) = ledger {
            replace(folder, ledger::NAME, &ledger.text())?;
        }
        let document = Document {
            active: self.ids.iter().map(EditionId::to_string).collect(),
            ledger: ledger.map_or(self.listed, Ledger::len),
        };
        let text = serde_json::to_string(&document)
            .map_err(|source| EditionError::Json { path, source })?;
        replace(folder, NAME, &(text + "\n"))
    }
}

/// The ledger that a folder without one starts with: its active editions. All of them: one that
/// is left out would free its vintage.
fn ledger_of_active(folder: &Path, list: &ActiveList) -> Result<Ledger, EditionError> {
    let mut ledger = Ledger::default();
    for &id in &list.ids {
        let edition = Edition::open(folder, id)
            .map_err(|source| EditionError::CannotList { id, source: Box::new(source) })?;
        ledger.add(id, edition.digest())?;
    }
    Ok(ledger)
}

/// Waits until no other process changes the active editions of a folder.
fn take_turn(folder: &Path) -> Result<File, EditionError> {
    let path = folder.join(".active.lock");
    let locked = File::create(&path).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|source| EditionError::Write { path, source })
}

/// Writes beside, then renames: a reader sees the old file or the new one, never a part, and a
/// crash leaves one of the two.
fn replace(folder: &Path, name: &str, text: &str) -> Result<(), EditionError> {
    let written = || {
        let beside = folder.join(format!(".{name}.partial"));
        let mut file = File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, folder.join(name))?;
        File::open(folder)?.sync_all()
    };
    written().map_err(|source| EditionError::Write { path: folder.join(name), source })
}
