//! Which communes make an EPCI, an EPT and a département.

use std::collections::{BTreeMap, HashMap};

use super::super::country::COMMUNES;
use super::super::dice::hashed;

use super::Land;
use super::ground::Ground;
use super::seeds::{Bin, nearest_bin};

/// Communes of a département, on average, where there are several.
const PER_DEPARTEMENT: usize = 360;
/// Communes of an EPCI along each axis, on average, in a département and in the country.
const EPCI_ACROSS: f64 = 4.0;
const EPCI_ACROSS_COUNTRY: f64 = 5.4;
/// The same of an EPT.
const EPT_ACROSS: f64 = 3.4;
/// EPCI that became one to make the metropolis of the whole country.
const METROPOLIS: usize = 5;
/// Share of the EPCI on the border of a département that cross it.
const CROSSING: f64 = 0.045;
/// An EPCI with fewer communes goes to its neighbours.
const LEAST_EPCI: usize = 5;
/// Départements that there are codes for, but one: the neighbour's.
const MOST: usize = super::naming::DEPARTEMENTS - 1;

/// What each commune is in.
pub(super) struct Groups {
    pub(super) epcis: Vec<Option<usize>>,
    pub(super) epts: Vec<Option<usize>>,
    pub(super) departements: Vec<usize>,
}

impl Ground {
    /// The groups of each commune, numbered from 0.
    pub(super) fn groups(&self, land: Land) -> Groups {
        let epcis = self.epcis(land);
        let epts = if land.is_country() { self.epts(&epcis) } else { vec![None; epcis.len()] };
        let mut departements = self.departements(&epcis);
        if land.is_country() {
            self.cross(&epcis, &mut departements);
        }
        Groups { epcis, epts, departements }
    }

    /// The EPCI of each commune; the island has none.
    fn epcis(&self, land: Land) -> Vec<Option<usize>> {
        let across = if land.is_country() { EPCI_ACROSS_COUNTRY } else { EPCI_ACROSS };
        let spacing = across * self.frame.grain().spacing();
        let seed = self.frame.seed() ^ 0x0E9C_1000;
        let bin = |at| nearest_bin(seed, spacing, at, 0.3, |_| true);
        let first: Vec<_> = self.seeds.iter().map(|at| bin(*at)).collect();
        let mut sizes: HashMap<Bin, usize> = HashMap::new();
        for bin in first.iter().flatten() {
            *sizes.entry(*bin).or_default() += 1;
        }
        let large = |bin: Bin| sizes.get(&bin).is_some_and(|size| *size >= LEAST_EPCI);
        // Where all are small, what is left is one EPCI.
        let bins: Vec<Bin> = self
            .seeds
            .iter()
            .map(|at| nearest_bin(seed, spacing, *at, 0.3, large).unwrap_or((0, 0)))
            .collect();
        let metropolis = if land.is_country() { self.metropolis(&bins) } else { Vec::new() };
        let mut numbers = HashMap::new();
        let mut groups = Vec::with_capacity(self.seeds.len());
        for bin in &bins {
            let bin = if metropolis.contains(bin) { bins[0] } else { *bin };
            let next = numbers.len();
            groups.push(Some(*numbers.entry(bin).or_insert(next)));
        }
        let host = self.owners[&self.enclave.1.neighbours()[0]];
        groups[self.enclave.0] = groups[host];
        groups[self.island] = None;
        groups
    }

    /// The groups nearest to the town, which make one EPCI.
    fn metropolis(&self, bins: &[Bin]) -> Vec<Bin> {
        let mut sums: BTreeMap<Bin, (f64, f64, f64)> = BTreeMap::new();
        for (bin, (x, y)) in bins.iter().zip(&self.seeds) {
            let sum = sums.entry(*bin).or_default();
            *sum = (sum.0 + x, sum.1 + y, sum.2 + 1.0);
        }
        let town = self.seeds[0];
        let far = |(x, y, count): (f64, f64, f64)| {
            (x / count - town.0).powi(2) + (y / count - town.1).powi(2)
        };
        let mut near: Vec<(f64, Bin)> =
            sums.into_iter().map(|(bin, sum)| (far(sum), bin)).collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.truncate((METROPOLIS * bins.len() / COMMUNES).clamp(2, METROPOLIS));
        near.into_iter().map(|(_, bin)| bin).chain([bins[0]]).collect()
    }

    /// The EPT of each commune of the metropolis but the town.
    fn epts(&self, epcis: &[Option<usize>]) -> Vec<Option<usize>> {
        let seed = self.frame.seed() ^ 0x0E97_2000;
        let mut numbers = HashMap::new();
        let number = |(commune, epci): (usize, &Option<usize>)| {
            if commune == 0 || *epci != epcis[0] {
                return None;
            }
            let at = self.seeds[commune];
            let bin =
                nearest_bin(seed, EPT_ACROSS * self.frame.grain().spacing(), at, 0.3, |_| true)?;
            let next = numbers.len();
            Some(*numbers.entry(bin).or_insert(next))
        };
        epcis.iter().enumerate().map(number).collect()
    }

