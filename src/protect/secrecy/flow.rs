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
use super::system::{Family, LEVELS, SCALES, scattered};
use domain::{Origin, Scale};

/// A choice of families. Scales go by their rank in the table.
#[derive(Clone, Copy, Debug)]
enum Choice {
    /// The families of these scales, in the filter and its domains; a bit for each.
    Scales(u32),
    /// The family of this scale in the filter alone.
    Filter(usize),
    /// The families of these universes of the system; a bit for each.
    Universes(u16),
    /// Those of the domains, without this scale's.
    DomainsWithout(usize),
}

/// Every universe but the first, the filter.
const DOMAINS: Choice = Choice::Universes(!1);

/// Sets of universes that are exchanged, at most.
const EXCHANGES: usize = 12;

/// The choices that serve any class, those that succeed most often first.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices(Vec<Choice>);

impl Choices {
    /// Those of a table with these scales: scales that cross the others make the second partition of
    /// a graph whose first the nested ones are.
    pub(super) fn new(scales: impl Iterator<Item = Scale>) -> Choices {
        let scales: Vec<Scale> = scales.take(SCALES).collect();
        let ranks = |own: &dyn Fn(Scale) -> bool| -> Vec<usize> {
            (0..scales.len()).filter(|&rank| own(scales[rank])).collect()
        };
        let bits = |ranks: &[usize]| ranks.iter().fold(0u32, |bits, rank| bits | 1 << rank);
        let crossing = ranks(&|scale| scale.is_crossing());
        let inside =
            ranks(&|scale| matches!(scale.origin(), Origin::Iris | Origin::Arrondissements));
        let points = ranks(&|scale| matches!(scale.origin(), Origin::Addresses | Origin::Units));
        let mut choices = Vec::new();
        let Some((&first, others)) = crossing.split_first() else {
            return Choices(vec![DOMAINS, Choice::Scales(bits(&inside))]);
        };
        choices.push(Choice::Scales(bits(&[first])));
        choices.push(DOMAINS);
        choices.extend(others.iter().map(|&other| Choice::Scales(bits(&[other]))));
        choices.push(Choice::Scales(bits(&inside)));
        for (at, &one) in crossing.iter().enumerate() {
            let pair = |other: &usize| Choice::Scales(bits(&[one, *other]));
            choices.extend(crossing[at + 1..].iter().map(pair));
        }
        choices.push(Choice::Scales(bits(&points) | bits(&[first])));
        choices.extend(crossing.iter().map(|&own| Choice::Filter(own)));
        choices.push(Choice::DomainsWithout(first));
        Choices(choices)
    }
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
    let sums: Vec<Sums> = local.iter().map(|&class| Sums::new(classes, class)).collect();
    let (first, others) = classes.system().choices().0.split_at(1);
    let send = |choice: Choice, flow: &mut [i64]| {
        if let Some(graph) = Graph::new(&sums, choice) {
            while flow[0] < lacking && graph.augment(&most, flow, lacking) {}
        }
        flow[0] == lacking
    };
    let choices = first.iter().copied().chain(exchanges(&sums)).chain(others.iter().copied());
    let mut is_found = choices.into_iter().any(|choice| send(choice, &mut flow));
    if !is_found {
        // What other choices sent may be in the way of domains, which prove whole groups alone.
        flow.fill(0);
        is_found = send(DOMAINS, &mut flow);
    }
    is_found.then(|| local.iter().copied().zip(flow).collect())
}

/// Sums of the hashes of a class's cells. Sets are told apart by them: a clash would spoil the
/// certificate, and its check would say so.
struct Sums {
    all: u64,
    by_scale: [u64; SCALES],
    by_universe: [u64; LEVELS],
    /// By scale, of the filter.
    of_filter: [u64; SCALES],
    /// The universes that the class belongs to.
    universes: u16,
}

impl Sums {
    fn new(classes: &Classes, class: u32) -> Sums {
        let mut sums = Sums {
            all: classes.sum(class),
            by_scale: Default::default(),
            by_universe: Default::default(),
            of_filter: Default::default(),
            universes: 0,
        };
        for &cell in classes.cells(class) {
            let Family { scale, level } = classes.system().family(cell);
            let (universe, scale) = (usize::from(level), usize::from(scale));
            let hash = scattered(cell);
            let add = |sum: &mut u64| *sum = sum.wrapping_add(hash);
            add(&mut sums.by_scale[scale]);
            add(&mut sums.by_universe[universe]);
            if universe == 0 {
                add(&mut sums.of_filter[scale]);
            }
            sums.universes |= 1 << universe;
        }
        sums
    }

    /// The sums of the cells of the chosen families, and of the others.
    fn parted(&self, choice: Choice) -> [u64; 2] {
        let sum = |sums: &[u64], mask: u32| {
            let own = sums.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
            own.fold(0u64, |sum, (_, own)| sum.wrapping_add(*own))
        };
        let chosen = match choice {
            Choice::Scales(mask) => sum(&self.by_scale, mask),
            Choice::Filter(scale) => self.of_filter[scale],
            Choice::Universes(mask) => sum(&self.by_universe, mask.into()),
            Choice::DomainsWithout(scale) => self
                .all
                .wrapping_sub(self.by_universe[0])
                .wrapping_sub(self.by_scale[scale])
                .wrapping_add(self.of_filter[scale]),
        };
        [chosen, self.all.wrapping_sub(chosen)]
    }
}

/// The universes that the first class and another do not both belong to, each such set once:
/// households then exchange them with others of their place.
fn exchanges(sums: &[Sums]) -> Vec<Choice> {
    let Some((small, others)) = sums.split_first() else { return Vec::new() };
    let mut found: Vec<u16> = Vec::new();
    for mask in others.iter().map(|other| small.universes ^ other.universes) {
        if mask != 0 && found.len() < EXCHANGES && !found.contains(&mask) {
            found.push(mask);
        }
    }
    found.into_iter().map(Choice::Universes).collect()
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
    fn new(sums: &[Sums], choice: Choice) -> Option<Graph> {
        let keys: Vec<[u64; 2]> = sums.iter().map(|sums| sums.parted(choice)).collect();
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
