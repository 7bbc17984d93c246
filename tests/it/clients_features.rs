//! QGIS and GDAL read zones with their figures over OGC API, and only what their account may see.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clients::{Demo, Ended, drive, project, tool};
use crate::clients_qgis::{PYTHON, qgis};
use crate::util::has;

const LIMIT: Duration = Duration::from_secs(120);

/// The zones of a scale that the EPCI's account sees, by code, as `/zones` gives them.
pub fn zones(demo: &Demo, scale: &str) -> BTreeMap<String, Value> {
    let (mut zones, mut after) = (BTreeMap::new(), String::new());
    loop {
        let path = format!("/editions/2024r1/zones?scale={scale}&limit=500&after={after}");
        let page: Value =
            serde_json::from_slice(&demo.get(&path, demo.account(1, "token"))).unwrap();
        for zone in page["zones"].as_array().unwrap() {
            zones.insert(zone["code"].as_str().unwrap().to_owned(), zone.clone());
        }
        match page["next"].as_str() {
            Some(code) => after = code.to_owned(),
            None => return zones,
        }
    }
}

fn read(demo: &Demo, token: &str, collection: &str, bounds: Option<[f64; 4]>) -> (Ended, Value) {
    let file = demo.get("/qgis/features.xml", demo.account(1, "token"));
    let file = String::from_utf8(file).unwrap().replace(demo.account(1, "token"), token);
    let kept = tempfile::tempdir_in(demo.folder()).unwrap().keep();
    let (connections, request) = (kept.join("features.xml"), kept.join("request.json"));
    fs::write(&connections, file).unwrap();
    let text = json!({ "connections": connections, "collection": collection, "bounds": bounds });
    fs::write(&request, text.to_string()).unwrap();
    let mut command = Command::new(PYTHON);
    command.arg(project("tests/clients/qgis_features.py")).arg(&request);
    let ended = drive(&mut command, LIMIT);
    let said = ended.stdout.lines().last().and_then(|line| serde_json::from_str(line).ok());
    (ended, said.unwrap_or_default())
}

/// Where the values that a client read are not those of the service.
#[track_caller]
pub fn same(found: &Value, zone: &Value, client: &str) {
    // Both programs give the identifier as a column of their own.
    for (name, value) in found.as_object().unwrap().iter().filter(|(name, _)| *name != "id") {
        let own = zone.get(name).unwrap_or_else(|| panic!("{client}: {name}"));
        let is_same = match (own.as_f64(), value.as_f64()) {
            (Some(one), Some(other)) => one == other,
            // A column that is null in the sample of an old client is text to it.
            (Some(one), None) => value.as_str().and_then(|text| text.parse().ok()) == Some(one),
            _ => own == value,
        };
        assert!(is_same, "{client}, {}: {name}: {value}, not {own}", zone["code"]);
    }
}

#[test]
fn qgis_reads_every_zone_of_the_epci_with_its_figures() {
    if !qgis() {
        return;
    }
    let demo = Demo::shared();
    let token = demo.account(1, "token");
    for scale in ["commune", "iris", "adresse"] {
        let zones = zones(&demo, scale);
        let first = zones.values().next().unwrap();
        let bounds: [f64; 4] = serde_json::from_value(first["bounds"].clone()).unwrap();
        let (ended, said) = read(&demo, token, &format!("2024r1.{scale}"), Some(bounds));
        assert_eq!(ended.code, Some(0), "{scale}: {} {}", ended.stdout, ended.stderr);
        assert_eq!(said["names"].as_array().unwrap().len(), 1);
        let features = said["features"].as_object().unwrap();
        let codes: Vec<&String> = features.keys().collect();
        assert!(codes.iter().all(|code| zones.contains_key(*code)), "{scale}: a hidden zone");
        assert_eq!(codes.len(), zones.len(), "{scale}");
        assert_eq!((&said["count"], &said["geometry"]), (&zones.len().into(), &zones.len().into()));
        for (code, found) in features {
            same(found, &zones[code], &format!("QGIS, {scale}"));
        }
        let within = said["within"].as_array().unwrap();
        assert!(within.contains(&first["code"]), "{scale}: {within:?}");
        assert!(scale == "commune" || within.len() < zones.len(), "{scale}");
        let kinds = said["fields"].as_object().unwrap();
        for (name, kind) in kinds {
            let has_figure = zones.values().take(10).any(|zone| zone[name].is_number());
            assert!(!has_figure || kind != "String", "{scale}: {name} is {kind}");
        }
    }
}

