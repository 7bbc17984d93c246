//! Where the borders of a coverage meet.
//!
//! A border between two zones is drawn twice. If both rings are cut at the same vertices, and each
//! arc between two cuts is simplified in the same way whichever ring it comes from, the two
//! drawings stay one: no gap and no overlap. The cuts are the vertices whose neighbours along the
//! ring are not the same in every ring that passes there.

use std::collections::HashSet;

use geo::{Coord, LineString};
use rayon::prelude::*;

use domain::Shape;

/// The vertices where borders meet, part or end.
pub struct Junctions(HashSet<u64>);

impl Junctions {
    /// Finds the junctions of a coverage: vertices are shared when their coordinates are equal.
    /// Takes 16 bytes per vertex while it works.
    pub fn of(shapes: &[Shape]) -> Junctions {
        let mut passages: Vec<(u64, u64)> =
            shapes.par_iter().flat_map_iter(|shape| rings(shape).flat_map(passages)).collect();
        passages.par_sort_unstable();
        let parted = |same: &&[(u64, u64)]| same.iter().any(|passage| passage.1 != same[0].1);
        let met = passages.chunk_by(|left, right| left.0 == right.0).filter(parted);
        Junctions(met.map(|same| same[0].0).collect())
    }

    /// Whether borders meet here. Two vertices may be taken for one another, at odds of one in
    /// 2^64: a vertex more is kept.
    pub fn hold(&self, at: Coord<f64>) -> bool {
        self.0.contains(&key(at))
    }
}

fn rings(shape: &Shape) -> impl Iterator<Item = &LineString<f64>> {
    let area = match shape {
        Shape::Point(_) => [].as_slice(),
        Shape::Area(area) => area.0.as_slice(),
    };
    area.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()))
}

/// Each vertex of a closed ring, with its two neighbours in no order.
fn passages(ring: &LineString<f64>) -> impl Iterator<Item = (u64, u64)> {
    let open = ring.0.len().saturating_sub(1);
    let at = move |index: usize| key(ring.0[index % open]);
    (0..open).map(move |index| {
        let neighbours = at(index + open - 1).wrapping_add(at(index + 1));
        (at(index), neighbours)
    })
}

/// A number for a place: the finaliser of SplitMix64 over both coordinates.
fn key(at: Coord<f64>) -> u64 {
    let mix = |value: u64| {
        let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    };
    mix(mix(at.x.to_bits()).wrapping_add(at.y.to_bits()))
}

#[cfg(test)]
mod tests {
    use geo::{MultiPolygon, polygon};

    use super::*;

    #[test]
    fn borders_meet_where_their_neighbours_differ() {
        // Two squares side by side, with a vertex in the middle of the border and of the top.
        let left = polygon![
            (x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 0.5), (x: 1.0, y: 1.0),
            (x: 0.5, y: 1.1), (x: 0.0, y: 1.0),
        ];
        let right = polygon![
            (x: 1.0, y: 0.0), (x: 2.0, y: 0.0), (x: 2.0, y: 1.0), (x: 1.0, y: 1.0), (x: 1.0, y: 0.5),
        ];
        let shapes = [left, right].map(|polygon| Shape::Area(MultiPolygon(vec![polygon])));
        let junctions = Junctions::of(&shapes);
        let hold = |x, y| junctions.hold(Coord { x, y });
        assert!(hold(1.0, 0.0) && hold(1.0, 1.0));
        assert!(!hold(1.0, 0.5) && !hold(0.5, 1.1) && !hold(0.0, 0.0));
    }

    #[test]
    fn an_empty_ring_has_no_junction() {
        let shapes = [Shape::Area(MultiPolygon(vec![geo::Polygon::empty()]))];
        assert!(!Junctions::of(&shapes).hold(Coord { x: 0.0, y: 0.0 }));
    }
}
