//! The outline of an address: what of its carreau is nearer to it than to any other address, within 60 m
//! of it. Such cells are convex and do not overlap (Voronoi 1908).

use geo::{Coord, LineString, MultiPolygon, Polygon};

use domain::ZoneCode;
use readers::crs::Crs;

use super::super::carreau::carreau_square;

/// The farthest that an outline goes from its address, in metres.
const REACH: f64 = 60.0;

/// The corners of a regular polygon of sixteen sides, for a circle of one metre: written out, so that
/// they are the same on any machine.
const COS: [f64; 5] =
    [1.0, 0.923_879_532_511_286_7, 0.707_106_781_186_547_5, 0.382_683_432_365_089_8, 0.0];

/// A carreau and its addresses.
pub(super) struct Square {
    pub code: ZoneCode,
    /// Sorted.
    pub atoms: Vec<u32>,
}

impl Square {
    /// Its corners in a local system, counter-clockwise.
    pub(super) fn corners(&self, local: Crs) -> Option<[Coord<f64>; 4]> {
        let ring = carreau_square(&self.code).ok()?;
        let points = &ring.0.first()?.exterior().0;
        // Each side is cut alike, and the last point is the first.
        let step = points.len().checked_sub(1)? / 4;
        let corner = |side: usize| {
            let at = points.get(side * step)?;
            let (x, y) = Crs::wgs84().convert(local, at.x, at.y).ok()?;
            Some(Coord { x, y })
        };
        Some([corner(0)?, corner(1)?, corner(2)?, corner(3)?])
    }
}

/// The cell of an address among others, in degrees; none where it has no area.
pub(super) fn cell(
    at: Coord<f64>,
    others: impl Iterator<Item = Coord<f64>>,
    corners: &[Coord<f64>; 4],
    local: Crs,
) -> Option<MultiPolygon<f64>> {
    let mut ring = circle(at);
    for side in 0..4 {
        let (from, to) = (corners[side], corners[(side + 1) % 4]);
        let along = to - from;
        // On the left of the side.
        ring = clipped(&ring, |point| along.x * (point.y - from.y) - along.y * (point.x - from.x));
    }
    for other in others {
        let (middle, away) = ((at + other) / 2.0, other - at);
        if away.x.abs().max(away.y.abs()) < 2.0 * REACH {
            ring = clipped(&ring, |point| {
                away.x * (middle.x - point.x) + away.y * (middle.y - point.y)
            });
        }
    }
    let degrees = |point: &Coord<f64>| {
        let (lon, lat) = local.to_wgs84(point.x, point.y).ok()?;
        Some(Coord { x: rounded(lon), y: rounded(lat) })
    };
    let mut ring: Vec<Coord<f64>> = ring.iter().map(degrees).collect::<Option<_>>()?;
    ring.dedup();
    if ring.first() == ring.last() {
        ring.pop();
    }
    let first = *ring.first().filter(|_| ring.len() >= 3)?;
    ring.push(first);
    Some(MultiPolygon::new(vec![Polygon::new(LineString::new(ring), Vec::new())]))
}

/// To about a millimetre: what neighbours share is written alike.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e8).round() / 1e8
}

fn circle(at: Coord<f64>) -> Vec<Coord<f64>> {
    let quarter = |turn: usize| {
        (0..4).map(move |step| {
            let (x, y) = (COS[step] * REACH, COS[4 - step] * REACH);
            match turn {
                0 => Coord { x, y },
                1 => Coord { x: -y, y: x },
                2 => Coord { x: -x, y: -y },
                _ => Coord { x: y, y: -x },
            }
        })
    };
    (0..4).flat_map(quarter).map(|corner| at + corner).collect()
}

/// The part of a convex polygon where a linear function is not negative (Sutherland and Hodgman 1974).
fn clipped(ring: &[Coord<f64>], side: impl Fn(Coord<f64>) -> f64) -> Vec<Coord<f64>> {
    let mut kept = Vec::with_capacity(ring.len() + 1);
    for (place, &to) in ring.iter().enumerate() {
        let from = ring[(place + ring.len() - 1) % ring.len()];
        let (before, after) = (side(from), side(to));
        if (before < 0.0) != (after < 0.0) {
            kept.push(from + (to - from) * (before / (before - after)));
        }
        if after >= 0.0 {
            kept.push(to);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use geo::{Area, Contains, Point};

    use super::*;

    #[test]
    fn cells_are_within_reach_and_their_square_and_do_not_overlap() {
        let local = Crs::from_epsg(2154).unwrap();
        let corner = |x: f64, y: f64| Coord { x: 652_000.0 + x, y: 6_870_000.0 + y };
        let corners =
            [corner(0.0, 0.0), corner(200.0, 0.0), corner(200.0, 200.0), corner(0.0, 200.0)];
        let sites =
            [corner(10.0, 10.0), corner(50.0, 10.0), corner(150.0, 150.0), corner(150.0, 150.1)];
        let cells: Vec<MultiPolygon<f64>> = (0..sites.len())
            .map(|own| {
                let others = (0..sites.len()).filter(|&other| other != own).map(|at| sites[at]);
                cell(sites[own], others, &corners, local).unwrap()
            })
            .collect();
        for (own, area) in cells.iter().enumerate() {
            assert!(area.signed_area() > 0.0, "counter-clockwise");
            for (other, site) in sites.iter().enumerate() {
                let (lon, lat) = local.to_wgs84(site.x, site.y).unwrap();
                assert_eq!(area.contains(&Point::new(lon, lat)), own == other);
            }
        }
    }
}
