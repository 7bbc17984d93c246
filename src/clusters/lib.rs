//! Units: groups of neighbouring addresses that hold enough dwellings together.
//!
//! A unit has a main address, and costs `Σ d·(distance to the main + δ + τ where the types of
//! construction differ)` over its other addresses, `d` their dwellings. The cheapest division of some
//! addresses into units of at least so many dwellings is lower-bounded k-median with a free number of
//! medians (Karger and Minkoff 2000; Guha, Meyerson and Munagala 2000).
//!
//! An address that holds enough by itself is a unit of its own. Where the others do not hold enough
//! together, they join the smallest of those that do; where there is none, they are one unit under the
//! threshold. What is left are addresses under the threshold which hold enough together: divided by
//! subsets where they are few (`subsets`), by branch and bound on Lagrange's relaxation beyond
//! (`dual`, `bound`, `columns`). Everything is in whole numbers, and limits count steps, so that the same
//! addresses give the same units on any machine.
//!
//! Dwellings and places alone are read, both public: units say nothing about a household.

mod bound;
mod columns;
mod dual;
mod improve;
mod instance;
mod maintain;
mod subsets;
#[cfg(test)]
mod tests;

use instance::{Groups, Instance};

pub use maintain::{Known, Maintained, maintain};

/// An address of the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Decimetres in a plane.
    pub x: i32,
    /// Decimetres in a plane.
    pub y: i32,
    /// Dwellings; at least one.
    pub dwellings: u32,
    /// Whether most of them are in a collective building; `None` where the register does not say.
    pub is_collective: Option<bool>,
}

/// Some addresses, by their places in the list that was divided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The address that costs are measured from; one of `members`.
    pub main: usize,
    /// Sorted.
    pub members: Vec<usize>,
}

/// A division of addresses into units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Division {
    /// By their first members.
    pub units: Vec<Unit>,
    /// What they cost, in decimetres × dwellings.
    pub cost: u64,
    /// No division costs less: it is the cheapest where both are equal.
    pub bound: u64,
}

/// Divides addresses into units of at least `threshold` dwellings, as cheaply as it finds. They
/// are one unit where all of them hold fewer. The order of addresses breaks ties.
///
/// ```
/// use clusters::{Site, divide};
///
/// let site = |x, dwellings| Site { x, y: 0, dwellings, is_collective: None };
/// let division = divide(&[site(0, 6), site(100, 6), site(900, 8), site(1000, 4)], 11);
/// let members: Vec<&[usize]> = division.units.iter().map(|unit| &unit.members[..]).collect();
/// assert_eq!(members, [[0, 1], [2, 3]]);
/// assert_eq!(division.cost, division.bound);
/// ```
pub fn divide(sites: &[Site], threshold: u32) -> Division {
    let is_large = |site: &usize| sites[*site].dwellings >= threshold;
    let (large, small): (Vec<usize>, Vec<usize>) = (0..sites.len()).partition(is_large);
    let held: u64 = small.iter().map(|&site| u64::from(sites[site].dwellings)).sum();
    let mut division = if held >= u64::from(threshold) {
        among(sites, &small, threshold)
    } else {
        together(sites, &small, &large)
    };
    let in_unit: Vec<usize> = division.units.iter().map(|unit| unit.main).collect();
    let alone = large.into_iter().filter(|site| !in_unit.contains(site));
    division.units.extend(alone.map(|site| Unit { main: site, members: vec![site] }));
    division.units.sort_by_key(|unit| unit.members[0]);
    division
}

/// Addresses that are divided together; more are cut in two first, without a bound.
const TOGETHER: usize = 256;

/// Divides addresses under the threshold that hold as much together.
fn among(sites: &[Site], small: &[usize], threshold: u32) -> Division {
    if small.len() > TOGETHER
        && let Some(halves) = halves(sites, small, threshold)
    {
        let [one, other] = halves.map(|half| among(sites, &half, threshold));
        let units = one.units.into_iter().chain(other.units).collect();
        return Division { units, cost: one.cost + other.cost, bound: 0 };
    }
    let own: Vec<Site> = small.iter().map(|&site| sites[site]).collect();
    let instance = Instance::new(&own, threshold);
    let (groups, bound) = if own.len() <= subsets::MOST {
        let groups = subsets::cheapest(&instance);
        let cost = instance.total(&groups);
        (groups, cost)
    } else {
        dual::search(&instance)
    };
    Division { cost: instance.total(&groups), bound, units: named(&instance, groups, small) }
}

/// Some addresses cut in two along the wider side of where they are; both hold enough. `None` where they
/// do not hold twice as much.
fn halves(sites: &[Site], small: &[usize], threshold: u32) -> Option<[Vec<usize>; 2]> {
    let wide = |of: fn(&Site) -> i32| {
        let of = |&site: &usize| i64::from(of(&sites[site]));
        let (least, most) = (small.iter().map(of).min(), small.iter().map(of).max());
        most.unwrap_or(0) - least.unwrap_or(0)
    };
    let is_wide = wide(|site| site.x) >= wide(|site| site.y);
    let mut sorted = small.to_vec();
    sorted.sort_by_key(|&site| {
        let Site { x, y, .. } = sites[site];
        if is_wide { (x, y, site) } else { (y, x, site) }
    });
    let held =
        |some: &[usize]| -> u64 { some.iter().map(|&site| u64::from(sites[site].dwellings)).sum() };
    // Each holds one dwelling or more: half of them, more than a hundred, hold enough.
    let other = sorted.split_off(sorted.len() / 2);
    let is_enough = |some: &[usize]| held(some) >= u64::from(threshold);
    let mut halves = [sorted, other];
    halves.iter_mut().for_each(|half| half.sort_unstable());
    halves.iter().all(|half| is_enough(half)).then_some(halves)
}

/// Addresses that do not hold enough together: with the smallest of the large ones, so that as few
/// dwellings as possible lose an address of their own.
fn together(sites: &[Site], small: &[usize], large: &[usize]) -> Division {
    if small.is_empty() {
        return Division::default();
    }
    let members = |main: Option<usize>| {
        let mut members: Vec<usize> = small.iter().copied().chain(main).collect();
        members.sort_unstable();
        members
    };
    let cost_from = |main: usize| -> u64 {
        small.iter().map(|&site| instance::cost(&sites[site], &sites[main])).sum()
    };
    let joined =
        large.iter().copied().min_by_key(|&main| (sites[main].dwellings, cost_from(main), main));
    // Without a large one, the address from which the others cost least.
    let main = joined.or_else(|| small.iter().copied().min_by_key(|&main| (cost_from(main), main)));
    let Some(main) = main else { return Division::default() };
    let cost = cost_from(main);
    Division { units: vec![Unit { main, members: members(joined) }], cost, bound: cost }
}

fn named(instance: &Instance, groups: Groups, small: &[usize]) -> Vec<Unit> {
    groups
        .into_iter()
        .map(|group| {
            let main = instance.main(&group);
            let mut members: Vec<usize> = group.iter().map(|&site| small[site]).collect();
            members.sort_unstable();
            Unit { main: small[main], members }
        })
        .collect()
}
