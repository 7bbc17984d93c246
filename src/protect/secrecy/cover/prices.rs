//! Lower bounds of an instance by prices on its clauses, and what they settle for good.
//!
//! Each clause is given a price y ≥ 0. What any answer costs is at least Σ y plus, over the places,
//! the least that a set of nodes closed under R9 can cost once the prices of the clauses that each
//! node meets are taken off: Lagrange's relaxation of the clauses. It falls apart by place, so it is
//! exact and small; its best value is that of the linear relaxation, whose dual gives the prices
//! (Caprara, Fischetti and Toth 2000, *Algorithms for the set covering problem*). Floating point only
//! looks for prices: the bound and what it settles are added up in integers.

use std::iter::Sum;
use std::ops::{Add, Sub};

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

use super::closure;
use super::instance::{Hidden, Instance, Mask};

/// Clauses that one programme prices: what it takes grows faster than they do.
const PRICED: usize = 4_000;

/// Seeds of one place among whose unions the least is looked for one by one.
const SEEDS: usize = 5;

/// Prices and the bound that they prove.
pub(super) struct Prices {
    /// By clause.
    prices: Vec<i128>,
    /// What every cost is a multiple of, so the cost of any answer.
    unit: i128,
    /// Their value, before it is rounded up to what an answer can cost.
    value: i128,
    /// No answer costs less.
    pub bound: i128,
}

/// What is true of every answer cheaper than the best one known.
#[derive(PartialEq)]
pub(super) struct Fixed {
    /// Nodes that each of them hides.
    pub hidden: Hidden,
    /// Nodes that none of them hides.
    pub refused: Vec<bool>,
    pub is_any: bool,
}

impl Prices {
    /// The best prices, or good ones where the clauses are too many for one programme.
    pub(super) fn new(instance: &Instance) -> Prices {
        Prices::by_parts(instance, PRICED)
    }

    /// Prices of at most so many clauses at a time: the next ones are paid from what is left of the
    /// costs, so all together never ask more of a node than it costs.
    pub(super) fn by_parts(instance: &Instance, most: usize) -> Prices {
        let unit = instance.unit();
        let mut left: Vec<f64> =
            instance.nodes.iter().map(|node| (node.cost / unit) as f64).collect();
        let mut prices = vec![0; instance.clauses.len()];
        // Nodes stand place by place: clauses that begin near each other share more of them.
        let mut order: Vec<usize> = (0..instance.clauses.len()).collect();
        order.sort_by_key(|&clause| instance.clauses[clause].first());
        for clauses in order.chunks(most) {
            let found = by_programme(instance, clauses, &mut left).unwrap_or_default();
            for (&clause, price) in clauses.iter().zip(found) {
                prices[clause] = (price * unit as f64).max(0.0).floor() as i128;
            }
        }
        let mut prices = Prices { prices, unit, value: 0, bound: 0 };
        let weights = prices.weights(instance);
        prices.value = prices.prices.iter().sum::<i128>()
            + (0..instance.places.len())
                .map(|place| least_closed(instance, place, &weights, 0, 0).0)
                .sum::<i128>();
        prices.bound = prices.rounded_up(prices.value);
        prices
    }

    /// The least multiple of the unit that is no less.
    fn rounded_up(&self, bound: i128) -> i128 {
        (bound + self.unit - 1).div_euclid(self.unit) * self.unit
    }

    /// By node, its cost less the prices of the clauses that name it.
    pub(super) fn weights(&self, instance: &Instance) -> Vec<i128> {
        let mut weights: Vec<i128> = instance.nodes.iter().map(|node| node.cost).collect();
        for (clause, price) in instance.clauses.iter().zip(&self.prices) {
            clause.iter().for_each(|&node| weights[node as usize] -= price);
        }
        weights
    }

