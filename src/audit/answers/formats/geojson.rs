//! GeoJSON.

use super::super::json::{self, Node};
use super::super::shapes::from_json;
use super::delimited::pairs;
use super::words::Words;
use super::{Cell, Table};
use crate::mismatch::Mismatch;

pub fn read(words: &Words<'_>, bytes: &[u8]) -> Result<Table, Mismatch> {
    let document = json::read(bytes)?;
    let (root, mut flaws) = (document.root, document.flaws);
    let keys = ["type", "name", "metadata", "features"];
    if !root.entries().iter().map(|(key, _)| key.as_str()).eq(keys) {
        let own: Vec<&str> = root.entries().iter().map(|(key, _)| key.as_str()).collect();
        flaws.push(format!("clés inattendues : {} (features)", own.join(", ")));
    }
    let about = root.get("metadata").map(pairs).unwrap_or_default();
    flaws.extend(words.about("metadata", &about));
    if !root.get("name").and_then(Node::text).is_some_and(|name| words.is_name(name)) {
        flaws.push("name : ni l'édition ni l'échelle".to_owned());
    }
    if root.get("type").and_then(Node::text) != Some("FeatureCollection") {
        flaws.push("type : pas une collection".to_owned());
    }
    let (mut names, mut rows, mut shapes) = (Vec::new(), Vec::new(), Vec::new());
    for feature in root.get("features").map(Node::items).unwrap_or_default() {
        let keys = ["type", "id", "properties", "geometry"];
        if !feature.entries().iter().map(|(key, _)| key.as_str()).eq(keys) {
            let own: Vec<&str> = feature.entries().iter().map(|(key, _)| key.as_str()).collect();
            flaws.push(format!("features : clés inattendues : {} (geometry)", own.join(", ")));
        }
        let properties = feature.get("properties").map(Node::entries).unwrap_or_default();
        let own: Vec<String> = properties.iter().map(|(key, _)| key.clone()).collect();
        if names.is_empty() {
            names.clone_from(&own);
        }
        if names != own {
            let more =
                own.iter().chain(&names).find(|key| !names.contains(key) || !own.contains(key));
            let more = more.map_or("properties", String::as_str);
            flaws.push(format!("properties : {more} : d'autres colonnes que la première"));
            continue;
        }
        if feature.get("type").and_then(Node::text) != Some("Feature") {
            flaws.push("features : type : pas une zone".to_owned());
        }
        if feature.get("id") != properties.first().map(|(_, code)| code) {
            flaws.push("features : id : pas le code".to_owned());
        }
        rows.push(properties.iter().map(|(_, node)| cell(node)).collect());
        let geometry = feature.get("geometry").map(Node::entries).unwrap_or_default();
        let keys = geometry.iter().map(|(key, _)| key.as_str());
        for key in keys.filter(|key| !["type", "coordinates"].contains(key)) {
            flaws.push(format!("geometry : {key} : clé inattendue"));
        }
        let shape = feature.get("geometry").and_then(from_json);
        shapes.push(shape.unwrap_or_default());
    }
    Ok(Table { names, rows, shapes: Some(shapes), flaws, ..Table::default() })
}

fn cell(node: &Node) -> Cell {
    match node {
        Node::Text(text) => Cell::Text(text.clone()),
        Node::Truth(truth) => Cell::Truth(*truth),
        Node::Number(_) => match (node.whole(), node.number()) {
            (Some(number), _) => Cell::Integer(number),
            (None, Some(number)) => Cell::Number(number),
            _ => Cell::Null,
        },
        _ => Cell::Null,
    }
}
