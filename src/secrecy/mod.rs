//! The only door between raw and published figures: one mask for all scales, universes, zooms,
//! readers and formats together (rule R4).
//!
//! **Kept here**: R1 (threshold on the cell and on the households of its zone), R3 (twins), R4, R5,
//! R7, R9, and R2 over the system of each universe: no linear combination of its published cells,
//! whatever the scales and however they cross, gives a household more than one eleventh. Between a
//! domain and its filter R2 is kept zone by zone only: what the domain leaves there is empty or
//! at least the threshold.

mod cover;
mod mask;
mod places;
mod programme;
mod proof;
mod published;
mod rules;
mod system;

use std::sync::Arc;

use rayon::prelude::*;

use crate::aggregate::RawTable;
use crate::domain::{Catalogue, Kind};

use mask::Search;
use places::Places;
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
    let mask = mask_of(&raw, &catalogue, rules, &places);
    let threshold = rules.threshold();
    let RawTable { scales, .. } = raw;
    let scales = scales
        .into_iter()
        .enumerate()
        .filter(|(_, scale)| !scale.zones.is_empty())
        .map(|(index, scale)| {
            let place_of = |zone| places.of(index, zone);
            PublishedScale::new(scale, Arc::clone(&catalogue), threshold, |zone, universe| {
                place_of(zone).is_some_and(|place| mask[universe][place as usize])
            })
        })
        .collect();
    Published::new(catalogue, threshold, scales)
}

/// `mask[universe][place]`: whether the cell is published. Parents come before their children;
/// universes whose parents are done are searched at once.
fn mask_of(
    raw: &RawTable,
    catalogue: &Catalogue,
    rules: &Rules,
    places: &Places,
) -> Vec<Vec<bool>> {
    let universes = catalogue.universes();
    let index = |id: &String| catalogue.universe_index(id);
    let above: Vec<Vec<usize>> = universes
        .iter()
        .map(|universe| {
            universe.parents.iter().chain(&universe.domain_of).filter_map(index).collect()
        })
        .collect();
    let of_atoms = places.of_atoms(raw);
    let mut mask: Vec<Option<Vec<bool>>> = vec![None; universes.len()];
    // The catalogue declares parents before children, so each turn finishes one at least.
    while mask.iter().any(Option::is_none) {
        let ready: Vec<usize> = (0..universes.len())
            .filter(|&own| mask[own].is_none() && above[own].iter().all(|&up| mask[up].is_some()))
            .collect();
        let found: Vec<(usize, Vec<bool>)> = ready
            .into_par_iter()
            .map(|own| {
                let (allowed, costs) = candidates(raw, catalogue, rules, places, &mask, own);
                let system = system_of(raw, &of_atoms, own, &allowed);
                let threshold = u64::from(rules.threshold());
                (own, Search::new(&system, threshold).run(&allowed, &costs).published)
            })
            .collect();
        found.into_iter().for_each(|(own, published)| mask[own] = Some(published));
    }
    mask.into_iter().flatten().collect()
}

/// The places that one universe may publish (R1, R9, and what a domain leaves of its filter in one
/// place), and what each costs to hide.
fn candidates(
    raw: &RawTable,
    catalogue: &Catalogue,
    rules: &Rules,
    places: &Places,
    mask: &[Option<Vec<bool>>],
    own: usize,
) -> (Vec<bool>, Vec<u128>) {
    let threshold = u64::from(rules.threshold());
    let universe = &catalogue.universes()[own];
    let index = |id: &String| catalogue.universe_index(id);
    let households = catalogue.universes().iter().position(|other| other.kind == Kind::Menage);
    let count = |place: u32, universe: usize| places.count(raw, place, universe);
    let is_shown = |universe: usize, place: u32| {
        mask[universe].as_ref().is_some_and(|mask| mask[place as usize])
    };
    let above: Vec<usize> = universe.parents.iter().filter_map(index).collect();
    let filter = universe.domain_of.as_ref().and_then(index);
    let is_allowed = |place: u32| {
        let own = count(place, own);
        let outside = filter.map_or(0, |filter| count(place, filter).saturating_sub(own));
        own >= threshold
            && households.is_none_or(|households| count(place, households) >= threshold)
            && above.iter().all(|&parent| is_shown(parent, place))
            && !(1..threshold).contains(&outside)
    };
    let cost = |place: u32| {
        u128::from(count(place, own))
            * u128::from(places.weight(place))
            * u128::from(rules.universe_weight(own))
    };
    let all = 0..places.len() as u32;
    (all.clone().map(is_allowed).collect(), all.map(cost).collect())
}

/// The system of a universe: an atom's contributors lie in its places.
fn system_of(raw: &RawTable, of_atoms: &[Vec<u32>], own: usize, allowed: &[bool]) -> System {
    System::new(of_atoms.iter().enumerate().map(|(atom, places)| {
        let shown = places.iter().copied().filter(|place| allowed[*place as usize]);
        (raw.atom_count(atom, own), shown.collect())
    }))
}

#[cfg(test)]
mod tests;
