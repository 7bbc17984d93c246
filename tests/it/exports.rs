//! Exports, taken from the running server and read back by programs of others.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::figures::{Cell, Zone};
use super::territory::{Territory, demo};
use super::util::{Server, has, run};

/// The EPCI that crosses into a neighbouring département.
const EPCI: &str = "200901080";

/// A server of its own over the shared territory, with a folder for its temporary files.
struct House {
    territory: Territory,
    server: Server,
    temporary: tempfile::TempDir,
}

impl House {
    fn open() -> House {
        let territory = demo().copy_built();
        run(["edition", "activate", "2024r1", "--config", territory.config().to_str().unwrap()]);
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().to_str().unwrap();
        let server = Server::start_with(&territory.config(), &[("TMPDIR", folder)]);
        House { territory, server, temporary }
    }

    fn leftovers(&self) -> usize {
        fs::read_dir(self.temporary.path()).unwrap().count()
    }

    fn journal(&self, email: &str) -> String {
        let config = self.territory.config();
        let end = ["--config", config.to_str().unwrap()];
        let asked = ["journal", "export", "--from", "2026-01-01", "--to", "2199-12-31"];
        let all = String::from_utf8(run(asked.iter().chain(&end)).stdout).unwrap();
        assert!(!all.contains(email), "a journal names nobody");
        all
    }
}

/// What GDAL reads of a file: for each zone what its columns say, nulls left out.
fn gdal(path: &Path, layer: &str, options: &[&str]) -> BTreeMap<String, Zone> {
    let out = path.with_extension("lu.geojson");
    let output = Command::new("ogr2ogr")
        .args(["-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=15"])
        .arg(&out)
        .arg(path)
        .arg(layer)
        .args(options)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{}: {said}", path.display());
    let document: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    let mut zones = BTreeMap::new();
    for feature in document["features"].as_array().unwrap() {
        let mut zone = Zone::default();
        for (name, value) in feature["properties"].as_object().unwrap() {
            let cell = match value {
                Value::Null => continue,
                Value::String(text) if text.is_empty() => continue,
                Value::String(text) => Cell::Text(text.clone()),
                Value::Bool(truth) => Cell::Truth(*truth),
                number => Cell::Number(number.as_f64().unwrap()),
            };
            zone.0.insert(name.clone(), cell);
        }
        zones.insert(zone.text("code").to_owned(), zone);
    }
    zones
}

#[test]
fn gdal_reads_the_figures_of_the_edition_back_from_each_format_that_it_knows() {
    if !has("ogr2ogr", "--version") {
        return;
    }
    let house = House::open();
    let token = house.territory.account("ope@etat.fr", "france");
    let folder = tempfile::tempdir().unwrap();
    for scale in ["commune", "adresse"] {
        let expected = house.territory.zones(scale);
        assert!(expected.len() > 20, "{scale}");
        for (ending, layer, options) in [
            ("fgb", format!("2024r1.{scale}"), &[][..]),
            ("gpkg", scale.to_owned(), &[]),
            ("geojson", format!("2024r1.{scale}"), &[]),
        ] {
            let path = format!("/export/latest/{scale}.{ending}");
            let answer = house.server.get(&path, Some(&token));
            assert_eq!(answer.status, 200, "{path}");
            let saved = format!("attachment; filename=\"seuil-2024r1-{scale}.{ending}\"");
            assert_eq!(answer.headers["content-disposition"], saved.as_str());
            let file = folder.path().join(format!("{scale}.{ending}"));
            fs::write(&file, &answer.body).unwrap();
            let mut found = gdal(&file, &layer, options);
            for zone in found.values_mut() {
                zone.0.retain(|name, _| !name.starts_with("statut_"));
            }
            assert!(found == expected, "{path}: GDAL reads other figures than the edition holds");
        }
    }
    let answer = house.server.get("/export/latest/commune.xlsx", Some(&token));
    let file = folder.path().join("commune.xlsx");
    fs::write(&file, &answer.body).unwrap();
    let output = Command::new("ogrinfo").args(["-ro", "-so"]).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    for sheet in ["Chiffres", "Dictionnaire", "À propos"] {
        assert!(said.contains(sheet), "{said}");
    }
    assert_eq!(house.leftovers(), 0, "nothing is left behind");
}

#[test]
fn an_export_says_who_made_it_when_and_what_for_in_the_file_and_in_the_journal() {
    let house = House::open();
    let token = house.territory.account("ope@etat.fr", "france");
    let path = format!("/export/latest/iris.geojson?within=epci:{EPCI}&but=observation&fields=nom");
    let answer = house.server.get(&path, Some(&token));
    let document = answer.json();
    let about = &document["metadata"];
    assert_eq!(about["Par"], "ope@etat.fr");
    assert_eq!(about["Territoire"], format!("epci:{EPCI}"));
    assert!(about["Finalités"].as_str().unwrap().contains("observer"), "{about}");
    assert!(about["Exporté le"].as_str().unwrap().ends_with('Z'), "{about}");
    assert!(!document["features"].as_array().unwrap().is_empty());
    let plain = house.server.get("/export/latest/iris.csv?dialect=rfc4180", Some(&token));
    let french = house.server.get("/export/latest/iris.csv", Some(&token));
    assert!(french.body.starts_with(b"\xef\xbb\xbfcode;nom;"));
    assert!(plain.body.starts_with(b"code,nom,"));
    let lines = |body: &[u8]| body.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines(&french.body), lines(&plain.body));
    assert_eq!(lines(&plain.body), 1 + house.territory.zones("iris").len());
    let refused = house.server.get("/export/latest/iris.csv?but=revente", Some(&token));
    assert_eq!(refused.status, 422);
    // What the journal holds of a second is written when it is over.
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let journal = house.journal("ope@etat.fr");
        let told = journal.lines().filter(|line| line.contains(";export;")).count();
        if told == 3 {
            assert!(journal.contains("format=geojson but=observation"), "{journal}");
            assert!(journal.contains("format=csv but=politique,programmation"), "{journal}");
            break;
        }
        assert!(Instant::now() < deadline, "{journal}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_reader_who_leaves_or_may_see_no_longer_gets_no_whole_file_and_leaves_nothing_behind() {
    let house = House::open();
    let token = house.territory.account("ope@etat.fr", "france");
    let address = house.server.url.strip_prefix("http://").unwrap().to_owned();
    let ask = |path: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let head =
            format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut start = [0; 1024];
        stream.read_exact(&mut start).unwrap();
        assert!(start.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&start));
        stream
    };
    for ending in ["csv", "xlsx", "geojson", "fgb", "gpkg", "parquet", "zip"] {
        drop(ask(&format!("/export/latest/adresse.{ending}")));
    }
    // One that is read slowly, while the token is taken back.
    let mut slow = ask("/export/latest/adresse.geojson");
    let config = house.territory.config();
    let end = ["--config", config.to_str().unwrap()];
    run(["account", "disable", "ope@etat.fr"].iter().chain(&end));
    std::thread::sleep(Duration::from_millis(2_500));
    let mut rest = Vec::new();
    let read = slow.read_to_end(&mut rest);
    let whole = read.is_ok() && rest.ends_with(b"0\r\n\r\n");
    assert!(!whole, "{} bytes came whole", rest.len());
    assert_eq!(house.leftovers(), 0);
    assert_eq!(house.server.get("/export/latest/france.csv", Some(&token)).status, 401);
}
