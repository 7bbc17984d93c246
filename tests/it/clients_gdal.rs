//! GDAL opens every file of an edition, and reads a tile as two other decoders do.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use geozero::mvt::{Message, Tile};
use serde_json::{Map, Value};

use crate::clients::{Demo, drive, project, tool};
use crate::figures::fgb_zones;
use crate::pyramid::archives;
use crate::util::has;

const LIMIT: Duration = Duration::from_secs(60);

/// Properties of features by layer then id: what every decoder must agree on.
type Decoded = BTreeMap<String, BTreeMap<u64, Map<String, Value>>>;

#[test]
fn gdal_opens_every_file_of_the_edition_without_a_warning() {
    if !has("ogrinfo", "--version") {
        return;
    }
    let demo = Demo::shared();
    let manifest: Value =
        serde_json::from_slice(&fs::read(demo.edition().join("manifest.json")).unwrap()).unwrap();
    let scales = manifest["scales"].as_array().unwrap();
    assert!(scales.len() > 3, "an edition has its scales");
    for scale in scales {
        let id = scale["id"].as_str().unwrap();
        let path = demo.edition().join(format!("{id}.fgb"));
        let ended = drive(Command::new("ogrinfo").args(["-ro", "-so", "-al"]).arg(&path), LIMIT);
        assert_eq!(ended.code, Some(0), "{id}: {}", ended.stderr);
        assert_eq!(ended.stderr, "", "{id}");
        assert!(!ended.stdout.contains("Warning"), "{id}: {}", ended.stdout);
        assert!(ended.stdout.contains(&format!("Layer name: {id}\n")), "{id}");
        assert!(count(&ended.stdout, id) > 0, "{id}");
    }
}

#[test]
fn three_foreign_decoders_read_a_tile_as_ours_does() {
    let demo = Demo::shared();
    let (path, [z, x, y]) = demo.tile_of_the_epci();
    let ours = ours(&path);
    let zones = ours["commune"].len();
    assert_eq!(zones, demo.communes_of_the_epci().len(), "the tile holds the whole EPCI");

    if has("ogrinfo", "--version") && has("ogr2ogr", "--version") {
        let place = [format!("X={x}"), format!("Y={y}"), format!("Z={z}")];
        let options: Vec<&str> = place.iter().flat_map(|part| ["-oo", part.as_str()]).collect();
        let ended = drive(
            Command::new("ogrinfo").args(["-ro", "-so", "-al"]).args(&options).arg(&path),
            LIMIT,
        );
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        for (layer, features) in &ours {
            assert_eq!(count(&ended.stdout, layer), features.len(), "{layer}");
            assert_eq!(gdal(&path, &options, layer), *features, "{layer}");
        }
    }
    if let Some(node) = tool(".ci/node", &[])
        && tool(".ci/portal", &["--modules"]).is_some()
    {
        let script = project("web/e2e/decode.mjs");
        let mut command = Command::new(Path::new(&node).join("node"));
        assert_eq!(foreign(command.arg(script).arg(&path)), ours, "@mapbox/vector-tile");
    }
    if let Some(python) = tool(".ci/decoder", &[]) {
        let script = project("tests/clients/decode.py");
        let mut command = Command::new(python);
        assert_eq!(foreign(command.arg(script).arg(&path)), ours, "mapbox-vector-tile");
    }
}

#[test]
fn three_foreign_decoders_read_every_tile_of_an_edition_as_ours_does() {
    let demo = Demo::shared();
    let folder = tempfile::tempdir().unwrap();
    let mut tiles = BTreeMap::new();
    for archive in archives(&demo.edition()) {
        for (place, bytes) in archive.tiles() {
            let name = format!("{}_{place}.mvt", archive.scale);
            fs::write(folder.path().join(&name), &bytes).unwrap();
            tiles.insert(name, decode(&bytes));
        }
    }
    assert!(tiles.len() > 1000, "an edition has its tiles: {}", tiles.len());
    let agree = |decoder: &str, command: &mut Command| {
        let ended = drive(command.arg(folder.path()), Duration::from_secs(300));
        assert_eq!(ended.code, Some(0), "{decoder}: {}", ended.stderr);
        let mut lines = ended.stdout.lines();
        for (name, ours) in &tiles {
            let theirs = layers(&serde_json::from_str(lines.next().unwrap()).unwrap());
            assert_eq!(theirs, *ours, "{decoder}, {name}");
        }
        assert_eq!(lines.next(), None, "{decoder}");
    };
    if let Some(node) = tool(".ci/node", &[])
        && tool(".ci/portal", &["--modules"]).is_some()
    {
        let mut command = Command::new(Path::new(&node).join("node"));
        agree("@mapbox/vector-tile", command.arg(project("web/e2e/decode.mjs")));
    }
    if let Some(python) = tool(".ci/decoder", &[]) {
        let script = |name: &str| {
            let mut command = Command::new(&python);
            command.arg(project(name));
            command
        };
        agree("mapbox-vector-tile", &mut script("tests/clients/decode.py"));
        agree("GDAL", script("tests/clients/gdal.py").arg("tiles"));
    }
}

