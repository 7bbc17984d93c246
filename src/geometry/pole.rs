//! Where the name of a zone stands: the pole of inaccessibility of its largest polygon, the place inside
//! that is farthest from the border (Garcia-Castellanos and Lombardo 2007, *Poles of inaccessibility*).

use geo::{Area, BoundingRect, Coord, InteriorPoint, MapCoords, MultiPolygon, Polygon};
use polylabel::polylabel;

use super::grid;
use domain::Shape;

/// How far from the farthest place the pole may be, in parts of the shorter side of the rectangle
/// around its polygon.
pub const PRECISION: f64 = 0.01;

/// Beyond this ratio of the rectangle's sides the search would begin with too many squares: any
/// place inside will do.
const SLIMMEST: f64 = 1e-3;

/// Where a zone is named, and how large it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pole {
    /// On the grid of zoom 0, not rounded: on that of zoom `z` it is `2^z` times as much.
    pub at: Coord<f64>,
    /// The area of the zone on that grid, holes left out; 0 for a point.
    pub area: f64,
}

impl Pole {
    /// The pole of a zone: of a point, the point. It follows from the contour as it was read, before
    /// any zoom simplifies it. `None` for an area without a vertex.
    pub fn of(shape: &Shape) -> Option<Pole> {
        let area = match shape {
            Shape::Point(at) => return Some(Pole { at: grid::project(*at, 0), area: 0.0 }),
            Shape::Area(area) => area,
        };
        let drawn: MultiPolygon<f64> = area.map_coords(|at| grid::project(at, 0));
        let sizes = drawn.iter().map(Area::unsigned_area);
        let mut largest: Option<(&Polygon<f64>, f64)> = None;
        // Of equal ones the first.
        for (polygon, size) in drawn.iter().zip(sizes) {
            if largest.is_none_or(|(_, most)| size > most) {
                largest = Some((polygon, size));
            }
        }
        let at = farthest(largest?.0)?;
        Some(Pole { at, area: drawn.unsigned_area() })
    }
}

fn farthest(polygon: &Polygon<f64>) -> Option<Coord<f64>> {
    let around = polygon.bounding_rect()?;
    let (short, long) = match (around.width(), around.height()) {
        (width, height) if width < height => (width, height),
        (width, height) => (height, width),
    };
    let found = match short > SLIMMEST * long && polygon.unsigned_area() > 0.0 {
        true => polylabel(polygon, &(PRECISION * short)).ok(),
        false => polygon.interior_point(),
    };
    found.map(Coord::from).or_else(|| polygon.exterior().0.first().copied())
}

#[cfg(test)]
mod tests {
    use geo::{Contains, LineString, Point};

    use super::*;

    fn area(rings: &[&[(f64, f64)]]) -> Shape {
        let ring = |ring: &&[(f64, f64)]| LineString::from(ring.to_vec());
        let polygons = rings.iter().map(|own| Polygon::new(ring(own), vec![])).collect();
        Shape::Area(MultiPolygon(polygons))
    }

    #[test]
    fn the_pole_of_a_crescent_lies_in_it_and_in_its_widest_part() {
        let crescent: &[(f64, f64)] = &[
            (2.0, 49.0),
            (2.4, 49.0),
            (2.4, 49.05),
            (2.1, 49.05),
            (2.1, 49.3),
            (2.0, 49.3),
            (2.0, 49.0),
        ];
        let speck: &[(f64, f64)] = &[(3.0, 49.0), (3.01, 49.0), (3.0, 49.01), (3.0, 49.0)];
        let shape = area(&[speck, crescent]);
        let pole = Pole::of(&shape).unwrap();
        let Shape::Area(zone) = &shape else { unreachable!("an area") };
        let drawn = zone.map_coords(|at| grid::project(at, 0));
        assert!(drawn.0[1].contains(&Point::from(pole.at)), "{pole:?}");
        // The corner is where both arms meet: there the circle is the largest.
        let corner = grid::project(Coord { x: 2.06, y: 49.03 }, 0);
        assert!(
            (pole.at.x - corner.x).abs() < 0.5 && (pole.at.y - corner.y).abs() < 0.5,
            "{pole:?}"
        );
    }

    #[test]
    fn a_sliver_and_a_speck_have_one_too() {
        for ring in [
            &[(2.0, 49.0), (3.0, 49.0), (3.0, 49.000_001), (2.0, 49.0)][..],
            &[(2.0, 49.0), (2.0, 49.0), (2.0, 49.0)][..],
        ] {
            let pole = Pole::of(&area(&[ring])).unwrap();
            let near = grid::project(Coord { x: 2.5, y: 49.0 }, 0);
            assert!((pole.at.y - near.y).abs() < 1e-3, "{pole:?}");
        }
        assert_eq!(Pole::of(&Shape::Area(MultiPolygon(vec![]))), None);
    }
}
