//! A day of an analyst in QGIS, over two vintages: an own table joined, own classes, spreadsheets, differences.
//! Each is held against what the service says.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clients::{drive, project};
use crate::clients_qgis::{PYTHON, qgis};
use crate::two_vintages::two_vintages;
use crate::util::Server;

/// A figure of which the fictive vintages differ.
const COLUMN: &str = "anc_moy";

/// The analyst's own classes; the last holds its upper end.
const BREAKS: [f64; 5] = [0.0, 10.0, 11.0, 12.5, 40.0];

type Zones = BTreeMap<String, Value>;

fn zones(server: &Server, token: &str, edition: &str) -> Zones {
    let path = format!("/editions/{edition}/zones?scale=iris&limit=2000");
    let page = server.get(&path, Some(token)).json();
    assert!(page["next"].is_null());
    let zones = page["zones"].as_array().unwrap().iter();
    zones.map(|zone| (zone["code"].as_str().unwrap().to_owned(), zone.clone())).collect()
}

/// The analyst's table: a number for two zones of three.
fn places(zones: &Zones) -> BTreeMap<&str, i64> {
    let numbered = zones.keys().zip(0..);
    numbered.filter(|(_, number)| number % 3 > 0).map(|(code, n)| (code.as_str(), n * 7)).collect()
}

/// Whether a client's number is the one due, up to what adding and multiplying leave.
fn is_near(found: &Value, due: Option<f64>) -> bool {
    match (found.as_f64(), due) {
        (Some(found), Some(due)) => (found - due).abs() < 1e-9,
        (None, None) => found.is_null(),
        _ => false,
    }
}

#[test]
fn an_analyst_joins_classes_compares_and_exports_in_qgis() {
    if !qgis() {
        return;
    }
    let territory = two_vintages().copy_of_editions();
    let token = territory.account("analyste@demo.fr", "france");
    let server = Server::start(&territory.config());
    let newer = zones(&server, &token, "2025r1");
    every_zone_is_on_one_page(&server, &token, &newer);
    let older = zones(&server, &token, "2024r1");
    assert!(newer.keys().eq(older.keys()));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let file = server.get("/qgis/features.xml", Some(&token)).body;
    fs::write(path("features.xml"), file).unwrap();
    let places = places(&newer);
    let lines = places.iter().map(|(code, places)| format!("{code};{places}\n"));
    fs::write(path("places.csv"), format!("code;places\n{}", lines.collect::<String>())).unwrap();
    fs::write(path("places.csvt"), "\"String\",\"Integer\"\n").unwrap();
    let box_of = |zone: &Value| serde_json::from_value::<[f64; 4]>(zone["bounds"].clone()).unwrap();
    let bounds = newer.values().map(box_of).reduce(|one, other| {
        let [west, south] = [0, 1].map(|at| one[at].min(other[at]));
        let [east, north] = [2, 3].map(|at| one[at].max(other[at]));
        [west, south, east, north]
    });
    let request = json!({
        "connections": path("features.xml"),
        "collections": ["2025r1.iris", "2024r1.iris"],
        "table": path("places.csv"),
        "column": COLUMN,
        "breaks": BREAKS,
        "bounds": bounds.unwrap(),
        "folder": folder.path(),
    });
    fs::write(path("request.json"), request.to_string()).unwrap();
    let mut command = Command::new(PYTHON);
    command.arg(project("tests/clients/qgis_day.py")).arg(path("request.json"));
    let ended = drive(&mut command, Duration::from_secs(180));
    assert_eq!(ended.code, Some(0), "{} {}", ended.stdout, ended.stderr);
    let said: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();

    let figure = |zones: &Zones, code: &str| zones[code][COLUMN].as_f64();
    types(&said["types"], &newer);
    for part in ["joined", "vintages", "classes"] {
        assert!(said[part].as_object().unwrap().keys().eq(newer.keys()), "{part}");
    }
    let (mut products, mut differences, mut secrets) = (0, 0, 0);
    for code in newer.keys() {
        let (own, before) = (figure(&newer, code), figure(&older, code));
        let place = places.get(code.as_str()).map(|places| *places as f64);
        let product = own.zip(place).map(|(figure, places)| figure * places);
        for (found, due) in
            said["joined"][code].as_array().unwrap().iter().zip([own, place, product])
        {
            assert!(is_near(found, due), "{code}: {found}, not {due:?}");
        }
        let difference = own.zip(before).map(|(own, before)| own - before);
        let due = [own, before, difference];
        for (found, due) in said["vintages"][code].as_array().unwrap().iter().zip(due) {
            assert!(is_near(found, due), "{code}: {found}, not {due:?}");
        }
        products += usize::from(product.is_some());
        differences += usize::from(difference.is_some_and(|difference| difference != 0.0));
        secrets += usize::from(own.is_none());
    }
    assert!(
        products > 10 && differences > 10 && secrets > 10,
        "{products} {differences} {secrets}"
    );
    classes(&said, &newer);
    for ending in ["xlsx", "ods"] {
        spreadsheet(said["sheets"][ending].as_array().unwrap(), &said, &newer, ending);
    }
}

