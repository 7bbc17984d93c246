//! The files of an edition, byte for byte: each must be what the zones, the catalogue and the
//! configuration make of it, and what nothing explains is refused.
//!
//! FlatGeobuf is read first (`fgb`, `zone`), every tile is held to it (`archive`, `tile`,
//! `shapes`), and the points where names stand (`labels`, `pole`), then the documents to both (`documents`, `legend`, `tally`). Whether the figures are
//! those of the microdata, and whether they say too much, is asked elsewhere.

mod archive;
pub(super) mod columns;
mod documents;
pub(super) mod fgb;
mod flat;
pub(super) mod folder;
mod gzip;
pub(super) mod json;
mod labels;
mod legend;
mod lookup;
mod near;
pub(super) mod notes;
mod outline;
mod plane;
mod pole;
mod proto;
mod scale;
pub mod sentences;
mod shapes;
mod source;
mod tally;
mod tile;
mod zone;

use std::collections::HashSet;
use std::path::Path;

use domain::{Catalogue, CommuneCode, LOOKUP, Scale, labels_file};

use super::edition::EditionFiles;
use super::opening::Opened;
use super::{Finding, Report};

pub use source::Source;

use documents::{Facts, Known};
use legend::Legend;
use notes::Notes;
use zone::Held;

/// What the files of an edition are held against.
pub struct Against<'a> {
    /// The catalogue of the configuration, or the one that is built in.
    pub catalogue: &'a Catalogue,
    /// The threshold of the configuration.
    pub threshold: Option<u32>,
    /// Vintage and revision of the configuration.
    pub revision: Option<(u16, u16)>,
    pub source: Option<&'a Source>,
    /// The edition before, by the configuration.
    pub before: Option<&'a Path>,
    /// Says which step begins.
    pub step: &'a dyn Fn(&str),
}

/// Reads every file of an edition.
pub fn check(edition: &EditionFiles, against: &Against<'_>) -> Report {
    let mut findings = edition.findings().to_vec();
    let folder = edition.folder();
    let mut notes = Notes::new("Catalogue", "indicators.json");
    documents::check_catalogue(&edition.catalogue, against.catalogue, &mut notes);
    findings.extend(notes.into_findings());
    let opened = Opened::new(&edition.open, against.catalogue);
    let communes: HashSet<CommuneCode> = edition.communes.iter().map(|row| row.code).collect();
    let (mut known, mut legend) = (Known::default(), Legend::default());
    let mut facts: Vec<Facts> = Vec::new();
    for entry in &edition.manifest.scales {
        (against.step)(&format!("fichiers : {}", entry.id));
        let columns = columns::columns(against.catalogue, entry.id);
        let held = Held {
            scale: entry.id,
            catalogue: against.catalogue,
            columns: &columns,
            opened: &opened,
            threshold: u64::from(edition.manifest.threshold.max(config::FLOOR)),
            communes: &communes,
            source: against.source,
            has_groups: edition.manifest.scales.iter().any(|entry| entry.id == Scale::GRAPPE),
        };
        let mut scaled = match scale::read(folder, &held, (&mut known, &mut legend), &mut findings)
        {
            Ok(Some(scaled)) => scaled,
            Ok(None) => continue,
            Err(error) => {
                findings.push(illegible(&format!("{}.fgb", entry.id), error));
                continue;
            }
        };
        let words = (entry, edition.manifest.attribution.as_str());
        match scale::read_tiles(folder, words, &columns, &scaled, &mut findings) {
            Ok(zooms) => scaled.facts.zooms = zooms,
            Err(error) => findings.push(illegible(&format!("{}.pmtiles", entry.id), error)),
        }
        if folder::has_labels(&edition.manifest)
            && let Err(error) = labels::read(folder, words, &columns, &scaled, &mut findings)
        {
            findings.push(illegible(&labels_file(entry.id), error));
        }
        facts.push(scaled.facts);
    }
    let scales: Vec<Scale> = edition.manifest.scales.iter().map(|entry| entry.id).collect();
    if let Some(source) = against.source {
        let absent = source.scales().filter(|scale| !scales.contains(scale));
        let mut notes = Notes::new("Manifeste", "manifest.json");
        for scale in absent.filter(|scale| source.codes(*scale).next().is_some()) {
            notes.add(format_args!("« scales.{scale} » : absente"));
        }
        findings.extend(notes.into_findings());
    }
    if edition.manifest.files.contains_key(LOOKUP) {
        let mut notes = Notes::new("Correspondance", LOOKUP);
        if let Err(error) = lookup::check(folder, against.before, &mut notes) {
            findings.push(illegible(LOOKUP, error));
        }
        findings.extend(notes.into_findings());
    }
    let classes = legend.bounds(against.catalogue, &scales);
    let mut notes = Notes::new("Manifeste", "manifest.json");
    documents::check_manifest(edition, against, &facts, &classes, &mut notes);
    findings.extend(notes.into_findings());
    let mut notes = Notes::new("Certificat", "certificate.json");
    documents::check_certificate(edition, against.catalogue, &facts, &mut notes);
    findings.extend(notes.into_findings());
    let mut notes = Notes::new("Communes", "communes.json");
    documents::check_communes(edition, against, &known, &mut notes);
    findings.extend(notes.into_findings());
    Report { findings, checked: said(against.source.is_some()) }
}

/// What was read, and what nobody can see in it.
fn said(has_source: bool) -> Vec<String> {
    let read = "chaque octet du dossier, de chaque zone et de chaque tuile : documents, \
                FlatGeobuf, tuiles et légende disent la même chose, et rien d'autre";
    let outside = if has_source { &[][..] } else { &sentences::UNSEEN_OUTSIDE };
    [read].iter().chain(outside).chain(&sentences::UNSEEN).map(|text| (*text).to_owned()).collect()
}

/// What is wrong with a document that can be read no further.
pub(super) fn illegible(file: &str, problem: impl std::fmt::Display) -> Finding {
    Finding::new("Fichier illisible", format!("{file} : {problem}"))
}
