//! The only door between raw and published figures: one mask for all scales, universes, zooms,
//! readers and formats together (rule R4).
//!
//! **Kept here**: R1 (threshold on the cell and on the households of its zone), R3 (twins), R4, R5,
//! R7, R9, and R2 over the system of each filter with all its domains: no linear combination of its
//! published cells, whatever the scales and however they cross, gives a household more than one
//! eleventh. What is hidden for it is the cheapest there is, over all universes at once.

mod classes;
mod cover;
mod flow;
mod lattice;
mod peeling;
mod places;
mod programme;
mod proof;
mod published;
mod record;
mod rules;
mod search;
mod side;
mod simplex;
mod system;

use std::sync::Arc;

use rayon::prelude::*;

use crate::aggregate::RawTable;
use crate::domain::Catalogue;

use lattice::Lattice;
use places::Places;
use search::Search;
use system::System;

pub use published::{Figure, Published, PublishedScale};
pub use record::PrivateRecord;
pub use rules::{BadRules, Rules};

/// Lays the mask of the edition on its raw figures. `tell` hears of each round of the search.
///
/// # Proof definition
/// For every zone z and universe U of the result, `figure` and `count` are absent unless
/// (a) z holds at least `rules.threshold()` contributors of U and as many surveyed households,
/// (b) the cells (z, U′) of all declared U′ ⊃ U are published,
/// (c) z's twins are published in U,
/// (d) every combination of the published cells of U's filter and all its domains, whatever their
/// scales, spreads at least the threshold times its largest weight, as certificates checked in
/// integers say.
/// The mask is a function of membership alone: no numerator or denominator is read to choose it.
pub fn protect(
    raw: RawTable,
    catalogue: Arc<Catalogue>,
    rules: &Rules,
    tell: &dyn Fn(usize),
) -> (Published, PrivateRecord) {
    let places = Places::new(&raw, rules);
    let lattice = Lattice::new(&raw, &catalogue, rules, &places);
    let threshold = rules.threshold();
    let systems = systems_of(&raw, &lattice, &places);
    let mask = Search::new(&lattice, &systems, u64::from(threshold)).run(tell);
    let record =
        PrivateRecord::new((&raw, &catalogue, threshold), (&places, &lattice), &systems, &mask);
    drop(systems);
    let RawTable { scales, .. } = raw;
    let scales = scales
        .into_iter()
        .enumerate()
        .filter(|(_, scale)| !scale.zones.is_empty())
        .map(|(index, scale)| {
            let place_of = |zone| places.of(index, zone);
            PublishedScale::new(scale, Arc::clone(&catalogue), threshold, |zone, universe| {
                place_of(zone)
                    .is_some_and(|place| mask.published[lattice.cell(universe, place) as usize])
            })
        })
        .collect();
    (Published::new(catalogue, threshold, scales), record)
}

/// One system for each filter, with all its domains.
fn systems_of(raw: &RawTable, lattice: &Lattice, places: &Places) -> Vec<System> {
    let of_atoms = places.of_atoms(raw);
    let family = |place: u32| places.scale(raw, place) as u8;
    let system =
        |universes: &Vec<usize>| System::of_filter(raw, lattice, &of_atoms, family, universes);
    lattice.filters().par_iter().map(system).collect()
}

#[cfg(test)]
mod tests;
