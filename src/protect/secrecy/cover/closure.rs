//! The lightest closed set of nodes of a place: a minimum cut (Picard 1976, *Maximal closure of a graph
//! and applications to combinatorial problems*).

use std::ops::{Add, Sub};

use super::instance::Mask;

/// The union of some of these closures that weighs least, nothing where none weighs less than nothing.
/// A closure holds what each of its nodes takes along; one is given for each node of a negative weight.
///
/// Nodes that weigh less than nothing send what they are worth, each through the nodes of its closure
/// that cost something, which take what they cost. What can still send is worth its closure.
pub(super) fn least<W>(closures: &[Mask], weight: impl Fn(u32) -> W) -> Mask
where
    W: Copy + Default + PartialOrd + Add<Output = W> + Sub<Output = W>,
{
    let zero = W::default();
    let all = closures.iter().fold(0, |all, closure| all | closure);
    let givers: Vec<u32> = bits(all).filter(|&bit| weight(bit) < zero).collect();
    let takers: Vec<u32> = bits(all).filter(|&bit| weight(bit) > zero).collect();
    // What a giver takes along lies in the smallest closure that holds it: its own.
    let own = |giver: u32| {
        let holding = closures.iter().filter(move |closure| *closure >> giver & 1 == 1);
        holding.min_by_key(|closure| closure.count_ones()).copied().unwrap_or(0)
    };
    let reach: Vec<Mask> = givers.iter().map(|&giver| own(giver)).collect();
    let mut left: Vec<W> = givers.iter().map(|&giver| zero - weight(giver)).collect();
    let mut room: Vec<W> = takers.iter().map(|&taker| weight(taker)).collect();
    let mut sent = vec![vec![zero; takers.len()]; givers.len()];
    loop {
        // Breadth first from the givers that have something left; back over what was sent.
        let mut from_giver: Vec<Option<usize>> = vec![None; takers.len()];
        let mut from_taker: Vec<Option<usize>> = vec![None; givers.len()];
        let mut is_reached: Vec<bool> = left.iter().map(|left| *left > zero).collect();
        let mut queue: Vec<usize> = (0..givers.len()).filter(|&at| is_reached[at]).collect();
        let mut end = None;
        let mut next = 0;
        'search: while let Some(&giver) = queue.get(next) {
            next += 1;
            for taker in 0..takers.len() {
                let holds = reach[giver] >> takers[taker] & 1 == 1;
                if !holds || from_giver[taker].is_some() {
                    continue;
                }
                from_giver[taker] = Some(giver);
                if room[taker] > zero {
                    end = Some(taker);
                    break 'search;
                }
                for other in 0..givers.len() {
                    if !is_reached[other] && sent[other][taker] > zero {
                        is_reached[other] = true;
                        from_taker[other] = Some(taker);
                        queue.push(other);
                    }
                }
            }
        }
        let Some(end) = end else {
            let worth = (0..givers.len()).filter(|&at| is_reached[at]);
            return worth.fold(0, |mask, at| mask | reach[at]);
        };
        // The path, from its end, and what fits along it.
        let mut path = Vec::new();
        let mut taker = end;
        let mut amount = room[end];
        while let Some(giver) = from_giver[taker] {
            let before = from_taker[giver];
            path.push((giver, taker, before));
            let most = before.map_or(left[giver], |before| sent[giver][before]);
            amount = if most < amount { most } else { amount };
            let Some(before) = before else { break };
            taker = before;
        }
        room[end] = room[end] - amount;
        for (giver, taker, before) in path {
            sent[giver][taker] = sent[giver][taker] + amount;
            match before {
                Some(before) => sent[giver][before] = sent[giver][before] - amount,
                None => left[giver] = left[giver] - amount,
            }
        }
    }
}

fn bits(mask: Mask) -> impl Iterator<Item = u32> {
    (0..Mask::BITS).filter(move |bit| mask >> bit & 1 == 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_closed_set_weighs_less(
            weights in prop::collection::vec(-20i64..20, 9),
            under in prop::collection::vec(0u32..512, 9),
        ) {
            // A node takes along nodes of higher bits, and what they take along.
            let mut closures = [0 as Mask; 9];
            for bit in (0..9u32).rev() {
                let direct = Mask::from(under[bit as usize]) >> (bit + 1) << (bit + 1);
                let further = bits(direct).fold(0, |all, other| all | closures[other as usize]);
                closures[bit as usize] = 1 << bit | direct | further;
            }
            let sum = |mask: Mask| -> i64 { bits(mask).map(|bit| weights[bit as usize]).sum() };
            let is_closed =
                |mask: &Mask| bits(*mask).all(|bit| closures[bit as usize] & !mask == 0);
            let seeds: Vec<Mask> = (0..9usize)
                .filter(|&bit| weights[bit] < 0)
                .map(|bit| closures[bit])
                .collect();
            let found = least(&seeds, |bit| weights[bit as usize]);
            prop_assert!(is_closed(&found));
            let best = (0..512).filter(is_closed).map(sum).min().unwrap();
            prop_assert_eq!(sum(found), best);
        }
    }
}
