//! Douglas and Peucker on a closed ring.
//!
//! Each ring is simplified for itself: the two sides of a shared border may part by less than
//! twice the tolerance, which is half a grid unit or one. Whoever simplifies a whole coverage by
//! its shared arcs replaces [`ring`] and nothing else.

use geo::Coord;

/// The vertices of a closed ring (last equal to first) that are needed to stay within
/// `tolerance` of it, without the repeated last.
///
/// The ring is split at its least and its greatest vertex, in the order of x then y: the choice
/// depends on the shape and not on where the file starts to draw it.
pub(super) fn ring(vertices: &[Coord<f64>], tolerance: f64) -> Vec<Coord<f64>> {
    let open = match vertices {
        [first, inner @ .., last] if first == last => &vertices[..=inner.len()],
        _ => vertices,
    };
    if open.len() <= 4 {
        return open.to_vec();
    }
    let order = |a: &usize, b: &usize| {
        let (a, b) = (open[*a], open[*b]);
        a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y))
    };
    let start = (0..open.len()).min_by(order).unwrap_or(0);
    let end = (0..open.len()).max_by(order).unwrap_or(0);
    let mut turned = Vec::with_capacity(open.len() + 1);
    turned.extend_from_slice(&open[start..]);
    turned.extend_from_slice(&open[..=start]);
    let middle = (end + open.len() - start) % open.len();
    let mut keep = vec![false; turned.len()];
    keep[0] = true;
    keep[middle] = true;
    mark(&turned, 0, middle, tolerance, &mut keep);
    mark(&turned, middle, turned.len() - 1, tolerance, &mut keep);
    turned.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(at, _)| *at).collect()
}

/// Marks the vertices strictly between `first` and `last` that are needed. The waiting list is
/// explicit: a ring of a million vertices must not exhaust the stack.
fn mark(line: &[Coord<f64>], first: usize, last: usize, tolerance: f64, keep: &mut [bool]) {
    let mut waiting = vec![(first, last)];
    while let Some((from, to)) = waiting.pop() {
        let mut farthest = (tolerance * tolerance, None);
        for index in from + 1..to {
            let distance = squared_distance(line[index], line[from], line[to]);
            if distance > farthest.0 {
                farthest = (distance, Some(index));
            }
        }
        if let (_, Some(index)) = farthest {
            keep[index] = true;
            waiting.push((from, index));
            waiting.push((index, to));
        }
    }
}

/// From a point to a segment, squared. The ends are put in order first, so that a segment drawn
/// the other way gives the same bits.
fn squared_distance(at: Coord<f64>, from: Coord<f64>, to: Coord<f64>) -> f64 {
    let (from, to) = if (from.x, from.y) <= (to.x, to.y) { (from, to) } else { (to, from) };
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
    fn a_vertex_within_the_tolerance_goes() {
        let square = [(0.0, 0.0), (5.0, 0.4), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
        let square = closed(square.map(Coord::from).to_vec());
        assert_eq!(ring(&square, 0.5).len(), 4);
        assert_eq!(ring(&square, 0.3).len(), 5);
    }

    proptest! {
        #[test]
        fn every_vertex_stays_within_the_tolerance(
            places in prop::collection::vec((-50.0..50.0, -50.0..50.0), 0..60),
        ) {
            let line = closed(places.into_iter().map(Coord::from).collect());
            let kept = closed(ring(&line, 3.0));
            for at in &line {
                let near = kept.windows(2).any(|pair| squared_distance(*at, pair[0], pair[1]) <= 9.0);
                prop_assert!(near || kept.contains(at));
            }
        }

        #[test]
        fn where_the_ring_starts_changes_nothing(
            places in prop::collection::btree_set((-50_i32..50, -50_i32..50), 5..40),
            turn in 0_usize..40,
        ) {
            let mut open: Vec<Coord<f64>> =
                places.iter().map(|&(x, y)| Coord { x: f64::from(x), y: f64::from(y) }).collect();
            let straight = ring(&closed(open.clone()), 2.0);
            let turn = turn % open.len();
            open.rotate_left(turn);
            prop_assert_eq!(straight, ring(&closed(open), 2.0));
        }
    }
}
