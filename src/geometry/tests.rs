//! Neighbours share one border at every zoom, and every polygon of every tile is valid: on an
//! invented coverage that is hard to draw, and on official contours where they are present.

use geo::{Area, Coord, LineString, MultiPolygon, Polygon, Validation, unary_union};

use crate::Junctions;
use crate::drawn::{Drawn, Piece};
use crate::grid::Vertex;
use crate::rough::rough;
use crate::{noding, outline, ring};
use domain::{Scale, Shape};
use readers::contour::{self, ContourSpec};
use shared::shared;

fn polygon(rings: &[Vec<Vertex>]) -> Polygon<f64> {
    let line = |ring: &Vec<Vertex>| {
        LineString::from(
            ring.iter().map(|at| at.map(f64::from)).map(|[x, y]| (x, y)).collect::<Vec<_>>(),
        )
    };
    Polygon::new(line(&rings[0]), rings[1..].iter().map(line).collect())
}

/// Each exterior with its holes.
fn polygons(rings: &[Vec<Vertex>]) -> Vec<Polygon<f64>> {
    rings.chunk_by(|_, next| ring::area(next) < 0).map(polygon).collect()
}

/// Draws a coverage without holes at a zoom and holds it against its rules.
fn check(shapes: &[Shape], junctions: &Junctions, zoom: u8, tolerance: f64) {
    let drawn = outline::draw(shapes, junctions, zoom, tolerance).unwrap();
    let all: Vec<Vec<Vec<Vertex>>> = drawn.iter().map(Drawn::rings).collect();
    for (zone, rings) in all.iter().enumerate() {
        for polygon in polygons(rings) {
            assert!(
                polygon.is_valid(),
                "zoom {zoom}, zone {zone}: {:?}",
                polygon.validation_errors()
            );
        }
    }
    // Vertices in the middle of a straight border are left out where nobody turns: put back, the
    // two drawings of each border are the same edges in both directions.
    let real = |ring: &Vec<Vertex>| {
        ring.iter().map(|at| Coord { x: at[0].into(), y: at[1].into() }).collect::<Vec<_>>()
    };
    let flat: Vec<_> = all.iter().flatten().map(real).collect();
    assert!(noding::crossings(&flat).is_empty(), "zoom {zoom}: borders cross");
    let mut edges: Vec<(Vertex, Vertex)> = noding::node(flat)
        .iter()
        .flat_map(|ring| {
            let ends = ring.iter().copied().cycle().skip(1);
            ring.iter().copied().zip(ends).take(ring.len()).collect::<Vec<_>>()
        })
        .collect();
    edges.sort_unstable();
    let twice = edges.windows(2).find(|pair| pair[0] == pair[1]);
    assert_eq!(twice, None, "zoom {zoom}: two zones lie on the same side of a border");
    // No overlap and no gap: the union has the area of the parts, and no hole that the contours
    // do not have.
    let parts: Vec<MultiPolygon<f64>> =
        all.iter().map(|rings| MultiPolygon(polygons(rings))).collect();
    let union = unary_union(&parts);
    let sum: f64 = parts.iter().map(Area::unsigned_area).sum();
    let whole = union.unsigned_area();
    assert!((sum - whole).abs() < 1.0, "zoom {zoom}: {sum} {whole}");
    let holes: Vec<&LineString<f64>> =
        union.iter().flat_map(|polygon| polygon.interiors()).collect();
    assert!(holes.is_empty(), "zoom {zoom}: {} gaps", holes.len());
}

/// Cuts every tile of a zoom: each piece is valid.
fn check_tiles(shapes: &[Shape], junctions: &Junctions, zoom: u8, tolerance: f64) {
    let drawn = outline::draw(shapes, junctions, zoom, tolerance).unwrap();
    let mut tiles = std::collections::BTreeMap::<(u32, u32), Vec<usize>>::new();
    for (zone, drawn) in drawn.iter().enumerate() {
        for bounds in drawn.bounds() {
            let [columns, rows] = bounds.tiles(zoom);
            for x in columns.0..=columns.1 {
                for y in rows.0..=rows.1 {
                    tiles.entry((x, y)).or_default().push(zone);
                }
            }
        }
    }
    for ((x, y), mut zones) in tiles {
        zones.dedup();
        for &zone in &zones {
            let Some(Piece::Rings(rings)) = drawn[zone].piece(x, y, zoom) else { continue };
            for polygon in polygons(&rings) {
                let errors = polygon.validation_errors();
                assert!(errors.is_empty(), "{zoom}/{x}/{y} zone {zone}: {errors:?} {polygon:?}");
            }
        }
    }
}

#[test]
fn a_rough_coverage_has_one_border_between_neighbours_at_every_zoom() {
    let shapes = rough(8, 40, 0.02);
    let junctions = Junctions::of(&shapes);
    for zoom in 2..=14 {
        check(&shapes, &junctions, zoom, 1.0);
    }
    for zoom in [4, 7, 10, 12] {
        check_tiles(&shapes, &junctions, zoom, 1.0);
    }
}

#[test]
fn official_contours_keep_one_border_between_neighbours_at_the_zooms_of_their_scale() {
    let Some(folder) = shared("val-doise") else { return };
    for (file, scale) in [("communes.gpkg", Scale::COMMUNE), ("contours_iris.shp", Scale::IRIS)] {
        let contours = contour::read(&folder.join(file), &ContourSpec::new(scale)).unwrap();
        let shapes: Vec<Shape> =
            contours.as_slice().iter().map(|it| Shape::Area(it.area().clone())).collect();
        assert!(shapes.len() > 10, "{file}");
        let junctions = Junctions::of(&shapes);
        for zoom in scale.default_zooms() {
            check(&shapes, &junctions, zoom, 1.0);
            check_tiles(&shapes, &junctions, zoom, 1.0);
        }
        check(&shapes, &junctions, 4, 1.0);
    }
}
