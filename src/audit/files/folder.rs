//! The folder of an edition: the files that its manifest implies, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use domain::{LOOKUP, Manifest, labels_file};

use super::notes::Notes;

/// The documents that every edition has beside its manifest.
pub const DOCUMENTS: [&str; 3] = ["certificate.json", "communes.json", "indicators.json"];

/// The files that a manifest implies, itself apart.
pub fn due(manifest: &Manifest) -> BTreeSet<String> {
    let scales = manifest.scales.iter().map(|entry| entry.id);
    let files = scales.clone().flat_map(|id| [format!("{id}.fgb"), format!("{id}.pmtiles")]);
    let labels = scales.filter(|_| has_labels(manifest)).map(labels_file);
    // An edition says what became of the groups of one before, where there was one.
    let lookup = manifest.files.contains_key(LOOKUP).then(|| LOOKUP.to_owned());
    files.chain(labels).chain(DOCUMENTS.map(str::to_owned)).chain(lookup).collect()
}

/// Whether an edition has label points: each scale then has, and none of those that were built before
/// there were any.
pub fn has_labels(manifest: &Manifest) -> bool {
    manifest.scales.iter().any(|entry| manifest.has_labels(entry.id))
}

/// Each entry of the folder is a plain file that is due, and each file that is due is there.
pub fn check(folder: &Path, due: &BTreeSet<String>, notes: &mut Notes) -> std::io::Result<()> {
    let mut left = due.clone();
    left.insert("manifest.json".to_owned());
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_due = name.to_str().is_some_and(|name| left.remove(name));
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            notes.add(format_args!("« {name} » : un lien, pas un fichier"));
        } else if kind.is_dir() {
            notes.add(format_args!("« {name} » : un dossier"));
        } else if !kind.is_file() {
            notes.add(format_args!("« {name} » : pas un fichier"));
        } else if !is_due {
            notes.add(format_args!("« {name} » : un fichier que l'édition n'a pas"));
        }
    }
    for name in left {
        notes.add(format_args!("« {name} » : absent"));
    }
    Ok(())
}

/// The first file whose digest is not the one of the manifest, which is an error of the copy and no
/// answer: nothing else can be said of such a folder.
pub fn first_that_differs(
    folder: &Path,
    files: &BTreeMap<String, String>,
    due: &BTreeSet<String>,
) -> std::io::Result<Option<String>> {
    let listed: Vec<_> = files.iter().filter(|(name, _)| due.contains(*name)).collect();
    let differs = |(name, digest): &(&String, &String)| -> std::io::Result<Option<String>> {
        let path = folder.join(name);
        // What is missing is said elsewhere.
        if !path.is_file() {
            return Ok(None);
        }
        Ok((digest_of(&path)? != **digest).then(|| (*name).clone()))
    };
    let found = listed.par_iter().map(differs).collect::<std::io::Result<Vec<_>>>()?;
    Ok(found.into_iter().flatten().next())
}

fn digest_of(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&buffer[..read]),
        }
    }
}
