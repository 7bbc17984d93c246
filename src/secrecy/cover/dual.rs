//! Lower bounds of an instance by prices on its clauses, and what they settle for good.
//!
//! Each clause is given a price y ≥ 0. What any answer costs is at least Σ y plus, over the places,
//! the least that a set of nodes closed under R9 can cost once the prices of the clauses that each
//! node meets are taken off: Lagrange's relaxation of the clauses. It falls apart by place, so it is
//! exact and small; its best value is that of the linear relaxation. Prices climb by subgradients
//! (Held and Karp), as is usual for set covering (Caprara, Fischetti and Toth). Floating point only
//! looks for prices: the bound and what it settles are added up in integers.

use std::iter::Sum;
use std::ops::{Add, Sub};

use super::closure;
use super::greedy;
use super::instance::{Hidden, Instance, Mask};

/// Steps of the climb.
pub(super) const STEPS: usize = 600;
/// Steps that are enough while exposures are still being found.
pub(super) const FEW_STEPS: usize = 120;
/// Steps without a better bound after which steps get shorter.
const PATIENCE: usize = 12;
/// The length under which steps no longer help.
const SHORTEST: f64 = 1e-3;
/// Between two answers that prices suggest.
const EVERY: usize = 10;
/// Seeds of one place among whose unions the least is looked for one by one.
const SEEDS: usize = 5;

/// Prices in integers and the bound that they prove.
pub(super) struct Dual {
    prices: Vec<i128>,
    /// The same before they were made integers, to climb from once more.
    pub found_at: Vec<f64>,
    /// What every cost is a multiple of, so the cost of any answer.
    unit: i128,
    /// Their value, before it is rounded up to what an answer can cost.
    value: i128,
    /// No answer costs less.
    pub bound: i128,
}

/// What is true of every answer cheaper than the best one known.
pub(super) struct Settled {
    /// Nodes that each of them hides.
    pub hidden: Hidden,
    /// Nodes that none of them hides.
    pub refused: Vec<bool>,
    pub is_any: bool,
}

/// Climbs until the bound shows that no answer is cheaper than `best`, and makes that cheaper where
/// the prices lead to a cheaper answer.
pub(super) fn climb(instance: &Instance, best: &mut Hidden, steps: usize) -> Dual {
    let mut upper = instance.cost(best);
    let unit = instance.nodes.iter().fold(0, |unit, node| gcd(unit, node.cost)).max(1);
    let costs: Vec<f64> = instance.nodes.iter().map(|node| node.cost as f64).collect();
    let mut prices = first_prices(instance, &costs);
    for (price, known) in prices.iter_mut().zip(&instance.prices) {
        *price = if *known > 0.0 { *known } else { *price };
    }
    let (mut found, mut found_at) = (f64::NEG_INFINITY, prices.clone());
    let (mut length, mut idle) = (1.0f64, 0);
    for step in 0..steps {
        let mut weights = costs.clone();
        for (clause, price) in instance.clauses.iter().zip(&prices) {
            clause.iter().for_each(|&node| weights[node as usize] -= price);
        }
        let (mut bound, mut chosen) = (prices.iter().sum::<f64>(), Vec::new());
        for place in 0..instance.places.len() {
            let (least, mask) = least_closed(instance, place, &weights, 0, 0);
            bound += least;
            chosen.push(mask);
        }
        if bound > found {
            idle = if bound > found * (1.0 + 1e-6) { 0 } else { idle + 1 };
            found = bound;
            found_at.clone_from(&prices);
        } else {
            idle += 1;
        }
        if step % EVERY == 0 {
            let answer = greedy::answer(instance, chosen.clone(), &weights);
            let cost = instance.cost(&answer);
            if cost < upper {
                (upper, *best) = (cost, answer);
            }
        }
        if idle >= PATIENCE {
            (length, idle) = (length / 2.0, 0);
            prices.clone_from(&found_at);
        }
        let open: Vec<f64> = instance
            .clauses
            .iter()
            .map(|clause| clause.iter().filter(|&&node| instance.is_hidden(&chosen, node)).count())
            .map(|met| 1.0 - met as f64)
            .collect();
        let norm: f64 = open.iter().map(|miss| miss * miss).sum();
        let is_enough = bound > upper as f64 - unit as f64 / 2.0;
        if norm == 0.0 || is_enough || length < SHORTEST {
            break;
        }
        let room = upper as f64 * 1.002 - bound;
        let pace = length * room / norm;
        prices
            .iter_mut()
            .zip(&open)
            .for_each(|(price, miss)| *price = (*price + pace * miss).max(0.0));
    }
    let prices: Vec<i128> = found_at.iter().map(|price| price.floor() as i128).collect();
    let mut dual = Dual { prices, found_at, unit, value: 0, bound: 0 };
    let weights = dual.weights(instance);
    dual.value = dual.prices.iter().sum::<i128>()
        + (0..instance.places.len())
            .map(|place| least_closed(instance, place, &weights, 0, 0).0)
            .sum::<i128>();
    dual.bound = dual.rounded_up(dual.value);
    dual
}

impl Dual {
    /// The least multiple of the unit that is no less.
    fn rounded_up(&self, bound: i128) -> i128 {
        (bound + self.unit - 1).div_euclid(self.unit) * self.unit
    }

    fn weights(&self, instance: &Instance) -> Vec<i128> {
        let mut weights: Vec<i128> = instance.nodes.iter().map(|node| node.cost).collect();
        for (clause, price) in instance.clauses.iter().zip(&self.prices) {
            clause.iter().for_each(|&node| weights[node as usize] -= price);
        }
        weights
    }

    /// What every answer that costs less than `upper` hides, and what none does: the other choice
    /// alone would lift the bound to `upper`.
    pub(super) fn settle(&self, instance: &Instance, upper: i128) -> Settled {
        let weights = self.weights(instance);
        let mut settled = Settled {
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

fn gcd(mut left: i128, mut right: i128) -> i128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}

/// The price of a clause is the least share that one of its nodes asks of each clause it meets.
fn first_prices(instance: &Instance, costs: &[f64]) -> Vec<f64> {
    let mut met = vec![0.0; costs.len()];
    instance.clauses.iter().flatten().for_each(|&node| met[node as usize] += 1.0);
    let share = |&node: &u32| costs[node as usize] / met[node as usize];
    instance
        .clauses
        .iter()
        .map(|clause| clause.iter().map(share).fold(f64::INFINITY, f64::min))
        .collect()
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
