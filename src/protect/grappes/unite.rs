//! Units are united until each group holds nobody of a filter, or enough.
//!
//! One union for all filters, so that a reader sees one group with one portrait: siblings of one block
//! first, the nearest first; then what is left joins a group of its carreau across a border, where the
//! carreau itself may be published; elsewhere groups of one commune are pooled, rather of one QPV and one
//! IRIS, no wider than a kilometre.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use rayon::prelude::*;

use domain::Catalogue;
use ingest::{Block, Units};

use crate::aggregate::Tallies;

/// The widest pool, in decimetres: across it lies a wrong coordinate rather than a neighbour.
const WIDEST: i64 = 10_000;

/// Neighbours of a group that are looked at first for a pool.
const NEIGHBOURS: usize = 24;

/// Households of each filter, by atom.
pub(super) struct Members {
    filters: usize,
    /// Of these filters, those whose count decides whether a carreau may be published.
    deciding: Vec<usize>,
    counts: Vec<u32>,
}

impl Members {
    /// `filters` are universes, the register first.
    pub(super) fn new(tallies: &Tallies, catalogue: &Catalogue, filters: &[usize]) -> Members {
        let kinds: Vec<_> = catalogue.universes().iter().map(|own| own.kind).collect();
        let all = tallies.counts(&kinds);
        let of_atom = |counts: &[u32]| filters.iter().map(|&own| counts[own]).collect::<Vec<_>>();
        let counts = all.chunks(kinds.len().max(1)).flat_map(of_atom).collect();
        let deciding = [Some(0), catalogue.surveyed(), Some(catalogue.secret_universe())];
        let place = |own: usize| filters.iter().position(|&filter| filter == own);
        let deciding = deciding.into_iter().flatten().filter_map(place).collect();
        Members { filters: filters.len(), deciding, counts }.without_empty()
    }

    /// A filter of nobody decides nothing.
    fn without_empty(mut self) -> Members {
        let is_empty =
            |own: usize| self.counts.iter().skip(own).step_by(self.filters).all(|&n| n == 0);
        self.deciding = self.deciding.iter().copied().filter(|&own| !is_empty(own)).collect();
        self
    }

    fn of(&self, atom: u32) -> &[u32] {
        &self.counts[atom as usize * self.filters..][..self.filters]
    }

    fn sum<'a>(&self, atoms: impl IntoIterator<Item = &'a u32>) -> Vec<u64> {
        let mut sum = vec![0; self.filters];
        for &atom in atoms {
            sum.iter_mut().zip(self.of(atom)).for_each(|(sum, own)| *sum += u64::from(*own));
        }
        sum
    }
}

/// Units that are one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The main address of the unit with most dwellings, the first of several.
    pub main: u32,
    /// Sorted.
    pub atoms: Vec<u32>,
    /// The groups that it was made of, by their places.
    pub parts: Vec<usize>,
}

/// A group that may still grow.
#[derive(Clone)]
struct Growing<'a> {
    main: u32,
    /// Dwellings of the unit whose main address it has.
    main_held: u32,
    atoms: Vec<u32>,
    block: &'a Block,
    counts: Vec<u64>,
    parts: Vec<usize>,
    /// West, south, east, north: decimetres.
    bounds: [i32; 4],
}

impl<'a> Growing<'a> {
    fn unite(&mut self, other: Growing<'a>) {
        let is_first =
            (Reverse(self.main_held), self.main) <= (Reverse(other.main_held), other.main);
        if !is_first {
            (self.main, self.main_held, self.block) = (other.main, other.main_held, other.block);
        }
        self.atoms.extend(other.atoms);
        self.parts.extend(other.parts);
        self.counts.iter_mut().zip(&other.counts).for_each(|(own, other)| *own += other);
        self.bounds = around(self.bounds, other.bounds);
    }

    fn is_short(&self, threshold: u64) -> bool {
        self.counts.iter().any(|count| (1..threshold).contains(count))
    }

    /// Whether it is one address that needs no other: it stays alone where its neighbours have another
    /// way.
    fn is_alone(&self, threshold: u64) -> bool {
        self.atoms.len() == 1 && !self.is_short(threshold)
    }
}

fn around(one: [i32; 4], other: [i32; 4]) -> [i32; 4] {
    [one[0].min(other[0]), one[1].min(other[1]), one[2].max(other[2]), one[3].max(other[3])]
}

