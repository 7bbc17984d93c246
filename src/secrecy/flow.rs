//! Certificates by circulation, without a linear programme.
//!
//! Choose a set of families of cells. A class is then an edge between two nodes: its cells of those
//! families, and its other cells. A circulation on this graph sums to zero at every node, so over
//! every cell: it is a perturbation that no published cell sees. As long as each class carries no
//! more than its households, what flows back through the small class adds to it without a cost.
//! Circulations of several choices add up. This finds most certificates; it refuses nothing.

use std::collections::{HashMap, VecDeque};

use super::classes::Classes;
use super::system::{Family, SCALES};
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
    for choice in CHOICES {
        let graph = Graph::new(classes, local, choice);
        while flow[0] < lacking && graph.augment(&most, &mut flow, lacking) {}
        if flow[0] == lacking {
            return Some(local.iter().copied().zip(flow).collect());
        }
    }
    None
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
    fn new(classes: &Classes, local: &[u32], choice: u128) -> Graph {
        let mut nodes: HashMap<(bool, u64), u32> = HashMap::with_capacity(2 * local.len());
        let mut graph = Graph { left: Vec::new(), right: Vec::new(), edges: Vec::new() };
        for (edge, &class) in local.iter().enumerate() {
            // Sets are told apart by a sum of their cells' hashes: a clash would spoil the
            // certificate, and its check would say so.
            let (mut chosen, mut others) = (0u64, 0u64);
            for &cell in classes.cells(class) {
                let family: Family = classes.system().family(cell);
                let side =
                    if choice >> family.min(127) & 1 == 1 { &mut chosen } else { &mut others };
                *side = side.wrapping_add(scattered(cell));
            }
            let mut node = |key: (bool, u64)| {
                let next = nodes.len() as u32;
                let node = *nodes.entry(key).or_insert(next);
                if node == next {
                    graph.edges.push(Vec::new());
                }
                graph.edges[node as usize].push(edge as u32);
                node
            };
            let (left, right) = (node((true, chosen)), node((false, others)));
            graph.left.push(left);
            graph.right.push(right);
        }
        graph
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
