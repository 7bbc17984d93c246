//! The only door between raw and published figures: one mask for all scales, universes, zooms,
//! readers and formats together (rule R4).
//!
//! **Kept here**: R1 (threshold on the cell and on the households of its zone), R3 (twins), R4, R5,
//! R7, R9, and of R2 the nested part: what the published parts of a published zone leave
//! uncovered, and what a domain leaves of its filter in a zone, is empty or at least the threshold.

mod cover;
mod mask;
mod places;
mod programme;
mod proof;
mod published;
mod rules;
mod system;

use std::sync::Arc;

use crate::aggregate::RawTable;
use crate::domain::{Catalogue, Kind};

use mask::Search;
use places::{Cell, Places};
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
/// (d) in each nested family, and between a domain and its filter, what the published places below
/// leave of z is empty or holds the threshold.
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
            PublishedScale::new(scale, Arc::clone(&catalogue), |zone, universe| {
                place_of(zone).is_some_and(|place| mask[universe][place as usize])
            })
        })
        .collect();
    Published::new(catalogue, threshold, scales)
}

/// `mask[universe][place]`: whether the cell is published. Parents come before their children.
fn mask_of(
    raw: &RawTable,
    catalogue: &Catalogue,
    rules: &Rules,
    places: &Places,
) -> Vec<Vec<bool>> {
    let threshold = u64::from(rules.threshold());
    let households =
        catalogue.universes().iter().position(|universe| universe.kind == Kind::Menage);
    let of_atoms = places.of_atoms(raw);
    let all_counts = |universe: usize| -> Vec<u64> {
        (0..places.len() as u32).map(|place| places.count(raw, place, universe)).collect()
    };
    let households = households.map(all_counts);
    let index = |id: &String| catalogue.universe_index(id);
    let mut mask: Vec<Vec<bool>> = Vec::new();
    for (own, universe) in catalogue.universes().iter().enumerate() {
        let counts = all_counts(own);
        let above: Vec<usize> = universe.parents.iter().filter_map(index).collect();
        let allowed: Vec<bool> = (0..places.len())
            .map(|place| {
                counts[place] >= threshold
                    && households.as_ref().is_none_or(|all| all[place] >= threshold)
                    && above.iter().all(|&parent| mask[parent][place])
            })
            .collect();
        let costs: Vec<u128> = (0..places.len())
            .map(|place| {
                u128::from(counts[place])
                    * u128::from(places.weight(place as u32))
                    * u128::from(rules.universe_weight(own))
            })
            .collect();
        let filters: Vec<usize> = universe.domain_of.iter().filter_map(index).collect();
        let systems: Vec<System> = if filters.is_empty() {
            vec![own_system(raw, &of_atoms, own, &allowed)]
        } else {
            let of = |filter: &usize| {
                domain_system(raw, &of_atoms, own, &allowed, (*filter, &mask[*filter]))
            };
            filters.iter().map(of).collect()
        };
        let found = Search::new(&systems, threshold).run(&allowed, &costs);
        mask.push(found.published);
    }
    mask
}

/// The system of a filter without a domain: an atom's contributors lie in its places.
fn own_system(raw: &RawTable, of_atoms: &[Vec<u32>], own: usize, allowed: &[bool]) -> System {
    System::new(of_atoms.iter().enumerate().map(|(atom, places)| {
        let cells = places.iter().filter(|place| allowed[**place as usize]);
        (raw.atom_count(atom, own), cells.map(|place| Cell::own(*place)).collect())
    }))
}

/// The system of a filter with one of its domains: an atom's contributors are those of the domain,
/// in the cells of both, and the others, in the filter's alone.
fn domain_system(
    raw: &RawTable,
    of_atoms: &[Vec<u32>],
    own: usize,
    allowed: &[bool],
    (filter, published): (usize, &[bool]),
) -> System {
    System::new(of_atoms.iter().enumerate().flat_map(|(atom, places)| {
        let inside = raw.atom_count(atom, own);
        let outside = raw.atom_count(atom, filter) - inside;
        let filters = places
            .iter()
            .filter(|place| published[**place as usize])
            .map(|place| Cell::of_filter(*place));
        let owns =
            places.iter().filter(|place| allowed[**place as usize]).map(|place| Cell::own(*place));
        let mut both: Vec<Cell> = filters.clone().chain(owns).collect();
        both.sort_unstable();
        [(inside, both), (outside, filters.collect())]
    }))
}

#[cfg(test)]
mod tests;
