//! What answers are held against: the documents of the edition, or what is known without it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use domain::{Audience, Catalogue, Indicator, Manifest, Scale};

use super::super::BadCollection;
use super::stored::Stored;
use super::stored_rows::StoredRows;
use crate::extremes::{is_kept_back, keeps_back};

/// The universe that the column `secret` speaks of.
const SECRET_UNIVERSE: &str = "repondants";

/// Columns of every zone.
const PLAIN: [&str; 4] = ["code", "nom", "communes", "situe"];

/// The columns that one scale alone has, with their types.
pub const OWN: [(&str, &str, &str); 4] = [
    ("adresse", "grappe", "String"),
    ("grappe", "adresses", "Number"),
    ("grappe", "logements", "Number"),
    ("grappe", "reste", "Boolean"),
];

/// The two audiences, the wider first: flags of an answer stand in this order.
pub const AUDIENCES: [Audience; 2] = [Audience::PublicMission, Audience::Bailleur];

/// What the auditor is given to judge answers by.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    pub catalogue: &'a Catalogue,
    /// The folder of the edition.
    pub edition: Option<&'a Path>,
    /// Sentences that documents may say: attribution, what rules do not cover.
    pub sentences: &'a [String],
    /// The bytes of a file of the portal, by its path.
    pub file: &'a dyn Fn(&str) -> Option<Vec<u8>>,
}

/// What one audience reads.
pub struct AudienceReference {
    pub catalogue: Catalogue,
    /// The catalogue as a document.
    pub indicators: Value,
    /// Columns of tiles.
    pub columns: BTreeSet<String>,
    /// The manifest as a document, and what it says. Of the edition, else as it was collected.
    pub manifest: Option<(Value, Manifest)>,
    /// The certificate. Of the edition, else as it was collected.
    pub certificate: Option<Value>,
}

/// What both audiences read, and the tiles of the edition.
pub struct Reference<'a> {
    pub known: Known<'a>,
    pub parts: [AudienceReference; 2],
    /// The tiles of the edition.
    pub stored: Option<Stored>,
    /// Its zones.
    pub zones: Option<StoredRows>,
    /// The SHA-256 of its manifest, in hexadecimal.
    pub digest: Option<String>,
    /// The manifests of other editions in service, as they were collected: what their operator declared is
    /// known from them alone.
    others: Vec<Manifest>,
}

