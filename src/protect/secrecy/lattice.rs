//! The cells of an edition, with what each may and costs (R1, R9). A cell is a universe in a place; in
//! one place, universes that are published or secret together are one cell: those with the same
//! members everywhere, and the register with its surveyed households (R2).

use std::collections::{BTreeSet, HashSet};

use crate::aggregate::RawTable;
use domain::Catalogue;

use super::communes::Communes;
use super::places::Places;
use super::rules::Rules;
use super::universes::{Spec, Universes};

/// A cell: universe × number of places + place.
pub(super) type Cell = u32;

/// Every cell, in the lattice of universes.
pub(super) struct Lattice {
    universes: Universes,
    /// By place: whether the register's cell stands for the surveyed households' too.
    tied: Vec<bool>,
    /// By place: dwellings × weights of its scales, in thousandths.
    costs: Vec<u64>,
    /// By cell: whether R1 and R9 let it be published.
    allowed: Vec<bool>,
    /// By cell: whether it has the members of a wider cell of its system in the same place, which takes
    /// it along when hidden: no combination needs it.
    doubled: Vec<bool>,
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
        let universes = Universes::new(raw, catalogue, rules);
        let threshold = u64::from(rules.threshold());
        let count = |place: u32, universe: usize| places.count(raw, place, universe);
        let surveyed = |place: u32| catalogue.surveyed().map(|own| count(place, own));
        let all = 0..places.len() as u32;
        // A zone with some surveyed households, but few, shows nothing of either (R1).
        let tied = all.clone().map(|place| surveyed(place).is_some_and(|own| own >= threshold));
        // Everybody knows the dwellings: the choice between two masks tells nothing of answers.
        let costs = all.clone().map(|place| count(place, 0) * places.weight(place));
        let mut lattice = Lattice::of_universes(universes, costs.collect(), tied.collect());
        let mut cutters: HashSet<Cell> = HashSet::new();
        let wider = wider_of_system(catalogue);
        for (own, universe) in catalogue.universes().iter().enumerate() {
            let both = (own, catalogue.surveyed());
            lattice.open(communes, (raw, places), both, threshold, &mut cutters);
            for place in all.clone() {
                let cell = lattice.cell(own, place);
                if lattice.parts_of(cell).0 != own {
                    continue;
                }
                // What a part leaves of the whole in one place: the part's cell goes whichever of
                // both is hidden, for the whole takes it along (R9).
                let leaves_few = wider[own].iter().any(|&wider| {
                    let left = count(place, wider).saturating_sub(count(place, own));
                    (1..threshold).contains(&left)
                });
                let holds = count(place, own) >= threshold
                    && surveyed(place).is_none_or(|own| own == 0 || own >= threshold)
                    && !leaves_few
                    && universe.is_offered(places.coarsest(place));
                let holds = (holds || lattice.opened.contains(&cell)) && !cutters.contains(&cell);
                lattice.admit(own, place, holds);
                lattice.doubled[cell as usize] = wider[own].iter().any(|&wider| {
                    lattice.cell(wider, place) != cell && count(place, wider) == count(place, own)
                });
            }
        }
        lattice
    }

    /// A lattice of which no cell is known yet, over the costs of its places, in thousandths.
    pub(super) fn of_universes(universes: Universes, costs: Vec<u64>, tied: Vec<bool>) -> Lattice {
        let cells = costs.len() * universes.len();
        assert!(u32::try_from(cells).is_ok(), "cells are numbered by 32 bits");
        let (opened, indivisible) = (BTreeSet::new(), BTreeSet::new());
        let (allowed, doubled) = (vec![false; cells], vec![false; cells]);
        Lattice { universes, tied, costs, allowed, doubled, opened, indivisible }
    }

    /// Opens the communes that the threshold refuses in a universe of the register, where the cells of
    /// its parents are allowed; adds the cells that cut one, of it and its domains.
    fn open(
        &mut self,
        communes: &Communes,
        (raw, places): (&RawTable, &Places),
        (own, surveyed): (usize, Option<usize>),
        threshold: u64,
        cutters: &mut HashSet<Cell>,
    ) {
        let layer = communes.layer(own);
        for place in communes.places(own) {
            let cell = self.cell(own, place);
            let count = |universe: usize| places.count(raw, place, universe);
            let (whole, surveyed) = (count(own), surveyed.map(count));
            if whole == 0 || communes.is_closed(cell) || !self.is_under_allowed(own, place) {
                continue;
            }
            if whole >= threshold {
                // It may be divided like any other: the bar of surveyed households alone is lifted.
                if surveyed.is_some_and(|surveyed| (1..threshold).contains(&surveyed)) {
                    self.opened.insert(cell);
                }
                continue;
            }
            if layer.iter().all(|&domain| [0, whole].contains(&count(domain))) {
                self.opened.insert(cell);
                self.indivisible.insert(cell);
                let found = communes.cutters(raw, places, layer, place);
                cutters.extend(found.into_iter().map(|(other, place)| self.cell(other, place)));
            }
        }
    }

    fn is_under_allowed(&self, universe: usize, place: u32) -> bool {
        let cell = self.cell(universe, place);
        let mut above = self.universes.above(universe).iter().map(|&own| self.cell(own, place));
        above.all(|parent| parent == cell || self.is_allowed(parent))
    }

    /// Says of a cell whether R1 holds; its parents' cells come first.
    pub(super) fn admit(&mut self, universe: usize, place: u32, holds: bool) {
        let cell = self.cell(universe, place) as usize;
        self.allowed[cell] = holds && self.is_under_allowed(universe, place);
    }

    /// The cell of a place in a universe.
    pub(super) fn cell(&self, universe: usize, place: u32) -> Cell {
        let mut own = self.universes.representative(universe);
        if self.universes.surveyed() == Some(own) && self.tied[place as usize] {
            own = 0;
        }
        (own * self.costs.len()) as u32 + place
    }

    /// The universe and the place of a cell: where it stands for several universes, the widest.
    pub(super) fn parts_of(&self, cell: Cell) -> (usize, u32) {
        (cell as usize / self.costs.len(), (cell as usize % self.costs.len()) as u32)
    }

    /// Number of cells.
    pub(super) fn cells(&self) -> usize {
        self.allowed.len()
    }

    /// The linear systems to protect.
    pub(super) fn systems(&self, catalogue: &Catalogue, communes: &Communes) -> Vec<Spec> {
        let mut specs = Vec::new();
        for universes in self.universes.systems(catalogue) {
            // A cell may stand for several universes.
            let is_opened = |universes: &[usize]| {
                let own = |universe: &usize| self.universes.representative(*universe);
                let own: Vec<usize> = universes.iter().map(own).collect();
                self.opened.iter().any(|&cell| own.contains(&self.parts_of(cell).0))
            };
            if !is_opened(&universes) {
                specs.push(Spec { universes, opened: None });
                continue;
            }
            let layers = universes.iter().map(|&own| communes.layer(own).to_vec());
            let layers: Vec<Vec<usize>> = layers.filter(|layer| is_opened(layer)).collect();
            specs.push(Spec { universes, opened: Some(false) });
            let mut known: Vec<Vec<usize>> = Vec::new();
            for universes in layers {
                if !known.contains(&universes) {
                    known.push(universes.clone());
                    specs.push(Spec { universes, opened: Some(true) });
                }
            }
        }
        specs
    }

    /// Whether a cell is one of those that a system combines.
    pub(super) fn takes_part(&self, cell: Cell, spec: &Spec) -> bool {
        // Items of the register with opened cells stand on the universes of one eligibility: the wider
        // cell may not be among them.
        let is_doubled = self.doubled[cell as usize] && spec.opened != Some(true);
        let is_left_out = spec.opened == Some(false) && self.is_opened(cell);
        self.is_allowed(cell) && !is_doubled && !is_left_out
    }

    /// How many universes lie between the register and this one, at the most.
    pub(super) fn depth(&self, universe: usize) -> usize {
        let above = self.universes.above(universe).iter();
        above.map(|&parent| self.depth(parent) + 1).max().unwrap_or(0)
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

    /// What it costs to hide a cell: register dwellings × weights, in millionths.
    pub(super) fn cost(&self, cell: Cell) -> u128 {
        let (universe, place) = self.parts_of(cell);
        let weight = self.universes.weight(universe, self.is_tied(universe, place));
        u128::from(self.costs[place as usize]) * u128::from(weight)
    }

    fn is_tied(&self, universe: usize, place: u32) -> bool {
        universe == 0 && self.tied[place as usize]
    }

    /// The allowed cells of the same place right under a cell: hidden with it (R9).
    pub(super) fn children(&self, cell: Cell) -> impl Iterator<Item = Cell> + '_ {
        let (universe, place) = self.parts_of(cell);
        let below = self.universes.below(universe, self.is_tied(universe, place));
        let below = below.iter().map(move |&child| self.cell(child, place));
        below.filter(move |&child| child != cell && self.is_allowed(child))
    }

    /// The cells of the same place right above a cell.
    pub(super) fn parents(&self, cell: Cell) -> impl Iterator<Item = Cell> + '_ {
        let (universe, place) = self.parts_of(cell);
        let above = self.universes.above(universe).iter();
        above.map(move |&parent| self.cell(parent, place)).filter(move |&parent| parent != cell)
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
        found.dedup();
        found
    }
}

/// For each universe, those of its system that contain it.
fn wider_of_system(catalogue: &Catalogue) -> Vec<Vec<usize>> {
    let universes = catalogue.universes();
    let mut system_of = vec![0; universes.len()];
    for (system, own) in catalogue.systems().iter().enumerate() {
        own.iter().for_each(|&universe| system_of[universe] = system);
    }
    let mut above: Vec<BTreeSet<usize>> = Vec::with_capacity(universes.len());
    for own in 0..universes.len() {
        let mut all = BTreeSet::new();
        for &parent in catalogue.parents(own) {
            all.insert(parent);
            all.extend(above[parent].iter().copied());
        }
        above.push(all);
    }
    let of_system = |own: usize| {
        let all = above[own].iter().copied();
        all.filter(|&other| system_of[other] == system_of[own]).collect()
    };
    (0..universes.len()).map(of_system).collect()
}
