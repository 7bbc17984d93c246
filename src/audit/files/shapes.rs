//! The contours of a scale on the plane of the tiles (Web Mercator), and how near a piece drawn in
//! a tile is to its zone.
//!
//! The tiler may move a border by its simplification (one unit of the grid, a 4,096th of a tile),
//! by rounding, and by leading it through vertices that it comes near (less than a unit each
//! time). So a vertex of a piece lies within [`NEAR`] of the border, or on the side of the tile and
//! inside the zone; and the piece's area differs from the zone's by at most a strip along the
//! border.

use super::fgb::Ring;
use super::near::{NEAR, Near};
use super::plane::{area_of, cut, length_inside, project, twice_area};
use super::pole::{Polygon, is_pole};

/// Units on the side of a tile, and around it.
pub const EXTENT: f64 = 4096.0;
pub const BUFFER: f64 = 64.0;
/// Width of the strip along the border that a piece may lack or have more, in units.
const STRIP: f64 = 2.0;
/// Area that a piece may lack or have more where a zone is a speck, in square units.
const SPECK: f64 = 64.0;
/// What a projection computed in another way may differ by, in units.
const SLACK: f64 = 1e-4;

/// The contours of the zones of a scale, in parts of the world's side.
#[derive(Default)]
pub struct Shapes {
    points: Vec<[f64; 2]>,
    rings: Vec<Outline>,
    /// Number of rings up to each zone and with it.
    ends: Vec<usize>,
}

struct Outline {
    start: usize,
    end: usize,
    low: [f64; 2],
    high: [f64; 2],
    /// Whether the area counts, or is a hole.
    sign: f64,
    /// Whether it begins a polygon.
    is_outer: bool,
}

/// The part of a zone in the window of a tile.
pub struct Clipped {
    area: f64,
    length: f64,
    segments: Vec<[[f64; 2]; 2]>,
}

/// A tile.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct At {
    pub z: u8,
    pub x: u32,
    pub y: u32,
}

impl Shapes {
    /// Adds the polygons of the next zone.
    pub fn push(&mut self, polygons: &[Vec<Ring>]) {
        for (place, ring) in polygons.iter().flat_map(|rings| rings.iter().enumerate()) {
            let start = self.points.len();
            self.points.extend(ring.iter().map(|at| project(*at)));
            let own = &self.points[start..];
            let bound = |choose: fn(f64, f64) -> f64| {
                own.iter().fold(own[0], |one, at| [choose(one[0], at[0]), choose(one[1], at[1])])
            };
            let wound = if twice_area(own) < 0.0 { -1.0 } else { 1.0 };
            let sign = if place == 0 { wound } else { -wound };
            let (low, high) = (bound(f64::min), bound(f64::max));
            let (end, is_outer) = (start + ring.len(), place == 0);
            self.rings.push(Outline { start, end, low, high, sign, is_outer });
        }
        self.ends.push(self.rings.len());
    }

    fn of(&self, zone: usize) -> &[Outline] {
        let start = if zone == 0 { 0 } else { self.ends[zone - 1] };
        &self.rings[start..self.ends[zone]]
    }

    /// What a tile's window holds of a zone.
    pub fn part(&self, zone: usize, at: At) -> Clipped {
        let view = View::of(at);
        let (low, high) = (-BUFFER, EXTENT + BUFFER);
        let mut part = Clipped { area: 0.0, length: 0.0, segments: Vec::new() };
        for ring in self.of(zone) {
            let (least, most) = (view.local(ring.low), view.local(ring.high));
            let apart = |axis: usize| most[axis] < low - NEAR || least[axis] > high + NEAR;
            if apart(0) || apart(1) {
                continue;
            }
            let mut local: Vec<[f64; 2]> =
                self.points[ring.start..ring.end].iter().map(|at| view.local(*at)).collect();
            for pair in local.windows(2) {
                if let Some(length) = length_inside([pair[0], pair[1]], low - NEAR, high + NEAR) {
                    part.length += length;
                    part.segments.push([pair[0], pair[1]]);
                }
            }
            for axis in 0..2 {
                if least[axis] < low {
                    local = cut(&local, |at| at[axis] - low);
                }
                if most[axis] > high {
                    local = cut(&local, |at| high - at[axis]);
                }
            }
            part.area += ring.sign * twice_area(&local) / 2.0;
        }
        part
    }

