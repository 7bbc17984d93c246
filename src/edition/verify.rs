//! Whether the files of an edition are those that its manifest names.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::folder::read_bounded;
use super::{EditionError, EditionId};
use domain::Manifest;

/// Bytes of a manifest.
const MAX_MANIFEST: u64 = 64 << 20;

/// What is wrong with one file of an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileProblem {
    /// The bytes are not those of the manifest.
    Differs(String),
    /// The manifest names a file that is not there.
    Missing(String),
    /// A file that the manifest does not name.
    Unlisted(String),
}

/// Recomputes the digest of every file of an edition. Nothing wrong is an empty list; the order
/// is that of the names.
///
/// # Errors
/// An edition that is not there, a manifest or a file that cannot be read. A file that is not the
/// manifest's is no error but a [`FileProblem`].
pub fn verify(folder: &Path, id: EditionId) -> Result<Vec<FileProblem>, EditionError> {
    let folder = folder.join(id.to_string());
    if !folder.is_dir() {
        return Err(EditionError::Unknown(id.to_string()));
    }
    let path = folder.join("manifest.json");
    let manifest: Manifest = serde_json::from_slice(&read_bounded(&path, MAX_MANIFEST)?)
        .map_err(|source| EditionError::Json { path: path.clone(), source })?;
    let mut names: BTreeSet<String> = manifest.files.keys().cloned().collect();
    let failed = |source| EditionError::Read { path: folder.clone(), source };
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if name != "manifest.json" {
            names.insert(name);
        }
    }
    let mut problems = Vec::new();
    for name in names {
        let Some(expected) = manifest.files.get(&name) else {
            problems.push(FileProblem::Unlisted(name));
            continue;
        };
        // A manifest that was tampered with could name a file outside the edition.
        let plain = Path::new(&name).file_name().is_some_and(|file| file == name.as_str());
        match if plain { digest(&folder.join(&name))? } else { None } {
            None => problems.push(FileProblem::Missing(name)),
            Some(found) if &found != expected => problems.push(FileProblem::Differs(name)),
            Some(_) => {}
        }
    }
    Ok(problems)
}

/// The SHA-256 of a file in hexadecimal, or `None` where there is no such file.
fn digest(path: &Path) -> Result<Option<String>, EditionError> {
    let failed = |source| EditionError::Read { path: path.into(), source };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(Some(hex::encode(hash.finalize()))),
            read => hash.update(&buffer[..read]),
        }
    }
}
