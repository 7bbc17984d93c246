//! The statistician's pages say what the code does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use config::FLOOR;
use domain::columns::{Column, Seen};
use domain::formula::Expression;
use domain::{Catalogue, Kind};

const PAGE: &str = include_str!("../METHOD.md");
const RULES: &str = include_str!("../../RULES.md");

/// The columns that are not public and that figures of two systems read, counts included: a count
/// reads the condition of its universe, in its parents' systems.
fn columns_of_two_systems(catalogue: &Catalogue) -> BTreeSet<String> {
    let systems = catalogue.systems();
    let system = |universe: usize| systems.iter().position(|own| own.contains(&universe)).unwrap();
    let mut read: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let mut add = |text: &str, kind: Kind, system: usize| {
        Expression::parse(text).unwrap().names(&mut |name, _| {
            if let Some(column) = Column::named(name, kind).filter(|own| own.seen() != Seen::ByAll)
            {
                read.entry(column.name).or_default().insert(system);
            }
        });
    };
    for universe in catalogue.universes() {
        for parent in universe.parents.iter().filter_map(|id| catalogue.universe_index(id)) {
            add(&universe.filter, universe.kind, system(parent));
        }
    }
    for indicator in catalogue.indicators() {
        let universe = catalogue.universe_index(&indicator.universe).unwrap();
        let kind = catalogue.universes()[universe].kind;
        add(&indicator.numerator, kind, system(universe));
        add(&indicator.denominator, kind, system(universe));
    }
    read.into_iter().filter(|entry| entry.1.len() > 1).map(|entry| entry.0).collect()
}

#[test]
fn the_page_argues_every_column_that_two_systems_read() {
    let listed: BTreeSet<String> = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(column, _)| column.to_owned())
        .collect();
    assert_eq!(listed, columns_of_two_systems(&Catalogue::built_in()));
}

#[test]
fn the_page_names_every_file_of_the_engine_and_its_limits() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/secrecy");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if ["mod.rs", "tests.rs", "tests", "METHOD.md"].contains(&name.as_str()) {
            continue;
        }
        assert!(PAGE.contains(&format!("`{name}`")), "METHOD.md does not name {name}");
        seen += 1;
    }
    assert!(seen > 10, "only {seen} files were seen");
    assert!(PAGE.contains(&format!("≥ {FLOOR} · max |v_c|")));
    assert!(PAGE.contains(&format!("more than {} exposures", crate::secrecy::cover::LARGE)));
}

/// Every source file of the project under a folder, together.
fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            all.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_rule_names_files_and_tests_that_exist() {
    let mut code = String::new();
    for folder in ["src", "tests"] {
        sources(&shared::root().join(folder), &mut code);
    }
    let rules: Vec<&str> = RULES.split("\n### ").skip(1).collect();
    assert_eq!(rules.len(), 10);
    let mut tests = 0;
    for (number, rule) in (1..).zip(rules) {
        assert!(rule.starts_with(&format!("R{number} ")), "{rule}");
        for name in rule.split('`').skip(1).step_by(2) {
            if name.ends_with(".rs") || name.ends_with(".md") {
                let places = ["src", "src/protect"].map(|folder| shared::root().join(folder));
                assert!(places.iter().any(|folder| folder.join(name).is_file()), "{name}");
            } else if name.contains('_') && name.chars().all(|c| c == '_' || c.is_alphanumeric()) {
                assert!(code.contains(&format!("fn {name}(")), "no test {name}");
                tests += 1;
            }
        }
    }
    assert!(tests > 15, "only {tests} tests were seen");
}
