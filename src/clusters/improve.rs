//! Divisions that are good without a proof: built around main addresses, bettered move by move.

use super::instance::{Groups, Instance};
use super::subsets;

/// Two groups of at most so many addresses together are divided anew by subsets.
const PAIR: usize = 8;

/// Every group that lacks dwellings joins that with which it costs least, the smallest first.
pub(super) fn joined(instance: &Instance) -> Groups {
    let mut groups: Groups = (0..instance.len()).map(|site| vec![site]).collect();
    while groups.len() > 1 {
        let short = (0..groups.len())
            .filter(|&at| instance.held(&groups[at]) < instance.need)
            .min_by_key(|&at| (instance.held(&groups[at]), at));
        let Some(short) = short else { break };
        let group = groups.swap_remove(short);
        let before = instance.group(&group);
        let nearest = (0..groups.len()).min_by_key(|&at| {
            let united: Vec<usize> = groups[at].iter().chain(&group).copied().collect();
            (instance.group(&united) as i64 - (before + instance.group(&groups[at])) as i64, at)
        });
        if let Some(nearest) = nearest {
            groups[nearest].extend(group);
        }
    }
    groups
}

/// A division around main addresses, some of which it may drop; `None` for no main address.
pub(super) fn around(instance: &Instance, mains: &[usize]) -> Option<Groups> {
    let mut stars = Stars::new(instance, mains)?;
    while let Some(short) = stars.short() {
        let (borrowed, dissolved) = (stars.borrowed(short), stars.dissolved(short));
        let next = match (borrowed, dissolved) {
            (Some(one), Some(other)) => Some(if one.0 <= other.0 { one.1 } else { other.1 }),
            (one, other) => one.or(other).map(|change| change.1),
        };
        stars.main_of = next?;
    }
    Some(stars.groups())
}

/// Moves and exchanges addresses, divides pairs of small groups anew, until nothing costs less.
pub(super) fn improved(instance: &Instance, groups: Groups) -> Groups {
    let mut groups = groups;
    let mut cost = instance.total(&groups);
    loop {
        let mut stars = Stars::of(instance, &groups);
        while stars.move_one() || stars.exchange_two() {}
        groups = stars.groups();
        groups.sort_unstable();
        divide_pairs(instance, &mut groups);
        let now = instance.total(&groups);
        if now >= cost {
            return groups;
        }
        cost = now;
    }
}

/// Addresses under main addresses.
struct Stars<'a> {
    instance: &'a Instance,
    /// By address, its main one.
    main_of: Vec<usize>,
}

/// What a change costs, and the main addresses after it.
type Change = (i64, Vec<usize>);

