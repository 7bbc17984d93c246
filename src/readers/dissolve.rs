//! Uniting zones into a larger one.
//!
//! Neighbours that share their border point for point are united exactly: each shared side is
//! there once in each direction, and the two cancel. What does not fit is united by the general
//! algorithm of `geo`.

use std::cmp::Ordering;
use std::collections::HashMap;

use geo::{Coord, MultiPolygon, unary_union};
use rayon::prelude::*;
use rstar::primitives::{GeomWithData, Line};
use rstar::{AABB, RTree};

use super::contour::crossing::{between, contact};
use super::contour::ring::{Ring, Role, cleaned, doubled_area, nested};

/// Degrees, about a millimetre: two points this near are one point, written twice.
const SAME_POINT: f64 = 1e-8;
/// Degrees, about a decimetre: a point this near to a side is on it.
const ON_SIDE: f64 = 1e-6;
/// Degrees: a ring whose mean width is under this, about a decimetre, is a sliver.
const SLIVER: f64 = 1e-6;

/// The union of zones whose polygons are valid: exteriors counter-clockwise, holes clockwise,
/// sorted by their first point, the westernmost. Every point of the outer border is kept.
pub fn union(parts: &[&MultiPolygon<f64>]) -> MultiPolygon<f64> {
    let united = by_cancelling(parts);
    united.unwrap_or_else(|| without_slivers(unary_union(parts.iter().copied())))
}

/// A directed side of a border, the inside on its left.
type Side = (Coord<f64>, Coord<f64>);

/// The union by cancelling shared sides; `None` where zones overlap or their borders do not fit.
fn by_cancelling(parts: &[&MultiPolygon<f64>]) -> Option<MultiPolygon<f64>> {
    let sides = cancelled(fitted(cancelled(all_sides(parts))?))?;
    let rings = stitched(&sides)?.into_iter().filter_map(cleaned);
    let mut rings: Vec<Ring> = rings.filter(|ring| !is_sliver(ring)).map(from_first).collect();
    rings.sort_by(|a, b| order(&a[0], &b[0]).then(a.len().cmp(&b.len())));
    contact(&rings.iter().collect::<Vec<_>>()).ok()?;
    // The winding says which rings are holes; that their nesting agrees is checked.
    let with_role = |ring: Ring| {
        let role = if doubled_area(&ring) > 0.0 { Role::Exterior } else { Role::Hole };
        (ring, role)
    };
    nested(rings.into_iter().map(with_role).collect()).ok()
}

/// The sides of every ring, wound so that the inside is on the left.
fn all_sides(parts: &[&MultiPolygon<f64>]) -> Vec<Side> {
    let mut sides = Vec::new();
    for polygon in parts.iter().flat_map(|part| part.iter()) {
        let holes = polygon.interiors().iter().map(|hole| (hole, false));
        for (ring, exterior) in std::iter::once((polygon.exterior(), true)).chain(holes) {
            let forward = (doubled_area(&ring.0) > 0.0) == exterior;
            let side = |pair: &[Coord<f64>]| {
                if forward { (pair[0], pair[1]) } else { (pair[1], pair[0]) }
            };
            let sides_of_ring = ring.0.windows(2).map(side).filter(|(from, to)| from != to);
            // Minus zero becomes zero: equal points are equal to the bit.
            let plain = |at: Coord<f64>| Coord { x: at.x + 0.0, y: at.y + 0.0 };
            sides.extend(sides_of_ring.map(|(from, to)| (plain(from), plain(to))));
        }
    }
    sides
}

fn order(a: &Coord<f64>, b: &Coord<f64>) -> Ordering {
    a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y))
}

/// The sides without those that are there in both directions, sorted; `None` where a side is
/// there twice in one direction, because two zones lie over one another.
fn cancelled(mut sides: Vec<Side>) -> Option<Vec<Side>> {
    let undirected = |&(from, to): &Side| {
        if order(&from, &to).is_le() { (from, to) } else { (to, from) }
    };
    let compare = |a: &Side, b: &Side| order(&a.0, &b.0).then(order(&a.1, &b.1));
    sides.par_sort_unstable_by(|a, b| compare(&undirected(a), &undirected(b)).then(compare(a, b)));
    let mut left = Vec::new();
    for same in sides.chunk_by(|a, b| undirected(a) == undirected(b)) {
        match same {
            [side] => left.push(*side),
            [one, other] if one.0 == other.1 => {}
            _ => return None,
        }
    }
    left.par_sort_unstable_by(compare);
    Some(left)
}

