//! Which zone holds a point, in whole numbers: exact, and slow where zones are large.

use geo::{MultiPolygon, Polygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

/// Units in a degree. Coordinates of 1° and more are whole numbers of units as they stand in 64
/// bits of floating point; nearer to the meridian of Greenwich they are rounded to 1e-11 m. Twice
/// an area of the whole Earth fits 128 bits.
const UNITS: f64 = (1_u64 << 52) as f64;
/// The semi-major axis of GRS 80 in metres, and the square of its eccentricity.
const AXIS: f64 = 6_378_137.0;
const E2: f64 = 0.006_694_380_022_90;

/// A place in units, longitude first.
type At = [i64; 2];

/// Zones that places are looked up in, by number.
pub struct Zones {
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
    /// The rings of each zone, closed.
    rings: Vec<Vec<Vec<[f64; 2]>>>,
}

impl Zones {
    /// Zones in degrees; their place in the list is their number.
    pub fn new<'a>(areas: impl Iterator<Item = &'a MultiPolygon<f64>>) -> Zones {
        let rings: Vec<Vec<Vec<[f64; 2]>>> =
            areas.map(|area| area.iter().flat_map(rings).collect()).collect();
        let boxed = rings.iter().enumerate().filter_map(|(number, rings)| {
            let all: Vec<[f64; 2]> = rings.concat();
            let bound = AABB::from_points(&all);
            let rectangle = Rectangle::from_aabb(bound);
            (!all.is_empty()).then(|| GeomWithData::new(rectangle, number))
        });
        Zones { tree: RTree::bulk_load(boxed.collect()), rings }
    }

    /// The first zone that holds a place, borders included, among those that the filter takes.
    pub fn holding(&self, at: [f64; 2], of: impl Fn(usize) -> bool) -> Option<usize> {
        let near = self.tree.locate_all_at_point(&at).map(|entry| entry.data);
        near.filter(|zone| of(*zone) && self.holds(*zone, at)).min()
    }

    /// The nearest zone within so many metres of a place that none holds, the first of equals,
    /// among those that the filter takes.
    pub fn nearest(&self, at: [f64; 2], most: f64, of: impl Fn(usize) -> bool) -> Option<usize> {
        let scale = metres_per_degree(at[1]);
        let reach = scale.map(|metres| most / metres);
        let corner = |sign: f64| [0, 1].map(|axis| at[axis] + sign * reach[axis]);
        let around = AABB::from_corners(corner(-1.0), corner(1.0));
        let near = self.tree.locate_in_envelope_intersecting(&around).map(|entry| entry.data);
        let away = |zone: usize| {
            let sides = self.rings[zone].iter().flat_map(|ring| ring.windows(2));
            let metres = |to: [f64; 2]| [0, 1].map(|axis| (to[axis] - at[axis]) * scale[axis]);
            sides.map(|side| to_side(metres(side[0]), metres(side[1]))).fold(f64::MAX, f64::min)
        };
        let found = near.filter(|zone| of(*zone)).map(|zone| (away(zone), zone));
        let least = found.filter(|(metres, _)| *metres <= most);
        least
            .min_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)))
            .map(|it| it.1)
    }

    /// Whether a zone holds a place, borders included: a ray to the east meets its sides an odd
    /// number of times.
    fn holds(&self, zone: usize, at: [f64; 2]) -> bool {
        let place = units(at);
        let mut is_inside = false;
        for side in self.rings[zone].iter().flat_map(|ring| ring.windows(2)) {
            // Rounding to units keeps the order, so most sides are left out as they stand.
            if side[0][1].min(side[1][1]) > at[1] || side[0][1].max(side[1][1]) < at[1] {
                continue;
            }
            let [from, to] = [units(side[0]), units(side[1])];
            let turn = cross(from, to, place);
            if turn == 0 && (0..2).all(|axis| is_between(from[axis], place[axis], to[axis])) {
                return true;
            }
            if (from[1] > place[1]) != (to[1] > place[1]) {
                is_inside ^= (turn > 0) == (to[1] > from[1]);
            }
        }
        is_inside
    }
}

/// The rings of a polygon, the exterior first.
pub fn rings(polygon: &Polygon<f64>) -> Vec<Vec<[f64; 2]>> {
    let lines = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    lines.map(|line| line.0.iter().map(|at| [at.x, at.y]).collect()).collect()
}

fn units(at: [f64; 2]) -> At {
    at.map(|degrees| (degrees * UNITS).round() as i64)
}

fn is_between(one: i64, middle: i64, other: i64) -> bool {
    one.min(other) <= middle && middle <= one.max(other)
}

