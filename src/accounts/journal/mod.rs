//! The journal: what was done and consulted, by whom, when.
//!
//! An entry names accounts by their identifier, never by an address, and holds no figure. It is
//! written in the transaction of the change that it tells of, so that neither is without the other.

mod chain;
mod communes;
mod entry;
mod reading;
mod recorder;
mod writer;

pub use chain::{BadNoted, ChainCheck, Noted};
pub use entry::{Entry, Kind};
pub(crate) use entry::{Event, append};
pub use reading::csv_of_journal;
pub(crate) use reading::read_entry;
pub use recorder::{Area, Recorder};
pub use writer::Writer;
