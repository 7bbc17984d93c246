//! The auditor against cases, brute force, leaks planted by hand, and proofs.

mod brute;
mod cases;
mod opened;
mod planted;
mod proofs;

use std::collections::BTreeMap;

use super::system::System;

/// A system of one universe: named parts with their households, and cells as lists of names.
fn system(atoms: &[(String, u64)], cells: &[Vec<String>]) -> System {
    let parts = atoms.iter().map(|(name, households)| {
        let own = cells.iter().zip(0..).filter(|(cell, _)| cell.contains(name));
        (*households, own.map(|(_, number)| number).collect())
    });
    let named = (0..cells.len() as u32).map(|number| (number, 0)).collect();
    System::new(named, parts)
}

fn atoms(list: &BTreeMap<String, u64>) -> Vec<(String, u64)> {
    list.iter().map(|(name, households)| (name.clone(), *households)).collect()
}

/// Households of the smallest exposed set; every one found is proved by a combination.
#[track_caller]
fn smallest(system: &System, threshold: u64) -> Option<u64> {
    let residuals = super::residuals::Residuals::new(system);
    let verdict = super::rank::test(system, &residuals, threshold);
    assert!(verdict.undecided.is_empty() && !verdict.more);
    for set in &verdict.exposed {
        let found = super::combination::find(system, &residuals, set);
        let found = found.expect("an exposed set has a combination");
        assert!(found.households > 0 && found.households < threshold);
    }
    let weight = |set: &Vec<u32>| set.iter().map(|class| system.weights()[*class as usize]).sum();
    verdict.exposed.iter().map(weight).min()
}
