//! The integer grid of a zoom: Web Mercator (EPSG:3857), 4,096 units to a tile, counted over the
//! whole world from its north-west corner, y growing southwards.
//!
//! Contours are snapped to this grid once per zoom, before any tile is cut: two zones that share
//! a vertex share it in every tile.

use std::f64::consts::PI;

use geo::Coord;

/// Units on the side of a tile (MVT `extent`).
pub const EXTENT: i32 = 4096;

/// Units around a tile that are kept, so that outlines and symbols on its edge are not cut.
pub const BUFFER: i32 = 64;

/// The finest zoom whose grid fits `i32` with room for a buffer.
pub const MAX_ZOOM: u8 = 18;

/// The latitude where Web Mercator ends.
const MAX_LATITUDE: f64 = 85.051_128_779_806_59;

/// A point of the grid.
pub type Vertex = [i32; 2];

/// Where a place is on the grid of a zoom, not yet rounded. Places beyond the world come to its
/// edge.
pub fn project(at: Coord<f64>, zoom: u8) -> Coord<f64> {
    let units = world(zoom);
    let longitude = at.x.clamp(-180.0, 180.0);
    let sine = at.y.clamp(-MAX_LATITUDE, MAX_LATITUDE).to_radians().sin();
    let x = longitude / 360.0 + 0.5;
    let y = 0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * PI);
    Coord { x: (x * units).clamp(0.0, units), y: (y * units).clamp(0.0, units) }
}

/// The nearest point of the grid.
pub fn snap(at: Coord<f64>) -> Vertex {
    // Projected places lie in 0..=2^30: the conversions cannot lose anything but the fraction.
    [at.x.round() as i32, at.y.round() as i32]
}

/// Units on the side of the world.
fn world(zoom: u8) -> f64 {
    f64::from(EXTENT) * f64::from(1_u32 << zoom.min(MAX_ZOOM))
}

/// A rectangle of the grid, edges included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The north-west corner.
    pub low: Vertex,
    /// The south-east corner.
    pub high: Vertex,
}

impl Bounds {
    /// The smallest rectangle that holds every vertex; `None` without a vertex.
    pub fn of(vertices: &[Vertex]) -> Option<Bounds> {
        let (&first, rest) = vertices.split_first()?;
        Some(rest.iter().fold(Bounds { low: first, high: first }, |bounds, at| Bounds {
            low: [bounds.low[0].min(at[0]), bounds.low[1].min(at[1])],
            high: [bounds.high[0].max(at[0]), bounds.high[1].max(at[1])],
        }))
    }

    /// What the tile of column `x` and row `y` keeps: its square and the buffer.
    pub fn of_tile(x: u32, y: u32) -> Bounds {
        let corner = corner(x, y);
        Bounds {
            low: [corner[0] - BUFFER, corner[1] - BUFFER],
            high: [corner[0] + EXTENT + BUFFER, corner[1] + EXTENT + BUFFER],
        }
    }

    /// Whether the two rectangles share a point.
    pub fn meets(&self, other: &Bounds) -> bool {
        (0..2).all(|axis| self.low[axis] <= other.high[axis] && other.low[axis] <= self.high[axis])
    }

    /// Whether the other rectangle lies inside, edges included.
    pub fn holds(&self, other: &Bounds) -> bool {
        (0..2).all(|axis| self.low[axis] <= other.low[axis] && other.high[axis] <= self.high[axis])
    }

    /// First and last column, first and last row of the tiles that keep a part of this rectangle.
    pub fn tiles(&self, zoom: u8) -> [(u32, u32); 2] {
        let last = (1_i32 << zoom.min(MAX_ZOOM)) - 1;
        [0, 1].map(|axis| {
            let first = (self.low[axis] - BUFFER).div_euclid(EXTENT).clamp(0, last);
            let end = (self.high[axis] + BUFFER).div_euclid(EXTENT).clamp(0, last);
            (first.unsigned_abs(), end.unsigned_abs())
        })
    }
}

/// The north-west corner of a tile.
pub fn corner(x: u32, y: u32) -> Vertex {
    // Columns and rows are under 2^18: the product fits.
    [x as i32 * EXTENT, y as i32 * EXTENT]
}

/// Whether the tile owns the point: its north and west edges belong to it, the others do not,
/// except at the end of the world. Every point has exactly one owner.
pub fn owns(x: u32, y: u32, zoom: u8, at: Vertex) -> bool {
    let last = (1_i32 << zoom.min(MAX_ZOOM)) - 1;
    let place = at.map(|value| value.div_euclid(EXTENT).clamp(0, last).unsigned_abs());
    place == [x, y]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_the_world_is_the_corner_of_four_tiles() {
        assert_eq!(snap(project(Coord { x: 0.0, y: 0.0 }, 1)), [EXTENT, EXTENT]);
        assert!(owns(1, 1, 1, [EXTENT, EXTENT]) && !owns(0, 0, 1, [EXTENT, EXTENT]));
    }

    #[test]
    fn a_known_tile_holds_cergy() {
        // 49.0364 N, 2.0761 E: tile 12/2071/1406 by the formula with asinh(tan).
        let at = snap(project(Coord { x: 2.0761, y: 49.0364 }, 12));
        assert_eq!(at.map(|value| value.div_euclid(EXTENT)), [2071, 1406]);
    }

    #[test]
    fn places_beyond_the_world_come_to_its_edge() {
        let units = EXTENT * 4;
        assert_eq!(snap(project(Coord { x: 900.0, y: -90.0 }, 2)), [units, units]);
        assert_eq!(snap(project(Coord { x: -900.0, y: 90.0 }, 2)), [0, 0]);
        assert!(owns(3, 3, 2, [units, units]));
    }
}
