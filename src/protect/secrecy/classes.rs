//! The classes of a system under a mask, kept up to date as cells are hidden and given back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::large::Bundles;
use super::peeling::{Incidence, Peeling};
use super::system::{System, scattered};

/// No class: every cell that held the part is hidden.
const NONE: u32 = u32::MAX;

/// Groups of households that no published cell tells apart: every published combination gives all
/// of a class the same weight. Numbers are never reused; a class that lost its households is
/// passed over until it gets some again.
pub(super) struct Classes<'a> {
    system: &'a System,
    is_hidden: Vec<bool>,
    known: HashMap<Arc<[u32]>, u32>,
    cells: Vec<Arc<[u32]>>,
    households: Vec<u64>,
    /// By class, the sum of the hashes of its cells.
    sums: Vec<u64>,
    /// The class of each sum.
    of_sum: HashMap<u64, u32>,
    parts: Vec<Vec<u32>>,
    of_part: Vec<u32>,
    of_cell: Vec<Vec<u32>>,
    peeling: Peeling,
}

impl<'a> Classes<'a> {
    /// Every cell of the system published.
    pub(super) fn new(system: &'a System) -> Classes<'a> {
        let mut classes = Classes {
            system,
            is_hidden: vec![false; system.cells().len()],
            known: HashMap::with_capacity(system.len()),
            cells: Vec::with_capacity(system.len()),
            households: Vec::with_capacity(system.len()),
            sums: Vec::with_capacity(system.len()),
            of_sum: HashMap::with_capacity(system.len()),
            parts: Vec::with_capacity(system.len()),
            of_part: vec![NONE; system.len()],
            of_cell: vec![Vec::new(); system.cells().len()],
            peeling: Peeling::new(system),
        };
        for part in 0..system.len() as u32 {
            classes.settle(part);
        }
        classes.peel();
        classes
    }

    /// The system.
    pub(super) fn system(&self) -> &'a System {
        self.system
    }

    /// Hides and shows cells. Returns the parts they hold, and the classes that these left: what
    /// stays behind may be few.
    pub(super) fn toggle(&mut self, cells: &[u32]) -> (Vec<u32>, Vec<u32>) {
        for &cell in cells {
            self.is_hidden[cell as usize] ^= true;
        }
        let mut moved: Vec<u32> =
            cells.iter().flat_map(|&cell| self.system.parts_of(cell)).copied().collect();
        moved.sort_unstable();
        moved.dedup();
        let left = moved.iter().map(|&part| self.settle(part)).filter(|&class| class != NONE);
        let left = left.collect();
        self.peel();
        (moved, left)
    }

    /// Whether a cell is hidden.
    pub(super) fn is_hidden(&self, cell: u32) -> bool {
        self.is_hidden[cell as usize]
    }

    fn peel(&mut self) {
        let incidence = Incidence { cells: &self.cells, classes: &self.of_cell };
        self.peeling.peel(self.system, &incidence);
    }

    /// Puts a part into the class of its published cells; returns the class it was in.
    fn settle(&mut self, part: u32) -> u32 {
        let households = self.system.households(part);
        let before = std::mem::replace(&mut self.of_part[part as usize], NONE);
        if before != NONE {
            self.households[before as usize] -= households;
            if self.households[before as usize] == 0 {
                self.peeling.vanish(before, &self.cells);
            }
            self.parts[before as usize].retain(|&other| other != part);
        }
        let shown = self.system.cells_of(part).iter().copied();
        let shown: Vec<u32> = shown.filter(|&cell| !self.is_hidden[cell as usize]).collect();
        if shown.is_empty() {
            return before;
        }
        let class = match self.known.get(shown.as_slice()) {
            Some(&class) => class,
            None => self.open(shown.into()),
        };
        self.of_part[part as usize] = class;
        if self.households[class as usize] == 0 {
            self.peeling.appear(class, &self.cells);
        }
        self.households[class as usize] += households;
        self.parts[class as usize].push(part);
        before
    }

