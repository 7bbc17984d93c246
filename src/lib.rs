//! Seuil: vector tiles of statistics about people that cannot say anything about fewer than
//! eleven households.
//!
//! Each room is a crate in its own folder of `src`; Cargo says who may use whom. Two halves meet only
//! in files: `ingest → protect → publish`, joined by `pipeline`, makes an edition (feature `build`),
//! `edition → tiles → server` with `rights` and `accounts` serves it. See ARCHITECTURE.md.

pub mod cli;

#[cfg(feature = "build")]
pub use pipeline;
