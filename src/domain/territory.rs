//! Territories as people name them: `commune:95018`, `epci:200058519`, `france`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{CommuneCode, Group, Scale, ZoneCode};
use crate::fault::{Fault, HasFault};

/// The text names no territory.
#[derive(Debug, thiserror::Error)]
#[error(
    "territoire illisible ; écrire france, region:84, departement:95, epci:200058519, ept:200058485 ou commune:95018"
)]
pub struct BadTerritory;

impl HasFault for BadTerritory {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// One named part of the country on which a right is given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TerritoryName {
    /// Every commune of the edition.
    France,
    /// Those of a région, by its INSEE code (`84`).
    Region(ZoneCode),
    /// Those of a département, by its INSEE code (`95`, `2A`, `971`).
    Departement(ZoneCode),
    /// Those of an EPCI, by its SIREN.
    Epci(ZoneCode),
    /// Those of an établissement public territorial, by its SIREN.
    Ept(ZoneCode),
    /// One commune.
    Commune(CommuneCode),
}

impl FromStr for TerritoryName {
    type Err = BadTerritory;

    fn from_str(text: &str) -> Result<Self, BadTerritory> {
        if text == "france" {
            return Ok(TerritoryName::France);
        }
        let (kind, code) = text.split_once(':').ok_or(BadTerritory)?;
        let zone = || code.parse::<ZoneCode>().map_err(|_| BadTerritory);
        match kind {
            "region" => Ok(TerritoryName::Region(zone()?)),
            "departement" => Ok(TerritoryName::Departement(zone()?)),
            "epci" => Ok(TerritoryName::Epci(zone()?)),
            "ept" => Ok(TerritoryName::Ept(zone()?)),
            "commune" => Ok(TerritoryName::Commune(code.parse().map_err(|_| BadTerritory)?)),
            _ => Err(BadTerritory),
        }
    }
}

impl fmt::Display for TerritoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TerritoryName::France => f.write_str("france"),
            TerritoryName::Region(code) => write!(f, "region:{code}"),
            TerritoryName::Departement(code) => write!(f, "departement:{code}"),
            TerritoryName::Epci(code) => write!(f, "epci:{code}"),
            TerritoryName::Ept(code) => write!(f, "ept:{code}"),
            TerritoryName::Commune(code) => write!(f, "commune:{code}"),
        }
    }
}

/// The code of the only zone that holds every commune.
pub const COUNTRY: &str = "FR";

/// One commune of an edition and the zones above it: a row of the edition's `communes.json`.
/// It comes from official tables only, never from a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommuneRow {
    /// The official code, unique in the edition.
    pub code: CommuneCode,
    /// The official name.
    pub nom: String,
    /// INSEE code of its département.
    pub departement: String,
    /// INSEE code of its région.
    pub region: String,
    /// SIREN of the EPCI; `None` for the few communes without one.
    pub epci: Option<String>,
    /// SIREN of the établissement public territorial, inside the Métropole du Grand Paris only.
    pub ept: Option<String>,
    /// West, south, east, north of the contour in degrees; `None` without a contour.
    pub bounds: Option<[f64; 4]>,
}

/// What a consultation was of: an edition names itself and its communes.
pub trait Consultable: Send + Sync {
    /// `2024r1`.
    fn name(&self) -> String;
    /// Its communes.
    fn commune_rows(&self) -> &[CommuneRow];
}

impl CommuneRow {
    /// The code of the zone of a reference scale that contains this commune.
    pub fn parent(&self, scale: Scale) -> Option<&str> {
        match scale.group()? {
            Group::Epci => self.epci.as_deref(),
            Group::Ept => self.ept.as_deref(),
            Group::Departement => Some(&self.departement),
            Group::Region => Some(&self.region),
            Group::Country => Some(COUNTRY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_territory_reads_back_as_written() {
        for text in [
            "france",
            "region:84",
            "departement:2A",
            "epci:200058519",
            "ept:200058485",
            "commune:95018",
        ] {
            assert_eq!(text.parse::<TerritoryName>().unwrap().to_string(), text);
        }
        for text in ["", "France", "commune:1", "pays:1", "epci:", "epci:a b"] {
            assert!(text.parse::<TerritoryName>().is_err(), "{text}");
        }
    }
}
