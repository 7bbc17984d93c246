//! Snap rounding: borders on the integer grid that still do not cross.
//!
//! Rounding each vertex by itself can move it across a border nearby. So a segment that passes the
//! unit square around the rounded place of any vertex is led through that place, as are two
//! segments that cross through the place where they do. Borders may then run together, but none
//! changes sides. What two zones share is led the same way in both.

use geo::Coord;
use rayon::prelude::*;

use super::grid::{self, Vertex};

/// Side of the cells in which near segments are looked for, in grid units: a power of two.
const CELL: f64 = 128.0;

/// How often borders are led again: a segment that was moved may come near another vertex. Real
/// contours settle after two or three passes.
const PASSES: usize = 12;

/// Rings on the grid, noded: two of their segments share an end, or all, or nothing.
pub fn node(rings: Vec<Vec<Coord<f64>>>) -> Vec<Vec<Vertex>> {
    let mut rings = rings;
    for pass in 0..PASSES {
        let segments = segments(&rings);
        let found = scan(&segments);
        // At first the ends are not on the grid yet: only a later pass can find nothing to do.
        let settled = pass > 0 && found.nodes.is_empty();
        let led = lead(&rings, &found.nodes);
        if settled {
            return led;
        }
        let real = |at: &Vertex| Coord { x: f64::from(at[0]), y: f64::from(at[1]) };
        rings = led.into_par_iter().map(|ring| ring.iter().map(real).collect()).collect();
    }
    lead(&rings, &[])
}

/// Which segments of the rings, counted over all of them, cross another.
pub fn crossings(rings: &[Vec<Coord<f64>>]) -> Vec<u32> {
    scan(&segments(rings)).crossing
}

/// A segment, its lesser end first: the same whichever ring it comes from.
type Segment = [Coord<f64>; 2];

fn segments(rings: &[Vec<Coord<f64>>]) -> Vec<Segment> {
    rings
        .par_iter()
        .flat_map_iter(|ring| {
            let ends = ring.iter().copied().cycle().skip(1);
            ring.iter().copied().zip(ends).take(ring.len())
        })
        .map(|(from, to)| if reversed(from, to) { [to, from] } else { [from, to] })
        .collect()
}

fn reversed(from: Coord<f64>, to: Coord<f64>) -> bool {
    from.x.total_cmp(&to.x).then(from.y.total_cmp(&to.y)).is_gt()
}

/// Puts the rings on the grid, each segment through its nodes.
fn lead(rings: &[Vec<Coord<f64>>], nodes: &[(u32, Vertex)]) -> Vec<Vec<Vertex>> {
    let mut first = 0;
    let mut starts = Vec::with_capacity(rings.len());
    for ring in rings {
        starts.push(first);
        first += ring.len();
    }
    rings
        .par_iter()
        .zip(starts)
        .map(|(ring, start)| {
            let mut led: Vec<Vertex> = Vec::with_capacity(ring.len());
            let mut node = nodes.partition_point(|node| (node.0 as usize) < start);
            for (index, &from) in ring.iter().enumerate() {
                let to = ring[(index + 1) % ring.len()];
                led.push(grid::snap(from));
                let own = nodes[node..]
                    .iter()
                    .take_while(|node| node.0 as usize == start + index)
                    .count();
                let through = nodes[node..node + own].iter().map(|node| node.1);
                if reversed(from, to) {
                    led.extend(through.rev());
                } else {
                    led.extend(through);
                }
                node += own;
            }
            led.dedup();
            while led.len() > 1 && led.first() == led.last() {
                led.pop();
            }
            led
        })
        .collect()
}

/// What is to be done about the segments.
struct Found {
    /// (segment, place it must pass), in the order of segments, then along each.
    nodes: Vec<(u32, Vertex)>,
    /// Segments that cross another between the ends of both, sorted.
    crossing: Vec<u32>,
}

fn scan(segments: &[Segment]) -> Found {
    let mut cells: Vec<(u64, u32)> = segments
        .par_iter()
        .enumerate()
        .flat_map_iter(|(index, segment)| {
            // There are fewer than 2^32 segments: their vertices would not fit in memory.
            cells(*segment).map(move |cell| (cell, index as u32))
        })
        .collect();
    cells.par_sort_unstable();
    let cells: Vec<&[(u64, u32)]> = cells.chunk_by(|left, right| left.0 == right.0).collect();
    let found: Vec<Found> = cells.par_iter().map(|cell| look(segments, cell)).collect();
    let (mut nodes, mut crossing) = (Vec::new(), Vec::new());
    for one in found {
        nodes.extend(one.nodes);
        crossing.extend(one.crossing);
    }
    let along = |&(index, at): &(u32, Vertex)| {
        let [from, to] = segments[index as usize];
        let [x, y] = at.map(f64::from);
        (x - from.x) * (to.x - from.x) + (y - from.y) * (to.y - from.y)
    };
    nodes.par_sort_unstable_by(|one, other| {
        one.0.cmp(&other.0).then(along(one).total_cmp(&along(other))).then(one.1.cmp(&other.1))
    });
    nodes.dedup();
    crossing.par_sort_unstable();
    crossing.dedup();
    Found { nodes, crossing }
}

