//! Rings on the integer grid: cleaning, area, clipping. A ring is a closed sequence of vertices
//! whose last is not repeated.

use super::grid::{Bounds, Vertex};

/// Twice the signed area (MVT 2.1, section 4.3.3.3): positive for an exterior ring, with y
/// growing southwards.
pub fn area(ring: &[Vertex]) -> i128 {
    let Some(&origin) = ring.first() else { return 0 };
    ring.windows(2).map(|pair| i128::from(cross(origin, pair[0], pair[1]))).sum()
}

/// Removes repeated vertices, spikes and vertices in the middle of a straight line. A ring
/// without area comes back empty.
pub fn clean(ring: &[Vertex]) -> Vec<Vertex> {
    let mut kept: Vec<Vertex> = Vec::with_capacity(ring.len());
    for &vertex in ring {
        while kept.len() >= 2 && cross(kept[kept.len() - 2], kept[kept.len() - 1], vertex) == 0 {
            kept.pop();
        }
        if kept.last() != Some(&vertex) {
            kept.push(vertex);
        }
    }
    trim_ends(&mut kept);
    if kept.len() < 3 || area(&kept) == 0 { Vec::new() } else { kept }
}

/// Does for the vertices around the closing segment what the loop of `clean` did elsewhere.
fn trim_ends(kept: &mut Vec<Vertex>) {
    let mut start = 0;
    while kept.len() - start >= 3 {
        let (first, second) = (kept[start], kept[start + 1]);
        let (before, last) = (kept[kept.len() - 2], kept[kept.len() - 1]);
        if last == first || cross(before, last, first) == 0 {
            kept.pop();
        } else if cross(last, first, second) == 0 {
            start += 1;
        } else {
            break;
        }
    }
    kept.drain(..start);
}

/// The part of a ring inside a rectangle; empty when nothing is left. Sutherland and Hodgman, one
/// edge of the rectangle after the other: parts that the rectangle separates stay joined along
/// its edge until `faces` takes them apart, for which edges that lie there are cut at each vertex.
pub fn clip(ring: &[Vertex], to: &Bounds) -> Vec<Vertex> {
    let mut kept = ring.to_vec();
    for axis in 0..2 {
        kept = cut(&kept, axis, to.low[axis], |value, bound| value >= bound);
        kept = cut(&kept, axis, to.high[axis], |value, bound| value <= bound);
    }
    kept
}

/// Cuts the edges that lie on the sides of a rectangle at every vertex there.
pub fn node_sides(rings: &mut [Vec<Vertex>], of: &Bounds) {
    for axis in 0..2 {
        for bound in [of.low[axis], of.high[axis]] {
            let on_side = rings.iter().flatten().filter(|at| at[axis] == bound);
            let mut places: Vec<i32> = on_side.map(|at| at[1 - axis]).collect();
            places.sort_unstable();
            places.dedup();
            if places.len() > 2 {
                rings.iter_mut().for_each(|ring| cut_side(ring, axis, bound, &places));
            }
        }
    }
}

fn cut_side(ring: &mut Vec<Vertex>, axis: usize, bound: i32, places: &[i32]) {
    let mut cut = Vec::with_capacity(ring.len());
    for (index, &from) in ring.iter().enumerate() {
        let to = ring[(index + 1) % ring.len()];
        cut.push(from);
        if from[axis] != bound || to[axis] != bound {
            continue;
        }
        let (start, end) = (from[1 - axis], to[1 - axis]);
        let (low, high) = (start.min(end), start.max(end));
        let first = places.partition_point(|&place| place <= low);
        let inner = places[first..].iter().take_while(|&&place| place < high);
        let vertex = |&place: &i32| {
            let mut at = [bound; 2];
            at[1 - axis] = place;
            at
        };
        let length = cut.len();
        cut.extend(inner.map(vertex));
        if start > end {
            cut[length..].reverse();
        }
    }
    *ring = cut;
}

/// The part of a ring on one side of a line.
fn cut(ring: &[Vertex], axis: usize, bound: i32, inside: impl Fn(i32, i32) -> bool) -> Vec<Vertex> {
    let mut kept = Vec::with_capacity(ring.len() + 4);
    let Some(mut before) = ring.last().copied() else { return kept };
    for &vertex in ring {
        let (was, is) = (inside(before[axis], bound), inside(vertex[axis], bound));
        if was != is {
            kept.push(crossing(before, vertex, axis, bound));
        }
        if is {
            kept.push(vertex);
        }
        before = vertex;
    }
    kept
}

