//! The integer programme of an instance.

use std::collections::BTreeMap;

use microlp::{
    ComparisonOp, OptimizationDirection, Problem, SolutionStatus, SolveOptions, Variable,
};

use super::instance::{Hidden, Instance};

/// Nodes of the search tree that an instance may take before its best known answer is kept: a
/// count, so that the same input gives the same mask on any machine.
const NODES: u64 = 300;

/// The nodes chosen with what they take along, and what no answer costs less than; `None` where
/// the solver has no answer that holds.
pub(super) fn solve(instance: &Instance) -> Option<(Hidden, i128)> {
    let costs = costs(instance);
    let largest = costs.values().max().copied().unwrap_or(1).max(1);
    let unit = (largest as f64 / 1e4).max(1.0);
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let variables: BTreeMap<u32, Variable> = costs
        .iter()
        .map(|(&node, &cost)| (node, problem.add_binary_var(cost as f64 / unit)))
        .collect();
    for clause in &instance.clauses {
        let sum: Vec<_> = clause.iter().map(|node| (variables[node], 1.0)).collect();
        problem.add_constraint(sum.as_slice(), ComparisonOp::Ge, 1.0);
    }
    for (&node, &variable) in &variables {
        let own = &instance.nodes[node as usize];
        let below = |node: u32| {
            let own = &instance.nodes[node as usize];
            own.closure & !instance.bit(node)
        };
        let under = instance.nodes_of(own.place as usize, below(node));
        let under: Vec<u32> = under.filter(|under| variables.contains_key(under)).collect();
        // What another one under it takes along follows by itself.
        let further = under.iter().fold(0, |mask, &other| mask | below(other));
        for under in under.iter().filter(|&&under| further & instance.bit(under) == 0) {
            let takes_along = [(variables[under], 1.0), (variable, -1.0)];
            problem.add_constraint(takes_along.as_slice(), ComparisonOp::Ge, 0.0);
        }
    }
    let mut options = SolveOptions::default();
    options.node_limit = Some(NODES);
    let solution = problem.solve_with(options).ok()?.into_solution().ok()?;
    let mut hidden: Hidden = vec![0; instance.places.len()];
    for (&node, &variable) in &variables {
        if solution.var_value(variable) > 0.5 {
            let own = &instance.nodes[node as usize];
            hidden[own.place as usize] |= own.closure;
        }
    }
    let cost = instance.cost(&hidden);
    let bound = if solution.status() == SolutionStatus::Optimal {
        cost
    } else {
        let gap = solution.gap().unwrap_or(1.0).clamp(0.0, 1.0);
        (solution.objective() * (1.0 - gap) * unit).max(0.0) as i128
    };
    instance.is_met(&hidden).then_some((hidden, bound.min(cost)))
}

/// The nodes that need a variable and what they cost: one that no clause names and that another
/// takes along wherever any does is a part of that other's cost.
fn costs(instance: &Instance) -> BTreeMap<u32, i128> {
    let mut is_named = vec![false; instance.nodes.len()];
    instance.clauses.iter().flatten().for_each(|&node| is_named[node as usize] = true);
    let mut costs = BTreeMap::new();
    for nodes in &instance.places {
        for node in nodes.clone() {
            let own = &instance.nodes[node as usize];
            let takers = nodes.clone().filter(|&taker| {
                is_named[taker as usize]
                    && taker != node
                    && instance.nodes[taker as usize].closure & instance.bit(node) != 0
            });
            let takers: Vec<u32> = takers.collect();
            let takes = |taker: u32, node: u32| {
                instance.nodes[taker as usize].closure & instance.bit(node) != 0
            };
            let taker = takers.iter().copied().find(|&taker| {
                !is_named[node as usize] && takers.iter().all(|&other| takes(other, taker))
            });
            *costs.entry(taker.unwrap_or(node)).or_default() += own.cost;
        }
    }
    costs
}
