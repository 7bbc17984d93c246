//! The errors that stop a build.

use std::error::Error;
use std::path::PathBuf;

use domain::{Fault, HasFault, Scale};
use edition::{EditionError, EditionId};
use ingest::IngestError;
use protect::{BadPlan, BadTotals};
use publish::PublishError;
use readers::files::BadPattern;

use super::{BadPrevious, Stop};

/// The build stopped. Messages name files, lines, columns and keys, never a value.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
pub enum BuildError {
    #[error("il manque la section [build]")]
    NoSection,
    #[error("{path} : l'édition {id} existe déjà et ne se réécrit pas ; augmenter build.revision")]
    Exists { path: PathBuf, id: EditionId },
    #[error("{path} : illisible")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path}")]
    Rulebook { path: PathBuf, source: Box<dyn Error + Send + Sync> },
    #[error(transparent)]
    Rules(Box<dyn Error + Send + Sync>),
    #[error(
        "build.zones.{0} : ce nom est déjà celui d'un indicateur, d'une famille, d'un univers ou d'une \
         colonne ; en choisir un autre"
    )]
    Taken(Scale),
    #[error(transparent)]
    Plan(#[from] BadPlan),
    #[error(transparent)]
    Pattern(#[from] BadPattern),
    #[error(transparent)]
    Ingest(#[from] IngestError),
    #[error(
        "catalogue, « {indicator} » : des {members} de l'univers « {universe} » n'ont pas cette \
         réponse, le seuil porterait sur d'autres qu'eux ; lui donner un univers dont le filtre dit \
         known(…) des colonnes qu'il lit"
    )]
    Unknown { indicator: String, members: String, universe: String },
    #[error(transparent)]
    Protect(#[from] BadTotals),
    #[error("les preuves de la protection ne s'écrivent pas")]
    Record(#[source] std::io::Error),
    #[error("le rapport d'import ne s'écrit pas")]
    Report(#[source] std::io::Error),
    #[error("{}", lines(.0))]
    Stops(Vec<Stop>),
    #[error(transparent)]
    Previous(#[from] BadPrevious),
    #[error("build.previous.source")]
    Source(#[source] Box<config::BadConfig>),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Edition(#[from] EditionError),
}

/// Everything that is wrong, a line each.
fn lines(stops: &[Stop]) -> String {
    stops.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl BuildError {
    pub(crate) fn rulebook(path: PathBuf, error: impl Error + Send + Sync + 'static) -> BuildError {
        BuildError::Rulebook { path, source: Box::new(error) }
    }
}

impl HasFault for BuildError {
    fn fault(&self) -> Fault {
        match self {
            BuildError::NoSection
            | BuildError::Exists { .. }
            | BuildError::Unreadable { .. }
            | BuildError::Rulebook { .. }
            | BuildError::Rules(_)
            | BuildError::Taken(_)
            | BuildError::Source(_)
            | BuildError::Unknown { .. } => Fault::Usage,
            BuildError::Ingest(error) => error.fault(),
            BuildError::Plan(error) => error.fault(),
            BuildError::Pattern(error) => error.fault(),
            BuildError::Previous(error) => error.fault(),
            BuildError::Protect(error) => error.fault(),
            BuildError::Stops(_) => Fault::Input,
            BuildError::Record(_) | BuildError::Report(_) => Fault::Environment,
            BuildError::Publish(error) => error.fault(),
            BuildError::Edition(error) => error.fault(),
        }
    }
}
