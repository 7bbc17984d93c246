//! Tests of the engine: small territories, small cases, random systems against brute force and exact arithmetic, and
//! the proved optimum of the reference.

mod attacks;
mod basis;
mod cases;
mod domains;
mod exact;
mod extremes;
mod groups;
mod large;
mod method;
mod minimal;
mod opened;
mod programme;
mod random;
mod reference;
mod territories;
mod val_doise;

use std::collections::BTreeMap;

use super::classes::Classes;
use super::lattice::Lattice;
use super::prover::{Judgement, judge};
use super::search::{Mask, Search};
use super::system::{Group, Seat, System};
use super::universes::{Spec, Universes};

/// A system written by hand: households per atom, cells as lists of atoms.
fn system(households: &[u64], cells: &[Vec<usize>]) -> System {
    let group = |(atom, &households): (usize, &u64)| {
        let own = cells.iter().enumerate().filter(|(_, atoms)| atoms.contains(&atom));
        let cells = own.map(|(cell, _)| cell as u32).collect();
        Group { households, cells, seat: Seat { atom: atom as u32, members: 1 } }
    };
    System::new(households.iter().enumerate().map(group), |_| (Default::default(), 1))
}

/// Whether the engine proves that some class is exposed when these cells are published.
fn is_exposed(system: &System, published: &[bool], threshold: u64) -> bool {
    let mut classes = Classes::new(system);
    let is_hidden = |cell: &u32| !published[system.cells()[*cell as usize] as usize];
    classes.toggle(&(0..system.cells().len() as u32).filter(is_hidden).collect::<Vec<_>>());
    let small: Vec<u32> =
        classes.live().filter(|&class| classes.households(class) < threshold).collect();
    small.into_iter().any(|class| match judge(&classes, class, threshold) {
        Judgement::Exposed(witness) => {
            assert!(witness.exposes(&classes, threshold));
            true
        }
        Judgement::Safe(certificate) => {
            assert!(certificate.proves(class, &classes, threshold));
            false
        }
        Judgement::Unproved => panic!("a small system is decided"),
    })
}

/// A lattice of one universe, over the costs of its places.
pub(super) fn of_places(costs: Vec<u64>) -> Lattice {
    let universes = Universes::linked(vec![0], vec![vec![]], vec![1], None);
    let tied = vec![false; costs.len()];
    Lattice::of_universes(universes, costs, tied)
}

/// The mask of one system under the cells that may be published, each with its cost.
fn mask(system: &System, allowed: &[bool], costs: &[u64], threshold: u64) -> Mask {
    let mut lattice = of_places(costs.to_vec());
    for (place, &holds) in (0..).zip(allowed) {
        lattice.admit(0, place, holds);
    }
    let spec = Spec { universes: vec![0], opened: None };
    Search::new(&lattice, &[(spec, system.clone())], threshold).run(&|_| ())
}

impl Mask {
    /// Whether no cheaper mask keeps the rule.
    fn is_optimal(&self) -> bool {
        self.account.bound == self.account.cost
    }
}

/// Atoms and cells by name, as the files of cases write them.
fn by_name(atoms: &[String], cells: &BTreeMap<String, Vec<String>>) -> Vec<Vec<usize>> {
    let place = |name: &String| atoms.iter().position(|atom| atom == name).unwrap();
    cells.values().map(|names| names.iter().map(place).collect()).collect()
}
