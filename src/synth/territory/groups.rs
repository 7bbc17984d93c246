//! Which communes make an EPCI and a département.

use std::collections::HashMap;

use super::ground::Ground;
use super::seeds::{Bin, nearest_bin};
use super::{CELL_AREA, CELLS};

/// Communes of a département, on average, where there are several.
const PER_DEPARTEMENT: usize = 360;
/// Communes of an EPCI along each axis, on average.
const EPCI_ACROSS: f64 = 4.0;
/// An EPCI with fewer communes goes to its neighbours.
const LEAST_EPCI: usize = 5;
/// Départements that there are codes for, but one: the neighbour's.
const MOST: usize = super::naming::DEPARTEMENTS - 1;

impl Ground {
    /// The EPCI of each commune, numbered from 0; the island has none.
    pub(super) fn epcis(&self) -> Vec<Option<usize>> {
        let spacing = EPCI_ACROSS * (CELLS * CELL_AREA).sqrt();
        let seed = self.frame.seed() ^ 0x0E9C_1000;
        let bin = |at| nearest_bin(seed, spacing, at, 0.3, |_| true);
        let first: Vec<_> = self.seeds.iter().map(|at| bin(*at)).collect();
        let mut sizes: HashMap<Bin, usize> = HashMap::new();
        for bin in first.iter().flatten() {
            *sizes.entry(*bin).or_default() += 1;
        }
        let large = |bin: Bin| sizes.get(&bin).is_some_and(|size| *size >= LEAST_EPCI);
        let mut numbers = HashMap::new();
        let mut groups = Vec::with_capacity(self.seeds.len());
        for at in &self.seeds {
            // Where all are small, what is left is one EPCI.
            let bin = nearest_bin(seed, spacing, *at, 0.3, large).unwrap_or((0, 0));
            let next = numbers.len();
            groups.push(Some(*numbers.entry(bin).or_insert(next)));
        }
        let host = self.owners[&self.enclave.1.neighbours()[0]];
        groups[self.enclave.0] = groups[host];
        groups[self.island] = None;
        groups
    }

    /// The département of each commune: blocks of whole EPCI, but for the easternmost EPCI, whose
    /// east is in a neighbour, the last département.
    pub(super) fn departements(&self, groups: &[Option<usize>]) -> Vec<usize> {
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
