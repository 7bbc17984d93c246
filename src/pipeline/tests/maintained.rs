//! Units of addresses kept from one vintage to the next, what the operator settles, and what became of the
//! groups of the edition before.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use audit::EditionFiles;
use audit::files;
use config::Config;
use domain::{Catalogue, Fault};
use ingest::Units;

use super::spoiled::Input;
use crate::{Quiet, former, previous};

/// A territory with an edition, and the configuration of a next one beside it: the same dwellings but those
/// that `stays` refuses, by the number of their address.
fn next(stays: impl Fn(usize) -> bool) -> Input {
    let input = Input::invent();
    input.build().unwrap();
    // A second revision of a vintage is not activated.
    input.rewrite("seuil.toml", |text| text.replace("activate = true", "activate = false"));
    let text = fs::read_to_string(input.path("seuil.toml")).unwrap();
    fs::write(input.path("before.toml"), &text).unwrap();
    fs::rename(input.path("rpls"), input.path("rpls_before")).unwrap();
    input.edit("before.toml", |text| text.replace("rpls/", "rpls_before/"));
    fs::create_dir(input.path("rpls")).unwrap();
    for name in ["rpls_1.csv.gz", "rpls_2.csv"] {
        fs::copy(input.path(&format!("rpls_before/{name}")), input.path(&format!("rpls/{name}")))
            .unwrap();
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut dropped = false;
    for name in ["rpls/rpls_1.csv.gz", "rpls/rpls_2.csv"] {
        let known = std::cell::RefCell::new(&mut seen);
        let kept = |text: &str| {
            let columns: Vec<&str> = text.lines().next().unwrap().split(';').collect();
            let at = |name: &str| columns.iter().position(|own| *own == name).unwrap();
            let (commune, x, y) = (at("DEPCOM"), at("X"), at("Y"));
            let rows = text.lines().enumerate().filter(|(line, row)| {
                let fields: Vec<&str> = row.split(';').collect();
                let key = [commune, x, y].map(|own| fields[own].replace(',', ".")).join("_");
                let mut known = known.borrow_mut();
                let next = known.len();
                *line == 0 || fields[x].is_empty() || stays(*known.entry(key).or_insert(next))
            });
            rows.map(|(_, row)| format!("{row}\n")).collect::<String>()
        };
        let before = fs::read(input.path(name)).unwrap();
        input.rewrite(name, kept);
        dropped |= before != fs::read(input.path(name)).unwrap();
    }
    assert!(dropped || stays(0) && stays(1));
    let previous = "previous = { edition = \"editions/2024r1\", source = \"before.toml\" }\n\
                    max_rejected_percent = 20.0";
    input.config("[build]", &format!("[build]\n{previous}"));
    input.config("revision = 1", "revision = 2");
    input
}

/// The units of a configuration, as the next vintage would know them: by code, their addresses.
fn units(input: &Input, name: &str) -> BTreeMap<String, BTreeSet<String>> {
    let config = Config::read(&input.path(name)).unwrap();
    let build = config.build.clone().unwrap();
    let units = made(&config, &build).unwrap();
    let mut all = BTreeMap::new();
    for (unit, _) in units.list() {
        let atoms = unit.atoms.iter().map(|&atom| units.code(atom).unwrap().to_string());
        let code = units.group_code(unit.main).unwrap().to_string();
        assert!(all.insert(code, atoms.collect()).is_none(), "a code is one unit");
    }
    all
}

fn made(config: &Config, build: &config::BuildConfig) -> Result<Units, crate::BuildError> {
    let record = config.resolve("essai".as_ref());
    let before = former::before((config, build), &record, &Quiet)?;
    former::units((config, build), &before, &record, &Quiet)
}

#[test]
fn a_vintage_that_loses_addresses_changes_no_unit_without_need() {
    let input = next(|number| number % 40 != 3);
    let (old, new) = (units(&input, "before.toml"), units(&input, "seuil.toml"));
    let are: BTreeSet<&String> = new.values().flatten().collect();
    let (mut kept, mut lost, mut joined, mut needless) = (0, 0, 0, 0);
    for (code, before) in &old {
        let staying: BTreeSet<&String> = before.iter().filter(|own| are.contains(*own)).collect();
        lost += before.len() - staying.len();
        let Some(first) = staying.first() else { continue };
        let (own, after) = new.iter().find(|own| own.1.contains(*first)).unwrap();
        // An address keeps its unit, unless the whole unit joined another.
        assert!(staying.iter().all(|own| after.contains(*own)), "{code} was divided");
        if after.len() == staying.len() {
            assert_eq!(own, code, "what stays keeps its code");
            kept += 1;
            continue;
        }
        joined += 1;
        // It grew: what joined it, or what it joined, had lost an address.
        let parts = old.values().filter(|part| part.iter().any(|one| after.contains(one)));
        let fell = |part: &BTreeSet<String>| part.iter().any(|own| !are.contains(own));
        needless += usize::from(!parts.into_iter().any(fell));
    }
    assert_eq!(needless, 0);
    assert!(lost > 3 && kept > 20 && joined < old.len() / 5, "{lost} {kept} {joined}");
    // Divided anew, the units of untouched blocks are the same; nothing else holds them together.
    let same = old.iter().filter(|(code, own)| new.get(*code) == Some(own)).count();
    assert!(same * 10 > old.len() * 8, "{same} of {}", old.len());
}

#[test]
fn the_lookup_says_what_became_of_each_group_and_the_auditor_makes_it_again() {
    let input = next(|number| number % 40 != 3);
    input.build().unwrap();
    let folders = ["2024r1", "2024r2"].map(|id| input.path("editions").join(id));
    let text = fs::read_to_string(folders[1].join("grappes.csv")).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|row| row.split(';').collect()).collect();
    let groups = folders.each_ref().map(|folder| previous::groups(folder).unwrap());
    let of = |side: usize| rows.iter().map(move |row| row[side]).filter(|code| !code.is_empty());
    for side in [0, 1] {
        let said: BTreeSet<&str> = of(side).collect();
        assert_eq!(said, groups[side].values().map(String::as_str).collect());
    }
    let unchanged = rows.iter().filter(|row| row[2] == "U").count();
    assert!(unchanged * 10 > rows.len() * 7, "{unchanged} of {}", rows.len());

    let edition = EditionFiles::open(&folders[1]).unwrap();
    let catalogue = Catalogue::built_in();
    let said = |before: Option<&Path>| {
        let against = files::Against {
            catalogue: &catalogue,
            threshold: None,
            revision: None,
            source: None,
            before,
            step: &|_| (),
        };
        let findings = files::check(&edition, &against).findings;
        findings
            .into_iter()
            .map(|own| own.words)
            .filter(|own| own.contains("grappes.csv"))
            .collect::<Vec<_>>()
    };
    assert_eq!(said(None), Vec::<String>::new());
    assert_eq!(said(Some(&folders[0])), Vec::<String>::new());
    // Against another edition than the one before it is another file.
    assert_eq!(said(Some(&folders[1])).len(), 1);
    let spoiled = text.replacen(";U\n", ";M\n", 1);
    fs::write(folders[1].join("grappes.csv"), &spoiled).unwrap();
    assert_eq!(said(None).len(), 1);
    assert_eq!(said(Some(&folders[0])).len(), 1);
    // A group that the file does not say.
    let without: String =
        text.split_inclusive('\n').enumerate().filter(|own| own.0 != 3).map(|own| own.1).collect();
    fs::write(folders[1].join("grappes.csv"), without).unwrap();
    assert!(!said(None).is_empty() && said(Some(&folders[0])).len() == 1);
}

