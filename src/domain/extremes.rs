//! Figures that say of nearly everybody, or of nearly nobody, what they say (`protect/RULES.md`, R10): the
//! words for them, and where they are kept back.

use serde::{Deserialize, Serialize};

use crate::{Scale, Unit};

/// A figure is extreme where its numerator, or what its denominator has more, is at most this, in the
/// unit of the denominator. With 1, two bands of one would be told by their sum.
pub const EXTREME: i64 = 2;

/// Under so many households a QPV has no extreme figure.
pub const SMALL_QPV: u64 = 100;

/// Which extremes of a family are kept back, as the rules say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extremes {
    /// None.
    #[default]
    Off,
    /// Those that say something of nearly everybody.
    High,
    /// Those that say it of nearly nobody, too.
    Both,
}

impl Extremes {
    /// Whether none is.
    pub fn is_off(&self) -> bool {
        *self == Extremes::Off
    }
}

/// What is said in the place of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Its numerator is at most [`EXTREME`].
    Low,
    /// Its numerator is its denominator but for at most [`EXTREME`].
    High,
    /// It is withheld beside another, which it would tell.
    Withheld,
}

impl Mark {
    /// What the column `<indicator>_ext` holds.
    pub fn id(self) -> &'static str {
        match self {
            Mark::Low => "bas",
            Mark::High => "haut",
            Mark::Withheld => "nd",
        }
    }

    /// The mark that a column holds; `None` for other text.
    pub fn of(id: &str) -> Option<Mark> {
        [Mark::Low, Mark::High, Mark::Withheld].into_iter().find(|mark| mark.id() == id)
    }
}

/// What the columns of marks say, in French: one sentence for every format.
pub const MARKS: &str =
    "bas : au plus 2 ; haut : tous sauf 2 au plus ; nd : non détaillé, à côté d'un autre chiffre";

impl Scale {
    /// Whether figures of its zones may be kept back for being extreme: under the IRIS, and in a QPV.
    pub fn has_marks(self) -> bool {
        !self.is_as_wide_as(Scale::IRIS) || self == Scale::QPV
    }

    /// Whether they are in a zone where so many households have an answer.
    pub fn keeps_extremes(self, contributors: u64) -> bool {
        self.has_marks() && (self != Scale::QPV || contributors < SMALL_QPV)
    }
}

impl Unit {
    /// Whether a figure is a part of a whole.
    pub fn is_share(self) -> bool {
        self == Unit::Pourcent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_are_kept_back_under_the_iris_and_in_small_qpv() {
        for scale in [Scale::ADRESSE, Scale::GRAPPE, Scale::CARREAU] {
            assert!(scale.keeps_extremes(5_000), "{scale}");
        }
        assert!(Scale::QPV.keeps_extremes(99) && !Scale::QPV.keeps_extremes(100));
        for scale in [Scale::IRIS, Scale::COMMUNE_QPV, Scale::COMMUNE, Scale::FRANCE] {
            assert!(!scale.has_marks() && !scale.keeps_extremes(11), "{scale}");
        }
    }

    #[test]
    fn a_mark_is_read_back_from_its_column() {
        for mark in [Mark::Low, Mark::High, Mark::Withheld] {
            assert_eq!(Mark::of(mark.id()), Some(mark));
            assert!(MARKS.contains(&format!("{} : ", mark.id())));
        }
        assert_eq!(Mark::of("BAS"), None);
    }
}