impl<'a> Reference<'a> {
    pub fn new(known: Known<'a>) -> Result<Reference<'a>, BadCollection> {
        let Some(folder) = known.edition else {
            let whole = serde_json::to_value(known.catalogue).unwrap_or_default();
            let parts = AUDIENCES.map(|audience| AudienceReference::new(&whole, audience));
            let [one, two] = parts;
            let parts = [one?, two?];
            let (stored, zones, digest) = (None, None, None);
            return Ok(Reference { known, parts, stored, zones, digest, others: Vec::new() });
        };
        let bytes = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).map_err(|source| BadCollection::Read { path, source })
        };
        let read = |name: &str, bytes: &[u8]| -> Result<Value, BadCollection> {
            serde_json::from_slice(bytes).map_err(|error| BadCollection::Content {
                path: folder.join(name),
                problem: error.to_string(),
            })
        };
        let manifest = bytes("manifest.json")?;
        let digest = Sha256::digest(&manifest);
        let manifest = read("manifest.json", &manifest)?;
        let whole = read("indicators.json", &bytes("indicators.json")?)?;
        let certificate = read("certificate.json", &bytes("certificate.json")?)?;
        let part = |audience| -> Result<AudienceReference, BadCollection> {
            let mut part = AudienceReference::new(&whole, audience)?;
            part.manifest = part.restrict(&manifest);
            part.certificate = Some(part.of_certificate(&certificate));
            Ok(part)
        };
        let parts = [part(AUDIENCES[0])?, part(AUDIENCES[1])?];
        let zones = Some(StoredRows::new(folder)?);
        let stored = Some(Stored::new(folder)?);
        let digest = Some(hex::encode(digest));
        Ok(Reference { known, parts, stored, zones, digest, others: Vec::new() })
    }

    /// The scale of an identifier: one of the edition's, declared by its operator or not, a built-in one, or one
    /// that is declared in another edition in service.
    pub fn scale(&self, id: &str) -> Option<Scale> {
        let manifests = self.parts.iter().filter_map(|part| part.manifest.as_ref());
        let own = manifests.filter_map(|(_, manifest)| manifest.named(id)).next();
        let other = || self.others.iter().find_map(|manifest| manifest.named(id));
        own.or_else(|| id.parse().ok()).or_else(other)
    }

    /// Whether documents are held against those of an edition.
    pub fn has_edition(&self) -> bool {
        self.known.edition.is_some()
    }

    /// The sources of an edition: of the audited one, or of another in service that was listed.
    pub fn attribution<'r>(&'r self, part: &'r AudienceReference, id: &str) -> Option<&'r str> {
        let own = part.manifest.as_ref().map(|(_, manifest)| manifest);
        let mut known = own.into_iter().chain(&self.others);
        known.find(|manifest| manifest.id == id).map(|manifest| &*manifest.attribution)
    }

    /// Takes manifests that were collected as those of other editions in service; what is none is left out.
    pub fn take_others(&mut self, manifests: impl Iterator<Item = Value>) {
        self.others = manifests.filter_map(|one| serde_json::from_value(one).ok()).collect();
    }

    /// Takes a certificate that was collected, and fits, as that of the edition.
    pub fn take_certificate(&mut self, certificate: &Value, audience: usize) {
        for part in &mut self.parts[audience..] {
            if part.certificate.is_none() {
                part.certificate = Some(part.of_certificate(certificate));
            }
        }
    }

    /// Takes a manifest that was collected, and fits, as that of the edition.
    pub fn take_manifest(&mut self, manifest: &Value, audience: usize) {
        for part in &mut self.parts[audience..] {
            if part.manifest.is_none() {
                part.manifest = part.restrict(manifest);
            }
        }
    }
}

impl AudienceReference {
    fn new(whole: &Value, audience: Audience) -> Result<AudienceReference, BadCollection> {
        let indicators = of_catalogue(whole, audience.id());
        let bad = |error: domain::BadCatalogue| BadCollection::Content {
            path: "indicators.json".into(),
            problem: error.to_string(),
        };
        let catalogue = Catalogue::from_json(indicators.to_string().as_bytes()).map_err(bad)?;
        let mut columns: BTreeSet<String> = PLAIN.into_iter().map(str::to_owned).collect();
        columns.extend(catalogue.universes().iter().map(|universe| format!("n_{}", universe.id)));
        columns.extend(catalogue.indicators().iter().map(|indicator| indicator.id.clone()));
        let kept = |own: &&Indicator| is_kept_back(&catalogue, own);
        let marked = catalogue.indicators().iter().filter(kept);
        columns.extend(marked.map(|indicator| format!("{}_ext", indicator.id)));
        if catalogue.universe_index(SECRET_UNIVERSE).is_some() {
            columns.insert("secret".to_owned());
        }
        columns.extend(OWN.map(|own| own.1.to_owned()));
        Ok(AudienceReference { catalogue, indicators, columns, manifest: None, certificate: None })
    }

    /// Whether tiles of a scale may have a column, for this audience.
    pub fn offers_column(&self, column: &str, scale: Scale) -> bool {
        let universe = column.strip_prefix("n_").and_then(|id| self.catalogue.universe_index(id));
        let id = column.strip_suffix("_ext").unwrap_or(column);
        let indicator = self.catalogue.indicators().iter().find(|one| one.id == id);
        let mut own = OWN.iter().filter(|own| own.1 == column).peekable();
        self.columns.contains(column)
            && (own.peek().is_none() || own.any(|own| own.0 == scale.id()))
            && match (universe, indicator) {
                (Some(universe), _) => self.catalogue.universes()[universe].is_offered(scale),
                (None, Some(indicator)) => {
                    self.offers(indicator, scale) && (id == column || keeps_back(scale))
                }
                (None, None) => true,
            }
    }

