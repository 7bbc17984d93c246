//! QGIS draws the tiles, and only what its account may see.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clients::{Demo, Ended, drive, project};
use crate::util::has;

/// Debian's python, which has Debian's QGIS.
pub const PYTHON: &str = "/usr/bin/python3";

#[test]
fn qgis_draws_the_communes_of_the_epci_and_nothing_else() {
    if !qgis() {
        return;
    }
    let demo = Demo::shared();
    for mode in ["basic", "prefix"] {
        let (ended, picture) = draw(&demo, demo.account(1, "token"), mode);
        assert_eq!(ended.code, Some(0), "{mode}: {} {}", ended.stdout, ended.stderr);
        let said: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
        assert_eq!(said["codes"], json!(demo.communes_of_the_epci()), "{mode}");
        let colours = said["colours"].as_object().unwrap();
        let seen = colours.values().filter(|pixels| pixels.as_u64().unwrap() > 100).count();
        assert!(seen >= 3, "{mode}: fill colours {colours:?}");
        assert_eq!(said["outside"], 0, "{mode}: something is drawn outside the territory");
        let drawn: u64 = colours.values().map(|pixels| pixels.as_u64().unwrap()).sum();
        let undrawn = said["undrawn"].as_u64().unwrap();
        // The mask is wider than the zones by its outline.
        assert!(undrawn * 5 < drawn, "{mode}: {undrawn} pixels missing of {drawn}");
        assert!(fs::metadata(picture).unwrap().len() > 1000, "{mode}");
    }
}

#[test]
fn qgis_with_a_wrong_token_ends_with_a_refusal() {
    if !qgis() {
        return;
    }
    let demo = Demo::shared();
    for mode in ["basic", "prefix"] {
        let wrong = format!("{}x", demo.account(1, "token"));
        let (ended, picture) = draw(&demo, &wrong, mode);
        assert_eq!(ended.code, Some(3), "{mode}: {} {}", ended.stdout, ended.stderr);
        let said: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
        assert_eq!(said["statuses"].as_object().unwrap().keys().collect::<Vec<_>>(), ["401"]);
        assert!(!picture.exists(), "{mode}: a picture was made");
    }
}

