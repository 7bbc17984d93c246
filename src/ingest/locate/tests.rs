use geo::{Contains, Intersects, LineString, Point, Polygon};

use super::*;
use domain::Scale;
use readers::contour::{self, Contour, ContourSpec};
use shared::shared;

fn square(x: f64, y: f64, size: f64) -> MultiPolygon<f64> {
    let (east, north) = (x + size, y + size);
    let ring = vec![(x, y), (east, y), (east, north), (x, north), (x, y)];
    MultiPolygon::new(vec![Polygon::new(LineString::from(ring), vec![])])
}

#[test]
fn a_shared_border_belongs_to_the_smallest_index_whatever_the_order() {
    let (west, east) = (square(2.0, 48.0, 1.0), square(3.0, 48.0, 1.0));
    for zones in [[(7, &west), (4, &east)], [(4, &east), (7, &west)]] {
        let locator = Locator::new(&zones);
        assert_eq!(locator.containing(2.5, 48.5), Some(7));
        assert_eq!(locator.containing(3.0, 48.5), Some(4));
        assert_eq!(locator.containing(3.0, 49.0), Some(4));
        assert_eq!(locator.containing(2.0, 48.0), Some(7));
        assert_eq!(locator.containing(4.1, 48.5), None);
        assert_eq!(locator.containing(f64::NAN, 48.5), None);
    }
}

#[test]
fn many_sides_give_the_same_answer_as_the_general_algorithm() {
    // A star of 2,000 points with a hole, against `geo`.
    let star = |points: i32, size: f64| {
        let at = |k: i32| {
            let turn = f64::from(k % points) / f64::from(points) * std::f64::consts::TAU;
            let radius = size * if k % 2 == 0 { 1.0 } else { 0.6 };
            (2.0 + radius * turn.cos(), 48.0 + radius * turn.sin())
        };
        LineString::from((0..=points).map(at).collect::<Vec<_>>())
    };
    let area = MultiPolygon::new(vec![Polygon::new(star(2000, 1.0), vec![star(40, 0.4)])]);
    let locator = Locator::new(&[(3, &area)]);
    let mut inside = 0;
    for k in 0..10_000 {
        let at = |step: f64| (f64::from(k) * step).fract() * 2.2 - 1.1;
        let (x, y) = (2.0 + at(0.618_033_988_7), 48.0 + at(0.754_877_666_2));
        let expected = area.contains(&geo::Point::new(x, y));
        assert_eq!(locator.containing(x, y), expected.then_some(3), "{x} {y}");
        inside += usize::from(expected);
    }
    assert!((1_000..9_000).contains(&inside));
}

#[test]
fn the_nearest_zone_within_fifty_metres_is_found() {
    let (near, far) = (square(2.0, 48.0, 0.01), square(2.0105, 48.0, 0.01));
    let locator = Locator::new(&[(1, &near), (2, &far)]);
    // A ten-thousandth of a degree of longitude is 7.46 m there.
    let nearest = |lon, metres| locator.nearest_within(lon, 48.005, metres, |_| true);
    assert_eq!(nearest(2.0101, 50.0), Some(1));
    assert_eq!(nearest(2.0101, 7.4), None);
    assert_eq!(nearest(2.0101, 7.5), Some(1));
    assert_eq!(nearest(2.0104, 50.0), Some(2));
    assert_eq!(nearest(2.005, 50.0), Some(1));
    let filtered = locator.nearest_within(2.0104, 48.005, 50.0, |index| index == 1);
    assert_eq!(filtered, Some(1));
    assert_eq!(locator.nearest_within(2.0101, 48.012, 50.0, |_| true), None);
    assert_eq!(locator.nearest_within(f64::NAN, f64::NAN, 50.0, |_| true), None);
}

#[test]
fn tall_sides_are_not_filed_over_and_over() {
    // A comb: every side runs from the south to the north.
    let tooth = |k: i32| (2.0 + f64::from(k) * 1e-5, 48.0 + f64::from(k % 2));
    let mut ring: Vec<_> = (0..10_001).map(tooth).collect();
    ring.extend([(2.2, 47.0), (2.0, 47.0), (2.0, 48.0)]);
    let area = MultiPolygon::new(vec![Polygon::new(LineString::from(ring), vec![])]);
    let zone = ZoneSides::new(0, &area).unwrap();
    assert!(zone.filed.len() < 60_000, "{}", zone.filed.len());
    assert!(zone.holds(Coord { x: 2.000_01, y: 48.999 }));
    assert!(!zone.holds(Coord { x: 2.000_02, y: 48.999 }));
}

#[test]
fn every_point_of_the_register_finds_one_commune() {
    let Some(path) = shared("val-doise/communes.gpkg") else { return };
    let Some(points) = shared("val-doise/points_rpls_2025.csv") else { return };
    let communes = contour::read(&path, &ContourSpec::new(Scale::COMMUNE)).unwrap();
    let zones: Vec<_> = communes.as_slice().iter().map(Contour::area).enumerate().collect();
    let locator = Locator::new(&zones);
    let mut csv = csv::ReaderBuilder::new().delimiter(b';').from_path(points).unwrap();
    let headers = csv.headers().unwrap().clone();
    let column = |name| headers.iter().position(|header| header == name).unwrap();
    let (depcom, lon, lat) = (column("DEPCOM"), column("LON"), column("LAT"));
    let rows: Vec<(String, f64, f64)> = csv
        .records()
        .map(|row| {
            let row = row.unwrap();
            (row[depcom].into(), row[lon].parse().unwrap(), row[lat].parse().unwrap())
        })
        .collect();
    let start = std::time::Instant::now();
    let found: Vec<_> = rows.iter().map(|(_, x, y)| locator.containing(*x, *y)).collect();
    let each = start.elapsed() / rows.len() as u32;
    eprintln!("{} lookups, {each:?} each", rows.len());
    // The general algorithm, without an index, is the witness.
    let mut agree = 0;
    for ((code, x, y), found) in rows.iter().zip(found) {
        let at = Point::new(*x, *y);
        let expected = zones.iter().find(|(_, area)| area.intersects(&at)).map(|zone| zone.0);
        assert_eq!(found, expected);
        let found = found.map(|zone| communes.as_slice()[zone].code().as_str());
        agree += usize::from(found == Some(code.as_str()));
    }
    // These contours are simplified: one point in a hundred lies beyond its commune's.
    assert_eq!(agree, 13_646);
}