/// The groups, by their main addresses.
pub(super) fn unite(units: &Units, members: &Members, threshold: u64) -> Vec<Group> {
    let decided: Vec<bool> = (0..units.carreaux())
        .map(|carreau| {
            let held = members.sum(units.in_carreau(carreau));
            members.deciding.iter().all(|&own| held[own] >= threshold)
        })
        .collect();
    let mut groups: Vec<Growing> = Vec::new();
    for block in units.list().chunk_by(|one, other| one.1 == other.1) {
        let own = block.iter().map(|(unit, block)| growing(units, members, unit, block));
        groups.extend(siblings(units, own.collect(), threshold));
    }
    let (shown, secret): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|group| decided[group.block.carreau()]);
    let joined = across(units, shown, threshold).into_iter();
    finished(joined.chain(pooled(units, secret, threshold)))
}

/// The same once it is known which carreaux are secret for their neighbours' sake: what is short joins
/// groups of these too. `counts` are those of the groups' filters; `is_secret` speaks of a carreau.
pub(super) fn unite_beside(
    units: &Units,
    groups: Vec<(Group, Vec<u64>)>,
    threshold: u64,
    is_secret: impl Fn(usize) -> bool,
) -> Vec<Group> {
    let blocks = units.blocks();
    let mut kept: Vec<Growing> = Vec::new();
    let mut secret: Vec<Growing> = Vec::new();
    for (place, (group, counts)) in groups.iter().enumerate() {
        let of = |atom: u32| blocks[atom as usize];
        // Every group has an address, and every address a block.
        let Some(block) = of(group.main) else { continue };
        let own = Growing {
            main: group.main,
            main_held: group.atoms.iter().map(|&atom| units.dwellings(atom)).sum(),
            atoms: group.atoms.clone(),
            block,
            counts: counts.clone(),
            parts: vec![place],
            bounds: bounds(units, &group.atoms),
        };
        let mut own_blocks = group.atoms.iter().filter_map(|&atom| of(atom));
        let is_within =
            own_blocks.all(|other| other.by_town(block).is_eq() && is_secret(other.carreau()));
        if is_within { secret.push(own) } else { kept.push(own) }
    }
    let pooled = pooled(units, secret, threshold);
    finished(kept.into_iter().chain(pooled))
}

fn finished<'a>(groups: impl Iterator<Item = Growing<'a>>) -> Vec<Group> {
    let finished = |Growing { main, mut atoms, parts, .. }: Growing| {
        atoms.sort_unstable();
        Group { main, atoms, parts }
    };
    let mut groups: Vec<Group> = groups.map(finished).collect();
    groups.sort_unstable_by_key(|group| group.main);
    groups
}

/// West, south, east, north of some addresses.
fn bounds(units: &Units, atoms: &[u32]) -> [i32; 4] {
    let at = |&atom: &u32| {
        let (x, y) = units.at(atom);
        [x, y, x, y]
    };
    atoms.iter().map(at).reduce(around).unwrap_or_default()
}

fn growing<'a>(
    units: &Units,
    members: &Members,
    unit: &ingest::Unit,
    block: &'a Block,
) -> Growing<'a> {
    Growing {
        main: unit.main,
        main_held: unit.atoms.iter().map(|&atom| units.dwellings(atom)).sum(),
        atoms: unit.atoms.clone(),
        block,
        counts: members.sum(&unit.atoms),
        parts: Vec::new(),
        bounds: bounds(units, &unit.atoms),
    }
}

/// The square of the distance of two main addresses, in square decimetres.
fn apart(units: &Units, one: &Growing, other: &Growing) -> i64 {
    let ((x, y), (u, v)) = (units.at(one.main), units.at(other.main));
    let (across, along) = (i64::from(x) - i64::from(u), i64::from(y) - i64::from(v));
    across * across + along * along
}

/// Unites the groups of one block, the nearest first, until none is short or one is left. An address that
/// needs no other is taken last.
fn siblings<'a>(units: &Units, mut groups: Vec<Growing<'a>>, threshold: u64) -> Vec<Growing<'a>> {
    loop {
        let all = 0..groups.len();
        let pairs = all.clone().flat_map(|one| all.clone().map(move |other| (one, other)));
        let nearest = pairs
            .filter(|&(one, other)| one != other && groups[one].is_short(threshold))
            .min_by_key(|&(one, other)| {
                let (own, beside) = (&groups[one], &groups[other]);
                let is_alone = beside.is_alone(threshold);
                (is_alone, apart(units, own, beside), own.main, beside.main)
            });
        let Some((one, other)) = nearest else { return groups };
        let (low, high) = (one.min(other), one.max(other));
        let united = groups.swap_remove(high);
        groups[low].unite(united);
    }
}

