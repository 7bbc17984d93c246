//! Writes an edition: FlatGeobuf, PMTiles, manifest, certificate. Complete or absent.
