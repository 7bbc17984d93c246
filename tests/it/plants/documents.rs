//! What can be planted in the documents: in each field, a field more, a field less, and the bytes
//! that no field explains; and what can be planted beside the files.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::Plant;

/// Every plant of a document.
pub fn plants(edition: &Path, file: &str) -> Vec<Plant> {
    let document: Value = serde_json::from_slice(&fs::read(edition.join(file)).unwrap()).unwrap();
    let mut all = Vec::new();
    let (mut shapes, mut tables) = (BTreeSet::new(), BTreeSet::new());
    walk(&document, String::new(), String::new(), &mut |pointer, shape| {
        let is_first = tables.insert(shape.rsplit_once('/').unwrap().0.to_owned());
        // The digests are made anew by whoever plants something.
        if shapes.insert(shape.to_owned()) && !shape.starts_with("/files/") {
            all.extend(field(file, &document, pointer, is_first));
        }
    });
    assert!(shapes.len() > 5, "{file}: {shapes:?}");
    let mut bytes = |name: &str, change: fn(String) -> String| {
        let own = file.to_owned();
        let mut plant = Plant::new(file, name, move |folder| {
            let path = folder.join(&own);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, change(text)).unwrap();
        });
        plant.expect(&[file]);
        all.push(plant);
    };
    bytes("bytes after the end", |text| text + "9");
    bytes("a line more", |text| text + "\n");
    bytes("a space more", |text| text.replacen(' ', "  ", 1));
    bytes("a letter written otherwise", |text| {
        text.replacen("é", "\\u00e9", 1).replacen("\": ", "\" : ", 1)
    });
    bytes("a key twice", |text| {
        let line = text.lines().find(|line| line.contains("\": ") && line.ends_with(',')).unwrap();
        text.replacen(line, &format!("{line}\n{line}"), 1)
    });
    all
}

/// A field says something else, is dropped and, the first of its table, has a neighbour that nobody
/// knows.
fn field(file: &str, document: &Value, pointer: &str, is_first: bool) -> Vec<Plant> {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let (parent, key) = (parent.to_owned(), key.to_owned());
    let mut all = Vec::new();
    let mut plant = |name: String, words: String, change: Box<dyn Fn(&mut Value) + Send + Sync>| {
        let own = file.to_owned();
        let mut plant = Plant::new(file, &name, move |folder| {
            let path = folder.join(&own);
            let mut document: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            change(&mut document);
            fs::write(&path, serde_json::to_string_pretty(&document).unwrap() + "\n").unwrap();
        });
        plant.expect(&[file, &words]);
        all.push(plant);
    };
    let value = document.pointer(pointer).unwrap();
    let is_element = document.pointer(&parent).unwrap().is_array();
    let named = match is_element {
        true => parent.rsplit('/').next().unwrap().to_owned(),
        false => key.clone(),
    };
    if let Some(other) = other(value) {
        let at = pointer.to_owned();
        // A word that is none of the words allowed is refused as it is read, and named itself.
        let words = match &other {
            Value::String(text) => {
                let before = text.trim_end_matches(" 9");
                format!("{named}|`{text}`|« {text} »|« {before} »|caractères|échelle inconnue")
            }
            _ => named.clone(),
        };
        let change = move |own: &mut Value| *own.pointer_mut(&at).unwrap() = other.clone();
        plant(format!("{pointer}, another"), words, Box::new(change));
    }
    if !is_element {
        let (at, own) = (parent.clone(), key.clone());
        let drop = move |document: &mut Value| {
            document.pointer_mut(&at).unwrap().as_object_mut().unwrap().shift_remove(&own);
        };
        plant(format!("{pointer}, dropped"), format!("{key}|illisible"), Box::new(drop));
    }
    if !is_element && is_first {
        let at = parent;
        let more = move |document: &mut Value| {
            document.pointer_mut(&at).unwrap()["note"] = json!("9 menages");
        };
        plant(format!("{pointer}, a neighbour"), "note|9 menages".into(), Box::new(more));
    }
    all
}

/// Another value of the same type; `None` for a list or a table, whose parts are planted.
fn other(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => Some(json!(format!("{text} 9"))),
        Value::Number(number) => Some(match number.as_u64() {
            Some(count) => json!(count + 1),
            None => json!(number.as_f64().unwrap() + 0.01),
        }),
        Value::Bool(truth) => Some(json!(!truth)),
        Value::Null => Some(json!("9")),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// Each place of a document, with its shape: the place of any element of the same list.
fn walk(value: &Value, pointer: String, shape: String, each: &mut dyn FnMut(&str, &str)) {
    if !pointer.is_empty() {
        each(&pointer, &shape);
    }
    match value {
        Value::Object(all) => {
            for (key, inner) in all {
                // The keys of these are identifiers: any stands for the others.
                let is_list = shape.ends_with("/classes") || shape.ends_with("/files");
                let step = if is_list { "*" } else { key };
                walk(inner, format!("{pointer}/{key}"), format!("{shape}/{step}"), each);
            }
        }
        Value::Array(all) => {
            for (place, inner) in all.iter().enumerate() {
                walk(inner, format!("{pointer}/{place}"), format!("{shape}/*"), each);
            }
        }
        _ => {}
    }
}

/// What can stand beside the files of an edition, listed or not.
pub fn beside() -> Vec<Plant> {
    let mut all = Vec::new();
    let mut plant = |name: &str, words: &str, spoil: fn(&Path)| {
        let mut plant = Plant::new("le dossier", name, spoil);
        plant.expect(&[words]);
        all.push(plant);
    };
    plant("a file more", "notes.txt", |folder| fs::write(folder.join("notes.txt"), "9").unwrap());
    plant("a hidden file", ".notes", |folder| fs::write(folder.join(".notes"), "9").unwrap());
    plant("a longer name", "iris.fgb.txt", |folder| {
        fs::write(folder.join("iris.fgb.txt"), "9").unwrap();
    });
    plant("a file more, listed", "files.notes.txt", |folder| {
        fs::write(folder.join("notes.txt"), "9").unwrap();
        list(folder, |files| files["notes.txt"] = json!("9"));
    });
    plant("a folder", "« plus » : un dossier", |folder| {
        fs::create_dir(folder.join("plus")).unwrap()
    });
    plant("a link", "« iris.fgb » : un lien", |folder| {
        let (path, other) = (folder.join("iris.fgb"), folder.join("../iris.fgb"));
        fs::rename(&path, &other).unwrap();
        std::os::unix::fs::symlink("../iris.fgb", path).unwrap();
    });
    plant("a file dropped", "« qpv.pmtiles » : absent", |folder| {
        fs::remove_file(folder.join("qpv.pmtiles")).unwrap();
    });
    plant("a file dropped and no longer listed", "« qpv.pmtiles » : absent", |folder| {
        fs::remove_file(folder.join("qpv.pmtiles")).unwrap();
        list(folder, |files| drop(files.as_object_mut().unwrap().shift_remove("qpv.pmtiles")));
    });
    all
}

fn list(folder: &Path, change: impl Fn(&mut Value)) {
    let path = folder.join("manifest.json");
    let mut document: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut document["files"]);
    fs::write(path, serde_json::to_string_pretty(&document).unwrap() + "\n").unwrap();
}
