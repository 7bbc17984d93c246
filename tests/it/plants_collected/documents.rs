//! Plants in documents: each value, each key, each list of one answer of each kind.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Plant;
use super::harvest::{Harvest, LOCAL, path, route};

/// Answers without a shape of their own: bytes alone tell them apart.
const FILES: [&str; 6] = [
    "index.html",
    "openapi.json",
    "sprites/seuil.json",
    "sprites/seuil@2x.png",
    "icon.svg",
    "auth/scope",
];

/// Plants in one answer of each kind that the local account received.
pub fn plants(harvest: &Harvest) -> Vec<Plant> {
    let mut plants = Vec::new();
    let mut met = BTreeSet::new();
    for (name, bytes) in harvest.answers.iter().filter(|(name, _)| name.starts_with(LOCAL)) {
        let plain = path(name);
        if FILES.contains(&plain) {
            plants.extend(file(name, bytes));
        } else if plain == "qgis/connections.xml" {
            plants.extend(attributes(name, bytes));
        } else if let Ok(document) = serde_json::from_slice::<Value>(bytes) {
            // One style of points, one of surfaces, one of each base; one of any other kind.
            let refused = document["type"] == "about:blank";
            let kind = if route(name) == "/styles/{name}" { plain } else { route(name) };
            if met.insert((kind.to_owned(), refused)) {
                plants.extend(fields(name, &document));
                plants.extend(spelt(name, bytes));
            }
        }
    }
    plants
}

/// Every value, key and list of a document, each once whatever its place in a list.
fn fields(name: &str, document: &Value) -> Vec<Plant> {
    let mut found = Vec::new();
    let mut met = BTreeSet::new();
    let mut pointers = vec![(String::new(), String::new(), String::new())];
    while let Some((pointer, pattern, field)) = pointers.pop() {
        let Some(value) = document.pointer(&pointer) else { continue };
        let mut plant = |field: &str, change: &dyn Fn(&mut Value)| {
            let mut other = document.clone();
            change(other.pointer_mut(&pointer).unwrap());
            let bytes = other.to_string().into_bytes();
            found.push(Plant { name: name.to_owned(), field: field.to_owned(), bytes });
        };
        let first = met.insert(pattern.clone());
        match value {
            Value::Object(map) => {
                if first {
                    plant("menages", &|value| value["menages"] = json!(7));
                    if let Some(last) = map.keys().last() {
                        plant(last, &|value| {
                            value.as_object_mut().unwrap().shift_remove(last);
                        });
                    }
                }
                for key in map.keys() {
                    let inside = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                    pointers.push((inside, format!("{pattern}.{key}"), key.clone()));
                }
            }
            Value::Array(items) => {
                if first {
                    let more = items.first().cloned().unwrap_or(json!(7));
                    plant(&field, &|value| value.as_array_mut().unwrap().push(more.clone()));
                }
                for at in 0..items.len() {
                    pointers.push((
                        format!("{pointer}/{at}"),
                        format!("{pattern}[]"),
                        field.clone(),
                    ));
                }
            }
            _ if !first => {}
            Value::String(text) => {
                let other = format!("{text}7");
                plant(&field, &|value| *value = json!(other));
                plant(&field, &|value| *value = json!(7));
            }
            Value::Number(number) => {
                let other = number.as_i64().map_or_else(
                    || json!(number.as_f64().unwrap() + 0.5),
                    |number| json!(number + 1),
                );
                plant(&field, &|value| *value = other.clone());
                plant(&field, &|value| *value = json!("7"));
            }
            Value::Bool(truth) => {
                plant(&field, &|value| *value = json!(!truth));
                plant(&field, &|value| *value = json!(7));
            }
            Value::Null => plant(&field, &|value| *value = json!(7)),
        }
    }
    found
}

/// The same values in other bytes.
fn spelt(name: &str, bytes: &[u8]) -> Vec<Plant> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let twice = match text.find("\":") {
        Some(end) if text.starts_with('{') => {
            format!("{{\"{}\":null,{}", &text[2..end], &text[1..])
        }
        _ => format!("{text} "),
    };
    [
        ("deux fois", twice.clone()),
        ("espaces", format!("{text}\n")),
        ("après la fin", format!("{text}7")),
    ]
    .into_iter()
    .filter(|(field, bytes)| *field != "deux fois" || !bytes.ends_with(' '))
    .map(|(field, text)| Plant { name: name.into(), field: field.into(), bytes: text.into() })
    .collect()
}

/// One byte more, one byte other.
fn file(name: &str, bytes: &[u8]) -> Vec<Plant> {
    let mut more = bytes.to_vec();
    more.push(b'7');
    let mut plants = vec![Plant { name: name.into(), field: String::new(), bytes: more }];
    if let Some(last) = bytes.last() {
        let mut other = bytes.to_vec();
        *other.last_mut().unwrap() = last ^ 1;
        plants.push(Plant { name: name.into(), field: "octet".into(), bytes: other });
    }
    plants
}

/// Each attribute of one connection, a connection less, a line more.
fn attributes(name: &str, bytes: &[u8]) -> Vec<Plant> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let line = text.lines().nth(2).unwrap();
    let plant = |field: &str, text: String| Plant {
        name: name.to_owned(),
        field: field.to_owned(),
        bytes: text.into_bytes(),
    };
    let mut plants = vec![
        plant("ligne", text.replacen(&format!("{line}\n"), "", 1)),
        plant("ligne", format!("{text}<!-- 7 -->\n")),
    ];
    for attribute in line.trim().trim_start_matches("<vectorTile ").split("\" ") {
        let (key, value) = attribute.split_once("=\"").unwrap();
        let value = value.split('"').next().unwrap();
        let other = format!(" {key}=\"{value}7\"");
        plants.push(plant(key, text.replacen(&format!(" {key}=\"{value}\""), &other, 1)));
    }
    assert!(plants.len() > 10, "{line}");
    plants
}
