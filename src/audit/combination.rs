//! The combination of published cells that tells of an exposed set, in integers.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::field;
use super::residuals::Residuals;
use super::system::System;

/// How many rows a neighbourhood holds, in turn.
const NEIGHBOURHOODS: [usize; 6] = [8, 24, 80, 240, 720, 2_000];

/// `(Σ coefficient × cell) / divisor` is 0 outside a set of classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Combination {
    /// Cell numbers with their coefficients, none 0.
    pub terms: Vec<(u32, i64)>,
    pub divisor: i64,
    /// Households in the classes where the combination is not 0.
    pub households: u64,
}

/// Finds a combination that is 0 outside `exposed` and not inside, and proves it by additions.
pub fn find(system: &System, residuals: &Residuals, exposed: &[u32]) -> Option<Combination> {
    let inside: HashSet<u32> = exposed.iter().copied().collect();
    let mut last = 0;
    for size in NEIGHBOURHOODS {
        let rows = nearest(residuals, exposed, size);
        if rows.len() == last {
            return None;
        }
        last = rows.len();
        let Some(terms) = solve(residuals, &rows, &inside) else { continue };
        if let Some(found) = check(system, in_cells(residuals, terms), &inside) {
            return Some(found);
        }
    }
    None
}

/// The rows nearest to a set of classes, the short ones first at each distance.
fn nearest(residuals: &Residuals, from: &[u32], size: usize) -> Vec<u32> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    let mut frontier: Vec<u32> = from.to_vec();
    let mut crossed: HashSet<u32> = from.iter().copied().collect();
    while found.len() < size && !frontier.is_empty() {
        let of_class = |class: &u32| residuals.of_class(*class);
        let mut ring: Vec<u32> = frontier.iter().flat_map(of_class).copied().collect();
        ring.sort_unstable();
        ring.dedup();
        ring.retain(|row| seen.insert(*row));
        let left = |row: &u32| &residuals.rows()[*row as usize].left;
        ring.sort_by_key(|row| (left(row).len(), *row));
        ring.truncate(size - found.len());
        frontier = ring.iter().flat_map(left).copied().collect();
        frontier.retain(|class| crossed.insert(*class));
        found.extend(ring);
    }
    found
}

/// Rows written out as the cells they are made of.
fn in_cells(residuals: &Residuals, terms: Vec<(u32, u64)>) -> Vec<(u32, u64)> {
    let mut cells = BTreeMap::new();
    for (row, value) in terms {
        let row = &residuals.rows()[row as usize];
        subtract(&mut cells, &BTreeMap::from([(row.cell, 1)]), field::sub(0, value));
        subtract(&mut cells, &row.parts.iter().map(|part| (*part, 1)).collect(), value);
    }
    cells.into_iter().collect()
}

/// Coefficients of the rows, modulo the prime: 0 outside, not 0 inside.
///
/// Rows are added one by one to a basis of the row space outside the set; the first that is a sum
/// of those before it there, but not inside the set, makes the combination. It is unique, so each
/// of its rows is needed.
fn solve(residuals: &Residuals, cells: &[u32], inside: &HashSet<u32>) -> Option<Vec<(u32, u64)>> {
    let chosen: HashMap<u32, usize> = cells.iter().copied().zip(0..).collect();
    // Classes in the same chosen cells are one equation.
    let mut equations: HashMap<(Vec<usize>, Option<u32>), u32> = HashMap::new();
    let mut rows: Vec<BTreeMap<u32, u64>> = vec![BTreeMap::new(); cells.len()];
    let mut is_inside = Vec::new();
    let mut done = HashSet::new();
    for class in cells.iter().flat_map(|row| &residuals.rows()[*row as usize].left) {
        if !done.insert(*class) {
            continue;
        }
        let own = residuals.of_class(*class).iter();
        let own: Vec<usize> = own.filter_map(|cell| chosen.get(cell).copied()).collect();
        let here = inside.contains(class).then_some(*class);
        let next = equations.len() as u32;
        equations.entry((own.clone(), here)).or_insert_with(|| {
            own.iter().for_each(|row| {
                rows[*row].insert(next, 1);
            });
            is_inside.push(here.is_some());
            next
        });
    }
    // By pivot column.
    let mut basis: BTreeMap<u32, Made> = BTreeMap::new();
    for (number, mut row) in rows.into_iter().enumerate() {
        let mut made = BTreeMap::from([(number, 1)]);
        let outside = |row: &BTreeMap<u32, u64>| {
            row.keys().copied().filter(|column| !is_inside[*column as usize]).collect::<Vec<_>>()
        };
        let mut pivot = None;
        loop {
            let columns = outside(&row);
            let known = columns.iter().find(|column| basis.contains_key(column));
            let Some((column, (other, parts))) = known.and_then(|c| basis.get_key_value(c)) else {
                pivot = columns.first().copied().or(pivot);
                break;
            };
            let factor = row[column];
            subtract(&mut row, other, factor);
            subtract(&mut made, parts, factor);
        }
        match pivot.filter(|column| row.contains_key(column)) {
            Some(column) => {
                let scale = field::inverse(row[&column]);
                row.values_mut().for_each(|value| *value = field::mul(*value, scale));
                made.values_mut().for_each(|value| *value = field::mul(*value, scale));
                basis.insert(column, (row, made));
            }
            None if !row.is_empty() => {
                return Some(made.into_iter().map(|(at, value)| (cells[at], value)).collect());
            }
            // A row that is a sum of others everywhere adds nothing.
            None => {}
        }
    }
    None
}