/// Where a segment meets a line, on the grid. Its ends are put in order first: a border that two
/// zones draw in opposite directions is cut at the same vertex.
fn crossing(from: Vertex, to: Vertex, axis: usize, bound: i32) -> Vertex {
    let (from, to) = if from <= to { (from, to) } else { (to, from) };
    let other = 1 - axis;
    let run = i64::from(to[axis]) - i64::from(from[axis]);
    let rise = i64::from(to[other]) - i64::from(from[other]);
    let part = i64::from(bound) - i64::from(from[axis]);
    let sign = run.signum();
    let moved = (2 * rise * part * sign + run.abs()).div_euclid(2 * run.abs());
    let mut at = [0; 2];
    at[axis] = bound;
    // The crossing lies between the ends, so it fits as they do.
    at[other] = (i64::from(from[other]) + moved) as i32;
    at
}

/// Twice the signed area of a triangle.
pub fn cross(a: Vertex, b: Vertex, c: Vertex) -> i64 {
    let from = |v: Vertex, axis: usize| i64::from(v[axis]) - i64::from(a[axis]);
    from(b, 0) * from(c, 1) - from(b, 1) * from(c, 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SQUARE: [Vertex; 4] = [[0, 0], [10, 0], [10, 10], [0, 10]];

    #[test]
    fn a_square_drawn_clockwise_on_the_screen_is_an_exterior() {
        assert_eq!(area(&SQUARE), 200);
    }

    #[track_caller]
    fn cleaned(ring: &[Vertex], expected: &[Vertex]) {
        assert_eq!(clean(ring), expected);
    }

    #[test]
    fn spikes_repeated_and_straight_vertices_go() {
        cleaned(&[[0, 0], [5, 0], [10, 0], [10, 0], [10, 10], [0, 10]], &SQUARE);
        cleaned(&[[0, 0], [10, 0], [20, 0], [10, 0], [10, 10], [0, 10], [0, 0]], &SQUARE);
        cleaned(
            &[[5, 0], [10, 0], [10, 10], [0, 10], [0, 0]],
            &[[10, 0], [10, 10], [0, 10], [0, 0]],
        );
        cleaned(&[[0, 0], [5, 5], [9, 9]], &[]);
        cleaned(&[[0, 0]], &[]);
        cleaned(&[], &[]);
    }

    #[test]
    fn a_square_is_cut_at_the_edge() {
        let right = Bounds { low: [4, -100], high: [100, 100] };
        assert_eq!(area(&clip(&SQUARE, &right)), 120);
        assert!(clip(&SQUARE, &Bounds { low: [11, 0], high: [20, 10] }).is_empty());
    }

    fn ring(span: i32) -> impl Strategy<Value = Vec<Vertex>> {
        prop::collection::vec((-span..=span, -span..=span).prop_map(|(x, y)| [x, y]), 0..40)
    }

    /// A ring around the origin that does not cross itself: one vertex per direction.
    fn star() -> impl Strategy<Value = Vec<Vertex>> {
        prop::collection::vec(200_i32..20_000, 8..60).prop_map(|radii| {
            let turn = std::f64::consts::TAU / radii.len() as f64;
            let place = |(index, &radius): (usize, &i32)| {
                let (sine, cosine) = (index as f64 * turn).sin_cos();
                [(cosine * f64::from(radius)) as i32, (sine * f64::from(radius)) as i32]
            };
            radii.iter().enumerate().map(place).collect()
        })
    }

    proptest! {
        #[test]
        fn a_clipped_ring_stays_in_the_rectangle(ring in ring(1 << 28)) {
            let to = Bounds { low: [-64, -64], high: [4160, 4160] };
            let kept = clean(&clip(&ring, &to));
            if let Some(bounds) = Bounds::of(&kept) {
                prop_assert!(to.holds(&bounds));
                prop_assert!(kept.len() >= 3 && area(&kept) != 0);
            }
        }

        #[test]
        fn a_cleaned_ring_has_no_spike_left(ring in ring(6)) {
            let kept = clean(&ring);
            for index in 0..kept.len() {
                let at = |step: usize| kept[(index + step) % kept.len()];
                prop_assert!(cross(at(0), at(1), at(2)) != 0, "{kept:?}");
            }
            if !kept.is_empty() {
                prop_assert_eq!(area(&kept), area(&ring));
            }
        }

        #[test]
        fn the_parts_of_a_ring_add_up_to_its_area(ring in star()) {
            let ring = clean(&ring);
            let mut sum = 0;
            for column in -6..6 {
                for row in -6..6 {
                    let low = [column * 4096, row * 4096];
                    sum += area(&clip(&ring, &Bounds { low, high: [low[0] + 4096, low[1] + 4096] }));
                }
            }
            // A crossing is rounded by half a unit at most, on segments of a tile's length.
            let slack = 4096 * 2 * (ring.len() as i128 + 24);
            prop_assert!((sum - area(&ring)).abs() <= slack, "{sum} {}", area(&ring));
        }
    }
}
