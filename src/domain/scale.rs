//! The scales of the map, from the address point to the country.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One scale of the map. The order is the grain: the finest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    Adresse,
    Carreau,
    Iris,
    Qpv,
    Arrondissement,
    Commune,
    Epci,
    Ept,
    Departement,
    Region,
    France,
}

impl Scale {
    /// Every scale, the finest first.
    pub const ALL: [Scale; 11] = [
        Scale::Adresse,
        Scale::Carreau,
        Scale::Iris,
        Scale::Qpv,
        Scale::Arrondissement,
        Scale::Commune,
        Scale::Epci,
        Scale::Ept,
        Scale::Departement,
        Scale::Region,
        Scale::France,
    ];

    /// The identifier used in routes, file names and layer names.
    pub fn id(self) -> &'static str {
        match self {
            Scale::Adresse => "adresse",
            Scale::Carreau => "carreau",
            Scale::Iris => "iris",
            Scale::Qpv => "qpv",
            Scale::Arrondissement => "arrondissement",
            Scale::Commune => "commune",
            Scale::Epci => "epci",
            Scale::Ept => "ept",
            Scale::Departement => "departement",
            Scale::Region => "region",
            Scale::France => "france",
        }
    }

    /// The French name shown to people.
    pub fn label(self) -> &'static str {
        match self {
            Scale::Adresse => "Adresse",
            Scale::Carreau => "Carreau de 200 m",
            Scale::Iris => "Quartier IRIS",
            Scale::Qpv => "Quartier prioritaire (QPV)",
            Scale::Arrondissement => "Arrondissement municipal",
            Scale::Commune => "Commune",
            Scale::Epci => "Intercommunalité (EPCI)",
            Scale::Ept => "Établissement public territorial",
            Scale::Departement => "Département",
            Scale::Region => "Région",
            Scale::France => "France",
        }
    }

    /// The zoom levels whose tiles hold this scale, unless the manifest says otherwise.
    pub fn default_zooms(self) -> RangeInclusive<u8> {
        match self {
            Scale::Adresse => 12..=14,
            Scale::Carreau => 11..=14,
            Scale::Iris | Scale::Qpv => 10..=13,
            Scale::Arrondissement => 9..=12,
            Scale::Commune => 8..=11,
            Scale::Epci | Scale::Ept => 6..=9,
            Scale::Departement => 4..=7,
            Scale::Region => 0..=5,
            Scale::France => 0..=3,
        }
    }

    /// Whether zones of this scale are shown whole to every reader who holds a right inside
    /// them (EPCI, EPT, département, région, France), instead of by their communes.
    pub fn is_reference(self) -> bool {
        self >= Scale::Epci
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// The text names no scale.
#[derive(Debug, thiserror::Error)]
#[error(
    "échelle inconnue ; les échelles sont adresse, carreau, iris, qpv, arrondissement, commune, epci, ept, departement, region, france"
)]
pub struct UnknownScale;

impl FromStr for Scale {
    type Err = UnknownScale;

    fn from_str(text: &str) -> Result<Self, UnknownScale> {
        Scale::ALL.into_iter().find(|scale| scale.id() == text).ok_or(UnknownScale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scale_reads_back_from_its_id() {
        for scale in Scale::ALL {
            assert_eq!(scale.id().parse::<Scale>().unwrap(), scale);
            assert_eq!(serde_json::to_value(scale).unwrap(), scale.id());
        }
        assert!("Commune".parse::<Scale>().is_err());
    }

    #[test]
    fn the_finest_scale_comes_first() {
        assert!(Scale::ALL.is_sorted());
        assert!(!Scale::Commune.is_reference() && Scale::Epci.is_reference());
    }
}
