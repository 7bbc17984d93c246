//! No bytes make the reading panic.

use proptest::prelude::*;

use super::super::*;
use super::fixture::{Kind, write, zones};

/// Places as a share of the file, new bytes, and how much of the file is kept.
fn damages() -> impl Strategy<Value = (Vec<(f64, u8)>, f64)> {
    let change = (0.0..1.0f64, prop_oneof![any::<u8>(), Just(0), Just(0xff), Just(0x7f)]);
    (prop::collection::vec(change, 1..12), prop_oneof![4 => Just(1.0), 1 => 0.0..1.0f64])
}

/// The bytes with the damage done.
fn damaged(original: &[u8], (changes, kept): &(Vec<(f64, u8)>, f64)) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for (place, byte) in changes {
        let index = (*place * bytes.len() as f64) as usize;
        bytes[index] = *byte;
    }
    bytes.truncate((bytes.len() as f64 * kept) as usize);
    bytes
}

/// Damages one file of a format again and again. Whatever comes out is contours or a message; a
/// panic of the database's thread is neither.
fn check(kind: Kind, extension: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), kind, &zones(), 2154);
    let target = extension.map_or(path.clone(), |extension| path.with_extension(extension));
    let original = std::fs::read(&target).unwrap();
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) };
    proptest!(config, |(damages in damages())| {
        std::fs::write(&target, damaged(&original, &damages)).unwrap();
        match read(&path, &ContourSpec::new(Scale::Commune)) {
            Ok(contours) => {
                prop_assert!(!contours.as_slice().is_empty());
                for contour in contours.as_slice() {
                    prop_assert!(contour.area().iter().all(|part| part.exterior().is_closed()));
                }
            }
            Err(error) => prop_assert!(!error.to_string().contains("lecture interrompue")),
        }
    });
}

#[test]
fn damaged_geojson_is_read_or_refused() {
    check(Kind::GeoJson, None);
}

#[test]
fn damaged_flatgeobuf_is_read_or_refused() {
    check(Kind::FlatGeobuf, None);
}

#[test]
fn damaged_geopackages_are_read_or_refused() {
    check(Kind::GeoPackage, None);
}

#[test]
fn damaged_shapefiles_are_read_or_refused() {
    for extension in ["shp", "shx", "dbf", "prj"] {
        check(Kind::Shapefile, Some(extension));
    }
}
