//! The rows of a selection as files: CSV, XLSX, GeoJSON, FlatGeobuf, GeoPackage, GeoParquet, and a ZIP of
//! CSV with its dictionary.
//!
//! Every format is written from one [`Sheet`], so all of them hold the same rows, columns and nulls; one
//! more is a writer and its line in [`Format`]. Figures are written as the edition publishes them; a column
//! `statut_…` for each universe tells a secret figure from one over nobody.

mod about;
mod csv;
mod dictionary;
mod error;
mod fgb;
mod format;
mod geojson;
mod gpkg;
mod parquet;
mod sheet;
mod wkb;
mod xlsx;
mod zip;

pub use about::About;
pub use error::ExportError;
pub use format::{Format, write};
pub use sheet::{Column, Sheet};