/// A row and the rows it was made of.
type Made = (BTreeMap<u32, u64>, BTreeMap<usize, u64>);

fn subtract<K: Ord + Copy>(from: &mut BTreeMap<K, u64>, other: &BTreeMap<K, u64>, factor: u64) {
    for (key, value) in other {
        let entry = from.entry(*key).or_insert(0);
        *entry = field::sub(*entry, field::mul(factor, *value));
        if *entry == 0 {
            from.remove(key);
        }
    }
}

/// Writes the coefficients in integers.
fn check(system: &System, terms: Vec<(u32, u64)>, inside: &HashSet<u32>) -> Option<Combination> {
    let lead = field::inverse(terms.first()?.1);
    let mut fractions = Vec::new();
    for (cell, value) in terms {
        fractions.push((cell, field::fraction(field::mul(value, lead))?));
    }
    let divisor = fractions.iter().try_fold(1i64, |all, (_, (_, part))| {
        (all / gcd(all, *part)).checked_mul(*part).filter(|all| *all < 1 << 40)
    })?;
    let mut terms = Vec::new();
    for (cell, (numerator, denominator)) in fractions {
        terms.push((cell, numerator.checked_mul(divisor / denominator)?));
    }
    Combination::new(system, terms, inside)
}

impl Combination {
    /// Adds the terms up over every class of their cells: `None` where the sum is 0 everywhere, or
    /// is not 0 somewhere outside.
    pub fn new(
        system: &System,
        mut terms: Vec<(u32, i64)>,
        inside: &HashSet<u32>,
    ) -> Option<Combination> {
        let mut sums: HashMap<u32, i128> = HashMap::new();
        for (cell, coefficient) in &terms {
            for class in &system.cells()[*cell as usize].classes {
                *sums.entry(*class).or_insert(0) += i128::from(*coefficient);
            }
        }
        let held: Vec<(u32, i128)> = sums.into_iter().filter(|(_, sum)| *sum != 0).collect();
        if held.is_empty() || held.iter().any(|(class, _)| !inside.contains(class)) {
            return None;
        }
        // Written so that the sum over the first household is positive and as small as can be.
        let common = held.iter().fold(0, |all, (_, sum)| gcd_wide(all, sum.unsigned_abs()));
        let common = i64::try_from(common).ok()?;
        let whole = terms.iter().fold(common, |all, (_, value)| gcd(all, *value));
        let sign = if held.iter().map(|(_, sum)| sum).sum::<i128>() < 0 { -1 } else { 1 };
        terms.iter_mut().for_each(|(_, value)| *value = *value / whole * sign);
        terms.sort_by_key(|(cell, value)| {
            let classes = system.cells()[*cell as usize].classes.len();
            (*value < 0, std::cmp::Reverse(classes), *cell)
        });
        let households = held.iter().map(|(class, _)| system.weights()[*class as usize]).sum();
        Some(Combination { terms, divisor: common / whole, households })
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    gcd_wide(u128::from(a.unsigned_abs()), u128::from(b.unsigned_abs())) as i64
}

fn gcd_wide(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
