//! Everything that can be planted in an edition, one thing at a time, in an edition that is sound
//! otherwise and whose digests are made anew: the audit finds each by the name of its file and its
//! field, with the sources and without.
//!
//! The plants are generated from the edition itself: a file, a column or a field that is new has
//! its plants, or fails here.

mod archive;
mod container;
mod documents;
mod flatgeobuf;
pub mod layer;
mod messages;
mod tiles;
mod unseen;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use audit::Report;
use serde_json::Value;
use seuil::cli::audit_edition;
use sha2::{Digest, Sha256};

use super::audit::audit;
use super::territory::{SCALES, Shared, Territory};

/// Of the plants that the sources show nothing more of, one in so many is looked at with them.
const WITH_SOURCES: usize = 8;

/// Something planted in an edition.
pub struct Plant {
    file: String,
    name: String,
    spoil: Box<dyn Fn(&Path) + Send + Sync>,
    /// What findings must say, without the sources and with them: each list in one finding; `|`
    /// stands between words of which one is enough.
    outside: Vec<Vec<String>>,
    inside: Vec<Vec<String>>,
    /// Whether it is planted in every file of its kind, or in two: it is the format's, not the
    /// scale's.
    is_everywhere: bool,
}

impl Plant {
    fn new(file: &str, name: &str, spoil: impl Fn(&Path) + Send + Sync + 'static) -> Plant {
        Plant {
            file: file.to_owned(),
            name: name.to_owned(),
            spoil: Box::new(spoil),
            outside: Vec::new(),
            inside: Vec::new(),
            is_everywhere: true,
        }
    }

    /// Words of a finding, with the sources and without.
    fn expect(&mut self, words: &[&str]) {
        self.outside.push(words.iter().map(|word| (*word).to_owned()).collect());
    }

    /// Words of a finding that only the sources give.
    fn expect_inside(&mut self, words: &[&str]) {
        self.inside.push(words.iter().map(|word| (*word).to_owned()).collect());
    }

    /// What is not found though it should be, without the sources and, where they are given, with them.
    fn missed(&self, sources: Option<&Territory>, edition: &Path) -> Vec<String> {
        let copy = Copy::of(edition);
        (self.spoil)(&copy.edition());
        copy.seal();
        let mut missed = Vec::new();
        let inside = sources.map(|territory| ("inside", copy.inside(territory)));
        for (from, report) in [("outside", copy.outside())].into_iter().chain(inside) {
            let report = match report {
                Ok(report) => report,
                Err(error) => {
                    missed.push(format!("{}, {}, {from}: {error}", self.file, self.name));
                    continue;
                }
            };
            let inside = if from == "inside" { &self.inside[..] } else { &[] };
            for words in self.outside.iter().chain(inside) {
                if !says(&report, words) {
                    let first = report.findings.iter().take(3);
                    let first: Vec<String> = first.map(|own| own.words.clone()).collect();
                    let name = format!("{}, {}, {from}", self.file, self.name);
                    missed.push(format!("{name}: no finding says {words:?}, but {first:?}"));
                }
            }
        }
        missed
    }
}

fn says(report: &Report, words: &[String]) -> bool {
    report.findings.iter().any(|finding| {
        let text = format!("{} : {}", finding.rule, finding.words);
        words.iter().all(|word| word.split('|').any(|one| text.contains(one)))
    })
}

/// A copy of the edition alone.
struct Copy(tempfile::TempDir);

impl Copy {
    fn of(edition: &Path) -> Copy {
        let copy = Copy(tempfile::tempdir().unwrap());
        fs::create_dir(copy.edition()).unwrap();
        for entry in fs::read_dir(edition).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), copy.edition().join(entry.file_name())).unwrap();
        }
        copy
    }

    fn edition(&self) -> PathBuf {
        self.0.path().join("2024r1")
    }

    /// Makes the digests of the manifest anew, as who plants something would.
    fn seal(&self) {
        let path = self.edition().join("manifest.json");
        let Ok(mut manifest) = serde_json::from_slice::<Value>(&fs::read(&path).unwrap()) else {
            return;
        };
        let before = manifest.clone();
        for (name, digest) in manifest["files"].as_object_mut().into_iter().flatten() {
            if let Ok(bytes) = fs::read(self.edition().join(name)) {
                *digest = hex::encode(Sha256::digest(bytes)).into();
            }
        }
        if manifest != before {
            fs::write(path, serde_json::to_string_pretty(&manifest).unwrap() + "\n").unwrap();
        }
    }

    fn outside(&self) -> Result<Report, String> {
        audit_edition(&self.edition(), None, None).map_err(|error| error.to_string())
    }

    fn inside(&self, territory: &Territory) -> Result<Report, String> {
        let record = territory.input().join("records");
        audit_edition(&self.edition(), Some(&territory.config()), Some(&record))
            .map_err(|error| error.to_string())
    }
}

