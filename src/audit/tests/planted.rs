//! Each kind of leak of the model, planted in a territory that says nothing too much, and found by
//! its name.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Catalogue, Kind, Scale};

use super::super::judge::Looked;
use super::super::membership::{Layer, Membership};
use super::super::opening::Opened;
use super::super::parts::Parts;
use super::super::same::Same;
use super::super::shown::ShownZone;
use super::super::truth::{TrueZone, Truth};
use super::super::{Audit, Finding, Report};
use super::nested_truth;

const CATALOGUE: &str = r#"
families = []
indicators = []
[[universes]]
id = "logements"
label = "Logements"
members = "logements"
kind = "logement"
parents = []
audiences = ["public_mission"]
filter = "1"
[[universes]]
id = "menages"
label = "Ménages"
members = "ménages"
kind = "menage"
parents = ["logements"]
audiences = ["public_mission"]
filter = "1"
[[universes]]
id = "emmenages"
label = "Emménagés"
members = "ménages"
kind = "menage"
parents = ["menages"]
domain_of = "menages"
audiences = ["public_mission"]
filter = "1"
"#;

/// An address: its zones, its dwellings, its households, those who moved in.
struct Spot {
    zones: Vec<(Scale, &'static str)>,
    counts: [u32; 3],
}

/// `adresse iris qpv carreau commune`, `-` where it lies in none; then the three counts.
fn places(text: &'static str) -> Vec<Spot> {
    let scales = [Scale::ADRESSE, Scale::IRIS, Scale::QPV, Scale::CARREAU, Scale::COMMUNE];
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let zones = scales.into_iter().zip(words.iter().copied());
            let number = |at: usize| words[at].parse().unwrap();
            Spot {
                zones: zones.filter(|(_, code)| *code != "-").collect(),
                counts: [number(5), number(6), number(7)],
            }
        })
        .collect()
}

/// What the auditor says where these cells are published, as `zone universe`, and the register's
/// wherever the households' are.
fn audit(text: &'static str, published: &[&str]) -> Vec<Finding> {
    on(text, published, |audit, truth, shown| {
        let mut report = Report::default();
        audit.judge(truth, shown, &mut report).unwrap();
        let mut words: Vec<&str> = report.findings.iter().map(|one| one.words.as_str()).collect();
        words.sort_unstable();
        assert!(words.is_sorted_by(|one, two| one != two), "nothing is said twice: {words:#?}");
        report.findings
    })
}

/// What its cut check says alone.
fn by_cuts(text: &'static str, published: &[&str]) -> Vec<Finding> {
    on(text, published, |audit, truth, zones| {
        let mut report = Report::default();
        let catalogue = audit.catalogue;
        let same = Same::new(truth);
        for universes in catalogue.systems() {
            let layer = Layer { universes, ..Layer::default() };
            let parts = Parts::new(truth, &layer.universes);
            let system = Membership::new(zones, truth).system(zones, &layer, truth, &parts);
            let (same, layer, system) = (&same, &layer, &system);
            let looked = Looked { catalogue, truth, zones, same, layer, system };
            audit.cuts(&looked, Vec::new(), &mut report);
        }
        report.findings
    })
}

/// Runs a check on a territory where these cells are published.
fn on(
    text: &'static str,
    published: &[&str],
    check: impl FnOnce(&Audit, &Truth, &[(u32, ShownZone)]) -> Vec<Finding>,
) -> Vec<Finding> {
    let catalogue = Catalogue::from_toml(CATALOGUE).unwrap();
    let places = places(text);
    let mut members: BTreeMap<(Scale, &str), Vec<u32>> = BTreeMap::new();
    for (place, atom) in places.iter().zip(0..) {
        place.zones.iter().for_each(|zone| members.entry(*zone).or_default().push(atom));
    }
    let tied = published.iter().map(|cell| cell.replace(" menages", " logements"));
    let published: BTreeSet<String> =
        published.iter().map(|cell| (*cell).to_owned()).chain(tied).collect();
    let mut seen = 0;
    let mut zones = Vec::new();
    let mut shown = Vec::new();
    for ((scale, code), atoms) in members {
        let is_published = |id: &String| published.contains(&format!("{code} {id}"));
        let own: Vec<bool> =
            catalogue.universes().iter().map(|one| is_published(&one.id)).collect();
        seen += own.iter().filter(|published| **published).count();
        shown.push((
            zones.len() as u32,
            ShownZone {
                scale,
                code: code.into(),
                communes: String::new(),
                published: own,
                counts: vec![None; 3],
            },
        ));
        zones.push(TrueZone { scale, code: code.into(), communes: String::new(), atoms });
    }
    assert_eq!(seen, published.len(), "every cell that is published is the cell of a zone");
    let counts: Vec<Vec<u32>> = places.iter().map(|place| place.counts.to_vec()).collect();
    let kinds = [Kind::Logement, Kind::Menage, Kind::Menage];
    let truth = nested_truth(zones, &kinds, &counts);
    let audit = Audit {
        edition: None,
        collected: None,
        catalogue: &catalogue,
        id: "2024r1",
        threshold: 11,
        open: &BTreeSet::new(),
        record: None,
        step: &|_| {},
    };
    check(&audit, &truth, &shown)
}

