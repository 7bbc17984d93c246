//! The two public documents of an edition: `manifest.json` and `certificate.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{BadScale, Opening, Scale, Zoning};

/// `manifest.json`: what an edition is, and the digest of each of its files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `2024r1`: vintage and revision.
    pub id: String,
    /// The year that the survey speaks of, on 1 January.
    pub vintage: u16,
    /// Which publication of the vintage it is; 1 for the first.
    pub revision: u16,
    /// The least number of contributors of a published figure; at least 11.
    pub threshold: u32,
    /// The program that made the edition, with its version.
    pub engine: String,
    /// Those that have zones, the finest first.
    pub scales: Vec<ManifestScale>,
    /// Ids of the universes, parents first.
    pub universes: Vec<String>,
    /// Ids of the indicators.
    pub indicators: Vec<String>,
    /// For each indicator, the upper bounds of its legend classes but the last, rising: quantiles
    /// of published figures, rounded. 0 is a class of its own below them.
    pub classes: BTreeMap<String, Vec<f64>>,
    /// The sources, as the licences ask maps to name them.
    pub attribution: String,
    /// File name → lower-case hexadecimal SHA-256, for every file but this one.
    pub files: BTreeMap<String, String>,
}

/// One scale of an edition. A scale without any zone is not listed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct ManifestScale {
    /// The scale: also the name of its layer and of its files.
    pub id: Scale,
    /// The French name shown to people.
    pub label: String,
    /// The first zoom level whose tiles hold it.
    pub minzoom: u8,
    /// The last zoom level whose tiles hold it; maps show its tiles beyond.
    pub maxzoom: u8,
    /// Number of zones, with or without register dwellings.
    pub zones: usize,
    /// West, south, east, north in degrees.
    pub bounds: [f64; 4],
    /// What the operator declared; absent for a built-in scale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoning: Option<Zoning>,
}

/// One scale as it is written: an identifier that no built-in scale has is that of its zoning.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    id: String,
    label: String,
    minzoom: u8,
    maxzoom: u8,
    zones: usize,
    bounds: [f64; 4],
    zoning: Option<Zoning>,
}

/// The scale of a manifest is neither built in nor declared.
#[derive(Debug, thiserror::Error)]
enum BadManifestScale {
    #[error("« {0} » : ni une échelle connue, ni un zonage déclaré")]
    Unknown(String),
    #[error(transparent)]
    Zoning(#[from] BadScale),
}

impl TryFrom<Unchecked> for ManifestScale {
    type Error = BadManifestScale;

    fn try_from(written: Unchecked) -> Result<ManifestScale, BadManifestScale> {
        let Unchecked { id, label, minzoom, maxzoom, zones, bounds, zoning } = written;
        let scale = match &zoning {
            Some(zoning) if zoning.id == id => Scale::declare(zoning)?,
            Some(_) => return Err(BadManifestScale::Unknown(id)),
            None => id.parse().map_err(|_| BadManifestScale::Unknown(id))?,
        };
        Ok(ManifestScale { id: scale, label, minzoom, maxzoom, zones, bounds, zoning })
    }
}

/// The file of an edition that says what became of the groups of addresses of the edition before.
pub const LOOKUP: &str = "grappes.csv";

/// The file of an edition that holds one point for each zone of a scale, where its name stands.
pub fn labels_file(scale: Scale) -> String {
    format!("{scale}.labels.pmtiles")
}

impl Manifest {
    /// Whether the edition has label points for a scale; those that were built before there were any
    /// have none.
    pub fn has_labels(&self, scale: Scale) -> bool {
        self.files.contains_key(&labels_file(scale))
    }

    /// The entry of a scale, if the edition has it.
    pub fn scale(&self, scale: Scale) -> Option<&ManifestScale> {
        self.scales.iter().find(|entry| entry.id == scale)
    }

    /// The scale of an identifier, built in or declared, if the edition has it.
    pub fn named(&self, id: &str) -> Option<Scale> {
        self.scales.iter().map(|entry| entry.id).find(|scale| scale.id() == id)
    }
}

/// `certificate.json`: what was proved, by which rules. Nothing in it depends on a secret cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The program that made the edition, with its version.
    pub engine: String,
    /// As in the manifest.
    pub threshold: u32,
    /// Rules kept in full, but for what `opened` names: `R1`, `R3`, …
    pub rules: Vec<String>,
    /// Whether R2 holds for every linear combination (`full`), or for those of each universe alone
    /// and, between a domain and its filter, zone by zone (`universes`).
    pub r2: String,
    /// What the rules do not cover, in French sentences.
    pub limits: Vec<String>,
    /// One entry for each scale of the manifest, in its order.
    pub scales: Vec<CertificateScale>,
    /// What the operator opened; absent where that is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opened: Vec<CertificateOpening>,
}

/// A regime that the operator opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateOpening {
    /// What was opened.
    pub opening: Opening,
    /// What follows of it, in a French sentence.
    pub warning: String,
}

/// What one scale shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateScale {
    /// Its identifier.
    pub scale: String,
    /// Zones with at least one register dwelling.
    pub zones: usize,
    /// One entry for each universe that is offered at this scale, in the order of the catalogue.
    pub universes: Vec<CertificateUniverse>,
}

/// What one universe shows at one scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateUniverse {
    /// Id of the universe.
    pub universe: String,
    /// Zones whose figures over it are published.
    pub published: usize,
    /// Contributors in the published zones.
    pub visible: u64,
    /// Published zones that only the opening of whole communes lets out; absent where none is.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub opened: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}
