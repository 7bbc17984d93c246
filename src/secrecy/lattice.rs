//! The cells of an edition: one per (place, universe), with what each may and costs (R1, R9).

use std::collections::{BTreeSet, HashSet};

use crate::aggregate::RawTable;
use crate::domain::{Catalogue, Kind};

use super::communes::Communes;
use super::places::Places;
use super::rules::Rules;

/// A cell: universe × number of places + place.
pub(super) type Cell = u32;

/// Every cell, in the lattice of universes.
pub(super) struct Lattice {
    places: usize,
    /// For each universe, those declared directly under it.
    below: Vec<Vec<usize>>,
    /// For each universe, those directly above it.
    above: Vec<Vec<usize>>,
    /// For each filter, its universe and those of its domains, the wider first.
    filters: Vec<Vec<usize>>,
    /// By cell: whether R1 and R9 let it be published.
    allowed: Vec<bool>,
    /// By cell: what it costs to hide it, in millionths.
    costs: Vec<u128>,
    /// Cells that the threshold refuses and the opening of communes lets out.
    opened: BTreeSet<Cell>,
    /// Of these, communes under the threshold in the cell's own filter: nothing cuts them, and
    /// nobody is protected from what they say.
    indivisible: BTreeSet<Cell>,
}

impl Lattice {
    /// Applies R1 and R9 to the counts of a table.
    pub(super) fn new(
        raw: &RawTable,
        catalogue: &Catalogue,
        rules: &Rules,
        places: &Places,
        communes: &Communes,
    ) -> Lattice {
        let universes = catalogue.universes();
        let index = |id: &String| catalogue.universe_index(id);
        let above: Vec<Vec<usize>> = universes
            .iter()
            .map(|universe| universe.parents.iter().filter_map(index).collect())
            .collect();
        let mut lattice = Lattice::of_universes(places.len(), above, |universe| {
            universes[universe].domain_of.as_ref().and_then(index)
        });
        let households = universes.iter().position(|other| other.kind == Kind::Menage);
        let threshold = u64::from(rules.threshold());
        let mut cutters: HashSet<Cell> = HashSet::new();
        for (own, universe) in universes.iter().enumerate() {
            let filter = universe.domain_of.as_ref().and_then(index);
            if filter.is_none() {
                lattice.open(communes, (raw, places), (own, households), threshold, &mut cutters);
            }
            for place in 0..places.len() as u32 {
                let count = |universe: usize| places.count(raw, place, universe);
                // What a domain leaves of its filter in one place: the domain's cell goes
                // whichever of both is hidden, for the filter's takes it along (R9).
                let left = filter.map_or(0, |filter| count(filter).saturating_sub(count(own)));
                let holds = count(own) >= threshold
                    && households.is_none_or(|households| count(households) >= threshold)
                    && !(1..threshold).contains(&left);
                let cost = u128::from(count(own))
                    * u128::from(places.weight(place))
                    * u128::from(rules.universe_weight(own));
                let cell = lattice.cell(own, place);
                let holds = (holds || lattice.opened.contains(&cell)) && !cutters.contains(&cell);
                lattice.admit(own, place, holds, cost);
            }
        }
        lattice
    }

    /// A lattice of which no cell is known yet.
    pub(super) fn of_universes(
        places: usize,
        above: Vec<Vec<usize>>,
        filter_of: impl Fn(usize) -> Option<usize>,
    ) -> Lattice {
        let mut below = vec![Vec::new(); above.len()];
        for (own, parents) in above.iter().enumerate() {
            parents.iter().for_each(|&parent| below[parent].push(own));
        }
        let filters = (0..above.len())
            .filter(|&own| filter_of(own).is_none())
            .map(|own| {
                let domains = (0..above.len()).filter(|&other| filter_of(other) == Some(own));
                std::iter::once(own).chain(domains).collect()
            })
            .collect();
        let cells = places * above.len();
        assert!(u32::try_from(cells).is_ok(), "cells are numbered by 32 bits");
        let (allowed, costs) = (vec![false; cells], vec![0; cells]);
        let (opened, indivisible) = (BTreeSet::new(), BTreeSet::new());
        Lattice { places, below, above, filters, allowed, costs, opened, indivisible }
    }

