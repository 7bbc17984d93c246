//! Zonings that an operator declares: built, protected, audited and served with all the others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};

use super::audit::audit;
use super::figures::{Zone, tile_zones};
use super::territory::{Shared, Territory, cover};
use super::util::{Server, save};

/// Sectors that cross everything and leave a part of the territory out, the same cut by communes,
/// and a zoning that is the first one again.
const ZONINGS: &str = r#"
[build.zones.secteurs]
path = "secteurs.geojson"
label = "Secteurs d'étude"
zooms = [9, 12]
grain = "commune"
weight = 10.0

[build.zones.secteurs_communes]
path = "secteurs.geojson"
label = "Secteurs d'étude par commune"
grain = "iris"
weight = 4.0
within = "commune"

[build.zones.copie]
path = "secteurs.geojson"
label = "Secteurs d'étude, encore"
grain = "commune"
weight = 20.0

[serve]"#;

fn corners(value: &Value, found: &mut Vec<[f64; 2]>) {
    match value.as_array() {
        Some(pair) if pair.len() == 2 && pair.iter().all(Value::is_number) => {
            found.push([pair[0].as_f64().unwrap(), pair[1].as_f64().unwrap()]);
        }
        Some(items) => items.iter().for_each(|item| corners(item, found)),
        None => {
            for inner in value.as_object().into_iter().flat_map(|map| map.values()) {
                corners(inner, found);
            }
        }
    }
}

/// Writes rectangles, in parts of the bounds of the départements: west, south, east, north.
fn sectors(territory: &Territory, rectangles: &[(&str, [f64; 4])]) {
    let text = fs::read(territory.input().join("departements.geojson")).unwrap();
    let document: Value = serde_json::from_slice(&text).unwrap();
    let mut points = Vec::new();
    corners(&document["features"], &mut points);
    let bound = |axis: usize, most: bool| {
        let values = points.iter().map(|point| point[axis]);
        if most { values.fold(f64::MIN, f64::max) } else { values.fold(f64::MAX, f64::min) }
    };
    let at = |axis: usize, part: f64| {
        let (low, high) = (bound(axis, false), bound(axis, true));
        low + part * (high - low)
    };
    let feature = |(code, [west, south, east, north]): &(&str, [f64; 4])| {
        let (west, east) = (at(0, *west), at(0, *east));
        let (south, north) = (at(1, *south), at(1, *north));
        let ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
        json!({
            "type": "Feature",
            "properties": { "code": code, "nom": format!("Secteur {code}") },
            "geometry": { "type": "Polygon", "coordinates": [ring] },
        })
    };
    let features: Vec<Value> = rectangles.iter().map(feature).collect();
    let document = json!({ "type": "FeatureCollection", "features": features });
    fs::write(territory.input().join("secteurs.geojson"), document.to_string()).unwrap();
}

const SECTORS: [(&str, [f64; 4]); 3] = [
    ("so", [0.0, 0.0, 0.53, 0.47]),
    ("no", [0.0, 0.47, 0.53, 1.0]),
    ("est", [0.61, 0.0, 1.0, 0.83]),
];

fn zoned() -> Arc<Territory> {
    static SHARED: Shared = Shared::new();
    SHARED.get(|| {
        let territory = Territory::invent(&["--households", "6000"]);
        sectors(&territory, &SECTORS);
        territory.edit("seuil.toml", |text| text.replacen("[serve]", ZONINGS, 1));
        territory.build();
        territory
    })
}

fn communes(zone: &Zone) -> Vec<&str> {
    let places = [zone.text("communes"), zone.text("situe")];
    places.into_iter().find(|codes| !codes.is_empty()).unwrap_or("").split(' ').collect()
}

