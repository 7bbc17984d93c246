//! The search for what to hide in one universe, and what can be given back.
//!
//! For each family and each published place the *residual* is what its published descendants leave
//! uncovered: `N(place) − Σ N(largest published descendants)`. The nested part of rule R2 says
//! that a residual is 0 or at least the threshold. Hiding a place adds its residual to that of its
//! nearest published ancestor, so a change costs a walk up the trees and no new sum.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::nesting::Family;

/// One universe during the search.
pub(super) struct Search<'a> {
    families: &'a [Family],
    threshold: u64,
    counts: Vec<u64>,
    costs: Vec<u128>,
    published: Vec<bool>,
    /// `residuals[family][place]`, meaningful for published places of the family.
    residuals: Vec<Vec<u64>>,
    /// The published places whose residual tells of too few, with their family: the smallest
    /// place first.
    exposed: BTreeSet<(u64, usize, u32)>,
}

impl<'a> Search<'a> {
    /// Starts from every place that may be published (`allowed`: R1 and R9).
    pub(super) fn new(
        families: &'a [Family],
        threshold: u64,
        counts: Vec<u64>,
        costs: Vec<u128>,
        allowed: &[bool],
    ) -> Self {
        let published = allowed.to_vec();
        let mut search = Search {
            families,
            threshold,
            counts,
            costs,
            published,
            residuals: Vec::new(),
            exposed: BTreeSet::new(),
        };
        search.sum();
        search
    }

    /// Hides until no residual is in `1..threshold`, then gives back what can be: at the end no
    /// hidden place of `allowed` could be given back alone. Returns the published places.
    pub(super) fn run(mut self, allowed: &[bool]) -> Vec<bool> {
        self.repair();
        self.give_back(allowed);
        // The sums are made anew: a slip in the bookkeeping must not publish anything.
        self.sum();
        assert!(self.exposed.is_empty(), "a repaired mask leaves nothing uncovered");
        self.published
    }

    /// Computes every residual from nothing.
    fn sum(&mut self) {
        self.exposed.clear();
        self.residuals = self.families.iter().map(|family| self.all_residuals(family)).collect();
        for family in 0..self.families.len() {
            for place in 0..self.published.len() as u32 {
                if self.published[place as usize] && self.families[family].holds(place) {
                    self.set_residual(family, place, self.residuals[family][place as usize]);
                }
            }
        }
    }

    fn repair(&mut self) {
        // Each turn hides at least one place, so there are at most as many turns as places.
        while let Some(&(_, family, place)) = self.exposed.first() {
            let (cost, chain) = self.cheapest_below(family, place);
            if chain.is_empty() || self.cost_of_hiding(place) <= cost {
                self.hide(place);
            } else {
                chain.into_iter().for_each(|hidden| self.hide(hidden));
            }
        }
    }

    /// What hiding a place costs, with the cheapest repair of the places above it whose residual
    /// would become small.
    fn cost_of_hiding(&self, place: u32) -> u128 {
        let mut cost = self.costs[place as usize];
        for family in 0..self.families.len() {
            let Some(above) = self.published_above(family, place) else { continue };
            let moved = self.residuals[family][place as usize];
            if self.is_small(self.residuals[family][above as usize] + moved) {
                let below = self.cheapest_below(family, above).0;
                cost = cost.saturating_add(below.min(self.costs[above as usize]));
            }
        }
        cost
    }

    /// Notes a residual, and whether it tells of too few.
    fn set_residual(&mut self, family: usize, place: u32, residual: u64) {
        self.residuals[family][place as usize] = residual;
        let entry = (self.counts[place as usize], family, place);
        if self.is_small(residual) {
            self.exposed.insert(entry);
        } else {
            self.exposed.remove(&entry);
        }
    }

    fn is_small(&self, households: u64) -> bool {
        (1..self.threshold).contains(&households)
    }

