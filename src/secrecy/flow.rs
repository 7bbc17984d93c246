//! Certificates by circulation, without a linear programme.
//!
//! Choose a set of families of cells. A class is then an edge between two nodes: its cells of those
//! families, and its other cells. A circulation on this graph sums to zero at every node, so over
//! every cell: it is a perturbation that no published cell sees. As long as each class carries no
//! more than its households, what flows back through the small class adds to it without a cost.
//! Circulations of several choices add up. This finds most certificates; it refuses nothing.

use std::collections::VecDeque;

use foldhash::HashMap;

use super::classes::Classes;
use super::system::{LEVELS, SCALES};
use crate::domain::Scale;

/// The choices of families, those that succeed most often first.
const CHOICES: [u128; 9] = [
    every(Scale::Carreau),
    DOMAINS,
    every(Scale::Qpv),
    every(Scale::Iris) | every(Scale::Arrondissement),
    every(Scale::Carreau) | every(Scale::Qpv),
    every(Scale::Adresse) | every(Scale::Carreau),
    only(Scale::Carreau),
    only(Scale::Qpv),
    DOMAINS & !every(Scale::Carreau),
];

/// Sets of universes that are exchanged, at most.
const EXCHANGES: usize = 12;

/// Families of the domains.
const DOMAINS: u128 = !((1 << SCALES) - 1);

/// A scale's family in the filter alone.
const fn only(scale: Scale) -> u128 {
    1 << scale as u8
}

/// A scale's families in the filter and its domains.
const fn every(scale: Scale) -> u128 {
    let (mut families, mut shift) = (0, scale as u8);
    while shift < 128 {
        families |= 1 << shift;
        shift += SCALES;
    }
    families
}

/// A perturbation of `local` classes that adds to the first what it lacks, or nothing where no
/// circulation does. Weights are whole households.
pub(super) fn circulation(
    classes: &Classes,
    local: &[u32],
    threshold: u64,
) -> Option<Vec<(u32, i64)>> {
    let small = *local.first()?;
    let lacking = threshold.saturating_sub(classes.households(small)) as i64;
    let most: Vec<i64> =
        local.iter().map(|&class| classes.households(class).min(threshold) as i64).collect();
    let mut flow = vec![0i64; local.len()];
    let held: Vec<Vec<(u32, u64)>> = local.iter().map(|&class| held(classes, class)).collect();
    let (first, others) = CHOICES.split_at(1);
    let choices = first.iter().copied().chain(exchanges(classes, local));
    for choice in choices.chain(others.iter().copied()) {
        let Some(graph) = Graph::new(&held, choice) else { continue };
        while flow[0] < lacking && graph.augment(&most, &mut flow, lacking) {}
        if flow[0] == lacking {
            return Some(local.iter().copied().zip(flow).collect());
        }
    }
    None
}

/// The family and the hash of each cell of a class.
fn held(classes: &Classes, class: u32) -> Vec<(u32, u64)> {
    let cells = classes.cells(class).iter();
    cells.map(|&cell| (classes.system().family(cell).min(127).into(), scattered(cell))).collect()
}

/// The families of the universes that the first class and another do not both belong to, for each
/// such set of universes: households then exchange them with others of their place.
fn exchanges(classes: &Classes, local: &[u32]) -> Vec<u128> {
    let universes = |class: u32| -> u16 {
        let families = classes.cells(class).iter().map(|&cell| classes.system().family(cell));
        families.fold(0, |mask, family| mask | 1 << (family / SCALES).min(15))
    };
    let mut found: Vec<u16> = Vec::new();
    let Some((&small, others)) = local.split_first() else { return Vec::new() };
    let own = universes(small);
    for mask in others.iter().map(|&class| own ^ universes(class)) {
        if mask != 0 && found.len() < EXCHANGES && !found.contains(&mask) {
            found.push(mask);
        }
    }
    let families = |mask: &u16| {
        let own = (0..LEVELS as u32).filter(|level| mask >> level & 1 == 1);
        own.fold(0, |all, level| all | ((1u128 << SCALES) - 1) << (level * u32::from(SCALES)))
    };
    found.iter().map(families).collect()
}

