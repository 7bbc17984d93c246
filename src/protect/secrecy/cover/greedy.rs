//! An answer without proof: the node that meets most for what it adds, again and again, then
//! without what the others make needless.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::instance::{Hidden, Instance};

/// A node and what it would add for each clause that it meets; the heap gives the least first.
struct Offer {
    price: f64,
    node: u32,
}

impl Ord for Offer {
    fn cmp(&self, other: &Offer) -> Ordering {
        other.price.total_cmp(&self.price).then(other.node.cmp(&self.node))
    }
}

impl PartialOrd for Offer {
    fn partial_cmp(&self, other: &Offer) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Offer {
    fn eq(&self, other: &Offer) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Offer {}

/// Meets every clause, from what is hidden already, by weights of the nodes; a weight under 0
/// counts as 0.
pub(super) fn answer(instance: &Instance, mut hidden: Hidden, weights: &[f64]) -> Hidden {
    let clauses_of = instance.clauses_of();
    let mut is_open: Vec<bool> = instance
        .clauses
        .iter()
        .map(|clause| !clause.iter().any(|&node| instance.is_hidden(&hidden, node)))
        .collect();
    let mut open = vec![0u32; instance.nodes.len()];
    for (clause, _) in instance.clauses.iter().zip(&is_open).filter(|(_, is_open)| **is_open) {
        clause.iter().for_each(|&node| open[node as usize] += 1);
    }
    let price = |hidden: &Hidden, open: &[u32], node: u32| {
        let own = &instance.nodes[node as usize];
        let place = own.place as usize;
        let added = instance.nodes_of(place, own.closure & !hidden[place]);
        let weight: f64 = added.map(|node| weights[node as usize].max(0.0)).sum();
        weight / f64::from(open[node as usize])
    };
    let asked = (0..instance.nodes.len() as u32).filter(|&node| open[node as usize] > 0);
    let mut offers: BinaryHeap<Offer> =
        asked.map(|node| Offer { price: price(&hidden, &open, node), node }).collect();
    while let Some(Offer { price: told, node }) = offers.pop() {
        if open[node as usize] == 0 {
            continue;
        }
        let now = price(&hidden, &open, node);
        if now > told {
            offers.push(Offer { price: now, node });
            continue;
        }
        let own = &instance.nodes[node as usize];
        let place = own.place as usize;
        let added = own.closure & !hidden[place];
        hidden[place] |= added;
        for added in instance.nodes_of(place, added) {
            for &clause in &clauses_of[added as usize] {
                if std::mem::replace(&mut is_open[clause as usize], false) {
                    for &other in &instance.clauses[clause as usize] {
                        open[other as usize] -= 1;
                    }
                }
            }
        }
    }
    prune(instance, &mut hidden, &clauses_of);
    hidden
}

/// Takes back what no clause needs, the dearest first; a node before those that it takes along.
fn prune(instance: &Instance, hidden: &mut Hidden, clauses_of: &[Vec<u32>]) {
    let mut met = vec![0u32; instance.clauses.len()];
    let mut order: Vec<u32> = Vec::new();
    for (place, &mask) in hidden.iter().enumerate() {
        for node in instance.nodes_of(place, mask) {
            clauses_of[node as usize].iter().for_each(|&clause| met[clause as usize] += 1);
            order.push(node);
        }
    }
    let taken = |node: &u32| instance.nodes[*node as usize].closure.count_ones();
    let cost = |node: &u32| instance.nodes[*node as usize].cost;
    order
        .sort_by_key(|node| (std::cmp::Reverse(taken(node)), std::cmp::Reverse(cost(node)), *node));
    for node in order {
        let place = instance.nodes[node as usize].place as usize;
        let bit = instance.bit(node);
        let is_taken = instance
            .nodes_of(place, hidden[place] & !bit)
            .any(|other| instance.nodes[other as usize].closure & bit != 0);
        let own = &clauses_of[node as usize];
        if !is_taken && own.iter().all(|&clause| met[clause as usize] > 1) {
            hidden[place] &= !bit;
            own.iter().for_each(|&clause| met[clause as usize] -= 1);
        }
    }
}
