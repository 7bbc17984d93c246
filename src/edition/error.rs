//! What can go wrong with the editions on disk.

use std::path::PathBuf;

use pmtiles::PmtError;

use super::EditionId;
use super::folder::MOST_SCALES;
use domain::{BadCatalogue, Fault, HasFault, Scale};

/// An edition, or the list of active ones, cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
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
    #[error("{path} : contenu invalide")]
    Content { path: PathBuf, source: BadContent },
    #[error("{path} : archive de tuiles illisible")]
    Archive { path: PathBuf, source: PmtError },
    /// The file does not give what it holds; the log said why.
    #[error("{path} : inutilisable")]
    Unusable { path: PathBuf },
    #[error("aucune édition « {0} » dans le dossier des éditions")]
    Unknown(String),
    #[error("l'édition n'a pas l'échelle {0}")]
    NoScale(Scale),
    #[error("{path} : plus de {limit} éditions actives")]
    TooMany { path: PathBuf, limit: usize },
    #[error(
        "{id} : le millésime {} a déjà été publié par l'édition {listed}, et la différence de deux \
         éditions d'un même millésime montrerait des ménages ; {listed} peut être activée de \
         nouveau, {id} bâtie avec activate = false, ou retirée par seuil edition withdraw",
        id.vintage()
    )]
    Published { id: EditionId, listed: EditionId },
    #[error(
        "{id} : le millésime {} a déjà été publié par une édition de ce nom, et celle-ci n'est pas \
         la même (son manifeste diffère) ; remettre la première, d'une sauvegarde ou des mêmes \
         données",
        id.vintage()
    )]
    NotTheSame { id: EditionId },
    #[error(
        "{id} : active, mais absente du registre des activations ; l'y inscrire par seuil edition \
         activate, ou la retirer par seuil edition withdraw"
    )]
    NotListed { id: EditionId },
    #[error(
        "{id} : active depuis avant le registre des activations, et inutilisable ; remettre son \
         dossier, pour que le registre puisse l'inscrire"
    )]
    CannotList { id: EditionId, source: Box<EditionError> },
    #[error(
        "{path}, ligne {line} : registre des activations {problem} ; le remettre d'une sauvegarde"
    )]
    Ledger { path: PathBuf, line: usize, problem: &'static str },
    #[error("{path} : registre des activations absent ; le remettre d'une sauvegarde")]
    NoLedger { path: PathBuf },
    #[error("{path} : registre des activations illisible ; le remettre d'une sauvegarde")]
    UnreadableLedger { path: PathBuf, source: Box<EditionError> },
}

/// Why the content of a file of an edition cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
pub enum BadContent {
    #[error("l'identifiant n'est pas celui du dossier")]
    OtherId,
    #[error("l'échelle {0} y est deux fois")]
    ScaleTwice(Scale),
    #[error("plus de {MOST_SCALES} échelles")]
    Scales,
    #[error("zooms impossibles pour {0}")]
    Zooms(Scale),
    #[error("l'empreinte n'est pas celle du manifeste")]
    Digest,
    #[error("les tuiles doivent être du MVT compressé par gzip")]
    NotGzipMvt,
    /// Where the file of zones breaks its format.
    #[error("zones illisibles : {0}")]
    Zones(&'static str),
    #[error(transparent)]
    Catalogue(#[from] BadCatalogue),
}

impl HasFault for BadContent {
    fn fault(&self) -> Fault {
        Fault::Environment
    }
}

impl HasFault for EditionError {
    fn fault(&self) -> Fault {
        use EditionError as E;
        match self {
            E::Id
            | E::Unknown(_)
            | E::Published { .. }
            | E::NotTheSame { .. }
            | E::NotListed { .. }
            | E::CannotList { .. }
            | E::Ledger { .. }
            | E::NoLedger { .. }
            | E::UnreadableLedger { .. } => Fault::Usage,
            E::Read { .. }
            | E::Write { .. }
            | E::TooLarge { .. }
            | E::Json { .. }
            | E::Content { .. }
            | E::Archive { .. }
            | E::Unusable { .. }
            | E::NoScale(_)
            | E::TooMany { .. } => Fault::Environment,
        }
    }
}
