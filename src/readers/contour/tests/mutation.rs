//! No bytes make the reading panic.

use geo::Geometry;
use geozero::wkb::GpkgWkb;
use geozero::{CoordDimensions, ToWkb};
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
        match read(&path, &ContourSpec::new(Scale::COMMUNE)) {
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

/// Puts numbers that are too large, of either byte order, at every place of a file.
fn false_numbers(original: &[u8], mut read: impl FnMut(&[u8])) {
    for index in 0..original.len() {
        for number in [[0xff; 4], [0xff, 0xff, 0xff, 0x7f], [0x7f, 0xff, 0xff, 0xff], [0, 0, 0, 9]]
        {
            let mut bytes = original.to_vec();
            for (byte, new) in bytes[index..].iter_mut().zip(number) {
                *byte = new;
            }
            read(&bytes);
        }
    }
}

#[test]
fn false_numbers_at_any_place_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, extension) in [
        (Kind::FlatGeobuf, "fgb"),
        (Kind::Shapefile, "shp"),
        (Kind::Shapefile, "shx"),
        (Kind::Shapefile, "dbf"),
    ] {
        let path = write(folder.path(), kind, &zones(), 2154);
        let target = path.with_extension(extension);
        let mut refused = 0;
        false_numbers(&std::fs::read(&target).unwrap(), |bytes| {
            std::fs::write(&target, bytes).unwrap();
            refused += usize::from(read(&path, &ContourSpec::new(Scale::COMMUNE)).is_err());
        });
        assert!(refused > 50, "{extension}: {refused}");
    }
    let (_, _, area) = zones().swap_remove(1);
    let geometry = Geometry::MultiPolygon(area);
    let blob = geometry.to_gpkg_wkb(CoordDimensions::xy(), Some(2154), vec![]).unwrap();
    let mut refused = 0;
    false_numbers(&blob, |bytes| {
        refused += usize::from(rings::rings(&GpkgWkb(bytes), 1).is_err());
    });
    assert!(refused > 50, "{refused}");
}
