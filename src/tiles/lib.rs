//! From a stored tile to the one a reader may have: whole zones are kept or dropped, columns are
//! kept or dropped, nothing is added, averaged, clipped or split (`protect/RULES.md`, R4).

mod error;
mod filter;
mod gzip;
mod key;
mod store;
mod visibility;
mod wire;

pub use error::TileError;
pub use gzip::{gunzip, gzip};
pub use key::{Encoding, TileId, TileKey};
pub use store::{Tile, TileStore, Variant};

// Their edition is written by the half that builds.
#[cfg(test)]
mod tests;

#[cfg(test)]
mod sealed;