#[test]
fn declared_zonings_are_protected_with_the_others_and_the_auditor_places_them_by_itself() {
    let territory = zoned();
    let (edition, config) = (territory.edition(), territory.config());
    let (code, said, log) = audit(&[&edition, "--source".as_ref(), &config]);
    assert_eq!(code, 0, "{said}{log}");

    let manifest = territory.document("manifest.json");
    let declared: BTreeMap<&str, &Value> = manifest["scales"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|scale| !scale["zoning"].is_null())
        .map(|scale| (scale["id"].as_str().unwrap(), &scale["zoning"]))
        .collect();
    assert_eq!(
        Vec::from_iter(declared.keys().copied()),
        ["copie", "secteurs", "secteurs_communes"]
    );
    assert_eq!(declared["secteurs"]["grain"], "commune");

    let crossing = territory.zones("secteurs");
    assert_eq!(crossing, territory.zones("copie"), "twins show the same");
    assert_eq!(Vec::from_iter(crossing.keys()), ["est", "no", "so"]);
    assert!(crossing.values().all(|zone| communes(zone).len() > 1));
    let cut = territory.zones("secteurs_communes");
    assert!(cut.len() > territory.zones("commune").len());
    for (code, zone) in &cut {
        assert_eq!(communes(zone), [code.rsplit_once('_').unwrap().1], "{code}");
    }
}

#[test]
fn a_declared_zoning_is_served_to_those_who_may_see_all_of_a_zone() {
    let territory = zoned().copy_built();
    let rows = territory.document("communes.json");
    let commune = territory.zones("secteurs_communes").into_values().find_map(|zone| {
        let populated = !zone.text("communes").is_empty();
        populated.then(|| communes(&zone)[0].to_owned())
    });
    let commune = commune.unwrap();
    let all = territory.account("tout@example.org", "france");
    let one = territory.account("une@example.org", &format!("commune:{commune}"));
    let server = Server::start(&territory.config());
    // What clients save, by the path of its URL, is what the auditor reads.
    let saved = tempfile::tempdir().unwrap();
    let save = |token: &str, path: &str, body: &[u8]| {
        save(saved.path(), if token == all { "tout" } else { "une" }, path, body);
    };
    let seen = |token: &str, scale: &str| -> BTreeSet<String> {
        let about = server.get(&format!("/tiles/2024r1/{scale}.json"), Some(token));
        assert_eq!(about.status, 200, "{scale}");
        save(token, &format!("/tiles/2024r1/{scale}.json"), &about.body);
        let about = about.json();
        let bounds: Vec<f64> =
            about["bounds"].as_array().unwrap().iter().map(|own| own.as_f64().unwrap()).collect();
        let zoom = about["maxzoom"].as_u64().unwrap() as u8;
        let mut codes = BTreeSet::new();
        for (x, y) in cover(bounds.try_into().unwrap(), zoom) {
            let path = format!("/tiles/2024r1/{scale}/{zoom}/{x}/{y}.mvt");
            let answer = server.get(&path, Some(token));
            assert!([200, 204].contains(&answer.status), "{path}");
            save(token, &path, &answer.body);
            for (_, zones) in tile_zones(&answer.body) {
                codes.extend(zones.iter().map(|(_, zone)| zone.text("code").to_owned()));
            }
        }
        codes
    };
    for scale in ["secteurs", "secteurs_communes", "copie"] {
        let every: BTreeSet<String> = territory.zones(scale).into_keys().collect();
        assert_eq!(seen(&all, scale), every, "{scale}");
        let mine: BTreeSet<String> = territory
            .zones(scale)
            .into_iter()
            .filter(|(_, zone)| communes(zone) == [&commune[..]])
            .map(|(code, _)| code)
            .collect();
        assert_eq!(seen(&one, scale), mine, "{scale}");
    }
    assert!(!seen(&one, "secteurs_communes").is_empty() && seen(&one, "secteurs").is_empty());
    assert!(rows.as_array().unwrap().len() > 5);
    let style = server.get("/styles/ressources.secteurs.json", Some(&all));
    assert_eq!(style.status, 200);
    save(&all, "/styles/ressources.secteurs.json", &style.body);
    for path in ["/editions", "/editions/2024r1/certificate"] {
        save(&all, &format!("{path}.json"), &server.get(path, Some(&all)).body);
    }
    let edition = territory.edition();
    let (code, said, log) = audit(&[&edition, "--collected".as_ref(), saved.path()]);
    assert_eq!(code, 0, "{said}{log}");
    assert!(said.contains("réponses collectées"), "{said}");
    assert!(String::from_utf8_lossy(&style.body).contains("/tiles/2024r1/secteurs.json"));
    assert_eq!(server.get("/tiles/2024r1/quartiers.json", Some(&all)).status, 404);
}

