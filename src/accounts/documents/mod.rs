//! The papers of conventions: checked, encrypted, kept in the database, shown to those concerned.

mod keys;
mod pdf;
mod retention;
mod store;

pub use keys::{DocumentKeys, OVERHEAD};
pub use pdf::MAX_DOCUMENT;
pub use store::{Document, NewDocument, ReadDocument};
