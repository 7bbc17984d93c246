//! Reductions of the set covering instance: nodes that some optimal answer hides or keeps, found without a search
//! (Beasley 1987, *An algorithm for set covering problem*), by places and what cells take along.

use super::instance::{Hidden, Instance, Mask};

/// An instance without what is settled.
pub(super) struct Reduced {
    /// Nodes of the instance that some cheapest answer hides.
    pub hidden: Hidden,
    /// What is left to answer; its answers, with `hidden`, answer the instance.
    pub left: Instance,
    /// Whether anything was settled, so that more may be.
    pub is_any: bool,
}

/// Settles what one look at each clause and node tells. What is left may fall apart, and each part of
/// it be reduced further by itself.
///
/// # Proof definition
/// The cheapest answer of `left` costs what the cheapest of `instance` costs, less `hidden`. A
/// clause that names a node and one that takes it along needs the first alone; a clause over a whole
/// other one needs nothing; the only node of a clause is hidden; and a node is refused where another
/// one meets all its clauses, or others meet one each, and cost no more in all than it costs at the
/// least.
pub(super) fn reduce(instance: &Instance) -> Reduced {
    let lowest = instance.lowest();
    let mut settled: Hidden = vec![0; lowest.places.len()];
    for clause in &lowest.clauses {
        if let &[only] = clause.as_slice() {
            let node = &lowest.nodes[only as usize];
            settled[node.place as usize] |= node.closure;
        }
    }
    let refused = dominated(&lowest);
    let mut hidden: Hidden = vec![0; instance.places.len()];
    if settled.iter().all(|mask| *mask == 0) && !refused.contains(&true) {
        return Reduced { hidden, left: lowest, is_any: false };
    }
    instance.hide(&mut hidden, &lowest.cells(&settled));
    Reduced { hidden, left: lowest.left(&settled, &refused), is_any: true }
}

/// Nodes that some cheapest answer does without, all of them together.
fn dominated(instance: &Instance) -> Vec<bool> {
    let clauses_of = instance.clauses_of();
    let is_named = |node: u32| !clauses_of[node as usize].is_empty();
    let private = private(instance, is_named);
    // The clauses that a node meets, with what it takes along.
    let met: Vec<Vec<u32>> = (0..instance.nodes.len() as u32)
        .map(|node| {
            let own = &instance.nodes[node as usize];
            let taken = instance.nodes_of(own.place as usize, own.closure);
            let mut met: Vec<u32> =
                taken.flat_map(|node| &clauses_of[node as usize]).copied().collect();
            met.sort_unstable();
            met.dedup();
            met
        })
        .collect();
    let costs: Vec<i128> = instance
        .nodes
        .iter()
        .map(|node| instance.cost_of(node.place as usize, node.closure))
        .collect();
    let whole = |node: u32| costs[node as usize];
    let mut order: Vec<u32> = (0..instance.nodes.len() as u32)
        .filter(|&node| is_named(node) && private[node as usize].is_some())
        .collect();
    order.sort_by_key(|&node| (std::cmp::Reverse(whole(node)), node));
    let mut refused = vec![false; instance.nodes.len()];
    for node in order {
        let own = &clauses_of[node as usize];
        let Some(least) = private[node as usize] else { continue };
        let others = |clause: u32| {
            let named = instance.clauses[clause as usize].iter().copied();
            named.filter(|&other| other != node && !refused[other as usize])
        };
        let shortest = own.iter().min_by_key(|&&clause| instance.clauses[clause as usize].len());
        let is_by_one = shortest.is_some_and(|&shortest| {
            others(shortest).any(|other| whole(other) <= least && holds(&met[other as usize], own))
        });
        // The cheapest other node of each clause, all together: what answers for a large cell.
        let is_by_some = || {
            let mut left = least;
            own.iter().all(|&clause| {
                let cheapest = others(clause).map(whole).min();
                left -= cheapest.unwrap_or(i128::MAX / 2);
                left >= 0
            })
        };
        refused[node as usize] = is_by_one || is_by_some();
    }
    refused
}

/// By node that no other named one takes along: the cost of what none of them takes along with it,
/// so what it adds to any answer.
fn private(instance: &Instance, is_named: impl Fn(u32) -> bool) -> Vec<Option<i128>> {
    let mut costs = vec![None; instance.nodes.len()];
    for (place, nodes) in instance.places.iter().enumerate() {
        let named = || nodes.clone().filter(|&node| is_named(node));
        let (mut once, mut again): (Mask, Mask) = (0, 0);
        for node in named() {
            let closure = instance.nodes[node as usize].closure;
            again |= once & closure;
            once |= closure;
        }
        for node in named().filter(|&node| again & instance.bit(node) == 0) {
            let own = instance.nodes[node as usize].closure & !again;
            costs[node as usize] = Some(instance.cost_of(place, own));
        }
    }
    costs
}

/// Whether a sorted list holds all of another.
fn holds(list: &[u32], all: &[u32]) -> bool {
    all.len() <= list.len() && all.iter().all(|entry| list.binary_search(entry).is_ok())
}
