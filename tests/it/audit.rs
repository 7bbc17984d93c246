//! `seuil audit` on editions that the program built: yes, and no once something is given back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::figures::{Cell, fgb_zones, tile_zones};
use super::plants::layer::{Layer, Value};
use super::protection::address;
use super::spoil::misplace;
use super::territory::{Shared, Territory, cover, rows};
use super::util::{Server, seuil};

/// The built-in catalogue without any domain, nor what rests on one.
fn plain_catalogue() -> String {
    let mut catalogue: toml::Table = include_str!("../../data/catalogue.toml").parse().unwrap();
    let has = |entry: &toml::Value, key: &str| entry.get(key).is_some();
    catalogue.remove("eligibilities");
    let mut kept = Vec::new();
    let universes = catalogue["universes"].as_array_mut().unwrap();
    universes.retain(|own| !has(own, "domain_of") && !has(own, "eligible"));
    for universe in universes {
        universe.as_table_mut().unwrap().remove("joined");
        kept.push(universe["id"].clone());
    }
    let indicators = catalogue["indicators"].as_array_mut().unwrap();
    indicators.retain(|own| kept.contains(&own["universe"]));
    toml::to_string(&catalogue).unwrap()
}

/// A small territory whose catalogue declares no domain: each universe is a system by itself.
fn without_domains() -> Arc<Territory> {
    static SHARED: Shared = Shared::new();
    SHARED.get(|| {
        let territory = Territory::invent(&["--households", "3000"]);
        fs::write(territory.input().join("catalogue.toml"), plain_catalogue()).unwrap();
        territory.edit("seuil.toml", |text| {
            text.replacen("[build]", "[build]\nindicators = \"catalogue.toml\"", 1)
        });
        territory.build();
        territory
    })
}

/// Exit code, what the operator reads, what a log would keep.
pub fn audit(arguments: &[&Path]) -> (i32, String, String) {
    let output = seuil().arg("audit").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (said, log) = (text(&output.stdout), text(&output.stderr));
    assert!(!log.contains("panicked"), "{log}");
    (output.status.code().unwrap(), said, log)
}

/// A copy of an edition in which one column of one zone says something else.
pub fn replant(
    territory: &Territory,
    scale: &str,
    code: &str,
    column: &str,
    value: i64,
) -> Territory {
    let copy = territory.copy_built();
    let name = format!("{scale}.fgb");
    let path = copy.edition().join(&name);
    rewrite(&path, code, column, value);
    let digest = hex::encode(Sha256::digest(fs::read(&path).unwrap()));
    let manifest = copy.edition().join("manifest.json");
    let mut document = copy.document("manifest.json");
    document["files"][&name] = digest.into();
    fs::write(manifest, serde_json::to_string_pretty(&document).unwrap() + "\n").unwrap();
    copy
}

/// Writes a FlatGeobuf again, with one value more or another.
fn rewrite(path: &Path, code: &str, column: &str, value: i64) {
    let mut layer = Layer::read(path);
    let place = layer.column(column);
    let zone = layer.zones.iter_mut().find(|zone| zone.code() == code).unwrap();
    zone.values.insert(place, Value::Integer(value));
    layer.write(path);
}

/// Dwellings of each address, from the rows.
fn dwellings(territory: &Territory) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for name in ["rpls/rpls_1.csv.gz", "rpls/rpls_2.csv"] {
        for key in rows(&territory.input().join(name)).filter_map(|row| address(&row)) {
            *counts.entry(key).or_default() += 1;
        }
    }
    counts
}

fn source(territory: &Territory) -> [PathBuf; 3] {
    [territory.edition(), "--source".into(), territory.config()]
}

fn with_source(territory: &Territory) -> (i32, String, String) {
    let arguments = source(territory);
    audit(&arguments.each_ref().map(PathBuf::as_path))
}

#[test]
fn the_auditor_agrees_with_an_edition_that_is_protected_in_full() {
    let territory = without_domains();
    let (code, said, log) = with_source(&territory);
    assert_eq!(code, 0, "{said}{log}");
    assert!(said.contains("chaque chiffre est celui des microdonnées"), "{said}");
    assert!(said.contains("règle du onzième : vérifiée quant aux supports seulement"), "{said}");
    assert!(said.contains("coupes de deux familles emboîtées"), "{said}");
    assert!(!said.contains("enfreinte (") && !said.contains("non décidé"), "{said}");
    // Who has the edition alone holds its catalogue to the one that is built in.
    let (code, said, _) = audit(&[&territory.edition()]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("Catalogue : indicators.json, « "), "{said}");
}

