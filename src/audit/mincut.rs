//! The small cuts of a weighted graph: max-flow between the ends of each light edge, stopped at
//! the threshold, on a graph in which whatever no small cut parts is one node.
//!
//! Being joined by the threshold is transitive (a cut that parts `u` from `w` parts `u` from `v` or
//! `v` from `w`), so such nodes may be contracted at once, and every small cut is one of the
//! contracted graph.

/// Cuts that are kept of one graph.
const MOST_CUTS: usize = 2_000;
/// Edges that the search of one graph may look at.
const MOST_STEPS: u64 = 4_000_000_000;
/// Edges that one flow may look at, in turn: near ones contract what the far ones cross.
const REACHES: [u64; 3] = [1 << 8, 1 << 14, u64::MAX];

/// An edge between two nodes, and its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    pub ends: [u32; 2],
    pub weight: u64,
}

/// Edges that weigh less than the threshold together and part the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Numbers of edges, sorted.
    pub edges: Vec<u32>,
    /// The nodes on one side, sorted; never the ground.
    pub side: Vec<u32>,
}

/// What is known of the small cuts.
#[derive(Debug, Default)]
pub struct SmallCuts {
    /// Minimal ones: together they hold every edge of any small cut.
    pub cuts: Vec<Cut>,
    /// Whether more were found than are kept.
    pub more: bool,
    /// Light edges whose flow took more steps than it may.
    pub undecided: usize,
}

/// Looks at every light edge. Node `ground` is kept out of the sides.
pub fn small_cuts(nodes: usize, ground: u32, edges: &[Edge], threshold: u64) -> SmallCuts {
    within(nodes, ground, edges, threshold, MOST_STEPS)
}

/// The same with a limit on the edges that are looked at.
pub fn within(nodes: usize, ground: u32, edges: &[Edge], threshold: u64, most: u64) -> SmallCuts {
    let mut graph = Contracted::new(nodes, edges);
    let (heavy, mut open): (Vec<u32>, Vec<u32>) =
        (0..edges.len() as u32).partition(|edge| edges[*edge as usize].weight >= threshold);
    for edge in heavy {
        let [one, two] = graph.ends(edge);
        graph.join(one, two);
    }
    open.sort_by_key(|edge| std::cmp::Reverse(edges[*edge as usize].weight));
    let mut search = Search::new(nodes, edges.len());
    let mut verdict = SmallCuts::default();
    let mut told = vec![false; edges.len()];
    for reach in REACHES {
        let mut far = Vec::new();
        for edge in open {
            let [from, to] = graph.ends(edge);
            if told[edge as usize] || from == to {
                continue;
            }
            let reach = reach.min(most.saturating_sub(search.steps));
            match search.flow(&mut graph, [from, to], threshold, reach) {
                Flow::Joined => graph.join(from, to),
                Flow::Far => far.push(edge),
                Flow::Parted(side) if verdict.cuts.len() < MOST_CUTS => {
                    let cut = search.cut(&mut graph, side, [from, to], ground);
                    cut.edges.iter().for_each(|edge| told[*edge as usize] = true);
                    verdict.cuts.push(cut);
                }
                Flow::Parted(_) => {
                    verdict.more = true;
                    return verdict;
                }
            }
        }
        open = far;
    }
    open.retain(|edge| !told[*edge as usize] && graph.ends(*edge)[0] != graph.ends(*edge)[1]);
    verdict.undecided = open.len();
    verdict
}

/// The graph with some nodes made one.
struct Contracted<'a> {
    edges: &'a [Edge],
    above: Vec<u32>,
    /// The edges of each root; those inside it are dropped when they are met.
    arcs: Vec<Vec<u32>>,
    /// The nodes of each root in a ring.
    ring: Vec<u32>,
}

