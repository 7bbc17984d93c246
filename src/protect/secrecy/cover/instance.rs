//! Exposures that share cells, with their cells numbered: what the solvers of the cover work on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use rayon::prelude::*;

use super::Clause;
use super::union_find::UnionFind;
use crate::secrecy::lattice::{Cell, Lattice};
use domain::MOST_UNIVERSES;

/// The cells of one place, a bit for each universe.
pub(super) type Mask = u128;

const _: () = assert!(MOST_UNIVERSES <= Mask::BITS as usize);

/// A cell of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub cell: Cell,
    /// What hiding it alone costs, in millionths, with the cells that no clause names and that are
    /// hidden exactly where it is.
    pub cost: i128,
    /// The place it is of, by its number in the instance.
    pub place: u32,
    /// It and what it takes along (R9), by bits of its place.
    pub closure: Mask,
}

/// Clauses, "one of these must be hidden", over nodes that stand place by place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Instance {
    pub nodes: Vec<Node>,
    /// The nodes of each place.
    pub places: Vec<Range<u32>>,
    /// Nodes of which one must be hidden, sorted.
    pub clauses: Vec<Vec<u32>>,
}

/// What is hidden of an instance: bits of each place, closed under what they take along.
pub(super) type Hidden = Vec<Mask>;

impl Instance {
    /// The clauses over their cells and what these take along. Of a place, cells that no clause names
    /// and that the same named ones take along are one node, or a part of the only one that does.
    pub(super) fn new(lattice: &Lattice, clauses: &[&Clause]) -> Instance {
        let named: BTreeSet<Cell> =
            clauses.iter().flat_map(|clause| clause.iter()).copied().collect();
        let mut by_place: BTreeMap<u32, Vec<Cell>> = BTreeMap::new();
        for &cell in &named {
            by_place.entry(lattice.parts_of(cell).1).or_default().push(cell);
        }
        let by_place: Vec<Vec<Cell>> = by_place.into_values().collect();
        let nodes: Vec<Vec<Node>> = by_place
            .par_iter()
            .enumerate()
            .map(|(place, named)| nodes_of(lattice, place as u32, named))
            .collect();
        let mut instance = Instance::default();
        for nodes in nodes {
            let start = instance.nodes.len() as u32;
            instance.nodes.extend(nodes);
            instance.places.push(start..instance.nodes.len() as u32);
        }
        let numbers: BTreeMap<Cell, u32> =
            instance.nodes.iter().map(|node| node.cell).zip(0..).collect();
        let numbered = |clause: &&Clause| clause.iter().map(|cell| numbers[cell]).collect();
        instance.clauses = without_supersets(clauses.iter().map(numbered).collect());
        instance
    }

    /// What every cost is a multiple of; at least 1.
    pub(super) fn unit(&self) -> i128 {
        self.nodes.iter().fold(0, |unit, node| gcd(unit, node.cost)).max(1)
    }

    /// What a node takes along and no other that it takes along does.
    pub(super) fn right_under(&self, node: u32) -> impl Iterator<Item = u32> + use<> {
        let own = &self.nodes[node as usize];
        let under = own.closure & !self.bit(node);
        let below = |node: u32| self.nodes[node as usize].closure & !self.bit(node);
        let further = self.nodes_of(own.place as usize, under).map(below);
        let further = further.fold(0, |all, mask| all | mask);
        self.nodes_of(own.place as usize, under & !further)
    }

    /// The bit of a node in its place.
    pub(super) fn bit(&self, node: u32) -> Mask {
        let place = self.nodes[node as usize].place;
        bit_of(node - self.places[place as usize].start)
    }

    /// Whether a node is hidden.
    pub(super) fn is_hidden(&self, hidden: &Hidden, node: u32) -> bool {
        hidden[self.nodes[node as usize].place as usize] & self.bit(node) != 0
    }

    /// The nodes of some bits of a place.
    pub(super) fn nodes_of(&self, place: usize, mask: Mask) -> impl Iterator<Item = u32> + use<> {
        let start = self.places[place].start;
        let mut left = mask;
        std::iter::from_fn(move || {
            let bit = (left != 0).then(|| left.trailing_zeros())?;
            left &= left - 1;
            Some(start + bit)
        })
    }

