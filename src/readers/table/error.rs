//! Why a whole file cannot be read. A bad row is a rejection instead.

use std::path::PathBuf;

use crate::reject::RejectError;
use domain::{Fault, HasFault};

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum TableError {
    #[error("{path} : illisible")]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "{path} : compression {format} abîmée ou fichier tronqué ; le redemander au producteur"
    )]
    Compressed { path: PathBuf, format: &'static str, source: std::io::Error },
    #[error("{path} : c'est un classeur, pas un CSV ; l'enregistrer en CSV (UTF-8, point-virgule)")]
    Workbook { path: PathBuf },
    #[error(
        "{path} : l'archive ZIP doit tenir un fichier CSV et un seul, sans mot de passe ; l'extraire, et \
         nommer les fichiers"
    )]
    Archive { path: PathBuf },
    #[error("{path} : fichier vide")]
    Empty { path: PathBuf },
    #[error("{path} : l'en-tête n'est suivi d'aucune ligne")]
    NoRow { path: PathBuf },
    #[error("{path} : encodage UTF-16 ; l'enregistrer en UTF-8 ou en Windows-1252")]
    Utf16 { path: PathBuf },
    #[error(
        "{path}, ligne {line} : plus de 1 Mio sans fin de ligne ; est-ce bien un fichier CSV ?"
    )]
    NoLineEnd { path: PathBuf, line: u64 },
    #[error("{path}, ligne {line} : en-tête illisible ({problem})")]
    Header { path: PathBuf, line: u64, problem: &'static str },
    #[error("{path}, ligne {line} : plus de {limit} colonnes")]
    TooManyColumns { path: PathBuf, line: u64, limit: usize },
    #[error(
        "{path}, ligne {line} : il manque la colonne {column}{spellings}, obligatoire pour le fichier « {table} »"
    )]
    MissingColumn { path: PathBuf, line: u64, table: String, column: String, spellings: String },
    #[error(
        "{path}, ligne {line} : les colonnes {first} et {second} désignent toutes deux {column}"
    )]
    DuplicateColumn { path: PathBuf, line: u64, column: String, first: usize, second: usize },
    #[error("{path}, ligne {line}{} : {reason}", in_column(.column))]
    Row { path: PathBuf, line: u64, column: Option<String>, reason: &'static str },
    #[error("le fichier des rejets ne peut pas être écrit")]
    Reject(#[from] RejectError),
}

fn in_column(column: &Option<String>) -> String {
    column.as_ref().map(|name| format!(", colonne {name}")).unwrap_or_default()
}

impl HasFault for TableError {
    /// A file that is not there was named by the configuration.
    fn fault(&self) -> Fault {
        match self {
            TableError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Fault::Usage
            }
            TableError::Read { .. } | TableError::Reject(_) => Fault::Environment,
            _ => Fault::Input,
        }
    }
}