    /// Whether a scale offers an indicator: as its universe does.
    pub fn offers(&self, indicator: &Indicator, scale: Scale) -> bool {
        let universe = self.catalogue.universe_index(&indicator.universe);
        universe.is_some_and(|place| self.catalogue.universes()[place].is_offered(scale))
    }

    fn has_universe(&self, id: &Value) -> bool {
        id.as_str().is_some_and(|id| self.catalogue.universe_index(id).is_some())
    }

    fn has_indicator(&self, id: &str) -> bool {
        self.catalogue.indicators().iter().any(|indicator| indicator.id == id)
    }

    fn restrict(&self, manifest: &Value) -> Option<(Value, Manifest)> {
        let mut own = manifest.clone();
        if let Some(list) = own["universes"].as_array_mut() {
            list.retain(|id| self.has_universe(id));
        }
        if let Some(list) = own["indicators"].as_array_mut() {
            list.retain(|id| id.as_str().is_some_and(|id| self.has_indicator(id)));
        }
        if let Some(map) = own["classes"].as_object_mut() {
            map.retain(|id, _| self.has_indicator(id));
        }
        let read = serde_json::from_value(own.clone()).ok()?;
        Some((own, read))
    }

    fn of_certificate(&self, certificate: &Value) -> Value {
        let mut own = certificate.clone();
        for scale in own["scales"].as_array_mut().into_iter().flatten() {
            if let Some(list) = scale["universes"].as_array_mut() {
                list.retain(|shown| self.has_universe(&shown["universe"]));
            }
        }
        own
    }
}

/// The part of a catalogue that an audience reads (CCH R411-4). Parents that it may not read give
/// way to their own; other links to what it may not read go.
fn of_catalogue(whole: &Value, audience: &str) -> Value {
    let list = |key: &str| whole[key].as_array().cloned().unwrap_or_default();
    let reads = |entry: &Value| {
        entry["audiences"].as_array().is_some_and(|all| all.iter().any(|one| one == audience))
    };
    let all = list("universes");
    let readable = |id: &Value| all.iter().any(|other| other["id"] == *id && reads(other));
    let mut universes: Vec<Value> = all.iter().filter(|one| reads(one)).cloned().collect();
    for universe in &mut universes {
        let mut parents = Vec::new();
        above(&universe["parents"], &all, &readable, &mut parents);
        universe["parents"] = parents.into();
        if let Some(list) = universe.get_mut("requires").and_then(Value::as_array_mut) {
            list.retain(&readable);
        }
        if let Some(map) = universe.as_object_mut() {
            let link = |key: &str| ["domain_of", "joined"].contains(&key);
            map.retain(|key, value| match value {
                Value::Array(list) if key == "requires" => !list.is_empty(),
                _ => !link(key) || readable(value),
            });
        }
    }
    let indicators: Vec<Value> = list("indicators").into_iter().filter(|one| reads(one)).collect();
    let drawn = |family: &Value| indicators.iter().any(|one| one["family"] == family["id"]);
    let families: Vec<Value> = list("families").into_iter().filter(drawn).collect();
    let named = |one: &Value| universes.iter().any(|own| own.get("eligible") == one.get("id"));
    let eligibilities: Vec<Value> = list("eligibilities").into_iter().filter(named).collect();
    let mut document = Map::new();
    document.insert("families".into(), families.into());
    if !eligibilities.is_empty() {
        document.insert("eligibilities".into(), eligibilities.into());
    }
    document.insert("universes".into(), universes.into());
    document.insert("indicators".into(), indicators.into());
    document.into()
}

fn above(ids: &Value, all: &[Value], readable: &dyn Fn(&Value) -> bool, parents: &mut Vec<Value>) {
    for id in ids.as_array().into_iter().flatten() {
        if readable(id) {
            if !parents.contains(id) {
                parents.push(id.clone());
            }
        } else if let Some(hidden) = all.iter().find(|other| other["id"] == *id) {
            // Parents stand before children, so this ends.
            above(&hidden["parents"], all, readable, parents);
        }
    }
}
