//! Classes that the published cells determine one after the other, without a linear programme.
//!
//! A cell whose other classes are all determined determines its last one: the cell less the others
//! weighs on that class alone. Any combination can be freed of a determined class, and no
//! perturbation that no cell sees touches it, so programmes and certificates leave it out. (The
//! peeling decoder of erasure codes; Luby et al. 2001, *Efficient erasure correcting codes*.)
//!
//! The *worth* of a determined class is the cost of the cheapest cell in the combination that
//! determines it. The dearest are peeled first, as in a search of widest paths (Knuth 1977, *A
//! generalization of Dijkstra's algorithm*): an exposure that no cheap cell answers says the most.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::large::Bundles;
use super::system::System;

/// No class.
const NONE: u32 = u32::MAX;

/// Which classes are determined and by which cell, kept up to date as classes come and go.
pub(super) struct Peeling {
    /// By cell.
    cells: Vec<Held>,
    /// By class.
    states: Vec<ClassState>,
    /// Cells that had one open class when they were last changed, the dearest first.
    ready: BTreeSet<(Reverse<u64>, u32)>,
    /// Cells whose worth is to be counted anew.
    stale: BTreeSet<u32>,
    /// How many times a class was determined.
    clock: u64,
    bundles: Bundles,
}

/// What a cell holds.
#[derive(Clone)]
struct Held {
    /// Its classes that have households and are not determined, in an order that says nothing.
    open: Vec<u32>,
    /// The class that it determines.
    determines: u32,
    /// The least of its cost and of the worths of its determined classes.
    worth: u64,
}

/// How far a class is peeled.
enum ClassState {
    /// Nobody is in it.
    Empty,
    /// Where it stands in the list of each of its cells.
    Open(Box<[u32]>),
    Determined {
        by: u32,
        /// After those that it rests on.
        rank: u64,
        worth: u64,
    },
}

/// The cells of each class, and the classes that each cell ever held.
pub(super) struct Incidence<'a> {
    pub cells: &'a [Arc<[u32]>],
    pub classes: &'a [Vec<u32>],
}

impl Peeling {
    pub(super) fn new(system: &System) -> Peeling {
        let cells = 0..system.cells().len() as u32;
        let held = |cell| Held { open: Vec::new(), determines: NONE, worth: system.cost(cell) };
        Peeling {
            cells: cells.map(held).collect(),
            states: Vec::new(),
            ready: BTreeSet::new(),
            stale: BTreeSet::new(),
            clock: 0,
            bundles: Bundles::new(system),
        }
    }

    /// Makes room for one more class, in these cells.
    pub(super) fn register(&mut self, cells: &[u32]) {
        self.states.push(ClassState::Empty);
        self.bundles.register(cells);
    }

    /// The open classes of large cells, those that lie in the same ones together.
    pub(super) fn bundles(&self) -> &Bundles {
        &self.bundles
    }

    /// The open classes of a cell, in an order that says nothing.
    pub(super) fn open_of(&self, cell: u32) -> &[u32] {
        &self.cells[cell as usize].open
    }

    /// The cost of the cheapest cell that a combination must use, with this one, to be freed of
    /// the determined classes that it holds.
    pub(super) fn bottleneck_cost(&self, cell: u32) -> u64 {
        self.cells[cell as usize].worth
    }

    /// The cell that determines a class, and the class's rank: above those of all it rests on.
    pub(super) fn determined(&self, class: u32) -> Option<(u32, u64)> {
        match self.states[class as usize] {
            ClassState::Determined { by, rank, .. } => Some((by, rank)),
            ClassState::Empty | ClassState::Open(_) => None,
        }
    }

    /// A class got its first households: what its cells determined rests on one more.
    pub(super) fn appear(&mut self, class: u32, of: &[Arc<[u32]>]) {
        let mut reopened = vec![class];
        while let Some(class) = reopened.pop() {
            match self.states[class as usize] {
                ClassState::Open(_) => continue,
                ClassState::Determined { by, worth, .. } => self.leave(class, by, worth, of),
                ClassState::Empty => {}
            }
            let cells = &of[class as usize];
            let mut places = Vec::with_capacity(cells.len());
            for &cell in cells.iter() {
                let held = &mut self.cells[cell as usize];
                places.push(held.open.len() as u32);
                held.open.push(class);
                if held.open.len() == 1 {
                    self.stale.insert(cell);
                }
                if held.determines != NONE {
                    reopened.push(held.determines);
                }
            }
            self.states[class as usize] = ClassState::Open(places.into());
            self.bundles.open(class);
        }
    }

