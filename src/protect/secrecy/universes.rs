//! The universes of a catalogue as the lattice takes them: which one stands for which, what lies above
//! and below, what each weighs, and which systems they make.

use std::collections::BTreeSet;

use crate::aggregate::RawTable;
use domain::{Catalogue, Opening};

use super::rules::Rules;

/// A linear system to protect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spec {
    /// A filter, its domains, and the filters joined to it with theirs.
    pub(super) universes: Vec<usize>,
    /// Where the operator opened cells of it: the system without these cells, in which everybody is
    /// protected (`false`), or that of the register's items with them (`true`).
    pub(super) opened: Option<bool>,
}

/// Universes by their place in the catalogue; the register is 0.
pub(super) struct Universes {
    /// For each universe, the widest that has the same members everywhere: itself in most cases. Its
    /// figures are sums over the same records, so both have one cell.
    same: Vec<usize>,
    /// For each universe, those above: what its parents are called by, and what it requires.
    above: Vec<Vec<usize>>,
    /// For each universe, those right below it or any that it stands for.
    below: Vec<Vec<usize>>,
    /// The same for the register, where it stands for the surveyed households too.
    below_tied: Vec<usize>,
    /// For each universe, the weights of those it stands for, in thousandths.
    weights: Vec<u64>,
    surveyed: Option<usize>,
}

impl Universes {
    pub(super) fn new(raw: &RawTable, catalogue: &Catalogue, rules: &Rules) -> Universes {
        let universes = catalogue.universes();
        let totals: Vec<u64> = (0..universes.len()).map(|own| raw.total(own)).collect();
        let above: Vec<Vec<usize>> =
            (0..universes.len()).map(|own| catalogue.needed(own).to_vec()).collect();
        let mut same: Vec<usize> = Vec::with_capacity(universes.len());
        let mut wider: Vec<BTreeSet<usize>> = Vec::with_capacity(universes.len());
        for (own, universe) in universes.iter().enumerate() {
            let parents = || catalogue.parents(own).iter().copied();
            // A part with as many members as the whole is the whole. Where communes are opened, a
            // domain stays apart: an opened commune shows its filter alone.
            let is_apart =
                universe.domain_of.is_some() && rules.open().contains(&Opening::Communes);
            let whole = parents().find(|&parent| {
                // Its cell must not be published without those of the part's other parents (R9).
                let is_under = |other: usize| {
                    same[other] == same[parent] || wider[parent].contains(&same[other])
                };
                universes[parent].kind == universe.kind
                    && parents().all(is_under)
                    && universe.requires.is_empty()
                    && !is_apart
                    && totals[own] > 0
                    && totals[parent] == totals[own]
            });
            let above = parents().flat_map(|parent| {
                wider[parent].iter().copied().chain([same[parent]]).collect::<Vec<usize>>()
            });
            let above = above.collect();
            same.push(whole.map_or(own, |parent| same[parent]));
            wider.push(above);
        }
        let weights = (0..universes.len()).map(|own| rules.universe_weight(own)).collect();
        Universes::linked(same, above, weights, catalogue.surveyed())
    }

    /// `weights` are each universe's own.
    pub(super) fn linked(
        same: Vec<usize>,
        above: Vec<Vec<usize>>,
        own_weights: Vec<u64>,
        surveyed: Option<usize>,
    ) -> Universes {
        let mut below = vec![Vec::new(); above.len()];
        for (own, parents) in above.iter().enumerate() {
            for &parent in parents {
                let (wide, narrow) = (same[parent], same[own]);
                if wide != narrow && !below[wide].contains(&narrow) {
                    below[wide].push(narrow);
                }
            }
        }
        let surveyed = surveyed.map(|own| same[own]);
        let mut below_tied = below.first().cloned().unwrap_or_default();
        if let Some(own) = surveyed {
            below_tied.extend(below[own].clone());
            below_tied.sort_unstable();
            below_tied.dedup();
        }
        let mut weights = vec![0; own_weights.len()];
        same.iter().zip(own_weights).for_each(|(&own, weight)| weights[own] += weight);
        Universes { same, above, below, below_tied, weights, surveyed }
    }

    pub(super) fn len(&self) -> usize {
        self.same.len()
    }

    pub(super) fn representative(&self, universe: usize) -> usize {
        self.same[universe]
    }

    pub(super) fn surveyed(&self) -> Option<usize> {
        self.surveyed
    }

    pub(super) fn above(&self, universe: usize) -> &[usize] {
        &self.above[universe]
    }

    /// `is_tied`: where the register stands for the surveyed households too.
    pub(super) fn below(&self, universe: usize, is_tied: bool) -> &[usize] {
        if is_tied { &self.below_tied } else { &self.below[universe] }
    }

    /// In thousandths; `is_tied` as for [`Universes::below`].
    pub(super) fn weight(&self, universe: usize, is_tied: bool) -> u64 {
        let tied = self.surveyed.filter(|_| is_tied).map_or(0, |own| self.weights[own]);
        self.weights[universe] + tied
    }

    /// The systems of the catalogue, but those whose cells are all another's.
    pub(super) fn systems(&self, catalogue: &Catalogue) -> Vec<Vec<usize>> {
        let systems = catalogue.systems();
        let cells = |system: &Vec<usize>| -> Vec<usize> {
            system.iter().map(|&own| self.same[own]).collect()
        };
        let held = |own: &[usize], other: &[usize]| own.iter().all(|one| other.contains(one));
        let all: Vec<Vec<usize>> = systems.iter().map(cells).collect();
        let is_another = |at: usize| {
            all.iter().enumerate().any(|(other, cells)| {
                let is_first = other < at || !held(cells, &all[at]);
                other != at && held(&all[at], cells) && is_first
            })
        };
        let kept = (0..systems.len()).filter(|&at| !is_another(at));
        kept.map(|at| systems[at].clone()).collect()
    }
}
