//! The only door between raw and published figures: one mask for all scales, universes, zooms,
//! readers and formats together (rule R4).
//!
//! **Kept here**: R1 (threshold on the cell and on the households of its zone), R3 (twins), R4, R5,
//! R7, R9, and of R2 the nested part: what the published parts of a published zone leave
//! uncovered, and what a domain leaves of its filter in a zone, is empty or at least the threshold.

mod mask;
mod nesting;
mod places;
mod published;
mod rules;

use std::sync::Arc;

use crate::aggregate::RawTable;
use crate::domain::{Catalogue, Kind};

use mask::Search;
use nesting::Family;
use places::Places;

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
    let families = Family::all(&raw, &places);
    let mask = mask_of(&raw, &catalogue, rules, &places, &families);
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
    families: &[Family],
) -> Vec<Vec<bool>> {
    let threshold = u64::from(rules.threshold());
    let households =
        catalogue.universes().iter().position(|universe| universe.kind == Kind::Menage);
    let all_counts = |universe: usize| -> Vec<u64> {
        (0..places.len() as u32).map(|place| places.count(raw, place, universe)).collect()
    };
    let households = households.map(all_counts);
    let mut mask: Vec<Vec<bool>> = Vec::new();
    for (index, universe) in catalogue.universes().iter().enumerate() {
        let counts = all_counts(index);
        let above: Vec<usize> =
            universe.parents.iter().filter_map(|id| catalogue.universe_index(id)).collect();
        let filter = universe.domain_of.as_ref().and_then(|id| catalogue.universe_index(id));
        let allowed: Vec<bool> = (0..places.len())
            .map(|place| {
                let outside = filter
                    .map_or(0, |filter| places.count(raw, place as u32, filter) - counts[place]);
                counts[place] >= threshold
                    && households.as_ref().is_none_or(|all| all[place] >= threshold)
                    && above.iter().all(|&parent| mask[parent][place])
                    && !(1..threshold).contains(&outside)
            })
            .collect();
        let costs = (0..places.len())
            .map(|place| {
                u128::from(counts[place])
                    * u128::from(places.weight(place as u32))
                    * u128::from(rules.universe_weight(index))
            })
            .collect();
        mask.push(Search::new(families, threshold, counts, costs, &allowed).run(&allowed));
    }
    mask
}

#[cfg(test)]
mod tests;