/// Groups of carreaux that may be published: what is short joins a group of its carreau across a border
/// of QPV or IRIS, rather of the same QPV, then of the same IRIS, then the nearest.
fn across<'a>(units: &Units, groups: Vec<Growing<'a>>, threshold: u64) -> Vec<Growing<'a>> {
    let mut by_carreau: BTreeMap<usize, Vec<Growing>> = BTreeMap::new();
    for group in groups {
        by_carreau.entry(group.block.carreau()).or_default().push(group);
    }
    let mut joined = Vec::new();
    for mut groups in by_carreau.into_values() {
        loop {
            let all = 0..groups.len();
            let pairs = all.clone().flat_map(|one| all.clone().map(move |other| (one, other)));
            let best = pairs
                .filter(|&(one, other)| {
                    let (own, beside) = (&groups[one], &groups[other]);
                    one != other && own.is_short(threshold) && own.block.is_beside(beside.block)
                })
                .min_by_key(|&(one, other)| {
                    let (own, beside) = (&groups[one], &groups[other]);
                    let borders = own.block.borders(beside.block);
                    (
                        beside.is_alone(threshold),
                        borders,
                        apart(units, own, beside),
                        own.main,
                        beside.main,
                    )
                });
            let Some((one, other)) = best else { break };
            let (low, high) = (one.min(other), one.max(other));
            let united = groups.swap_remove(high);
            groups[low].unite(united);
        }
        joined.extend(groups);
    }
    joined
}

/// Groups of carreaux that cannot be published: those of one commune are pooled while one of both is short
/// and the pool is not too wide, those with the fewest borders between them first, then the nearest.
fn pooled<'a>(units: &Units, groups: Vec<Growing<'a>>, threshold: u64) -> Vec<Growing<'a>> {
    let mut groups = groups;
    groups.sort_by(|one, other| one.block.by_town(other.block).then(one.main.cmp(&other.main)));
    let mut towns: Vec<Vec<Growing>> = Vec::new();
    for group in groups {
        match towns.last_mut().filter(|own| own[0].block.by_town(group.block).is_eq()) {
            Some(own) => own.push(group),
            None => towns.push(vec![group]),
        }
    }
    let pooled: Vec<Vec<Growing>> =
        towns.into_par_iter().map(|own| pool(units, own, threshold)).collect();
    pooled.into_iter().flatten().collect()
}

/// Two groups that may be pooled: borders between them, whether one of them needs no other, the square of
/// their distance, their places.
type Pair = ((bool, bool, bool), bool, i64, usize, usize);

fn pool<'a>(units: &Units, groups: Vec<Growing<'a>>, threshold: u64) -> Vec<Growing<'a>> {
    let mut groups: Vec<Option<Growing>> = groups.into_iter().map(Some).collect();
    let mut pairs: BinaryHeap<Reverse<Pair>> = BinaryHeap::new();
    for at in 0..groups.len() {
        near(units, &groups, at, threshold, &mut pairs);
    }
    while let Some(Reverse((.., one, other))) = pairs.pop() {
        let (Some(own), Some(beside)) = (&groups[one], &groups[other]) else { continue };
        let is_short = own.is_short(threshold) || beside.is_short(threshold);
        if !is_short || is_wide(around(own.bounds, beside.bounds)) {
            continue;
        }
        let (Some(mut own), Some(beside)) = (groups[one].take(), groups[other].take()) else {
            continue;
        };
        own.unite(beside);
        groups.push(Some(own));
        near(units, &groups, groups.len() - 1, threshold, &mut pairs);
    }
    groups.into_iter().flatten().collect()
}

fn is_wide([west, south, east, north]: [i32; 4]) -> bool {
    let (width, height) = (i64::from(east) - i64::from(west), i64::from(north) - i64::from(south));
    width * width + height * height > WIDEST * WIDEST
}

/// Adds the pairs of a group with the best ones before it.
fn near(
    units: &Units,
    groups: &[Option<Growing>],
    at: usize,
    threshold: u64,
    pairs: &mut BinaryHeap<Reverse<Pair>>,
) {
    let Some(own) = &groups[at] else { return };
    let others = groups[..at].iter().enumerate();
    let mut best: Vec<Pair> = others
        .filter_map(|(other, beside)| {
            let beside = beside.as_ref()?;
            let may_be_pooled = (own.is_short(threshold) || beside.is_short(threshold))
                && !is_wide(around(own.bounds, beside.bounds));
            let is_alone = own.is_alone(threshold) || beside.is_alone(threshold);
            let borders = own.block.borders(beside.block);
            may_be_pooled.then(|| (borders, is_alone, apart(units, own, beside), other, at))
        })
        .collect();
    if best.len() > NEIGHBOURS {
        best.select_nth_unstable(NEIGHBOURS);
        best.truncate(NEIGHBOURS);
    }
    pairs.extend(best.into_iter().map(Reverse));
}
