//! The only door between raw and published figures: one mask for all scales, universes, zooms,
//! readers and formats together (rule R4).
//!
//! **Kept here**: R1 (threshold on the cell and on the households of its zone), R3 (twins), R4, R5,
//! R7, R9, and R2 over the system of each universe: no linear combination of its published cells,
//! whatever the scales and however they cross, gives a household more than one eleventh. Between a
//! domain and its filter R2 is kept zone by zone only: what the domain leaves there is empty or
//! at least the threshold.

mod classes;
mod cover;
mod flow;
mod lattice;
mod places;
mod programme;
mod proof;
mod published;
mod rules;
mod search;
mod system;

use std::sync::Arc;

use rayon::prelude::*;

use crate::aggregate::RawTable;
use crate::domain::Catalogue;

use lattice::Lattice;
use places::Places;
use search::{Mask, Search};
use system::System;

pub use published::{Figure, Published, PublishedScale};
pub use rules::{BadRules, Rules};

/// Lays the mask of the edition on its raw figures.
///
/// # Proof definition
/// For every zone z and universe U of the result, `figure` and `count` are absent unless
/// (a) z holds at least `rules.threshold()` contributors of U and as many surveyed households,
/// (b) the cells (z, U′) of all declared U′ ⊃ U are published,
/// (c) z's twins are published in U,
/// (d) every combination of U's published cells spreads at least the threshold times its largest
/// weight, as certificates checked in integers say, and U leaves 0 or the threshold of its filter
/// in z.
/// The mask is a function of membership alone: no numerator or denominator is read to choose it.
pub fn protect(raw: RawTable, catalogue: Arc<Catalogue>, rules: &Rules) -> Published {
    let places = Places::new(&raw, rules);
    let lattice = Lattice::new(&raw, &catalogue, rules, &places);
    let threshold = rules.threshold();
    let mask = mask_of(&raw, &lattice, &places, u64::from(threshold));
    let RawTable { scales, .. } = raw;
    let scales = scales
        .into_iter()
        .enumerate()
        .filter(|(_, scale)| !scale.zones.is_empty())
        .map(|(index, scale)| {
            let place_of = |zone| places.of(index, zone);
            PublishedScale::new(scale, Arc::clone(&catalogue), threshold, |zone, universe| {
                place_of(zone).is_some_and(|place| mask.published[lattice.cell(universe, place) as usize])
            })
        })
        .collect();
    Published::new(catalogue, threshold, scales)
}

/// The mask of the edition: all universes and all scales at once.
fn mask_of(raw: &RawTable, lattice: &Lattice, places: &Places, threshold: u64) -> Mask {
    let of_atoms = places.of_atoms(raw);
    let family = |place: u32| places.scale(raw, place) as u8;
    let system = |universes: &Vec<usize>| {
        System::of_filter(raw, lattice, &of_atoms, family, universes)
    };
    let systems: Vec<System> = lattice.filters().par_iter().map(system).collect();
    Search::new(lattice, &systems, threshold).run(&|round, hidden| {
        eprintln!("round {round} hidden {hidden}");
    })
}

#[cfg(test)]
mod tests;
