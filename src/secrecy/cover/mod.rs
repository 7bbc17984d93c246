//! What to hide: the cheapest set of cells that meets every exposure.
//!
//! Every exposure is a clause, "one of these must be hidden", valid whatever else is hidden; a cell
//! takes those under it along (R9). The cheapest mask is a minimum-cost hitting set (Fischetti
//! and Salazar's master problem). It splits into components that share no cell.

mod component;

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;

use super::lattice::{Cell, Lattice};

pub(super) use component::Answer;
#[cfg(test)]
pub(super) use component::LARGE;

/// Cells of which one must be hidden, sorted.
pub(super) type Clause = Vec<Cell>;

/// Every exposure found so far, and what hides them all at the least cost.
pub(super) struct Cover<'a> {
    lattice: &'a Lattice,
    clauses: Vec<Clause>,
    known: HashSet<Clause>,
    /// For each cell, one nearer to its component's smallest.
    leaders: HashMap<Cell, Cell>,
    /// By smallest cell: how many clauses a component had when it was solved, and its answer.
    answers: BTreeMap<Cell, (usize, Answer)>,
}

impl<'a> Cover<'a> {
    /// No exposure yet.
    pub(super) fn new(lattice: &'a Lattice) -> Cover<'a> {
        Cover {
            lattice,
            clauses: Vec::new(),
            known: HashSet::new(),
            leaders: HashMap::new(),
            answers: BTreeMap::new(),
        }
    }

    /// Adds an exposure; says whether it is new.
    pub(super) fn add(&mut self, clause: Clause) -> bool {
        if clause.is_empty() || !self.known.insert(clause.clone()) {
            return false;
        }
        // What a cell takes along binds the clauses of its descendants to its own.
        for cell in clause.iter().flat_map(|&cell| self.lattice.closure(cell)) {
            self.join(clause[0], cell);
        }
        self.clauses.push(clause);
        true
    }

    /// Solves the components that changed. Those that have the same smallest cell and as many
    /// clauses as before are the same: components only grow.
    pub(super) fn solve(&mut self) {
        let mut components: BTreeMap<Cell, Vec<&Clause>> = BTreeMap::new();
        for clause in &self.clauses {
            let leader = leader_of(&self.leaders, clause[0]);
            components.entry(leader).or_default().push(clause);
        }
        let mut answers = std::mem::take(&mut self.answers);
        answers.retain(|leader, (size, _)| {
            components.get(leader).is_some_and(|clauses| clauses.len() == *size)
        });
        let changed: Vec<(Cell, Vec<&Clause>)> =
            components.into_iter().filter(|entry| !answers.contains_key(&entry.0)).collect();
        let solved: Vec<(Cell, (usize, Answer))> = changed
            .into_par_iter()
            .map(|(leader, clauses)| {
                (leader, (clauses.len(), component::solve(self.lattice, &clauses)))
            })
            .collect();
        answers.extend(solved);
        self.answers = answers;
    }

    /// What is known of each component.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.answers.values().map(|entry| &entry.1)
    }

    fn join(&mut self, one: Cell, other: Cell) {
        let one = leader_of(&self.leaders, one);
        let before = leader_of(&self.leaders, other);
        let leader = one.min(before);
        self.leaders.insert(one, leader);
        self.leaders.insert(before, leader);
        self.leaders.insert(other, leader);
    }
}

fn leader_of(leaders: &HashMap<Cell, Cell>, cell: Cell) -> Cell {
    let mut at = cell;
    while let Some(&nearer) = leaders.get(&at).filter(|nearer| **nearer != at) {
        at = nearer;
    }
    at
}