    /// What every answer that costs less than `upper` hides, and what none does: the other choice
    /// alone would lift the bound to `upper`.
    pub(super) fn fix_by_reduced_cost(&self, instance: &Instance, upper: i128) -> Fixed {
        let weights = self.weights(instance);
        let mut settled = Fixed {
            hidden: vec![0; instance.places.len()],
            refused: vec![false; instance.nodes.len()],
            is_any: false,
        };
        let mut is_named = vec![false; instance.nodes.len()];
        instance.clauses.iter().flatten().for_each(|&node| is_named[node as usize] = true);
        for (place, nodes) in instance.places.iter().enumerate() {
            let (least, _) = least_closed(instance, place, &weights, 0, 0);
            for node in nodes.clone().filter(|&node| is_named[node as usize]) {
                let own = &instance.nodes[node as usize];
                let (with, _) = least_closed(instance, place, &weights, own.closure, 0);
                let (without, _) = least_closed(instance, place, &weights, 0, instance.bit(node));
                let reaches =
                    |least_so: i128| self.rounded_up(self.value - least + least_so) >= upper;
                if reaches(with) {
                    settled.refused[node as usize] = true;
                    settled.is_any = true;
                } else if reaches(without) {
                    settled.hidden[place] |= own.closure;
                    settled.is_any = true;
                }
            }
        }
        settled
    }
}

/// The dual of the linear relaxation of some clauses: a price for each, in units, and a flow from each
/// node to each one right under it, which may pay for it. Takes what they ask for from `left`.
fn by_programme(instance: &Instance, clauses: &[usize], left: &mut [f64]) -> Option<Vec<f64>> {
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let mut paid: Vec<Vec<(Variable, f64)>> = vec![Vec::new(); instance.nodes.len()];
    let mut used: Hidden = vec![0; instance.places.len()];
    let mut prices = Vec::with_capacity(clauses.len());
    for &clause in clauses {
        let price = problem.add_var(1.0, (0.0, f64::INFINITY));
        for &node in &instance.clauses[clause] {
            paid[node as usize].push((price, 1.0));
            let own = &instance.nodes[node as usize];
            used[own.place as usize] |= own.closure;
        }
        prices.push(price);
    }
    let places = used.iter().enumerate();
    for node in places.flat_map(|(place, &mask)| instance.nodes_of(place, mask)) {
        for under in instance.right_under(node) {
            let flow = problem.add_var(0.0, (0.0, f64::INFINITY));
            paid[node as usize].push((flow, -1.0));
            paid[under as usize].push((flow, 1.0));
        }
    }
    for (paid, left) in paid.iter().zip(left.iter()).filter(|entry| !entry.0.is_empty()) {
        problem.add_constraint(paid.as_slice(), ComparisonOp::Le, *left);
    }
    let solution = problem.solve().ok()?.into_solution().ok()?;
    for (paid, left) in paid.iter().zip(left) {
        let asked: f64 = paid.iter().map(|(own, sign)| sign * solution.var_value(*own)).sum();
        *left = (*left - asked).max(0.0);
    }
    Some(prices.into_iter().map(|price| solution.var_value(price)).collect())
}

/// The least that closed nodes of a place weigh together, those of `with` among them and none of
/// `without`. Few seeds are tried one by one; more are a closure problem, so a minimum cut.
fn least_closed<W>(
    instance: &Instance,
    place: usize,
    weights: &[W],
    with: Mask,
    without: Mask,
) -> (W, Mask)
where
    W: Copy + Default + PartialOrd + Add<Output = W> + Sub<Output = W> + Sum,
{
    let zero = W::default();
    let sum = |mask: Mask| -> W {
        instance.nodes_of(place, mask).map(|node| weights[node as usize]).sum()
    };
    let closures = instance.places[place]
        .clone()
        .filter(|&node| weights[node as usize] < zero)
        .map(|node| instance.nodes[node as usize].closure & !with)
        .filter(|&closure| closure != 0 && closure & without == 0);
    let seeds: Vec<Mask> = closures.collect();
    let fixed = sum(with);
    if seeds.is_empty() {
        return (fixed, with);
    }
    let mask = if seeds.len() > SEEDS {
        let start = instance.places[place].start;
        closure::least(&seeds, |bit| weights[(start + bit) as usize])
    } else {
        let mut unions: Vec<(W, Mask)> = vec![(zero, 0)];
        for closure in seeds {
            for at in 0..unions.len() {
                let (weight, mask) = unions[at];
                let more = closure & !mask;
                if more != 0 {
                    unions.push((weight + sum(more), mask | more));
                }
            }
        }
        let mut least = (zero, 0);
        for union in unions {
            if union.0 < least.0 {
                least = union;
            }
        }
        least.1
    };
    (fixed + sum(mask), with | mask)
}