#[test]
fn the_auditor_sees_what_joins_a_domain_and_its_filter() {
    let territory = Territory::invent(&["--households", "3000"]);
    territory.build();
    let (code, said, log) = with_source(&territory);
    if territory.document("certificate.json")["r2"] == "full" {
        assert_eq!(code, 0, "{said}{log}");
        let record = territory.input().join("records");
        let [edition, flag, config] = source(&territory);
        let (code, said, log) = audit(&[&edition, &flag, &config, "--record".as_ref(), &record]);
        assert_eq!(code, 0, "{said}{log}");
        assert!(said.contains("certificats additionnés"), "{said}");
    } else {
        assert_eq!(code, 1, "{said}{log}");
        assert!(said.contains("R2, différence de domaines"), "{said}");
    }
}

#[test]
fn one_secret_count_given_back_by_hand_is_named() {
    let territory = without_domains();
    let zones = territory.zones("adresse");
    let hidden = |code: &String| zones[code].count("n_logements").is_none();
    let dwellings = dwellings(&territory);
    let small = dwellings.iter().find(|(code, count)| hidden(code) && **count < 11).unwrap();
    let large = dwellings.iter().find(|(code, count)| hidden(code) && **count >= 11).unwrap();
    for ((address, count), rule) in [(small, "R1, seuil"), (large, "R2, ")] {
        let leaky = replant(&territory, "adresse", address, "n_logements", *count);
        let (code, said, log) = with_source(&leaky);
        assert_eq!(code, 1, "{said}{log}");
        let named = |line: &str| line.starts_with(rule) && line.contains(address.as_str());
        assert!(said.lines().any(named), "{said}");
        assert!(!log.contains(address.as_str()), "a log keeps no combination: {log}");
        if *count < 11 {
            let (code, said, _) = audit(&[&leaky.edition()]);
            assert_eq!(code, 1, "{said}");
            assert!(said.lines().any(named), "{said}");
        }
    }
}

#[test]
fn a_figure_of_other_microdata_is_named() {
    let territory = without_domains();
    let zones = territory.zones("commune");
    let (commune, zone) = zones.iter().find(|(_, zone)| zone.count("n_menages").is_some()).unwrap();
    let wrong = zone.count("n_menages").unwrap() as i64 + 1;
    let other = replant(&territory, "commune", commune, "n_menages", wrong);
    let (code, said, log) = with_source(&other);
    assert_eq!(code, 1, "{said}{log}");
    assert!(said.contains(&format!("Chiffre : commune {commune}, « n_menages »")), "{said}");

    let spoilt = territory.copy_built();
    rewrite(&spoilt.edition().join("commune.fgb"), commune, "n_menages", wrong);
    let (code, _, log) = audit(&[&spoilt.edition()]);
    assert_eq!(code, 3, "{log}");
    assert!(log.contains("commune.fgb"), "{log}");
    assert_eq!(audit(&[Path::new("nowhere/2024r1")]).0, 2);
    assert_eq!(audit(&[]).0, 2);
}

