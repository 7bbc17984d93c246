//! What is to be divided: addresses under the threshold, and what each costs under each main address.

use super::Site;

/// What an address that is not the main one costs beside its distance (δ), in decimetres; and where
/// the types of construction differ (τ).
const APART: u64 = 300;
const OTHER_TYPE: u64 = 500;

/// The members of groups.
pub(super) type Groups = Vec<Vec<usize>>;

/// What an address costs under a main address, in decimetres × dwellings.
pub(super) fn cost(site: &Site, main: &Site) -> u64 {
    let across = |one: i32, other: i32| u64::from(one.abs_diff(other));
    let (x, y) = (across(site.x, main.x), across(site.y, main.y));
    // Two places of one plane are less than 2^32 decimetres apart, so the squares hold.
    let distance = (u128::from(x).pow(2) + u128::from(y).pow(2)).isqrt() as u64;
    let differs = match (site.is_collective, main.is_collective) {
        (Some(own), Some(other)) => own != other,
        _ => false,
    };
    u64::from(site.dwellings) * (distance + APART + if differs { OTHER_TYPE } else { 0 })
}

/// Addresses to be divided into groups of at least `need` dwellings.
pub(super) struct Instance {
    /// The least dwellings of a group.
    pub need: u32,
    pub dwellings: Vec<u32>,
    /// By address and main address, in decimetres × dwellings; 0 for the main address itself.
    costs: Vec<u64>,
}

impl Instance {
    pub(super) fn new(sites: &[Site], need: u32) -> Instance {
        let to = |at: usize, main: usize| {
            if at == main { 0 } else { cost(&sites[at], &sites[main]) }
        };
        let all = 0..sites.len();
        let costs = all.clone().flat_map(|at| all.clone().map(move |main| to(at, main)));
        Instance {
            need,
            dwellings: sites.iter().map(|site| site.dwellings).collect(),
            costs: costs.collect(),
        }
    }

    /// Number of addresses.
    pub(super) fn len(&self) -> usize {
        self.dwellings.len()
    }

    /// What an address costs under a main address.
    pub(super) fn cost(&self, site: usize, main: usize) -> u64 {
        self.costs[site * self.len() + main]
    }

    /// The most groups that there can be: by all dwellings, and by the fewest addresses that fill one.
    pub(super) fn most_groups(&self) -> usize {
        let by_dwellings = self.dwellings.iter().sum::<u32>() / self.need;
        let mut largest = self.dwellings.clone();
        largest.sort_unstable_by_key(|&own| std::cmp::Reverse(own));
        let mut held = 0;
        let fewest = largest.iter().take_while(|&&own| {
            let is_short = held < self.need;
            held += own;
            is_short
        });
        (by_dwellings as usize).min(self.len() / fewest.count().max(1))
    }

    /// Dwellings of a group.
    pub(super) fn held(&self, group: &[usize]) -> u32 {
        group.iter().map(|&site| self.dwellings[site]).sum()
    }

    /// The member from which a group costs least, the first of several.
    ///
    /// # Panics
    /// For a group of nobody.
    pub(super) fn main(&self, group: &[usize]) -> usize {
        let from = |main: usize| (self.from(group, main), main);
        group.iter().copied().min_by_key(|&main| from(main)).expect("a group has a member")
    }

    fn from(&self, group: &[usize], main: usize) -> u64 {
        group.iter().map(|&site| self.cost(site, main)).sum()
    }

    /// What a group costs.
    pub(super) fn group(&self, group: &[usize]) -> u64 {
        group.iter().map(|&main| self.from(group, main)).min().unwrap_or(0)
    }

    /// What groups cost together.
    pub(super) fn total(&self, groups: &Groups) -> u64 {
        groups.iter().map(|group| self.group(group)).sum()
    }
}