/// One choice of families: each class an edge from the left node of its chosen cells to the right
/// node of the others.
struct Graph {
    left: Vec<u32>,
    right: Vec<u32>,
    /// By node, its edges.
    edges: Vec<Vec<u32>>,
}

impl Graph {
    /// Nothing where no path could lead back through the first edge.
    fn new(held: &[Vec<(u32, u64)>], choice: u128) -> Option<Graph> {
        // Sets are told apart by a sum of their cells' hashes: a clash would spoil the
        // certificate, and its check would say so.
        let keys: Vec<[u64; 2]> = held
            .iter()
            .map(|cells| {
                let mut keys = [0u64; 2];
                for &(family, hash) in cells {
                    let side = usize::from(choice >> family & 1 == 0);
                    keys[side] = keys[side].wrapping_add(hash);
                }
                keys
            })
            .collect();
        let (small, others) = keys.split_first()?;
        let is_met = |side: usize| others.iter().any(|keys| keys[side] == small[side]);
        if !is_met(0) || !is_met(1) {
            return None;
        }
        let mut graph = Graph { left: Vec::new(), right: Vec::new(), edges: Vec::new() };
        let mut nodes: [HashMap<u64, u32>; 2] = Default::default();
        for (edge, keys) in keys.iter().enumerate() {
            let mut ends = [0; 2];
            for side in 0..2 {
                let next = graph.edges.len() as u32;
                ends[side] = *nodes[side].entry(keys[side]).or_insert(next);
                if ends[side] == next {
                    graph.edges.push(Vec::new());
                }
                graph.edges[ends[side] as usize].push(edge as u32);
            }
            graph.left.push(ends[0]);
            graph.right.push(ends[1]);
        }
        Some(graph)
    }

    /// Sends as much as fits along one path from the first edge's right node to its left node, and
    /// back through that edge. `false` where there is no such path.
    fn augment(&self, most: &[i64], flow: &mut [i64], lacking: i64) -> bool {
        let (start, end) = (self.right[0], self.left[0]);
        let mut reached: Vec<Option<u32>> = vec![None; self.edges.len()];
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            if node == end {
                break;
            }
            for &edge in &self.edges[node as usize] {
                let (other, room) = self.step(node, edge, most, flow);
                if edge != 0 && room > 0 && other != start && reached[other as usize].is_none() {
                    reached[other as usize] = Some(edge);
                    queue.push_back(other);
                }
            }
        }
        let mut path = Vec::new();
        let mut node = end;
        let mut amount = lacking - flow[0];
        while node != start {
            let Some(edge) = reached[node as usize] else { return false };
            let from = self.other(node, edge);
            amount = amount.min(self.step(from, edge, most, flow).1);
            path.push((from, edge));
            node = from;
        }
        for (from, edge) in path {
            let is_rightward = from == self.left[edge as usize];
            flow[edge as usize] += if is_rightward { amount } else { -amount };
        }
        flow[0] += amount;
        true
    }

    fn other(&self, node: u32, edge: u32) -> u32 {
        let (left, right) = (self.left[edge as usize], self.right[edge as usize]);
        if node == left { right } else { left }
    }

    /// Where an edge leads from a node, and how much more it can carry that way.
    fn step(&self, node: u32, edge: u32, most: &[i64], flow: &[i64]) -> (u32, i64) {
        let (flow, most) = (flow[edge as usize], most[edge as usize]);
        let room = if node == self.left[edge as usize] { most - flow } else { most + flow };
        (self.other(node, edge), room)
    }
}

/// A well spread hash of a cell (the finaliser of splitmix64).
fn scattered(cell: u32) -> u64 {
    let mut hash = (u64::from(cell) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    hash = (hash ^ hash >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ hash >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ hash >> 31
}
