//! One small linear programme per small class (`secrecy.md`, "Checking R2"). Floating point finds
//! the proofs; `proof` alone decides whether they hold.

use std::collections::{BTreeMap, HashSet};

use microlp::{ComparisonOp, OptimizationDirection, Problem, Solution, Variable};

use super::classes::Classes;
use super::flow::circulation;
use super::proof::{Certificate, Witness};

/// Classes that are looked at first, then when a circulation is sought once more.
const FIRST: usize = 40;
const WIDER: usize = 160;

/// How many classes a programme takes each time it is widened.
const MORE: usize = 60;

/// Times that a programme is widened before the class counts as unproved.
const WIDENINGS: usize = 60;

/// Classes outside a programme that are weighed before the heaviest join it.
const WEIGHED: usize = 4_000;

/// Denominators that are tried when a solution is written in integers.
const DENOMINATORS: [i64; 10] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 60];

/// The largest weight of an integer solution: far from what would overflow.
const LARGEST: f64 = 1e12;

/// What is known of one small class.
pub(super) enum Verdict {
    Safe(Certificate),
    Exposed(Witness),
    /// Neither proof could be written in integers: it is treated as exposed.
    Unproved,
}

/// Proves that a class is safe, or that it is not.
///
/// A circulation through the nearest classes proves most. Else the programme begins with them;
/// while its best combination, laid on every class, spreads over others that it did not look at,
/// the heaviest of those join it.
pub(super) fn judge(classes: &Classes, class: u32, threshold: u64) -> Verdict {
    let mut local = classes.around(class, FIRST);
    if let Some(certificate) = by_circulation(classes, &local, threshold) {
        return Verdict::Safe(certificate);
    }
    for widening in 0..WIDENINGS {
        let found = combination(classes, &local, threshold);
        let Some((_, weights)) = found.filter(|(least, _)| *least < threshold as f64 - 1e-6) else {
            let Some(weights) = perturbation(classes, &local, threshold) else { break };
            let proof = in_denominators(&weights, |denominator, scaled| {
                let certificate = Certificate::new(denominator, &scaled, classes);
                certificate.proves(class, classes, threshold).then_some(certificate)
            });
            return proof.map_or(Verdict::Unproved, Verdict::Safe);
        };
        let witness = in_denominators(&weights, |_, scaled| {
            Witness::new(scaled).completed(class, classes, threshold)
        });
        if let Some(witness) = witness {
            return Verdict::Exposed(witness);
        }
        if widening == 0 {
            let wider = classes.around(class, WIDER);
            if let Some(certificate) = by_circulation(classes, &wider, threshold) {
                return Verdict::Safe(certificate);
            }
        }
        let before = local.len();
        join_heaviest(classes, &mut local, &weights);
        if local.len() == before {
            break;
        }
    }
    Verdict::Unproved
}

fn by_circulation(classes: &Classes, local: &[u32], threshold: u64) -> Option<Certificate> {
    let certificate = Certificate::new(1, &circulation(classes, local, threshold)?, classes);
    certificate.proves(local[0], classes, threshold).then_some(certificate)
}

/// Adds the classes outside on which a combination weighs most.
fn join_heaviest(classes: &Classes, local: &mut Vec<u32>, weights: &[(u32, f64)]) {
    let inside: HashSet<u32> = local.iter().copied().collect();
    let in_thousandths = |&(cell, weight): &(u32, f64)| (cell, (weight * 1000.0).round() as i64);
    let combination = Witness::new(weights.iter().map(in_thousandths));
    let mut heaviest: Vec<(u128, u32)> = combination
        .spread(classes)
        .filter(|(class, _)| !inside.contains(class) && classes.own_cell(*class).is_none())
        .take(WEIGHED)
        .map(|(class, weight)| {
            (weight.unsigned_abs() * u128::from(classes.households(class)), class)
        })
        .collect();
    heaviest.sort_unstable_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
    local.extend(heaviest.into_iter().take(MORE).map(|(_, class)| class));
}

/// The published cells that hold some of these classes, with those classes.
fn cells_of(classes: &Classes, local: &[u32]) -> BTreeMap<u32, Vec<usize>> {
    let mut cells: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, &class) in local.iter().enumerate() {
        for &cell in classes.cells(class) {
            cells.entry(cell).or_default().push(index);
        }
    }
    cells
}

