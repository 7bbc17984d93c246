//! Tests of the engine: small territories, shared cases, random systems against brute force, and
//! the proved optimum of the reference.

mod cases;
mod random;
mod reference;
mod territories;

use std::collections::BTreeMap;

use super::mask::{Mask, Search};
use super::programme::{Verdict, judge};
use super::system::System;

/// A system written by hand: households per atom, cells as lists of atoms.
fn system(households: &[u64], cells: &[Vec<usize>]) -> System {
    System::new(households.iter().enumerate().map(|(atom, &count)| {
        let own = cells.iter().enumerate().filter(|(_, atoms)| atoms.contains(&atom));
        (count, own.map(|(cell, _)| cell as u32).collect())
    }))
}

/// Whether the engine proves that some class is exposed when these cells are published.
fn is_exposed(system: &System, published: &[bool], threshold: u64) -> bool {
    let classes = system.classes(|place| published[place as usize]);
    let small = (0..classes.len() as u32).filter(|&class| classes.households(class) < threshold);
    small.into_iter().any(|class| match judge(&classes, class, threshold) {
        Verdict::Exposed(witness) => {
            assert!(witness.exposes(&classes, threshold));
            true
        }
        Verdict::Safe(certificate) => {
            assert!(certificate.proves(class, &classes, threshold));
            false
        }
        Verdict::Unproved => panic!("a small system is decided"),
    })
}

/// The mask of one system, all cells allowed, each as dear as its households.
fn mask(system: &System, costs: &[u128], threshold: u64) -> Mask {
    Search::new(system, threshold).run(&vec![true; costs.len()], costs)
}

/// Atoms and cells by name, as the shared files write them.
fn by_name(atoms: &[String], cells: &BTreeMap<String, Vec<String>>) -> Vec<Vec<usize>> {
    let place = |name: &String| atoms.iter().position(|atom| atom == name).unwrap();
    cells.values().map(|names| names.iter().map(place).collect()).collect()
}
