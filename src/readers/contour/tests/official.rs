//! The official files of one département, where they lie beside the project.

use std::path::PathBuf;

use geo::Area;

use super::super::*;
use shared::shared;

fn val_doise(file: &str) -> Option<PathBuf> {
    shared(&format!("val-doise/{file}"))
}

#[test]
fn the_official_files_are_read_in_their_three_formats_and_two_systems() {
    for (file, scale, zones, epsg, code, name) in [
        ("communes.gpkg", Scale::COMMUNE, 184, 2154, "95018", "Argenteuil"),
        ("contours_iris.shp", Scale::IRIS, 37, 2154, "950180101", ""),
        ("qpv_2024.geojson", Scale::QPV, 42, 4326, "QN09506M", "Val D'Argent Sud"),
        ("epci.geojson", Scale::EPCI, 12, 4326, "200035970", "CC Vexin Centre"),
        ("departement.geojson", Scale::DEPARTEMENT, 1, 4326, "95", "Val-d'Oise"),
    ] {
        let Some(path) = val_doise(file) else { return };
        let contours = read(&path, &ContourSpec::new(scale)).unwrap();
        assert_eq!((contours.as_slice().len(), contours.crs().epsg()), (zones, epsg), "{file}");
        let contour = contours.get(code).unwrap();
        assert!(contour.name().starts_with(name), "{}", contour.name());
        assert!(contours.as_slice().is_sorted_by(|a, b| a.code() < b.code()));
        let areas: Vec<_> = contours.as_slice().iter().map(Contour::area).collect();
        assert!(areas.iter().all(|area| area.signed_area() > 0.0));
    }
}

#[test]
fn the_communes_of_a_departement_unite_into_it() {
    let Some(path) = val_doise("communes.gpkg") else { return };
    let communes = read(&path, &ContourSpec::new(Scale::COMMUNE)).unwrap();
    let areas: Vec<_> = communes.as_slice().iter().map(Contour::area).collect();
    let start = std::time::Instant::now();
    let whole = dissolve::union(&areas);
    eprintln!("union of {} communes: {:?}", areas.len(), start.elapsed());
    assert_eq!(whole.0.len(), 1);
    assert!(whole.0[0].interiors().is_empty());
    let sum: f64 = areas.iter().map(|area| area.unsigned_area()).sum();
    assert!((whole.unsigned_area() - sum).abs() < 1e-9 * sum);
}
