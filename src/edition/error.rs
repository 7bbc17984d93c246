//! What can go wrong with the editions on disk.

use std::path::PathBuf;

use pmtiles::PmtError;

use crate::domain::Scale;

/// An edition, or the list of active ones, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EditionError {
    #[error("un identifiant d'édition s'écrit comme 2024r1")]
    Id,
    #[error("{path} : illisible")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} : écriture impossible")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("{path} : plus de {limit} octets")]
    TooLarge { path: PathBuf, limit: u64 },
    #[error("{path} : contenu invalide")]
    Json { path: PathBuf, source: serde_json::Error },
    #[error("{path} : {problem}")]
    Content { path: PathBuf, problem: String },
    #[error("{path} : archive de tuiles illisible")]
    Archive { path: PathBuf, source: PmtError },
    /// The archive does not give its tiles; the log said why.
    #[error("{path} : archive de tuiles inutilisable")]
    Unusable { path: PathBuf },
    #[error("aucune édition « {0} » dans le dossier des éditions")]
    Unknown(String),
    #[error("l'édition n'a pas l'échelle {0}")]
    NoScale(Scale),
    #[error("{path} : plus de {limit} éditions actives")]
    TooMany { path: PathBuf, limit: usize },
}

impl EditionError {
    /// Whether the person who typed the command can correct it.
    pub fn is_usage(&self) -> bool {
        matches!(self, EditionError::Id | EditionError::Unknown(_))
    }
}
