//! How hard the invented territory is, and how large it is for so many households.

use std::str::FromStr;

use super::run::DEFAULT_HOUSEHOLDS;
use super::territory::Land;
use super::{SynthError, conurbation, country};

/// How the dwellings lie: what the secrecy step costs follows the density of its borders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Geometry {
    /// Large IRIS, neighbourhoods inside their cells: a département up to [`DEFAULT_HOUSEHOLDS`]
    /// (100 communes), a piece of a fictive France beyond.
    #[default]
    Easy,
    /// The fictive France with ten conurbations of Paris's and Lyon's size for all of it, one at
    /// least: small IRIS, neighbourhoods across every border, missing codes, estates.
    Dense,
    /// One such conurbation and nothing around it.
    Conurbation,
}

/// A territory to be invented.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) land: Land,
    pub(super) communes: usize,
    pub(super) dwellings: u64,
}

/// A larger territory is larger than France.
const MOST: u64 = 6_000_000;

impl Geometry {
    /// What so many households are.
    ///
    /// # Errors
    /// [`SynthError::Households`] where a smaller territory has no room for its traps or for a
    /// conurbation, or a larger one is larger than France.
    pub(super) fn extent(self, households: u64) -> Result<Extent, SynthError> {
        let least = match self {
            Geometry::Easy => 2_000,
            Geometry::Dense | Geometry::Conurbation => 20_000,
        };
        if !(least..=MOST).contains(&households) {
            return Err(SynthError::Households(least, MOST));
        }
        let (land, communes, dwellings) = match self {
            Geometry::Easy if households <= DEFAULT_HOUSEHOLDS => {
                let communes = (100 * households / DEFAULT_HOUSEHOLDS).max(30) as usize;
                (Land::Departement, communes, households * 100 / 97)
            }
            Geometry::Easy => {
                (Land::Country, country::communes(households), country::dwellings(households))
            }
            Geometry::Dense => {
                (Land::DenseCountry, country::communes(households), country::dwellings(households))
            }
            Geometry::Conurbation => {
                let dwellings = country::dwellings(households);
                (Land::Conurbation, conurbation::communes(dwellings), dwellings)
            }
        };
        Ok(Extent { land, communes, dwellings })
    }
}

impl FromStr for Geometry {
    type Err = SynthError;

    fn from_str(text: &str) -> Result<Geometry, SynthError> {
        match text {
            "easy" => Ok(Geometry::Easy),
            "dense" => Ok(Geometry::Dense),
            "conurbation" => Ok(Geometry::Conurbation),
            _ => Err(SynthError::Geometry),
        }
    }
}
