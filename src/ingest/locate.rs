//! Which zone a place lies in.
//!
//! An R-tree finds the zones whose rectangle holds the place; in each, the sides of its rings are
//! filed by bands of latitude, so that a lookup reads a few sides, however many the zone has.

use geo::{BoundingRect, Coord, MultiPolygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use readers::contour::crosses_ray;

/// Sides in a band, on average.
const SIDES_PER_BAND: usize = 2;
const MAX_BANDS: usize = 1 << 16;
/// How far two zones reach over a place, in metres, before they count as overlapping there.
const CLEARANCE_M: f64 = 0.5;
/// How often a side is filed, on average, beyond once.
const FILED_PER_SIDE: f64 = 4.0;

/// Zones of one scale, ready for lookups from many threads.
pub struct Locator {
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
    zones: Vec<ZoneSides>,
}

impl Locator {
    /// Files the zones under the caller's indices. Areas are in degrees, rings closed.
    pub fn new(zones: &[(usize, &MultiPolygon<f64>)]) -> Locator {
        let filed: Vec<ZoneSides> =
            zones.iter().filter_map(|&(index, area)| ZoneSides::new(index, area)).collect();
        let entry = |(place, zone): (usize, &ZoneSides)| {
            GeomWithData::new(Rectangle::from_corners(zone.min.into(), zone.max.into()), place)
        };
        Locator {
            tree: RTree::bulk_load(filed.iter().enumerate().map(entry).collect()),
            zones: filed,
        }
    }

    /// The zone that holds a place. A place on a border belongs to one zone: the one with the
    /// smallest index among those that share it.
    pub fn containing(&self, lon: f64, lat: f64) -> Option<usize> {
        let point = Coord { x: lon, y: lat };
        let mut found: Option<usize> = None;
        for entry in self.tree.locate_all_at_point(&[lon, lat]) {
            let zone = &self.zones[entry.data];
            if found.is_none_or(|best| zone.index < best) && zone.holds(point) {
                found = Some(zone.index);
            }
        }
        found
    }

    /// Two zones that both hold a place and what lies half a metre around it: they overlap, where
    /// neighbours that share a border do not.
    pub fn overlapping(&self, lon: f64, lat: f64) -> Option<(usize, usize)> {
        let scale = metres_per_degree(lat);
        let reach = Coord { x: CLEARANCE_M / scale.x, y: CLEARANCE_M / scale.y };
        let around = [(0.0, 0.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)]
            .map(|(x, y)| Coord { x: lon + x * reach.x, y: lat + y * reach.y });
        let near = self.tree.locate_all_at_point(&[lon, lat]).map(|entry| &self.zones[entry.data]);
        let holding = near.filter(|zone| around.iter().all(|point| zone.holds(*point)));
        let mut found: Vec<usize> = holding.map(|zone| zone.index).collect();
        found.sort_unstable();
        Some((*found.first()?, *found.get(1)?))
    }

    /// The nearest zone that the filter accepts, no farther than so many metres; a zone that
    /// holds the place is at no distance. Equal distances: the smallest index.
    pub fn nearest_within(
        &self,
        lon: f64,
        lat: f64,
        metres: f64,
        filter: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let point = Coord { x: lon, y: lat };
        let scale = metres_per_degree(lat);
        // At the poles a degree of longitude has no length; no zone lies there.
        if !(scale.x > 1.0 && metres >= 0.0 && lon.is_finite()) {
            return None;
        }
        let reach = Coord { x: metres / scale.x, y: metres / scale.y };
        let (min, max) = (point - reach, point + reach);
        let around = AABB::from_corners(min.into(), max.into());
        let mut found: Option<(f64, usize)> = None;
        for entry in self.tree.locate_in_envelope_intersecting(&around) {
            let zone = &self.zones[entry.data];
            if !filter(zone.index) {
                continue;
            }
            let distance = zone.distance(point, scale, (min.y, max.y));
            let nearer = found.is_none_or(|best| (distance, zone.index) < best);
            if distance <= metres && nearer {
                found = Some((distance, zone.index));
            }
        }
        found.map(|(_, index)| index)
    }
}

/// Metres in a degree of longitude and of latitude at a latitude, on the GRS 80 ellipsoid.
fn metres_per_degree(lat: f64) -> Coord<f64> {
    const A: f64 = 6_378_137.0;
    const E2: f64 = 0.006_694_380_022_90;
    let (sin, cos) = lat.to_radians().sin_cos();
    let w2 = 1.0 - E2 * sin * sin;
    let normal = A / w2.sqrt();
    Coord { x: (normal * cos).to_radians(), y: (normal * (1.0 - E2) / w2).to_radians() }
}

/// The sides of one zone, filed by latitude.
struct ZoneSides {
    index: usize,
    min: Coord<f64>,
    max: Coord<f64>,
    bands: usize,
    /// The points of every ring, one ring after the other.
    points: Vec<Coord<f64>>,
    /// Where each band starts in `filed`, and the end.
    starts: Vec<u32>,
    /// The sides that meet each band, by the place of their first point: a fraction of the memory
    /// that the sides themselves would take.
    filed: Vec<u32>,
}

impl ZoneSides {
    /// `None` for an area without a ring.
    fn new(index: usize, area: &MultiPolygon<f64>) -> Option<ZoneSides> {
        let bounds = area.bounding_rect()?;
        let rings = || {
            area.iter()
                .flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()))
        };
        let points: Vec<Coord<f64>> = rings().flat_map(|ring| ring.0.iter().copied()).collect();
        // The place of each side's first point; a ring's last point begins none.
        let places = || {
            let mut next = 0;
            rings().flat_map(move |ring| {
                let first = next;
                next += ring.0.len();
                first..(first + ring.0.len()).saturating_sub(1).max(first)
            })
        };
        let side = |place: usize| (points[place], points[place + 1]);
        let sides = || places().map(side);
        let (min, max) = (bounds.min(), bounds.max());
        let count = sides().count();
        // Sides that a parallel meets on average: where they are tall, fewer bands keep the file
        // within a few times the sides.
        let height: f64 = sides().map(|(a, b)| (b.y - a.y).abs()).sum();
        let met = (height / (max.y - min.y)).max(1.0);
        let most = (count as f64 * FILED_PER_SIDE / met) as usize;
        let bands = (count / SIDES_PER_BAND).min(most).clamp(1, MAX_BANDS);
        let mut zone =
            ZoneSides { index, min, max, bands, points: vec![], starts: vec![], filed: vec![] };
        let mut starts = vec![0u32; bands + 1];
        for (a, b) in sides() {
            for band in zone.band(a.y.min(b.y))..=zone.band(a.y.max(b.y)) {
                starts[band + 1] += 1;
            }
        }
        for band in 0..bands {
            starts[band + 1] += starts[band];
        }
        let mut next = starts.clone();
        zone.filed = vec![0; starts[bands] as usize];
        for number in places() {
            let (a, b) = side(number);
            let bands = zone.band(a.y.min(b.y))..=zone.band(a.y.max(b.y));
            for place in &mut next[bands] {
                zone.filed[*place as usize] = number as u32;
                *place += 1;
            }
        }
        zone.starts = starts;
        zone.points = points;
        Some(zone)
    }

    /// The band of a latitude; it rises with it, which is all that matters.
    fn band(&self, y: f64) -> usize {
        let height = self.max.y - self.min.y;
        let place = (y - self.min.y) / height * self.bands as f64;
        // A cast of a number out of range, or of none, stops at the ends.
        (place as usize).min(self.bands - 1)
    }

    fn sides(&self, band: usize) -> impl Iterator<Item = (Coord<f64>, Coord<f64>)> {
        let filed = &self.filed[self.starts[band] as usize..self.starts[band + 1] as usize];
        filed.iter().map(|&place| (self.points[place as usize], self.points[place as usize + 1]))
    }

    /// Whether a place lies inside or on the border.
    fn holds(&self, point: Coord<f64>) -> bool {
        let mut inside = false;
        for (a, b) in self.sides(self.band(point.y)) {
            match crosses_ray(a, b, point) {
                None => return true,
                Some(crosses) => inside ^= crosses,
            }
        }
        inside
    }

    /// Metres from a place to the zone, as far as sides between two latitudes tell.
    fn distance(&self, point: Coord<f64>, scale: Coord<f64>, (south, north): (f64, f64)) -> f64 {
        let within = (self.min.y..=self.max.y).contains(&point.y);
        if within && self.holds(point) {
            return 0.0;
        }
        let metres =
            |at: Coord<f64>| Coord { x: (at.x - point.x) * scale.x, y: (at.y - point.y) * scale.y };
        let bands = self.band(south)..=self.band(north);
        let sides = bands.flat_map(|band| self.sides(band));
        sides.map(|(a, b)| from_origin(metres(a), metres(b))).fold(f64::INFINITY, f64::min)
    }
}

/// The distance from the origin to a side.
fn from_origin(a: Coord<f64>, b: Coord<f64>) -> f64 {
    let along = b - a;
    let length = along.x * along.x + along.y * along.y;
    let place = if length > 0.0 { -(a.x * along.x + a.y * along.y) / length } else { 0.0 };
    // At an end, the end itself to the bit: two zones that share it are equally far.
    let nearest = match place {
        place if place >= 1.0 => b,
        place if place > 0.0 => a + along * place,
        _ => a,
    };
    nearest.x.hypot(nearest.y)
}

#[cfg(test)]
mod tests;
