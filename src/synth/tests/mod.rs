//! The files as somebody else would read them: traps, borders, shares, bytes.

mod country;
mod dense;
mod files;
mod geography;
mod points;
mod shares;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::address::Address;
use super::dice::Dice;
use super::run::Invention;
use super::{DEFAULT_SEED, Geometry, Options, Summary, SynthError, run};

type Record = BTreeMap<String, String>;

fn options(out: &Path, households: u64, seed: u64) -> Options {
    let geometry = Geometry::Easy;
    Options { out: out.to_owned(), households: Some(households), seed, points: None, geometry }
}

fn invent(out: &Path, households: u64, seed: u64) -> Result<Summary, SynthError> {
    run(&options(out, households, seed), &mut |_, _| {})
}

/// The whole invention but its rows.
fn invention(seed: u64, households: u64, geometry: Geometry) -> Invention {
    Invention::new(seed, &geometry.extent(households).unwrap()).unwrap()
}

/// The addresses of every commune.
fn addresses(invention: &Invention) -> Vec<(usize, Address)> {
    let own = |commune| {
        let list = invention.addresses(&mut Dice::new(DEFAULT_SEED, commune as u64), commune);
        list.into_iter().map(move |address| (commune, address))
    };
    (0..invention.territory.communes.len()).flat_map(own).collect()
}

/// Every file below a directory, by path.
fn tree(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(tree(&path));
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}

/// The rows of a file in one of the dialects that are written.
fn records(path: &Path) -> Vec<Record> {
    let mut bytes = fs::read(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "gz") {
        let packed = std::mem::take(&mut bytes);
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => encoding_rs::WINDOWS_1252.decode(error.as_bytes()).0.into_owned(),
    };
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// The dwellings of both files.
fn dwellings(directory: &Path) -> Vec<Record> {
    let mut rows = records(&directory.join("rpls/rpls_1.csv.gz"));
    let second = directory.join("rpls/rpls_2.csv");
    if second.exists() {
        rows.extend(records(&second));
    }
    rows
}

fn households(directory: &Path) -> Vec<Record> {
    records(&directory.join("ops_2024.csv"))
}

/// Metres, whichever the decimal sign.
fn metres(text: &str) -> f64 {
    text.replace(',', ".").parse().unwrap()
}

/// A landlord declares its opposition for all its dwellings or for none (CCH R411-4): nobody's
/// dwellings are told apart by it. One landlord of ten has.
#[track_caller]
fn check_landlords_oppose_whole(register: &[Record]) {
    let mut answers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in register {
        answers.entry(&row["SIRET_BAILLEUR"]).or_default().insert(&row["OPPOSITION"]);
    }
    assert!(answers.values().all(|answers| answers.len() == 1), "{answers:?}");
    let opposed = answers.values().filter(|answers| answers.contains("1")).count();
    assert!(opposed > 0 && answers.len() == 10 * opposed, "{opposed} of {}", answers.len());
}
