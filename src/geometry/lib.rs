//! Zones on the integer grid of a zoom, their borders one between neighbours at every zoom. Knows
//! shapes and nothing of figures.

mod borders;
mod drawn;
mod faces;
pub mod grid;
mod noding;
mod outline;
mod pole;
pub mod ring;
#[cfg(any(test, feature = "fixture"))]
pub mod rough;
mod simplify;
#[cfg(test)]
mod tests;

pub use borders::Junctions;
pub use drawn::{Area, Drawn, Piece};
pub use outline::{DrawError, draw};
pub use pole::{PRECISION, Pole};
