//! Rows of the published system made sparser: from each cell the largest disjoint cells inside it are subtracted.

use std::collections::HashSet;

use super::system::System;

/// A published cell without the largest disjoint cells inside it.
#[derive(Clone, Debug)]
pub struct Residual {
    pub cell: u32,
    pub parts: Vec<u32>,
    /// The classes left, sorted.
    pub left: Vec<u32>,
}

/// The same row space as the cells, in short rows.
pub struct Residuals {
    rows: Vec<Residual>,
    of_class: Vec<Vec<u32>>,
}

impl Residuals {
    /// Subtracts from each cell what is published inside it.
    pub fn new(system: &System) -> Residuals {
        let rows = subtract_nested(system);
        let mut of_class = vec![Vec::new(); system.weights().len()];
        for (row, number) in rows.iter().zip(0..) {
            row.left.iter().for_each(|class| of_class[*class as usize].push(number));
        }
        Residuals { rows, of_class }
    }

    pub fn rows(&self) -> &[Residual] {
        &self.rows
    }

    /// The rows that hold a class.
    pub fn of_class(&self, class: u32) -> &[u32] {
        &self.of_class[class as usize]
    }
}

fn subtract_nested(system: &System) -> Vec<Residual> {
    let cells = system.cells();
    let mut of_class: Vec<Vec<u32>> = vec![Vec::new(); system.weights().len()];
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for (cell, number) in cells.iter().zip(0u32..) {
        // Twins are one row.
        if !cell.classes.is_empty() && seen.insert(&cell.classes) {
            kept.push(number);
            cell.classes.iter().for_each(|class| of_class[*class as usize].push(number));
        }
    }
    let mut inside = vec![0usize; cells.len()];
    let mut covered = vec![u32::MAX; system.weights().len()];
    let mut rows = Vec::new();
    for &number in &kept {
        let own = &cells[number as usize].classes;
        let mut touched = Vec::new();
        for other in own.iter().flat_map(|class| &of_class[*class as usize]) {
            if inside[*other as usize] == 0 {
                touched.push(*other);
            }
            inside[*other as usize] += 1;
        }
        let size = |cell: &u32| cells[*cell as usize].classes.len();
        let mut parts: Vec<u32> = touched
            .iter()
            .copied()
            .filter(|cell| *cell != number && inside[*cell as usize] == size(cell))
            .collect();
        touched.iter().for_each(|cell| inside[*cell as usize] = 0);
        parts.sort_by_key(|cell| (std::cmp::Reverse(size(cell)), *cell));
        parts.retain(|part| {
            let classes = &cells[*part as usize].classes;
            let is_free = classes.iter().all(|class| covered[*class as usize] != number);
            if is_free {
                classes.iter().for_each(|class| covered[*class as usize] = number);
            }
            is_free
        });
        let left = own.iter().copied().filter(|class| covered[*class as usize] != number);
        let left: Vec<u32> = left.collect();
        if !left.is_empty() {
            rows.push(Residual { cell: number, parts, left });
        }
    }
    rows
}
