//! The editions on disk, as the half that serves reads them: immutable folders, and one small
//! file that says which of them are active, beside the ledger of those that ever were.
//!
//! Nothing here decides who may see what: tiles and zones leave this room complete, and only `tiles` and
//! `features` read them.

mod active;
mod archive;
mod error;
mod folder;
mod id;
mod ledger;
mod readable;
mod set;
mod unchanged;
mod verify;
mod zone_file;

pub use active::{activate, active_ids, check_vintage, installed, read_ledger, withdraw};
pub use error::{BadContent, EditionError};
pub use folder::{Edition, manifest_digest};
pub use id::EditionId;
pub use ledger::Ledger;
pub use set::{ActiveSet, Editions};
pub use verify::{FileProblem, verify};
pub use zone_file::ZoneFile;

// A small edition for tests, also for those of the rooms that serve it.
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
#[cfg(test)]
mod tests;
