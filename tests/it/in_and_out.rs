//! The parts of communes and EPCI in and outside QPV, beside as many zonings of the operator as there may
//! well be: built, protected, audited and served with all the others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::audit::audit;
use super::figures::{Cell, Zone, tile_zones};
use super::territory::{Shared, Territory, cover};
use super::util::{Server, save};

/// QPV of before, which are those of now moved by some hundred metres; sectors that cross everything, whole
/// and cut by communes; and zonings that are others again.
const ZONINGS: &str = r#"
[build.zones.commune_qpv]
enabled = true

[build.zones.epci_qpv]
enabled = true

[build.zones.qpv2015]
path = "qpv2015.geojson"
label = "QPV de 2015"
code = "code_qp"
name = "lib_qp"
grain = "qpv"
weight = 6.0

[build.zones.qpv2015_communes]
path = "qpv2015.geojson"
label = "QPV de 2015, par commune"
code = "code_qp"
name = "lib_qp"
grain = "qpv"
weight = 5.0
within = "commune"

[build.zones.bandes]
path = "bandes.geojson"
label = "Bandes qui traversent tout"
grain = "iris"
weight = 3.0

[build.zones.bandes_communes]
path = "bandes.geojson"
label = "Bandes, par commune"
grain = "iris"
weight = 3.0
within = "commune"

[build.zones.colonnes]
path = "colonnes.geojson"
label = "Colonnes qui traversent les bandes"
grain = "carreau"
weight = 2.0

[build.zones.communes_encore]
path = "communes.gpkg"
layer = "commune"
code = "INSEE_COM"
name = "NOM"
label = "Communes, encore"
grain = "commune"
weight = 1.0

[build.zones.iris_encore]
path = "iris.shp"
code = "CODE_IRIS"
name = "NOM_IRIS"
label = "IRIS, encore"
grain = "iris"
weight = 1.0

[build.zones.epci_encore]
path = "epci.fgb"
code = "CODE_SIREN"
name = "NOM"
label = "EPCI, encore"
grain = "commune"
weight = 1.0

[serve]"#;

fn points(value: &mut Value, each: &mut dyn FnMut(&mut [f64; 2])) {
    match value.as_array_mut() {
        Some(pair) if pair.len() == 2 && pair.iter().all(Value::is_number) => {
            let mut at = [0, 1].map(|axis: usize| pair[axis].as_f64().unwrap());
            each(&mut at);
            *pair = at.map(Value::from).to_vec();
        }
        Some(items) => items.iter_mut().for_each(|item| points(item, each)),
        None => {}
    }
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Writes the files that the zonings name.
fn draw(territory: &Territory) {
    let input = territory.input();
    let mut document = read(&input.join("qpv.geojson"));
    for feature in document["features"].as_array_mut().unwrap() {
        points(&mut feature["geometry"]["coordinates"], &mut |at| at[0] += 0.002);
    }
    fs::write(input.join("qpv2015.geojson"), document.to_string()).unwrap();

    let mut document = read(&input.join("departements.geojson"));
    let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for feature in document["features"].as_array_mut().unwrap() {
        points(&mut feature["geometry"]["coordinates"], &mut |[x, y]| {
            bounds = [bounds[0].min(*x), bounds[1].min(*y), bounds[2].max(*x), bounds[3].max(*y)];
        });
    }
    let [west, south, east, north] = bounds;
    let stripes = |name: &str, count: usize, is_band: bool| {
        let feature = |number: usize| {
            let [from, to] = [number, number + 1].map(|at| at as f64 / count as f64);
            let along = |low: f64, high: f64, part: f64| low + part * (high - low);
            let [a, b, c, d] = match is_band {
                true => [west, along(south, north, from), east, along(south, north, to)],
                false => [along(west, east, from), south, along(west, east, to), north],
            };
            json!({
                "type": "Feature",
                "properties": { "code": format!("{number:02}"), "nom": format!("{name} {number}") },
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[a, b], [c, b], [c, d], [a, d], [a, b]]],
                },
            })
        };
        let features: Vec<Value> = (0..count).map(feature).collect();
        let document = json!({ "type": "FeatureCollection", "features": features });
        fs::write(input.join(format!("{name}.geojson")), document.to_string()).unwrap();
    };
    stripes("bandes", 3, true);
    stripes("colonnes", 4, false);
}

fn divided() -> Arc<Territory> {
    static SHARED: Shared = Shared::new();
    SHARED.get(|| {
        let territory = Territory::invent(&["--households", "4000"]);
        draw(&territory);
        territory.edit("seuil.toml", |text| text.replacen("[serve]", ZONINGS, 1));
        territory.build();
        territory
    })
}