impl<'a> Contracted<'a> {
    fn new(nodes: usize, edges: &'a [Edge]) -> Contracted<'a> {
        let mut arcs = vec![Vec::new(); nodes];
        for (edge, number) in edges.iter().zip(0..) {
            edge.ends.iter().for_each(|end| arcs[*end as usize].push(number));
        }
        let all: Vec<u32> = (0..nodes as u32).collect();
        Contracted { edges, above: all.clone(), arcs, ring: all }
    }

    fn root(&mut self, mut node: u32) -> u32 {
        while self.above[node as usize] != node {
            let next = self.above[self.above[node as usize] as usize];
            self.above[node as usize] = next;
            node = next;
        }
        node
    }

    fn ends(&mut self, edge: u32) -> [u32; 2] {
        let [one, two] = self.edges[edge as usize].ends;
        [self.root(one), self.root(two)]
    }

    /// Makes two roots one.
    fn join(&mut self, one: u32, two: u32) {
        if one == two {
            return;
        }
        let count = |root: u32| self.arcs[root as usize].len();
        let (small, large) = if count(one) < count(two) { (one, two) } else { (two, one) };
        self.above[small as usize] = large;
        let moved = std::mem::take(&mut self.arcs[small as usize]);
        self.arcs[large as usize].extend(moved);
        self.ring.swap(small as usize, large as usize);
    }

    fn members(&self, root: u32) -> impl Iterator<Item = u32> {
        let mut next = Some(root);
        std::iter::from_fn(move || {
            let node = next?;
            next = Some(self.ring[node as usize]).filter(|node| *node != root);
            Some(node)
        })
    }
}

enum Flow {
    /// The threshold flows.
    Joined,
    /// Less flows, and the last search reached all of this side: 0 around the source, 1 around
    /// the target.
    Parted(usize),
    /// More steps than it may take.
    Far,
}

/// Flows on a contracted graph; searches run from both ends in turn, so that they cost what the
/// lighter side costs.
struct Search {
    /// What flows from an edge's first end to its second.
    flow: Vec<i64>,
    used: Vec<u32>,
    /// 0, or 1 more than the side that reached the root.
    mark: Vec<u8>,
    via: Vec<u32>,
    reached: [Vec<u32>; 2],
    /// Edges looked at so far.
    steps: u64,
}

/// How a search ended.
enum Found {
    Meeting { edge: u32, nodes: [u32; 2] },
    Closed(usize),
    Far,
}

impl Search {
    fn new(nodes: usize, edges: usize) -> Search {
        Search {
            flow: vec![0; edges],
            used: Vec::new(),
            mark: vec![0; nodes],
            via: vec![0; nodes],
            reached: [Vec::new(), Vec::new()],
            steps: 0,
        }
    }

    /// Lets flow from one root to another until the threshold. What the last search reached stays
    /// known until the next flow.
    fn flow(&mut self, graph: &mut Contracted, ends: [u32; 2], threshold: u64, reach: u64) -> Flow {
        let last = self.steps.saturating_add(reach);
        let mut missing = i64::try_from(threshold).unwrap_or(i64::MAX);
        let verdict = loop {
            match self.search(graph, ends, last) {
                Found::Far => break Flow::Far,
                Found::Closed(side) => break Flow::Parted(side),
                Found::Meeting { edge, nodes } => missing -= self.push(graph, ends, edge, nodes),
            }
            if missing <= 0 {
                break Flow::Joined;
            }
        };
        self.used.drain(..).for_each(|edge| self.flow[edge as usize] = 0);
        verdict
    }

    /// What more may flow through an edge, out of one of its ends.
    fn residual(&self, graph: &mut Contracted, edge: u32, tail: u32) -> i64 {
        let weight = i64::try_from(graph.edges[edge as usize].weight).unwrap_or(i64::MAX);
        let flow = self.flow[edge as usize];
        if graph.ends(edge)[0] == tail { weight - flow } else { weight.saturating_add(flow) }
    }

