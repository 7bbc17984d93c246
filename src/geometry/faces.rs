//! From borders to polygons: the rings that a set of directed edges encloses, each valid by
//! itself (OGC Simple Features): no ring touches itself, holes lie in their exterior.
//!
//! The edges must be noded: two of them share an end or nothing at all. The interior lies on the
//! side where the area is positive. Edges drawn in both directions enclose nothing and go; no
//! vertex is made, so zones whose edges fit together still do.

use std::collections::HashMap;

use super::grid::{Bounds, Vertex};
use super::ring;

/// The polygons that rings enclose together: the exterior first, positive, then its holes,
/// negative. Rings without an area are gone.
pub fn faces<'a>(rings: impl Iterator<Item = &'a [Vertex]>) -> Vec<Vec<Vec<Vertex>>> {
    let edges = uncancelled(rings.flat_map(|ring| {
        let ends = ring.iter().copied().cycle().skip(1);
        ring.iter().copied().zip(ends).take(ring.len())
    }));
    let (mut exteriors, mut holes) = (Vec::new(), Vec::new());
    for traced in trace(&edges) {
        for simple in split(traced) {
            let cleaned = ring::clean(&simple);
            let area = ring::area(&cleaned);
            match area.signum() {
                1 => exteriors.push((area, vec![cleaned])),
                -1 => holes.push(cleaned),
                _ => {}
            }
        }
    }
    for hole in holes {
        let inside = exteriors.iter_mut().filter(|(_, rings)| encloses(&rings[0], &hole));
        // A hole in nothing can only come from rings that cross one another.
        if let Some((_, rings)) = inside.min_by_key(|(area, _)| *area) {
            rings.push(hole);
        }
    }
    exteriors.into_iter().map(|(_, rings)| rings).collect()
}

/// The edges that are left once each has met those in the other direction, sorted.
fn uncancelled(edges: impl Iterator<Item = (Vertex, Vertex)>) -> Vec<(Vertex, Vertex)> {
    let mut ordered: Vec<(Vertex, Vertex, bool)> = edges
        .filter(|(from, to)| from != to)
        .map(|(from, to)| if from < to { (from, to, true) } else { (to, from, false) })
        .collect();
    ordered.sort_unstable();
    let mut kept = Vec::with_capacity(ordered.len());
    for same in ordered.chunk_by(|left, right| (left.0, left.1) == (right.0, right.1)) {
        let forward = same.iter().filter(|edge| edge.2).count();
        let (low, high, _) = same[0];
        let edge = if 2 * forward > same.len() { (low, high) } else { (high, low) };
        kept.extend(std::iter::repeat_n(edge, (2 * forward).abs_diff(same.len())));
    }
    kept.sort_unstable();
    kept
}

/// Follows the edges round: where several leave a vertex, the one that bounds the same interior.
fn trace(edges: &[(Vertex, Vertex)]) -> Vec<Vec<Vertex>> {
    let mut used = vec![false; edges.len()];
    let mut rings = Vec::new();
    for first in 0..edges.len() {
        let (mut ring, mut at) = (Vec::new(), first);
        // Each edge is used once: the walk ends.
        while !used[at] {
            used[at] = true;
            let (from, to) = edges[at];
            ring.push(from);
            let start = edges.partition_point(|edge| edge.0 < to);
            let leaving = edges[start..].iter().take_while(|edge| edge.0 == to).count();
            let next = (start..start + leaving)
                .filter(|&next| next == first || !used[next])
                .min_by(|&one, &other| clockwise(from, to, edges[one].1, edges[other].1));
            match next {
                Some(next) => at = next,
                None => ring.clear(),
            }
        }
        // A walk that met a dead end encloses nothing.
        if at == first && ring.len() >= 3 {
            rings.push(ring);
        }
    }
    rings
}

/// Which of two ends is met first when turning clockwise around `to`, beginning at `from`.
fn clockwise(from: Vertex, to: Vertex, one: Vertex, other: Vertex) -> std::cmp::Ordering {
    let along = |end: Vertex| [0, 1].map(|axis| i64::from(end[axis]) - i64::from(to[axis]));
    let cross = |a: [i64; 2], b: [i64; 2]| a[0] * b[1] - a[1] * b[0];
    let back = along(from);
    let quarter = |end: [i64; 2]| match cross(back, end).signum() {
        -1 => 0,
        1 => 2,
        _ if back[0] * end[0] + back[1] * end[1] < 0 => 1,
        _ => 3,
    };
    let (one, other) = (along(one), along(other));
    quarter(one).cmp(&quarter(other)).then(cross(one, other).cmp(&0))
}

