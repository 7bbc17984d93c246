//! Editions that tests of other rooms make up: their figures are invented, and protected like any.

use std::sync::Arc;

use domain::{Catalogue, Scale, Shape, Zone};

use crate::aggregate::{RawScale, RawTable};
use crate::secrecy::{Published, Rules, protect};

/// A made-up zone.
pub struct MadeUp {
    pub zone: Zone,
    pub shape: Shape,
    /// Sorted.
    pub atoms: Vec<u32>,
    /// By universe.
    pub counts: Vec<u64>,
    /// Two for each indicator: numerator and denominator.
    pub sums: Vec<i64>,
}

/// Made-up zones, scale by scale, protected; `counts` are the contributors of each universe at each
/// atom, atom-major.
pub fn published(
    scales: Vec<(Scale, Vec<MadeUp>)>,
    counts: &[u32],
    catalogue: Catalogue,
    rules: &Rules,
) -> Published {
    let scales = scales.into_iter().map(|(scale, zones)| raw(scale, zones)).collect();
    let table = RawTable::of_counts(scales, &catalogue, counts);
    protect(table, Arc::new(catalogue), rules, &|_| ()).0
}

fn raw(scale: Scale, made_up: Vec<MadeUp>) -> RawScale {
    let mut raw = RawScale {
        scale,
        zones: vec![],
        shapes: vec![],
        atoms: vec![],
        counts: vec![],
        sums: Default::default(),
    };
    for MadeUp { zone, shape, atoms, counts, sums } in made_up {
        raw.zones.push(zone);
        raw.shapes.push(shape);
        raw.atoms.push(atoms);
        raw.counts.extend(counts);
        raw.sums.extend(sums);
    }
    raw
}