impl<'a> Stars<'a> {
    /// Each address under the main one that is cheapest for it.
    fn new(instance: &'a Instance, mains: &[usize]) -> Option<Stars<'a>> {
        let nearest = |site: usize| {
            let main = mains.iter().copied().min_by_key(|&main| (instance.cost(site, main), main));
            if mains.contains(&site) { Some(site) } else { main }
        };
        Some(Stars { instance, main_of: (0..instance.len()).map(nearest).collect::<Option<_>>()? })
    }

    fn of(instance: &'a Instance, groups: &Groups) -> Stars<'a> {
        let mut main_of = vec![0; instance.len()];
        for group in groups {
            let main = instance.main(group);
            group.iter().for_each(|&site| main_of[site] = main);
        }
        Stars { instance, main_of }
    }

    fn groups(&self) -> Groups {
        let mut groups = vec![Vec::new(); self.main_of.len()];
        self.main_of.iter().enumerate().for_each(|(site, &main)| groups[main].push(site));
        groups.retain(|group| !group.is_empty());
        groups
    }

    /// By main address, the dwellings under it.
    fn held(&self) -> Vec<u32> {
        let mut held = vec![0; self.main_of.len()];
        let dwellings = self.main_of.iter().zip(&self.instance.dwellings);
        dwellings.for_each(|(&main, own)| held[main] += own);
        held
    }

    /// The main address that lacks dwellings, and the fewest.
    fn short(&self) -> Option<usize> {
        let held = self.held();
        let short =
            (0..held.len()).filter(|&main| held[main] > 0 && held[main] < self.instance.need);
        short.max_by_key(|&main| (held[main], std::cmp::Reverse(main)))
    }

    /// A main address takes those that it costs least from the mains that can lend.
    fn borrowed(&self, short: usize) -> Option<Change> {
        let (mut main_of, mut held) = (self.main_of.clone(), self.held());
        let mut more = 0;
        while held[short] < self.instance.need {
            let lent = |site: &usize| {
                let main = main_of[*site];
                main != short
                    && main != *site
                    && held[main] >= self.instance.need + self.instance.dwellings[*site]
            };
            let cost = |site: usize| {
                let own = self.instance.cost(site, short) as i64;
                own - self.instance.cost(site, main_of[site]) as i64
            };
            let site = (0..main_of.len()).filter(lent).min_by_key(|&site| (cost(site), site))?;
            more += cost(site);
            held[main_of[site]] -= self.instance.dwellings[site];
            held[short] += self.instance.dwellings[site];
            main_of[site] = short;
        }
        Some((more, main_of))
    }

    /// The addresses under a main one go to the others; `None` where there is no other.
    fn dissolved(&self, short: usize) -> Option<Change> {
        let mains: Vec<usize> = (0..self.main_of.len())
            .filter(|&site| site != short && self.main_of[site] == site)
            .collect();
        let mut main_of = self.main_of.clone();
        let mut more = 0;
        for site in (0..main_of.len()).filter(|&site| self.main_of[site] == short) {
            let cost = |main: usize| self.instance.cost(site, main);
            let main = mains.iter().copied().min_by_key(|&main| (cost(main), main))?;
            more += cost(main) as i64 - self.instance.cost(site, short) as i64;
            main_of[site] = main;
        }
        Some((more, main_of))
    }

    /// Puts addresses under mains that are cheaper for them. Says whether any moved.
    fn move_one(&mut self) -> bool {
        let mut held = self.held();
        let mut moved = false;
        for site in 0..self.main_of.len() {
            let (from, own) = (self.main_of[site], self.instance.dwellings[site]);
            if from == site || held[from] < self.instance.need + own {
                continue;
            }
            let mains = (0..held.len()).filter(|&main| held[main] > 0);
            let cost = |main: usize| self.instance.cost(site, main);
            let cheapest = mains.min_by_key(|&main| (cost(main), main));
            if let Some(to) = cheapest.filter(|&to| cost(to) < cost(from)) {
                held[from] -= own;
                held[to] += own;
                self.main_of[site] = to;
                moved = true;
            }
        }
        moved
    }

    /// Exchanges two addresses under two mains where both together cost less. Says whether any were.
    fn exchange_two(&mut self) -> bool {
        let mut held = self.held();
        let mut exchanged = false;
        let is_leaf = |main_of: &[usize], site: usize| main_of[site] != site;
        for one in 0..self.main_of.len() {
            for other in one + 1..self.main_of.len() {
                let (from, to) = (self.main_of[one], self.main_of[other]);
                if from == to || !is_leaf(&self.main_of, one) || !is_leaf(&self.main_of, other) {
                    continue;
                }
                let cost = |site, main| self.instance.cost(site, main);
                if cost(one, to) + cost(other, from) >= cost(one, from) + cost(other, to) {
                    continue;
                }
                let [own, others] = [one, other].map(|site| self.instance.dwellings[site]);
                let (left, right) = (held[from] - own + others, held[to] - others + own);
                if left >= self.instance.need && right >= self.instance.need {
                    (held[from], held[to]) = (left, right);
                    self.main_of.swap(one, other);
                    exchanged = true;
                }
            }
        }
        exchanged
    }
}

/// Divides pairs of small groups the cheapest way.
fn divide_pairs(instance: &Instance, groups: &mut Groups) {
    let mut one = 0;
    while one < groups.len() {
        let mut other = one + 1;
        while other < groups.len() {
            let both: Vec<usize> = groups[one].iter().chain(&groups[other]).copied().collect();
            let before = instance.group(&groups[one]) + instance.group(&groups[other]);
            if both.len() <= PAIR {
                let mut divided = subsets::divided(instance, &both);
                if instance.total(&divided) < before {
                    groups[one] = divided.swap_remove(0);
                    match divided.is_empty() {
                        true => drop(groups.swap_remove(other)),
                        false => groups[other] = divided.swap_remove(0),
                    }
                    groups.extend(divided);
                    continue;
                }
            }
            other += 1;
        }
        one += 1;
    }
}