/// What an operator declared for one vintage is served beside editions that do not have it.
#[test]
fn the_zonings_of_another_edition_are_known_to_the_auditor_from_the_list_of_editions() {
    let territory = zoned().copy_built();
    territory.edit("seuil.toml", |text| {
        text.replace(ZONINGS, "[serve]").replace("vintage = 2024", "vintage = 2025")
    });
    territory.edit("ops_2024.csv", |text| text.replace("\n2024;", "\n2025;"));
    territory.build();
    let token = territory.account("tout@example.org", "france");
    let server = Server::start(&territory.config());
    let saved = tempfile::tempdir().unwrap();
    let paths = ["/editions", "/qgis/connections.xml", "/ogc/collections"];
    let [_, connections, _] = paths.map(|path| {
        let answer = server.get(path, Some(&token));
        assert_eq!(answer.status, 200, "{path}");
        let text = String::from_utf8(answer.body).unwrap();
        assert!(text.contains("secteurs_communes"), "{path}");
        let file = if path.ends_with(".xml") { path.to_owned() } else { format!("{path}.json") };
        save(saved.path(), "tout", &file, text.as_bytes());
        text
    });
    let audited =
        |id: &str| audit(&[&territory.editions().join(id), "--collected".as_ref(), saved.path()]);
    for id in ["2024r1", "2025r1"] {
        let (code, said, log) = audited(id);
        assert_eq!(code, 0, "{id}: {said}{log}");
    }
    let planted = connections.replacen("/secteurs/{z}", "/quartiers/{z}", 1);
    save(saved.path(), "tout", "/qgis/connections.xml", planted.as_bytes());
    for id in ["2024r1", "2025r1"] {
        let (code, said, log) = audited(id);
        assert_eq!(code, 1, "{id}: {said}{log}");
        assert!(said.contains("Réponse inattendue : tout/qgis/connections.xml"), "{said}");
    }
}

#[track_caller]
fn refused(section: &str, expected: &[&str]) {
    let territory = zoned().copy();
    territory
        .edit("seuil.toml", |text| text.replacen("[serve]", &format!("{section}\n[serve]"), 1));
    let (code, said) = territory.try_build();
    assert!(code != 0 && expected.iter().all(|word| said.contains(word)), "{code} {said}");
    assert!(!territory.edition().exists());
}

#[test]
fn a_zoning_that_says_too_little_or_overlaps_is_refused_by_name() {
    refused("[build.zones.comune]\npath = \"communes.gpkg\"\n", &["« comune »", "commune"]);
    refused(
        "[build.zones.tx_reponse]\npath = \"secteurs.geojson\"\nlabel = \"a\"\ngrain = \"iris\"\nweight = 1\n",
        &["tx_reponse"],
    );
    refused(
        "[build.zones.vus]\npath = \"secteurs.geojson\"\nlabel = \"a\"\ngrain = \"iris\"\nweight = 1\ncode = \"x\"\n",
        &["secteurs.geojson", "x"],
    );
    let territory = zoned().copy();
    let mut rectangles = SECTORS.to_vec();
    rectangles.push(("milieu", [0.2, 0.2, 0.8, 0.8]));
    sectors(&territory, &rectangles);
    let (code, said) = territory.try_build();
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("milieu") && said.contains("se recouvrent"), "{said}");
    assert!(!territory.edition().exists());
}
