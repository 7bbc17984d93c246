//! Units kept from one vintage to the next: an address stays in its unit, and only what must changes.
//!
//! A new address joins the nearest unit, or is one where it holds enough; a unit that holds too little
//! joins the one where that costs least; a unit that changed, and that two units of half as much again as
//! is asked would serve at a lower cost, is divided. What an operator settled stays as it is.

use std::collections::BTreeMap;

use super::instance::cost;
use super::{Site, Unit, divide};

/// What is known of an address before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The unit that it was in, and whether it was its main address; `None` for a new one.
    pub former: Option<(u32, bool)>,
    /// The unit that the operator puts it in.
    pub settled: Option<u32>,
}

/// A unit, and what it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintained {
    /// Its addresses.
    pub unit: Unit,
    /// Whether the operator settled it.
    pub is_settled: bool,
}

/// A unit on its way.
#[derive(Clone, Debug)]
struct Growing {
    main: usize,
    members: Vec<usize>,
    /// Whether its addresses are not those that it had.
    has_changed: bool,
}

/// Divides the addresses of one block into units of at least `threshold` dwellings, those that were there
/// kept as far as they hold. `count` says how many addresses a former unit had, wherever they are now.
/// Without any former or settled unit it is [`divide`].
///
/// ```
/// use clusters::{Known, Site, maintain};
///
/// let site = |x, dwellings| Site { x, y: 0, dwellings, is_collective: None };
/// let sites = [site(0, 6), site(100, 6), site(900, 8), site(1000, 4), site(950, 3)];
/// let was = |unit, is_main| Known { former: Some((unit, is_main)), settled: None };
/// let known = [was(0, true), was(0, false), was(1, true), was(1, false), Known::default()];
/// let units = maintain(&sites, &known, 11, &|_| 2);
/// let members: Vec<&[usize]> = units.iter().map(|own| &own.unit.members[..]).collect();
/// assert_eq!(members, [&[0, 1][..], &[2, 3, 4]]);
/// ```
pub fn maintain(
    sites: &[Site],
    known: &[Known],
    threshold: u32,
    count: &dyn Fn(u32) -> usize,
) -> Vec<Maintained> {
    let block = Block { sites, threshold };
    let mut settled: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let mut former: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let mut new: Vec<usize> = Vec::new();
    for (site, own) in known.iter().enumerate().take(sites.len()) {
        match (own.settled, own.former) {
            (Some(unit), _) => settled.entry(unit).or_default().push(site),
            (None, Some((unit, _))) => former.entry(unit).or_default().push(site),
            (None, None) => new.push(site),
        }
    }
    let mut growing: Vec<Growing> = former
        .into_iter()
        .map(|(unit, members)| {
            let main = members.iter().copied().find(|&own| known[own].former == Some((unit, true)));
            let has_changed = members.len() != count(unit);
            Growing { main: main.unwrap_or_else(|| block.best(&members)), members, has_changed }
        })
        .collect();
    if growing.is_empty() {
        growing.extend(block.fresh(&new));
    } else {
        block.join(&mut growing, new);
    }
    block.merge_short(&mut growing);
    let growing = growing.into_iter().flat_map(|own| block.divided(own));
    let settled = settled.into_values().map(|members| {
        let unit = Unit { main: block.best(&members), members };
        Maintained { unit, is_settled: true }
    });
    let kept = growing.map(|Growing { main, mut members, .. }| {
        members.sort_unstable();
        Maintained { unit: Unit { main, members }, is_settled: false }
    });
    let mut units: Vec<Maintained> = kept.chain(settled).collect();
    units.sort_by_key(|own| own.unit.members[0]);
    units
}

struct Block<'a> {
    sites: &'a [Site],
    threshold: u32,
}

