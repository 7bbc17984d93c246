//! Writes an edition: FlatGeobuf, PMTiles, manifest, certificate. Complete or absent.

mod columns;
mod cut;
mod drawn;
mod encode;
mod grid;
mod ring;
mod simplify;