/// What a zone shows, but its names and what its scale alone has.
fn figures(zone: &Zone) -> BTreeMap<&String, &Cell> {
    let is_figure = |own: &(&String, &Cell)| !["code", "nom"].contains(&own.0.as_str());
    zone.0.iter().filter(is_figure).collect()
}

#[test]
fn parts_in_and_outside_qpv_and_eight_zonings_are_protected_together() {
    let territory = divided();
    let (edition, config) = (territory.edition(), territory.config());
    let (code, said, log) = audit(&[&edition, "--source".as_ref(), &config]);
    assert_eq!(code, 0, "{said}{log}");
    let manifest = territory.document("manifest.json");
    let scales = manifest["scales"].as_array().unwrap();
    let declared = scales.iter().filter(|scale| !scale["zoning"].is_null()).count();
    assert_eq!(declared, 8);

    let (parts, communes) = (territory.zones("commune_qpv"), territory.zones("commune"));
    let (mut twins, mut added) = (0, 0);
    for (code, whole) in &communes {
        let part = |ending: &str| parts.get(&format!("{code}{ending}"));
        let Some(inside) = part("-Q") else {
            let twin = part("-H").unwrap();
            assert_eq!(figures(twin), figures(whole), "{code}: a twin shows the same");
            assert_eq!(twin.text("nom"), format!("{} (hors QPV)", whole.text("nom")));
            twins += 1;
            continue;
        };
        assert_eq!(inside.text("nom"), format!("{} (en QPV)", whole.text("nom")));
        let Some(outside) = part("-H") else { continue };
        for column in ["n_logements", "n_repondants", "res_inf20_num"] {
            let values = [inside, outside, whole].map(|zone| zone.count(column));
            if let [Some(one), Some(other), Some(all)] = values {
                assert_eq!(one + other, all, "{code} {column}");
                added += 1;
            }
        }
        // What one part shows and the whole too, the other part shows: it is told by a subtraction.
        let shows = [inside, outside].map(|zone| zone.count("n_logements").is_some());
        assert!(whole.count("n_logements").is_none() || shows[0] == shows[1], "{code}");
    }
    assert!(twins > 3 && added > 3, "{twins} {added}");
    let held = |zone: &Zone| [zone.text("communes"), zone.text("situe")].concat();
    assert!(parts.iter().all(|(code, zone)| held(zone) == code[..5]));

    let (parts, epci) = (territory.zones("epci_qpv"), territory.zones("epci"));
    assert!(parts.values().all(|zone| held(zone).is_empty()));
    assert!(epci.keys().all(|code| parts.contains_key(&format!("{code}-H"))));
    assert!(parts.len() > epci.len());
    // A zoning has no dwelling without coordinates: only some communes are twins of theirs.
    let (twins, mut same) = (territory.zones("communes_encore"), 0);
    for (code, zone) in &communes {
        let count = |zone: &Zone| zone.count("n_logements");
        if count(zone).is_some() && count(zone) == count(&twins[code]) {
            let shown = |zone: &Zone| (zone.is_secret(), zone.count("n_repondants"));
            assert_eq!(shown(zone), shown(&twins[code]), "{code}");
            same += 1;
        }
    }
    assert!(same > 3, "{same}");
}

