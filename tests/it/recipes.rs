//! The recipes of the guide for readers, as the page has them: what GDAL, geopandas, OWSLib and R then hold is
//! what the service says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::aide::{blocks, commands, run};
use crate::clients::{Demo, drive, tool};
use crate::clients_features::{same, zones};
use crate::util::has;

const LIMIT: Duration = Duration::from_secs(180);

/// What the commands of the page leave in a folder, for the EPCI's account.
fn after_the_commands(demo: &Demo) -> TempDir {
    run(&commands("lire"), &[("URL", demo.url()), ("JETON", demo.account(1, "token"))])
}

/// Runs a script of the page, with a last line of the test's own; gives what that prints.
fn ran(demo: &Demo, folder: &Path, program: &str, script: &str) -> String {
    let file = folder.join("recipe");
    fs::write(&file, script).unwrap();
    let mut command = Command::new(program);
    command.arg(&file).current_dir(folder);
    command.env("URL", demo.url()).env("JETON", demo.account(1, "token"));
    let ended = drive(&mut command, LIMIT);
    assert_eq!(ended.code, Some(0), "{script}\n{}\n{}", ended.stdout, ended.stderr);
    ended.stdout.lines().last().unwrap_or_default().to_owned()
}

/// The only block of the page that holds a word.
fn recipe(language: &str, word: &str) -> String {
    let found: Vec<String> =
        blocks("lire", language).into_iter().filter(|block| block.contains(word)).collect();
    assert_eq!(found.len(), 1, "{language}, {word}");
    found[0].clone()
}

/// Holds rows of a client against the zones of the service: all of them, and every column.
#[track_caller]
fn all_the_same(rows: &[Value], zones: &BTreeMap<String, Value>, client: &str) {
    let codes: BTreeSet<&str> = rows.iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert!(codes.len() == rows.len() && codes.iter().copied().eq(zones.keys()), "{client}");
    let (mut figures, mut absent) = (0, 0);
    for row in rows {
        let zone = &zones[row["code"].as_str().unwrap()];
        let mut known = row.clone();
        let columns = known.as_object_mut().unwrap();
        columns.retain(|name, _| zone.get(name).is_some() && !["x", "y"].contains(&name.as_str()));
        let own = zone.as_object().unwrap().len() - ["x", "y", "bounds"].len();
        assert_eq!(columns.len(), own, "{client}: columns");
        same(&known, zone, client);
        let columns = known.as_object().unwrap();
        figures += columns.values().filter(|value| value.is_number()).count();
        absent += columns.values().filter(|value| value.is_null()).count();
    }
    assert!(figures > 100 && absent > 100, "{client}: {figures} figures, {absent} absent");
}

/// The features of a GeoJSON document as rows.
fn rows(features: &Value) -> Vec<Value> {
    let features = features.as_array().unwrap().iter();
    features.map(|feature| feature["properties"].clone()).collect()
}

#[test]
fn the_commands_of_the_guide_for_readers_run_and_gdal_holds_what_the_service_says() {
    if !has("curl", "--version") || !has("ogr2ogr", "--version") {
        return;
    }
    let demo = Demo::shared();
    let folder = after_the_commands(&demo);
    let zones = zones(&demo, "commune");
    for (file, layer) in [("communes_ogc.gpkg", "communes"), ("communes.gpkg", "commune")] {
        let mut command = Command::new("ogr2ogr");
        command.args(["-f", "GeoJSON", "/vsistdout/", file, layer]).current_dir(folder.path());
        let ended = drive(&mut command, LIMIT);
        let document: Value = serde_json::from_str(&ended.stdout).unwrap();
        all_the_same(&rows(&document["features"]), &zones, file);
    }
    let kept = fs::read_to_string(folder.path().join("repondants.csv")).unwrap();
    let kept: BTreeSet<&str> = kept
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap().trim_matches('"'))
        .collect();
    let due = zones.iter().filter(|(_, zone)| zone["tx_reponse"].as_f64() >= Some(85.0));
    assert_eq!(kept, due.map(|(code, _)| code.as_str()).collect());
    assert!(!kept.is_empty() && kept.len() < zones.len());
    assert!(fs::metadata(folder.path().join("extrait.ods")).unwrap().len() > 1000);
    let connections = fs::read_to_string(folder.path().join("zones.xml")).unwrap();
    assert!(connections.contains("OGC_API_FEATURES"));
}

#[test]
fn the_recipes_for_python_read_what_the_service_says() {
    if !has("curl", "--version") || !has("ogr2ogr", "--version") {
        return;
    }
    let Some(python) = tool(".ci/decoder", &[]) else { return };
    let demo = Demo::shared();
    let folder = after_the_commands(&demo);
    let zones = zones(&demo, "commune");
    let script = format!(
        "{}\n{}",
        recipe("python", "geopandas"),
        "import json\n\
         assert communes.geometry.is_valid.all() and communes.crs.to_epsg() in (4326, None), communes.crs\n\
         assert str(communes.tx_reponse.dtype) == 'float64' and (ensemble.places == 10).all()\n\
         assert len(ensemble) == len(communes)\n\
         excel = pandas.read_excel('communes.xlsx', dtype={'code': str, 'communes': str, 'situe': str})\n\
         tables = [communes.drop(columns='geometry'), tableau, excel]\n\
         print(json.dumps([json.loads(one.to_json(orient='records')) for one in tables]))\n"
    );
    let said: Value = serde_json::from_str(&ran(&demo, folder.path(), &python, &script)).unwrap();
    for (rows, client) in said.as_array().unwrap().iter().zip(["geopandas", "CSV", "XLSX"]) {
        all_the_same(rows.as_array().unwrap(), &zones, client);
    }
    // More than one page.
    let page = recipe("python", "owslib").replace("limit=1000", "limit=3");
    assert!(page.contains("limit=3") && zones.len() > 3);
    let script = format!("{page}\nimport json\nprint(json.dumps(zones))\n");
    let said: Value = serde_json::from_str(&ran(&demo, folder.path(), &python, &script)).unwrap();
    all_the_same(&rows(&said), &zones, "OWSLib");
}

#[test]
fn the_recipe_for_r_reads_what_the_service_says() {
    if std::env::var_os("SEUIL_LONG").is_none() {
        return shared::skipped("R et sf sont lourds à installer ; make test-long le fait");
    }
    let ended = drive(Command::new("Rscript").args(["-e", "library(sf)"]), LIMIT);
    assert_eq!(ended.code, Some(0), "make test-long installs R and sf: {}", ended.stderr);
    let demo = Demo::shared();
    let folder = after_the_commands(&demo);
    let zones = zones(&demo, "commune");
    let script = format!(
        "{}\n{}",
        recipe("r", "library(sf)"),
        "tableau$secret <- tableau$secret == 'vrai'\n\
         stopifnot(all(st_is_valid(communes)), is.numeric(communes$tx_reponse), nrow(ensemble) == nrow(communes))\n\
         stopifnot(all(ensemble$statut_menages %in% c('diffusé', 'secret', 'sans objet')))\n\
         st_write(communes, 'sf.geojson', quiet = TRUE)\n\
         st_write(st_sf(tableau, geometry = st_geometry(communes)[match(tableau$code, communes$code)]), 'table.geojson', quiet = TRUE)\n\
         cat('done\\n')\n"
    );
    assert_eq!(ran(&demo, folder.path(), "Rscript", &script), "done");
    for file in ["sf.geojson", "table.geojson"] {
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        all_the_same(&rows(&document["features"]), &zones, file);
    }
}
