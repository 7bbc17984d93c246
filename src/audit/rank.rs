//! The exact rank test of rule R2: which sets of classes, under the threshold together, hold a
//! combination of published cells by themselves.
//!
//! A set is exposed if and only if removing its columns lowers the rank of the published system,
//! that is, if some vector of the row space is 0 everywhere else. The search keeps the part of the
//! row space that is 0 in all classes at or over the threshold, ties together the classes that are
//! 0 together, and repeats: what is tied weighs together, and leaves when it reaches the
//! threshold. On what is left it branches, the heaviest class first: 0 here, or paid for here.

use std::collections::HashSet;

use super::residuals::Residuals;
use super::sparse::Sparse;
use super::system::System;

/// Entries that the search of one component may touch.
const MOST_WORK: u64 = 400_000_000;
/// Exposed sets that are kept of one system.
const MOST_EXPOSED: usize = 2_000;

/// What the rank test found in one system.
#[derive(Debug, Default)]
pub struct ExposedSets {
    /// Sets of classes, each sorted: some combination is 0 everywhere else.
    pub exposed: Vec<Vec<u32>>,
    /// Whether more sets were found than are kept.
    pub more: bool,
    /// Components that the search left undecided, by their number of classes.
    pub undecided: Vec<usize>,
}

/// Looks for every smallest exposed set of less than `threshold` in all.
pub fn test(system: &System, residuals: &Residuals, threshold: u64) -> ExposedSets {
    within(system, residuals, threshold, MOST_WORK)
}

/// The same with a limit on the entries that the search of one component may touch.
pub fn within(system: &System, residuals: &Residuals, threshold: u64, limit: u64) -> ExposedSets {
    let rows = residuals.rows().iter().map(|row| row.left.clone()).collect();
    let budget = threshold.saturating_sub(1);
    let mut whole = Sparse::new(system.weights(), rows);
    let mut verdict = ExposedSets::default();
    settle_roots(&mut whole, budget);
    for part in whole.components() {
        let mut search = Search { exposed: HashSet::new(), spent: 0, limit };
        let classes = part.columns().iter().map(|column| column.classes.len()).sum();
        if search.explore(part, budget).is_err() {
            verdict.undecided.push(classes);
        }
        for set in search.exposed {
            if verdict.exposed.len() < MOST_EXPOSED {
                verdict.exposed.push(set);
            } else {
                verdict.more = true;
            }
        }
    }
    let weight =
        |set: &Vec<u32>| -> u64 { set.iter().map(|class| system.weights()[*class as usize]).sum() };
    verdict.exposed.sort_by_key(|set| (weight(set), set.clone()));
    verdict
}

/// Without any decision: columns over the budget vanish, what is tied weighs together.
fn settle_roots(part: &mut Sparse, budget: u64) {
    loop {
        let heavy: Vec<usize> =
            part.live().filter(|column| part.columns()[*column].weight > budget).collect();
        part.vanish(heavy.into_iter());
        if !part.tie() {
            return;
        }
    }
}

/// The search has touched more entries than it may.
struct Exhausted;

struct Search {
    exposed: HashSet<Vec<u32>>,
    spent: u64,
    limit: u64,
}

impl Search {
    /// Finds the vectors that are not 0 in the paid columns and weigh at most `budget` elsewhere.
    fn explore(&mut self, mut part: Sparse, mut budget: u64) -> Result<(), Exhausted> {
        loop {
            let before = part.work();
            let Some(left) = settle(&mut part, budget) else { return Ok(()) };
            self.spent += part.work() - before + 1;
            if self.spent > self.limit {
                return Err(Exhausted);
            }
            budget = left;
            let mut parts = part.components();
            let has_paid = |part: &Sparse| part.columns().iter().any(|column| column.paid);
            if parts.iter().any(has_paid) {
                // Paid columns in two components: two smaller vectors, each found by itself.
                parts.retain(has_paid);
                if parts.len() > 1 {
                    return Ok(());
                }
            }
            if parts.len() != 1 {
                for part in parts {
                    self.explore(part, budget)?;
                }
                return Ok(());
            }
            let Some(own) = parts.pop() else { return Ok(()) };
            part = own;
            let heaviest = part
                .live()
                .filter(|column| !part.columns()[*column].paid)
                .max_by_key(|column| part.columns()[*column].weight);
            // One column alone is not 0 wherever the vector is not.
            let alone = part.live().count() == 1;
            let Some(column) = heaviest.filter(|_| !alone) else {
                self.expose(&part);
                return Ok(());
            };
            let mut paid = part.clone();
            paid.column_mut(column).paid = true;
            let weight = part.columns()[column].weight;
            if let Some(rest) = budget.checked_sub(weight) {
                self.explore(paid, rest)?;
            }
            part.vanish([column].into_iter());
        }
    }

    fn expose(&mut self, part: &Sparse) {
        let classes = part.live().flat_map(|column| &part.columns()[column].classes);
        let mut classes: Vec<u32> = classes.copied().collect();
        classes.sort_unstable();
        self.exposed.insert(classes);
    }
}

/// Draws what follows of the decisions taken. `None` where they cannot hold; else the budget left.
fn settle(part: &mut Sparse, mut budget: u64) -> Option<u64> {
    loop {
        let heavy: Vec<usize> = part
            .live()
            .filter(|column| !part.columns()[*column].paid)
            .filter(|column| part.columns()[*column].weight > budget)
            .collect();
        part.vanish(heavy.into_iter());
        let paid = |column: &crate::sparse::Column| column.paid;
        let lost = |part: &Sparse| {
            let mut columns = part.columns().iter().enumerate();
            columns
                .any(|(at, column)| paid(column) && !column.classes.is_empty() && !part.is_live(at))
        };
        if lost(part) {
            return None;
        }
        let before: u64 = part.columns().iter().filter(|own| paid(own)).map(|own| own.weight).sum();
        let tied = part.tie();
        let after: u64 = part.columns().iter().filter(|own| paid(own)).map(|own| own.weight).sum();
        budget = budget.checked_sub(after.checked_sub(before)?)?;
        if !tied {
            return Some(budget);
        }
    }
}
