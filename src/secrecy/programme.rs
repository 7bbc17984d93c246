//! One small linear programme per small class (`secrecy.md`, "Checking R2"). Floating point finds
//! the proofs; `proof` alone decides whether they hold.

use std::collections::BTreeMap;

use microlp::{ComparisonOp, OptimizationDirection, Problem, Solution, Variable};

use super::places::Cell;
use super::proof::{Certificate, Witness};
use super::system::Classes;

/// How many classes a programme looks at, widened until a proof is found.
const NEIGHBOURHOODS: [usize; 5] = [24, 80, 300, 1_200, 5_000];

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
pub(super) fn judge(classes: &Classes, class: u32, threshold: u64) -> Verdict {
    for limit in NEIGHBOURHOODS {
        let local = classes.around(class, limit);
        match combination(classes, &local, threshold) {
            Some((least, weights)) if least < threshold as f64 - 1e-6 => {
                if let Some(witness) = in_integers(&weights, |scaled| {
                    let witness = Witness::new(scaled);
                    witness.exposes(classes, threshold).then_some(witness)
                }) {
                    return Verdict::Exposed(witness);
                }
            }
            _ => {
                if let Some(weights) = perturbation(classes, &local, threshold) {
                    let proof = in_denominators(&weights, |denominator, scaled| {
                        let certificate = Certificate::new(denominator, &scaled, classes);
                        certificate.proves(class, classes, threshold).then_some(certificate)
                    });
                    if let Some(certificate) = proof {
                        return Verdict::Safe(certificate);
                    }
                }
            }
        }
        if local.len() < limit {
            break;
        }
    }
    Verdict::Unproved
}

/// The published cells that hold some of these classes, with those classes.
fn cells_of(classes: &Classes, local: &[u32]) -> BTreeMap<Cell, Vec<usize>> {
    let mut cells: BTreeMap<Cell, Vec<usize>> = BTreeMap::new();
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
fn combination(
    classes: &Classes,
    local: &[u32],
    threshold: u64,
) -> Option<(f64, Vec<(Cell, f64)>)> {
    let cells = cells_of(classes, local);
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let weights: Vec<(Cell, Variable)> = cells
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

fn in_integers<K: Copy, T>(
    values: &[(K, f64)],
    accept: impl Fn(Vec<(K, i64)>) -> Option<T>,
) -> Option<T> {
    in_denominators(values, |_, scaled| accept(scaled))
}

/// Offers the values, multiplied and rounded, for each denominator until one is accepted.
fn in_denominators<K: Copy, T>(
    values: &[(K, f64)],
    accept: impl Fn(i64, Vec<(K, i64)>) -> Option<T>,
) -> Option<T> {
    DENOMINATORS.into_iter().find_map(|denominator| {
        let scaled = values
            .iter()
            .map(|&(key, value)| {
                let scaled = (value * denominator as f64).round();
                (scaled.abs() < LARGEST).then_some((key, scaled as i64))
            })
            .collect::<Option<Vec<_>>>()?;
        accept(denominator, scaled)
    })
}