/// The connections name both vintages: each shows its own figures in its own classes.
#[test]
fn qgis_shows_two_vintages_side_by_side_under_names_of_their_own() {
    if !qgis() {
        return;
    }
    let territory = two_vintages().copy_of_editions();
    let token = territory.account("analyste@demo.fr", "france");
    let server = Server::start(&territory.config());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in ["connections.xml", "features.xml"] {
        fs::write(path(name), server.get(&format!("/qgis/{name}"), Some(&token)).body).unwrap();
    }
    let bounds = server.get("/tiles/latest/commune.json", Some(&token)).json()["bounds"].clone();
    let run = |script: &str, request: Value| {
        fs::write(path("request.json"), request.to_string()).unwrap();
        let mut command = Command::new(PYTHON);
        command.arg(project(script)).arg(path("request.json"));
        let ended = drive(&mut command, Duration::from_secs(120));
        assert_eq!(ended.code, Some(0), "{} {}", ended.stdout, ended.stderr);
        serde_json::from_str::<Value>(ended.stdout.lines().last().unwrap()).unwrap()
    };
    let mut shown = Vec::new();
    for vintage in [2024, 2025] {
        let edition = format!("{vintage}r1");
        let said = run(
            "tests/clients/qgis_import.py",
            json!({
                "connections": path("connections.xml"),
                "scale": "commune",
                "edition": edition,
                "bounds": bounds,
                "picture": path("picture.png"),
            }),
        );
        let names = said["names"].as_array().unwrap();
        let called = format!("Seuil – Commune – millésime {vintage}, révision 1");
        assert!(names.contains(&json!(called)) && names.contains(&json!("Seuil – Commune")));
        assert_eq!(said["styled"], true);
        assert!(said["classed"].as_object().unwrap().values().all(|layers| layers == 1));
        let due = format!("/editions/{edition}/zones?scale=commune&limit=2000");
        let due = server.get(&due, Some(&token)).json();
        let zones = said["zones"].as_object().unwrap();
        for zone in due["zones"].as_array().unwrap() {
            let own = &zones[zone["code"].as_str().unwrap()];
            assert_eq!(own[COLUMN].as_f64(), zone[COLUMN].as_f64(), "{edition} {}", zone["code"]);
        }
        shown.push(said["zones"].clone());
    }
    assert_ne!(shown[0], shown[1]);
    let request = json!({
        "connections": path("features.xml"), "collection": "2024r1.commune", "bounds": null,
    });
    let said = run("tests/clients/qgis_features.py", request);
    let layers = said["layers"].as_array().unwrap();
    for called in ["Commune – édition 2024r1", "Commune – édition 2025r1"] {
        assert!(layers.contains(&json!(called)), "{layers:?}");
    }
}