    /// What some bits of a place cost.
    pub(super) fn cost_of(&self, place: usize, mask: Mask) -> i128 {
        self.nodes_of(place, mask).map(|node| self.nodes[node as usize].cost).sum()
    }

    /// What everything hidden costs.
    pub(super) fn cost(&self, hidden: &Hidden) -> i128 {
        hidden.iter().enumerate().map(|(place, &mask)| self.cost_of(place, mask)).sum()
    }

    /// The cells hidden.
    pub(super) fn cells(&self, hidden: &Hidden) -> Vec<Cell> {
        let nodes = hidden.iter().enumerate().flat_map(|(place, &mask)| self.nodes_of(place, mask));
        nodes.map(|node| self.nodes[node as usize].cell).collect()
    }

    /// Whether every clause has a hidden node.
    pub(super) fn is_met(&self, hidden: &Hidden) -> bool {
        self.clauses.iter().all(|clause| clause.iter().any(|&node| self.is_hidden(hidden, node)))
    }

    /// What is left where some bits are hidden for good and some nodes never: clauses still open,
    /// each without the nodes refused, and nodes that cost what they add.
    pub(super) fn left(&self, hidden: &Hidden, refused: &[bool]) -> Instance {
        let open = self
            .clauses
            .iter()
            .filter(|clause| !clause.iter().any(|&node| self.is_hidden(hidden, node)))
            .map(|clause| clause.iter().copied().filter(|&node| !refused[node as usize]).collect())
            .collect();
        let open = without_supersets(open);
        self.over(open, |place| !hidden[place])
    }

    /// The same clauses without the nodes that take another of the clause along, and without those over
    /// a whole other one.
    pub(super) fn lowest(&self) -> Instance {
        let takes = |taker: u32, node: u32| {
            let own = &self.nodes[taker as usize];
            taker != node
                && own.place == self.nodes[node as usize].place
                && own.closure & self.bit(node) != 0
                && self.nodes[node as usize].closure & self.bit(taker) == 0
        };
        let lowest = |clause: &Vec<u32>| -> Vec<u32> {
            let is_lowest = |&node: &u32| !clause.iter().any(|&other| takes(node, other));
            clause.iter().copied().filter(is_lowest).collect()
        };
        let clauses = without_supersets(self.clauses.iter().map(lowest).collect());
        self.over(clauses, |_| Mask::MAX)
    }

    /// By node, the clauses that name it, rising.
    pub(super) fn clauses_of(&self) -> Vec<Vec<u32>> {
        let mut clauses_of = vec![Vec::new(); self.nodes.len()];
        for (clause, number) in self.clauses.iter().zip(0..) {
            clause.iter().for_each(|&node| clauses_of[node as usize].push(number));
        }
        clauses_of
    }

    /// Hides cells, those that it knows.
    pub(super) fn hide(&self, hidden: &mut Hidden, cells: &[Cell]) {
        let numbers: HashMap<Cell, u32> =
            self.nodes.iter().map(|node| node.cell).zip(0..).collect();
        for node in cells.iter().filter_map(|cell| numbers.get(cell)) {
            hidden[self.nodes[*node as usize].place as usize] |= self.bit(*node);
        }
    }

    /// The clauses that share no node with others, nor what their nodes take along, each alone.
    pub(super) fn apart(&self) -> Vec<Instance> {
        let place = |node: &u32| self.nodes[*node as usize].place;
        // Nodes of one place may take the same along.
        let joined = |left: u32, right: u32| {
            let closure = |node: u32| self.nodes[node as usize].closure;
            closure(left) & closure(right) != 0
        };
        let mut sets = UnionFind::default();
        for clause in &self.clauses {
            clause.iter().for_each(|&node| sets.join(clause[0], node));
        }
        let named: BTreeSet<u32> = self.clauses.iter().flatten().copied().collect();
        let named: Vec<u32> = named.into_iter().collect();
        for of_place in named.chunk_by(|left, right| place(left) == place(right)) {
            for (at, &left) in of_place.iter().enumerate() {
                for &right in of_place[at + 1..].iter().filter(|&&right| joined(left, right)) {
                    sets.join(left, right);
                }
            }
        }
        let mut groups: BTreeMap<u32, Vec<Vec<u32>>> = BTreeMap::new();
        for clause in &self.clauses {
            groups.entry(sets.leader(clause[0])).or_default().push(clause.clone());
        }
        groups.into_values().map(|clauses| self.over(clauses, |_| Mask::MAX)).collect()
    }

