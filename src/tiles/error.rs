//! A stored tile that cannot be turned into an answer.

use domain::{Fault, HasFault};
use edition::EditionError;

/// The tile cannot be made. It is the edition's fault or the machine's, never the reader's.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
pub enum TileError {
    #[error("l'édition ne donne pas la tuile")]
    Edition(#[from] EditionError),
    #[error("une tuile de l'édition n'est pas du gzip")]
    Gzip(#[source] std::io::Error),
    #[error("une tuile de l'édition dépasse {limit} octets décompressée")]
    TooLarge { limit: u64 },
    /// The place in the tile that breaks the format.
    #[error("une tuile de l'édition n'est pas du MVT : {0}")]
    Mvt(&'static str),
    #[error("le calcul d'une tuile s'est interrompu")]
    Interrupted,
}

impl HasFault for TileError {
    /// The edition and the machine belong to the operator.
    fn fault(&self) -> Fault {
        Fault::Environment
    }
}

impl TileError {
    /// Whether the log says it already: once for each archive that cannot be used.
    pub fn was_said(&self) -> bool {
        matches!(self, TileError::Edition(EditionError::Unusable { .. }))
    }
}