/// Minimises `Σ |w_c| N(c)` over the combinations w of cells with `w = 1` on the first class and
/// `|w| ≤ 1` on the others, other classes left out: a lower bound of the whole. `None` where there
/// is no such combination.
fn combination(classes: &Classes, local: &[u32], threshold: u64) -> Option<(f64, Vec<(u32, f64)>)> {
    let cells = cells_of(classes, local);
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let weights: Vec<(u32, Variable)> = cells
        .keys()
        .map(|cell| (*cell, problem.add_var(0.0, (f64::NEG_INFINITY, f64::INFINITY))))
        .collect();
    let mut sums: Vec<Vec<(Variable, f64)>> = vec![Vec::new(); local.len()];
    for ((_, members), (_, weight)) in cells.iter().zip(&weights) {
        members.iter().for_each(|&member| sums[member].push((*weight, 1.0)));
    }
    for (index, (&class, sum)) in local.iter().zip(sums).enumerate() {
        if index == 0 {
            problem.add_constraint(sum.as_slice(), ComparisonOp::Eq, 1.0);
            continue;
        }
        // Far more than a combination can spread: this keeps coefficients near one another.
        let households = classes.households(class).min(1_000 * threshold) as f64;
        let size = problem.add_var(households, (0.0, 1.0));
        let mut below = sum.clone();
        below.push((size, -1.0));
        problem.add_constraint(below.as_slice(), ComparisonOp::Le, 0.0);
        let mut above = sum;
        above.push((size, 1.0));
        problem.add_constraint(above.as_slice(), ComparisonOp::Ge, 0.0);
    }
    let solution = solved(&problem)?;
    let least = solution.objective() + classes.households(local[0]) as f64;
    let values =
        weights.into_iter().map(|(cell, weight)| (cell, solution.var_value(weight))).collect();
    Some((least, values))
}

/// The dual: a perturbation y that no cell sees and that adds to the first class what it lacks.
fn perturbation(classes: &Classes, local: &[u32], threshold: u64) -> Option<Vec<(u32, f64)>> {
    let cells = cells_of(classes, local);
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let lacking = threshold.saturating_sub(classes.households(local[0])) as f64;
    let reach = (1_000 * threshold) as f64;
    // The gain is bounded, not the perturbation: more than what is lacking proves no more, and
    // without a bound a class that no combination singles out would have an infinite one.
    let mut gain: Vec<(Variable, f64)> = Vec::new();
    // For each class, the variables whose sum, with signs, is its perturbation.
    let mut parts: Vec<Vec<(Variable, f64)>> = Vec::with_capacity(local.len());
    for (index, &class) in local.iter().enumerate() {
        if index == 0 {
            let own = problem.add_var(1.0, (0.0, reach));
            gain.push((own, 1.0));
            parts.push(vec![(own, 1.0)]);
            continue;
        }
        let free = classes.households(class).min(1_000 * threshold) as f64;
        let within = problem.add_var(0.0, (-free, free));
        let above = problem.add_var(-1.0, (0.0, reach));
        let below = problem.add_var(-1.0, (0.0, reach));
        gain.extend([(above, -1.0), (below, -1.0)]);
        parts.push(vec![(within, 1.0), (above, 1.0), (below, -1.0)]);
    }
    problem.add_constraint(gain.as_slice(), ComparisonOp::Le, lacking);
    for members in cells.values() {
        let sum: Vec<(Variable, f64)> =
            members.iter().flat_map(|&member| parts[member].iter().copied()).collect();
        problem.add_constraint(sum.as_slice(), ComparisonOp::Eq, 0.0);
    }
    let solution = solved(&problem)?;
    let value = |terms: &Vec<(Variable, f64)>| {
        terms.iter().map(|(variable, sign)| sign * solution.var_value(*variable)).sum::<f64>()
    };
    let weights = local.iter().zip(&parts).map(|(&class, terms)| (class, value(terms)));
    Some(weights.collect())
}

fn solved(problem: &Problem) -> Option<Solution> {
    problem.solve().ok()?.into_solution().ok()
}

/// Offers the values as integers over each denominator that makes them whole, until one is accepted.
fn in_denominators<K: Copy, T>(
    values: &[(K, f64)],
    accept: impl Fn(i64, Vec<(K, i64)>) -> Option<T>,
) -> Option<T> {
    DENOMINATORS.into_iter().find_map(|denominator| {
        let scaled = values
            .iter()
            .map(|&(key, value)| {
                let exact = value * denominator as f64;
                let is_whole = (exact - exact.round()).abs() < 1e-4 && exact.abs() < LARGEST;
                is_whole.then_some((key, exact.round() as i64))
            })
            .collect::<Option<Vec<_>>>()?;
        accept(denominator, scaled)
    })
}
