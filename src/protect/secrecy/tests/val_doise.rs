//! Every system of Val-d'Oise, on its real addresses with fictive occupants, by a solver that the
//! engine does not use.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use config::Config;
use domain::Catalogue;
use ingest::{Before, Geography, Units, dwellings, place, zones};
use readers::official::{CommuneTable, EpciTable, Official};
use readers::reject::Rejections;
use synth::{DEFAULT_SEED, Options, run};

use crate::aggregate::RawTable;
use crate::secrecy::places::Places;
use crate::secrecy::{Rules, mask_of, unite_beside};
use crate::{Aggregation, Plan};
use shared::shared;

use super::reference::{has_scipy, highs};

/// Groups under the threshold of which one is looked at; with `SEUIL_LONG=1`, each is.
const EVERY: usize = 97;

/// The raw sums of a configuration with the built-in catalogue, groups of addresses among its zones.
fn raw_table(path: &Path, catalogue: &Catalogue) -> (RawTable, Units) {
    let config = Config::read(path).unwrap();
    let build = config.build.as_ref().unwrap();
    let plan = Plan::compile(catalogue, build.vintage).unwrap();
    let communes = CommuneTable::read(&config.resolve(build.communes.as_ref().unwrap())).unwrap();
    let official = Official::new(EpciTable::read(&config.resolve(&build.epci)).unwrap(), communes);
    let geography = Geography::read(&config, official).unwrap();
    let mut rejections = Rejections::create(&config.resolve(&build.record)).unwrap();
    let entries = fs::read_dir(config.resolve("rpls".as_ref())).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let columns = plan.dwelling_columns();
    let (mut register, _) =
        dwellings::read(&files, columns, &geography, &mut rejections, &|_, _| ()).unwrap();
    let (atoms, _) = place(&mut register, columns, &geography, build.grid_m).unwrap();
    let aggregation = Aggregation::new(&plan, &atoms);
    aggregation.add_dwellings(&register, &atoms);
    let households = [config.resolve(build.households[0].as_ref())];
    let read = (&register, &atoms);
    aggregation
        .add_households(&households, build.vintage, read, &mut rejections, &|_, _| ())
        .unwrap();
    let units =
        Units::new(&register, columns, &atoms, build.threshold, &Before::default()).unwrap();
    let zones = zones(&atoms, &geography).unwrap();
    (aggregation.over(zones, &units, catalogue, build.threshold).unwrap(), units)
}

#[test]
fn another_solver_finds_no_exposed_group_and_no_cheaper_mask_of_val_doise() {
    let Some(data) = shared("") else { return };
    if !has_scipy() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        out: folder.path().join("in"),
        households: None,
        seed: DEFAULT_SEED,
        points: Some(data.join("val-doise/points_rpls_2025.csv")),
        geometry: synth::Geometry::Easy,
    };
    run(&options, &mut |_, _| ()).unwrap();
    let template = include_str!("../../../../benches/val-doise.toml");
    let config = folder.path().join("in/val-doise.toml");
    fs::write(&config, template.replace("SHARED", data.to_str().unwrap())).unwrap();
    let catalogue = Catalogue::built_in();
    let rules = Rules::built_in(&catalogue).unwrap();
    let (mut raw, units) = raw_table(&config, &catalogue);
    unite_beside(&mut raw, &units, &catalogue, &rules);
    let places = Places::new(&raw, &rules);
    let (lattice, systems, mask) = mask_of(&raw, &catalogue, &rules, &places, &|_| ());
    assert_eq!(mask.account.unproved, 0);
    assert_eq!(mask.account.cost, mask.account.bound);
    let (mut costs, mut takes) = (BTreeMap::new(), Vec::new());
    for cell in mask.exposures.iter().flatten().copied().collect::<BTreeSet<u32>>() {
        for taken in lattice.closure(cell) {
            costs.insert(taken.to_string(), lattice.cost(taken) as f64 / 1e6);
            if taken != cell {
                takes.push([cell.to_string(), taken.to_string()]);
            }
        }
    }
    let exposures = mask.exposures.iter().map(|clause| clause.iter().map(u32::to_string));
    let exposures: Vec<Vec<String>> = exposures.map(Iterator::collect).collect();
    let systems: Vec<serde_json::Value> = systems
        .iter()
        .map(|(_, system)| {
            let households: Vec<u64> =
                (0..system.len() as u32).map(|part| system.households(part)).collect();
            let cells = system.cells().iter().enumerate();
            let cells: Vec<&[u32]> = cells
                .filter(|(_, cell)| mask.published[**cell as usize])
                .map(|(own, _)| system.parts_of(own as u32))
                .collect();
            serde_json::json!({ "households": households, "cells": cells })
        })
        .collect();
    assert!(systems.len() > 8);
    let is_long = std::env::var_os("SEUIL_LONG").is_some();
    let every = if is_long { 1 } else { EVERY };
    let found = highs(&serde_json::json!({
        "threshold": 11, "systems": systems, "every": every,
        "exposures": exposures, "costs": costs, "takes": takes,
    }));
    eprintln!("HiGHS : {found}");
    assert!(found["looked"].as_u64().unwrap() > 100);
    assert_eq!(found["exposed"], 0);
    let cost = mask.account.cost as f64 / 1e6;
    eprintln!("coût {cost}, prouvé");
    assert!((found["cheapest"].as_f64().unwrap() - cost).abs() < 1e-3);
}