#[test]
fn a_newer_gdal_reads_every_zone_from_the_archives_at_every_zoom() {
    let Some(python) = tool(".ci/decoder", &[]) else { return };
    let demo = Demo::shared();
    for archive in archives(&demo.edition()) {
        let zooms: Vec<String> = archive.zooms.clone().map(|zoom| zoom.to_string()).collect();
        let ended = drive(
            Command::new(&python)
                .arg(project("tests/clients/gdal.py"))
                .arg("archive")
                .arg(&archive.path)
                .args(&zooms),
            Duration::from_secs(300),
        );
        assert_eq!(ended.code, Some(0), "{}: {}", archive.scale, ended.stderr);
        let read: Vec<Vec<String>> =
            ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(read.len(), zooms.len(), "{}", archive.scale);
        let zones = fgb_zones(&archive.path.with_extension("fgb"));
        let codes: Vec<&String> = zones.keys().collect();
        for (zoom, read) in zooms.iter().zip(read) {
            assert_eq!(read.iter().collect::<Vec<_>>(), codes, "{} at zoom {zoom}", archive.scale);
        }
    }
}

#[test]
fn gdal_reads_the_tiles_that_a_tilejson_names() {
    if !has("ogrinfo", "--version") {
        return;
    }
    let demo = Demo::shared();
    let base = format!("{}/k/{}/tiles/latest", demo.url(), demo.account(1, "token"));
    let ended = drive(
        Command::new("ogrinfo")
            .args(["-ro", "-so", "-al", "-oo", "TILE_EXTENSION=mvt", "-oo"])
            .arg(format!("METADATA_FILE={base}/commune.json"))
            .arg(format!("MVT:{base}/commune/8")),
        LIMIT,
    );
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_eq!(count(&ended.stdout, "commune"), demo.communes_of_the_epci().len());
    assert!(ended.stdout.contains("n_logements: "), "{}", ended.stdout);
}

/// The tile as the project's own protobuf types read it.
fn ours(path: &Path) -> Decoded {
    decode(&fs::read(path).unwrap())
}

fn decode(bytes: &[u8]) -> Decoded {
    let tile = Tile::decode(bytes).unwrap();
    let mut layers = Decoded::new();
    for layer in &tile.layers {
        let features = layers.entry(layer.name.clone()).or_default();
        for feature in &layer.features {
            let mut properties = Map::new();
            for tag in feature.tags.chunks_exact(2) {
                let value = &layer.values[tag[1] as usize];
                let value = value
                    .string_value
                    .clone()
                    .map(Value::from)
                    .or(value.bool_value.map(Value::from))
                    .or(value.double_value.map(Value::from))
                    .or(value.float_value.map(|number| f64::from(number).into()))
                    .or(value.int_value.map(Value::from))
                    .or(value.uint_value.map(Value::from))
                    .or(value.sint_value.map(Value::from))
                    .unwrap();
                properties.insert(layer.keys[tag[0] as usize].clone(), value);
            }
            let held = features.insert(feature.id.unwrap(), alike(properties));
            assert!(held.is_none(), "two features of one id");
        }
    }
    layers
}

fn gdal(path: &Path, options: &[&str], layer: &str) -> BTreeMap<u64, Map<String, Value>> {
    let ended = drive(
        Command::new("ogr2ogr")
            .args(["-f", "GeoJSON", "/vsistdout/"])
            .args(options)
            .arg(path)
            .arg(layer),
        LIMIT,
    );
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{layer}");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let features = document["features"].as_array().unwrap();
    let read = features.iter().map(|feature| {
        assert!(feature["geometry"]["type"].as_str().unwrap().ends_with("Polygon"));
        let mut properties = feature["properties"].as_object().unwrap().clone();
        let id = properties.shift_remove("mvt_id").unwrap().as_u64().unwrap();
        // GDAL gives every feature every column of the layer; those it lacks are null.
        properties.retain(|_, value| !value.is_null());
        (id, alike(properties))
    });
    read.collect()
}

fn foreign(command: &mut Command) -> Decoded {
    let ended = drive(command, LIMIT);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    layers(&serde_json::from_str(&ended.stdout).unwrap())
}

/// What a decoder says of one tile.
fn layers(document: &Value) -> Decoded {
    let layers = document.as_object().unwrap().iter().map(|(name, features)| {
        let read = features.as_array().unwrap().iter().map(|feature| {
            let least = if name == "adresse" { 1 } else { 4 };
            assert!(feature["points"].as_u64().unwrap() >= least, "{name}: a ring has four points");
            let properties = feature["properties"].as_object().unwrap().clone();
            (feature["id"].as_u64().unwrap(), alike(properties))
        });
        (name.clone(), read.collect())
    });
    layers.collect()
}

/// Properties in one order, numbers as floats: decoders differ on what a whole number is.
fn alike(properties: Map<String, Value>) -> Map<String, Value> {
    let mut pairs: Vec<(String, Value)> = properties.into_iter().collect();
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    let numbers = pairs.into_iter().map(|(key, value)| match value.as_f64() {
        Some(number) => (key, Value::from(number)),
        None => (key, value),
    });
    numbers.collect()
}

/// The feature count that `ogrinfo -so -al` says of a layer.
fn count(said: &str, layer: &str) -> usize {
    let after = said.split_once(&format!("Layer name: {layer}\n")).unwrap().1;
    let after = after.split_once("Feature Count: ").unwrap().1;
    after.lines().next().unwrap().trim().parse().unwrap()
}
