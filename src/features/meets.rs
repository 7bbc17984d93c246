//! Whether a geometry meets a box, to the last vertex: the bounds of a zone say too much.

use flatgeobuf::Geometry;

/// Whether a geometry in degrees has a point in a box (west, south, east, north), borders included.
pub(super) fn meets(geometry: &Geometry<'_>, around: [f64; 4]) -> bool {
    let mut is_inside = false;
    let mut each = |part: &Geometry<'_>| -> bool {
        let numbers: Vec<f64> = part.xy().map(|xy| xy.iter().collect()).unwrap_or_default();
        let (points, _) = numbers.as_chunks::<2>();
        let ends: Vec<usize> = match part.ends() {
            Some(ends) if !ends.is_empty() => ends.iter().map(|end| end as usize).collect(),
            _ => vec![points.len()],
        };
        let mut start = 0;
        for end in ends {
            let ring = points.get(start..end).unwrap_or_default();
            start = end;
            if let [point] = ring {
                return crosses(*point, *point, around);
            }
            for edge in ring.windows(2) {
                if crosses(edge[0], edge[1], around) {
                    return true;
                }
                // Where no edge meets the box, all of it lies on one side of every ring: one corner tells.
                is_inside ^= passes(edge[0], edge[1], [around[0], around[1]]);
            }
        }
        false
    };
    let found = match geometry.parts() {
        Some(parts) => parts.iter().any(|part| each(&part)),
        None => each(geometry),
    };
    found || is_inside
}

/// Whether a segment has a point in the box: what is left of it after each side has cut it.
fn crosses(from: [f64; 2], to: [f64; 2], around: [f64; 4]) -> bool {
    let (mut first, mut last) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        let (start, length) = (from[axis], to[axis] - from[axis]);
        let (low, high) = (around[axis], around[axis + 2]);
        if length == 0.0 {
            if start < low || start > high {
                return false;
            }
            continue;
        }
        let (one, other) = ((low - start) / length, (high - start) / length);
        first = first.max(one.min(other));
        last = last.min(one.max(other));
    }
    first <= last
}

/// Whether a ray from a point to the east passes an edge.
fn passes(from: [f64; 2], to: [f64; 2], [x, y]: [f64; 2]) -> bool {
    if (from[1] > y) == (to[1] > y) {
        return false;
    }
    from[0] + (y - from[1]) / (to[1] - from[1]) * (to[0] - from[0]) > x
}

#[cfg(test)]
mod tests {
    use super::{crosses, passes};

    #[test]
    fn a_segment_meets_a_box_it_ends_in_touches_or_goes_through() {
        let around = [0.0, 0.0, 2.0, 1.0];
        for (from, to, expected) in [
            ([0.5, 0.5], [9.0, 9.0], true),
            ([-1.0, 0.5], [3.0, 0.5], true),
            ([-1.0, 0.0], [3.0, 0.0], true),
            ([2.0, 1.0], [3.0, 2.0], true),
            ([0.5, 0.5], [0.5, 0.5], true),
            ([-1.0, 1.5], [3.0, 1.5], false),
            ([-1.0, 0.5], [0.5, 2.5], false),
            ([3.0, 0.5], [3.0, 0.5], false),
        ] {
            assert_eq!(crosses(from, to, around), expected, "{from:?} {to:?}");
            assert_eq!(crosses(to, from, around), expected, "{to:?} {from:?}");
        }
    }

    #[test]
    fn a_point_is_inside_where_its_ray_passes_edges_an_odd_number_of_times() {
        let ring = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 1.0], [0.0, 4.0], [0.0, 0.0]];
        let inside =
            |point| ring.windows(2).filter(|edge| passes(edge[0], edge[1], point)).count() % 2 == 1;
        assert!(inside([0.5, 1.0]) && inside([3.5, 2.0]) && inside([2.0, 0.5]));
        assert!(!inside([2.0, 3.0]) && !inside([5.0, 1.0]) && !inside([-1.0, 1.0]));
    }
}
