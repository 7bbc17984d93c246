//! The IRIS of the divided communes: cells, or groups of cells where cells are small.

use super::dice::{Dice, hashed};
use super::lattice::Hexagon;
use super::stock::Stock;
use super::territory::Territory;

/// Dwellings of an IRIS of a dense commune, on average.
const DWELLINGS: u64 = 370;
/// A divided commune has at least so many IRIS.
const LEAST: usize = 2;

/// The division of each commune.
pub(super) struct Quarters {
    /// For each commune, the IRIS of each of its cells, from 0 without a gap; nothing where the
    /// commune is not divided.
    numbers: Vec<Vec<usize>>,
    /// For each commune, how likely an address is in each of its cells; nothing: all alike.
    weights: Vec<Vec<f64>>,
}

impl Quarters {
    /// Divides communes: by cell where cells are large, otherwise into IRIS of [`DWELLINGS`].
    pub(super) fn invent(seed: u64, territory: &Territory, stock: &Stock) -> Quarters {
        let mut dice = Dice::new(seed, u64::MAX - 4);
        let dense = territory.land.is_dense();
        let numbers = (0..territory.communes.len()).map(|commune| {
            let cells = &territory.communes[commune].cells;
            match stock.divided[commune] {
                false => Vec::new(),
                true if dense => grown(&mut dice, cells, wanted(stock.dwellings[commune])),
                true => (0..cells.len()).collect(),
            }
        });
        let numbers = numbers.collect();
        let weights = territory.communes.iter().map(|commune| match dense {
            false => Vec::new(),
            true => commune.cells.iter().map(|cell| weight(seed, *cell)).collect(),
        });
        Quarters { numbers, weights: weights.collect() }
    }

    /// How many IRIS a divided commune has.
    pub(super) fn count(&self, commune: usize) -> usize {
        self.numbers[commune].iter().max().map_or(0, |last| last + 1)
    }

    /// The IRIS of a cell of a divided commune; 0 where the commune is not divided.
    pub(super) fn of(&self, commune: usize, cell: usize) -> usize {
        self.numbers[commune].get(cell).copied().unwrap_or(0)
    }

    /// The cells of each IRIS of a divided commune, in the order of their numbers.
    pub(super) fn cells(&self, territory: &Territory, commune: usize) -> Vec<Vec<Hexagon>> {
        let mut quarters = vec![Vec::new(); self.count(commune)];
        for (cell, number) in territory.communes[commune].cells.iter().zip(&self.numbers[commune]) {
            quarters[*number].push(*cell);
        }
        quarters
    }

    /// A cell of a commune, in the list of its cells, drawn as addresses are spread over them.
    pub(super) fn draw(&self, dice: &mut Dice, commune: usize, cells: usize) -> usize {
        match self.weights[commune].as_slice() {
            [] => dice.below(cells as u64) as usize,
            weights => dice.pick(weights),
        }
    }
}

fn wanted(dwellings: u64) -> usize {
    ((dwellings / DWELLINGS) as usize).max(LEAST)
}

/// Some IRIS hold next to nothing, some three times the mean.
fn weight(seed: u64, cell: Hexagon) -> f64 {
    let drawn = hashed(seed, &[i64::from(cell.q), i64::from(cell.r), 23]);
    0.03 + drawn * drawn
}

/// Connected groups of cells, about `wanted`, grown from as many cells one cell at a time; a piece
/// of the commune that lies apart is a group of its own.
fn grown(dice: &mut Dice, cells: &[Hexagon], wanted: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..cells.len()).collect();
    dice.shuffle(&mut order);
    let mut growth = Growth { cells, numbers: vec![FREE; cells.len()], front: Vec::new(), next: 0 };
    let (first, others) = order.split_at(wanted.min(cells.len()));
    for cell in first {
        growth.start(*cell);
    }
    growth.spread(dice);
    for cell in others {
        if growth.numbers[*cell] == FREE {
            growth.start(*cell);
            growth.spread(dice);
        }
    }
    growth.numbers
}

/// A cell in no group yet.
const FREE: usize = usize::MAX;

struct Growth<'a> {
    /// Sorted.
    cells: &'a [Hexagon],
    numbers: Vec<usize>,
    /// Cells of groups that may touch free ones.
    front: Vec<usize>,
    next: usize,
}

impl Growth<'_> {
    /// Makes a group of a free cell.
    fn start(&mut self, cell: usize) {
        self.numbers[cell] = self.next;
        self.front.push(cell);
        self.next += 1;
    }

    /// Gives free cells to the groups that touch them, until none does.
    fn spread(&mut self, dice: &mut Dice) {
        while !self.front.is_empty() {
            let chosen = dice.below(self.front.len() as u64) as usize;
            let cell = self.front[chosen];
            let near = self.cells[cell].neighbours();
            let mut near = near.iter().filter_map(|near| self.cells.binary_search(near).ok());
            let free = near.find(|near| self.numbers[*near] == FREE);
            match free {
                Some(free) => {
                    self.numbers[free] = self.numbers[cell];
                    self.front.push(free);
                }
                None => {
                    self.front.swap_remove(chosen);
                }
            }
        }
    }
}