    fn open(&mut self, cells: Arc<[u32]>) -> u32 {
        let class = self.cells.len() as u32;
        cells.iter().for_each(|&cell| self.of_cell[cell as usize].push(class));
        self.peeling.register(&cells);
        let sum = cells.iter().fold(0u64, |sum, &cell| sum.wrapping_add(scattered(cell)));
        self.sums.push(sum);
        self.of_sum.insert(sum, class);
        self.cells.push(Arc::clone(&cells));
        self.known.insert(cells, class);
        self.households.push(0);
        self.parts.push(Vec::new());
        class
    }

    /// Every class that has households.
    pub(super) fn live(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.cells.len() as u32).filter(|&class| self.households(class) > 0)
    }

    /// Households of a class.
    pub(super) fn households(&self, class: u32) -> u64 {
        self.households[class as usize]
    }

    /// The published cells that hold a class, sorted.
    pub(super) fn cells(&self, class: u32) -> &[u32] {
        &self.cells[class as usize]
    }

    /// The sum of the hashes of a class's cells. A clash would spoil certificates, and their checks
    /// would say so.
    pub(super) fn sum(&self, class: u32) -> u64 {
        self.sums[class as usize]
    }

    /// The class of a sum, if it has households.
    pub(super) fn of_sum(&self, sum: u64) -> Option<u32> {
        self.of_sum.get(&sum).copied().filter(|&class| self.households(class) > 0)
    }

    /// The classes that a published cell holds, in the order they appeared.
    pub(super) fn of_cell(&self, cell: u32) -> impl Iterator<Item = u32> + '_ {
        let all = self.of_cell[cell as usize].iter().copied();
        all.filter(|&class| self.households(class) > 0)
    }

    /// The classes of a published cell that have households and that other cells do not determine.
    pub(super) fn open_of(&self, cell: u32) -> &[u32] {
        self.peeling.open_of(cell)
    }

    /// The open classes of large cells, those that lie in the same ones together.
    pub(super) fn bundles(&self) -> &Bundles {
        self.peeling.bundles()
    }

    /// The cost of the cheapest cell that takes part when a combination uses this one on open
    /// classes alone.
    pub(super) fn bottleneck_cost(&self, cell: u32) -> u64 {
        self.peeling.bottleneck_cost(cell)
    }

    /// The cell that, less others, weighs on this class alone. Such a class takes no part in proofs.
    pub(super) fn determined_by(&self, class: u32) -> Option<u32> {
        self.peeling.determined(class).map(|entry| entry.0)
    }

    /// A combination that weighs like this one on open classes and on `kept`, and on no other.
    pub(super) fn freed(
        &self,
        weights: &[(u32, i64)],
        kept: Option<u32>,
    ) -> Option<BTreeMap<u32, i64>> {
        self.peeling.freed(weights, kept, |cell| self.of_cell(cell))
    }

    /// The parts that a class merges.
    pub(super) fn parts(&self, class: u32) -> &[u32] {
        &self.parts[class as usize]
    }

    /// Whether nobody is protected in a class: all of it are communes that the operator opened.
    pub(super) fn is_open(&self, class: u32) -> bool {
        self.parts(class).iter().all(|&part| self.system.is_open(part))
    }

    /// The class of a part, or `None` where every cell that held it is hidden.
    pub(super) fn of_part(&self, part: u32) -> Option<u32> {
        Some(self.of_part[part as usize]).filter(|&class| class != NONE)
    }

    /// An open class with its neighbours, through the smallest cells first, at most `limit` of them.
    pub(super) fn around(&self, class: u32, limit: usize) -> Vec<u32> {
        let mut found = vec![class];
        let mut seen: HashSet<u32> = [class].into_iter().collect();
        let mut waiting = BTreeSet::new();
        let mut known = HashSet::new();
        let mut next = 0;
        while found.len() < limit {
            for &class in &found[next..] {
                for &cell in self.cells(class) {
                    if known.insert(cell) {
                        waiting.insert((self.open_of(cell).len(), cell));
                    }
                }
            }
            next = found.len();
            let Some((_, cell)) = waiting.pop_first() else { break };
            let room = limit - found.len();
            let others = self.open_of(cell).iter().copied().filter(|&class| seen.insert(class));
            found.extend(others.take(room));
        }
        found
    }
}
