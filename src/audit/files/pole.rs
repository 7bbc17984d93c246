//! Whether a name stands where no other place of its zone is much farther from the border.
//!
//! The engine looks for the pole of inaccessibility of the zone's largest polygon, to a hundredth of the
//! shorter side of the rectangle around it. Here the place is given: squares that could hold a better
//! one are divided until none can, or one does.

use super::near::NEAR;
use super::plane::squared_distance;

/// How much farther from the border another place may be, in parts of the shorter side.
const PRECISION: f64 = 0.01;
/// A polygon this slim has no pole: any place inside, or near the border, will do.
const SLIMMEST: f64 = 1e-3;
/// Areas that differ by less may be taken for the largest, each.
const SAME: f64 = 1e-6;
/// Squares that are looked at before a place is taken as it is.
const MOST_SQUARES: usize = 1 << 20;

/// A polygon in parts of the world's side: its rings, the outer one first.
pub struct Polygon<'a> {
    pub rings: Vec<&'a [[f64; 2]]>,
    pub low: [f64; 2],
    pub high: [f64; 2],
    pub area: f64,
}

/// Whether a place is the pole of one of the largest polygons, where `unit` is how far rounding and
/// another projection may have moved it.
pub fn is_pole(polygons: &[Polygon<'_>], place: [f64; 2], unit: f64) -> bool {
    let largest = polygons.iter().map(|own| own.area).fold(0.0, f64::max);
    let candidates = polygons.iter().filter(|own| own.area >= largest * (1.0 - SAME));
    candidates.into_iter().any(|polygon| polygon.has_pole(place, unit))
}

impl Polygon<'_> {
    fn has_pole(&self, place: [f64; 2], unit: f64) -> bool {
        let sides = [0, 1].map(|axis| self.high[axis] - self.low[axis]);
        let short = sides[0].min(sides[1]);
        let depth = self.depth(place);
        if short <= 1.01 * SLIMMEST * sides[0].max(sides[1]) || self.area <= 0.0 {
            return depth >= -NEAR * unit;
        }
        let enough = depth + 1.01 * PRECISION * short + unit;
        let mut squares: Vec<([f64; 2], f64)> = Vec::new();
        let half = short / 2.0;
        let count = |axis: usize| (sides[axis] / short).ceil() as usize;
        for column in 0..count(0) {
            for row in 0..count(1) {
                let centre =
                    |axis: usize, step: usize| self.low[axis] + (2 * step + 1) as f64 * half;
                squares.push(([centre(0, column), centre(1, row)], half));
            }
        }
        let mut looked = 0;
        while let Some((centre, half)) = squares.pop() {
            looked += 1;
            let depth = self.depth(centre);
            if depth > enough {
                return false;
            }
            // The farthest that a place of the square may be.
            if depth + half * std::f64::consts::SQRT_2 <= enough || looked > MOST_SQUARES {
                continue;
            }
            let quarter = half / 2.0;
            for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
                squares.push(([centre[0] + x * quarter, centre[1] + y * quarter], quarter));
            }
        }
        true
    }

    /// How far inside the border a place is; negative outside.
    fn depth(&self, place: [f64; 2]) -> f64 {
        let (mut inside, mut nearest) = (false, f64::INFINITY);
        for pair in self.rings.iter().flat_map(|ring| ring.windows(2)) {
            let [from, to] = [pair[0], pair[1]];
            nearest = nearest.min(squared_distance(place, [from, to]));
            if (from[1] > place[1]) != (to[1] > place[1]) {
                let part = (place[1] - from[1]) / (to[1] - from[1]);
                inside ^= place[0] < from[0] + part * (to[0] - from[0]);
            }
        }
        if inside { nearest.sqrt() } else { -nearest.sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pole_of_a_house_is_where_the_circle_is_the_largest() {
        // A room of four by four and a corridor of one by six beside it.
        let ring = [
            [0.0, 0.0],
            [4.0, 0.0],
            [10.0, 0.0],
            [10.0, 1.0],
            [4.0, 1.0],
            [4.0, 4.0],
            [0.0, 4.0],
            [0.0, 0.0],
        ];
        let (low, high) = ([0.0, 0.0], [10.0, 4.0]);
        let house = Polygon { rings: vec![&ring], low, high, area: 22.0 };
        let speck = Polygon { rings: vec![], low, high, area: 1.0 };
        let polygons = [speck, house];
        let said = |place| is_pole(&polygons, place, 0.001);
        assert!(said([2.0, 2.0]) && said([2.02, 2.0]));
        for place in [[1.5, 2.0], [8.0, 0.5], [-2.0, 2.0], [20.0, 2.0]] {
            assert!(!said(place), "{place:?}");
        }
    }
}
