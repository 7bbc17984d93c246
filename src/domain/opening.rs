//! What an operator may open of the register, by configuration. Nothing is opened by default, and
//! the household survey (regime `ops`) never is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::fault::{Fault, HasFault};

/// A legal regime of the register whose threshold the operator lifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Opening {
    /// The data that CCH R411-4 makes public, and the register's own count, in every zone.
    RplsOuvert,
    /// Restricted data (CCH R411-5) of whole communes, under the threshold too.
    Communes,
}

impl Opening {
    /// The word of the configuration and of the certificate.
    pub fn id(self) -> &'static str {
        match self {
            Opening::RplsOuvert => "rpls_ouvert",
            Opening::Communes => "communes",
        }
    }

    /// What the certificate of an edition warns of.
    pub fn warning(self) -> &'static str {
        match self {
            Opening::RplsOuvert => {
                "L'exploitant a ouvert le régime rpls_ouvert : les données publiques du répertoire \
                 (CCH R411-4) et le nombre de logements sont diffusés dans chaque zone, sans seuil."
            }
            Opening::Communes => {
                "L'exploitant a ouvert le régime rpls_restreint pour des communes entières \
                 (CCH R411-5) : leurs données du répertoire peuvent décrire moins de logements que \
                 le seuil. Une telle commune ne se divise pas et ne dit rien des ménages."
            }
        }
    }
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// The text names nothing that can be opened.
#[derive(Debug, thiserror::Error)]
#[error("« {0} » ne s'ouvre pas ; ce qui peut s'ouvrir est rpls_ouvert et communes")]
pub struct UnknownOpening(String);

impl HasFault for UnknownOpening {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

impl FromStr for Opening {
    type Err = UnknownOpening;

    fn from_str(text: &str) -> Result<Self, UnknownOpening> {
        let known = [Opening::RplsOuvert, Opening::Communes];
        let found = known.into_iter().find(|opening| opening.id() == text);
        found.ok_or_else(|| UnknownOpening(text.to_owned()))
    }
}

impl TryFrom<String> for Opening {
    type Error = UnknownOpening;

    fn try_from(text: String) -> Result<Self, UnknownOpening> {
        text.parse()
    }
}

impl From<Opening> for &'static str {
    fn from(opening: Opening) -> &'static str {
        opening.id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_opening_reads_back_from_its_word_and_no_other_word_opens_anything() {
        for opening in [Opening::RplsOuvert, Opening::Communes] {
            let written = serde_json::to_value(opening).unwrap();
            assert_eq!(written, opening.id());
            assert_eq!(serde_json::from_value::<Opening>(written).unwrap(), opening);
        }
        for word in ["", "ops", "Communes", "rpls_restreint"] {
            assert!(word.parse::<Opening>().is_err(), "{word}");
        }
    }
}
