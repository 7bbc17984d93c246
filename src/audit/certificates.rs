//! The certificates of a build's record, verified by additions of integers
//! (`protect/secrecy/METHOD.md`). Nothing is solved here.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::system::{Seat, System};
use domain::{Fault, HasFault};

/// The name of the file in the record of an edition.
const FILE_NAME: &str = "proofs.jsonl.zst";
/// Bytes of one line: a certificate of a million weights.
const LONGEST_LINE: u64 = 64 << 20;

/// The first line of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    edition: String,
    #[expect(dead_code, reason = "the format has it; any engine may write certificates")]
    engine: String,
    threshold: u64,
    atoms: usize,
    systems: Vec<HeaderSystem>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderSystem {
    filter: String,
    universes: Vec<String>,
    /// Whether it has the cells that only the opening of communes lets out.
    #[serde(default)]
    opened: bool,
}

/// `[system, atom, part, D, [atom, part, Y, …]]`.
#[derive(Deserialize)]
struct CertificateLine(usize, i64, i64, i64, Vec<i64>);

/// The record cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadRecord {
    #[error("{path} : illisible")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path}, ligne {line} : {problem}")]
    Line { path: PathBuf, line: u64, problem: String },
    #[error("{path} : la preuve d'une autre édition ou d'autres microdonnées ({problem})")]
    Other { path: PathBuf, problem: &'static str },
}

impl HasFault for BadRecord {
    fn fault(&self) -> Fault {
        match self {
            BadRecord::Read { .. } => Fault::Usage,
            _ => Fault::Input,
        }
    }
}

/// A system with what the certificates name its classes by.
pub struct Proved<'a> {
    /// Ids of its universes, the filter first.
    pub universes: Vec<&'a str>,
    is_opened: bool,
    pub system: &'a System,
    of_class: Vec<Vec<u32>>,
    has: Vec<bool>,
}

/// Where the certificates of a system of the record go.
struct Destination {
    place: usize,
    /// For each universe of the record's system, its bit in ours if it has one.
    bits: Vec<Option<usize>>,
}

impl Destination {
    fn seat(&self, atom: i64, mask: i64) -> Option<Seat> {
        let (atom, mask) = (u32::try_from(atom).ok()?, u32::try_from(mask).ok()?);
        if mask.checked_shr(self.bits.len() as u32).unwrap_or(0) != 0 {
            return None;
        }
        let own = self.bits.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
        Some((atom, own.filter_map(|(_, bit)| *bit).fold(0, |all, bit| all | 1 << bit)))
    }
}

impl<'a> Proved<'a> {
    /// Nothing is proved yet.
    pub fn new(universes: Vec<&'a str>, is_opened: bool, system: &'a System) -> Proved<'a> {
        let of_class = system.cells_of_classes();
        Proved { universes, is_opened, has: vec![false; of_class.len()], of_class, system }
    }

    /// The classes under the threshold that no certificate protects.
    pub fn unproved(&self, threshold: u64) -> Vec<u32> {
        let classes = self.system.weights().iter().zip(&self.has).zip(0..);
        classes.filter(|((n, has), _)| **n < threshold && !**has).map(|(_, at)| at).collect()
    }

    /// Whether the weights prove that the class of the part carries at most one eleventh.
    fn holds(
        &self,
        certificate: &CertificateLine,
        to: &Destination,
        threshold: u64,
    ) -> Option<u32> {
        let CertificateLine(_, atom, part, divisor, list) = certificate;
        let place = |atom: i64, part: i64| self.system.class_of(to.seat(atom, part)?);
        let about = place(*atom, *part)?;
        let (entries, rest) = list.as_chunks::<3>();
        if !rest.is_empty() || *divisor < 1 {
            return None;
        }
        let mut weights: HashMap<u32, i128> = HashMap::new();
        for [atom, part, weight] in entries {
            if let Some(class) = place(*atom, *part) {
                *weights.entry(class).or_insert(0) += i128::from(*weight);
            }
        }
        let mut cells: HashMap<u32, i128> = HashMap::new();
        for (class, weight) in &weights {
            for cell in &self.of_class[*class as usize] {
                *cells.entry(*cell).or_insert(0) += weight;
            }
        }
        if cells.values().any(|sum| *sum != 0) {
            return None;
        }
        let divisor = i128::from(*divisor);
        let held = |class: u32| divisor * i128::from(self.system.weights()[class as usize]);
        let own = weights.get(&about).copied().unwrap_or(0);
        let others = weights.iter().filter(|(class, _)| **class != about);
        let lost: i128 = others.map(|(class, y)| (y.abs() - held(*class)).max(0)).sum();
        (held(about) + own - lost >= divisor * i128::from(threshold)).then_some(about)
    }
}

/// Reads the certificates in the record of an edition and notes the classes they prove. `known` are
/// the systems of the catalogue; those that need no proof of their own are not among `systems`.
pub fn verify(
    (record, edition): (&Path, &str),
    threshold: u64,
    atoms: usize,
    known: &[Vec<&str>],
    systems: &mut [Proved<'_>],
) -> Result<(), BadRecord> {
    let path = record.join(edition).join(FILE_NAME);
    let read = |source| BadRecord::Read { path: path.clone(), source };
    let file = File::open(&path).map_err(read)?;
    let mut lines = BufReader::new(zstd::Decoder::new(file).map_err(read)?);
    let mut text = Vec::new();
    let mut number = 0;
    let mut places: Vec<Option<Destination>> = Vec::new();
    loop {
        text.clear();
        let taken = std::io::Read::take(&mut lines, LONGEST_LINE).read_until(b'\n', &mut text);
        if taken.map_err(read)? == 0 {
            break;
        }
        number += 1;
        let bad = |problem: String| BadRecord::Line { path: path.clone(), line: number, problem };
        if number == 1 {
            let header: Header =
                serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
            let other = |problem| Err(BadRecord::Other { path: path.clone(), problem });
            if header.edition != edition {
                return other("identifiant");
            }
            if header.threshold != threshold {
                return other("seuil");
            }
            if header.atoms != atoms {
                return other("adresses");
            }
            for system in &header.systems {
                if !is_known(system, known) {
                    return other("univers");
                }
                places.push(destination(system, systems));
            }
            continue;
        }
        let certificate: CertificateLine =
            serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
        let to = places.get(certificate.0).ok_or_else(|| bad("système inconnu".to_owned()))?;
        let Some(to) = to else { continue };
        if let Some(class) = systems[to.place].holds(&certificate, to, threshold) {
            systems[to.place].has[class as usize] = true;
        }
    }
    if number == 0 {
        return Err(BadRecord::Other { path, problem: "fichier vide" });
    }
    Ok(())
}

/// Whether a system of the record is one of the catalogue, or the opened part of one.
fn is_known(system: &HeaderSystem, known: &[Vec<&str>]) -> bool {
    let is_part = |own: &Vec<&str>| match system.opened {
        true => system.universes.iter().all(|id| own.contains(&id.as_str())),
        false => *own == system.universes,
    };
    system.universes.first() == Some(&system.filter) && known.iter().any(is_part)
}

/// Which of our systems a system of the record proves, if it is any.
fn destination(system: &HeaderSystem, systems: &[Proved<'_>]) -> Option<Destination> {
    let place = systems.iter().position(|own| {
        let holds = |id: &&str| system.universes.iter().any(|held| held == id);
        own.is_opened == system.opened && own.universes.iter().all(holds)
    })?;
    let bit = |id: &String| systems[place].universes.iter().position(|own| own == id);
    Some(Destination { place, bits: system.universes.iter().map(bit).collect() })
}
