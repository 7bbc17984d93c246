//! The auditor against cases, brute force, leaks planted by hand, and proofs.

mod attacks;
mod brute;
mod cases;
mod cuts;
mod extremes;
mod lattice;
mod opened;
mod placement;
mod planted;
mod proofs;
mod sound;
mod town;

use std::collections::BTreeMap;

use domain::Kind;

use super::count::{Mask, Members};
use super::system::{Part, System};
use super::truth::{TrueZone, Truth};

/// Parts at an atom each, with their households and their cells.
fn parts(list: impl Iterator<Item = (u64, Vec<u32>)>) -> impl Iterator<Item = Part> {
    let part = |((households, cells), atom)| Part { seat: (atom, 1), households, cells };
    list.zip(0..).map(part)
}

/// The truth about zones where, at each atom, universes of each kind hold one another as far as their
/// counts allow: the first dwellings are in most universes, and have households first.
fn nested_truth(zones: Vec<TrueZone>, kinds: &[Kind], counts: &[Vec<u32>]) -> Truth {
    let masks = |counts: &Vec<u32>, kind: Kind| -> Vec<(Mask, u32)> {
        let own = (0..kinds.len()).filter(|universe| kinds[*universe] == kind);
        let records = own.map(|universe| counts[universe]).max().unwrap_or(0);
        let in_it = |record: u32, universe: usize| {
            let is_met = kinds[universe] == Kind::Logement || kind == Kind::Menage;
            is_met && record < counts[universe]
        };
        let mask = |record| {
            (0..kinds.len()).filter(|own| in_it(record, *own)).fold(0, |all, own| all | 1 << own)
        };
        (0..records).map(|record| (mask(record), 1)).collect()
    };
    let of = |kind| {
        let atoms: Vec<Vec<(Mask, u32)>> = counts.iter().map(|own| masks(own, kind)).collect();
        Members::of(&atoms)
    };
    Truth::of(zones, kinds.to_vec(), [of(Kind::Logement), of(Kind::Menage)])
}

/// A system of one universe: named parts with their households, and cells as lists of names.
fn system(atoms: &[(String, u64)], cells: &[Vec<String>]) -> System {
    let parts = atoms.iter().map(|(name, households)| {
        let own = cells.iter().zip(0..).filter(|(cell, _)| cell.contains(name));
        (*households, own.map(|(_, number)| number).collect())
    });
    let named = (0..cells.len() as u32).map(|number| (number, 0)).collect();
    System::new(named, self::parts(parts))
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

/// Exposed sets with their combinations in the two families that the cells make in turn, and
/// how many cells are left out.
#[track_caller]
fn by_cuts(system: &System, threshold: u64) -> (Vec<Vec<u32>>, usize) {
    let cells = (0u32..).zip(system.cells());
    let order = cells.filter(|(_, cell)| !cell.classes.is_empty()).map(|(number, _)| (number, 0));
    let pair = super::families::Pair::of(system, order);
    let cuts = super::cuts::Cuts::new(system, &pair, threshold);
    assert!(!cuts.found.more && cuts.found.undecided == 0);
    let writer = cuts.writer();
    for cut in &cuts.found.cuts {
        let found = cuts.proved(&writer, cut).expect("a cut is a combination");
        assert!(found.terms.iter().all(|(_, value)| value.abs() == 1), "{found:?}");
    }
    (cuts.found.cuts.iter().map(|cut| cuts.set(cut)).collect(), pair.left_out)
}
