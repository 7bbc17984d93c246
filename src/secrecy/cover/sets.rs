//! Cells that clauses bind together, as disjoint sets.

use std::collections::HashMap;

use super::Clause;
use crate::secrecy::lattice::{Cell, Lattice};

/// For each cell, one nearer to the smallest of its set.
#[derive(Default)]
pub(super) struct Sets(HashMap<Cell, Cell>);

impl Sets {
    /// Binds the cells of a clause, and what each takes along: clauses of different sets then share
    /// no cost, so the bounds of their sets add up.
    pub(super) fn bind(&mut self, clause: &Clause, lattice: &Lattice) {
        for cell in clause.iter().flat_map(|&cell| lattice.closure(cell)) {
            let (one, other) = (self.leader(clause[0]), self.leader(cell));
            let leader = one.min(other);
            for member in [one, other, cell] {
                self.0.insert(member, leader);
            }
        }
    }

    /// The smallest cell of a set.
    pub(super) fn leader(&self, cell: Cell) -> Cell {
        let mut at = cell;
        while let Some(&nearer) = self.0.get(&at).filter(|nearer| **nearer != at) {
            at = nearer;
        }
        at
    }
}
