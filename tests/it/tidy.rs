//! Rules on the source tree itself: who may import whom, and what the sealed types hide.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
            (cells[1].split(' ').next().unwrap().to_owned(), rooms.collect())
        })
        .collect()
}

/// Of a manifest, the crates of the project that its code, not its tests, may use.
fn used(manifest: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(manifest).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let all = manifest["dependencies"].as_table().unwrap().iter();
    all.filter(|(_, entry)| entry.get("path").is_some()).map(|(name, _)| name.clone()).collect()
}

#[test]
fn a_room_uses_the_rooms_of_the_table() {
    let mut found = BTreeMap::from([("seuil".to_owned(), used(&root().join("Cargo.toml")))]);
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let folder = entry.unwrap().path();
        let room = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if folder.is_dir() && room != "cli" {
            found.insert(room, used(&folder.join("Cargo.toml")));
        }
    }
    assert_eq!(found, allowed());
}

/// The crates of the project in what `package` is made of.
fn tree(package: &str, features: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "-e", "normal", "--prefix", "none", "-p", package])
        .args(features)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let own = text.lines().filter(|line| line.contains(root().to_str().unwrap()));
    own.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_server_and_the_auditor_hold_none_of_the_code_that_they_must_not() {
    let server = tree("seuil", &["--no-default-features"]);
    assert!(server.contains("server") && server.contains("edition"), "{server:?}");
    for room in
        ["readers", "ingest", "protect", "geometry", "publish", "pipeline", "audit", "synth"]
    {
        assert!(!server.contains(room), "the server holds {room}");
    }
    let auditor = tree("audit", &[]);
    assert!(auditor.contains("readers"), "{auditor:?}");
    for room in ["ingest", "protect", "geometry", "publish"] {
        assert!(!auditor.contains(room), "the auditor holds {room}");
    }
}

/// Whoever makes an `Account` says what it may see: only what is stored does.
#[test]
fn accounts_alone_make_an_account() {
    let mut makers = BTreeSet::new();
    for file in sources(&root().join("src")) {
        if fs::read_to_string(&file).unwrap().contains("AccountParts") {
            let inside = file.strip_prefix(root().join("src")).unwrap().to_owned();
            makers.insert(inside.iter().next().unwrap().to_str().unwrap().to_owned());
        }
    }
    assert_eq!(makers, BTreeSet::from(["accounts", "rights"].map(str::to_owned)));
}

#[test]
fn sealed_types_have_no_public_field_and_no_open_door() {
    let text = fs::read_to_string(root().join("src/protect/secrecy/published.rs")).unwrap();
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
    let raw = fs::read_to_string(root().join("src/protect/aggregate/raw.rs")).unwrap();
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

/// Error types that no caller of a crate sees but as the words of another.
const PARTS_OF_ERRORS: [&str; 8] =
    ["Mismatch", "Problem", "Flaw", "CutError", "BadZones", "Unsent", "BadManifestScale", "Failed"];

#[test]
fn every_error_says_whose_fault_it_is_and_none_is_a_text() {
    let (mut declared, mut said, mut texts) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for file in sources(&root().join("src")) {
        let text = fs::read_to_string(&file).unwrap();
        for part in text.split("thiserror::Error").skip(1) {
            let words = part.split_once(")]").map_or("", |(_, rest)| rest).split_whitespace();
            let mut words = words.skip_while(|word| !["enum", "struct"].contains(word)).skip(1);
            let name = words.next().unwrap_or_default();
            let name = name.split(|letter: char| !letter.is_alphanumeric()).next().unwrap();
            declared.insert(name.to_owned());
        }
        for part in text.split("HasFault for ").skip(1) {
            said.insert(
                part.split(|letter: char| !letter.is_alphanumeric()).next().unwrap().to_owned(),
            );
        }
        let code = text.split("#[cfg(test)]").next().unwrap();
        if code.contains(", String> {") && code.contains("Result<") {
            let own = code
                .lines()
                .filter(|line| line.contains("Result<") && line.contains(", String> {"));
            texts.extend(
                own.filter(|line| !line.contains("Map<"))
                    .map(|line| (file.clone(), line.to_owned())),
            );
        }
    }
    let silent: Vec<&String> = declared
        .iter()
        .filter(|name| !said.contains(*name) && !PARTS_OF_ERRORS.contains(&name.as_str()))
        .collect();
    assert!(declared.len() > 40 && silent.is_empty(), "{} {silent:?}", declared.len());
    assert!(texts.is_empty(), "{texts:?}");
}

#[test]
fn tests_are_switched_off_only_where_there_are_none() {
    let mut folders = vec![(root().join("Cargo.toml"), root().join("src/cli"))];
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let folder = entry.unwrap().path();
        folders.push((folder.join("Cargo.toml"), folder));
    }
    let mut read = 0;
    for (manifest, folder) in folders.into_iter().filter(|(manifest, _)| manifest.exists()) {
        let own: toml::Table = fs::read_to_string(&manifest).unwrap().parse().unwrap();
        let is_off = own["lib"].get("test").and_then(toml::Value::as_bool) == Some(false);
        for path in sources(&folder) {
            let text = fs::read_to_string(&path).unwrap();
            let is_test = text.lines().any(|line| {
                let line = line.trim_start();
                line.starts_with("#[test]") || line.starts_with("#[tokio::test")
            });
            assert!(!(is_off && is_test), "{} is not run", path.display());
            read += 1;
        }
    }
    assert!(read > 300, "{read}");
}