/// Another border through everything: units that it cuts are divided, all others stay.
#[test]
fn a_new_border_divides_the_units_that_it_cuts_and_no_other() {
    let input = next(|_| true);
    let before = units(&input, "before.toml");
    assert_eq!(units(&input, "seuil.toml"), before, "nothing changed");
    let text: String = fs::read_to_string(input.path("qpv.geojson")).unwrap();
    let moved = moved(&text);
    fs::write(input.path("autres.geojson"), moved).unwrap();
    let zoning = "[build.zones.autres]\npath = \"autres.geojson\"\ncode = \"code_qp\"\nname = \"lib_qp\"\n\
                  label = \"Autres\"\ngrain = \"qpv\"\nweight = 1.0\n\n[serve]";
    input.config("[serve]", zoning);
    let after = units(&input, "seuil.toml");
    let cut = before.iter().filter(|(code, own)| after.get(*code) != Some(own)).count();
    assert!(cut > 0 && cut < before.len() / 3, "{cut} of {}", before.len());
}

/// Every longitude of a document some hundred metres further.
fn moved(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("[-") {
        let (before, number) = rest.split_at(at + 1);
        out.push_str(before);
        let end = number.find(',').unwrap();
        let value: f64 = number[..end].parse().unwrap();
        out.push_str(&format!("{:.7}", value + 0.002));
        rest = &number[end..];
    }
    out + rest
}