    /// Opens the communes that the threshold refuses in a filter, where the cells of its parents are
    /// allowed; adds the cells of the filter and its domains that cut one.
    fn open(
        &mut self,
        communes: &Communes,
        (raw, places): (&RawTable, &Places),
        (filter, households): (usize, Option<usize>),
        threshold: u64,
        cutters: &mut HashSet<Cell>,
    ) {
        let universes = self.filters.iter().find(|universes| universes[0] == filter);
        let universes = universes.cloned().unwrap_or_default();
        for place in communes.places(filter) {
            let cell = self.cell(filter, place);
            let count = |universe: usize| places.count(raw, place, universe);
            let (whole, surveyed) = (count(filter), households.map(count));
            if whole == 0 || communes.is_closed(cell) || !self.is_under_allowed(filter, place) {
                continue;
            }
            if whole >= threshold {
                // It may be divided like any other: the bar of surveyed households alone is lifted.
                if surveyed.is_some_and(|surveyed| surveyed < threshold) {
                    self.opened.insert(cell);
                }
                continue;
            }
            if universes.iter().all(|&domain| [0, whole].contains(&count(domain))) {
                self.opened.insert(cell);
                self.indivisible.insert(cell);
                let found = communes.cutters(raw, places, &universes, place);
                cutters.extend(found.into_iter().map(|(other, place)| self.cell(other, place)));
            }
        }
    }

    fn is_under_allowed(&self, universe: usize, place: u32) -> bool {
        self.above[universe].iter().all(|&parent| self.is_allowed(self.cell(parent, place)))
    }

    /// Says of a cell whether R1 holds and what hiding it costs; its parents' cells come first.
    pub(super) fn admit(&mut self, universe: usize, place: u32, holds: bool, cost: u128) {
        let cell = self.cell(universe, place) as usize;
        self.allowed[cell] = holds && self.is_under_allowed(universe, place);
        self.costs[cell] = cost;
    }

    /// The cell of a place in a universe.
    pub(super) fn cell(&self, universe: usize, place: u32) -> Cell {
        (universe * self.places) as u32 + place
    }

    /// The universe and the place of a cell.
    pub(super) fn parts_of(&self, cell: Cell) -> (usize, u32) {
        (cell as usize / self.places, (cell as usize % self.places) as u32)
    }

    /// Number of cells.
    pub(super) fn cells(&self) -> usize {
        self.allowed.len()
    }

    /// For each filter, its universe and those of its domains, the wider first.
    pub(super) fn filters(&self) -> &[Vec<usize>] {
        &self.filters
    }

    /// How many universes lie between the register and this one, at the most.
    pub(super) fn depth(&self, universe: usize) -> usize {
        self.above[universe].iter().map(|&parent| self.depth(parent) + 1).max().unwrap_or(0)
    }

    /// Whether R1 and R9 let a cell be published.
    pub(super) fn is_allowed(&self, cell: Cell) -> bool {
        self.allowed[cell as usize]
    }

    /// Whether the opening of communes alone lets a cell be published.
    pub(super) fn is_opened(&self, cell: Cell) -> bool {
        self.opened.contains(&cell)
    }

    /// The cells of communes that are one indivisible atom each.
    pub(super) fn indivisible(&self) -> &BTreeSet<Cell> {
        &self.indivisible
    }

    /// What it costs to hide a cell: contributors × weights, in millionths.
    pub(super) fn cost(&self, cell: Cell) -> u128 {
        self.costs[cell as usize]
    }

    /// The allowed cells of the same place right under a cell: hidden with it (R9).
    pub(super) fn children(&self, cell: Cell) -> impl Iterator<Item = Cell> + '_ {
        let (universe, place) = self.parts_of(cell);
        let below = self.below[universe].iter().map(move |&child| self.cell(child, place));
        below.filter(|&child| self.is_allowed(child))
    }

    /// The cells of the same place right above a cell.
    pub(super) fn parents(&self, cell: Cell) -> impl Iterator<Item = Cell> + '_ {
        let (universe, place) = self.parts_of(cell);
        self.above[universe].iter().map(move |&parent| self.cell(parent, place))
    }

    /// A cell and every allowed cell under it, each once, sorted.
    pub(super) fn closure(&self, cell: Cell) -> Vec<Cell> {
        let mut found = vec![cell];
        let mut next = 0;
        while let Some(&at) = found.get(next) {
            let new: Vec<Cell> = self.children(at).filter(|child| !found.contains(child)).collect();
            found.extend(new);
            next += 1;
        }
        found.sort_unstable();
        found
    }
}