/// The cells that a segment passes, or comes within a unit of.
fn cells([from, to]: Segment) -> impl Iterator<Item = u64> {
    let cell = |value: f64| (value / CELL).floor().max(0.0) as u64;
    let (low, high) = (from.x.min(to.x) - 1.0, from.x.max(to.x) + 1.0);
    (cell(low)..=cell(high)).flat_map(move |column| {
        // The part of the segment over this column, a unit wider.
        let west = (column as f64 * CELL - 1.0).clamp(from.x, to.x);
        let east = ((column + 1) as f64 * CELL + 1.0).clamp(from.x, to.x);
        let (one, other) = if to.x > from.x {
            let slope = (to.y - from.y) / (to.x - from.x);
            (from.y + (west - from.x) * slope, from.y + (east - from.x) * slope)
        } else {
            (from.y, to.y)
        };
        let rows = cell(one.min(other) - 1.0)..=cell(one.max(other) + 1.0);
        rows.map(move |row| (row << 32) | column)
    })
}

/// Looks at the segments of one cell.
fn look(segments: &[Segment], cell: &[(u64, u32)]) -> Found {
    let (mut nodes, mut crossing) = (Vec::new(), Vec::new());
    let mut places: Vec<Vertex> = cell
        .iter()
        .flat_map(|&(_, index)| segments[index as usize])
        .map(grid::snap)
        .filter(|at| at.iter().all(|&value| value >= 0))
        .filter(|at| cells_of(*at) == cell[0].0)
        .collect();
    places.sort_unstable();
    places.dedup();
    for (rank, &(_, index)) in cell.iter().enumerate() {
        let segment = segments[index as usize];
        let [from, to] = segment;
        let ends = [grid::snap(from), grid::snap(to)];
        // Places are sorted along x, as the ends of a segment are.
        let start = places.partition_point(|at| f64::from(at[0]) + 0.5 <= from.x);
        let within = places[start..].iter().take_while(|at| f64::from(at[0]) - 0.5 < to.x);
        for &at in within {
            if !ends.contains(&at) && passes(segment, at) {
                nodes.push((index, at));
            }
        }
        for &(_, other) in &cell[rank + 1..] {
            if let Some(at) = crossing_of(segment, segments[other as usize]) {
                crossing.extend([index, other]);
                for (index, [from, to]) in [(index, segment), (other, segments[other as usize])] {
                    if at != grid::snap(from) && at != grid::snap(to) {
                        nodes.push((index, at));
                    }
                }
            }
        }
    }
    Found { nodes, crossing }
}

fn cells_of(at: Vertex) -> u64 {
    let [column, row] = at.map(|value| (f64::from(value) / CELL).floor() as u64);
    (row << 32) | column
}

/// Whether a segment passes the open unit square around a point of the grid.
fn passes([from, to]: Segment, at: Vertex) -> bool {
    let [x, y] = at.map(f64::from);
    if from.y.max(to.y) <= y - 0.5 || from.y.min(to.y) >= y + 0.5 {
        return false;
    }
    let corner = |dx: f64, dy: f64| {
        (to.x - from.x) * (y + dy - from.y) - (to.y - from.y) * (x + dx - from.x)
    };
    let corners = [corner(-0.5, -0.5), corner(0.5, -0.5), corner(-0.5, 0.5), corner(0.5, 0.5)];
    corners.iter().any(|&side| side > 0.0) && corners.iter().any(|&side| side < 0.0)
}

/// The point of the grid nearest to where two segments cross, if they do between their ends.
fn crossing_of([a, b]: Segment, [c, d]: Segment) -> Option<Vertex> {
    if a.x.max(b.x) <= c.x.min(d.x) || c.x.max(d.x) <= a.x.min(b.x) {
        return None;
    }
    if a.y.max(b.y) <= c.y.min(d.y) || c.y.max(d.y) <= a.y.min(b.y) {
        return None;
    }
    let side = |p: Coord<f64>, q: Coord<f64>, r: Coord<f64>| {
        (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x)
    };
    let (left, right) = (side(a, b, c), side(a, b, d));
    if left * right >= 0.0 || side(c, d, a) * side(c, d, b) >= 0.0 {
        return None;
    }
    let part = left / (left - right);
    Some(grid::snap(Coord { x: c.x + (d.x - c.x) * part, y: c.y + (d.y - c.y) * part }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn real(ring: &[(f64, f64)]) -> Vec<Coord<f64>> {
        ring.iter().copied().map(Coord::from).collect()
    }

    #[test]
    fn a_border_passes_through_the_vertices_it_comes_near() {
        let long = real(&[(0.0, 0.0), (100.0, 0.0), (50.0, 90.0)]);
        let near = real(&[(50.0, 0.4), (60.0, 20.0), (40.0, 20.0)]);
        let noded = node(vec![long, near]);
        assert_eq!(noded[0], [[0, 0], [50, 0], [100, 0], [50, 90]]);
        assert_eq!(noded[1], [[50, 0], [60, 20], [40, 20]]);
    }

    #[test]
    fn borders_that_cross_do_so_at_a_vertex() {
        let one = real(&[(0.0, 0.0), (10.0, 10.0), (0.0, 10.0)]);
        let other = real(&[(0.0, 6.0), (10.0, 4.0), (10.0, 0.0)]);
        assert_eq!(crossings(&[one.clone(), other.clone()]), [0, 3, 5]);
        let noded = node(vec![one, other]);
        assert!(noded.iter().all(|ring| ring.contains(&[5, 5])), "{noded:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn noded_segments_share_an_end_or_nothing(
            places in prop::collection::vec((0.0..60.0, 0.0..60.0), 3..40),
        ) {
            let half = places.len() / 2;
            let noded = node(vec![real(&places[..half]), real(&places[half..])]);
            let real = |at: &Vertex| Coord { x: f64::from(at[0]), y: f64::from(at[1]) };
            let again: Vec<Vec<_>> =
                noded.iter().map(|ring| ring.iter().map(real).collect()).collect();
            let found = scan(&segments(&again));
            prop_assert!(found.nodes.is_empty() && found.crossing.is_empty());
        }
    }
}
