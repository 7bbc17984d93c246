//! One component of the cover: exposures that share cells, and their cheapest answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use microlp::{
    ComparisonOp, OptimizationDirection, Problem, SolutionStatus, SolveOptions, Variable,
};

use super::Clause;
use super::sets::Sets;
use crate::secrecy::lattice::{Cell, Lattice};

/// Nodes that a component may take before its best known answer is kept: a count, so that the
/// same input gives the same mask on any machine.
const NODES: u64 = 300;

/// Clauses that one integer programme takes: a larger component is answered filter by filter.
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

/// The cheapest cells that meet every clause, with what they take along.
pub(super) fn solve(lattice: &Lattice, clauses: &[&Clause]) -> Answer {
    let kept = without_supersets(clauses);
    if let [clause] = kept.as_slice() {
        return single(lattice, clause, clauses.len());
    }
    let kept = without_dear(lattice, kept);
    if kept.len() > LARGE {
        return by_filter(lattice, kept, clauses.len());
    }
    let model = Model::new(lattice, &kept);
    let found = model.solve();
    let (chosen, bound) = found.unwrap_or_else(|| (greedy(lattice, &kept), Some(0)));
    let hidden: BTreeSet<Cell> = chosen.iter().flat_map(|&cell| lattice.closure(cell)).collect();
    let is_met = |clause: &Clause| clause.iter().any(|cell| hidden.contains(cell));
    if !kept.iter().all(is_met) {
        // A solver that does not converge hides more.
        let chosen = greedy(lattice, &kept);
        let hidden = chosen.iter().flat_map(|&cell| lattice.closure(cell)).collect();
        return answer(lattice, hidden, Some(0), clauses.len());
    }
    answer(lattice, hidden, bound, clauses.len())
}

fn answer(
    lattice: &Lattice,
    hidden: BTreeSet<Cell>,
    bound: Option<u128>,
    clauses: usize,
) -> Answer {
    let cost = hidden.iter().map(|&cell| lattice.cost(cell)).sum();
    let bound = bound.unwrap_or(cost).min(cost);
    Answer { hidden: hidden.into_iter().collect(), cost, bound, clauses }
}

/// The clauses without the cells that cost more than some whole answer: no cheapest one hides them.
fn without_dear(lattice: &Lattice, clauses: Vec<Clause>) -> Vec<Clause> {
    let answer = greedy(lattice, &clauses);
    let hidden: BTreeSet<Cell> = answer.iter().flat_map(|&cell| lattice.closure(cell)).collect();
    let most = hidden.iter().map(|&cell| lattice.cost(cell)).sum::<u128>();
    let kept = |mut clause: Clause| {
        clause.retain(|&cell| lattice.cost(cell) <= most);
        clause
    };
    let clauses: Vec<Clause> = clauses.into_iter().map(kept).collect();
    without_supersets(&clauses.iter().collect::<Vec<_>>())
}

/// The clauses of one filter after the other, parents first: what is hidden for one often answers
/// for the next. Those of one filter split into components that share none of its cells.
fn by_filter(lattice: &Lattice, clauses: Vec<Clause>, size: usize) -> Answer {
    let mut filters: BTreeMap<usize, Vec<Clause>> = BTreeMap::new();
    for clause in clauses {
        filters.entry(lattice.filter_of(clause[0])).or_default().push(clause);
    }
    let mut hidden: BTreeSet<Cell> = BTreeSet::new();
    // The clauses of one filter alone: what they cost is a bound of the whole.
    let mut bound = 0;
    for (number, (_, clauses)) in filters.into_iter().enumerate() {
        let open: Vec<Clause> = clauses
            .into_iter()
            .filter(|clause| !clause.iter().any(|cell| hidden.contains(cell)))
            .collect();
        for component in apart(lattice, &open) {
            let model = Model::new(lattice, &component);
            let found = (component.len() <= LARGE).then(|| model.solve()).flatten();
            let (chosen, least) = found.unwrap_or_else(|| (greedy(lattice, &component), Some(0)));
            let taken: BTreeSet<Cell> =
                chosen.iter().flat_map(|&cell| lattice.closure(cell)).collect();
            let is_met = |clause: &Clause| clause.iter().any(|cell| taken.contains(cell));
            if component.iter().all(is_met) {
                if number == 0 {
                    let cost = taken.iter().map(|&cell| lattice.cost(cell)).sum();
                    bound += least.unwrap_or(cost).min(cost);
                }
                hidden.extend(taken);
            } else {
                let chosen = greedy(lattice, &component);
                hidden.extend(chosen.iter().flat_map(|&cell| lattice.closure(cell)));
            }
        }
    }
    answer(lattice, hidden, Some(bound), size)
}

/// Clauses that share cells or what these take along, together.
fn apart(lattice: &Lattice, clauses: &[Clause]) -> Vec<Vec<Clause>> {
    let mut sets = Sets::default();
    clauses.iter().for_each(|clause| sets.bind(clause, lattice));
    let mut groups: BTreeMap<Cell, Vec<Clause>> = BTreeMap::new();
    for clause in clauses {
        groups.entry(sets.leader(clause[0])).or_default().push(clause.clone());
    }
    groups.into_values().collect()
}

/// One clause alone: its cheapest cell.
fn single(lattice: &Lattice, clause: &Clause, clauses: usize) -> Answer {
    let cost = |cells: &Vec<Cell>| cells.iter().map(|&cell| lattice.cost(cell)).sum::<u128>();
    let cheapest = clause
        .iter()
        .map(|&cell| lattice.closure(cell))
        .min_by_key(|cells| (cost(cells), cells.clone()))
        .unwrap_or_default();
    answer(lattice, cheapest.into_iter().collect(), None, clauses)
}