/// The smallest territory that can be invented, and its edition.
fn small() -> Arc<Territory> {
    static SHARED: Shared = Shared::new();
    SHARED.get(|| {
        let territory = Territory::invent(&["--households", "2000"]);
        territory.build();
        territory
    })
}

/// Plants of every file of the edition; each file has some. What the format could hide is planted in
/// the addresses and in one of the other scales, in turn.
fn plants(edition: &Path) -> Vec<Plant> {
    let mut all = documents::beside();
    let mut turns: BTreeMap<String, usize> = BTreeMap::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    for entry in fs::read_dir(edition).unwrap() {
        names.insert(entry.unwrap().file_name().into_string().unwrap());
    }
    for name in names {
        let (stem, kind) = name.rsplit_once('.').unwrap();
        let own = match kind {
            "fgb" => flatgeobuf::plants(edition, stem),
            "pmtiles" => match stem.strip_suffix(".labels") {
                Some(scale) => tiles::labels(edition, scale),
                None => tiles::plants(edition, stem),
            },
            "json" => documents::plants(edition, &name),
            _ => Vec::new(),
        };
        assert!(!own.is_empty(), "nothing is planted in {name}: no plant knows such a file");
        let turn = turns.entry(kind.to_owned()).or_default();
        let others = SCALES.len() - 1;
        let is_due = |place: usize| stem == "adresse" || place % others == *turn % others;
        let own = own.into_iter().enumerate();
        let own = own.filter(|(place, plant)| plant.is_everywhere || is_due(*place));
        all.extend(own.map(|(_, plant)| plant));
        *turn += 1;
    }
    all
}

#[test]
fn everything_that_can_be_planted_is_found_by_name() {
    let territory = small();
    let edition = territory.edition();
    let plants = plants(&edition);
    let (next, missed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(plant) = plants.get(place) else { break };
                    // What needs no source is found by one reading of the files, with them or without.
                    let has_sources = !plant.inside.is_empty() || place % WITH_SOURCES == 0;
                    let sources = has_sources.then_some(&*territory);
                    let missing = || plant.missed(sources, &edition);
                    // A panic is no finding either.
                    let own = std::panic::catch_unwind(AssertUnwindSafe(missing));
                    let own = own.unwrap_or_else(|_| {
                        vec![format!("{}, {}: panicked", plant.file, plant.name)]
                    });
                    missed.lock().unwrap().extend(own);
                }
            });
        }
    });
    let missed = missed.into_inner().unwrap();
    assert!(missed.is_empty(), "{} of {}:\n{}", missed.len(), plants.len(), missed.join("\n"));
    assert!(plants.len() > 300, "{}", plants.len());
}

#[test]
fn a_file_taken_apart_and_written_again_is_the_same_bytes() {
    let territory = small();
    let copy = Copy::of(&territory.edition());
    for entry in fs::read_dir(copy.edition()).unwrap() {
        let path = entry.unwrap().path();
        let before = fs::read(&path).unwrap();
        match path.extension().unwrap().to_str().unwrap() {
            "fgb" => layer::Layer::read(&path).write(&path),
            "pmtiles" => archive::Archive::read(&path).write(&path),
            _ => continue,
        }
        assert!(fs::read(&path).unwrap() == before, "{}", path.display());
    }
    assert_eq!(copy.outside().unwrap().findings, []);
    assert_eq!(copy.inside(&territory).unwrap().findings, []);
}

#[test]
fn the_command_says_no_with_exit_1_to_what_is_planted() {
    let territory = small();
    let copy = Copy::of(&territory.edition());
    let path = copy.edition().join("commune.pmtiles");
    let mut archive = archive::Archive::read(&path);
    let id = *archive.tiles.keys().next().unwrap();
    let exact = geozero::mvt::tile::Value { uint_value: Some(9), ..Default::default() };
    let zone = &mut archive.features(id)[0];
    zone.tags.retain(|tag| tag.0 != "n_menages");
    zone.tags.push(("n_menages".into(), exact));
    archive.write(&path);
    copy.seal();
    let (code, said, log) = audit(&[&copy.edition()]);
    assert_eq!(code, 1, "{said}{log}");
    assert!(said.contains("Tuiles : commune.pmtiles, "), "{said}");
    assert!(said.contains("« n_menages »"), "{said}");
    assert!(!log.contains("n_menages"), "a log keeps no figure: {log}");
}
