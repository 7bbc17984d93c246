//! `seuil synth`: invented input files in the official layouts.
//!
//! Either a whole fictive territory (registers, survey, contours, code tables), a département by
//! default and a piece of a fictive France beyond, or invented occupants for real dwelling points. The same seed writes the same bytes on any machine and
//! with any number of threads: every commune (or batch of points) has its own random stream, and
//! lengths are whole millimetres.

mod address;
mod borders;
mod contours;
mod conurbation;
mod country;
mod dice;
mod dwelling;
mod error;
mod geometry;
mod household;
mod lattice;
mod names;
mod output;
mod points;
mod project;
mod qpv;
mod quarters;
mod rows;
mod run;
mod stock;
mod territory;

#[cfg(test)]
mod tests;

pub use error::SynthError;
pub use geometry::Geometry;
pub use run::{DEFAULT_HOUSEHOLDS, DEFAULT_SEED, Options, Summary, run};

/// The vintage of the invented survey; the reference date is its 1 January.
pub(crate) const VINTAGE: i32 = 2024;
