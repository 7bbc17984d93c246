//! The input files that a configuration names.

use std::path::PathBuf;

use anyhow::{Context, bail};

use config::Config;

/// The most files a pattern may name.
const LIMIT: usize = 10_000;

/// The files of `*` patterns and plain paths, relative to the configuration, each pattern's in
/// order of name. A pattern that names no file is an error.
pub fn expand(config: &Config, patterns: &[String]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for pattern in patterns {
        let path = config.resolve(pattern.as_ref());
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some((before, after)) = name.split_once('*') else {
            if !path.is_file() {
                bail!("{} : ce fichier n'existe pas", path.display());
            }
            files.push(path);
            continue;
        };
        let folder = path.parent().unwrap_or(&path);
        let mut found = Vec::new();
        let entries = std::fs::read_dir(folder)
            .with_context(|| format!("{} : dossier illisible", folder.display()))?;
        for entry in entries {
            let path = entry.with_context(|| folder.display().to_string())?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let fits = name.len() >= before.len() + after.len()
                && name.starts_with(before)
                && name.ends_with(after);
            if fits && path.is_file() {
                found.push(path);
            }
        }
        if found.is_empty() {
            bail!("{} : aucun fichier de ce nom", path.display());
        }
        found.sort();
        files.extend(found);
        if files.len() > LIMIT {
            bail!("plus de {LIMIT} fichiers d'entrée");
        }
    }
    Ok(files)
}
