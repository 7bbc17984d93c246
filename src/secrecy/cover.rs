//! What to hide: the cheapest set of places that meets every exposure.
//!
//! Every exposure is a clause, "one of these must be hidden", valid whatever else is hidden; the
//! cheapest mask is a minimum-cost hitting set (Fischetti and Salazar's master problem). It
//! splits into components that share no place.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolutionStatus, SolveOptions};

/// Nodes that a component may take before its best known answer is kept: a count, so that the
/// same input gives the same mask on any machine.
const NODES: u64 = 20_000;

/// Places of which one must be hidden, sorted.
pub(super) type Clause = Vec<u32>;

/// A hitting set of one component.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    hidden: Vec<u32>,
    is_proved: bool,
}

/// Every exposure found so far, and what hides them all at the least cost.
pub(super) struct Cover<'a> {
    costs: &'a [u128],
    clauses: BTreeSet<Clause>,
    /// Components that did not change since they were solved.
    solved: HashMap<Vec<Clause>, Answer>,
}

impl<'a> Cover<'a> {
    /// No exposure yet.
    pub(super) fn new(costs: &'a [u128]) -> Cover<'a> {
        Cover { costs, clauses: BTreeSet::new(), solved: HashMap::new() }
    }

    /// Adds an exposure; says whether it is new.
    pub(super) fn add(&mut self, clause: Clause) -> bool {
        self.clauses.insert(clause)
    }

    /// The cheapest places that meet every clause, and whether each component was proved.
    pub(super) fn solve(&mut self) -> (BTreeSet<u32>, bool) {
        let mut known = std::mem::take(&mut self.solved);
        let mut hidden = BTreeSet::new();
        let mut is_proved = true;
        for component in components(&self.clauses) {
            let answer = match known.remove(&component) {
                Some(answer) => answer,
                None => self.answer(&component),
            };
            hidden.extend(&answer.hidden);
            is_proved &= answer.is_proved;
            self.solved.insert(component, answer);
        }
        (hidden, is_proved)
    }

    fn answer(&self, clauses: &[Clause]) -> Answer {
        let places: BTreeSet<u32> = clauses.iter().flatten().copied().collect();
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let cost = |place: u32| self.costs[place as usize] as f64 / 1000.0;
        let variables: BTreeMap<u32, _> =
            places.iter().map(|&place| (place, problem.add_binary_var(cost(place)))).collect();
        for clause in clauses {
            let sum: Vec<_> = clause.iter().map(|place| (variables[place], 1.0)).collect();
            problem.add_constraint(sum.as_slice(), ComparisonOp::Ge, 1.0);
        }
        let mut options = SolveOptions::default();
        options.node_limit = Some(NODES);
        let solution =
            problem.solve_with(options).ok().and_then(|outcome| outcome.into_solution().ok());
        let Some(solution) = solution else {
            // A solver that does not converge hides more.
            return Answer { hidden: self.greedy(clauses), is_proved: false };
        };
        let hidden: Vec<u32> = variables
            .iter()
            .filter(|(_, variable)| solution.var_value(**variable) > 0.5)
            .map(|(&place, _)| place)
            .collect();
        if clauses.iter().any(|clause| !clause.iter().any(|place| hidden.contains(place))) {
            return Answer { hidden: self.greedy(clauses), is_proved: false };
        }
        Answer { hidden, is_proved: solution.status() == SolutionStatus::Optimal }
    }

    /// The place that meets most clauses for its cost, until all are met.
    fn greedy(&self, clauses: &[Clause]) -> Vec<u32> {
        let mut open: Vec<&Clause> = clauses.iter().collect();
        let mut hidden = Vec::new();
        while !open.is_empty() {
            let mut met: BTreeMap<u32, u128> = BTreeMap::new();
            open.iter().flat_map(|clause| clause.iter()).for_each(|&place| {
                *met.entry(place).or_default() += 1;
            });
            // cost/met, compared without division.
            let best = met.iter().min_by(|(left, met_left), (right, met_right)| {
                let (left, right) = (self.costs[**left as usize], self.costs[**right as usize]);
                left.saturating_mul(**met_right).cmp(&right.saturating_mul(**met_left))
            });
            let Some((&best, _)) = best else { break };
            hidden.push(best);
            open.retain(|clause| !clause.contains(&best));
        }
        hidden
    }
}

/// Clauses that share places, together; a clause that holds another whole is dropped.
fn components(clauses: &BTreeSet<Clause>) -> Vec<Vec<Clause>> {
    let mut leader: HashMap<u32, u32> = HashMap::new();
    fn find(leader: &mut HashMap<u32, u32>, place: u32) -> u32 {
        let mut at = place;
        while let Some(&above) = leader.get(&at).filter(|above| **above != at) {
            at = above;
        }
        leader.insert(place, at);
        at
    }
    for clause in clauses {
        for pair in clause.windows(2) {
            let (one, other) = (find(&mut leader, pair[0]), find(&mut leader, pair[1]));
            leader.insert(one.max(other), one.min(other));
        }
    }
    let mut groups: BTreeMap<u32, Vec<Clause>> = BTreeMap::new();
    for clause in clauses {
        groups.entry(find(&mut leader, clause[0])).or_default().push(clause.clone());
    }
    groups.into_values().map(without_supersets).collect()
}

fn without_supersets(mut clauses: Vec<Clause>) -> Vec<Clause> {
    clauses.sort_by(|left, right| left.len().cmp(&right.len()).then(left.cmp(right)));
    let mut kept: Vec<Clause> = Vec::with_capacity(clauses.len());
    for clause in clauses {
        let holds =
            |smaller: &Clause| smaller.iter().all(|place| clause.binary_search(place).is_ok());
        if !kept.iter().any(holds) {
            kept.push(clause);
        }
    }
    kept
}
