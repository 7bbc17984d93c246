//! The input files that patterns name.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};

use domain::{Fault, HasFault};

/// The most files that the patterns of one input may name.
const LIMIT: usize = 10_000;

/// How names fit a pattern: a star stays inside a folder, and hidden files, which programs leave
/// beside others, are not meant.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// A pattern that names no input.
#[derive(Debug, thiserror::Error)]
pub enum BadPattern {
    /// A plain path, of nothing that is a file.
    #[error("{0} : ce fichier n'existe pas")]
    Missing(PathBuf),
    /// A folder where a file is meant.
    #[error("{0} : c'est un dossier ; nommer ses fichiers, comme {0}/*.csv")]
    IsFolder(PathBuf),
    /// A pattern that no file fits.
    #[error("{0} : aucun fichier de ce nom")]
    NoFile(PathBuf),
    /// The pattern's own syntax.
    #[error("{path} : motif illisible ({problem})")]
    Syntax {
        /// The pattern.
        path: PathBuf,
        /// What `glob` says of it.
        problem: &'static str,
    },
    /// A folder that cannot be listed.
    #[error("{path} : dossier illisible")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that is named again: its rows would count twice.
    #[error("{0} : fichier nommé deux fois")]
    Twice(PathBuf),
    /// Too many of them.
    #[error("plus de {LIMIT} fichiers d'entrée")]
    TooMany,
}

impl HasFault for BadPattern {
    fn fault(&self) -> Fault {
        match self {
            BadPattern::Folder { .. } => Fault::Environment,
            _ => Fault::Usage,
        }
    }
}

/// The files that plain paths and patterns (`*`, `?`, `[0-9]`, `**`) name, relative to `root`; those
/// of a pattern in order of name. A path that is a file stands for itself, whatever its characters.
///
/// # Errors
/// [`BadPattern`] for one that names no file.
pub fn expand(root: &Path, patterns: &[String]) -> Result<Vec<PathBuf>, BadPattern> {
    let mut files = Vec::new();
    for pattern in patterns {
        let path = root.join(pattern);
        if path.is_file() {
            files.push(path);
        } else if path.is_dir() {
            return Err(BadPattern::IsFolder(path));
        } else if pattern.contains(['*', '?', '[']) {
            files.extend(matching(root, pattern)?);
        } else {
            return Err(BadPattern::Missing(path));
        }
        if files.len() > LIMIT {
            return Err(BadPattern::TooMany);
        }
    }
    let mut seen = HashSet::new();
    match files.iter().find(|file| !seen.insert(*file)) {
        Some(file) => Err(BadPattern::Twice(file.clone())),
        None => Ok(files),
    }
}

/// The files of a pattern, in order of name.
fn matching(root: &Path, pattern: &str) -> Result<Vec<PathBuf>, BadPattern> {
    let path = root.join(pattern);
    // The folder of the configuration is a plain path, even where its name has brackets.
    let root = Pattern::escape(&root.to_string_lossy());
    let whole = Path::new(&root).join(pattern);
    let found = glob::glob_with(&whole.to_string_lossy(), OPTIONS)
        .map_err(|error| BadPattern::Syntax { path: path.clone(), problem: error.msg })?;
    let mut files = Vec::new();
    for entry in found {
        let entry = entry.map_err(|error| BadPattern::Folder {
            path: error.path().to_owned(),
            source: error.into(),
        })?;
        if entry.is_file() {
            files.push(entry);
        }
        if files.len() > LIMIT {
            return Err(BadPattern::TooMany);
        }
    }
    files.sort();
    if files.is_empty() { Err(BadPattern::NoFile(path)) } else { Ok(files) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(patterns: &[&str]) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("entrées [2024]");
        std::fs::create_dir_all(root.join("rpls/old")).unwrap();
        for name in ["b.csv", "a.csv", "c.csv.gz", ".a.csv", "n[1].csv", "old/d.csv"] {
            std::fs::write(root.join("rpls").join(name), "x").unwrap();
        }
        let patterns: Vec<String> = patterns.iter().map(|one| (*one).to_owned()).collect();
        let found = expand(&root, &patterns).map_err(|error| error.to_string())?;
        let inside = |path: &PathBuf| path.strip_prefix(&root).unwrap().display().to_string();
        Ok(found.iter().map(inside).collect())
    }

    #[test]
    fn patterns_name_files_in_order_and_no_hidden_one() {
        assert_eq!(names(&["rpls/*.csv"]).unwrap(), ["rpls/a.csv", "rpls/b.csv", "rpls/n[1].csv"]);
        assert_eq!(names(&["rpls/?.csv*"]).unwrap(), ["rpls/a.csv", "rpls/b.csv", "rpls/c.csv.gz"]);
        assert_eq!(names(&["rpls/b.csv", "rpls/a.csv"]).unwrap(), ["rpls/b.csv", "rpls/a.csv"]);
        assert_eq!(names(&["rpls/n[1].csv"]).unwrap(), ["rpls/n[1].csv"]);
        assert_eq!(names(&["rpls/**/d.csv"]).unwrap(), ["rpls/old/d.csv"]);
    }

    #[test]
    fn a_file_is_named_once() {
        let said = names(&["rpls/*.csv", "rpls/b.csv"]).unwrap_err();
        assert!(said.ends_with("b.csv : fichier nommé deux fois"), "{said}");
    }

    #[test]
    fn a_pattern_that_names_no_file_is_refused() {
        for (pattern, words) in [
            ("rpls/z.csv", "n'existe pas"),
            ("rpls", "rpls/*.csv"),
            ("rpls/*.zip", "aucun fichier"),
            ("nowhere/*.csv", "aucun fichier"),
            ("rpls/o*", "aucun fichier"),
            ("rpls/***", "motif illisible"),
            ("rpls/[a]", "aucun fichier"),
        ] {
            let said = names(&[pattern]).unwrap_err();
            assert!(said.contains(words), "{pattern}: {said}");
        }
    }
}
