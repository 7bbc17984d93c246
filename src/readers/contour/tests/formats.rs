//! One content in every format is one answer.

use geo::Area;

use super::super::*;
use super::fixture::{Kind, write, zones};

fn commune() -> ContourSpec {
    ContourSpec::new(Scale::COMMUNE)
}

#[test]
fn the_four_formats_give_the_same_contours() {
    let folder = tempfile::tempdir().unwrap();
    for kind in Kind::ALL {
        let path = write(folder.path(), kind, &zones(), 2154);
        let contours = read(&path, &commune()).unwrap();
        assert_eq!(contours.crs().epsg(), 2154, "{kind:?}");
        let [ile, argenteuil] = contours.as_slice() else { panic!("{kind:?}: {contours:?}") };
        assert_eq!((ile.code().as_str(), ile.name()), ("01004", "L'Île-d'Été"), "{kind:?}");
        assert_eq!(argenteuil.code().as_str(), "95018");
        assert_eq!(ile.area().0[0].interiors().len(), 1, "{kind:?}");
        assert_eq!(argenteuil.area().0.len(), 2, "{kind:?}");
        assert!(ile.area().signed_area() > 0.0 && argenteuil.area().signed_area() > 0.0);
        // PROJ places the corner 640000.5 6870000.25 of EPSG:2154 there.
        let corner = argenteuil.area().0[0].exterior().0.iter();
        let near = corner.map(|at| (at.x - CORNER.0).hypot(at.y - CORNER.1)).fold(1.0, f64::min);
        assert!(near < 1e-9, "{kind:?}: {near}");
    }
}

const CORNER: (f64, f64) = (2.18115164000657, 48.9271841606899);

#[test]
fn a_file_that_says_no_system_needs_one_and_the_configuration_wins() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [Kind::FlatGeobuf, Kind::GeoPackage, Kind::Shapefile] {
        let path = write(folder.path(), kind, &zones(), 0);
        let error = read(&path, &commune()).unwrap_err();
        assert!(matches!(error.problem(), Problem::NoCrs), "{kind:?}: {error}");
        let told = ContourSpec { crs: Some("EPSG:2154".into()), ..commune() };
        assert_eq!(read(&path, &told).unwrap().as_slice().len(), 2, "{kind:?}");
        let wrong = ContourSpec { crs: Some("EPSG:3949".into()), ..commune() };
        let error = read(&path, &wrong).unwrap_err();
        assert!(matches!(error.problem(), Problem::Outside { .. }), "{kind:?}: {error}");
        std::fs::remove_file(path).unwrap();
    }
    for kind in Kind::ALL {
        let path = write(folder.path(), kind, &zones(), 2154);
        let wrong = ContourSpec { crs: Some("EPSG:4326".into()), ..commune() };
        let error = read(&path, &wrong).unwrap_err();
        assert!(matches!(error.problem(), Problem::Outside { .. }), "{kind:?}: {error}");
        std::fs::remove_file(&path).unwrap();
        // The configuration wins, and the file's word is not lost.
        let path = write(folder.path(), kind, &zones(), 3949);
        let right = ContourSpec { crs: Some("EPSG:2154".into()), ..commune() };
        let contours = read(&path, &right).unwrap();
        assert_eq!(contours.crs().epsg(), 2154, "{kind:?}");
        assert_eq!(contours.overruled().map(Crs::epsg), Some(3949), "{kind:?}");
    }
}

#[test]
fn a_layer_is_asked_for_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), Kind::GeoPackage, &zones(), 2154);
    let layer = |name: &str| ContourSpec { layer: Some(name.into()), ..commune() };
    assert_eq!(read(&path, &layer("les \"zones")).unwrap().as_slice().len(), 2);
    let message = read(&path, &layer("ailleurs")).unwrap_err().to_string();
    assert!(message.contains("« ailleurs »") && message.contains("les \"zones"), "{message}");
}

#[test]
fn a_qpv_in_several_entities_is_one_zone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("qpv.json");
    let square =
        |x: f64| format!("[[[{x},48],[{},48],[{},49],[{x},49],[{x},48]]]", x + 1.0, x + 1.0);
    let feature = |x: f64| {
        format!(
            r#"{{"properties":{{"code_qp":"QN09501M","lib_qp":"Les Cèdres"}},"geometry":{{"type":"Polygon","coordinates":{}}}}}"#,
            square(x)
        )
    };
    let text = format!(r#"{{"features":[{},{}]}}"#, feature(2.0), feature(3.0));
    std::fs::write(&path, text).unwrap();
    let contours = read(&path, &ContourSpec::new(Scale::QPV)).unwrap();
    let [qpv] = contours.as_slice() else { panic!("{contours:?}") };
    assert_eq!((qpv.area().0.len(), qpv.area().unsigned_area()), (1, 2.0));
    let told = ContourSpec { code: Some("code_qp".into()), ..ContourSpec::new(Scale::COMMUNE) };
    assert!(matches!(read(&path, &told).unwrap_err().problem(), Problem::Twice(..)));
}
