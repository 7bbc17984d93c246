//! The follow-up committee of a convention (article 1): who sits on it, and what it was consulted on.

use std::fmt;
use std::str::FromStr;

use domain::{Fault, HasFault};

/// For whom somebody sits on the committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seat {
    /// A landlord present on the territory, member of the association or not.
    Bailleur,
    /// The regional association of landlords.
    Association,
    /// The EPCI.
    Epci,
    /// The third party, if there is one.
    Tiers,
}

/// What the committee was consulted on: it is associated with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// A stage of the work.
    Etape,
    /// An analysis.
    Analyse,
    /// A publication.
    Publication,
}

/// A text that names neither a seat nor a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
pub enum UnknownSeat {
    #[error("qualité inconnue ; écrire bailleur, association, epci ou tiers")]
    Seat,
    #[error("objet de consultation inconnu ; écrire etape, analyse ou publication")]
    Stage,
}

impl HasFault for UnknownSeat {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

impl Seat {
    /// Every seat.
    pub const ALL: [Seat; 4] = [Seat::Bailleur, Seat::Association, Seat::Epci, Seat::Tiers];

    /// The identifier in commands, answers and the database.
    pub fn id(self) -> &'static str {
        match self {
            Seat::Bailleur => "bailleur",
            Seat::Association => "association",
            Seat::Epci => "epci",
            Seat::Tiers => "tiers",
        }
    }
}

impl Stage {
    /// Every stage.
    pub const ALL: [Stage; 3] = [Stage::Etape, Stage::Analyse, Stage::Publication];

    /// The identifier in commands, answers and the database.
    pub fn id(self) -> &'static str {
        match self {
            Stage::Etape => "etape",
            Stage::Analyse => "analyse",
            Stage::Publication => "publication",
        }
    }
}

impl fmt::Display for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Seat {
    type Err = UnknownSeat;

    fn from_str(text: &str) -> Result<Seat, UnknownSeat> {
        Seat::ALL.into_iter().find(|seat| seat.id() == text).ok_or(UnknownSeat::Seat)
    }
}

impl FromStr for Stage {
    type Err = UnknownSeat;

    fn from_str(text: &str) -> Result<Stage, UnknownSeat> {
        Stage::ALL.into_iter().find(|stage| stage.id() == text).ok_or(UnknownSeat::Stage)
    }
}