    /// A class lost its last households.
    pub(super) fn vanish(&mut self, class: u32, of: &[Arc<[u32]>]) {
        match std::mem::replace(&mut self.states[class as usize], ClassState::Empty) {
            ClassState::Open(places) => self.close(class, &places, of, u64::MAX),
            ClassState::Determined { by, worth, .. } => self.leave(class, by, worth, of),
            ClassState::Empty => {}
        }
    }

    /// A class is no longer determined.
    fn leave(&mut self, class: u32, by: u32, worth: u64, of: &[Arc<[u32]>]) {
        self.cells[by as usize].determines = NONE;
        let cells = of[class as usize].iter().copied();
        self.stale.extend(cells.filter(|&cell| self.cells[cell as usize].worth == worth));
    }

    /// Determines what can be.
    pub(super) fn peel(&mut self, system: &System, incidence: &Incidence) {
        for cell in std::mem::take(&mut self.stale) {
            let worth = |&class: &u32| match self.states[class as usize] {
                ClassState::Determined { worth, .. } => worth,
                ClassState::Empty | ClassState::Open(_) => u64::MAX,
            };
            let least = incidence.classes[cell as usize].iter().map(worth).min();
            let held = &mut self.cells[cell as usize];
            held.worth = least.unwrap_or(u64::MAX).min(system.cost(cell));
            if held.open.len() == 1 {
                self.ready.insert((Reverse(held.worth), cell));
            }
        }
        while let Some((Reverse(worth), cell)) = self.ready.pop_first() {
            let held = &self.cells[cell as usize];
            let &[class] = held.open.as_slice() else { continue };
            if held.worth != worth {
                continue;
            }
            self.clock += 1;
            let state = ClassState::Determined { by: cell, rank: self.clock, worth };
            self.cells[cell as usize].determines = class;
            if let ClassState::Open(places) =
                std::mem::replace(&mut self.states[class as usize], state)
            {
                self.close(class, &places, incidence.cells, worth);
            }
        }
    }

    /// Takes a class out of the lists of its cells.
    fn close(&mut self, class: u32, places: &[u32], of: &[Arc<[u32]>], worth: u64) {
        self.bundles.close(class);
        for (&cell, &place) in of[class as usize].iter().zip(places) {
            let held = &mut self.cells[cell as usize];
            held.worth = held.worth.min(worth);
            held.open.swap_remove(place as usize);
            if held.open.len() == 1 {
                self.ready.insert((Reverse(held.worth), cell));
            }
            let Some(&moved) = held.open.get(place as usize) else { continue };
            if let ClassState::Open(places) = &mut self.states[moved as usize]
                && let Ok(at) = of[moved as usize].binary_search(&cell)
            {
                places[at] = place;
            }
        }
    }

    /// Adds to a combination the cells that take out every determined class it weighs on, but
    /// `kept`. `classes_of` says the classes with households of a cell. `None` if a weight grows
    /// beyond what 64 bits hold.
    pub(super) fn freed<I: Iterator<Item = u32>>(
        &self,
        weights: &[(u32, i64)],
        kept: Option<u32>,
        classes_of: impl Fn(u32) -> I,
    ) -> Option<BTreeMap<u32, i64>> {
        let mut combination: BTreeMap<u32, i64> = BTreeMap::new();
        // What the combination gives each determined class, those that rest on others last.
        let mut given: BTreeMap<(u64, u32, u32), i64> = BTreeMap::new();
        let mut add = |cell: u32, weight: i64, given: &mut BTreeMap<(u64, u32, u32), i64>| {
            let total = combination.entry(cell).or_default();
            *total = total.checked_add(weight)?;
            for class in classes_of(cell).filter(|&class| Some(class) != kept) {
                if let Some((by, rank)) = self.determined(class) {
                    let total = given.entry((rank, class, by)).or_default();
                    *total = total.checked_add(weight)?;
                }
            }
            Some(())
        };
        for &(cell, weight) in weights {
            add(cell, weight, &mut given)?;
        }
        while let Some((&(_, _, by), &weight)) = given.last_key_value() {
            if weight != 0 {
                // This leaves the class itself a weight of 0.
                add(by, weight.checked_neg()?, &mut given)?;
            }
            given.pop_last();
        }
        Some(combination)
    }
}
