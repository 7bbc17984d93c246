//! The published system of one filter: its cells over its classes.

use std::collections::HashMap;

/// A published cell: a zone and a universe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The zone, by its number among all zones of all scales.
    pub zone: u32,
    /// The universe, by its place in the catalogue.
    pub universe: usize,
    /// The classes it holds, sorted.
    pub classes: Vec<u32>,
}

/// Households in exactly the same universes at one atom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub seat: Seat,
    pub households: u64,
    /// The cells that hold them, sorted.
    pub cells: Vec<u32>,
}

/// How a part is called: its atom, and the universes of the system (bit `i` for the `i`-th).
pub type Seat = (u32, u32);

/// Households that no published cell tells apart are a class.
#[derive(Clone, Debug, Default)]
pub struct System {
    weights: Vec<u64>,
    cells: Vec<Cell>,
    /// The class of each part that is in some cell, sorted by seat.
    seats: Vec<(Seat, u32)>,
}

impl System {
    /// Classes from the parts, sorted by seat, and from the cells as (zone, universe).
    pub fn new(cells: Vec<(u32, usize)>, parts: impl Iterator<Item = Part>) -> System {
        let mut system = System::default();
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut cells: Vec<Cell> = cells
            .into_iter()
            .map(|(zone, universe)| Cell { zone, universe, classes: Vec::new() })
            .collect();
        for Part { seat, households, cells: own } in parts {
            if households == 0 || own.is_empty() {
                continue;
            }
            let next = known.len() as u32;
            let class = *known.entry(own).or_insert_with_key(|own| {
                own.iter().for_each(|cell| cells[*cell as usize].classes.push(next));
                next
            });
            if class == next {
                system.weights.push(0);
            }
            system.weights[class as usize] += households;
            system.seats.push((seat, class));
        }
        system.seats.shrink_to_fit();
        system.cells = cells;
        system
    }

    /// Households of each class.
    pub fn weights(&self) -> &[u64] {
        &self.weights
    }

    /// The published cells; one without households has no class.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The class of a part, if it has one.
    pub fn class_of(&self, seat: Seat) -> Option<u32> {
        let at = self.seats.binary_search_by_key(&seat, |own| own.0).ok()?;
        Some(self.seats[at].1)
    }

    /// The parts of each atom that has one in a cell, with their classes.
    pub fn atoms(&self) -> impl Iterator<Item = &[(Seat, u32)]> {
        self.seats.chunk_by(|one, next| one.0.0 == next.0.0)
    }

    /// The cells of each class.
    pub fn cells_of_classes(&self) -> Vec<Vec<u32>> {
        let mut of_class = vec![Vec::new(); self.weights.len()];
        for (cell, number) in self.cells.iter().zip(0..) {
            cell.classes.iter().for_each(|class| of_class[*class as usize].push(number));
        }
        of_class
    }
}