#[test]
fn qgis_says_no_to_a_token_that_is_not_good() {
    if !qgis() {
        return;
    }
    let demo = Demo::shared();
    let wrong = format!("{}x", demo.account(1, "token"));
    let (ended, said) = read(&demo, &wrong, "2024r1.commune", None);
    assert_eq!(ended.code, Some(3), "{} {}", ended.stdout, ended.stderr);
    assert_eq!(said["valid"], false);
}

#[test]
fn gdal_reads_every_zone_of_the_epci_with_the_type_of_each_column() {
    let demo = Demo::shared();
    let token = demo.account(1, "token");
    let root = format!("OAPIF:{}/k/{token}/ogc", demo.url());
    let schema: Value = serde_json::from_slice(
        &demo.get("/ogc/collections/2024r1.iris/schema", demo.account(1, "token")),
    )
    .unwrap();
    let zones = zones(&demo, "iris");
    if has("ogr2ogr", "--version") {
        let ended = drive(
            Command::new("ogr2ogr")
                .args(["-f", "GeoJSON", "/vsistdout/", &root, "2024r1.iris"])
                .args(["-oo", "PAGE_SIZE=50"]),
            LIMIT,
        );
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let document: Value = serde_json::from_str(&ended.stdout).unwrap();
        let features = document["features"].as_array().unwrap();
        assert_eq!(features.len(), zones.len());
        for feature in features {
            let code = feature["properties"]["code"].as_str().unwrap();
            let mut properties = feature["properties"].clone();
            properties.as_object_mut().unwrap().shift_remove("id");
            same(&properties, &zones[code], "GDAL");
        }
        let about =
            drive(Command::new("ogrinfo").args(["-so", &root, "2024r1.iris"]), LIMIT).stdout;
        for (name, column) in schema["properties"].as_object().unwrap() {
            let kind = match column["type"].as_str() {
                Some("string") => "String",
                Some("boolean") => "Integer(Boolean)",
                Some("integer") => "Integer",
                Some("number") => "Real",
                _ => continue,
            };
            let line = about.lines().find(|line| line.starts_with(&format!("{name}: ")));
            let line = line.unwrap_or_else(|| panic!("{name} is missing: {about}"));
            assert!(line.starts_with(&format!("{name}: {kind} ")), "{line}, not {kind}");
        }
    }
    if let Some(python) = tool(".ci/decoder", &[]) {
        let mut command = Command::new(python);
        let script = project("tests/clients/gdal.py");
        let ended = drive(command.arg(script).args(["features", &root, "2024r1.iris"]), LIMIT);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let said: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
        let features = said["features"].as_array().unwrap();
        assert_eq!(features.len(), zones.len());
        for feature in features {
            let code = feature["code"].as_str().unwrap();
            same(feature, &zones[code], "the newer GDAL");
        }
    }
}

#[test]
fn a_newer_gdal_reads_tiles_from_their_description() {
    let Some(python) = tool(".ci/decoder", &[]) else { return };
    let demo = Demo::shared();
    let token = demo.account(1, "token");
    let url = format!("OGCAPI:{}/k/{token}/ogc/collections/2024r1.commune", demo.url());
    let mut command = Command::new(python);
    command.arg(project("tests/clients/gdal.py")).args(["tileset", &url, "9"]);
    let ended = drive(&mut command, LIMIT);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let codes: Vec<String> = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(codes, demo.communes_of_the_epci());
}

#[test]
fn a_filter_keeps_the_zones_that_another_reader_of_cql2_keeps() {
    let Some(python) = tool(".ci/cql2", &[]) else { return };
    let demo = Demo::shared();
    let token = demo.account(0, "token");
    for (scale, count) in [("commune", "150"), ("iris", "60")] {
        let items = format!("{}/k/{token}/ogc/collections/2024r1.{scale}/items", demo.url());
        let mut command = Command::new(&python);
        command.arg(project("tests/clients/cql2_oracle.py")).args([&items, count]);
        let ended = drive(&mut command, LIMIT);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let said: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
        assert_eq!(said["differ"], json!([]), "{scale}");
        assert!(said["kept"].as_u64() > Some(100) && said["zones"].as_u64() > Some(10), "{said}");
    }
}
