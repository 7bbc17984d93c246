//! What to hide: the cheapest set of cells that meets every exposure.
//!
//! Every exposure is a clause, "one of these must be hidden", valid whatever else is hidden; a cell
//! takes those under it along (R9). The cheapest mask is a minimum-cost hitting set (Fischetti
//! and Salazar's master problem). It splits into components that share no cell (`sets`). Each is
//! answered (`greedy`), bounded from below and made smaller by prices on its clauses (`dual`), and
//! what these leave open is proved by integer programmes (`integer`).

mod closure;
mod component;
mod dual;
mod greedy;
mod instance;
mod integer;
mod sets;

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use super::lattice::{Cell, Lattice};

use sets::Sets;

pub(super) use component::Answer;
#[cfg(test)]
pub(super) use component::LARGE;
use component::{Effort, Prices};

/// Cells of which one must be hidden, sorted.
pub(super) type Clause = Vec<Cell>;

/// Every exposure found so far, and what hides them all at the least cost.
pub(super) struct Cover<'a> {
    lattice: &'a Lattice,
    clauses: Vec<Clause>,
    known: HashSet<Clause>,
    sets: Sets,
    /// By smallest cell: the answer of a component.
    answers: BTreeMap<Cell, Known>,
    /// The best prices found for clauses so far: the next climb begins with them.
    prices: Prices,
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
            sets: Sets::default(),
            answers: BTreeMap::new(),
            prices: Prices::new(),
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

    /// Solves the components that changed. Those that have the same smallest cell and as many
    /// clauses as before are the same: components only grow.
    pub(super) fn solve(&mut self) {
        self.solve_to(Effort::Prices);
    }

    /// Searches by every means the components that are not proved yet. Says whether an answer
    /// changed.
    pub(super) fn prove(&mut self) -> bool {
        let before: Vec<Answer> = self.answers().cloned().collect();
        self.solve_to(Effort::Whole);
        self.answers().zip(&before).any(|(now, before)| now.hidden != before.hidden)
    }

    fn solve_to(&mut self, effort: Effort) {
        let mut components: BTreeMap<Cell, Vec<&Clause>> = BTreeMap::new();
        for clause in &self.clauses {
            let leader = self.sets.leader(clause[0]);
            components.entry(leader).or_default().push(clause);
        }
        let mut answers = std::mem::take(&mut self.answers);
        answers.retain(|leader, known| {
            let is_same = components.get(leader).is_some_and(|own| own.len() == known.clauses);
            let is_searched = effort == Effort::Prices
                || known.effort == Effort::Whole
                || known.answer.is_proved();
            is_same && is_searched
        });
        let changed: Vec<(Cell, Vec<&Clause>)> =
            components.into_iter().filter(|entry| !answers.contains_key(&entry.0)).collect();
        let solved: Vec<(Cell, Known, Prices)> = changed
            .into_par_iter()
            .map(|(leader, clauses)| {
                let (answer, prices) =
                    component::solve(self.lattice, &clauses, effort, &self.prices);
                (leader, Known { clauses: clauses.len(), effort, answer }, prices)
            })
            .collect();
        for (leader, known, prices) in solved {
            answers.insert(leader, known);
            self.prices.extend(prices);
        }
        self.answers = answers;
    }

    /// Every exposure.
    #[cfg(test)]
    pub(super) fn exposures(&self) -> &[Clause] {
        &self.clauses
    }

    /// What is known of each component.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.answers.values().map(|known| &known.answer)
    }
}

#[cfg(test)]
mod tests;
