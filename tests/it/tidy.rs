//! Rules on the source tree itself: who may import whom, and what the sealed types hide.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Tests build what they need with any room.
fn is_test(file: &Path) -> bool {
    let inside = file.strip_prefix(root()).unwrap_or(file);
    let mut parts = inside.components().map(|part| part.as_os_str().to_string_lossy());
    parts.any(|part| part == "tests" || part == "tests.rs" || part == "fixture.rs")
}

/// The table "Who may import whom" of ARCHITECTURE.md: room → rooms it may use.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let section = text.split("## Who may import whom").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let cells = |line: &str| -> Vec<String> {
        line.split('|').map(|cell| cell.trim().replace('`', "")).collect()
    };
    section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells = cells(line);
            let rooms = cells[2].split(", ").filter(|room| *room != "–").map(str::to_owned);
            (cells[1].clone(), rooms.collect())
        })
        .collect()
}

/// The rooms that a file names after `crate::`, braces included, outside comments.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for rest in line.split("crate::").skip(1) {
            let room: String =
                rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            found.insert(room);
        }
    }
    found.remove("");
    found
}

#[test]
fn a_room_imports_only_the_rooms_of_the_table() {
    let allowed = allowed();
    let mut edges = 0;
    for (room, may_use) in &allowed {
        let folder = root().join("src").join(room);
        for file in sources(&folder).iter().filter(|file| !is_test(file)) {
            let text = fs::read_to_string(file).unwrap();
            for used in imports(&text) {
                if used == *room {
                    continue;
                }
                edges += 1;
                assert!(may_use.contains(&used), "{} uses crate::{used}", file.display());
            }
        }
    }
    assert!(edges > 20, "the test must see the imports it judges, it saw {edges}");
}

#[test]
fn every_room_is_in_the_table() {
    let allowed = allowed();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let room = path.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(allowed.contains_key(&room), "ARCHITECTURE.md does not say who {room} may use");
        }
    }
}

#[test]
fn the_serving_half_never_names_the_building_half() {
    let building = ["ingest", "aggregate", "secrecy", "publish", "synth"];
    let serving = ["edition", "access", "tiles", "http"];
    let allowed = allowed();
    for room in serving {
        for other in building {
            assert!(!allowed[room].contains(other), "{room} may use {other}");
        }
    }
}

#[test]
fn sealed_types_have_no_public_field_and_no_open_door() {
    let text = fs::read_to_string(root().join("src/secrecy/published.rs")).unwrap();
    let mut inside = false;
    let mut fields = 0;
    for line in text.lines() {
        if line.starts_with("pub struct ") {
            inside = true;
        } else if line == "}" {
            inside = false;
        } else if inside && line.contains(':') && !line.trim_start().starts_with("//") {
            fields += 1;
            assert!(!line.trim_start().starts_with("pub"), "public field: {line}");
        }
        assert!(!line.contains("Deserialize"), "a published figure is never read back: {line}");
        if line.contains("fn new(") {
            assert!(line.trim_start().starts_with("pub(super) fn"), "open constructor: {line}");
        }
    }
    assert!(fields > 10, "the test must see the fields it judges, it saw {fields}");
    let raw = fs::read_to_string(root().join("src/aggregate/raw.rs")).unwrap();
    assert!(!raw.contains("derive(") && !raw.contains("impl Serialize"), "raw figures stay inside");
}

#[test]
fn no_file_names_this_machine_and_none_is_unfinished() {
    let mut seen = 0;
    for folder in ["src", "tests", "benches"] {
        for file in sources(&root().join(folder)) {
            if file.ends_with("tests/it/tidy.rs") {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            seen += 1;
            for word in ["todo!(", "unimplemented!(", "#[ignore", "#[allow(", "dbg!("] {
                assert!(!text.contains(word), "{} holds {word}", file.display());
            }
        }
    }
    assert!(seen > 40, "the test must see the files it judges, it saw {seen}");
}
