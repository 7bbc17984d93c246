//! What to hide: the cheapest set of cells that meets every exposure.
//!
//! Every exposure is a clause, "one of these must be hidden", valid whatever else is hidden; a cell
//! takes those under it along (R9). The cheapest mask is a minimum-cost hitting set (Fischetti
//! and Salazar's master problem). It splits into components that share no cell (`union_find`). Each is made
//! smaller, which splits it further: by what is true of any instance (`reduce`), and by prices on its
//! clauses (`prices`), which bound it from below, against an answer (`greedy`). What is left are
//! small integer programmes (`integer`).

mod closure;
mod component;
mod greedy;
mod instance;
mod integer;
mod prices;
mod reduce;
mod union_find;

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use super::lattice::{Cell, Lattice};

use integer::Solver;
use union_find::UnionFind;

pub(super) use component::Answer;
#[cfg(test)]
pub(super) use component::LARGE;
pub(super) use integer::Effort;

/// Cells of which one must be hidden, sorted.
pub(super) type Clause = Vec<Cell>;

/// Every exposure found so far, and what hides them all at the least cost.
pub(super) struct Cover<'a> {
    lattice: &'a Lattice,
    clauses: Vec<Clause>,
    known: HashSet<Clause>,
    sets: UnionFind,
    /// By smallest cell: the answer of a component.
    answers: BTreeMap<Cell, Known>,
    solver: Solver,
}

/// The answer of a component, over so many clauses.
struct Known {
    clauses: usize,
    effort: Effort,
    answer: Answer,
}

impl<'a> Cover<'a> {
    /// No exposure yet.
    pub(super) fn new(lattice: &'a Lattice) -> Cover<'a> {
        Cover {
            lattice,
            clauses: Vec::new(),
            known: HashSet::new(),
            sets: UnionFind::default(),
            answers: BTreeMap::new(),
            solver: Solver::new(),
        }
    }

    /// Adds an exposure; says whether it is new.
    pub(super) fn add(&mut self, clause: Clause) -> bool {
        if clause.is_empty() || !self.known.insert(clause.clone()) {
            return false;
        }
        self.sets.bind(&clause, self.lattice);
        self.clauses.push(clause);
        true
    }

    /// Solves the components that changed, and those that were not proved with less effort. Those
    /// that have the same smallest cell and as many clauses as before are the same: components only
    /// grow.
    pub(super) fn solve(&mut self, effort: Effort) {
        self.solver.begin(effort);
        let mut components: BTreeMap<Cell, Vec<&Clause>> = BTreeMap::new();
        for clause in &self.clauses {
            let leader = self.sets.leader(clause[0]);
            components.entry(leader).or_default().push(clause);
        }
        let mut answers = std::mem::take(&mut self.answers);
        answers.retain(|leader, known| {
            let is_done = known.effort >= effort || known.answer.is_proved();
            is_done && components.get(leader).is_some_and(|own| own.len() == known.clauses)
        });
        let changed: Vec<(Cell, Vec<&Clause>)> =
            components.into_iter().filter(|entry| !answers.contains_key(&entry.0)).collect();
        let solved: Vec<(Cell, Known)> = changed
            .into_par_iter()
            .map(|(leader, clauses)| {
                let answer = component::solve(self.lattice, &clauses, &self.solver);
                (leader, Known { clauses: clauses.len(), effort, answer })
            })
            .collect();
        answers.extend(solved);
        self.answers = answers;
    }

    /// Every exposure.
    pub(super) fn exposures(&self) -> &[Clause] {
        &self.clauses
    }

    /// No mask that meets every exposure but `doubtful` costs less.
    pub(super) fn bound_without(&self, doubtful: &HashSet<Clause>) -> u128 {
        let mut proved = Cover::new(self.lattice);
        for clause in self.clauses.iter().filter(|clause| !doubtful.contains(*clause)) {
            proved.add(clause.clone());
        }
        proved.solve(Effort::Whole);
        proved.answers().map(|answer| answer.bound).sum()
    }

    /// What is known of each component.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.answers.values().map(|known| &known.answer)
    }
}

#[cfg(test)]
mod tests;
