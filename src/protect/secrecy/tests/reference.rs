//! The reference: the real addresses of Val-d'Oise with simulated households, whose cheapest mask
//! was proved elsewhere to cost 14,249.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use crate::aggregate::{RawScale, RawTable};
use crate::secrecy::communes::Communes;
use crate::secrecy::lattice::Lattice;
use crate::secrecy::places::Places;
use crate::secrecy::search::Search;
use crate::secrecy::{Rules, protect, systems_of};
use domain::{Catalogue, CommuneCode, Detail, Scale, Shape, Zone};
use ingest::carreau::carreau_id;
use readers::crs::Crs;
use shared::{shared, skipped};

/// The scales of the reference, with the weights of the built-in rules.
const WEIGHTS: [(Scale, f64); 7] = [
    (Scale::ADRESSE, 1.0),
    (Scale::CARREAU, 1.5),
    (Scale::IRIS, 4.0),
    (Scale::QPV, 6.0),
    (Scale::COMMUNE, 20.0),
    (Scale::EPCI, 60.0),
    (Scale::DEPARTEMENT, 200.0),
];

pub(super) fn rows(name: &str) -> Option<Vec<csv::StringRecord>> {
    let path = shared(name)?;
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_path(path).unwrap();
    Some(reader.records().collect::<Result<_, _>>().unwrap())
}

/// Responding households, by point.
pub(super) fn households() -> Option<HashMap<String, u32>> {
    let rows = rows("val-doise/reference_households.csv")?;
    Some(rows.iter().map(|row| (row[0].to_owned(), row[1].parse().unwrap())).collect())
}

/// The EPCI of each commune, or its EPT.
pub(super) fn epci() -> Option<HashMap<String, String>> {
    let rows = rows("epci_composition_2026.csv")?;
    let own = |row: &csv::StringRecord| {
        let ept = row.get(7).filter(|ept| !ept.is_empty() && *ept != "ZZZZZZZZZ");
        (row[0].to_owned(), ept.unwrap_or(&row[2]).to_owned())
    };
    Some(rows.iter().map(own).collect())
}

/// Households of every zone, by scale.
type Totals = Vec<(Scale, Vec<u64>)>;

/// Each point an address, as SOURCES.md says: the five points outside every IRIS are a zone of
/// their own, EPT stand for the EPCI inside the Métropole du Grand Paris.
fn reference() -> Option<(RawTable, Totals)> {
    let points = rows("val-doise/points_rpls_2025.csv")?;
    let (households, epci) = (households()?, epci()?);
    let mut groups: BTreeMap<Scale, BTreeMap<String, Vec<u32>>> = BTreeMap::new();
    let mut counts = Vec::new();
    for row in points.iter().filter(|row| households[&row[0]] > 0) {
        let atom = counts.len() as u32;
        counts.push(households[&row[0]]);
        let (commune, iris, qpv) = (&row[1], &row[9], &row[8]);
        let code: CommuneCode = commune.parse().unwrap();
        let (lon, lat) = (row[4].parse().unwrap(), row[5].parse().unwrap());
        let carreau = carreau_id(&code, Crs::wgs84(), lon, lat, 200).unwrap();
        let iris = if iris.is_empty() { format!("{commune}0000") } else { iris.to_owned() };
        let mut join = |scale: Scale, zone: String| {
            groups.entry(scale).or_default().entry(zone).or_default().push(atom);
        };
        join(Scale::ADRESSE, format!("a{}", &row[0]));
        join(Scale::CARREAU, carreau.to_string());
        join(Scale::IRIS, iris);
        if qpv != "HZ" && !qpv.is_empty() {
            join(Scale::QPV, qpv.to_owned());
        }
        join(Scale::COMMUNE, commune.to_owned());
        join(Scale::EPCI, epci[commune].clone());
        join(Scale::DEPARTEMENT, "95".into());
    }
    let mut totals = Vec::new();
    let scales = groups
        .into_iter()
        .map(|(scale, zones)| {
            let atoms: Vec<Vec<u32>> = zones.values().cloned().collect();
            let sum =
                |zone: &Vec<u32>| zone.iter().map(|&atom| u64::from(counts[atom as usize])).sum();
            let households: Vec<u64> = atoms.iter().map(sum).collect();
            totals.push((scale, households.clone()));
            RawScale {
                scale,
                zones: zones.keys().map(|code| zone(code)).collect(),
                shapes: zones.iter().map(|_| Shape::Point((2.0, 49.0).into())).collect(),
                sums: households.iter().flat_map(|count| [0, *count as i64]).collect(),
                counts: households,
                atoms,
            }
        })
        .collect();
    Some((RawTable::of_counts(scales, &catalogue(), &counts), totals))
}

