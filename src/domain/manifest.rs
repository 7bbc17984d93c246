//! The two public documents of an edition: `manifest.json` and `certificate.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Opening, Scale};

/// `manifest.json`: what an edition is, and the digest of each of its files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `2024r1`: vintage and revision.
    pub id: String,
    pub vintage: u16,
    pub revision: u16,
    /// The least number of contributors of a published figure; at least 11.
    pub threshold: u32,
    /// The program that made the edition, with its version.
    pub engine: String,
    pub scales: Vec<ManifestScale>,
    /// Ids of the universes, parents first.
    pub universes: Vec<String>,
    /// Ids of the indicators.
    pub indicators: Vec<String>,
    /// For each indicator, the upper bounds of its legend classes but the last, rising: quantiles
    /// of published figures, rounded. 0 is a class of its own below them.
    pub classes: BTreeMap<String, Vec<f64>>,
    pub attribution: String,
    /// File name → lower-case hexadecimal SHA-256, for every file but this one.
    pub files: BTreeMap<String, String>,
}

/// One scale of an edition. A scale without any zone is not listed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestScale {
    pub id: Scale,
    pub label: String,
    pub minzoom: u8,
    pub maxzoom: u8,
    /// Number of zones, with or without register dwellings.
    pub zones: usize,
    /// West, south, east, north in degrees.
    pub bounds: [f64; 4],
}

impl Manifest {
    /// The entry of a scale, if the edition has it.
    pub fn scale(&self, scale: Scale) -> Option<&ManifestScale> {
        self.scales.iter().find(|entry| entry.id == scale)
    }
}

/// `certificate.json`: what was proved, by which rules. Nothing in it depends on a secret cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    pub engine: String,
    pub threshold: u32,
    /// Rules kept in full, but for what `opened` names: `R1`, `R3`, …
    pub rules: Vec<String>,
    /// Whether R2 holds for every linear combination (`full`), or for those of each universe alone
    /// and, between a domain and its filter, zone by zone (`universes`).
    pub r2: String,
    /// What the rules do not cover, in French sentences.
    pub limits: Vec<String>,
    pub scales: Vec<CertificateScale>,
    /// What the operator opened; absent where that is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opened: Vec<CertificateOpening>,
}

/// A regime that the operator opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateOpening {
    pub opening: Opening,
    /// What follows of it, in a French sentence.
    pub warning: String,
}

/// What one scale shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateScale {
    pub scale: Scale,
    /// Zones with at least one register dwelling.
    pub zones: usize,
    pub universes: Vec<CertificateUniverse>,
}

/// What one universe shows at one scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateUniverse {
    pub universe: String,
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
