//! The only door between raw and published figures.

mod published;

pub use published::{Figure, Published, PublishedScale};
