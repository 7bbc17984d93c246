//! One component of the cover: exposures that share cells, and their cheapest answer.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::instance::{Hidden, Instance};
use super::integer::Solver;
use super::prices::{Fixed, Prices};
use super::reduce::{Reduced, reduce};
use super::{Clause, greedy};
use crate::secrecy::lattice::{Cell, Lattice};

/// Clauses that are one integer programme as they are.
const SMALL: usize = 40;

/// Clauses that are one integer programme after all that prices settle.
pub(in crate::secrecy) const LARGE: usize = 8_000;

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

/// The cheapest cells that meet every clause, with what they take along.
pub(super) fn solve(lattice: &Lattice, clauses: &[&Clause], solver: &Solver) -> Answer {
    let instance = Instance::new(lattice, clauses);
    let Solved { hidden, cost, bound } = cheapest(&instance, solver);
    let cells = instance.cells(&hidden);
    let cells: BTreeSet<Cell> = cells.into_iter().flat_map(|cell| lattice.closure(cell)).collect();
    let positive = |cost: i128| u128::try_from(cost).unwrap_or(0);
    Answer {
        hidden: cells.into_iter().collect(),
        cost: positive(cost),
        bound: positive(bound),
        clauses: clauses.len(),
    }
}

/// An answer of an instance; none costs less than `bound`.
#[derive(Clone)]
pub(super) struct Solved {
    pub hidden: Hidden,
    pub cost: i128,
    pub bound: i128,
}

/// The instance reduced; what is left falls apart, and each part is answered in turn.
pub(super) fn cheapest(instance: &Instance, solver: &Solver) -> Solved {
    let Reduced { mut hidden, left, is_any } = reduce(instance);
    let solve = |part: &Instance| match is_any {
        true => cheapest(part, solver),
        false => reduced(part, solver),
    };
    let solved: Vec<(Vec<Cell>, i128)> = left
        .apart()
        .into_par_iter()
        .map(|part| {
            let solved = solve(&part);
            (part.cells(&solved.hidden), solved.bound)
        })
        .collect();
    let mut bound = instance.cost(&hidden);
    let mut cells = Vec::new();
    for (own, least) in solved {
        bound += least;
        cells.extend(own);
    }
    instance.hide(&mut hidden, &cells);
    Solved { cost: instance.cost(&hidden), hidden, bound }
}

/// An instance that neither falls apart nor can be reduced.
fn reduced(instance: &Instance, solver: &Solver) -> Solved {
    match instance.clauses.as_slice() {
        [clause] => single(instance, clause),
        clauses if clauses.len() <= SMALL => {
            solver.solve(instance).unwrap_or_else(|| by_prices(instance, solver))
        }
        _ => by_prices(instance, solver),
    }
}

/// Prices settle what they can, so that what is left falls apart; what they do not settle is an
/// integer programme.
pub(super) fn by_prices(instance: &Instance, solver: &Solver) -> Solved {
    let prices = Prices::new(instance);
    let none: Hidden = vec![0; instance.places.len()];
    let costs: Vec<f64> = instance.nodes.iter().map(|node| node.cost as f64).collect();
    let weights: Vec<f64> = prices.weights(instance).iter().map(|&weight| weight as f64).collect();
    let answers = [costs, weights].map(|weights| greedy::answer(instance, none.clone(), &weights));
    let [one, other] = answers.map(|hidden| (instance.cost(&hidden), hidden));
    let (cost, hidden) = one.min(other);
    let mut best = Solved { cost, hidden, bound: prices.bound.min(cost) };
    let mut is_tried = false;
    let mut before: Option<Fixed> = None;
    while best.bound < best.cost {
        // A cheaper answer settles more.
        let settled = prices.fix_by_reduced_cost(instance, best.cost);
        // What is left is what was left before.
        if before.as_ref() == Some(&settled) {
            break;
        }
        let found = if settled.is_any {
            rest(instance, &settled, best.cost, solver)
        } else if !is_tried && instance.clauses.len() <= LARGE {
            is_tried = true;
            solver.solve(instance)
        } else {
            None
        };
        let Some(found) = found else { break };
        best.bound = best.bound.max(found.bound.min(best.cost));
        if found.cost >= best.cost {
            break;
        }
        (best.cost, best.hidden) = (found.cost, found.hidden);
        before = Some(settled);
    }
    best
}

/// The best of the answers cheaper than `upper`, given what is true of all of them.
fn rest(instance: &Instance, settled: &Fixed, upper: i128, solver: &Solver) -> Option<Solved> {
    let left = instance.left(&settled.hidden, &settled.refused);
    let mut hidden = settled.hidden.clone();
    if left.clauses.iter().any(Vec::is_empty) {
        // No answer is cheaper.
        return Some(Solved { hidden, cost: i128::MAX, bound: upper });
    }
    let solved = cheapest(&left, solver);
    let bound = instance.cost(&hidden) + solved.bound;
    instance.hide(&mut hidden, &left.cells(&solved.hidden));
    Some(Solved { cost: instance.cost(&hidden), hidden, bound })
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
    Solved { hidden, cost, bound: cost }
}