#[track_caller]
fn refused(input: &Input, fault: Fault, words: &[&str]) {
    let Err((whose, said)) = input.build() else { panic!("it is built") };
    assert!(whose == fault && words.iter().all(|word| said.contains(word)), "{whose:?} {said}");
    assert!(!input.path("editions/2024r2").exists());
}

#[test]
fn what_the_operator_settles_is_one_unit_and_what_cannot_be_is_refused_by_line() {
    let input = next(|_| true);
    let before = units(&input, "before.toml");
    input.config("[build]", "[build]\ngrappes = \"grappes.csv\"");
    let settle = |rows: &[(&str, &str)]| {
        let rows: String = rows.iter().map(|(name, code)| format!("{name};{code}\n")).collect();
        fs::write(input.path("grappes.csv"), format!("grappe;adresse\n{rows}")).unwrap();
    };
    let several = before.values().find(|own| own.len() > 2).unwrap();
    let one = several.first().unwrap().as_str();
    settle(&[("a", one)]);
    refused(&input, Fault::Input, &["grappes.csv", "ligne 2", "« a »", "moins de 11"]);
    settle(&[("a", one), ("a", "85001_1_1")]);
    refused(&input, Fault::Input, &["grappes.csv", "ligne 3", "85001_1_1"]);
    let commune = |code: &str| code[..5].to_owned();
    let far = before.values().flatten().find(|code| commune(code) != commune(one)).unwrap();
    settle(&[("a", one), ("b", several.last().unwrap()), ("a", far)]);
    refused(&input, Fault::Input, &["grappes.csv", "ligne 4", "« a »", far]);
    fs::remove_file(input.path("grappes.csv")).unwrap();
    refused(&input, Fault::Input, &["grappes.csv", "illisible"]);
    // A unit as it is; not one that holds too little because nobody else is in its block.
    let accepted = before.values().filter(|own| own.len() > 2).any(|own| {
        settle(&own.iter().map(|code| ("a", code.as_str())).collect::<Vec<_>>());
        let config = Config::read(&input.path("seuil.toml")).unwrap();
        made(&config, &config.build.clone().unwrap()).is_ok()
    });
    assert!(accepted);
    assert_eq!(units(&input, "seuil.toml"), before, "it is a unit already");
}

#[test]
fn a_vintage_before_that_is_not_there_or_is_another_is_refused_by_name() {
    let input = next(|_| true);
    let copy = input.copy();
    copy.config("source = \"before.toml\"", "source = \"absent.toml\"");
    refused(&copy, Fault::Usage, &["absent.toml"]);
    let copy = input.copy();
    copy.config("editions/2024r1", "editions/2022r1");
    refused(&copy, Fault::Usage, &["2022r1", "build.previous"]);
    // A source with other units than those of the edition.
    let copy = input.copy();
    copy.edit("before.toml", |text| text.replace("grid_m = 200", "grid_m = 2000"));
    refused(&copy, Fault::Usage, &["build.previous.source"]);
}