/// Without the leak nothing is found; with it, a finding of that rule that says those words.
#[track_caller]
fn check(text: &'static str, safe: &[&str], leak: &[&str], rule: &str, words: &str) {
    assert_eq!(audit(text, safe), [], "before the leak");
    let all: Vec<&str> = safe.iter().chain(leak).copied().collect();
    let findings = audit(text, &all);
    let found = findings.iter().any(|one| one.rule == rule && one.words.contains(words));
    assert!(found, "{findings:#?}");
    // Two families tell of each leak of R2 but the half sum, which needs three, in the same words.
    if rule.starts_with("R2") {
        assert_eq!(by_cuts(text, safe), [], "before the leak");
        let cuts = by_cuts(text, &all);
        let found = cuts.iter().any(|one| one.rule == rule && one.words.contains(words));
        assert_eq!(found, rule != "R2, demi-somme", "{cuts:#?}");
    }
}

#[test]
fn a_cell_under_the_threshold() {
    let text = "a I - - C 30 30 0\n b I - - C 7 7 0\n c J - - C 20 20 0\n d J - - C 20 20 0";
    let words = "adresse b [logements] = 7 logements";
    check(text, &["C logements", "C menages"], &["b logements"], "R1, seuil", words);
}

#[test]
fn what_a_nested_zone_leaves() {
    let text = "tour I - - C 200 200 0\n pav1 I - - C 3 3 0\n pav2 I - - C 2 2 0";
    let words = "IRIS I [menages] − adresse tour [menages] = 5 ménages";
    check(text, &["I menages", "C menages"], &["tour menages"], "R2, résidu emboîté", words);
}

#[test]
fn the_difference_of_two_zonings_that_cross() {
    let text = "a I Q - C 5 5 0\n b I - - C 20 20 0\n c J Q - C 20 20 0\n d J - - C 4 4 0";
    let safe = &["C menages", "I menages", "J menages"];
    // Q − J = a − d.
    check(text, safe, &["Q menages"], "R2, différence croisée", "= 9 ménages");
}

#[test]
fn a_filter_without_its_domain() {
    let text = "a I - - C 14 14 12\n b I - - C 10 10 8\n c J - - C 20 20 10\n d J - - C 20 20 10";
    let safe = &["C menages", "I menages", "J menages"];
    let words = "IRIS I [menages] − IRIS I [emmenages] = 4 ménages";
    check(text, safe, &["I emmenages"], "R2, différence de domaines", words);
}

#[test]
fn zones_of_the_same_dwellings_of_which_one_is_shown() {
    let text = "a I - - C 30 30 0\n b I - - C 30 30 0";
    let words = "iris I et commune C";
    check(text, &["C logements", "I logements"], &["I menages"], "R3, jumelles", words);
}

#[test]
fn a_chain_of_three_zonings() {
    // IRIS − QPV + square = a + d; any two of the three are safe together.
    let text = "a I - - C 5 5 0\n b I Q - C 20 20 0\n c J Q S C 20 20 0\n d J - S C 5 5 0\n\
                e J - - C 20 20 0";
    let safe = &["I menages", "C menages", "Q menages"];
    check(text, safe, &["S menages"], "R2, chaîne de zonages", "= 10 ménages");
}

#[test]
fn half_a_sum_of_three() {
    let text = "a I Q - C 6 6 0\n b I - S C 6 6 0\n c - Q S C 6 6 0";
    let safe = &["I menages", "Q menages"];
    check(text, safe, &["S menages"], "R2, demi-somme", ") / 2 = 6 ménages");
}

#[test]
fn a_zero_that_two_zones_let_deduce() {
    // Fourteen dwellings with households, three without: both say fourteen households.
    let text = "a I - S C 14 14 0\n b I - S C 3 0 0\n c J - - C 40 40 0\n d I - - C 20 20 0";
    let words = "carreau S − adresse a = 3 logements (système logements) ; dont aucun « menages »";
    check(text, &["S logements", "C logements"], &["a logements"], "R2, résidu emboîté", words);
}

#[test]
fn a_child_whose_parent_is_hidden() {
    let catalogue = Catalogue::from_toml(CATALOGUE).unwrap();
    let columns = super::super::seen::Columns::new(&catalogue);
    let mut seen = columns.blank();
    // The count of those who moved in shows that the households' cell is published.
    seen.counts[2] = Some(12);
    let opened = Opened::default();
    let zone = super::super::shown_zone(Scale::IRIS, &seen, &catalogue, &opened);
    let mut findings = Vec::new();
    super::super::shown::check_lattice(&zone, &seen, &catalogue, &opened, &mut findings);
    let words = "iris  : « menages » est diffusé sans « logements »";
    assert!(findings.contains(&Finding::new("R9, parents d'abord", words.into())), "{findings:?}");
}
