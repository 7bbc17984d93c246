//! A linear system: the cells an attacker can combine over one filter, and the smallest groups of
//! households that no cell tells apart.

use std::collections::HashMap;

use super::places::Cell;

/// Households that lie in the same cells, as long as nothing is hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub households: u64,
    /// Sorted, never empty.
    pub cells: Box<[Cell]>,
}

/// Every part of a system, in an order that atoms do not change.
pub(super) struct System {
    parts: Vec<Part>,
    /// One more than the largest cell.
    cells: usize,
}

impl System {
    /// Merges groups that lie in the same cells; those in none, and those of nobody, are dropped.
    pub(super) fn new(groups: impl IntoIterator<Item = (u64, Vec<Cell>)>) -> System {
        let mut merged: HashMap<Box<[Cell]>, u64> = HashMap::new();
        for (households, cells) in groups {
            if households > 0 && !cells.is_empty() {
                *merged.entry(cells.into()).or_default() += households;
            }
        }
        let mut parts: Vec<Part> =
            merged.into_iter().map(|(cells, households)| Part { households, cells }).collect();
        parts.sort_unstable_by(|left, right| left.cells.cmp(&right.cells));
        let last = parts.iter().filter_map(|part| part.cells.last()).max();
        let cells = last.map_or(0, |cell| cell.index() + 1);
        System { parts, cells }
    }

    /// The classes that remain once some cells are hidden.
    pub(super) fn classes(&self, is_published: impl Fn(Cell) -> bool) -> Classes {
        let mut numbers: HashMap<Vec<Cell>, u32> = HashMap::new();
        let mut classes = Classes {
            households: Vec::new(),
            cells: Vec::new(),
            parts: Vec::new(),
            of_part: vec![None; self.parts.len()],
            of_cell: vec![Vec::new(); self.cells],
        };
        for (part, number) in self.parts.iter().zip(0..) {
            let cells: Vec<Cell> =
                part.cells.iter().copied().filter(|cell| is_published(*cell)).collect();
            if cells.is_empty() {
                continue;
            }
            let next = classes.households.len() as u32;
            let class = *numbers.entry(cells).or_insert_with_key(|cells| {
                cells.iter().for_each(|cell| classes.of_cell[cell.index()].push(next));
                classes.cells.push(cells.as_slice().into());
                classes.households.push(0);
                classes.parts.push(Vec::new());
                next
            });
            classes.households[class as usize] += part.households;
            classes.parts[class as usize].push(number);
            classes.of_part[number as usize] = Some(class);
        }
        classes
    }
}

/// Groups of households that no published cell tells apart: every published combination gives all
/// of a class the same weight.
pub(super) struct Classes {
    households: Vec<u64>,
    cells: Vec<Box<[Cell]>>,
    parts: Vec<Vec<u32>>,
    of_part: Vec<Option<u32>>,
    of_cell: Vec<Vec<u32>>,
}

impl Classes {
    /// Number of classes.
    pub(super) fn len(&self) -> usize {
        self.households.len()
    }

    /// Households of a class.
    pub(super) fn households(&self, class: u32) -> u64 {
        self.households[class as usize]
    }

    /// The published cells that hold a class, sorted.
    pub(super) fn cells(&self, class: u32) -> &[Cell] {
        &self.cells[class as usize]
    }

    /// The classes of a published cell.
    pub(super) fn of_cell(&self, cell: Cell) -> &[u32] {
        &self.of_cell[cell.index()]
    }

    /// The parts that a class merges.
    pub(super) fn parts(&self, class: u32) -> &[u32] {
        &self.parts[class as usize]
    }

    /// The class of a part, or `None` where every cell that held it is hidden.
    pub(super) fn of_part(&self, part: u32) -> Option<u32> {
        self.of_part[part as usize]
    }

    /// A class with its neighbours, through the smallest cells first, at most `limit` of them.
    pub(super) fn around(&self, class: u32, limit: usize) -> Vec<u32> {
        let mut found = vec![class];
        let mut seen = std::collections::HashSet::from([class]);
        let mut waiting = std::collections::BTreeSet::new();
        let mut known_cells = std::collections::HashSet::new();
        let mut next = 0;
        while found.len() < limit {
            for &class in &found[next..] {
                for &cell in self.cells(class) {
                    if known_cells.insert(cell) {
                        waiting.insert((self.of_cell(cell).len(), cell));
                    }
                }
            }
            next = found.len();
            let Some((_, cell)) = waiting.pop_first() else { break };
            for &class in self.of_cell(cell) {
                if found.len() < limit && seen.insert(class) {
                    found.push(class);
                }
            }
        }
        found
    }
}
