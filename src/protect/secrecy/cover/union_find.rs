//! What clauses bind together, as disjoint sets: cells, or nodes of an instance.

use foldhash::HashMap;

use super::Clause;
use crate::secrecy::lattice::{Cell, Lattice};

/// For each cell, one nearer to the smallest of its set.
#[derive(Default)]
pub(super) struct UnionFind(HashMap<Cell, Cell>);

impl UnionFind {
    /// Binds the cells of a clause, and what each takes along: clauses of different sets then share
    /// no cost, so the bounds of their sets add up.
    pub(super) fn bind(&mut self, clause: &Clause, lattice: &Lattice) {
        for cell in clause.iter().flat_map(|&cell| lattice.closure(cell)) {
            self.join(clause[0], cell);
        }
    }

    /// Puts the sets of two together.
    pub(super) fn join(&mut self, one: u32, other: u32) {
        let (near, far) = (self.leader(one), self.leader(other));
        let leader = near.min(far);
        for member in [near, far, one, other] {
            self.0.insert(member, leader);
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