#[test]
fn parts_are_served_with_what_they_are_parts_of_and_answers_are_held_against_them() {
    let territory = divided().copy_built();
    let rows = territory.document("communes.json");
    // A commune with a QPV, and an EPCI.
    let parts = territory.zones("commune_qpv");
    let commune = parts.keys().find_map(|code| code.strip_suffix("-Q")).unwrap().to_owned();
    let row = rows.as_array().unwrap().iter().find(|row| row["code"] == commune[..]).unwrap();
    let epci = row["epci"].as_str().unwrap().to_owned();
    let all = territory.account("tout@example.org", "france");
    let one = territory.account("une@example.org", &format!("commune:{commune}"));
    let server = Server::start(&territory.config());
    let saved = tempfile::tempdir().unwrap();
    let save = |token: &str, path: &str, body: &[u8]| {
        save(saved.path(), if token == all { "tout" } else { "une" }, path, body);
    };
    for (scale, prefix) in [("commune_qpv", &commune), ("epci_qpv", &epci)] {
        let every: BTreeSet<String> = territory.zones(scale).into_keys().collect();
        let own: BTreeSet<String> =
            every.iter().filter(|code| code.starts_with(&prefix[..])).cloned().collect();
        assert!(own.len() > 1 && own.len() < every.len(), "{scale}");
        for (token, due) in [(&all, &every), (&one, &own)] {
            let about = server.get(&format!("/tiles/2024r1/{scale}.json"), Some(token));
            save(token, &format!("/tiles/2024r1/{scale}.json"), &about.body);
            let about = about.json();
            let bounds = about["bounds"].as_array().unwrap().iter();
            let bounds: Vec<f64> = bounds.map(|own| own.as_f64().unwrap()).collect();
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
            // Tiles of an EPCI reach beyond the bounds of one of its communes.
            assert!(if token == &all { codes == *due } else { codes.is_subset(due) }, "{scale}");
            let path = format!("/editions/2024r1/zones?scale={scale}");
            let answer = server.get(&path, Some(token));
            let listed = answer.json()["zones"].clone();
            let listed = listed.as_array().unwrap().iter();
            let listed: BTreeSet<String> =
                listed.map(|zone| zone["code"].as_str().unwrap().to_owned()).collect();
            assert_eq!(listed, *due, "{scale}");
        }
        let within = format!("/editions/2024r1/zones?scale={scale}&within=epci:{epci}");
        let answer = server.get(&within, Some(&all)).json();
        let inside = answer["zones"].as_array().unwrap();
        assert!(!inside.is_empty() && inside.len() < every.len(), "{within}");
        let style = server.get(&format!("/styles/ressources.{scale}.json"), Some(&all));
        assert_eq!(style.status, 200);
        save(&all, &format!("/styles/ressources.{scale}.json"), &style.body);
    }
    for path in ["/editions", "/editions/2024r1/certificate"] {
        save(&all, &format!("{path}.json"), &server.get(path, Some(&all)).body);
    }
    let within = format!("/editions/2024r1/zones?scale=commune&within=epci_qpv:{epci}-Q");
    assert_eq!(server.get(&within, Some(&all)).status, 400);
    let edition = territory.edition();
    let (code, said, log) = audit(&[&edition, "--collected".as_ref(), saved.path()]);
    assert_eq!(code, 0, "{said}{log}");
}

/// A configuration with another section is refused by these words, and leaves nothing.
#[track_caller]
fn refused(change: impl FnOnce(String) -> String, exit: i32, expected: &[&str]) {
    let territory = divided().copy();
    territory.edit("seuil.toml", change);
    let (code, said) = territory.try_build();
    assert!(code == exit && expected.iter().all(|word| said.contains(word)), "{code} {said}");
    assert!(!territory.edition().exists());
}

#[test]
fn sections_that_contradict_themselves_are_refused_by_name() {
    let section = |text: &'static str| {
        move |all: String| all.replacen("[serve]", &format!("{text}\n[serve]"), 1)
    };
    let enabled = "[build.zones.commune_qpv]\nenabled = true";
    refused(
        |all| all.replacen(enabled, &format!("{enabled}\npath = \"qpv.geojson\""), 1),
        2,
        &["commune_qpv", "enabled = true"],
    );
    refused(|all| all.replacen(enabled, "[build.zones.commune_qpv]", 1), 2, &["commune_qpv"]);
    refused(
        |all| all.replacen("[build.zones.qpv]", "[build.zones.ept]", 1),
        2,
        &["build.zones.qpv", "QPV"],
    );
    refused(section("[build.zones.a]\nenabled = true\n"), 2, &["a :", "enabled"]);
    refused(
        section("[build.zones.a]\nlabel = \"A\"\ngrain = \"iris\"\nweight = 1.0\n"),
        2,
        &["a :", "path"],
    );
    refused(
        |all| all.replacen("[build.zones.iris]", "[build.zones.iris]\nlabel = \"A\"", 1),
        2,
        &["iris", "label"],
    );
    refused(
        section(
            "[build.zones.a]\npath = \"qpv.geojson\"\nlabel = \"A\"\ngrain = \"commune_qpv\"\nweight = 1.0\n",
        ),
        2,
        &["a", "grain"],
    );
}

#[test]
fn a_zoning_of_more_than_a_hundred_thousand_zones_is_refused_by_name() {
    let territory = divided().copy();
    let feature = |number: usize| {
        let (x, y) = ((number % 400) as f64 / 1000.0, (number / 400) as f64 / 1000.0);
        let (e, n) = (x + 0.0005, y + 0.0005);
        format!(
            "{{\"type\":\"Feature\",\"properties\":{{\"code\":\"{number}\"}},\"geometry\":{{\"type\":\"Polygon\",\
             \"coordinates\":[[[{x},{y}],[{e},{y}],[{e},{n}],[{x},{y}]]]}}}}"
        )
    };
    let features: Vec<String> = (0..100_001).map(feature).collect();
    let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", features.join(","));
    fs::write(territory.input().join("bandes.geojson"), text).unwrap();
    let (code, said) = territory.try_build();
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("bandes.geojson") && said.contains("100000 zones"), "{said}");
    assert!(!territory.edition().exists());
}
