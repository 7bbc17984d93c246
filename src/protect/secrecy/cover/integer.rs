//! The integer programme of an instance.

use microlp::{
    ComparisonOp, OptimizationDirection, Problem, SolutionStatus, SolveOptions, Variable,
};

use super::component::Solved;
use super::instance::{Hidden, Instance};

/// Nodes of the search tree that an instance may take before its best known answer is kept: a
/// count, so that the same input gives the same mask on any machine.
const NODES: u64 = 1_000;

/// How far off, relatively, the solver's bounds may be.
const NEAR: f64 = 1e-9;

/// The nodes chosen with what they take along, and what no answer costs less than; `None` where
/// the solver has no answer that holds.
pub(super) fn solve(instance: &Instance) -> Option<Solved> {
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
    options.node_limit = Some(NODES);
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
