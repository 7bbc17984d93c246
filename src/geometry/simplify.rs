//! Douglas and Peucker on a closed ring, arc by arc.
//!
//! An arc is simplified alike in both directions and wherever its ring starts, so that the two
//! zones of a border draw the same line.

use std::cmp::Ordering;

use geo::Coord;

/// The places of the vertices of a closed ring (last equal to first) that are needed to stay
/// within `tolerance` of it, without the repeated last, in the order of the ring. `keep` names the vertices that have to stay: the
/// ring is cut there. A ring without any is cut at its least and its greatest vertex, in the order
/// of x then y.
pub fn ring(vertices: &[Coord<f64>], keep: impl Fn(usize) -> bool, tolerance: f64) -> Vec<usize> {
    let open = match vertices {
        [first, inner @ .., last] if first == last => &vertices[..=inner.len()],
        _ => vertices,
    };
    if open.len() <= 4 {
        return (0..open.len()).collect();
    }
    let mut cuts: Vec<usize> = (0..open.len()).filter(|&index| keep(index)).collect();
    if cuts.len() < 2 {
        cuts.extend(extremes(open));
        cuts.sort_unstable();
        cuts.dedup();
    }
    let Some(&start) = cuts.first() else { return (0..open.len()).collect() };
    // The ring from its first cut round to it again.
    let mut turned = Vec::with_capacity(open.len() + 1);
    turned.extend_from_slice(&open[start..]);
    turned.extend_from_slice(&open[..=start]);
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut - start).collect();
    ends.push(open.len());
    let mut kept = Vec::new();
    for pair in ends.windows(2) {
        kept.push(pair[0]);
        kept.extend(arc(&turned[pair[0]..=pair[1]], tolerance).map(|inner| pair[0] + inner));
    }
    let mut kept: Vec<usize> = kept.into_iter().map(|place| (place + start) % open.len()).collect();
    let least = (0..kept.len()).min_by_key(|&index| kept[index]).unwrap_or(0);
    kept.rotate_left(least);
    kept
}

/// The least and the greatest vertex.
fn extremes(open: &[Coord<f64>]) -> impl Iterator<Item = usize> {
    let compare = |a: &usize, b: &usize| order(open[*a], open[*b]);
    let least = (0..open.len()).min_by(compare);
    let greatest = (0..open.len()).max_by(compare);
    least.into_iter().chain(greatest)
}

fn order(a: Coord<f64>, b: Coord<f64>) -> Ordering {
    a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y))
}

/// The places strictly inside an arc that are needed, in its order.
fn arc(line: &[Coord<f64>], tolerance: f64) -> impl Iterator<Item = usize> {
    // Of the two directions the same is always chosen, for a tie between vertices is won by the
    // first. Ends that are one vertex leave the choice to their neighbours.
    let (first, last) = (line[0], line[line.len() - 1]);
    let backwards =
        line.len() > 2 && order(first, last).then(order(line[1], line[line.len() - 2])).is_gt();
    let ordered: Vec<Coord<f64>> = match backwards {
        true => line.iter().rev().copied().collect(),
        false => line.to_vec(),
    };
    let mut marks = mark(&ordered, tolerance);
    if backwards {
        marks.reverse();
    }
    (1..line.len() - 1).filter(move |&index| marks[index])
}

/// Which vertices of a line are needed. The waiting list is explicit: a ring of a million
/// vertices must not exhaust the stack.
fn mark(line: &[Coord<f64>], tolerance: f64) -> Vec<bool> {
    let mut marks = vec![false; line.len()];
    let mut waiting = vec![(0, line.len() - 1)];
    while let Some((from, to)) = waiting.pop() {
        let mut farthest = (tolerance * tolerance, None);
        for index in from + 1..to {
            let distance = squared_distance(line[index], line[from], line[to]);
            if distance > farthest.0 {
                farthest = (distance, Some(index));
            }
        }
        if let (_, Some(index)) = farthest {
            marks[index] = true;
            waiting.push((from, index));
            waiting.push((index, to));
        }
    }
    marks
}

/// From a point to a segment, squared.
fn squared_distance(at: Coord<f64>, from: Coord<f64>, to: Coord<f64>) -> f64 {
    let along = to - from;
    let length = along.x * along.x + along.y * along.y;
    let offset = at - from;
    let part = if length > 0.0 {
        ((offset.x * along.x + offset.y * along.y) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let gap = offset - along * part;
    gap.x * gap.x + gap.y * gap.y
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn closed(mut vertices: Vec<Coord<f64>>) -> Vec<Coord<f64>> {
        vertices.extend(vertices.first().copied());
        vertices
    }

    #[test]
    fn a_vertex_within_the_tolerance_goes_unless_it_has_to_stay() {
        let square = [(0.0, 0.0), (5.0, 0.4), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
        let square = closed(square.map(Coord::from).to_vec());
        assert_eq!(ring(&square, |_| false, 0.5), [0, 2, 3, 4]);
        assert_eq!(ring(&square, |_| false, 0.3), [0, 1, 2, 3, 4]);
        assert_eq!(ring(&square, |index| index == 1, 0.5), [0, 1, 2, 3, 4]);
    }

    fn open_ring() -> impl Strategy<Value = Vec<Coord<f64>>> {
        prop::collection::btree_set((-50_i32..50, -50_i32..50), 5..40).prop_map(|places| {
            places.into_iter().map(|(x, y)| Coord { x: f64::from(x), y: f64::from(y) }).collect()
        })
    }

    proptest! {
        #[test]
        fn every_vertex_stays_within_the_tolerance(
            places in prop::collection::vec((-50.0..50.0, -50.0..50.0), 0..60), every in 1_usize..20,
        ) {
            let line = closed(places.into_iter().map(Coord::from).collect());
            let kept = ring(&line, |index| index % every == 0, 3.0);
            let kept = closed(kept.into_iter().map(|index| line[index]).collect());
            for at in &line {
                let near = kept.windows(2).any(|pair| squared_distance(*at, pair[0], pair[1]) <= 9.0);
                prop_assert!(near || kept.contains(at));
            }
        }

        #[test]
        fn where_a_ring_starts_and_how_it_turns_change_nothing(
            mut open in open_ring(), turn in 0_usize..40, stay in 1_i32..9,
        ) {
            let simplified = |open: &[Coord<f64>]| {
                let stays = |index: usize| (open[index].x as i32).rem_euclid(stay) == 1;
                let kept = ring(&closed(open.to_vec()), stays, 2.0);
                let mut kept: Vec<_> = kept.into_iter().map(|index| open[index]).collect();
                kept.sort_by(|a, b| order(*a, *b));
                kept
            };
            let straight = simplified(&open);
            let turn = turn % open.len();
            open.rotate_left(turn);
            open.reverse();
            prop_assert_eq!(straight, simplified(&open));
        }
    }
}
