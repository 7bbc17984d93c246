//! What clients saved: `<account>/<path of the URL>`, every answer of it.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::Finding;
use super::answers::{Judge, Known, LARGEST};
use super::shown::Union;
use domain::{Fault, HasFault};

/// Files read of one collection.
const MOST_FILES: usize = 10_000_000;

/// What all accounts received together.
pub struct Collected {
    pub(super) union: Union,
    pub(super) findings: Vec<Finding>,
    pub(super) checked: Vec<String>,
    edition: Option<String>,
}

/// The folder cannot be audited.
#[derive(Debug, thiserror::Error)]
pub enum BadCollection {
    #[error("{path} : illisible")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} : {problem}")]
    Content { path: PathBuf, problem: String },
    #[error("{path} : réponses de deux éditions, {one} et {two}")]
    TwoEditions { path: PathBuf, one: String, two: String },
    #[error(
        "{path} : aucune réponse ; les fichiers se nomment comme leur chemin, compte/tiles/2024r1/…"
    )]
    Empty { path: PathBuf },
}

impl HasFault for BadCollection {
    fn fault(&self) -> Fault {
        match self {
            BadCollection::Read { .. } => Fault::Environment,
            _ => Fault::Input,
        }
    }
}

impl Collected {
    /// Reads every file under the folders.
    pub fn read(folders: &[PathBuf], known: Known<'_>) -> Result<Collected, BadCollection> {
        let mut judge = Judge::new(known)?;
        let mut files = Vec::new();
        for folder in folders {
            let before = files.len();
            walk(folder, &mut files)?;
            if !files[before..].iter().any(|file| judge.knows(&file.name).is_some()) {
                return Err(BadCollection::Empty { path: folder.clone() });
            }
        }
        // Other answers are held against the manifest, where it was collected.
        files.sort_by_cached_key(|file| (judge.knows(&file.name) != Some(true), file.name.clone()));
        let mut collected = Collected::nothing();
        for file in files {
            let failed = |source| BadCollection::Read { path: file.path.clone(), source };
            let bytes = read(&file.path).map_err(failed)?;
            collected.take(&mut judge, &file.name, bytes).map_err(|error| error.at(&file.path))?;
        }
        Ok(collected.ended(&judge))
    }

    /// The same of answers in memory, each with its path, in this order; `/editions` comes first.
    pub fn of(
        answers: impl IntoIterator<Item = (String, Vec<u8>)>,
        known: Known<'_>,
    ) -> Result<Collected, BadCollection> {
        let mut judge = Judge::new(known)?;
        let mut collected = Collected::nothing();
        for (name, bytes) in answers {
            collected.take(&mut judge, &name, bytes)?;
        }
        Ok(collected.ended(&judge))
    }

    /// The edition that the answers name.
    pub fn edition(&self) -> Option<&str> {
        self.edition.as_deref()
    }

    /// What was found of the answers by themselves.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn nothing() -> Collected {
        Collected {
            union: Union::default(),
            findings: Vec::new(),
            checked: Vec::new(),
            edition: None,
        }
    }

    fn take(
        &mut self,
        judge: &mut Judge<'_>,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<(), BadCollection> {
        judge.judge(name, bytes, &mut self.union, &mut self.findings)
    }

    fn ended(mut self, judge: &Judge<'_>) -> Collected {
        judge.end(&mut self.findings);
        self.edition = judge.edition().map(str::to_owned);
        self.checked = judge.checked();
        self
    }
}

impl BadCollection {
    /// With the whole path of a file, where the error names it from its folder.
    fn at(self, path: &Path) -> BadCollection {
        match self {
            BadCollection::Content { path: named, problem } if path.ends_with(&named) => {
                BadCollection::Content { path: path.into(), problem }
            }
            BadCollection::TwoEditions { one, two, .. } => {
                BadCollection::TwoEditions { path: path.into(), one, two }
            }
            other => other,
        }
    }
}

/// A file, and its name from the folder that was given.
struct File {
    name: String,
    path: PathBuf,
}

fn walk(folder: &Path, files: &mut Vec<File>) -> Result<(), BadCollection> {
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((next, name)) = folders.pop() {
        let failed = |source| BadCollection::Read { path: next.clone(), source };
        for entry in std::fs::read_dir(&next).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let own = entry.file_name().to_string_lossy().into_owned();
            let own = if name.is_empty() { own } else { format!("{name}/{own}") };
            if kind.is_dir() {
                folders.push((entry.path(), own));
                continue;
            }
            if files.len() == MOST_FILES {
                let problem = format!("plus de {MOST_FILES} fichiers");
                return Err(BadCollection::Content { path: folder.into(), problem });
            }
            files.push(File { name: own, path: entry.path() });
        }
    }
    Ok(())
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}
