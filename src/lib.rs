//! Seuil: vector tiles of statistics about people that cannot say anything about fewer than
//! eleven households.
//!
//! The crate has two halves that share only `domain` and `config` and meet only in files:
//! `ingest → aggregate → secrecy → publish` makes an edition (feature `build`),
//! `edition → tiles → http` with `access` serves it. See ARCHITECTURE.md.

#[cfg(feature = "build")]
pub mod aggregate;
#[cfg(feature = "build")]
pub mod audit;
#[cfg(feature = "build")]
pub mod ingest;
#[cfg(feature = "build")]
pub mod publish;
#[cfg(feature = "build")]
pub mod secrecy;
#[cfg(feature = "build")]
pub mod synth;

pub mod access;
pub mod edition;
pub mod http;
pub mod tiles;

pub mod cli;
pub mod config;
pub mod domain;

#[cfg(test)]
#[path = "../tests/it/shared.rs"]
mod shared;