    /// These clauses over the nodes they need, of the bits that are kept.
    fn over(&self, clauses: Vec<Vec<u32>>, kept: impl Fn(usize) -> Mask) -> Instance {
        let mut needed: BTreeMap<u32, Mask> = BTreeMap::new();
        for &node in clauses.iter().flatten() {
            let Node { place, closure, .. } = self.nodes[node as usize];
            *needed.entry(place).or_default() |= closure & kept(place as usize);
        }
        let mut instance = Instance::default();
        let mut numbers: BTreeMap<u32, u32> = BTreeMap::new();
        for (place, mask) in needed {
            let start = instance.nodes.len() as u32;
            let number = instance.places.len() as u32;
            for old in self.nodes_of(place as usize, mask) {
                let node = &self.nodes[old as usize];
                let closure = (0..).zip(self.nodes_of(place as usize, mask));
                let closure = closure
                    .filter(|&(_, under)| node.closure & self.bit(under) != 0)
                    .fold(0, |mask, (bit, _)| mask | bit_of(bit));
                numbers.insert(old, instance.nodes.len() as u32);
                instance.nodes.push(Node { place: number, closure, ..node.clone() });
            }
            instance.places.push(start..instance.nodes.len() as u32);
        }
        let numbered = |clause: Vec<u32>| clause.iter().map(|node| numbers[node]).collect();
        instance.clauses = clauses.into_iter().map(numbered).collect();
        instance
    }
}

/// The nodes of one place, by its number, of which clauses name these cells.
fn nodes_of(lattice: &Lattice, place: u32, named: &[Cell]) -> Vec<Node> {
    let closures: Vec<Vec<Cell>> = named.iter().map(|&cell| lattice.closure(cell)).collect();
    let takes = |taker: usize, cell: Cell| closures[taker].binary_search(&cell).is_ok();
    // For each set of lowest takers, the cells that follow it.
    let mut groups: BTreeMap<Vec<usize>, (Cell, i128)> = BTreeMap::new();
    let all: BTreeSet<Cell> = closures.iter().flatten().copied().collect();
    for cell in all {
        let takers = (0..named.len()).filter(|&taker| takes(taker, cell));
        let takers: Vec<usize> = takers.collect();
        let is_lowest = |&taker: &usize| {
            !takers.iter().any(|&other| {
                other != taker && takes(taker, named[other]) && !takes(other, named[taker])
            })
        };
        let lowest: Vec<usize> = takers.iter().copied().filter(is_lowest).collect();
        let cost = i128::try_from(lattice.cost(cell)).unwrap_or(i128::MAX);
        let first = if let [only] = lowest[..] { named[only] } else { cell };
        groups.entry(lowest).or_insert((first, 0)).1 += cost;
    }
    let node = |(taken, &(cell, cost)): (&Vec<usize>, &(Cell, i128))| {
        let closure = (0..).zip(groups.keys()).filter(|(_, other)| match taken[..] {
            // A named cell: what it takes along.
            [taker] => other.iter().any(|&own| takes(taker, named[own])),
            _ => *other == taken,
        });
        let closure = closure.fold(0, |mask, (bit, _)| mask | bit_of(bit));
        Node { cell, cost, place, closure }
    };
    groups.iter().map(node).collect()
}

fn gcd(mut left: i128, mut right: i128) -> i128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}

fn bit_of(bit: u32) -> Mask {
    1 << bit
}

/// The clauses that hold no other whole, sorted.
fn without_supersets(mut clauses: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
    clauses.sort_by(|left, right| left.len().cmp(&right.len()).then_with(|| left.cmp(right)));
    clauses.dedup();
    let mut kept: Vec<Vec<u32>> = Vec::with_capacity(clauses.len());
    // The kept clauses by their smallest node: a subset of a clause begins with one of its nodes.
    let mut by_first: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for clause in clauses {
        let is_covered = clause
            .iter()
            .filter_map(|node| by_first.get(node))
            .flatten()
            .any(|&at| kept[at].iter().all(|node| clause.binary_search(node).is_ok()));
        if !is_covered {
            if let Some(&first) = clause.first() {
                by_first.entry(first).or_default().push(kept.len());
            }
            kept.push(clause);
        }
    }
    kept
}
