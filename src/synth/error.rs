//! What stops the invention.

use std::path::PathBuf;

use domain::{Fault, HasFault};

/// The files could not be invented.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
pub enum SynthError {
    #[error("{0} : le dossier n'est pas vide ; en donner un autre, ou le vider")]
    NotEmpty(PathBuf),
    #[error("--households : le nombre de ménages va de {0} à {1} pour cette géométrie")]
    Households(u64, u64),
    #[error(
        "--points exclut --households et --geometry : les points disent leurs logements et leurs lieux"
    )]
    Both,
    #[error("--geometry : easy, dense ou conurbation est attendu")]
    Geometry,
    #[error("{path} : écriture impossible")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("{path} : lecture impossible")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} : CSV illisible")]
    Csv { path: PathBuf, source: csv::Error },
    #[error("{path} : il manque la colonne {column}")]
    Column { path: PathBuf, column: &'static str },
    #[error("{path}, ligne {line}, colonne {column} : {problem}")]
    Value { path: PathBuf, line: u64, column: &'static str, problem: &'static str },
    #[error("{path} : plus de {limit} logements")]
    TooMany { path: PathBuf, limit: u64 },
    #[error("{path} : le fichier ne contient aucun point")]
    Empty { path: PathBuf },
    #[error("{path} : contours impossibles à écrire ({message})")]
    Contours { path: PathBuf, message: String },
    #[error("projection impossible ({0})")]
    Projection(String),
}

impl HasFault for SynthError {
    fn fault(&self) -> Fault {
        match self {
            SynthError::NotEmpty(_)
            | SynthError::Households(..)
            | SynthError::Both
            | SynthError::Geometry => Fault::Usage,
            SynthError::Read { .. }
            | SynthError::Csv { .. }
            | SynthError::Column { .. }
            | SynthError::Value { .. }
            | SynthError::TooMany { .. }
            | SynthError::Empty { .. } => Fault::Input,
            SynthError::Write { .. } | SynthError::Contours { .. } | SynthError::Projection(_) => {
                Fault::Environment
            }
        }
    }
}