/// The same sides, with points that are nearly one made one, and a side that passes by a point
/// of another border led through it.
fn fitted(sides: Vec<Side>) -> Vec<Side> {
    let mut points: Vec<Coord<f64>> = sides.iter().flat_map(|side| [side.0, side.1]).collect();
    points.sort_unstable_by(order);
    points.dedup();
    // Each point stands for itself or for an earlier one that is nearly the same.
    let mut stands_for: Vec<usize> = Vec::with_capacity(points.len());
    for (index, point) in points.iter().enumerate() {
        let near = (0..index)
            .rev()
            .take_while(|&other| point.x - points[other].x <= SAME_POINT)
            .filter(|&other| stands_for[other] == other)
            .find(|&other| (point.y - points[other].y).abs() <= SAME_POINT);
        stands_for.push(near.unwrap_or(index));
    }
    let settled = |at: Coord<f64>| {
        let index = points.binary_search_by(|point| order(point, &at)).unwrap_or_default();
        points[stands_for[index]]
    };
    let sides: Vec<Side> = sides
        .into_iter()
        .map(|(from, to)| (settled(from), settled(to)))
        .filter(|(from, to)| from != to)
        .collect();
    let through = points_on_sides(&sides, &points, &stands_for);
    let mut fitted = Vec::with_capacity(sides.len());
    for ((from, to), mut on) in sides.into_iter().zip(through) {
        on.sort_by(|a, b| a.0.total_cmp(&b.0).then(order(&a.1, &b.1)));
        let mut start = from;
        for end in on.into_iter().map(|(_, point)| point).chain([to]) {
            if end != start {
                fitted.push((start, end));
            }
            start = end;
        }
    }
    fitted
}

/// For each side, the points that lie on it and where (0 at its start, 1 at its end).
fn points_on_sides(
    sides: &[Side],
    points: &[Coord<f64>],
    stands_for: &[usize],
) -> Vec<Vec<(f64, Coord<f64>)>> {
    let line = |(index, &(from, to)): (usize, &Side)| {
        GeomWithData::new(Line::new([from.x, from.y], [to.x, to.y]), index)
    };
    let tree = RTree::bulk_load(sides.iter().enumerate().map(line).collect());
    let mut through = vec![Vec::new(); sides.len()];
    for (index, &point) in points.iter().enumerate() {
        if stands_for[index] != index {
            continue;
        }
        let around = AABB::from_corners(
            [point.x - ON_SIDE, point.y - ON_SIDE],
            [point.x + ON_SIDE, point.y + ON_SIDE],
        );
        for near in tree.locate_in_envelope_intersecting(&around) {
            let (from, to) = sides[near.data];
            if point == from || point == to {
                continue;
            }
            let (along, across) = (to - from, point - from);
            let length = along.x * along.x + along.y * along.y;
            let place = (across.x * along.x + across.y * along.y) / length;
            let off = (across.x * along.y - across.y * along.x).abs() / length.sqrt();
            if place > 0.0 && place < 1.0 && off <= ON_SIDE {
                through[near.data].push((place, point));
            }
        }
    }
    through
}

/// Simple rings from sorted sides. Where several meet, a ring turns left as far as it can, so
/// that zones that touch at a point stay apart; what still comes back to a point is cut there.
fn stitched(sides: &[Side]) -> Option<Vec<Ring>> {
    let leaving = |at: Coord<f64>| {
        let start = sides.partition_point(|side| order(&side.0, &at).is_lt());
        let end = sides.partition_point(|side| order(&side.0, &at).is_le());
        start..end
    };
    let mut used = vec![false; sides.len()];
    let mut rings = Vec::new();
    for first in 0..sides.len() {
        if used[first] {
            continue;
        }
        let mut path = Ring::new();
        let mut places: HashMap<[u64; 2], usize> = HashMap::new();
        let mut current = first;
        loop {
            used[current] = true;
            let (from, at) = sides[current];
            places.insert(bits(from), path.len());
            path.push(from);
            if let Some(&place) = places.get(&bits(at)) {
                let ring = path.split_off(place);
                for point in &ring {
                    places.remove(&bits(*point));
                }
                rings.push(ring);
                if path.is_empty() {
                    break;
                }
            }
            let free = leaving(at).filter(|&side| !used[side]);
            let leftmost = free.reduce(|best, side| {
                if between(at, sides[best].1, sides[side].1, from) { side } else { best }
            });
            current = leftmost?;
        }
    }
    Some(rings)
}

fn bits(at: Coord<f64>) -> [u64; 2] {
    [at.x.to_bits(), at.y.to_bits()]
}

/// The ring from its westernmost point on.
fn from_first(mut ring: Ring) -> Ring {
    let first = (0..ring.len()).min_by(|&a, &b| order(&ring[a], &ring[b]));
    ring.rotate_left(first.unwrap_or_default());
    ring
}

fn is_sliver(ring: &[Coord<f64>]) -> bool {
    let ends = ring.iter().zip(ring.iter().cycle().skip(1));
    let length: f64 = ends.map(|(a, b)| (b.x - a.x).hypot(b.y - a.y)).sum();
    doubled_area(ring).abs() < SLIVER * length
}