/// An edition whose build placed one address wrongly: made from a register that says so, and held
/// against the true one.
#[test]
fn a_dwelling_that_the_build_misplaced_is_found() {
    let territory = Territory::invent(&["--households", "2000"]);
    let another = |own: &str, all: &BTreeSet<String>| {
        all.iter().find(|code| !code.is_empty() && *code != own).unwrap().clone()
    };
    let east = |own: &str, _: &BTreeSet<String>| {
        format!("{:.1}", own.replace(',', ".").parse::<f64>().unwrap() + 200.0)
    };
    type Other<'a> = &'a dyn Fn(&str, &BTreeSet<String>) -> String;
    let cases: [(&str, Other<'_>, &str); 3] = [
        ("PLG_IRIS2024_CODE", &another, "Chiffre : iris "),
        ("PLG_QP24", &another, "« log_qpv »"),
        ("X", &east, "FlatGeobuf : carreau.fgb, zone CRS3035RES200mN"),
    ];
    for (column, other, said_of_it) in cases {
        let wrong = territory.copy();
        misplace(&wrong, column, other);
        wrong.build();
        let (code, said, log) =
            audit(&[&wrong.edition(), "--source".as_ref(), &territory.config()]);
        assert_eq!(code, 1, "{column}: {said}{log}");
        assert!(said.contains(said_of_it), "{column}: {said}");
    }
}

#[test]
fn what_two_accounts_collected_says_what_the_edition_says() {
    let territory = without_domains();
    let served = territory.copy_built();
    let folder = tempfile::tempdir().unwrap();
    let server_config = served.config();
    let tokens = [("a@etat.fr", "france"), ("b@etat.fr", "france")];
    let tokens = tokens.map(|(email, place)| (email, served.account(email, place)));
    let server = Server::start(&server_config);
    let mut saved = 0;
    let mut some = None;
    for (email, token) in &tokens {
        for (scale, zoom) in [("commune", 8), ("commune", 10), ("iris", 11), ("adresse", 12)] {
            let about = server.get(&format!("/tiles/2024r1/{scale}.json"), Some(token)).json();
            let bounds = about["bounds"].as_array().unwrap().clone();
            let bounds = [0, 1, 2, 3].map(|at| bounds[at].as_f64().unwrap());
            for (x, y) in cover(bounds, zoom) {
                let path = format!("tiles/2024r1/{scale}/{zoom}/{x}/{y}.mvt");
                let answer = server.get(&format!("/{path}"), Some(token));
                if answer.status != 200 {
                    continue;
                }
                let to = folder.path().join(email).join(path);
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::write(&to, &answer.body).unwrap();
                some = Some(to);
                saved += 1;
            }
        }
    }
    assert!(saved > 10, "{saved}");
    let collected: [&Path; 2] = ["--collected".as_ref(), folder.path()];
    let [edition, flag, config] = source(&territory);
    let (code, said, log) = audit(&[&edition, &flag, &config, collected[0], collected[1]]);
    assert_eq!(code, 0, "{said}{log}");
    let (code, said, log) = audit(&[collected[0], collected[1], &flag, &config]);
    assert_eq!(code, 0, "{said}{log}");

    // A tile of another edition among them.
    let some = some.unwrap();
    let other = folder.path().join("c/tiles/2024r2/adresse/12/1/1.mvt");
    fs::create_dir_all(other.parent().unwrap()).unwrap();
    fs::copy(&some, other).unwrap();
    let (code, _, log) = audit(&collected);
    assert_eq!(code, 3, "{log}");
    assert!(log.contains("deux éditions"), "{log}");
    fs::remove_dir_all(folder.path().join("c")).unwrap();

    // A client that was given what the edition hides.
    let zones = fgb_zones(&territory.edition().join("adresse.fgb"));
    let shown = tile_zones(&fs::read(&some).unwrap());
    assert!(shown["adresse"].iter().any(|(_, zone)| zone.0.contains_key("code")));
    let (code_of, _) = zones.iter().find(|(_, zone)| zone.count("n_logements").is_none()).unwrap();
    let leaky = folder.path().join("c/tiles/2024r1/adresse/14/0/0.mvt");
    fs::create_dir_all(leaky.parent().unwrap()).unwrap();
    let communes = match &zones[code_of].0["communes"] {
        Cell::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    fs::write(leaky, tile(&[("code", code_of), ("communes", &communes)], ("n_logements", 3)))
        .unwrap();
    let (code, said, _) = audit(&[&edition, collected[0], collected[1]]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(&format!("R4, un seul masque : adresse {code_of}")), "{said}");
}

/// A tile of one address.
fn tile(texts: &[(&str, &str)], number: (&str, u64)) -> Vec<u8> {
    use geozero::mvt::tile::{Feature, GeomType, Layer, Value};
    use geozero::mvt::{Message, Tile};
    let mut layer = Layer { version: 2, name: "adresse".into(), ..Default::default() };
    let mut feature = Feature { id: Some(1), geometry: vec![9, 0, 0], ..Default::default() };
    feature.set_type(GeomType::Point);
    let text = |text: &str| Value { string_value: Some(text.into()), ..Default::default() };
    let count = Value { uint_value: Some(number.1), ..Default::default() };
    let values = texts.iter().map(|(key, value)| (*key, text(value))).chain([(number.0, count)]);
    for ((key, value), at) in values.zip(0..) {
        layer.keys.push(key.to_owned());
        layer.values.push(value);
        feature.tags.extend([at, at]);
    }
    layer.features.push(feature);
    Tile { layers: vec![layer] }.encode_to_vec()
}