/// Pages of whatever length hold the same zones, each once, and begin with the same ones.
fn every_zone_is_on_one_page(server: &Server, token: &str, zones: &Zones) {
    let mut orders = Vec::new();
    for limit in [1, 3, 10, 1000] {
        let mut path = format!("/ogc/collections/2025r1.iris/items?limit={limit}");
        let mut codes = Vec::new();
        loop {
            let page = server.get(&path, Some(token)).json();
            let features = page["features"].as_array().unwrap();
            codes.extend(features.iter().map(|one| one["id"].as_str().unwrap().to_owned()));
            let links = page["links"].as_array().unwrap();
            let Some(next) = links.iter().find(|link| link["rel"] == "next") else { break };
            path = next["href"].as_str().unwrap().strip_prefix(&server.url).unwrap().to_owned();
        }
        assert_eq!(codes.len(), zones.len(), "{limit}");
        orders.push(codes);
    }
    assert!(orders.iter().all(|codes| *codes == orders[0]));
    assert!(!orders[0].is_sorted(), "some zones come first");
    orders[0].sort();
    assert!(orders[0].iter().eq(zones.keys()));
}

/// Every column of figures is one to QGIS, also where its first zones by code are all secret.
fn types(types: &Value, zones: &Zones) {
    let mut late = 0;
    for (name, value) in zones.values().flat_map(|zone| zone.as_object().unwrap()) {
        if value.is_number() && !["x", "y"].contains(&name.as_str()) {
            late += usize::from(zones.values().take(10).all(|zone| zone[name].is_null()));
            assert_eq!(types[name], true, "{name} is no number to QGIS");
        }
    }
    assert!(late > 0, "no column begins with ten secrets");
    assert_eq!((&types["code"], &types["nom"]), (&json!(false), &json!(false)));
}

/// A zone has the class that its figure lies in, one without a figure none; each class is seen.
fn classes(said: &Value, zones: &Zones) {
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    for (code, zone) in zones {
        let pairs = BREAKS.windows(2).map(|pair| (pair[0], pair[1]));
        // QGIS gives a value on a border to the lower class.
        let own = zone[COLUMN].as_f64().and_then(|value| {
            pairs.into_iter().find(|(low, high)| *low <= value && value <= *high)
        });
        let label = own.map(|(low, high)| format!("{low:?} à {high:?}"));
        assert_eq!(said["classes"][code].as_str(), label.as_deref(), "{code} {}", zone[COLUMN]);
        if let Some(label) = label {
            *used.entry(label).or_default() += 1;
        }
    }
    assert!(used.len() >= 3, "{used:?}");
    for (label, pixels) in said["drawn"].as_object().unwrap() {
        assert_eq!(pixels.as_u64() > Some(0), used.contains_key(label), "{label}: {pixels} pixels");
    }
}

/// Every cell is what the service says: a number where it is one, and nothing where it is secret.
fn spreadsheet(rows: &[Value], said: &Value, zones: &Zones, ending: &str) {
    assert_eq!(rows.len(), zones.len(), "{ending}");
    let mut empty = 0;
    for row in rows {
        let code = row["code"].as_str().unwrap();
        for (name, due) in zones[code].as_object().unwrap() {
            if ["x", "y", "bounds"].contains(&name.as_str()) {
                continue;
            }
            let found = row.get(name).unwrap_or(&Value::Null);
            let is_same = match due {
                Value::Number(number) => number.as_f64() == found.as_f64(),
                Value::Bool(truth) => found.as_f64() == Some(f64::from(*truth)) || found == due,
                _ => found == due,
            };
            assert!(is_same, "{ending} {code} {name}: {found}, not {due}");
            empty += usize::from(due.is_null());
        }
        let own = said["joined"][code].as_array().unwrap();
        for (name, due) in [("mes_places", &own[1]), ("produit", &own[2])] {
            assert!(
                is_near(row.get(name).unwrap_or(&Value::Null), due.as_f64()),
                "{ending} {code} {name}"
            );
        }
    }
    assert!(empty > 100, "{ending}: {empty} secret cells");
}