#[test]
fn qgis_imports_the_connections_file_and_reads_the_figures_of_a_zone() {
    if !qgis() {
        return;
    }
    let demo = Demo::shared();
    let (ended, picture) = import(&demo, |file| file);
    assert_eq!(ended.code, Some(0), "{} {}", ended.stdout, ended.stderr);
    let said: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
    assert!(said["names"].as_array().unwrap().len() > 5, "{}", said["names"]);
    assert_eq!(said["styled"], true, "the style of the connection is used");
    assert!(said["colours"].as_u64().unwrap() > 3, "{}", said["colours"]);
    let zones = said["zones"].as_object().unwrap();
    assert_eq!(zones.keys().cloned().collect::<Vec<_>>(), demo.communes_of_the_epci());
    assert!(zones.iter().all(|(code, zone)| zone["code"] == code.as_str()));
    // The connection's style is that of the first family.
    let style = format!("/styles/{}.commune.json", said_family(&demo));
    let style: Value = serde_json::from_slice(&demo.get(&style, demo.account(1, "token"))).unwrap();
    let indicator = style["metadata"]["seuil:indicateur"].as_str().unwrap();
    let absent = |zone: &Value| zone.get(indicator).is_none();
    let hatched: Vec<&str> =
        said["hatched"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(
        hatched.iter().all(|code| absent(&zones[*code])),
        "published, yet hatched: {hatched:?}"
    );
    assert!(zones.values().any(|zone| !absent(zone)), "a zone is published");
    for (code, layers) in said["classed"].as_object().unwrap() {
        assert_eq!(layers, 1, "{code} has one colour");
    }
    let counted = zones.values().filter(|zone| zone["n_logements"].as_f64() >= Some(11.0)).count();
    assert!(counted > 0, "a zone says how many dwellings it has");
    assert!(fs::metadata(picture).unwrap().len() > 1000);
}

#[test]
fn qgis_says_why_when_the_token_of_a_connection_is_no_longer_good() {
    if !qgis() {
        return;
    }
    let demo = Demo::shared();
    let token = demo.account(1, "token");
    let (ended, picture) = import(&demo, |file| file.replace(token, &format!("{token}x")));
    assert_eq!(ended.code, Some(3), "{} {}", ended.stdout, ended.stderr);
    let said: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(said["statuses"].as_object().unwrap().keys().collect::<Vec<_>>(), ["401"]);
    assert!(!said["refusals"].as_array().unwrap().is_empty(), "QGIS has a reason to show");
    assert!(!picture.exists(), "a picture was made");
}

#[test]
fn qgis_says_why_when_the_token_of_a_connection_has_expired() {
    if !qgis() {
        return;
    }
    let demo = Demo::shared();
    let expired = demo.expired_token();
    let (ended, picture) = import(&demo, |file| file.replace(demo.account(1, "token"), &expired));
    assert_eq!(ended.code, Some(3), "{} {}", ended.stdout, ended.stderr);
    let said: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(said["statuses"].as_object().unwrap().keys().collect::<Vec<_>>(), ["401"]);
    assert!(!said["refusals"].as_array().unwrap().is_empty(), "QGIS has a reason to show");
    assert!(!picture.exists(), "a picture was made");
}

#[test]
fn qgis_with_an_authentication_configuration_draws_a_layer_with_its_style() {
    if !qgis() {
        return;
    }
    let demo = Demo::shared();
    let token = demo.account(1, "token");
    let file = demo.get("/qgis/commune.qlr?authcfg=seuil01", token);
    let definition = String::from_utf8(file).unwrap();
    assert!(!definition.contains(token) && definition.contains("authcfg=seuil01"));
    let (ended, picture) = add(&demo, &definition, token);
    assert_eq!(ended.code, Some(0), "{} {}", ended.stdout, ended.stderr);
    let said: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
    // Tiles, with the configuration, and nothing else: no style is asked for.
    let asked = said["asked"].as_array().unwrap();
    let only_tiles = |path: &Value| path.as_str().unwrap().starts_with("/tiles/");
    assert!(asked.iter().all(only_tiles), "{asked:?}");
    let manifest: Value =
        serde_json::from_slice(&fs::read(demo.edition().join("manifest.json")).unwrap()).unwrap();
    assert_eq!(said["attribution"], manifest["attribution"]);
    assert_eq!(said["rights"], json!([manifest["attribution"]]));
    assert!(said["name"].as_str().unwrap().starts_with("Seuil – "), "{}", said["name"]);
    assert_eq!(said["crs"], "EPSG:3857");
    let zones = said["zones"].as_object().unwrap();
    assert_eq!(zones.keys().cloned().collect::<Vec<_>>(), demo.communes_of_the_epci());
    let told = said["abstract"].as_str().unwrap();
    for column in zones.values().flat_map(|zone| zone.as_object().unwrap().keys()) {
        let own = ["code", "nom", "communes", "secret", "situe"].contains(&column.as_str());
        // Of an exact figure that is withheld, the interval is told by the column before.
        let plain = column.strip_suffix("_ext").unwrap_or(column);
        assert!(own || told.contains(&format!("{plain} : ")), "{column} is not told in {told}");
    }
    let style = format!("/styles/{}.commune.json", said_family(&demo));
    let style: Value = serde_json::from_slice(&demo.get(&style, token)).unwrap();
    let indicator = style["metadata"]["seuil:indicateur"].as_str().unwrap();
    // The filters say of each zone what the style of the map says.
    let hatched = said["hatched"].as_array().unwrap();
    for (code, zone) in zones {
        let is_hatched = hatched.iter().any(|one| one == code.as_str());
        assert!(!is_hatched || zone.get(indicator).is_none(), "{code} is published, yet hatched");
        assert_eq!(said["classed"][code], 1, "{code} has one colour");
    }
    let colours = said["colours"].as_object().unwrap();
    let palette: Vec<&str> = style["layers"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|layer| layer["paint"]["fill-color"].as_str())
        .filter(|colour| colours.get(*colour).is_some_and(|pixels| pixels.as_u64() > Some(50)))
        .collect();
    assert!(palette.len() >= 3, "{colours:?}");
    assert!(fs::metadata(picture).unwrap().len() > 1000);

    // A wrong token behind the configuration ends with a refusal.
    let (ended, picture) = add(&demo, &definition, &format!("{token}x"));
    assert_eq!(ended.code, Some(3), "{} {}", ended.stdout, ended.stderr);
    assert!(!picture.exists(), "a picture was made");
}

/// Adds a layer definition in a QGIS whose configuration `seuil01` holds a token.
fn add(demo: &Demo, definition: &str, token: &str) -> (Ended, PathBuf) {
    let right = demo.account(1, "token");
    let source: Value =
        serde_json::from_slice(&demo.get("/tiles/latest/commune.json", right)).unwrap();
    let kept = tempfile::tempdir_in(demo.folder()).unwrap().keep();
    let (layer, picture) = (kept.join("couche.qlr"), kept.join("picture.png"));
    fs::write(&layer, definition).unwrap();
    let request = kept.join("request.json");
    let text = json!({
        "layer": layer,
        "token": token,
        "configuration": "seuil01",
        "scale": "commune",
        "bounds": source["bounds"],
        "picture": picture,
    });
    fs::write(&request, text.to_string()).unwrap();
    let mut command = Command::new(PYTHON);
    command.arg(project("tests/clients/qgis_layer.py")).arg(&request);
    (drive(&mut command, Duration::from_secs(120)), picture)
}

/// The family that the connections of the demonstration are drawn with.
fn said_family(demo: &Demo) -> String {
    let file =
        String::from_utf8(demo.get("/qgis/connections.xml", demo.account(1, "token"))).unwrap();
    let after = file.split("/styles/").nth(1).unwrap();
    after.split('.').next().unwrap().to_owned()
}

/// Imports the connections file of the EPCI's token, as `change` leaves it.
fn import(demo: &Demo, change: impl FnOnce(String) -> String) -> (Ended, PathBuf) {
    let token = demo.account(1, "token");
    let source: Value =
        serde_json::from_slice(&demo.get("/tiles/latest/commune.json", token)).unwrap();
    let file = String::from_utf8(demo.get("/qgis/connections.xml", token)).unwrap();
    let kept = tempfile::tempdir_in(demo.folder()).unwrap().keep();
    let (connections, picture) = (kept.join("connections.xml"), kept.join("picture.png"));
    fs::write(&connections, change(file)).unwrap();
    let request = kept.join("request.json");
    let text = json!({
        "connections": connections,
        "scale": "commune",
        "bounds": source["bounds"],
        "picture": picture,
    });
    fs::write(&request, text.to_string()).unwrap();
    let mut command = Command::new(PYTHON);
    command.arg(project("tests/clients/qgis_import.py")).arg(&request);
    (drive(&mut command, Duration::from_secs(120)), picture)
}

pub fn qgis() -> bool {
    let found = Command::new(PYTHON)
        .args(["-c", "import qgis.core, qgis.gui"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !found {
        assert!(std::env::var_os("CI").is_none(), "python3-qgis must be installed where CI runs");
        shared::skipped("python3-qgis absent de cette machine");
    }
    found && has(PYTHON, "--version")
}

fn draw(demo: &Demo, token: &str, mode: &str) -> (Ended, PathBuf) {
    let right = demo.account(1, "token");
    let source: Value =
        serde_json::from_slice(&demo.get("/tiles/latest/commune.json", right)).unwrap();
    let kept = tempfile::tempdir_in(demo.folder()).unwrap().keep();
    let style = kept.join("style.json");
    fs::write(&style, demo.get("/styles/ressources.commune.json", right)).unwrap();
    let picture = kept.join("picture.png");
    let request = kept.join("request.json");
    let text = json!({
        "url": demo.url(),
        "token": token,
        "mode": mode,
        "style": style,
        "bounds": source["bounds"],
        "minzoom": source["minzoom"],
        "maxzoom": source["maxzoom"],
        "contours": demo.edition().join("commune.fgb"),
        "codes": demo.communes_of_the_epci(),
        "picture": picture,
    });
    fs::write(&request, text.to_string()).unwrap();
    let mut command = Command::new(PYTHON);
    command.arg(project("tests/clients/qgis_draw.py")).arg(&request);
    (drive(&mut command, Duration::from_secs(120)), picture)
}