/// The integer programme of a component.
struct Model {
    problem: Problem,
    variables: BTreeMap<Cell, Variable>,
    /// What one unit of the objective is, in millionths.
    unit: f64,
}

impl Model {
    fn new(lattice: &Lattice, clauses: &[Clause]) -> Model {
        let named: BTreeSet<Cell> = clauses.iter().flatten().copied().collect();
        let mut costs: BTreeMap<Cell, u128> = BTreeMap::new();
        for &cell in &named {
            for under in lattice.closure(cell) {
                costs.insert(under, lattice.cost(under));
            }
        }
        let mut above: HashMap<Cell, Vec<Cell>> = HashMap::new();
        for &cell in costs.keys() {
            lattice.children(cell).for_each(|child| above.entry(child).or_default().push(cell));
        }
        // A cell that no clause names and that one other alone takes along is a part of its cost.
        let unnamed: Vec<Cell> =
            costs.keys().rev().filter(|cell| !named.contains(cell)).copied().collect();
        for cell in unnamed {
            let has_children = lattice.children(cell).any(|child| costs.contains_key(&child));
            let parents: Vec<Cell> = above.get(&cell).into_iter().flatten().copied().collect();
            if let ([parent], false) = (parents.as_slice(), has_children)
                && let Some(cost) = costs.remove(&cell)
            {
                *costs.entry(*parent).or_default() += cost;
            }
        }
        let largest = costs.values().max().copied().unwrap_or(1).max(1);
        let unit = (largest as f64 / 1e4).max(1.0);
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let variables: BTreeMap<Cell, Variable> = costs
            .iter()
            .map(|(&cell, &cost)| (cell, problem.add_binary_var(cost as f64 / unit)))
            .collect();
        for clause in clauses {
            let sum: Vec<_> = clause.iter().map(|cell| (variables[cell], 1.0)).collect();
            problem.add_constraint(sum.as_slice(), ComparisonOp::Ge, 1.0);
        }
        for (&cell, &variable) in &variables {
            for child in lattice.children(cell).filter_map(|child| variables.get(&child)) {
                let takes_along = [(*child, 1.0), (variable, -1.0)];
                problem.add_constraint(takes_along.as_slice(), ComparisonOp::Ge, 0.0);
            }
        }
        Model { problem, variables, unit }
    }

    /// The cells chosen, and a bound where they were not proved the cheapest.
    fn solve(&self) -> Option<(Vec<Cell>, Option<u128>)> {
        let mut options = SolveOptions::default();
        options.node_limit = Some(NODES);
        let solution = self.problem.solve_with(options).ok()?.into_solution().ok()?;
        let chosen = self
            .variables
            .iter()
            .filter(|(_, variable)| solution.var_value(**variable) > 0.5)
            .map(|(&cell, _)| cell)
            .collect();
        let is_proved = solution.status() == SolutionStatus::Optimal;
        let bound = (!is_proved).then(|| {
            let gap = solution.gap().unwrap_or(1.0).clamp(0.0, 1.0);
            (solution.objective() * (1.0 - gap) * self.unit).max(0.0) as u128
        });
        Some((chosen, bound))
    }
}

/// The cell that meets most clauses for its cost, until all are met.
fn greedy(lattice: &Lattice, clauses: &[Clause]) -> Vec<Cell> {
    /// What a cell costs with what it takes along, the clauses that name it, how many are open.
    type Named = (u128, Vec<usize>, u128);
    let mut cells: BTreeMap<Cell, Named> = BTreeMap::new();
    for (number, clause) in clauses.iter().enumerate() {
        for &cell in clause {
            let named = cells.entry(cell).or_insert_with(|| {
                let taken = lattice.closure(cell);
                (taken.iter().map(|&cell| lattice.cost(cell)).sum(), Vec::new(), 0)
            });
            named.1.push(number);
            named.2 += 1;
        }
    }
    let mut is_open = vec![true; clauses.len()];
    let mut hidden = Vec::new();
    loop {
        // cost/met, compared without division.
        let useful = cells.iter().filter(|(_, (_, _, open))| *open > 0);
        let best = useful.min_by(|(_, left), (_, right)| {
            left.0.saturating_mul(right.2).cmp(&right.0.saturating_mul(left.2))
        });
        let Some((&best, _)) = best else { return hidden };
        for taken in lattice.closure(best) {
            let met = cells.get(&taken).map_or(Vec::new(), |named| named.1.clone());
            for number in met {
                if std::mem::replace(&mut is_open[number], false) {
                    for cell in &clauses[number] {
                        cells.entry(*cell).and_modify(|named| named.2 -= 1);
                    }
                }
            }
        }
        hidden.push(best);
    }
}

/// The clauses that hold no other whole.
fn without_supersets(clauses: &[&Clause]) -> Vec<Clause> {
    let mut sorted: Vec<&Clause> = clauses.to_vec();
    sorted.sort_by(|left, right| left.len().cmp(&right.len()).then(left.cmp(right)));
    let mut kept: Vec<Clause> = Vec::with_capacity(sorted.len());
    // The kept clauses by their smallest cell: a subset of a clause begins with one of its cells.
    let mut by_first: HashMap<Cell, Vec<usize>> = HashMap::new();
    for clause in sorted {
        let is_covered = clause
            .iter()
            .filter_map(|cell| by_first.get(cell))
            .flatten()
            .any(|&at| kept[at].iter().all(|cell| clause.binary_search(cell).is_ok()));
        if !is_covered {
            by_first.entry(clause[0]).or_default().push(kept.len());
            kept.push(clause.clone());
        }
    }
    kept
}