    fn search(&mut self, graph: &mut Contracted, ends: [u32; 2], last: u64) -> Found {
        self.forget();
        for (side, end) in ends.into_iter().enumerate() {
            self.mark[end as usize] = side as u8 + 1;
            self.reached[side].push(end);
        }
        // The place in what was reached, and in the edges of the node there.
        let mut at = [(0, 0); 2];
        let mut seen = [0u64; 2];
        loop {
            let side = usize::from(seen[1] < seen[0]);
            let (place, arc) = at[side];
            let Some(&node) = self.reached[side].get(place) else { return Found::Closed(side) };
            let Some(&edge) = graph.arcs[node as usize].get(arc) else {
                at[side] = (place + 1, 0);
                continue;
            };
            if self.steps >= last {
                return Found::Far;
            }
            self.steps += 1;
            seen[side] += 1;
            let [one, two] = graph.ends(edge);
            if one == two {
                graph.arcs[node as usize].swap_remove(arc);
                continue;
            }
            at[side].1 += 1;
            let other = if one == node { two } else { one };
            let mark = usize::from(self.mark[other as usize]);
            let tail = if side == 0 { node } else { other };
            if mark == side + 1 || self.residual(graph, edge, tail) <= 0 {
                continue;
            }
            if mark != 0 {
                let nodes = if side == 0 { [node, other] } else { [other, node] };
                return Found::Meeting { edge, nodes };
            }
            self.mark[other as usize] = side as u8 + 1;
            self.via[other as usize] = edge;
            self.reached[side].push(other);
        }
    }

    fn forget(&mut self) {
        for side in &mut self.reached {
            side.drain(..).for_each(|node| self.mark[node as usize] = 0);
        }
    }

    /// Sends what can flow along the way that two searches found, and says how much.
    fn push(&mut self, graph: &mut Contracted, ends: [u32; 2], edge: u32, nodes: [u32; 2]) -> i64 {
        let mut way = vec![(edge, nodes[0])];
        for side in [0, 1] {
            let mut node = nodes[side];
            while node != ends[side] {
                let edge = self.via[node as usize];
                let [one, two] = graph.ends(edge);
                let before = if one == node { two } else { one };
                way.push((edge, if side == 0 { before } else { node }));
                node = before;
            }
        }
        let most = way.iter().map(|(edge, tail)| self.residual(graph, *edge, *tail)).min();
        let most = most.unwrap_or(0);
        for (edge, tail) in way {
            let sign = if graph.ends(edge)[0] == tail { 1 } else { -1 };
            self.flow[edge as usize] += sign * most;
            self.used.push(edge);
        }
        most
    }

    /// The cut around what the last search reached on a side.
    fn cut(&mut self, graph: &mut Contracted, side: usize, ends: [u32; 2], ground: u32) -> Cut {
        let mut own = std::mem::take(&mut self.reached[side]);
        let ground = graph.root(ground);
        if own.contains(&ground) {
            // What is left of the component without it is the other side.
            let mut other = vec![ends[1 - side]];
            self.mark[ends[1 - side] as usize] = 3;
            let mut place = 0;
            while let Some(&node) = other.get(place) {
                place += 1;
                for at in 0..graph.arcs[node as usize].len() {
                    self.steps += 1;
                    let edge = graph.arcs[node as usize][at];
                    for next in graph.ends(edge) {
                        let mark = usize::from(self.mark[next as usize]);
                        if mark != side + 1 && mark != 3 {
                            self.mark[next as usize] = 3;
                            other.push(next);
                        }
                    }
                }
            }
            let before = std::mem::replace(&mut own, other);
            before.into_iter().for_each(|node| self.mark[node as usize] = 0);
        }
        let held = own.first().map_or(0, |node| self.mark[*node as usize]);
        let mut edges = Vec::new();
        for node in &own {
            for edge in graph.arcs[*node as usize].clone() {
                let ends = graph.ends(edge);
                if ends.iter().any(|end| self.mark[*end as usize] != held) {
                    edges.push(edge);
                }
            }
        }
        edges.sort_unstable();
        let mut side: Vec<u32> = own.iter().flat_map(|root| graph.members(*root)).collect();
        side.sort_unstable();
        own.into_iter().for_each(|node| self.mark[node as usize] = 0);
        self.forget();
        Cut { edges, side }
    }
}
