//! Lagrange's relaxation: each address has a price instead of a group.
//!
//! For prices λ, `Σ λ + Σ of what the cheapest groups of some main addresses are worth at these prices` is no
//! more than the cost of any division, where the main addresses are those worth less than nothing, and no more
//! of them than there can be groups. The cheapest group of a main is a knapsack that must be
//! filled, small enough to be solved exactly, so the best of these bounds is that of the programme over
//! all possible groups (Geoffrion 1974). Prices are whole numbers, and so is the bound.

use super::instance::Instance;

/// Prices are in these parts of a unit of cost.
pub(super) const FINE: i64 = 64;

/// The pairs of an address and a main address that a cheaper division may hold.
pub(super) struct Pairs {
    /// By main address, the other addresses with what they cost, in parts of [`FINE`]; `None` for an
    /// address that is no main one.
    of_main: Vec<Option<Vec<(usize, i64)>>>,
    /// The most groups that there can be.
    most: usize,
}

/// The answer of the relaxation at some prices.
#[derive(Clone)]
pub(super) struct Relaxed {
    /// No division costs less, in parts of [`FINE`].
    pub bound: i64,
    /// By main address, what its cheapest group is worth at these prices; `None` where it has none.
    worth: Vec<Option<i64>>,
    /// The groups of the mains that are open.
    pub groups: Vec<(usize, Vec<usize>)>,
    /// What the next main would have to be worth less than to be open; not positive.
    pub bar: i64,
}

impl Relaxed {
    /// What is lost where this address is no main one.
    pub(super) fn missed(&self, main: usize) -> i64 {
        self.worth[main].map_or(0, |worth| (self.bar - worth).max(0))
    }
}

impl Pairs {
    /// Every pair.
    pub(super) fn all(instance: &Instance) -> Pairs {
        let sites = 0..instance.len();
        let others = |main: usize| {
            let others = sites.clone().filter(move |&site| site != main);
            others.map(move |site| (site, instance.cost(site, main) as i64 * FINE)).collect()
        };
        let of_main = sites.clone().map(|main| Some(others(main))).collect();
        Pairs { of_main, most: instance.most_groups() }
    }

    /// The addresses that a main address may have beside itself.
    pub(super) fn of(&self, main: usize) -> Option<&[(usize, i64)]> {
        self.of_main[main].as_deref()
    }

    /// Solves the relaxation.
    pub(super) fn relax(&self, instance: &Instance, prices: &[i64]) -> Relaxed {
        let mut worth = Vec::with_capacity(instance.len());
        let mut open = Vec::new();
        for (main, others) in self.of_main.iter().enumerate() {
            let others = others.as_ref();
            let found = others.and_then(|others| cheapest(instance, prices, others, main));
            worth.push(found.as_ref().map(|found| found.0));
            open.extend(found.filter(|found| found.0 < 0).map(|(own, group)| (own, main, group)));
        }
        open.sort_by_key(|(own, main, _)| (*own, *main));
        let bar = open.get(self.most).map_or(0, |next| next.0);
        open.truncate(self.most);
        let mut bound: i64 = prices.iter().sum();
        let mut groups = Vec::new();
        for (own, main, group) in open {
            bound += own;
            groups.push((main, group));
        }
        Relaxed { bound, worth, groups, bar }
    }

    /// Drops what no division that costs at most `most` holds, by the answer at some prices.
    pub(super) fn reduce(&mut self, relaxed: &Relaxed, prices: &[i64], most: i64) {
        for main in 0..self.of_main.len() {
            let Some(others) = &mut self.of_main[main] else { continue };
            let Some(worth) = relaxed.worth[main] else {
                self.of_main[main] = None;
                continue;
            };
            // What the bound becomes without the main's own share.
            let without = relaxed.bound - (worth - relaxed.bar).min(0);
            if without + worth - relaxed.bar > most {
                self.of_main[main] = None;
                continue;
            }
            // The cheapest group with an address is worth no less than this, whether it is filled or not.
            let cheap: i64 = others.iter().map(|&(site, cost)| (cost - prices[site]).min(0)).sum();
            let least =
                |site: usize, cost: i64| cheap - prices[main] + (cost - prices[site]).max(0);
            others.retain(|&(site, cost)| without + least(site, cost) - relaxed.bar <= most);
        }
    }
}

/// The cheapest group of a main address at these prices, and what it is worth.
fn cheapest(
    instance: &Instance,
    prices: &[i64],
    others: &[(usize, i64)],
    main: usize,
) -> Option<(i64, Vec<usize>)> {
    let mut worth = -prices[main];
    let mut group = vec![main];
    let mut held = instance.dwellings[main];
    let mut dear: Vec<(i64, usize)> = Vec::new();
    for &(site, cost) in others {
        let own = cost - prices[site];
        if own < 0 {
            worth += own;
            held += instance.dwellings[site];
            group.push(site);
        } else {
            dear.push((own, site));
        }
    }
    let Some(missing) = instance.need.checked_sub(held).filter(|missing| *missing > 0) else {
        return Some((worth, group));
    };
    // One that is enough by itself is cheaper than any that costs more.
    let enough = dear.iter().filter(|(_, site)| instance.dwellings[*site] >= missing);
    if let Some(most) = enough.map(|(own, _)| *own).min() {
        dear.retain(|(own, _)| *own <= most);
    }
    let (more, filling) = fill(instance, &dear, missing as usize)?;
    group.extend(filling);
    Some((worth + more, group))
}

/// The cheapest of some addresses that hold at least so many dwellings, and what they cost.
fn fill(instance: &Instance, dear: &[(i64, usize)], missing: usize) -> Option<(i64, Vec<usize>)> {
    // Each choice adds an address to another choice, or to none.
    let mut choices: Vec<(usize, Option<usize>)> = Vec::new();
    // By dwellings still missing, the cheapest choice that leaves them so.
    let mut best: Vec<Option<(i64, Option<usize>)>> = vec![None; missing + 1];
    best[missing] = Some((0, None));
    for &(own, site) in dear {
        let held = instance.dwellings[site] as usize;
        // The fewest missing first: what is read has not met this address yet.
        for left in 0..missing {
            let from = if left == 0 { 1..=held } else { left + held..=left + held };
            for before in from.take_while(|before| *before <= missing) {
                let Some((cost, choice)) = best[before] else { continue };
                let cost = cost + own;
                if best[left].is_none_or(|known| cost < known.0) {
                    choices.push((site, choice));
                    best[left] = Some((cost, Some(choices.len() - 1)));
                }
            }
        }
    }
    let (cost, mut choice) = best[0]?;
    let mut filling = Vec::new();
    while let Some((site, before)) = choice.map(|at| choices[at]) {
        filling.push(site);
        choice = before;
    }
    Some((cost, filling))
}
