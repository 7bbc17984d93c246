//! The documents of an edition: each word and number is what the files, the catalogue and the
//! configuration give.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Serialize;

use crate::edition::EditionFiles;
use config::FLOOR;
use domain::{Catalogue, CertificateOpening, CommuneRow, Extremes, ManifestScale, Scale};

use super::notes::Notes;
use super::tally::Tally;
use super::{Against, folder, json, sentences};

/// What the files of a scale say.
pub struct Facts {
    pub scale: Scale,
    pub zones: usize,
    pub bounds: [f64; 4],
    /// Those of the tiles.
    pub zooms: Option<[u8; 2]>,
    pub tally: Tally,
}

/// What is said of the zones that documents name.
#[derive(Default)]
pub struct Known {
    /// Codes of the zones above the communes.
    pub references: HashSet<(Scale, String)>,
    /// Name and bounds of each commune.
    pub communes: HashMap<String, (String, [f64; 4])>,
}

pub fn check_manifest(
    edition: &EditionFiles,
    against: &Against<'_>,
    facts: &[Facts],
    classes: &BTreeMap<String, Vec<f64>>,
    notes: &mut Notes,
) {
    let manifest = &edition.manifest;
    let id = format!("{}r{}", manifest.vintage, manifest.revision);
    notes.same("« id », de « vintage » et « revision »", &manifest.id, &id);
    notes.same("« id », celui du dossier", &manifest.id, &edition.id);
    if let Some((vintage, revision)) = against.revision {
        notes.same("« vintage »", &manifest.vintage, &vintage);
        notes.same("« revision »", &manifest.revision, &revision);
    }
    if manifest.threshold < FLOOR {
        notes.add(format_args!("« threshold » : {} est sous le plancher", manifest.threshold));
    }
    let certified = edition.certificate.threshold;
    notes.same("« threshold », celui du certificat", &manifest.threshold, &certified);
    if let Some(threshold) = against.threshold {
        notes.same("« threshold », celui de la configuration", &manifest.threshold, &threshold);
    }
    engine(&manifest.engine, notes);
    check_scales(&manifest.scales, facts, notes);
    let catalogue = against.catalogue;
    let universes: Vec<_> = catalogue.universes().iter().map(|own| own.id.clone()).collect();
    notes.same("« universes »", &manifest.universes, &universes);
    let indicators: Vec<_> = catalogue.indicators().iter().map(|own| own.id.clone()).collect();
    notes.same("« indicators »", &manifest.indicators, &indicators);
    if facts.len() == manifest.scales.len() {
        let ids: BTreeSet<&String> = manifest.classes.keys().chain(classes.keys()).collect();
        for id in ids {
            let [read, due] = [&manifest.classes, classes].map(|all| all.get(id));
            notes.same(&format!("« classes.{id} »"), &read, &due);
        }
    }
    let limits = &edition.certificate.limits;
    let has_survey = limits.iter().all(|limit| limit != sentences::WITHOUT_SURVEY);
    if !sentences::attributions(manifest, has_survey).contains(&manifest.attribution) {
        notes.add("« attribution » : pas ce que disent les sources de l'édition");
    }
    let files: BTreeSet<String> = manifest.files.keys().cloned().collect();
    for name in files.symmetric_difference(&folder::due(manifest)) {
        notes.add(format_args!("« files.{name} » : en trop, ou manque"));
    }
}

fn check_scales(scales: &[ManifestScale], facts: &[Facts], notes: &mut Notes) {
    if !scales.is_sorted_by(|one, other| one.id < other.id) {
        notes.add("« scales » : pas dans leur ordre, ou deux fois");
    }
    for entry in scales {
        let at = |field: &str| format!("« scales.{}.{field} »", entry.id);
        notes.same(&at("label"), &entry.label.as_str(), &entry.id.label());
        let zooms = entry.id.default_zooms();
        // The scale keeps its finest zoom, or the one it was moved to.
        notes.same(&at("maxzoom"), &entry.maxzoom, &entry.minzoom.max(*zooms.end()));
        if entry.minzoom < *zooms.start() || entry.minzoom > 16 {
            notes.add(format_args!("{} : {}", at("minzoom"), entry.minzoom));
        }
        if let Some(facts) = facts.iter().find(|facts| facts.scale == entry.id) {
            notes.same(&at("zones"), &entry.zones, &facts.zones);
            notes.same(&at("bounds"), &entry.bounds, &facts.bounds);
            if let Some([least, most]) = facts.zooms {
                notes.same(&at("minzoom"), &entry.minzoom, &least);
                notes.same(&at("maxzoom"), &entry.maxzoom, &most);
            }
        }
    }
}

fn engine(text: &str, notes: &mut Notes) {
    if !sentences::is_engine(text) {
        notes.add("« engine » : pas une version connue du moteur");
    }
}