/// What the general algorithm leaves between borders that do not fit is no part of the map.
fn without_slivers(area: MultiPolygon<f64>) -> MultiPolygon<f64> {
    let mut rings = Vec::new();
    for polygon in area {
        let (exterior, holes) = polygon.into_inner();
        let lines = std::iter::once((exterior, Role::Exterior))
            .chain(holes.into_iter().map(|hole| (hole, Role::Hole)));
        for (line, role) in lines {
            let ring = cleaned(line.into_iter().map(|at| Coord { x: at.x + 0.0, y: at.y + 0.0 }));
            rings.extend(ring.filter(|ring| !is_sliver(ring)).map(|ring| (from_first(ring), role)));
        }
    }
    rings.sort_by(|(a, _), (b, _)| order(&a[0], &b[0]).then(a.len().cmp(&b.len())));
    let unsaid = rings.iter().map(|(ring, _)| (ring.clone(), Role::Unsaid)).collect();
    nested(rings).or_else(|_| nested(unsaid)).unwrap_or_else(|_| MultiPolygon::new(Vec::new()))
}

#[cfg(test)]
mod tests {
    use geo::{Area, LineString, Polygon};

    use super::*;

    fn polygon(rings: &[&[(f64, f64)]]) -> MultiPolygon<f64> {
        let line = |ring: &&[(f64, f64)]| LineString::from(ring.to_vec());
        let mut lines = rings.iter().map(line);
        let exterior = lines.next().unwrap();
        MultiPolygon::new(vec![Polygon::new(exterior, lines.collect())])
    }

    fn square(x: f64, y: f64, size: f64) -> MultiPolygon<f64> {
        let (east, north) = (x + size, y + size);
        polygon(&[&[(x, y), (east, y), (east, north), (x, north), (x, y)]])
    }

    #[track_caller]
    fn check(parts: &[MultiPolygon<f64>], area: f64, polygons: usize, holes: usize) {
        let forward = union(&parts.iter().collect::<Vec<_>>());
        let backward = union(&parts.iter().rev().collect::<Vec<_>>());
        assert_eq!(forward, backward, "the order of the parts does not count");
        assert!((forward.unsigned_area() - area).abs() < 1e-5, "{}", forward.unsigned_area());
        assert_eq!(forward.0.len(), polygons, "{forward:?}");
        assert_eq!(forward.iter().map(|part| part.interiors().len()).sum::<usize>(), holes);
        for part in &forward {
            assert!(doubled_area(&part.exterior().0) > 0.0);
            assert!(part.interiors().iter().all(|hole| doubled_area(&hole.0) < 0.0));
        }
    }

    #[test]
    fn neighbours_become_one_polygon_without_their_border() {
        check(&[square(0.0, 0.0, 1.0), square(1.0, 0.0, 1.0)], 2.0, 1, 0);
        check(&[square(0.0, 0.0, 1.0)], 1.0, 1, 0);
        check(&[], 0.0, 0, 0);
    }

    #[test]
    fn a_ring_of_neighbours_leaves_a_hole_and_its_enclave_fills_it() {
        let mut parts: Vec<_> = (0..9)
            .filter(|&cell| cell != 4)
            .map(|cell| square(f64::from(cell % 3), f64::from(cell / 3), 1.0))
            .collect();
        check(&parts, 8.0, 1, 1);
        parts.push(square(1.0, 1.0, 1.0));
        check(&parts, 9.0, 1, 0);
    }

    #[test]
    fn zones_that_touch_at_a_point_stay_apart() {
        check(&[square(0.0, 0.0, 1.0), square(1.0, 1.0, 1.0)], 2.0, 2, 0);
        let round = [(0, 0), (1, 0), (2, 0), (0, 1), (0, 2), (1, 2), (2, 1)];
        let parts = round.map(|(x, y)| square(f64::from(x), f64::from(y), 1.0));
        check(&parts, 7.0, 1, 1);
    }

    #[test]
    fn a_border_with_more_points_on_one_side_still_disappears() {
        let left = polygon(&[&[
            (0.0, 0.0),
            (1.0, 0.0),
            (1.0, 1.0 / 3.0),
            (1.000_000_4, 0.7),
            (1.0, 1.0),
            (0.0, 1.0),
            (0.0, 0.0),
        ]]);
        check(&[left, square(1.0 + 3e-9, 0.0, 1.0)], 2.0, 1, 0);
    }

    #[test]
    fn zones_that_overlap_are_united_all_the_same() {
        check(&[square(0.0, 0.0, 2.0), square(1.0, 1.0, 2.0)], 7.0, 1, 0);
        check(&[square(0.0, 0.0, 3.0), square(1.0, 1.0, 1.0)], 9.0, 1, 0);
        check(&[square(0.0, 0.0, 2.0), square(0.0, 0.0, 2.0)], 4.0, 1, 0);
    }
}
