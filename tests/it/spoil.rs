//! Ways to spoil good input.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::territory::Territory;

/// Adds a line after the title of a section.
pub fn set_key(at: &Territory, section: &str, line: &str) {
    at.edit("seuil.toml", |text| text.replacen(section, &format!("{section}\n{line}"), 1));
}

/// Keeps the first part of a file.
pub fn cut(at: &Territory, name: &str, part: usize) {
    let path = at.input().join(name);
    let bytes = fs::read(&path).unwrap();
    fs::write(path, &bytes[..bytes.len() / part]).unwrap();
}

/// Names a rules file in the configuration: the built-in rules, changed.
pub fn put_rules(at: &Territory, change: impl Fn(String) -> String) {
    set_key(at, "[build]", "rules = \"rules.toml\"");
    let built_in = include_str!("../../data/rules.toml").to_owned();
    fs::write(at.input().join("rules.toml"), change(built_in)).unwrap();
}

/// Names a catalogue in the configuration: the built-in one with a passage changed.
pub fn put_catalogue(at: &Territory, from: &str, to: &str) {
    let catalogue = include_str!("../../data/catalogue.toml");
    assert!(catalogue.contains(from), "{from}");
    fs::write(at.input().join("catalogue.toml"), catalogue.replacen(from, to, 1)).unwrap();
    set_key(at, "[build]", "indicators = \"catalogue.toml\"");
}

/// Replaces the QPV by zones of these codes and rings, in degrees.
pub fn put_qpv(at: &Territory, zones: &[(&str, &str)]) {
    let features: Vec<String> = zones
        .iter()
        .map(|(code, ring)| {
            format!(
                r#"{{"type":"Feature","properties":{{"code_qp":"{code}","lib_qp":""}},
                "geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}"#
            )
        })
        .collect();
    let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
    fs::write(at.input().join("qpv.geojson"), text).unwrap();
}

/// A GeoJSON whose first feature is there twice.
pub fn repeat_first_feature(text: &str) -> String {
    let mut document: serde_json::Value = serde_json::from_str(text).unwrap();
    let features = document["features"].as_array_mut().unwrap();
    features.push(features[0].clone());
    document.to_string()
}

/// Gives a commune that no table knows to the first rows of the second register file.
pub fn rename_communes(at: &Territory, most: usize) {
    let path = at.input().join("rpls/rpls_2.csv");
    // The file is in Windows-1252: bytes, not text.
    let bytes = fs::read(&path).unwrap();
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let column = lines[0].split(|byte| *byte == b';').position(|name| name == b"DEPCOM").unwrap();
    for line in lines.iter_mut().skip(1).take(most).filter(|line| !line.is_empty()) {
        let mut fields: Vec<&[u8]> = line.split(|byte| *byte == b';').collect();
        fields[column] = b"85999";
        *line = fields.join(&b';');
    }
    fs::write(path, lines.join(&b'\n')).unwrap();
}

/// Gives the address of the second register file that has the most dwellings another value of a
/// column: made from its own and those of its commune.
pub fn misplace(at: &Territory, column: &str, other: impl Fn(&str, &BTreeSet<String>) -> String) {
    let path = at.input().join("rpls/rpls_2.csv");
    let bytes = fs::read(&path).unwrap();
    // Windows-1252 byte for byte as characters, and back.
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let mut rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(';').collect()).collect();
    let place = |name: &str| rows[0].iter().position(|field| *field == name).unwrap();
    let (column, address) = (place(column), ["DEPCOM", "X", "Y"].map(place));
    let key = |row: &[&str]| address.map(|field| row[field].to_owned());
    let mut addresses: BTreeMap<[String; 3], usize> = BTreeMap::new();
    for row in rows[1..].iter().filter(|row| !row[address[1]].is_empty()) {
        *addresses.entry(key(row)).or_default() += 1;
    }
    let (largest, _) = addresses.into_iter().max_by_key(|(_, dwellings)| *dwellings).unwrap();
    let of_commune = rows.iter().filter(|row| row[address[0]] == largest[0]);
    let values: BTreeSet<String> = of_commune.map(|row| row[column].to_owned()).collect();
    let own = rows.iter().find(|row| key(row) == largest).unwrap()[column].to_owned();
    let wrong = other(&own, &values);
    assert_ne!(own, wrong);
    for row in rows.iter_mut().filter(|row| key(row) == largest) {
        row[column] = &wrong;
    }
    let lines: Vec<String> = rows.iter().map(|row| row.join(";")).collect();
    let bytes: Vec<u8> = (lines.join("\n") + "\n").chars().map(|char| char as u8).collect();
    fs::write(path, bytes).unwrap();
}
