//! The cheapest division of a few addresses, over all their subsets.

use super::instance::{Groups, Instance};

/// Addresses that are divided by subsets: 3^12 steps at the most.
pub(super) const MOST: usize = 12;

/// The cheapest division of every address of an instance.
pub(super) fn cheapest(instance: &Instance) -> Groups {
    let all: Vec<usize> = (0..instance.len()).collect();
    divided(instance, &all)
}

/// The cheapest division of some addresses, at most [`MOST`] of them, which hold enough together.
pub(super) fn divided(instance: &Instance, sites: &[usize]) -> Groups {
    let own = |set: usize| (0..sites.len()).filter(move |bit| set >> bit & 1 == 1);
    let members = |set: usize| -> Vec<usize> { own(set).map(|bit| sites[bit]).collect() };
    let sets = 1usize << sites.len();
    // What each set costs as one group, where it holds enough.
    let alone: Vec<Option<u64>> = (0..sets)
        .map(|set| {
            let group = members(set);
            (instance.held(&group) >= instance.need).then(|| instance.group(&group))
        })
        .collect();
    // What each set costs at the least, and the group of its first address then.
    let mut best: Vec<Option<(u64, usize)>> = vec![None; sets];
    best[0] = Some((0, 0));
    for set in 1..sets {
        let first = set & set.wrapping_neg();
        let others = set ^ first;
        let mut rest = others;
        loop {
            // `rest` goes through every subset of the others: what the first one's group leaves.
            let group = set ^ rest;
            if let (Some(own), Some((left, _))) = (alone[group], best[rest]) {
                let cost = own + left;
                if best[set].is_none_or(|(known, _)| cost < known) {
                    best[set] = Some((cost, group));
                }
            }
            if rest == 0 {
                break;
            }
            rest = (rest - 1) & others;
        }
    }
    let mut groups = Groups::new();
    let mut set = sets - 1;
    while let Some((_, group)) = best[set].filter(|_| set != 0) {
        groups.push(members(group));
        set ^= group;
    }
    groups
}
