//! Rule R2, the one-eleventh rule included, on two nested families of published cells: no record
//! is needed (`protect/secrecy/METHOD.md`, "The independent audit").
//!
//! Take from each cell the cells of its family inside it: what is left of it is a node. Every
//! class is an edge between its node in either family; where it is in no cell of a family, its
//! end is one node for both, the ground. A combination of the cells gives each node a number (the
//! second family's with the other sign, the ground's is 0), and weighs on a class what the numbers
//! at its ends differ by: the combinations are the cut space of this graph.
//!
//! There the rule on supports and the one-eleventh rule are one, so that flows decide both. Give
//! `p` to the nodes: for every number `t`, the edges from `p > t` to `p ≤ t` are a cut, and
//! `Σ |v_c| N(c)` is the sum over all `t` of what that cut weighs. Where every cut weighs 11, an
//! edge with `|v_c|` between its ends lies in cuts over a length of `|v_c|`, so the sum is at
//! least `11 · |v_c|`. A cut itself is a combination of −1, 0 and 1.

use std::collections::{HashMap, HashSet};

use super::combination::Combination;
use super::families::{NONE, Pair};
use super::mincut::{self, Cut, Edge};
use super::system::System;

/// The graph of a pair of families, with its cuts under the threshold.
pub struct Cuts<'a> {
    system: &'a System,
    pair: &'a Pair,
    edges: Vec<Edge>,
    /// For each edge the classes of the whole system that are one in it.
    classes: Vec<Vec<u32>>,
    threshold: u64,
    pub found: mincut::SmallCuts,
}

impl<'a> Cuts<'a> {
    /// Looks for every cut under the threshold. Where there is none and nothing was too long, R2
    /// holds for all combinations of the cells in the two families.
    pub fn new(system: &'a System, pair: &'a Pair, threshold: u64) -> Cuts<'a> {
        let (edges, classes) = graph(system, pair);
        let ground = system.cells().len() as u32;
        let found = mincut::small_cuts(ground as usize + 1, ground, &edges, threshold);
        Cuts { system, pair, edges, classes, threshold, found }
    }

    /// The classes of a cut, sorted.
    pub fn set(&self, cut: &Cut) -> Vec<u32> {
        let classes = cut.edges.iter().flat_map(|edge| &self.classes[*edge as usize]);
        let mut set: Vec<u32> = classes.copied().collect();
        set.sort_unstable();
        set
    }

    /// The combination of a cut, once additions over every class of its cells have shown that it
    /// is 0 outside the cut, not 0 in any class of it, and that these are under the threshold.
    pub fn proved(&self, writer: &Writer, cut: &Cut) -> Option<Combination> {
        let set = self.set(cut);
        let whole: u64 = set.iter().map(|class| self.system.weights()[*class as usize]).sum();
        let inside = set.into_iter().collect();
        let found = Combination::new(self.system, writer.terms(&cut.side), &inside)?;
        (found.households == whole && whole < self.threshold).then_some(found)
    }

    pub fn writer(&self) -> Writer<'a> {
        Writer::new(self.pair, &self.edges)
    }
}

/// The edges, and the classes of the whole system that are one in each.
fn graph(system: &System, pair: &Pair) -> (Vec<Edge>, Vec<Vec<u32>>) {
    let ground = system.cells().len() as u32;
    let [first, second] = &pair.innermost;
    let mut ends: Vec<([u32; 2], u32)> = (0..system.weights().len())
        .map(|class| ([first[class], second[class]].map(|cell| cell.min(ground)), class as u32))
        .filter(|([one, two], _)| one != two)
        .collect();
    ends.sort_unstable();
    let (mut edges, mut classes): (Vec<Edge>, Vec<Vec<u32>>) = (Vec::new(), Vec::new());
    for (ends, class) in ends {
        let weight = system.weights()[class as usize];
        match (edges.last_mut(), classes.last_mut()) {
            (Some(edge), Some(classes)) if edge.ends == ends => {
                edge.weight += weight;
                classes.push(class);
            }
            _ => {
                edges.push(Edge { ends, weight });
                classes.push(vec![class]);
            }
        }
    }
    (edges, classes)
}

/// Writes cuts as combinations of cells.
pub struct Writer<'a> {
    pair: &'a Pair,
    /// The cells of its family right inside each cell.
    children: HashMap<u32, Vec<u32>>,
    /// The cells of which something is left; others are nodes that no class meets.
    is_left: HashSet<u32>,
}

impl Writer<'_> {
    fn new<'a>(pair: &'a Pair, edges: &[Edge]) -> Writer<'a> {
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        for (around, cell) in pair.parent.iter().zip(0..).filter(|(around, _)| **around != NONE) {
            children.entry(*around).or_default().push(cell);
        }
        let is_left = edges.iter().flat_map(|edge| edge.ends).collect();
        Writer { pair, children, is_left }
    }

    fn children(&self, cell: u32) -> &[u32] {
        self.children.get(&cell).map_or(&[], Vec::as_slice)
    }

    /// The cut around these nodes: a node is its cell without those right inside it, and counts
    /// the other way in the second family.
    fn terms(&self, side: &[u32]) -> Vec<(u32, i64)> {
        let own = self.widened(side);
        let mut cells: Vec<u32> = own.iter().copied().collect();
        cells.sort_unstable();
        let mut terms = Vec::new();
        for cell in cells {
            let sign = if self.pair.family(cell) == Some(0) { 1 } else { -1 };
            if !own.contains(&self.pair.parent[cell as usize]) {
                terms.push((cell, sign));
            }
            let taken = self.children(cell).iter().filter(|child| !own.contains(child));
            terms.extend(taken.map(|child| (*child, -sign)));
        }
        terms
    }

    /// With the cells of which nothing is left, where that makes the combination shorter: a zone
    /// stands for all its parts.
    fn widened(&self, side: &[u32]) -> HashSet<u32> {
        let mut own: HashSet<u32> = side.iter().copied().collect();
        let mut queue = side.to_vec();
        while let Some(cell) = queue.pop() {
            let around = [self.pair.parent[cell as usize]];
            for &near in around.iter().chain(self.children(cell)) {
                if near == NONE || own.contains(&near) || self.is_left.contains(&near) {
                    continue;
                }
                let outer = usize::from(own.contains(&self.pair.parent[near as usize]));
                let inner = self.children(near).iter().filter(|cell| own.contains(cell)).count();
                if 1 + self.children(near).len() < 2 * (outer + inner) {
                    own.insert(near);
                    queue.push(near);
                }
            }
        }
        own
    }
}