    /// Whether a place of a tile lies inside a zone.
    fn holds(&self, zone: usize, at: At, place: [f64; 2]) -> bool {
        let place = View::of(at).world(place);
        let mut inside = false;
        for ring in self.of(zone) {
            if (0..2).any(|axis| place[axis] < ring.low[axis] || place[axis] > ring.high[axis]) {
                continue;
            }
            for pair in self.points[ring.start..ring.end].windows(2) {
                let [from, to] = [pair[0], pair[1]];
                if (from[1] > place[1]) != (to[1] > place[1]) {
                    let part = (place[1] - from[1]) / (to[1] - from[1]);
                    inside ^= place[0] < from[0] + part * (to[0] - from[0]);
                }
            }
        }
        inside
    }

    /// Whether rings drawn in a tile are the zone's part there.
    pub fn agrees(&self, zone: usize, at: At, part: &Clipped, rings: &[Vec<[i32; 2]>]) -> bool {
        let drawn: f64 = rings.iter().map(|ring| area_of(ring)).sum();
        if (drawn - part.area).abs() > part.strip() {
            return false;
        }
        let near = Near::new(&part.segments, rings.iter().map(Vec::len).sum());
        let side = |value: f64| value == -BUFFER || value == EXTENT + BUFFER;
        let mut vertices = rings.iter().flatten().map(|at| at.map(f64::from));
        vertices.all(|vertex| {
            near.holds(vertex)
                || (vertex.iter().any(|value| side(*value)) && self.holds(zone, at, vertex))
        })
    }

    /// Whether a point drawn in a tile is the zone's.
    pub fn is_point(&self, zone: usize, at: At, drawn: [i32; 2]) -> bool {
        let due = View::of(at).local(self.points[zone]);
        (0..2).all(|axis| (f64::from(drawn[axis]) - due[axis]).abs() <= 0.5 + SLACK)
    }

    /// The area of a zone, in parts of the world's; 0 for a point.
    pub fn area(&self, zone: usize) -> f64 {
        let area =
            |ring: &Outline| ring.sign * twice_area(&self.points[ring.start..ring.end]) / 2.0;
        self.of(zone).iter().map(area).sum()
    }

    /// Whether a point drawn in a tile is the pole of the zone's contour.
    pub fn is_pole(&self, zone: usize, at: At, drawn: [i32; 2]) -> bool {
        let rings = self.of(zone);
        let polygons = rings.chunk_by(|_, next| !next.is_outer).map(|rings| {
            let area =
                |ring: &Outline| ring.sign * twice_area(&self.points[ring.start..ring.end]) / 2.0;
            Polygon {
                rings: rings.iter().map(|ring| &self.points[ring.start..ring.end]).collect(),
                low: rings[0].low,
                high: rings[0].high,
                area: rings.iter().map(area).sum(),
            }
        });
        let place = View::of(at).world(drawn.map(f64::from));
        is_pole(&polygons.collect::<Vec<_>>(), place, 1.0 / side(at.z))
    }

    /// How many tiles of a zoom show a point, at least and at most: one that lies on the far side of
    /// a window may be in it or not.
    pub fn point_tiles(&self, zone: usize, zoom: u8) -> [u64; 2] {
        let last = f64::from(1_u32 << zoom) - 1.0;
        let count = |axis: usize, slack: f64, is_most: bool| {
            let at = (self.points[zone][axis] * side(zoom) + slack).round();
            let first = match is_most {
                true => ((at - EXTENT - BUFFER) / EXTENT).ceil(),
                false => ((at - BUFFER) / EXTENT).floor(),
            };
            let end = ((at + BUFFER) / EXTENT).floor().min(last);
            (end - first.max(0.0) + 1.0).max(0.0) as u64
        };
        let axis = |axis: usize| {
            let all =
                [-SLACK, SLACK].map(|slack| [count(axis, slack, false), count(axis, slack, true)]);
            [all[0][0].min(all[1][0]), all[0][1].max(all[1][1])]
        };
        let (columns, rows) = (axis(0), axis(1));
        [columns[0] * rows[0], columns[1] * rows[1]]
    }

