//! The groups that a division cheaper than the known one may hold, and the cheapest division among them.
//!
//! At given prices the cost of a division is the relaxation's bound and, for each of its groups, an excess
//! that is never negative: what the group is worth more than the cheapest of its main address, and what is
//! lost where its other members are no main ones; and what is lost where there are fewer groups than there
//! can be. So no group whose excess is over the gap is in a
//! cheaper division (Baldacci, Christofides and Mingozzi 2008).

use super::bound::{Pairs, Relaxed};
use super::instance::{Groups, Instance};

/// Groups that are listed, and steps that are made to list them and to divide.
const MOST: usize = 8_000;
const STEPS: usize = 30_000;

/// Addresses that a set of bits holds.
const BITS: usize = 128;

/// A group that a cheaper division may hold.
pub(super) struct Column {
    members: u128,
    excess: i64,
}

/// What the groups listed say.
pub(super) struct Found {
    /// Whether every division was looked at.
    pub is_complete: bool,
    /// The cheapest that was seen.
    pub groups: Option<Groups>,
}

/// Every group whose excess is at most `most`, by main address; `None` where there are too many.
pub(super) fn list(
    instance: &Instance,
    pairs: &Pairs,
    prices: &[i64],
    relaxed: &Relaxed,
    most: i64,
) -> Option<Vec<Column>> {
    if instance.len() > BITS {
        return None;
    }
    let mut listing = Listing { instance, most, columns: Vec::new(), steps: 0 };
    for main in 0..instance.len() {
        let Some(others) = pairs.of(main) else { continue };
        let own = |&(site, cost): &(usize, i64)| (cost - prices[site] + relaxed.missed(site), site);
        let mut others: Vec<(i64, usize)> = others.iter().map(own).collect();
        others.sort_unstable();
        let mut left = vec![(0, 0); others.len() + 1];
        for (place, &(excess, site)) in others.iter().enumerate().rev() {
            let (least, held) = left[place + 1];
            left[place] = (least + excess.min(0), held + instance.dwellings[site]);
        }
        let start = -prices[main] - relaxed.bar + relaxed.missed(main);
        let held = instance.dwellings[main];
        listing.extend(&Main { others, left }, 0, (1 << main, start, held))?;
    }
    Some(listing.columns)
}

/// What a main address may have.
struct Main {
    /// The other addresses with their excess, the least first.
    others: Vec<(i64, usize)>,
    /// From each of them on, the sum of all negative ones, and the dwellings.
    left: Vec<(i64, u32)>,
}

struct Listing<'a> {
    instance: &'a Instance,
    most: i64,
    columns: Vec<Column>,
    steps: usize,
}

impl Listing<'_> {
    /// Adds the groups that begin with some members: members, excess, dwellings.
    fn extend(
        &mut self,
        main: &Main,
        from: usize,
        (members, excess, held): (u128, i64, u32),
    ) -> Option<()> {
        self.steps += 1;
        if self.steps > STEPS || self.columns.len() > MOST {
            return None;
        }
        if held >= self.instance.need && excess <= self.most {
            self.columns.push(Column { members, excess });
        }
        let Main { others, left } = main;
        for place in from..others.len() {
            let (least, more) = left[place];
            if excess + least > self.most || held + more < self.instance.need {
                break;
            }
            let (own, site) = others[place];
            // Those that follow cost no less each.
            if excess + own + left[place + 1].0 > self.most {
                if own >= 0 {
                    break;
                }
                continue;
            }
            let next = (members | 1 << site, excess + own, held + self.instance.dwellings[site]);
            self.extend(main, place + 1, next)?;
        }
        Some(())
    }
}

/// The cheapest division of all addresses into the groups listed, whose excess is at most `most`.
///
/// `fewer` is what is lost for each group fewer than there can be.
pub(super) fn cheapest(instance: &Instance, columns: &[Column], most: i64, fewer: i64) -> Found {
    let sites = instance.len();
    let mut of_site: Vec<Vec<usize>> = vec![Vec::new(); sites];
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|&at| (columns[at].excess, columns[at].members));
    for at in order {
        (0..sites)
            .filter(|site| columns[at].members >> site & 1 == 1)
            .for_each(|site| of_site[site].push(at));
    }
    // The address with the fewest groups is settled first.
    let mut sites_order: Vec<usize> = (0..sites).collect();
    sites_order.sort_by_key(|&site| (of_site[site].len(), site));
    let mut division = Dividing {
        columns,
        of_site,
        sites_order,
        most,
        most_groups: instance.most_groups(),
        fewer,
        chosen: Vec::new(),
        best: None,
        steps: 0,
    };
    let is_complete = division.cover(0, 0);
    let groups =
        division.best.map(|best| best.iter().map(|&at| members(columns[at].members)).collect());
    Found { is_complete, groups }
}

fn members(set: u128) -> Vec<usize> {
    (0..BITS).filter(|site| set >> site & 1 == 1).collect()
}

struct Dividing<'a> {
    columns: &'a [Column],
    /// By address, the groups that hold it, the least excess first.
    of_site: Vec<Vec<usize>>,
    sites_order: Vec<usize>,
    most: i64,
    most_groups: usize,
    fewer: i64,
    chosen: Vec<usize>,
    best: Option<Vec<usize>>,
    steps: usize,
}

impl Dividing<'_> {
    /// Goes through the divisions that hold the groups chosen; `false` once there are too many.
    fn cover(&mut self, covered: u128, excess: i64) -> bool {
        self.steps += 1;
        if self.steps > STEPS {
            return false;
        }
        let next = self.sites_order.iter().copied().find(|site| covered >> site & 1 == 0);
        let Some(site) = next else {
            let missing = self.most_groups.saturating_sub(self.chosen.len());
            let excess = excess + self.fewer * missing as i64;
            if excess <= self.most {
                self.best = Some(self.chosen.clone());
                self.most = excess - 1;
            }
            return true;
        };
        for place in 0..self.of_site[site].len() {
            let at = self.of_site[site][place];
            let column = &self.columns[at];
            if excess + column.excess > self.most {
                break;
            }
            if covered & column.members == 0 {
                let (covered, excess) = (covered | column.members, excess + column.excess);
                self.chosen.push(at);
                let finished = self.cover(covered, excess);
                self.chosen.pop();
                if !finished {
                    return false;
                }
            }
        }
        true
    }
}
