//! The auditor's own count of the microdata: who is in which universe, and what each adds to which
//! indicator. It reads rows by the program's readers and shares nothing else with the build.

mod condition;
mod definitions;
mod members;
mod read;
mod totals;

pub use definitions::{Definitions, Found};
pub use members::Members;
pub use read::Counting;
pub use totals::Totals;

use crate::source::BadSource;
use readers::table::TableError;

use domain::{Fault, HasFault};

/// A bit for each universe of the catalogue, which holds at most 128.
pub type Mask = u128;

/// Why the microdata cannot be counted.
#[derive(Debug, thiserror::Error)]
pub enum BadCount {
    #[error("une somme dépasse 64 bits ; vérifier les fichiers d'entrée")]
    Overflow,
    #[error(
        "« {0} » : un membre de son univers n'a pas de numérateur ou de dénominateur ; le seuil \
         compterait plus que la part ne décrit"
    )]
    Unknown(String),
    #[error(transparent)]
    Read(#[from] BadSource),
}

impl HasFault for BadCount {
    fn fault(&self) -> Fault {
        match self {
            BadCount::Read(error) => error.fault(),
            BadCount::Overflow | BadCount::Unknown(_) => Fault::Input,
        }
    }
}

impl From<TableError> for BadCount {
    fn from(error: TableError) -> BadCount {
        BadCount::Read(error.into())
    }
}
