//! Rings: cleaned of slivers, measured, and put together into polygons.

use geo::{Coord, GeoNum, Kernel, LineString, MultiPolygon, Orientation, Polygon};

use super::problem::Flaw;

/// Points of a closed line, the first not repeated at the end.
pub(crate) type Ring = Vec<Coord<f64>>;

/// Rings of one zone: Brittany has some thousands of islands.
const MAX_RINGS: usize = 50_000;

/// What a file says a ring is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Exterior,
    Hole,
    /// The format does not say, or says it in a way that is often wrong.
    Unsaid,
}

/// On which side of the line `a → b` the point `c` is, exactly.
pub(crate) fn side(a: Coord<f64>, b: Coord<f64>, c: Coord<f64>) -> Orientation {
    <f64 as GeoNum>::Ker::orient2d(a, b, c)
}

/// The ring without repeated points and without spikes that go out and back along one line;
/// `None` where nothing with an area is left.
pub(crate) fn cleaned(points: impl IntoIterator<Item = Coord<f64>>) -> Option<Ring> {
    let mut kept = Ring::new();
    for point in points {
        push(&mut kept, point);
    }
    // The first and the last point are neighbours too.
    let mut start = 0;
    while kept.len() - start >= 3 {
        let last = kept.len() - 1;
        if kept[last] == kept[start] || is_spike(kept[last - 1], kept[last], kept[start]) {
            kept.pop();
        } else if is_spike(kept[last], kept[start], kept[start + 1]) {
            start += 1;
        } else {
            kept.drain(..start);
            return Some(kept);
        }
    }
    None
}

fn push(kept: &mut Ring, point: Coord<f64>) {
    loop {
        match kept.as_slice() {
            [.., last] if *last == point => return,
            [.., before, last] if is_spike(*before, *last, point) => {
                kept.pop();
            }
            _ => break,
        }
    }
    kept.push(point);
}

fn is_spike(a: Coord<f64>, tip: Coord<f64>, b: Coord<f64>) -> bool {
    let (to_a, to_b) = (a - tip, b - tip);
    side(a, tip, b) == Orientation::Collinear && to_a.x * to_b.x + to_a.y * to_b.y > 0.0
}

/// Twice the signed area: positive where the ring runs counter-clockwise. Relative to the first
/// point, so that far origins cost no digits.
pub(crate) fn doubled_area(ring: &[Coord<f64>]) -> f64 {
    let Some(&origin) = ring.first() else { return 0.0 };
    let cross = |pair: &[Coord<f64>]| {
        let (a, b) = (pair[0] - origin, pair[1] - origin);
        a.x * b.y - a.y * b.x
    };
    ring.windows(2).map(cross).sum()
}

/// Puts rings that do not cross into polygons: a ring inside an even number of others is an
/// exterior, any other a hole of the smallest ring around it. What the file says must agree.
/// Exteriors come out closed and counter-clockwise in their first order, holes clockwise.
pub(crate) fn nested(rings: Vec<(Ring, Role)>) -> Result<MultiPolygon<f64>, Flaw> {
    if rings.len() > MAX_RINGS {
        return Err(Flaw::Rings(MAX_RINGS));
    }
    let boxes: Vec<_> = rings.iter().map(|(ring, _)| bounds(ring)).collect();
    let around: Vec<Vec<usize>> = (0..rings.len())
        .map(|inner| {
            let holds = |&outer: &usize| {
                outer != inner
                    && box_holds(&boxes[outer], &boxes[inner])
                    && contains(&rings[outer].0, &rings[inner].0)
            };
            (0..rings.len()).filter(holds).collect()
        })
        .collect();
    let mut holes: Vec<Vec<usize>> = vec![Vec::new(); rings.len()];
    for (index, outside) in around.iter().enumerate() {
        let is_hole = !outside.len().is_multiple_of(2);
        if rings[index].1 == if is_hole { Role::Exterior } else { Role::Hole } {
            return Err(Flaw::Nesting);
        }
        if is_hole {
            // The smallest ring around a hole is the one that has all the others around it.
            let parent = outside.iter().find(|&&ring| around[ring].len() + 1 == outside.len());
            holes[*parent.ok_or(Flaw::Nesting)?].push(index);
        }
    }
    let polygon = |index: usize| {
        let interiors = holes[index].iter().map(|&hole| closed(&rings[hole].0, false)).collect();
        Polygon::new(closed(&rings[index].0, true), interiors)
    };
    let exteriors = (0..rings.len()).filter(|&index| around[index].len().is_multiple_of(2));
    Ok(MultiPolygon::new(exteriors.map(polygon).collect()))
}

fn closed(ring: &[Coord<f64>], counter_clockwise: bool) -> LineString<f64> {
    let mut points = ring.to_vec();
    if (doubled_area(ring) > 0.0) != counter_clockwise {
        points.reverse();
    }
    points.extend(points.first().copied());
    LineString::new(points)
}

fn bounds(ring: &[Coord<f64>]) -> [f64; 4] {
    ring.iter().fold(
        [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY],
        |[west, south, east, north], at| {
            [west.min(at.x), south.min(at.y), east.max(at.x), north.max(at.y)]
        },
    )
}