    /// The tiles of a zoom whose windows may hold a part of a zone.
    pub fn tiles(&self, zone: usize, zoom: u8) -> Vec<At> {
        let last = (1_u32 << zoom) - 1;
        let place = |value: f64| (value / EXTENT).floor().clamp(0.0, f64::from(last)) as u32;
        let mut all = Vec::new();
        for ring in self.of(zone).iter() {
            let range = |axis: usize| {
                let [low, high] = [ring.low[axis], ring.high[axis]].map(|at| at * side(zoom));
                place(low - BUFFER)..=place(high + BUFFER)
            };
            for x in range(0) {
                all.extend(range(1).map(|y| At { z: zoom, x, y }));
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Clipped {
    /// The area that a drawing of the part may lack or have more.
    fn strip(&self) -> f64 {
        STRIP * self.length + SPECK
    }

    /// Whether a tile must show the part.
    pub fn is_due(&self) -> bool {
        self.area > self.strip()
    }
}

/// Where a tile lies.
struct View {
    side: f64,
    corner: [f64; 2],
}

impl View {
    fn of(at: At) -> View {
        View { side: side(at.z), corner: [at.x, at.y].map(|value| f64::from(value) * EXTENT) }
    }

    fn local(&self, at: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|axis| at[axis] * self.side - self.corner[axis])
    }

    fn world(&self, at: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|axis| (at[axis] + self.corner[axis]) / self.side)
    }
}

/// Units on the side of the world.
fn side(zoom: u8) -> f64 {
    EXTENT * f64::from(1_u32 << zoom)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square of 0.1 degrees that the corner of four tiles of zoom 10 lies in.
    fn square() -> (Shapes, At) {
        let (west, south) = (2.109_375 - 0.05, 48.922_499_263_758_24 - 0.05);
        let (east, north) = (west + 0.1, south + 0.1);
        let ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
        let mut shapes = Shapes::default();
        shapes.push(&[vec![ring.to_vec()]]);
        (shapes, At { z: 10, x: 518, y: 352 })
    }

    /// The square drawn in the tile whose north-west corner lies in it.
    fn drawn(shapes: &Shapes, at: At, shift: i32) -> Vec<Vec<[i32; 2]>> {
        let view = View::of(at);
        let [east, south] = view.local(shapes.points[1]).map(|value| value.round() as i32 + shift);
        vec![vec![[-64, -64], [east, -64], [east, south], [-64, south]]]
    }

    #[test]
    fn a_part_is_due_in_each_tile_that_the_zone_fills() {
        let (shapes, at) = square();
        let tiles = shapes.tiles(0, 10);
        assert_eq!(tiles.len(), 4, "{tiles:?}");
        assert!(tiles.iter().all(|at| shapes.part(0, *at).is_due()));
        assert!(tiles.contains(&at), "{tiles:?}");
        assert!(!shapes.part(0, At { x: at.x + 2, ..at }).is_due());
    }

    #[test]
    fn a_drawing_agrees_within_the_width_of_rounding() {
        let (shapes, at) = square();
        let part = shapes.part(0, at);
        let agrees = |shift| shapes.agrees(0, at, &part, &drawn(&shapes, at, shift));
        assert!([-1, 0, 1].into_iter().all(agrees));
        assert!(![-40, -4, 4, 40].into_iter().any(agrees));
        let mut hollow = drawn(&shapes, at, 0);
        hollow.push(vec![[10, 10], [10, 300], [300, 300], [300, 10]]);
        assert!(!shapes.agrees(0, at, &part, &hollow));
    }

    #[test]
    fn a_point_is_in_its_tile_and_in_the_windows_around() {
        let mut shapes = Shapes::default();
        shapes.push(&[vec![vec![[2.109_375, 48.922_499_263_758_24]]]]);
        shapes.push(&[vec![vec![[2.2, 48.9]]]]);
        assert_eq!(shapes.point_tiles(0, 10), [4, 4]);
        assert_eq!(shapes.point_tiles(1, 10), [1, 1]);
    }
}