/// Over 0 where `c` is on the left of the line from `a` to `b`, 0 on it.
fn cross(a: At, b: At, c: At) -> i128 {
    let side = |from: i64, to: i64| i128::from(to) - i128::from(from);
    side(a[0], b[0]) * side(a[1], c[1]) - side(a[1], b[1]) * side(a[0], c[0])
}

/// Metres in a degree of longitude and of latitude, from the radii of curvature at a latitude.
fn metres_per_degree(latitude: f64) -> [f64; 2] {
    let (sine, cosine) = latitude.to_radians().sin_cos();
    let w = (1.0 - E2 * sine * sine).sqrt();
    let (normal, meridian) = (AXIS / w, AXIS * (1.0 - E2) / (w * w * w));
    [(normal * cosine).to_radians(), meridian.to_radians()]
}

/// Metres from the origin to a side.
fn to_side(a: [f64; 2], b: [f64; 2]) -> f64 {
    let along = [b[0] - a[0], b[1] - a[1]];
    let length = along[0] * along[0] + along[1] * along[1];
    let part = -(a[0] * along[0] + a[1] * along[1]) / length;
    // A side without a length has no part: its first end is as near as any.
    let nearest = if part >= 1.0 {
        b
    } else if part > 0.0 {
        [a[0] + along[0] * part, a[1] + along[1] * part]
    } else {
        a
    };
    nearest[0].hypot(nearest[1])
}

#[cfg(test)]
mod tests {
    use geo::LineString;

    use super::*;

    fn square(west: f64, south: f64, size: f64) -> MultiPolygon<f64> {
        let (east, north) = (west + size, south + size);
        let ring = [(west, south), (east, south), (east, north), (west, north), (west, south)];
        MultiPolygon::new(vec![Polygon::new(LineString::from(ring.to_vec()), vec![])])
    }

    #[test]
    fn the_first_of_the_zones_that_share_a_border_holds_it() {
        let areas = [square(2.0, 48.0, 1.0), square(3.0, 48.0, 1.0), square(-0.5, 48.0, 1.0)];
        let zones = Zones::new(areas.iter());
        let holding = |x, y| zones.holding([x, y], |_| true);
        assert_eq!(holding(2.5, 48.5), Some(0));
        assert_eq!(holding(3.0, 48.5), Some(0));
        assert_eq!(holding(3.0, 49.0), Some(0));
        assert_eq!(holding(3.5, 48.0), Some(1));
        assert_eq!(holding(0.0, 48.0), Some(2));
        assert_eq!(holding(-0.5, 48.2), Some(2));
        assert_eq!(holding(4.1, 48.5), None);
        assert_eq!(zones.holding([3.0, 48.5], |zone| zone != 0), Some(1));
    }

    #[test]
    fn a_hole_and_a_part_apart_are_seen() {
        let hole = square(2.4, 48.4, 0.2).0.remove(0).exterior().clone();
        let mut area = square(2.0, 48.0, 1.0);
        area.0[0].interiors_push(hole);
        area.0.extend(square(2.45, 48.45, 0.1));
        let zones = Zones::new([&area].into_iter());
        let holds = |x, y| zones.holding([x, y], |_| true).is_some();
        assert!(holds(2.1, 48.5) && holds(2.5, 48.5) && holds(2.4, 48.5));
        assert!(!holds(2.42, 48.5) && !holds(2.42, 48.42));
    }

    #[test]
    fn the_nearest_zone_is_found_within_the_reach() {
        let areas = [square(2.0, 48.0, 0.01), square(2.0105, 48.0, 0.01)];
        let zones = Zones::new(areas.iter());
        // A ten-thousandth of a degree of longitude is 7.46 m there.
        let nearest = |x, metres| zones.nearest([x, 48.005], metres, |_| true);
        assert_eq!(nearest(2.0101, 50.0), Some(0));
        assert_eq!(nearest(2.0101, 7.4), None);
        assert_eq!(nearest(2.0101, 7.5), Some(0));
        assert_eq!(nearest(2.0104, 50.0), Some(1));
        assert_eq!(zones.nearest([2.0104, 48.005], 50.0, |zone| zone == 0), Some(0));
    }

    #[test]
    fn a_corner_of_two_zones_is_of_the_first_whatever_the_order_of_their_points() {
        // The place is nearest to the corner that both have; one ring begins there, one ends.
        let (low, high) = (square(2.0, 48.0, 0.01), square(2.0, 48.01, 0.01));
        for areas in [[&low, &high], [&high, &low]] {
            let zones = Zones::new(areas.into_iter());
            assert_eq!(zones.nearest([2.010_1, 48.01], 50.0, |_| true), Some(0));
        }
    }
}
