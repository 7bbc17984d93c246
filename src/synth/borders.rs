//! Borders: shared sides broken once for both neighbours, and outlines made of them.
//!
//! A side is broken by moving its middle across, then the middles of its halves, and so on. At
//! each level a middle moves by at most a fixed share of its length, so that the broken line stays
//! in a rhombus around the side whose half angle is the sum of the levels' angles (about 21°). Two
//! sides that meet at a corner are further apart than twice that, so borders never cross.

use std::collections::BTreeMap;

use super::dice::hashed;
use super::lattice::{Corner, Frame, Hexagon, Mm};

/// For each level, the tangent of the greatest angle between half a side and the side.
const BENDS: [f64; 4] = [0.15, 0.11, 0.07, 0.04];

/// A closed ring (the last place repeats the first) without crossings.
pub(super) type Ring = Vec<Mm>;

/// A polygon: its exterior counter-clockwise, its holes clockwise.
#[derive(Clone, Debug)]
pub(super) struct Area {
    pub(super) exterior: Ring,
    pub(super) holes: Vec<Ring>,
}

/// The outline of a set of cells, as polygons in the order of their lowest corner.
/// `inside` says whether a cell is of the set that `cells` lists.
pub(super) fn outline(
    frame: &Frame,
    cells: &[Hexagon],
    inside: impl Fn(Hexagon) -> bool,
) -> Vec<Area> {
    let mut sides = BTreeMap::new();
    for cell in cells {
        let corners = cell.corners();
        for (index, neighbour) in cell.neighbours().into_iter().enumerate() {
            if !inside(neighbour) {
                sides.insert(corners[index], corners[(index + 1) % 6]);
            }
        }
    }
    let mut areas = Vec::new();
    let mut holes = Vec::new();
    while let Some((start, mut end)) = sides.pop_first() {
        let mut ring = Vec::new();
        side(frame, start, end, &mut ring);
        while let Some(next) = sides.remove(&end) {
            side(frame, end, next, &mut ring);
            end = next;
        }
        ring.push(ring[0]);
        if doubled_area(&ring) > 0 {
            areas.push(Area { exterior: ring, holes: Vec::new() });
        } else {
            holes.push(ring);
        }
    }
    for hole in holes {
        // The smallest exterior around a hole is the one it belongs to.
        let around = areas
            .iter_mut()
            .filter(|area| contains(&area.exterior, hole[0]))
            .min_by_key(|area| doubled_area(&area.exterior));
        if let Some(area) = around {
            area.holes.push(hole);
        }
    }
    areas
}

/// The places of a side from its first corner to before its last, the same for both neighbours.
pub(super) fn side(frame: &Frame, start: Corner, end: Corner, ring: &mut Ring) {
    let (low, high) = if start < end { (start, end) } else { (end, start) };
    let mut line = vec![frame.corner(low)];
    let key = [low.key(), high.key()];
    bend(frame, key, (frame.corner(low), frame.corner(high)), (0, 1), &mut line);
    if start < end {
        line.pop();
        ring.extend(line);
    } else {
        ring.extend(line.into_iter().skip(1).rev());
    }
}

/// Appends what follows the first place of a part of a side, `(level, number)` of its tree.
fn bend(frame: &Frame, key: [i64; 2], (a, b): (Mm, Mm), part: (usize, i64), line: &mut Ring) {
    let (level, number) = part;
    let Some(tangent) = BENDS[..frame.grain().levels()].get(level) else {
        line.push(b);
        return;
    };
    let chance = 2.0 * hashed(frame.seed(), &[key[0], key[1], number]) - 1.0;
    // A border that stays straight looks drawn with a ruler: at least a third of the way.
    let across = tangent / 2.0 * if chance < 0.0 { chance - 0.5 } else { chance + 0.5 } / 1.5;
    let (dx, dy) = ((b.x - a.x) as f64, (b.y - a.y) as f64);
    let middle = Mm {
        x: a.x + (dx / 2.0 - dy * across).round() as i64,
        y: a.y + (dy / 2.0 + dx * across).round() as i64,
    };
    bend(frame, key, (a, middle), (level + 1, number * 2), line);
    bend(frame, key, (middle, b), (level + 1, number * 2 + 1), line);
}

/// Twice the area of a closed ring in square millimetres, positive when counter-clockwise.
pub(super) fn doubled_area(ring: &[Mm]) -> i128 {
    ring.windows(2)
        .map(|pair| {
            i128::from(pair[0].x) * i128::from(pair[1].y)
                - i128::from(pair[1].x) * i128::from(pair[0].y)
        })
        .sum()
}

/// Whether a place is inside a closed ring; on the ring itself, either.
pub(super) fn contains(ring: &[Mm], at: Mm) -> bool {
    let mut inside = false;
    for pair in ring.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        if (a.y > at.y) != (b.y > at.y) {
            let turn = i128::from(b.x - a.x) * i128::from(at.y - a.y)
                - i128::from(at.x - a.x) * i128::from(b.y - a.y);
            inside ^= (turn > 0) == (b.y > a.y);
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::super::lattice::Grain;
    use super::*;

    fn frame() -> Frame {
        Frame::new(7, Mm { x: 0, y: 0 }, 20e6, (20.0, 20.0), Grain::Coarse)
    }

    #[test]
    fn both_neighbours_read_the_same_border() {
        let corners = Hexagon { q: 1, r: 1 }.corners();
        let (mut there, mut back) = (Vec::new(), Vec::new());
        side(&frame(), corners[0], corners[1], &mut there);
        there.push(frame().corner(corners[1]));
        side(&frame(), corners[1], corners[0], &mut back);
        back.push(frame().corner(corners[0]));
        back.reverse();
        assert_eq!(there, back);
        assert_eq!(there.len(), 17);
    }

    #[test]
    fn a_ring_of_cells_has_a_hole_of_one_cell() {
        let middle = Hexagon { q: 0, r: 0 };
        let cells = middle.neighbours();
        let areas = outline(&frame(), &cells, |cell| cells.contains(&cell));
        assert_eq!((areas.len(), areas[0].holes.len()), (1, 1));
        let enclave = outline(&frame(), &[middle], |cell| cell == middle);
        let area = |ring: &[Mm]| doubled_area(ring);
        assert_eq!(area(&areas[0].holes[0]), -area(&enclave[0].exterior));
        assert!(!contains(&areas[0].exterior, Mm { x: i64::from(i32::MAX), y: 0 }));
    }
}