/// Cuts a ring wherever it passes a vertex again.
fn split(ring: Vec<Vertex>) -> Vec<Vec<Vertex>> {
    let mut sorted = ring.clone();
    sorted.sort_unstable();
    if sorted.windows(2).all(|pair| pair[0] != pair[1]) {
        return vec![ring];
    }
    let mut rings = Vec::new();
    let mut open: Vec<Vertex> = Vec::new();
    let mut places: HashMap<Vertex, usize> = HashMap::new();
    for vertex in ring {
        if let Some(&place) = places.get(&vertex) {
            for passed in &open[place..] {
                places.remove(passed);
            }
            rings.push(open.split_off(place));
        }
        places.insert(vertex, open.len());
        open.push(vertex);
    }
    rings.push(open);
    rings.retain(|ring| ring.len() >= 3);
    rings
}

/// Whether a ring that does not cross another lies inside it.
fn encloses(exterior: &[Vertex], hole: &[Vertex]) -> bool {
    let bounds = Bounds::of(exterior).zip(Bounds::of(hole));
    if !bounds.is_some_and(|(outer, inner)| outer.holds(&inner)) {
        return false;
    }
    // They may touch: the first vertex that is not on the exterior decides.
    hole.iter().find_map(|&at| side(exterior, at)).unwrap_or(true)
}

/// Whether a point is inside a ring; `None` on the ring itself.
fn side(ring: &[Vertex], at: Vertex) -> Option<bool> {
    let mut inside = false;
    let mut before = *ring.last()?;
    for &vertex in ring {
        let turn = ring::cross(before, vertex, at);
        let within = |axis: usize| {
            let (low, high) = (before[axis].min(vertex[axis]), before[axis].max(vertex[axis]));
            (low..=high).contains(&at[axis])
        };
        if turn == 0 && within(0) && within(1) {
            return None;
        }
        if (before[1] > at[1]) != (vertex[1] > at[1]) {
            inside ^= (turn > 0) == (vertex[1] > before[1]);
        }
        before = vertex;
    }
    Some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rings: &[&[Vertex]], expected: &[&[&[Vertex]]]) {
        let found = faces(rings.iter().copied());
        assert_eq!(found, expected.iter().map(|face| face.to_vec()).collect::<Vec<_>>());
    }

    const SQUARE: [Vertex; 4] = [[0, 0], [9, 0], [9, 9], [0, 9]];

    #[test]
    fn a_square_and_its_hole_stay_as_they_are() {
        let hole = [[3, 3], [3, 6], [6, 6], [6, 3]];
        check(&[&SQUARE, &hole], &[&[&SQUARE, &hole]]);
    }

    #[test]
    fn a_corridor_that_became_a_line_goes_and_leaves_two_polygons() {
        let dumbbell = [
            [0, 0],
            [4, 0],
            [4, 2],
            [8, 2],
            [8, 0],
            [12, 0],
            [12, 4],
            [8, 4],
            [8, 2],
            [4, 2],
            [4, 4],
            [0, 4],
        ];
        let (left, right) = ([[0, 0], [4, 0], [4, 4], [0, 4]], [[8, 0], [12, 0], [12, 4], [8, 4]]);
        let found = faces([dumbbell.as_slice()].into_iter());
        assert_eq!(found.len(), 2);
        for square in [left, right] {
            assert!(found.iter().any(|face| ring::area(&face[0]) == ring::area(&square)));
        }
    }

    #[test]
    fn a_ring_that_touches_itself_is_cut_there() {
        // A bay whose mouth has closed at (4, 0) is a hole, not a part of the exterior.
        let bay = [[0, 0], [4, 0], [2, 3], [6, 3], [4, 0], [8, 0], [8, 8], [0, 8]];
        let found = faces([bay.as_slice()].into_iter());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].len(), 2);
        assert_eq!(ring::area(&found[0][1]), -12);
        // Two squares that meet at a corner are two polygons.
        let eight = [[0, 0], [4, 0], [4, 4], [8, 4], [8, 8], [4, 8], [4, 4], [0, 4]];
        assert_eq!(faces([eight.as_slice()].into_iter()).len(), 2);
    }

    #[test]
    fn a_hole_as_large_as_its_exterior_leaves_nothing() {
        let mut hole = SQUARE;
        hole.reverse();
        check(&[&SQUARE, &hole], &[]);
        check(&[&[[0, 0], [5, 5]]], &[]);
    }

    #[test]
    fn parts_that_share_a_side_are_one() {
        let beside = [[9, 0], [18, 0], [18, 9], [9, 9]];
        let found = faces([SQUARE.as_slice(), &beside].into_iter());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0][0].len(), 4);
    }
}