impl Block<'_> {
    fn held(&self, members: &[usize]) -> u64 {
        members.iter().map(|&site| u64::from(self.sites[site].dwellings)).sum()
    }

    fn is_short(&self, members: &[usize]) -> bool {
        self.held(members) < u64::from(self.threshold)
    }

    /// An address that holds enough by itself: others join it only where they have no other way.
    fn is_alone(&self, own: &Growing) -> bool {
        own.members.len() == 1 && !self.is_short(&own.members)
    }

    fn cost_from(&self, members: &[usize], main: usize) -> u64 {
        let others = members.iter().filter(|&&site| site != main);
        others.map(|&site| cost(&self.sites[site], &self.sites[main])).sum()
    }

    /// The address from which some cost least, the first of several.
    fn best(&self, members: &[usize]) -> usize {
        let cheapest =
            members.iter().copied().min_by_key(|&own| (self.cost_from(members, own), own));
        cheapest.unwrap_or_default()
    }

    /// Units of addresses of which none was in one.
    fn fresh(&self, new: &[usize]) -> Vec<Growing> {
        let sites: Vec<Site> = new.iter().map(|&site| self.sites[site]).collect();
        let units = divide(&sites, self.threshold).units.into_iter();
        let growing = units.map(|unit| Growing {
            main: new[unit.main],
            members: unit.members.into_iter().map(|own| new[own]).collect(),
            has_changed: false,
        });
        growing.collect()
    }

    /// New addresses: a unit each where they hold enough, else in the unit from whose main address they
    /// cost least. Where all units are single addresses that hold enough, the new ones are divided among
    /// themselves if they hold as much together.
    fn join(&self, growing: &mut Vec<Growing>, new: Vec<usize>) {
        let (large, small): (Vec<usize>, Vec<usize>) =
            new.into_iter().partition(|&site| !self.is_short(&[site]));
        if growing.iter().all(|own| self.is_alone(own)) && !self.is_short(&small) {
            growing.extend(self.fresh(&small));
        } else {
            for site in small {
                let cheapest = (0..growing.len()).min_by_key(|&at| {
                    let own = &growing[at];
                    let cost = cost(&self.sites[site], &self.sites[own.main]);
                    (self.is_alone(own), cost, own.main)
                });
                if let Some(at) = cheapest {
                    growing[at].members.push(site);
                    growing[at].has_changed = true;
                }
            }
        }
        growing.extend(large.into_iter().map(|main| Growing {
            main,
            members: vec![main],
            has_changed: false,
        }));
    }

    /// Units that hold too little join the one where that adds least, the smallest of them first. The one
    /// of both that holds more keeps its main address.
    fn merge_short(&self, growing: &mut Vec<Growing>) {
        while growing.len() > 1 {
            let short = (0..growing.len()).filter(|&at| self.is_short(&growing[at].members));
            let Some(at) =
                short.min_by_key(|&at| (self.held(&growing[at].members), growing[at].main))
            else {
                return;
            };
            let own = growing.swap_remove(at);
            let added = |other: &Growing| {
                let keeps = self.held(&other.members) >= self.held(&own.members);
                let (main, moved, from) = match keeps {
                    true => (other.main, &own.members, self.cost_from(&own.members, own.main)),
                    false => (own.main, &other.members, self.cost_from(&other.members, other.main)),
                };
                (self.cost_from(moved, main).saturating_sub(from), main)
            };
            let best = (0..growing.len())
                .min_by_key(|&other| (self.is_alone(&growing[other]), added(&growing[other])));
            let Some(best) = best else { return growing.push(own) };
            let main = added(&growing[best]).1;
            let other = &mut growing[best];
            other.main = main;
            other.members.extend(own.members);
            other.has_changed = true;
        }
    }

    /// A unit that changed, divided where units of half as much again as is asked cost less than it.
    fn divided(&self, own: Growing) -> Vec<Growing> {
        let enough = self.threshold + self.threshold.div_ceil(2);
        if !own.has_changed || self.held(&own.members) < 2 * u64::from(enough) {
            return vec![own];
        }
        let sites: Vec<Site> = own.members.iter().map(|&site| self.sites[site]).collect();
        let division = divide(&sites, enough);
        let costs_less = division.cost < self.cost_from(&own.members, own.main);
        if division.units.len() < 2 || !costs_less {
            return vec![own];
        }
        let part = |unit: Unit| {
            let members: Vec<usize> = unit.members.iter().map(|&at| own.members[at]).collect();
            let main = match members.contains(&own.main) {
                true => own.main,
                false => own.members[unit.main],
            };
            Growing { main, members, has_changed: true }
        };
        division.units.into_iter().map(part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(x: i32, dwellings: u32) -> Site {
        Site { x, y: 0, dwellings, is_collective: None }
    }

    fn was(unit: u32, is_main: bool) -> Known {
        Known { former: Some((unit, is_main)), settled: None }
    }

    const NEW: Known = Known { former: None, settled: None };

    #[track_caller]
    fn check(
        sites: &[(i32, u32)],
        known: &[Known],
        counts: &[usize],
        expected: &[(usize, &[usize])],
    ) {
        let sites: Vec<Site> = sites.iter().map(|&(x, own)| site(x, own)).collect();
        let units = maintain(&sites, known, 11, &|unit| counts[unit as usize]);
        let found: Vec<(usize, &[usize])> =
            units.iter().map(|own| (own.unit.main, &own.unit.members[..])).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_holds_stays_though_another_division_costs_less() {
        // Divided anew, neighbours would be together.
        let sites = [(0, 6), (1000, 6), (10, 6), (1010, 6)];
        let known = [was(0, true), was(0, false), was(1, true), was(1, false)];
        check(&sites, &known, &[2, 2], &[(0, &[0, 1]), (2, &[2, 3])]);
        let fresh = divide(&sites.map(|(x, own)| site(x, own)), 11);
        assert_eq!(fresh.units[0].members, [0, 2]);
    }

    #[test]
    fn a_new_address_joins_the_nearest_unit_or_is_one() {
        let known = [was(0, true), was(0, false), NEW, NEW];
        let sites = [(0, 6), (10, 6), (20, 3), (5, 40)];
        check(&sites, &known, &[2], &[(0, &[0, 1, 2]), (3, &[3])]);
        // A building that is safe alone stays so where there is another way.
        let known = [was(0, true), was(1, true), was(1, false), NEW];
        check(
            &[(0, 30), (500, 6), (600, 6), (5, 2)],
            &known,
            &[1, 2],
            &[(0, &[0]), (1, &[1, 2, 3])],
        );
        let known = [was(0, true), NEW, NEW];
        check(&[(0, 30), (5, 6), (6, 6)], &known, &[1], &[(0, &[0]), (1, &[1, 2])]);
        check(&[(0, 30), (5, 2), (6, 2)], &known, &[1], &[(0, &[0, 1, 2])]);
    }

    #[test]
    fn a_unit_that_lost_dwellings_joins_where_that_adds_least() {
        let known = [was(0, true), was(1, true), was(1, false), was(2, true), was(2, false)];
        let sites = [(0, 6), (100, 6), (110, 6), (5000, 6), (5010, 6)];
        check(&sites, &known, &[2, 2, 2], &[(1, &[0, 1, 2]), (3, &[3, 4])]);
        // Nobody else is there.
        check(&[(0, 6)], &[was(0, true)], &[2], &[(0, &[0])]);
        // The main address is gone: that from which the others cost least.
        check(&[(0, 6), (100, 6), (110, 6)], &[was(0, false); 3], &[4], &[(1, &[0, 1, 2])]);
    }

    #[test]
    fn a_unit_that_grew_is_divided_and_one_that_did_not_is_not() {
        let far = [(0, 9), (10, 9), (5000, 9), (5010, 9)];
        let known = [was(0, true), was(0, false), was(0, false), NEW];
        check(&far, &known, &[3], &[(0, &[0, 1]), (2, &[2, 3])]);
        let known = [was(0, true), was(0, false), was(0, false), was(0, false)];
        check(&far, &known, &[4], &[(0, &[0, 1, 2, 3])]);
        // Half as much again is not there.
        let known = [was(0, true), was(0, false), was(0, false), NEW];
        check(&[(0, 8), (10, 8), (5000, 8), (5010, 8)], &known, &[3], &[(0, &[0, 1, 2, 3])]);
    }

    #[test]
    fn what_the_operator_settled_stays() {
        let settled = |unit| Known { former: Some((0, false)), settled: Some(unit) };
        let known = [was(0, true), settled(7), settled(7), was(0, false)];
        check(&[(0, 6), (10, 6), (20, 6), (30, 6)], &known, &[4], &[(0, &[0, 3]), (1, &[1, 2])]);
        // What is left and holds too little stays too: groups are united later.
        let known = [was(0, true), settled(7), settled(7)];
        check(&[(0, 6), (10, 6), (20, 6)], &known, &[3], &[(0, &[0]), (1, &[1, 2])]);
    }
}
