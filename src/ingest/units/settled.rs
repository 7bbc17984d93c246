//! Units that the operator settles, from a file: what people of the place know wins.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use domain::{Fault, HasFault, ZoneCode};

use super::Units;

/// Bytes of a file, at the most.
const MOST_BYTES: u64 = 64 << 20;

/// Names of units, and the addresses of each; none by default.
#[derive(Default)]
pub struct Settled {
    path: PathBuf,
    /// By unit: its name, and the lines and codes of its addresses.
    units: Vec<(String, Vec<(usize, ZoneCode)>)>,
    of: HashMap<ZoneCode, u32>,
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum BadSettled {
    #[error("{path} (build.grappes) : illisible")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} (build.grappes) : la première ligne doit être grappe;adresse")]
    Header { path: PathBuf },
    #[error(
        "{path} (build.grappes), ligne {line} : il faut un nom de grappe et un code d'adresse, \
         séparés par un point-virgule"
    )]
    Line { path: PathBuf, line: usize },
    #[error("{path} (build.grappes), ligne {line} : l'adresse {code} est déjà citée")]
    Twice { path: PathBuf, line: usize, code: ZoneCode },
    #[error(
        "{path} (build.grappes), ligne {line} : l'adresse {code} n'est pas dans le répertoire ; \
         un code d'adresse est celui de l'échelle adresse, comme 95018_6411234_68612345"
    )]
    Unknown { path: PathBuf, line: usize, code: ZoneCode },
    #[error(
        "{path} (build.grappes), ligne {line} : la grappe « {name} » passe une limite de carreau, \
         d'IRIS, de QPV, de commune ou de zonage avec l'adresse {code} ; la couper en deux"
    )]
    Border { path: PathBuf, line: usize, name: String, code: ZoneCode },
    #[error(
        "{path} (build.grappes), ligne {line} : la grappe « {name} » compte moins de {threshold} \
         logements ; lui ajouter des adresses"
    )]
    Few { path: PathBuf, line: usize, name: String, threshold: u32 },
}

impl HasFault for BadSettled {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

impl Settled {
    /// Reads a file of two columns, `grappe;adresse`: a name, which only tells groups apart, and the code of
    /// an address.
    ///
    /// # Errors
    /// [`BadSettled`] for another file, and for an address that is there twice.
    pub fn read(path: &Path) -> Result<Settled, BadSettled> {
        let failed = |source| BadSettled::Read { path: path.into(), source };
        let mut text = String::new();
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(MOST_BYTES).read_to_string(&mut text).map_err(failed)?;
        Settled::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Settled, BadSettled> {
        let path = path.to_owned();
        let mut lines = (1..).zip(text.trim_start_matches('\u{feff}').lines());
        if lines.next().is_none_or(|own| own.1.trim_end() != "grappe;adresse") {
            return Err(BadSettled::Header { path });
        }
        let mut settled = Settled { path: path.clone(), ..Settled::default() };
        let mut names: BTreeMap<&str, u32> = BTreeMap::new();
        for (line, row) in lines.filter(|own| !own.1.trim().is_empty()) {
            let parts = row.split_once(';').and_then(|(name, code)| {
                let code: ZoneCode = code.trim().parse().ok()?;
                let name = name.trim();
                let is_name = !name.is_empty() && !name.chars().any(char::is_control);
                is_name.then_some((name, code))
            });
            let Some((name, code)) = parts else {
                return Err(BadSettled::Line { path, line });
            };
            let next = settled.units.len() as u32;
            let unit = *names.entry(name).or_insert_with(|| {
                settled.units.push((name.to_owned(), Vec::new()));
                next
            });
            if settled.of.insert(code.clone(), unit).is_some() {
                return Err(BadSettled::Twice { path, line, code });
            }
            settled.units[unit as usize].1.push((line, code));
        }
        Ok(settled)
    }

    /// The unit in which an address is put.
    pub(super) fn of(&self, code: &ZoneCode) -> Option<u32> {
        self.of.get(code).copied()
    }

    /// Whether nothing is settled.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// Holds the file against the addresses of the register.
    ///
    /// # Errors
    /// [`BadSettled`] for an address that is unknown, a unit that a border cuts, and one under the
    /// threshold.
    pub(super) fn check(&self, units: &Units, threshold: u32) -> Result<(), BadSettled> {
        if self.is_empty() {
            return Ok(());
        }
        let path = || self.path.clone();
        let blocks = units.blocks();
        let places = (0u32..).zip(&units.places);
        let atoms: HashMap<&ZoneCode, u32> = places
            .filter_map(|(atom, place)| Some((&place.as_ref()?.code, atom)))
            .filter(|own| self.of.contains_key(own.0))
            .collect();
        for (name, members) in &self.units {
            let mut held = 0;
            let mut first = None;
            for (line, code) in members {
                let (line, code) = (*line, code.clone());
                let Some(&atom) = atoms.get(&code) else {
                    return Err(BadSettled::Unknown { path: path(), line, code });
                };
                let block = blocks[atom as usize];
                if *first.get_or_insert(block) != block {
                    let name = name.clone();
                    return Err(BadSettled::Border { path: path(), line, name, code });
                }
                held += u64::from(units.dwellings(atom));
            }
            if held < u64::from(threshold) {
                let line = members.first().map_or(0, |own| own.0);
                let name = name.clone();
                return Err(BadSettled::Few { path: path(), line, name, threshold });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let error = Settled::parse(text, Path::new("g.csv")).err().unwrap().to_string();
        assert!(error.contains("g.csv") && error.contains(expected), "{error}");
    }

    #[test]
    fn a_file_that_says_too_little_is_refused_by_line() {
        refused("", "première ligne");
        refused("adresse;grappe\n", "première ligne");
        refused("grappe;adresse\na;95018_1_2\n;95018_1_3\n", "ligne 3");
        refused("grappe;adresse\na\n", "ligne 2");
        refused("grappe;adresse\na;95018 1 2\n", "ligne 2");
        refused("grappe;adresse\na;95018_1_2\nb;95018_1_2\n", "95018_1_2");
        let read = Settled::parse("\u{feff}grappe;adresse\r\na;95018_1_2\r\n\r\n", Path::new("g"));
        assert_eq!(read.unwrap().of(&"95018_1_2".parse().unwrap()), Some(0));
        assert!(Settled::parse("grappe;adresse\n", Path::new("g")).unwrap().is_empty());
    }
}
