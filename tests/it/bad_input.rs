//! Bad input: the documented exit code or status, a message that says where and what to do, and
//! nothing under a final name.

use std::fs;

use super::spoil::{
    cut, put_catalogue, put_qpv, put_rules, rename_communes, repeat_first_feature, set_key,
};
use super::territory::{Territory, demo};
use super::util::{Server, run};

const USAGE: i32 = 2;
const INPUT: i32 = 3;

/// What is done to good input, the exit code, and what the message must hold.
type Case = (&'static str, fn(&Territory), i32, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "a missing column",
        |at| at.edit("ops_2024.csv", |text| text.replacen(";REPONDU;", ";REPONDUE;", 1)),
        INPUT,
        &["ops_2024.csv, ligne 1", "REPONDU"],
    ),
    (
        "a CRS that the file names and nobody knows",
        |at| {
            at.edit("qpv.geojson", |text| {
                let name = "urn:ogc:def:crs:EPSG::27572";
                let crs = format!(r#"{{"type":"name","properties":{{"name":"{name}"}}}}"#);
                text.replacen('{', &format!(r#"{{"crs":{crs},"#), 1)
            });
        },
        INPUT,
        &["qpv.geojson", "27572"],
    ),
    (
        "a CRS that the configuration names and nobody knows",
        |at| {
            set_key(at, "[build.zones.iris]", "crs = \"EPSG:27572\"");
            fs::remove_file(at.input().join("iris.prj")).unwrap();
        },
        INPUT,
        &["iris.shp", "27572"],
    ),
    (
        "no CRS at all",
        |at| fs::remove_file(at.input().join("iris.prj")).unwrap(),
        INPUT,
        &["iris.shp", "crs = "],
    ),
    (
        "a broken GeoPackage",
        |at| cut(at, "communes.gpkg", 2),
        INPUT,
        &["communes.gpkg", "GeoPackage", "à nouveau"],
    ),
    ("a broken FlatGeobuf", |at| cut(at, "epci.fgb", 2), INPUT, &["epci.fgb", "FlatGeobuf"]),
    ("a broken Shapefile", |at| cut(at, "iris.shp", 2), INPUT, &["iris.shp", "tronqué"]),
    ("a broken GeoJSON", |at| cut(at, "qpv.geojson", 2), INPUT, &["qpv.geojson", "GeoJSON"]),
    (
        "a truncated gzip",
        |at| cut(at, "rpls/rpls_1.csv.gz", 2),
        INPUT,
        &["rpls_1.csv.gz", "tronqué", "redemander"],
    ),
    (
        "a polygon that crosses itself",
        |at| {
            put_qpv(
                at,
                &[("QN08501M", "[[-0.7,46.7],[-0.6,46.8],[-0.6,46.7],[-0.7,46.8],[-0.7,46.7]]")],
            )
        },
        INPUT,
        &["qpv.geojson", "QN08501M", "se croise", "makevalid"],
    ),
    (
        "two zones with one code",
        |at| {
            let tables = fs::read_to_string(at.input().join("regions.geojson")).unwrap();
            let twice = repeat_first_feature(&tables);
            fs::write(at.input().join("regions.geojson"), twice).unwrap();
        },
        INPUT,
        &["regions.geojson", "code 52", "une"],
    ),
    (
        "an empty register",
        |at| fs::write(at.input().join("rpls/rpls_2.csv"), "").unwrap(),
        INPUT,
        &["rpls_2.csv", "vide"],
    ),
    (
        "an empty survey",
        |at| fs::write(at.input().join("ops_2024.csv"), "").unwrap(),
        INPUT,
        &["ops_2024.csv", "vide"],
    ),
    (
        "an empty contour file",
        |at| fs::write(at.input().join("qpv.geojson"), "").unwrap(),
        INPUT,
        &["qpv.geojson", "vide"],
    ),
    (
        "a survey with its header alone",
        |at| at.edit("ops_2024.csv", |text| text.lines().next().unwrap().to_owned() + "\n"),
        INPUT,
        &["ops_2024.csv", "aucune ligne"],
    ),
    (
        "a table of EPCI without its code column",
        |at| at.edit("epci_composition.csv", |text| text.replacen("CODGEO", "COD", 1)),
        INPUT,
        &["epci_composition.csv", "CODGEO"],
    ),
    (
        "many rows of a commune that no table knows",
        |at| rename_communes(at, usize::MAX),
        INPUT,
        &["lignes rejetées", "rejets.csv"],
    ),
    (
        "an unknown key",
        |at| set_key(at, "[build]", "seuil = 11"),
        USAGE,
        &["seuil.toml", "seuil", "unknown field"],
    ),
    (
        "a word that opens nothing",
        |at| set_key(at, "[build]", "open = [\"rpls_ouvert\", \"ops\"]"),
        USAGE,
        &["seuil.toml", "« ops » ne s'ouvre pas", "rpls_ouvert et communes"],
    ),
    (
        "an indicator that is public in name alone",
        |at| {
            let catalogue = include_str!("../../data/catalogue.toml");
            let renamed = catalogue.replacen("rpls_restreint", "rpls_ouvert", 1);
            fs::write(at.input().join("catalogue.toml"), renamed).unwrap();
            let keys = "indicators = \"catalogue.toml\"\nopen = [\"rpls_ouvert\"]";
            set_key(at, "[build]", keys);
        },
        USAGE,
        &["build.open, rpls_ouvert", "loyer_m2"],
    ),
    (
        "a denominator over a part of its universe",
        |at| put_catalogue(at, "universe = \"etiquettes\"", "universe = \"logements\""),
        USAGE,
        &["catalogue.toml", "« dpe_abc »", "« logements »", "known(…)"],
    ),
    (
        "an eligibility on a column that is not open",
        |at| put_catalogue(at, "condition = \"known(NBPIECE)\"", "condition = \"known(MODE)\""),
        USAGE,
        &["catalogue.toml", "« pieces »", "MODE", "colonne publique"],
    ),
    (
        "two universes of one column, undeclared",
        |at| put_catalogue(at, "joined = \"mobilite\"\n", ""),
        USAGE,
        &["catalogue.toml", "« tx_mobilite »", "BAIL", "deux systèmes"],
    ),
    (
        "a threshold of 10",
        |at| at.edit("seuil.toml", |text| text.replace("threshold = 11", "threshold = 10")),
        USAGE,
        &["seuil.toml", "build.threshold", "11"],
    ),
    (
        "no threshold",
        |at| at.edit("seuil.toml", |text| text.replace("threshold = 11", "")),
        USAGE,
        &["seuil.toml", "threshold"],
    ),
    (
        "rules below the floor",
        |at| put_rules(at, |rules| rules.replace("threshold = 11", "threshold = 10")),
        USAGE,
        &["rules.toml", "11"],
    ),
    (
        "rules about an unknown universe",
        |at| put_rules(at, |rules| rules + "\nmartiens = 2.0\n"),
        USAGE,
        &["rules.toml", "martiens"],
    ),
    (
        "no rules file",
        |at| set_key(at, "[build]", "rules = \"rules.toml\""),
        USAGE,
        &["rules.toml"],
    ),
    (
        "no survey file",
        |at| fs::remove_file(at.input().join("ops_2024.csv")).unwrap(),
        USAGE,
        &["ops_2024.csv", "n'existe pas"],
    ),
    (
        "no contour file",
        |at| fs::remove_file(at.input().join("communes.gpkg")).unwrap(),
        USAGE,
        &["communes.gpkg"],
    ),
];

#[test]
fn bad_input_has_its_exit_code_a_message_that_helps_and_leaves_no_edition() {
    let good = Territory::invent(&["--households", "2000"]);
    for (name, spoil, code, fragments) in CASES {
        let bad = good.copy();
        spoil(&bad);
        let (found, said) = bad.try_build();
        assert_eq!(found, *code, "{name}: {said}");
        for fragment in *fragments {
            assert!(said.contains(fragment), "{name}: « {fragment} » is not in: {said}");
        }
        let left = fs::read_dir(bad.editions()).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{name}: something is left among the editions");
    }
    // What is spoilt above is good before.
    good.build();
}

#[test]
fn a_few_rows_of_an_unknown_commune_are_rejected_and_reported() {
    let territory = Territory::invent(&["--households", "2000"]);
    // Three of some three hundred: under the share that a file may lose.
    rename_communes(&territory, 3);
    territory.build();
    let record = territory.input().join("records/2024r1");
    let rejected = fs::read_to_string(record.join("rejets.csv")).unwrap();
    let lines: Vec<&str> = rejected.lines().collect();
    // The dwellings, and perhaps the households that answered for them.
    let of_register: Vec<&&str> = lines.iter().filter(|line| line.contains("rpls_2.csv")).collect();
    assert_eq!(of_register.len(), 3, "{rejected}");
    assert!(of_register.iter().all(|line| line.contains(";DEPCOM;")), "{rejected}");
    assert!(!rejected.contains("85999"), "a rejection never holds the value");
    let report = fs::read_to_string(record.join("import.txt")).unwrap();
    assert!(report.contains(&format!("Lignes rejetées : {}", lines.len() - 1)), "{report}");
}

#[test]
fn a_bad_tile_address_is_refused_in_words_and_a_revoked_token_opens_nothing() {
    let territory = demo().copy_built();
    let token = territory.account("anne@agglo.fr", "france");
    let server = Server::start(&territory.config());
    for (path, status) in [
        ("/tiles/2024r1/commune/8/256/0.mvt", 400),
        ("/tiles/2024r1/commune/8/0/256.mvt", 400),
        ("/tiles/2024r1/commune/31/0/0.mvt", 400),
        ("/tiles/2024r1/commune/256/0/0.mvt", 400),
        ("/tiles/2024r1/commune/8/4294967296/0.mvt", 400),
        ("/tiles/2024r1/commune/8/99999999999999999999999/0.mvt", 400),
        ("/tiles/2024r1/commune/-8/0/0.mvt", 400),
        ("/tiles/2024r1/commune/8/+1/0.mvt", 400),
        ("/tiles/2024r1/commune/8/1.0/0.mvt", 400),
        ("/tiles/2024r1/commune/8/x/0.mvt", 400),
        ("/tiles/2024r1/commune/8/1/1.png", 400),
        ("/tiles/2024r1/8/256/0.mvt", 400),
        ("/tiles/2024r1/8/1/1e3.mvt", 400),
        ("/tiles/2024r1/commune/12/0/0.mvt", 404),
        ("/tiles/2024r1/rue/8/0/0.mvt", 404),
        ("/tiles/2024r9/commune/8/0/0.mvt", 404),
        ("/tiles/2024r1/25/0/0.mvt", 404),
    ] {
        assert_eq!(server.get(path, None).status, 401, "{path}");
        let answer = server.get(path, Some(&token));
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
        let problem = answer.json();
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
    }

    let tile = "/tiles/2024r1/france/0/0/0.mvt";
    assert_eq!(server.get(tile, Some(&token)).status, 200);
    let config = territory.config();
    let revoke = ["account", "revoke", "anne@agglo.fr", "--name", "jeton", "--config"];
    run(revoke.iter().copied().chain([config.to_str().unwrap()]));
    let revoked = server.get(tile, Some(&token));
    assert_eq!(revoked.status, 401);
    assert_eq!(revoked.body, server.get(tile, None).body);
}

#[test]
fn a_file_that_changes_or_vanishes_under_a_server_is_said_once() {
    let territory = demo().copy_built();
    let token = territory.account("anne@agglo.fr", "france");
    let server = Server::start(&territory.config());
    let edition = territory.input().join("editions/2024r1");
    let tile = |scale: &str, z: u32, x: u32, y: u32| {
        server.get(&format!("/tiles/2024r1/{scale}/{z}/{x}/{y}.mvt"), Some(&token))
    };
    // One archive is open when it is written to; the other was never asked for when it goes.
    let kept = tile("france", 0, 0, 0);
    assert_eq!(kept.status, 200);
    let mut written =
        fs::OpenOptions::new().append(true).open(edition.join("france.pmtiles")).unwrap();
    std::io::Write::write_all(&mut written, b"more").unwrap();
    fs::remove_file(edition.join("region.pmtiles")).unwrap();
    for _ in 0..20 {
        let refused = [("france", 1), ("region", 0), ("region", 2)];
        for answer in refused.map(|(scale, z)| tile(scale, z, 0, 0)) {
            assert_eq!(answer.status, 503);
            assert!(answer.headers.contains_key("retry-after"));
            assert!(!answer.headers.contains_key("etag"));
        }
    }
    assert_eq!(tile("france", 0, 0, 0).body, kept.body, "what is kept was whole when it was read");
    assert_eq!(tile("departement", 4, 0, 0).status, 204, "the others go on");
    let said = server.stop();
    for file in ["france.pmtiles", "region.pmtiles"] {
        assert_eq!(said.lines().filter(|line| line.contains(file)).count(), 1, "{said}");
    }
}
