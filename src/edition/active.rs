//! Which editions are active: one small file, replaced in one step.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folder::read_bounded;
use super::{Edition, EditionError, EditionId};

/// Editions that can be active together.
const MAX_ACTIVE: usize = 64;

/// Bytes of `active.json`.
const MAX_BYTES: u64 = 64 << 10;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Active {
    active: Vec<String>,
}

/// The ids of the active editions, the oldest first. Without `active.json` there is none.
pub fn active_ids(folder: &Path) -> Result<Vec<EditionId>, EditionError> {
    match read_active(folder)? {
        Some(bytes) => parse_active(folder, &bytes),
        None => Ok(Vec::new()),
    }
}

/// The ids of the editions that the folder holds, the oldest first. What has no manifest is not
/// an edition.
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

/// Makes an edition active, beside those that are. Running servers see it within a second.
///
/// Errors: the edition cannot be opened, or the file cannot be replaced; nothing changes then.
pub fn activate(folder: &Path, id: EditionId) -> Result<(), EditionError> {
    Edition::open(folder, id)?;
    change(folder, |ids| ids.insert(id))
}

/// Makes an edition inactive. Its files stay. An edition that was not active stays inactive.
pub fn withdraw(folder: &Path, id: EditionId) -> Result<(), EditionError> {
    change(folder, |ids| ids.remove(&id))
}

/// The bytes of `active.json`, or `None` when there is no such file.
pub(super) fn read_active(folder: &Path) -> Result<Option<Vec<u8>>, EditionError> {
    match read_bounded(&folder.join("active.json"), MAX_BYTES) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(EditionError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The ids in the bytes of `active.json`, sorted, each once.
pub(super) fn parse_active(folder: &Path, bytes: &[u8]) -> Result<Vec<EditionId>, EditionError> {
    let path = folder.join("active.json");
    let Active { active } = serde_json::from_slice(bytes)
        .map_err(|source| EditionError::Json { path: path.clone(), source })?;
    let ids = active.iter().map(|id| id.parse()).collect::<Result<BTreeSet<EditionId>, _>>()?;
    if ids.len() > MAX_ACTIVE {
        return Err(EditionError::TooMany { path, limit: MAX_ACTIVE });
    }
    Ok(ids.into_iter().collect())
}

/// Reads, changes and replaces the list, one process at a time.
fn change(
    folder: &Path,
    change: impl FnOnce(&mut BTreeSet<EditionId>) -> bool,
) -> Result<(), EditionError> {
    let lock_path = folder.join(".active.lock");
    let locked = File::create(&lock_path).and_then(|file| file.lock().map(|()| file));
    let _lock = locked.map_err(|source| EditionError::Write { path: lock_path.clone(), source })?;
    let mut ids: BTreeSet<EditionId> = active_ids(folder)?.into_iter().collect();
    if !change(&mut ids) {
        return Ok(());
    }
    if ids.len() > MAX_ACTIVE {
        return Err(EditionError::TooMany { path: folder.join("active.json"), limit: MAX_ACTIVE });
    }
    let active = Active { active: ids.iter().map(EditionId::to_string).collect() };
    let text = serde_json::to_string(&active)
        .map_err(|source| EditionError::Json { path: folder.join("active.json"), source })?;
    replace(folder, &text)
        .map_err(|source| EditionError::Write { path: folder.join("active.json"), source })
}

/// Writes beside, then renames: a reader sees the old list or the new one, never a part.
fn replace(folder: &Path, text: &str) -> std::io::Result<()> {
    let beside = folder.join(".active.json.partial");
    let mut file = File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    std::fs::rename(&beside, folder.join("active.json"))?;
    File::open(folder)?.sync_all()
}