pub fn check_certificate(
    edition: &EditionFiles,
    catalogue: &Catalogue,
    facts: &[Facts],
    notes: &mut Notes,
) {
    let certificate = &edition.certificate;
    engine(&certificate.engine, notes);
    notes.same("« engine », celui du manifeste", &certificate.engine, &edition.manifest.engine);
    notes.same("« threshold »", &certificate.threshold, &edition.manifest.threshold);
    list("rules", &certificate.rules, &sentences::RULES, notes);
    if certificate.r2 != sentences::R2 {
        notes.add("« r2 » : pas ce que le moteur prouve");
    }
    let mut limits = sentences::LIMITS.to_vec();
    if catalogue.families().iter().any(|own| own.extremes != Extremes::Off) {
        limits.push(sentences::EXTREMES);
    }
    // Where households are shown there are some; where none is, there may be none.
    let is_surveyed = facts.iter().any(|facts| facts.tally.has_households);
    if !is_surveyed && certificate.limits.len() > limits.len() {
        limits.push(sentences::WITHOUT_SURVEY);
    }
    list("limits", &certificate.limits, &limits, notes);
    for CertificateOpening { opening, warning } in &certificate.opened {
        if warning != sentences::warning(*opening) {
            notes.add(format_args!("« opened.{opening}.warning » : pas une phrase connue"));
        }
    }
    if !certificate.opened.is_sorted_by(|one, other| one.opening < other.opening) {
        notes.add("« opened » : pas dans leur ordre, ou deux fois");
    }
    let scales: Vec<&str> = certificate.scales.iter().map(|own| &own.scale[..]).collect();
    let due: Vec<&str> = edition.manifest.scales.iter().map(|own| own.id.id()).collect();
    notes.same("« scales »", &scales, &due);
    for own in &certificate.scales {
        if let Some(facts) = facts.iter().find(|facts| facts.scale.id() == own.scale) {
            differ(&format!("scales.{}", own.scale), own, &facts.tally.due(own, catalogue), notes);
        }
    }
}

fn list(name: &str, read: &[String], due: &[&str], notes: &mut Notes) {
    for place in 0..read.len().max(due.len()) {
        if read.get(place).map(String::as_str) != due.get(place).copied() {
            notes.add(format_args!("« {name}.{place} » : pas ce que le moteur dit"));
        }
    }
}

/// Notes where a document is not the one that is due.
fn differ<T: Serialize>(at: &str, read: &T, due: &T, notes: &mut Notes) {
    let values = [read, due].map(serde_json::to_value);
    if let [Ok(read), Ok(due)] = values
        && let Some(words) = json::difference(&read, &due)
    {
        notes.add(format_args!("« {at} », {words}"));
    }
}

pub fn check_catalogue(read: &Catalogue, due: &Catalogue, notes: &mut Notes) {
    let values = [read, due].map(serde_json::to_value);
    if let [Ok(read), Ok(due)] = values
        && let Some(words) = json::difference(&read, &due)
    {
        notes.add(format_args!("{words} : pas le catalogue de la configuration"));
    }
}

/// The communes are those of the zones, with their names and bounds, under zones that exist.
pub fn check_communes(
    edition: &EditionFiles,
    against: &Against<'_>,
    known: &Known,
    notes: &mut Notes,
) {
    let rows = &edition.communes;
    if !rows.is_sorted_by(|one, other| one.code < other.code) {
        notes.add("pas triées par code, ou deux fois");
    }
    if let Some(source) = against.source {
        let due: HashMap<&str, &CommuneRow> =
            source.communes.iter().map(|row| (row.code.as_str(), row)).collect();
        for row in rows {
            match due.get(row.code.as_str()) {
                Some(due) => differ(row.code.as_str(), row, *due, notes),
                None => notes.add(format_args!("« {} » : pas une commune des sources", row.code)),
            }
        }
        notes.same("nombre de communes", &rows.len(), &due.len());
    }
    let has = |scale: Scale| edition.manifest.scale(scale).is_some();
    let mut used: HashSet<(Scale, &str)> = HashSet::new();
    for row in rows {
        if has(Scale::COMMUNE) {
            let zone = known.communes.get(row.code.as_str());
            let bounds = zone.map(|zone| zone.1);
            if zone.is_none_or(|zone| zone.0 != row.nom) {
                notes.add(format_args!("« {}.nom » : pas celui de la zone", row.code));
            }
            if row.bounds != bounds {
                notes.add(format_args!("« {}.bounds » : pas celles de la zone", row.code));
            }
        }
        for scale in Scale::groups() {
            let Some(code) = row.parent(scale) else { continue };
            used.insert((scale, code));
            if !known.references.contains(&(scale, code.to_owned())) {
                notes.add(format_args!("« {}.{scale} » : aucune zone n'a ce code", row.code));
            }
        }
    }
    if has(Scale::COMMUNE) {
        notes.same("nombre de communes, celui des zones", &rows.len(), &known.communes.len());
    }
    for (scale, code) in &known.references {
        if !used.contains(&(*scale, code.as_str())) {
            notes.add(format_args!("{scale} {code} : aucune commune n'y est"));
        }
    }
}
