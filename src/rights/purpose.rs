//! The purposes of article 1 of the convention: four, and no other.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use domain::{Fault, HasFault};

/// Characters of an unknown purpose that a refusal repeats, at most.
const MAX_REPEATED: usize = 60;

/// What the figures may be used for (convention, article 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// To help to define housing policy.
    Politique,
    /// To programme social housing.
    Programmation,
    /// To observe and carry out local housing policy.
    Observation,
    /// To define intercommunal allocation policy.
    Attribution,
}

/// The purposes that a convention was signed for: at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purposes(BTreeSet<Purpose>);

/// A text that names no purpose of article 1, or none of a convention's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
pub enum BadPurpose {
    #[error(
        "finalité inconnue : « {0} » ; l'article 1 en connaît quatre : politique, programmation, observation, attribution"
    )]
    Unknown(Box<str>),
    #[error("une convention a au moins une finalité de l'article 1")]
    None,
    #[error("la finalité « {0} » n'est pas de celles de la convention")]
    NotSigned(Purpose),
}

impl HasFault for BadPurpose {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

impl Purpose {
    /// Every purpose, in the order of the article.
    pub const ALL: [Purpose; 4] =
        [Purpose::Politique, Purpose::Programmation, Purpose::Observation, Purpose::Attribution];

    /// The identifier in commands, answers, the database and the journal.
    pub fn id(self) -> &'static str {
        match self {
            Purpose::Politique => "politique",
            Purpose::Programmation => "programmation",
            Purpose::Observation => "observation",
            Purpose::Attribution => "attribution",
        }
    }

    /// In words, as people read it.
    pub fn label(self) -> &'static str {
        match self {
            Purpose::Politique => "aider à définir la politique de l'habitat",
            Purpose::Programmation => "programmer le logement social",
            Purpose::Observation => "observer et mettre en œuvre la politique locale de l'habitat",
            Purpose::Attribution => "définir la politique intercommunale d'attribution",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Purpose {
    type Err = BadPurpose;

    fn from_str(text: &str) -> Result<Purpose, BadPurpose> {
        let unknown = || {
            let shown = text.chars().take(MAX_REPEATED);
            BadPurpose::Unknown(shown.filter(|one| !super::name::hides(*one)).collect())
        };
        Purpose::ALL.into_iter().find(|one| one.id() == text).ok_or_else(unknown)
    }
}

impl Purposes {
    /// Some of the four.
    ///
    /// # Errors
    /// [`BadPurpose::None`] where there is not one.
    pub fn new(purposes: impl IntoIterator<Item = Purpose>) -> Result<Purposes, BadPurpose> {
        let set: BTreeSet<Purpose> = purposes.into_iter().collect();
        if set.is_empty() { Err(BadPurpose::None) } else { Ok(Purposes(set)) }
    }

    /// All four.
    pub fn all() -> Purposes {
        Purposes(Purpose::ALL.into())
    }

    /// In the order of the article.
    pub fn iter(&self) -> impl Iterator<Item = Purpose> {
        self.0.iter().copied()
    }

    /// What somebody declares to use figures for: without a word, everything that their convention
    /// was signed for; otherwise some of it, the identifiers separated by spaces or commas.
    ///
    /// # Errors
    ///
    /// [`BadPurpose::Unknown`] names a purpose that is none of the four, [`BadPurpose::NotSigned`]
    /// one that is not the convention's.
    pub fn declared(&self, said: Option<&str>) -> Result<Purposes, BadPurpose> {
        let Some(said) = said else { return Ok(self.clone()) };
        let declared: Purposes = said.parse()?;
        let other = declared.iter().find(|one| !self.0.contains(one));
        match other {
            Some(other) => Err(BadPurpose::NotSigned(other)),
            None => Ok(declared),
        }
    }
}

impl fmt::Display for Purposes {
    /// `politique attribution`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, purpose) in self.iter().enumerate() {
            write!(f, "{}{purpose}", if at == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl FromStr for Purposes {
    type Err = BadPurpose;

    fn from_str(text: &str) -> Result<Purposes, BadPurpose> {
        let words = text.split([' ', ',']).filter(|word| !word.is_empty());
        Purposes::new(words.map(str::parse).collect::<Result<Vec<Purpose>, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_one_of_the_four_and_an_unknown_one_is_named() {
        let read = |text: &str| {
            text.parse::<Purposes>().map(|all| all.to_string()).map_err(|bad| bad.to_string())
        };
        assert_eq!(read("attribution, politique").unwrap(), "politique attribution");
        assert_eq!(read("politique politique").unwrap(), "politique");
        assert!(read("politique revente").unwrap_err().contains("« revente »"));
        assert!(read("Politique").is_err() && read("").is_err() && read(" , ").is_err());
        assert!(!read("a\u{202e}b\n").unwrap_err().contains(['\u{202e}', '\n']));
        assert!(read(&"x".repeat(5_000)).unwrap_err().len() < 300);
        for purpose in Purpose::ALL {
            assert_eq!(purpose.id().parse(), Ok(purpose));
        }
    }

    #[test]
    fn what_is_declared_is_within_what_was_signed() {
        let signed: Purposes = "politique observation".parse().unwrap();
        assert_eq!(signed.declared(None).unwrap(), signed);
        assert_eq!(signed.declared(Some("observation")).unwrap().to_string(), "observation");
        let beyond = signed.declared(Some("observation attribution"));
        assert_eq!(beyond, Err(BadPurpose::NotSigned(Purpose::Attribution)));
        assert!(signed.declared(Some("")).is_err());
        assert_eq!(Purposes::all().iter().count(), 4);
    }
}