fn box_holds(outer: &[f64; 4], inner: &[f64; 4]) -> bool {
    outer[0] <= inner[0] && outer[1] <= inner[1] && outer[2] >= inner[2] && outer[3] >= inner[3]
}

/// Whether `inner` lies inside `outer`, for rings that do not cross: its first point, or middle
/// of a side, that is not on the border says it.
fn contains(outer: &[Coord<f64>], inner: &[Coord<f64>]) -> bool {
    let vertices = inner.iter().copied();
    let middles = inner.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0);
    vertices.chain(middles).find_map(|point| inside(outer, point)).unwrap_or(false)
}

/// Whether a point is inside a ring; `None` on its border.
pub(crate) fn inside(ring: &[Coord<f64>], point: Coord<f64>) -> Option<bool> {
    let mut inside = false;
    let last = ring.last().copied();
    for (from, &to) in last.iter().chain(ring).zip(ring) {
        match crosses_ray(*from, to, point) {
            None => return None,
            Some(crosses) => inside ^= crosses,
        }
    }
    Some(inside)
}

/// Whether a ray from `point` to the west crosses the side `a → b`; `None` on the side itself.
/// Exact, and the same for both directions of the side.
pub fn crosses_ray(a: Coord<f64>, b: Coord<f64>, point: Coord<f64>) -> Option<bool> {
    let (low, high) = if (a.y, a.x) <= (b.y, b.x) { (a, b) } else { (b, a) };
    if point.y < low.y || point.y > high.y {
        return Some(false);
    }
    if low.y == high.y {
        return if (low.x..=high.x).contains(&point.x) { None } else { Some(false) };
    }
    match side(low, high, point) {
        Orientation::Collinear => None,
        right => Some(right == Orientation::Clockwise && point.y < high.y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(points: &[(f64, f64)]) -> Ring {
        points.iter().map(|&(x, y)| Coord { x, y }).collect()
    }

    fn square(x: f64, y: f64, size: f64) -> Ring {
        ring(&[(x, y), (x + size, y), (x + size, y + size), (x, y + size)])
    }

    #[test]
    fn repeated_points_and_spikes_are_removed() {
        let spiky = ring(&[
            (0.0, 0.0),
            (0.0, 0.0),
            (4.0, 0.0),
            (9.0, 0.0),
            (4.0, 0.0),
            (4.0, 4.0),
            (2.0, 4.0),
            (2.0, 8.0),
            (2.0, 5.0),
            (2.0, 4.0),
            (0.0, 4.0),
            (0.0, -3.0),
            (0.0, 0.0),
        ]);
        let expected = ring(&[(4.0, 0.0), (4.0, 4.0), (2.0, 4.0), (0.0, 4.0), (0.0, 0.0)]);
        let mut found = cleaned(spiky).unwrap();
        let first = found.iter().position(|&at| at == expected[0]).unwrap();
        found.rotate_left(first);
        assert_eq!(found, expected);
        assert_eq!(cleaned(ring(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (0.0, 0.0)])), None);
        assert_eq!(cleaned(ring(&[(0.0, 0.0)])), None);
        assert_eq!(cleaned(Ring::new()), None);
    }

    #[test]
    fn holes_and_islands_find_their_place_whatever_the_winding() {
        let mut lake = square(1.0, 1.0, 8.0);
        lake.reverse();
        let rings = [square(3.0, 3.0, 2.0), square(0.0, 0.0, 10.0), lake, square(20.0, 0.0, 1.0)];
        let unsaid = rings.into_iter().map(|ring| (ring, Role::Unsaid)).collect();
        let area = nested(unsaid).unwrap();
        let holes: Vec<usize> = area.iter().map(|polygon| polygon.interiors().len()).collect();
        assert_eq!(holes, [0, 1, 0]);
        for polygon in &area {
            assert!(doubled_area(&polygon.exterior().0) > 0.0);
            assert!(polygon.interiors().iter().all(|hole| doubled_area(&hole.0) < 0.0));
        }
    }

    #[test]
    fn a_hole_outside_and_a_part_over_another_are_flaws() {
        let outside =
            vec![(square(0.0, 0.0, 1.0), Role::Exterior), (square(5.0, 0.0, 1.0), Role::Hole)];
        assert_eq!(nested(outside), Err(Flaw::Nesting));
        let over =
            vec![(square(0.0, 0.0, 9.0), Role::Exterior), (square(5.0, 2.0, 1.0), Role::Exterior)];
        assert_eq!(nested(over), Err(Flaw::Nesting));
    }

    #[test]
    fn the_border_of_a_ring_is_neither_inside_nor_outside() {
        let ring = square(0.0, 0.0, 2.0);
        let at = |x, y| inside(&ring, Coord { x, y });
        assert_eq!(
            [at(1.0, 1.0), at(3.0, 1.0), at(-1.0, 2.0)],
            [Some(true), Some(false), Some(false)]
        );
        assert_eq!([at(0.0, 1.0), at(2.0, 2.0), at(1.0, 0.0), at(1.0, 2.0)], [None; 4]);
    }
}
