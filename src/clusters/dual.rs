//! Prices are bettered by subgradients; what is left of the gap is closed by the groups that a cheaper
//! division may hold.

use super::bound::{FINE, Pairs, Relaxed};
use super::columns::{self, Found};
use super::improve::{around, improved, joined};
use super::instance::{Groups, Instance};

/// Steps of prices.
const STEPS: usize = 600;

/// Steps without a better bound after which they become half as long.
const PATIENCE: usize = 15;

/// Steps end when they are so short.
const SHORTEST: f64 = 0.01;

/// Steps between two divisions made from the relaxation's answer, and between two attempts to close the
/// gap.
const BETWEEN: usize = 20;
const ATTEMPT: usize = 300;

/// Parts of a gap; one of them is the least that is looked at.
const PARTS: i64 = 8;

/// A cheap division of an instance, and a cost that none is under.
pub(super) fn search(instance: &Instance) -> (Groups, u64) {
    if instance.most_groups() == 1 {
        let groups = vec![(0..instance.len()).collect()];
        let cost = instance.total(&groups);
        return (groups, cost);
    }
    let mut search = Search::new(instance);
    search.better();
    (search.groups, search.bound)
}

struct Search<'a> {
    instance: &'a Instance,
    /// The cheapest division so far.
    groups: Groups,
    cost: u64,
    /// No division costs less.
    bound: u64,
    pairs: Pairs,
    /// The best prices so far, with their answer.
    prices: Vec<i64>,
    relaxed: Relaxed,
}

impl<'a> Search<'a> {
    fn new(instance: &'a Instance) -> Search<'a> {
        let groups = improved(instance, joined(instance));
        let cost = instance.total(&groups);
        let pairs = Pairs::all(instance);
        let prices = first_prices(instance);
        let relaxed = pairs.relax(instance, &prices);
        Search { instance, groups, cost, bound: 0, pairs, prices, relaxed }
    }

    fn keep(&mut self, groups: Groups) {
        let groups = improved(self.instance, groups);
        let cost = self.instance.total(&groups);
        if cost < self.cost {
            (self.groups, self.cost) = (groups, cost);
        }
    }

    /// Betters prices by subgradients (Held and Karp 1971) until the division is proved the cheapest, or
    /// steps end.
    fn better(&mut self) {
        let mut prices = self.prices.clone();
        let mut length = 1.5;
        let mut waited = 0;
        for step in 1..=STEPS {
            let relaxed = self.pairs.relax(self.instance, &prices);
            if step.is_multiple_of(BETWEEN) {
                let open: Vec<usize> = relaxed.groups.iter().map(|group| group.0).collect();
                if let Some(groups) = around(self.instance, &open) {
                    self.keep(groups);
                }
            }
            waited += 1;
            if relaxed.bound > self.relaxed.bound {
                waited = 0;
                self.prices.clone_from(&prices);
                self.relaxed = relaxed.clone();
            }
            let bound = (self.relaxed.bound + FINE - 1).div_euclid(FINE);
            self.bound = self.bound.max(u64::try_from(bound).unwrap_or(0)).min(self.cost);
            if step.is_multiple_of(ATTEMPT) {
                self.close();
            }
            if self.bound >= self.cost || length < SHORTEST {
                break;
            }
            if waited == PATIENCE {
                (length, waited) = (length / 2.0, 0);
                prices = self.step(&self.prices, &self.relaxed, length);
            } else {
                prices = self.step(&prices, &relaxed, length);
            }
            if waited == 0 {
                self.pairs.reduce(&self.relaxed, &self.prices, (self.cost as i64 - 1) * FINE);
            }
        }
        self.close();
    }

    /// A step of prices along what each address lacks: it has no group, or too many.
    fn step(&self, prices: &[i64], relaxed: &Relaxed, length: f64) -> Vec<i64> {
        let mut lacks = vec![1i64; prices.len()];
        relaxed.groups.iter().flat_map(|group| &group.1).for_each(|&site| lacks[site] -= 1);
        let squares: i64 = lacks.iter().map(|lack| lack * lack).sum();
        let missing = (self.cost as i64 * FINE - relaxed.bound) as f64;
        let along = length * missing / squares.max(1) as f64;
        let step = |(price, lack): (&i64, &i64)| price + (along * *lack as f64).round() as i64;
        prices.iter().zip(&lacks).map(step).collect()
    }

    /// Looks for a cheaper division among the groups that it may hold: in all of the gap, or in the
    /// lowest part of it in which they are few. Where there is none, no division costs so little.
    fn close(&mut self) {
        let mut part = PARTS;
        while part > 0 && self.bound < self.cost {
            let gap = (self.cost as i64 - 1) * FINE - self.relaxed.bound;
            let most = gap / PARTS * part + if part == PARTS { gap % PARTS } else { 0 };
            let listed =
                columns::list(self.instance, &self.pairs, &self.prices, &self.relaxed, most);
            let fewer = -self.relaxed.bar;
            let found = listed.map(|listed| columns::cheapest(self.instance, &listed, most, fewer));
            let Some(Found { is_complete, groups }) = found else {
                part /= 2;
                continue;
            };
            if let Some(groups) = groups {
                self.keep(groups);
            }
            if !is_complete {
                part /= 2;
                continue;
            }
            let over = u64::try_from((self.relaxed.bound + most).div_euclid(FINE) + 1).unwrap_or(0);
            self.bound = self.bound.max(over).min(self.cost);
            return;
        }
    }
}

/// What an address costs under the nearest other main address.
fn first_prices(instance: &Instance) -> Vec<i64> {
    let sites = 0..instance.len();
    let price = |site: usize| {
        let others = sites.clone().filter(|&main| main != site);
        others.map(|main| instance.cost(site, main)).min().unwrap_or(0) as i64 * FINE
    };
    sites.clone().map(price).collect()
}
