//! The integer programme of an instance.

use std::sync::{Mutex, PoisonError};

use foldhash::{HashMap, HashMapExt};
use microlp::{
    ComparisonOp, OptimizationDirection, Problem, SolutionStatus, SolveOptions, Variable,
};

use super::component::Solved;
use super::instance::{Hidden, Instance};

/// How far off, relatively, the solver's bounds may be.
const NEAR: f64 = 1e-9;

/// How much is done for the best answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::secrecy) enum Effort {
    /// A good answer: more exposures are to come, which change it anyway.
    Quick,
    /// The best one and its proof, as far as can be.
    Whole,
}

impl Effort {
    /// Nodes of the search tree that an instance may take before its best known answer is kept: a
    /// count, so that the same input gives the same mask on any machine.
    fn nodes(self) -> u64 {
        match self {
            Effort::Quick => 30,
            Effort::Whole => 1_000,
        }
    }
}

/// Solves instances. From one round to the next most are the same: those of the last round are
/// remembered.
pub(super) struct Solver {
    effort: Effort,
    round: usize,
    known: Mutex<HashMap<Instance, Known>>,
}

/// What is known of an instance.
struct Known {
    solved: Option<Solved>,
    effort: Effort,
    /// The round in which it was last asked for.
    round: usize,
}

impl Solver {
    pub(super) fn new() -> Solver {
        Solver { effort: Effort::Quick, round: 0, known: Mutex::new(HashMap::new()) }
    }

    /// Begins a round; what the last one did not ask for is forgotten.
    pub(super) fn begin(&mut self, effort: Effort) {
        let known = self.known.get_mut().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, known| known.round == self.round);
        self.round += 1;
        self.effort = effort;
    }

    /// The nodes chosen with what they take along, and what no answer costs less than; `None` where
    /// the solver has no answer that holds.
    pub(super) fn solve(&self, instance: &Instance) -> Option<Solved> {
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get_mut(instance) {
            let is_proved = known.solved.as_ref().is_some_and(|own| own.bound >= own.cost);
            if is_proved || known.effort >= self.effort {
                known.round = self.round;
                return known.solved.clone();
            }
        }
        let solved = solve(instance, self.effort.nodes());
        let known = Known { solved: solved.clone(), effort: self.effort, round: self.round };
        lock().insert(instance.clone(), known);
        solved
    }
}

/// The nodes chosen with what they take along, and what no answer costs less than; `None` where
/// the solver has no answer that holds.
fn solve(instance: &Instance, nodes: u64) -> Option<Solved> {
    let unit = instance.unit();
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let variable = |cost: i128| problem.add_binary_var((cost / unit) as f64);
    let variables: Vec<Variable> =
        instance.nodes.iter().map(|node| node.cost).map(variable).collect();
    for clause in &instance.clauses {
        let sum: Vec<_> = clause.iter().map(|&node| (variables[node as usize], 1.0)).collect();
        problem.add_constraint(sum.as_slice(), ComparisonOp::Ge, 1.0);
    }
    for (node, &variable) in (0..).zip(&variables) {
        for under in instance.right_under(node) {
            let takes_along = [(variables[under as usize], 1.0), (variable, -1.0)];
            problem.add_constraint(takes_along.as_slice(), ComparisonOp::Ge, 0.0);
        }
    }
    let mut options = SolveOptions::default();
    options.node_limit = Some(nodes);
    let solution = problem.solve_with(options).ok()?.into_solution().ok()?;
    let mut hidden: Hidden = vec![0; instance.places.len()];
    for (node, &variable) in instance.nodes.iter().zip(&variables) {
        if solution.var_value(variable) > 0.5 {
            hidden[node.place as usize] |= node.closure;
        }
    }
    let cost = instance.cost(&hidden);
    let bound = match solution.stats().best_bound {
        _ if solution.status() == SolutionStatus::Optimal => cost,
        Some(bound) => (bound * unit as f64 * (1.0 - NEAR)).max(0.0).floor() as i128,
        None => 0,
    };
    instance.is_met(&hidden).then_some(Solved { hidden, cost, bound: bound.min(cost) })
}
