//! The one-eleventh rule of small systems in exact arithmetic, as the oracle of the engine.
//!
//! `Σ_h |v_h| / max |v_h|` over the span of the published cells is smallest at a vertex of the polytope
//! of the vectors whose entries lie between −1 and 1. A vertex is what as many independent entries
//! say as the span has dimensions, each −1, 0 or 1: all of these are tried.

use std::collections::BTreeSet;

/// A fraction with a positive denominator.
pub type Fraction = (i128, i128);

/// Solves a square system in integers (fraction-free elimination, Bareiss 1968). The numerators of
/// the solution and their common denominator, or `None` where the matrix is singular.
fn solve(matrix: &[Vec<i128>], right: &[i128]) -> Option<(Vec<i128>, i128)> {
    let mut rows: Vec<Vec<i128>> = matrix.to_vec();
    rows.iter_mut().zip(right).for_each(|(row, value)| row.push(*value));
    let size = rows.len();
    let mut last = 1;
    for step in 0..size {
        let pivot = (step..size).find(|&row| rows[row][step] != 0)?;
        rows.swap(step, pivot);
        let own = rows[step].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(row, _)| *row != step) {
            let factor = row[step];
            for (entry, value) in row.iter_mut().zip(&own) {
                *entry = (own[step] * *entry - factor * value) / last;
            }
        }
        last = own[step];
    }
    Some((rows.iter().map(|row| row[size]).collect(), last))
}

/// Every way to take `most` of the numbers below `all`, each in rising order.
fn choices(all: usize, most: usize) -> impl Iterator<Item = Vec<usize>> {
    let sets = (0u32..1 << all).filter(move |set| set.count_ones() as usize == most);
    sets.map(move |set| (0..all).filter(|own| set >> own & 1 == 1).collect())
}

/// A basis of the span of the cells, and its entries on the atoms that hold somebody.
fn basis(households: &[u64], cells: &[Vec<usize>], published: &[bool]) -> Vec<Vec<i128>> {
    let atoms: Vec<usize> = (0..households.len()).filter(|&atom| households[atom] > 0).collect();
    let shown = cells.iter().zip(published).filter(|(_, shown)| **shown);
    let mut found: Vec<Vec<i128>> = Vec::new();
    for (cell, _) in shown {
        found.push(atoms.iter().map(|atom| i128::from(cell.contains(atom))).collect());
        let is_free = choices(atoms.len(), found.len()).any(|own| {
            let square: Vec<Vec<i128>> =
                found.iter().map(|row| own.iter().map(|&atom| row[atom]).collect()).collect();
            solve(&square, &vec![0; own.len()]).is_some()
        });
        if !is_free {
            found.pop();
        }
    }
    found
}

/// The least of `Σ_h |v_h| / max |v_h|` over the span of the published cells, in households; `None`
/// where nothing is published about anybody.
pub fn least(households: &[u64], cells: &[Vec<usize>], published: &[bool]) -> Option<Fraction> {
    let basis = basis(households, cells, published);
    let counts: Vec<i128> =
        households.iter().filter(|count| **count > 0).map(|count| i128::from(*count)).collect();
    let mut best: Option<Fraction> = None;
    for own in choices(counts.len(), basis.len()) {
        // Entry `i` of the vector is the sum of the basis's, each times its unknown.
        let square: Vec<Vec<i128>> =
            own.iter().map(|&atom| basis.iter().map(|row| row[atom]).collect()).collect();
        for code in 0..3i128.pow(basis.len() as u32) {
            let entries: Vec<i128> =
                (0..basis.len() as u32).map(|at| code / 3i128.pow(at) % 3 - 1).collect();
            let Some((unknowns, common)) = solve(&square, &entries) else { break };
            let entry = |atom: usize| -> i128 {
                unknowns.iter().zip(&basis).map(|(times, row)| times * row[atom]).sum()
            };
            let vector: Vec<i128> = (0..counts.len()).map(entry).collect();
            let largest = vector.iter().map(|entry| entry.abs()).max().unwrap_or(0);
            if largest == common.abs() {
                let total = vector.iter().zip(&counts).map(|(own, count)| own.abs() * count).sum();
                if best.is_none_or(|(least, divisor)| total * divisor < least * largest) {
                    best = Some((total, largest));
                }
            }
        }
    }
    best
}

/// Whether some combination gives a household more than one part of the threshold.
pub fn exposes(
    households: &[u64],
    cells: &[Vec<usize>],
    published: &[bool],
    threshold: u64,
) -> bool {
    let found = least(households, cells, published);
    found.is_some_and(|(total, largest)| total < i128::from(threshold) * largest)
}

/// Every set of cells that need only be hidden for the rule to hold, and of which none could be given
/// back alone with all the others hidden.
pub fn minimal_repairs(
    households: &[u64],
    cells: &[Vec<usize>],
    threshold: u64,
) -> BTreeSet<BTreeSet<usize>> {
    let mut found: BTreeSet<BTreeSet<usize>> = BTreeSet::new();
    for most in 0..=cells.len() {
        for hidden in choices(cells.len(), most) {
            let hidden: BTreeSet<usize> = hidden.into_iter().collect();
            let published: Vec<bool> = (0..cells.len()).map(|own| !hidden.contains(&own)).collect();
            let is_minimal = !found.iter().any(|smaller| smaller.is_subset(&hidden));
            if is_minimal && !exposes(households, cells, &published, threshold) {
                found.insert(hidden);
            }
        }
    }
    found
}
