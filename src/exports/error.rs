//! Why a file could not be written.

use domain::{Fault, HasFault};
use features::FeatureError;

/// The file is not whole: its reader left, the disk is full, the edition does not give its rows.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
pub enum ExportError {
    #[error("l'édition ne donne pas ses lignes")]
    Rows(#[from] FeatureError),
    #[error("fichier non écrit")]
    Io(#[from] std::io::Error),
    #[error("CSV non écrit")]
    Csv(#[from] ::csv::Error),
    #[error("JSON non écrit")]
    Json(#[from] serde_json::Error),
    #[error("XLSX non écrit")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    #[error("FlatGeobuf non écrit")]
    Fgb(#[from] flatgeobuf::Error),
    #[error("géométrie non écrite")]
    Geometry(#[from] geozero::error::GeozeroError),
    #[error("GeoPackage non écrit")]
    Gpkg(#[from] rusqlite::Error),
    #[error("GeoParquet non écrit")]
    Parquet(#[from] ::parquet::errors::ParquetError),
    #[error("ZIP non écrit")]
    Zip(#[from] ::zip::result::ZipError),
    /// A zone of the edition without geometry: none is published so.
    #[error("une zone n'a pas de géométrie")]
    NoGeometry,
}

impl HasFault for ExportError {
    /// The edition, the disk and the connection belong to the machine.
    fn fault(&self) -> Fault {
        match self {
            ExportError::Rows(error) => error.fault(),
            _ => Fault::Environment,
        }
    }
}
