//! One component of the cover: exposures that share cells, and their cheapest answer.

use std::collections::{BTreeSet, HashMap};

use super::instance::{Hidden, Instance};
use super::{Clause, dual, greedy, integer};
use crate::secrecy::lattice::{Cell, Lattice};

/// Clauses that one integer programme takes as it is.
const SMALL: usize = 40;

/// Clauses that one integer programme takes after all that prices settle.
pub(in crate::secrecy) const LARGE: usize = 3_000;

/// What a component hides.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::secrecy) struct Answer {
    /// Sorted; what a cell takes along included.
    pub hidden: Vec<Cell>,
    /// Σ costs of `hidden`, in millionths.
    pub cost: u128,
    /// No answer costs less than this.
    pub bound: u128,
    /// How many exposures it meets.
    pub clauses: usize,
}

impl Answer {
    /// Whether no answer costs less.
    pub(in crate::secrecy) fn is_proved(&self) -> bool {
        self.bound >= self.cost
    }
}

/// Prices of clauses, by their cells.
pub(super) type Prices = HashMap<Clause, f64>;

/// How far a component is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// By prices, and by integer programmes where these are small: for exposures that are still
    /// being found.
    Prices,
    /// By every means.
    Whole,
}

/// The cheapest cells that meet every clause, with what they take along.
pub(super) fn solve(
    lattice: &Lattice,
    clauses: &[&Clause],
    effort: Effort,
    known: &Prices,
) -> (Answer, Prices) {
    let mut instance = Instance::new(lattice, clauses);
    let price = |clause: Clause| known.get(&clause).copied().unwrap_or(0.0);
    instance.prices = instance.clause_cells().map(price).collect();
    let Solved { hidden, cost, bound, prices } = cheapest(&instance, effort);
    let prices = instance.clause_cells().zip(prices).collect();
    let cells = instance.cells(&hidden);
    let cells: BTreeSet<Cell> = cells.into_iter().flat_map(|cell| lattice.closure(cell)).collect();
    let cells: Vec<Cell> = cells.into_iter().collect();
    let positive = |cost: i128| u128::try_from(cost).unwrap_or(0);
    let (cost, bound) = (positive(cost), positive(bound));
    (Answer { hidden: cells, cost, bound, clauses: clauses.len() }, prices)
}

/// An answer of an instance.
pub(super) struct Solved {
    pub hidden: Hidden,
    pub cost: i128,
    pub bound: i128,
    /// The best prices of its clauses; empty where none were looked for.
    pub prices: Vec<f64>,
}

/// An answer and the best bound: of a small instance by its integer programme, of others by prices.
pub(super) fn cheapest(instance: &Instance, effort: Effort) -> Solved {
    if let [clause] = instance.clauses.as_slice() {
        return single(instance, clause);
    }
    let solved = (instance.clauses.len() <= SMALL).then(|| by_programme(instance)).flatten();
    solved.unwrap_or_else(|| by_prices(instance, effort))
}

fn by_programme(instance: &Instance) -> Option<Solved> {
    let (hidden, bound) = integer::solve(instance)?;
    Some(Solved { cost: instance.cost(&hidden), hidden, bound, prices: Vec::new() })
}

/// Prices settle what they can, what is left falls apart, and each part is answered in turn.
pub(super) fn by_prices(instance: &Instance, effort: Effort) -> Solved {
    let none: Hidden = vec![0; instance.places.len()];
    let costs: Vec<f64> = instance.nodes.iter().map(|node| node.cost as f64).collect();
    let mut hidden = greedy::answer(instance, none, &costs);
    let steps = if effort == Effort::Whole { dual::STEPS } else { dual::FEW_STEPS };
    let dual = dual::climb(instance, &mut hidden, steps);
    let prices = dual.found_at.clone();
    let mut best = Solved { cost: instance.cost(&hidden), hidden, bound: dual.bound, prices };
    let mut is_tried = false;
    while best.bound < best.cost {
        // A cheaper answer settles more.
        let settled = dual.settle(instance, best.cost);
        let found = if settled.is_any {
            rest(instance, &settled, best.cost, effort)
        } else if effort == Effort::Whole && !is_tried && instance.clauses.len() <= LARGE {
            is_tried = true;
            by_programme(instance)
        } else {
            None
        };
        let Some(found) = found else { break };
        best.bound = best.bound.max(found.bound.min(best.cost));
        if found.cost >= best.cost {
            break;
        }
        (best.cost, best.hidden) = (found.cost, found.hidden);
    }
    best
}

/// The best of the answers cheaper than `upper`, given what is true of all of them.
fn rest(
    instance: &Instance,
    settled: &dual::Settled,
    upper: i128,
    effort: Effort,
) -> Option<Solved> {
    let left = instance.left(&settled.hidden, &settled.refused);
    let mut hidden = settled.hidden.clone();
    let mut bound = instance.cost(&hidden);
    if left.clauses.iter().any(Vec::is_empty) {
        // No answer is cheaper.
        return Some(Solved { hidden, cost: i128::MAX, bound: upper, prices: Vec::new() });
    }
    for part in left.apart() {
        let solved = cheapest(&part, effort);
        bound += solved.bound;
        instance.hide(&mut hidden, &part, &solved.hidden);
    }
    Some(Solved { cost: instance.cost(&hidden), hidden, bound, prices: Vec::new() })
}

/// One clause alone: its cheapest node.
fn single(instance: &Instance, clause: &[u32]) -> Solved {
    let closure = |node: u32| {
        let own = &instance.nodes[node as usize];
        (own.place as usize, own.closure)
    };
    let mut hidden: Hidden = vec![0; instance.places.len()];
    let price = |&node: &u32| {
        let (place, closure) = closure(node);
        (instance.cost_of(place, closure), instance.nodes[node as usize].cell)
    };
    if let Some(cheapest) = clause.iter().copied().min_by_key(price) {
        let (place, closure) = closure(cheapest);
        hidden[place] |= closure;
    }
    let cost = instance.cost(&hidden);
    Solved { hidden, cost, bound: cost, prices: Vec::new() }
}
