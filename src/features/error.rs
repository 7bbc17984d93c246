//! What can go wrong with rows, and with the questions about them.

use domain::{Fault, HasFault};
use edition::EditionError;
use tiles::TileError;

/// The rows cannot be given. It is the edition's fault or the machine's, never the reader's.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
pub enum FeatureError {
    #[error("l'édition ne donne pas ses zones")]
    Edition(#[from] EditionError),
    #[error("l'édition ne donne pas la place des noms")]
    Labels(#[from] TileError),
    /// The place in a tile of label points that breaks the format.
    #[error("une tuile de noms est illisible : {0}")]
    Label(&'static str),
    #[error("la lecture des zones s'est interrompue")]
    Interrupted,
}

impl HasFault for FeatureError {
    /// The edition and the machine belong to the operator.
    fn fault(&self) -> Fault {
        Fault::Environment
    }
}

impl FeatureError {
    /// Whether the log says it already: once for each file that cannot be used.
    pub fn was_said(&self) -> bool {
        match self {
            FeatureError::Edition(error) => matches!(error, EditionError::Unusable { .. }),
            FeatureError::Labels(error) => error.was_said(),
            _ => false,
        }
    }
}

/// A question about rows that has no answer. What does not exist and what may not be seen are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadQuestion {
    /// A column that the scale does not have, or not for this audience.
    #[error("un champ demandé n'existe pas à cette échelle, ou n'est pas pour vous")]
    Field,
    /// `within` is not written as a scale and a code.
    #[error("within s'écrit échelle:code, par exemple commune:95018 ou departement:95")]
    Within,
    /// `within` names a scale that is not made of communes.
    #[error("within nomme une commune ou une zone faite de communes entières")]
    WithinScale,
    /// `within` names a zone that does not exist or may not be seen.
    #[error("la zone de within n'existe pas, ou n'est pas dans votre territoire")]
    WithinUnknown,
}

impl HasFault for BadQuestion {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}
