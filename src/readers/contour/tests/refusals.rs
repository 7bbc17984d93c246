//! What is wrong is told by name.

use super::super::*;
use super::fixture::{Kind, write, zones};
use domain::HasFault;

/// Reads a GeoJSON of entities and expects words of the message.
#[track_caller]
fn check(features: &str, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zones.json");
    std::fs::write(&path, format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#))
        .unwrap();
    told(&path, words);
}

#[track_caller]
fn told(path: &Path, words: &[&str]) {
    let error = read(path, &ContourSpec::new(Scale::COMMUNE)).unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with(&path.display().to_string()), "{message}");
    assert!(words.iter().all(|word| message.contains(word)), "{message}");
}

fn feature(code: &str, kind: &str, coordinates: &str) -> String {
    format!(
        r#"{{"properties":{{"insee_com":"{code}"}},"geometry":{{"type":"{kind}","coordinates":{coordinates}}}}}"#
    )
}

const SQUARE: &str = "[[[2,48],[3,48],[3,49],[2,49],[2,48]]]";

#[test]
fn a_polygon_that_crosses_itself_is_refused_with_its_code_and_the_remedy() {
    let bow = feature("95018", "Polygon", "[[[2,48],[3,49],[3,48],[2,49],[2,48]]]");
    check(&bow, &["95018", "se croise", "ogr2ogr -makevalid"]);
    let hole_outside = "[[[2,48],[3,48],[3,49],[2,49],[2,48]],[[5,48],[6,48],[6,49],[5,48]]]";
    check(&feature("95018", "Polygon", hole_outside), &["95018", "trou"]);
    let crossing_parts = "[[[[2,48],[3,48],[3,49],[2,49],[2,48]]],[[[2.5,48.5],[4,48.5],[4,50],[2.5,50],[2.5,48.5]]]]";
    check(&feature("95018", "MultiPolygon", crossing_parts), &["95018", "se croise"]);
}

#[test]
fn slivers_are_cleaned_and_not_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zones.json");
    let spiky = "[[[2,48],[2,48],[3,48],[4,48],[3,48],[3,49],[2,49],[2,48]],[[2.1,48.1],[2.2,48.2],[2.1,48.1]]]";
    let text = format!(r#"{{"features":[{}]}}"#, feature("95018", "Polygon", spiky));
    std::fs::write(&path, text).unwrap();
    let contours = read(&path, &ContourSpec::new(Scale::COMMUNE)).unwrap();
    let area = contours.as_slice()[0].area();
    assert_eq!((area.0[0].exterior().0.len(), area.0[0].interiors().len()), (5, 0));
}

#[test]
fn codes_that_are_missing_or_twice_are_refused() {
    let square = feature("95018", "Polygon", SQUARE);
    check(&format!("{square},{square}"), &["95018", "deux"]);
    check(&feature("", "Polygon", SQUARE), &["entité 1", "code"]);
    check(&feature("9é018", "Polygon", SQUARE), &["entité 1", "code"]);
    let other = square.replace("insee_com", "numero");
    check(&other, &["numero", "commune"]);
}

#[test]
fn geometries_that_are_no_areas_are_refused() {
    check(&feature("95018", "Point", "[2,48]"), &["entité 1", "Point"]);
    check(&feature("95018", "LineString", "[[2,48],[3,48]]"), &["LineString"]);
    check(&feature("95018", "Polygon", "[[[2,48],[3,48],[2,48]]]"), &["entité 1", "surface nulle"]);
    check(&feature("95018", "Polygon", "[[[2,\"x\"]]]"), &["entité 1", "illisible"]);
    let nothing = r#"{"properties":{"insee_com":"95018"},"geometry":null}"#;
    check(nothing, &["entité 1", "absente"]);
    check("", &["aucune entité"]);
}

#[test]
fn coordinates_in_metres_without_a_system_are_noticed() {
    let metres = "[[[640000,6870000],[641000,6870000],[641000,6871000],[640000,6870000]]]";
    check(&feature("95018", "Polygon", metres), &["95018", "EPSG:4326"]);
}

#[test]
fn files_that_are_cut_or_alone_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("vide"), "").unwrap();
    told(&at("vide"), &["vide"]);
    std::fs::write(at("texte"), "code;nom\n").unwrap();
    told(&at("texte"), &["format inconnu"]);
    std::fs::write(at("coupe.json"), r#"{"features":[{"#).unwrap();
    told(&at("coupe.json"), &["GeoJSON", "ligne 1"]);
    let error = read(&at("absent"), &ContourSpec::new(Scale::COMMUNE)).unwrap_err();
    assert_eq!(error.fault(), domain::Fault::Usage);
    for (number, kind) in [Kind::FlatGeobuf, Kind::GeoPackage, Kind::Shapefile].iter().enumerate() {
        let folder = at(&number.to_string());
        std::fs::create_dir(&folder).unwrap();
        let path = write(&folder, *kind, &zones(), 2154);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() * 3 / 5]).unwrap();
        told(&path, &["tronqué"]);
    }
    for extension in ["shx", "dbf"] {
        let path = write(folder.path(), Kind::Shapefile, &zones(), 2154);
        std::fs::remove_file(path.with_extension(extension)).unwrap();
        told(&path, &[extension]);
    }
    let path = write(folder.path(), Kind::Shapefile, &zones(), 27572);
    told(&path, &["NTF", "ogr2ogr"]);
    std::fs::write(path.with_extension("prj"), "LOCAL_CS[\"plan\"]").unwrap();
    told(&path, &["système de coordonnées", "plan"]);
    let path = write(folder.path(), Kind::GeoPackage, &zones(), 2154);
    std::fs::write(folder.path().join("z.gpkg-wal"), "x").unwrap();
    told(&path, &["-wal", "fermer"]);
}
