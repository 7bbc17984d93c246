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

/// Households that no published cell tells apart are a class.
#[derive(Clone, Debug, Default)]
pub struct System {
    weights: Vec<u64>,
    cells: Vec<Cell>,
    /// The class of each part, in the order they were given; `NONE` for a part in no cell.
    of_part: Vec<u32>,
}

/// No class: nobody, or in no published cell.
pub const NONE: u32 = u32::MAX;

impl System {
    /// Classes from the parts, each with its households and its cells (sorted), and from the cells
    /// as (zone, universe).
    pub fn new(cells: Vec<(u32, usize)>, parts: impl Iterator<Item = (u64, Vec<u32>)>) -> System {
        let mut system = System::default();
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut cells: Vec<Cell> = cells
            .into_iter()
            .map(|(zone, universe)| Cell { zone, universe, classes: Vec::new() })
            .collect();
        for (households, own) in parts {
            if households == 0 || own.is_empty() {
                system.of_part.push(NONE);
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
            system.of_part.push(class);
        }
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
    pub fn class_of(&self, part: usize) -> Option<u32> {
        self.of_part.get(part).copied().filter(|class| *class != NONE)
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