    /// The cheapest published places below that, hidden together, enlarge the residual of `place`
    /// to the threshold: a chain from a child down to a place with a large residual of its own.
    fn cheapest_below(&self, family: usize, place: u32) -> (u128, Vec<u32>) {
        let mut best = (u128::MAX, Vec::new());
        for child in self.published_children(family, place) {
            let own = self.costs[child as usize];
            let candidate = if self.residuals[family][child as usize] >= self.threshold {
                (own, vec![child])
            } else {
                let (below, mut chain) = self.cheapest_below(family, child);
                if chain.is_empty() {
                    continue;
                }
                chain.push(child);
                (own.saturating_add(below), chain)
            };
            if candidate.0 < best.0 {
                best = candidate;
            }
        }
        best
    }

    /// The largest published places below, without those below them.
    fn published_children(&self, family: usize, place: u32) -> Vec<u32> {
        let mut found = Vec::new();
        let mut stack: Vec<u32> = self.families[family].children(place).to_vec();
        while let Some(next) = stack.pop() {
            if self.published[next as usize] {
                found.push(next);
            } else {
                stack.extend_from_slice(self.families[family].children(next));
            }
        }
        found.sort_unstable();
        found
    }

    fn published_above(&self, family: usize, place: u32) -> Option<u32> {
        let family = &self.families[family];
        let mut above = family.parent(place);
        while let Some(candidate) = above {
            if self.published[candidate as usize] {
                return above;
            }
            above = family.parent(candidate);
        }
        None
    }

    fn hide(&mut self, place: u32) {
        self.published[place as usize] = false;
        for family in 0..self.families.len() {
            if !self.families[family].holds(place) {
                continue;
            }
            self.exposed.remove(&(self.counts[place as usize], family, place));
            if let Some(above) = self.published_above(family, place) {
                let moved = self.residuals[family][place as usize];
                let left = self.residuals[family][above as usize] + moved;
                self.set_residual(family, above, left);
            }
        }
    }

    fn give_back(&mut self, allowed: &[bool]) {
        let mut hidden: Vec<u32> = (0..self.published.len() as u32)
            .filter(|&place| allowed[place as usize] && !self.published[place as usize])
            .collect();
        hidden.sort_by_key(|&place| (Reverse(self.costs[place as usize]), place));
        // One place given back can free another, so the list is read until nothing moves.
        loop {
            let before = hidden.len();
            hidden.retain(|&place| !self.try_give(place));
            if hidden.len() == before {
                return;
            }
        }
    }

    /// Publishes a hidden place if every residual that it touches stays empty or large.
    fn try_give(&mut self, place: u32) -> bool {
        let mut changes = Vec::new();
        for family in 0..self.families.len() {
            if !self.families[family].holds(place) {
                continue;
            }
            let covered: u64 = self
                .published_children(family, place)
                .into_iter()
                .map(|child| self.counts[child as usize])
                .sum();
            let own = self.counts[place as usize] - covered;
            let above = self.published_above(family, place);
            let left = above.map(|above| self.residuals[family][above as usize] - own);
            if self.is_small(own) || left.is_some_and(|left| self.is_small(left)) {
                return false;
            }
            changes.push((family, own, above.zip(left)));
        }
        self.published[place as usize] = true;
        for (family, own, above) in changes {
            self.set_residual(family, place, own);
            if let Some((above, left)) = above {
                self.set_residual(family, above, left);
            }
        }
        true
    }

    fn all_residuals(&self, family: &Family) -> Vec<u64> {
        let mut residuals = self.counts.clone();
        for place in 0..self.published.len() as u32 {
            if !self.published[place as usize] || !family.holds(place) {
                continue;
            }
            let mut above = family.parent(place);
            while let Some(candidate) = above {
                if self.published[candidate as usize] {
                    residuals[candidate as usize] -= self.counts[place as usize];
                    break;
                }
                above = family.parent(candidate);
            }
        }
        residuals
    }
}