    /// Lets some EPCI cross the border of their département: the communes that touch the
    /// neighbour go to it.
    fn cross(&self, epcis: &[Option<usize>], departements: &mut [usize]) {
        let mut crossing: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
        for (commune, epci) in epcis.iter().enumerate() {
            let Some(epci) = *epci else { continue };
            *sizes.entry(epci).or_default() += 1;
            let chosen = hashed(self.frame.seed(), &[epci as i64, 0xC505]) < CROSSING;
            if !chosen || Some(epci) == epcis[0] {
                continue;
            }
            let touched = self.cells[commune]
                .iter()
                .flat_map(|cell| cell.neighbours())
                .filter_map(|cell| self.owners.get(&cell))
                .map(|owner| departements[*owner])
                .find(|other| *other != departements[commune]);
            if let Some(other) = touched {
                crossing.entry((epci, other)).or_default().push(commune);
            }
        }
        let mut last = None;
        for ((epci, other), mut communes) in crossing {
            // One neighbour for each, and most of its communes stay.
            if last.replace(epci) == Some(epci) {
                continue;
            }
            communes.truncate(sizes[&epci] * 2 / 5);
            for commune in communes {
                departements[commune] = other;
            }
        }
    }

    /// The département of each commune: blocks of whole EPCI, but for the easternmost EPCI, whose
    /// east is in a neighbour, the last département.
    fn departements(&self, groups: &[Option<usize>]) -> Vec<usize> {
        let epcis = groups.iter().flatten().max().map_or(0, |last| last + 1);
        let mut members = vec![Vec::new(); epcis];
        for (commune, group) in groups.iter().enumerate() {
            if let Some(group) = group {
                members[*group].push(commune);
            }
        }
        let middle = |group: usize| {
            let sum = members[group].iter().fold((0.0, 0.0), |sum, commune| {
                (sum.0 + self.seeds[*commune].0, sum.1 + self.seeds[*commune].1)
            });
            let count = members[group].len().max(1) as f64;
            (sum.0 / count, sum.1 / count)
        };
        let blocks = (self.seeds.len() / PER_DEPARTEMENT).clamp(1, MOST);
        let mut epci_block = vec![0; epcis];
        let mut all: Vec<(usize, (f64, f64), usize)> =
            (0..epcis).map(|group| (group, middle(group), members[group].len())).collect();
        split(&mut all, 0, blocks, &mut epci_block);
        let mut found: Vec<usize> = groups
            .iter()
            .map(|group| group.map_or(epci_block[0], |group| epci_block[group]))
            .collect();
        let east = (0..epcis).max_by(|a, b| middle(*a).0.total_cmp(&middle(*b).0)).unwrap_or(0);
        let mut crossing = members[east].clone();
        crossing.sort_by(|a, b| self.seeds[*b].0.total_cmp(&self.seeds[*a].0));
        crossing.truncate((crossing.len() * 2 / 5).max(2));
        for commune in crossing {
            found[commune] = blocks;
        }
        found
    }
}

/// Cuts a set of EPCI (number, middle, communes) into `blocks` parts of like size, across its
/// longer axis, and again.
fn split(
    epcis: &mut [(usize, (f64, f64), usize)],
    first: usize,
    blocks: usize,
    found: &mut [usize],
) {
    if blocks <= 1 || epcis.len() <= 1 {
        for (epci, _, _) in epcis {
            found[*epci] = first;
        }
        return;
    }
    let extent = |axis: fn(&(f64, f64)) -> f64| {
        let all = || epcis.iter().map(|(_, at, _)| axis(at));
        all().fold(f64::MIN, f64::max) - all().fold(f64::MAX, f64::min)
    };
    let wide = extent(|at| at.0) > extent(|at| at.1);
    epcis.sort_by(
        |(_, a, _), (_, b, _)| {
            if wide { a.0.total_cmp(&b.0) } else { a.1.total_cmp(&b.1) }
        },
    );
    let total: usize = epcis.iter().map(|(_, _, size)| size).sum();
    let half = blocks / 2;
    let mut sum = 0;
    let cut = epcis
        .iter()
        .position(|(_, _, size)| {
            sum += size;
            sum * blocks >= total * half
        })
        .map_or(1, |index| (index + 1).clamp(1, epcis.len() - 1));
    let (low, high) = epcis.split_at_mut(cut);
    split(low, first, half, found);
    split(high, first + half, blocks - half, found);
}