fn zone(code: &str) -> Zone {
    Zone {
        code: code.parse().unwrap(),
        nom: String::new(),
        communes: vec![],
        situe: vec![],
        detail: Detail::None,
    }
}

/// One system of one universe.
pub(super) fn catalogue() -> Arc<Catalogue> {
    let small = include_str!("../../../../tests/data/small_catalogue.toml");
    let (root, _) = small.split_once("[[universes]]\nid = \"menages\"").unwrap();
    let indicator =
        small.split_once("[[indicators]]").unwrap().1.replace("repondants", "logements");
    Arc::new(Catalogue::from_toml(&format!("{root}[[indicators]]{indicator}")).unwrap())
}

#[test]
fn the_mask_of_the_reference_is_the_proved_optimum() {
    let Some((raw, totals)) = reference() else { return };
    let catalogue = catalogue();
    let rules = Rules::built_in(&catalogue).unwrap();
    let started = Instant::now();
    let (published, _) = protect(raw, None, catalogue, &rules, &|_| ());
    eprintln!("référence protégée en {:.2} s", started.elapsed().as_secs_f64());
    let mut cost = 0.0;
    let mut visible = BTreeMap::new();
    for ((scale, households), shown) in totals.iter().zip(published.scales()) {
        let weight = WEIGHTS.iter().find(|entry| entry.0 == *scale).unwrap().1;
        let mut seen = 0;
        for (zone, &count) in households.iter().enumerate() {
            if shown.is_published(zone, 0) {
                seen += count;
            } else if count >= 11 {
                cost += weight * count as f64;
            }
        }
        visible.insert(*scale, seen as f64 / households.iter().sum::<u64>() as f64);
    }
    let percent = |scale: Scale| (visible[&scale] * 10_000.0).round() / 100.0;
    eprintln!(
        "coût {cost}, adresse {} %, carreau {} %",
        percent(Scale::ADRESSE),
        percent(Scale::CARREAU)
    );
    assert_eq!(cost, 14_249.0);
    assert_eq!((percent(Scale::ADRESSE), percent(Scale::CARREAU)), (59.49, 96.78));
}

/// The Python that Debian's packages install.
const PYTHON: &str = "/usr/bin/python3";

pub(super) fn has_scipy() -> bool {
    let mut quiet = Command::new(PYTHON);
    quiet.args(["-c", "import scipy.optimize"]).stderr(Stdio::null());
    let found = quiet.status().is_ok_and(|status| status.success());
    if !found {
        assert!(std::env::var_os("CI").is_none(), "SciPy must be installed where CI runs");
        skipped("SciPy absent de cette machine");
    }
    found
}

/// What HiGHS says of an input.
pub(super) fn highs(given: &serde_json::Value) -> serde_json::Value {
    let script = shared::root().join("tests/clients/highs.py");
    let mut child = Command::new(PYTHON)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    let said = child.wait_with_output().unwrap();
    assert!(said.status.success());
    serde_json::from_slice(&said.stdout).unwrap()
}

#[test]
fn another_solver_finds_no_exposed_group_and_no_cheaper_mask() {
    let Some((raw, _)) = reference() else { return };
    if !has_scipy() {
        return;
    }
    let catalogue = catalogue();
    let rules = Rules::built_in(&catalogue).unwrap();
    let places = Places::new(&raw, &rules);
    let communes = Communes::new(&raw, &catalogue, &rules, &places);
    let lattice = Lattice::new(&raw, &catalogue, &rules, &places, &communes);
    let specs = lattice.systems(&catalogue, &communes);
    let systems = systems_of(&raw, &catalogue, &lattice, &places, specs);
    let mask = Search::new(&lattice, &systems, 11).run(&|_| ());
    let of_atoms = places.of_atoms(&raw);
    let mut cells = vec![Vec::new(); lattice.cells()];
    for atom in 0..raw.atoms as u32 {
        let own = of_atoms.row(atom).iter().filter(|&&place| mask.published[place as usize]);
        own.for_each(|&place| cells[place as usize].push(atom));
    }
    let costs: BTreeMap<u32, f64> = mask
        .exposures
        .iter()
        .flatten()
        .map(|&cell| (cell, lattice.cost(cell) as f64 / 1e6))
        .collect();
    let given = serde_json::json!({
        "threshold": 11, "households": raw.atom_counts, "cells": cells,
        "exposures": mask.exposures.iter().map(|clause| {
            clause.iter().map(u32::to_string).collect::<Vec<_>>()
        }).collect::<Vec<_>>(),
        "costs": costs,
    });
    let found = highs(&given);
    eprintln!("HiGHS : {found}");
    assert!(found["small"].as_u64().unwrap() > 100);
    assert_eq!(found["exposed"], 0);
    assert!((found["cheapest"].as_f64().unwrap() - 14_249.0).abs() < 1e-6);
}
