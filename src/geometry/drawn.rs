//! A zone as one zoom draws it, and what each tile shows of it.

use super::grid::{self, Bounds, Vertex};
use super::{faces, ring};

/// Half the side of the square that stands for a zone too small for a zoom, in grid units.
const SPECK: i32 = 1;

/// A zone on the grid of a zoom.
#[derive(Clone, Debug, PartialEq)]
pub enum Drawn {
    /// An address.
    Point(Vertex),
    /// Any other zone.
    Area(Area),
}

/// The polygons of a zone on the grid of a zoom: never none.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// A vertex of the zone. The tile that owns it always shows the zone.
    anchor: Vertex,
    parts: Vec<DrawnPolygon>,
}

/// One polygon: its exterior first, then its holes, all cleaned and wound as MVT 2.1 wants.
#[derive(Clone, Debug, PartialEq)]
struct DrawnPolygon {
    bounds: Bounds,
    rings: Vec<Vec<Vertex>>,
}

/// A zone inside one tile, in the tile's own units.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// An address.
    Point(Vertex),
    /// Rings in the order of the specification: each exterior before its holes.
    Rings(Vec<Vec<Vertex>>),
}

impl Drawn {
    /// The zone that noded rings enclose. One whose rings all collapsed stays as a speck at
    /// `first`, for no zone may vanish from the map.
    pub fn area(rings: &[Vec<Vertex>], first: Vertex) -> Drawn {
        let faces = faces::faces(rings.iter().map(Vec::as_slice));
        let mut parts: Vec<DrawnPolygon> =
            faces.into_iter().filter_map(DrawnPolygon::new).collect();
        let largest = parts.iter().max_by_key(|part| ring::area(&part.rings[0]));
        let anchor = largest.map_or(first, |part| part.rings[0][0]);
        if parts.is_empty() {
            parts.push(DrawnPolygon::speck(anchor));
        }
        Drawn::Area(Area { anchor, parts })
    }

    /// The rectangles that the zone fills, one for each of its polygons.
    pub fn bounds(&self) -> impl Iterator<Item = Bounds> {
        let (point, parts) = match self {
            Drawn::Point(at) => (Some(Bounds { low: *at, high: *at }), [].as_slice()),
            Drawn::Area(area) => (None, area.parts.as_slice()),
        };
        point.into_iter().chain(parts.iter().map(|part| part.bounds))
    }

    /// Every ring of the zone, each exterior before its holes; none for a point or a speck.
    #[cfg(any(test, feature = "fixture"))]
    pub fn rings(&self) -> Vec<Vec<Vertex>> {
        match self {
            Drawn::Point(_) => Vec::new(),
            Drawn::Area(area) if area.parts == [DrawnPolygon::speck(area.anchor)] => Vec::new(),
            Drawn::Area(area) => area.parts.iter().flat_map(|part| part.rings.clone()).collect(),
        }
    }

    /// Twice the area of the zone, in square grid units; 0 for a point.
    #[cfg(any(test, feature = "fixture"))]
    pub fn surface(&self) -> i128 {
        match self {
            Drawn::Point(_) => 0,
            Drawn::Area(area) => {
                area.parts.iter().flat_map(|part| &part.rings).map(|ring| ring::area(ring)).sum()
            }
        }
    }

    /// What a tile shows of the zone: its square and the buffer around it. A point in the buffer
    /// is repeated by the neighbours: QGIS paints each tile inside its square, so the symbol would
    /// be cut without it; MapLibre leaves such points out by itself.
    pub fn piece(&self, x: u32, y: u32, zoom: u8) -> Option<Piece> {
        let (window, corner) = (Bounds::of_tile(x, y), grid::corner(x, y));
        let local = |at: Vertex| [at[0] - corner[0], at[1] - corner[1]];
        let area = match self {
            Drawn::Point(at) => {
                let inside = window.holds(&Bounds { low: *at, high: *at });
                return inside.then(|| Piece::Point(local(*at)));
            }
            Drawn::Area(area) => area,
        };
        let mut rings: Vec<Vec<Vertex>> =
            area.parts.iter().flat_map(|part| part.clip(&window)).collect();
        if rings.is_empty() && grid::owns(x, y, zoom, area.anchor) {
            rings = DrawnPolygon::speck(area.anchor).rings;
        }
        for vertex in rings.iter_mut().flatten() {
            *vertex = local(*vertex);
        }
        (!rings.is_empty()).then_some(Piece::Rings(rings))
    }
}

impl DrawnPolygon {
    /// `None` without a ring.
    fn new(rings: Vec<Vec<Vertex>>) -> Option<DrawnPolygon> {
        let bounds = Bounds::of(rings.first()?)?;
        Some(DrawnPolygon { bounds, rings })
    }

    fn speck(at: Vertex) -> DrawnPolygon {
        let [x, y] = at;
        let (low, high) = ([x - SPECK, y - SPECK], [x + SPECK, y + SPECK]);
        let square = vec![low, [high[0], low[1]], high, [low[0], high[1]]];
        DrawnPolygon { bounds: Bounds { low, high }, rings: vec![square] }
    }

    /// The rings inside a window; none when the polygon leaves it empty.
    fn clip(&self, window: &Bounds) -> Vec<Vec<Vertex>> {
        if window.holds(&self.bounds) {
            return self.rings.clone();
        }
        if !window.meets(&self.bounds) {
            return Vec::new();
        }
        let mut rings: Vec<Vec<Vertex>> = self
            .rings
            .iter()
            .map(|ring| ring::clip(ring, window))
            .filter(|ring| !ring.is_empty())
            .collect();
        ring::node_sides(&mut rings, window);
        faces::faces(rings.iter().map(Vec::as_slice)).concat()
    }
}

#[cfg(test)]
mod tests {
    use geo::{Coord, LineString, MultiPolygon, Polygon, polygon};
    use proptest::prelude::*;

    use super::*;
    use crate::borders::Junctions;
    use crate::draw as draw_all;
    use domain::Shape;

    fn draw(shape: &Shape, zoom: u8, tolerance: f64) -> Option<Drawn> {
        let shapes = std::slice::from_ref(shape);
        draw_all(shapes, &Junctions::of(shapes), zoom, tolerance).ok()?.pop()
    }

    fn rings(piece: Option<Piece>) -> Vec<Vec<Vertex>> {
        match piece {
            Some(Piece::Rings(rings)) => rings,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_hole_turns_the_other_way() {
        let area = polygon!(
            exterior: [(x: 0.0, y: 0.0), (x: 9.0, y: 0.0), (x: 9.0, y: 9.0), (x: 0.0, y: 9.0)],
            interiors: [[(x: 2.0, y: 2.0), (x: 6.0, y: 2.0), (x: 6.0, y: 6.0), (x: 2.0, y: 6.0)]],
        );
        let drawn = draw(&Shape::Area(MultiPolygon(vec![area])), 3, 0.5).unwrap();
        let rings = rings(drawn.piece(4, 3, 3));
        assert_eq!(rings.len(), 2);
        assert!(ring::area(&rings[0]) > 0 && ring::area(&rings[1]) < 0);
    }

    #[test]
    fn nothing_is_drawn_inside_a_hole() {
        let area = polygon!(
            exterior: [(x: -50.0, y: -50.0), (x: 50.0, y: -50.0), (x: 50.0, y: 50.0), (x: -50.0, y: 50.0)],
            interiors: [[(x: -40.0, y: -40.0), (x: 40.0, y: -40.0), (x: 40.0, y: 40.0), (x: -40.0, y: 40.0)]],
        );
        let drawn = draw(&Shape::Area(MultiPolygon(vec![area])), 5, 0.5).unwrap();
        assert_eq!(drawn.piece(16, 16, 5), None);
        assert!(drawn.piece(20, 16, 5).is_some());
    }

    #[test]
    fn a_point_on_an_edge_is_in_the_buffer_of_its_neighbour() {
        let drawn = draw(&Shape::Point(Coord { x: 0.0, y: 0.0 }), 1, 0.5).unwrap();
        assert_eq!(drawn.piece(1, 1, 1), Some(Piece::Point([0, 0])));
        assert_eq!(drawn.piece(0, 0, 1), Some(Piece::Point([4096, 4096])));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_zone_vanishes_at_any_zoom(
            west in -5.0..8.0, south in 42.0..51.0, wide in 1e-9..0.1, high in 1e-9..0.1, zoom in 0_u8..15,
        ) {
            let (east, north) = (west + wide, south + high);
            let area = polygon![
                (x: west, y: south), (x: east, y: south), (x: east, y: north), (x: west, y: north),
            ];
            let drawn = draw(&Shape::Area(MultiPolygon(vec![area])), zoom, 1.0).unwrap();
            let mut seen = 0;
            for bounds in drawn.bounds() {
                let [columns, rows] = bounds.tiles(zoom);
                for x in columns.0..=columns.1 {
                    for y in rows.0..=rows.1 {
                        if let Some(Piece::Rings(rings)) = drawn.piece(x, y, zoom) {
                            prop_assert!(ring::area(&rings[0]) > 0);
                            seen += 1;
                        }
                    }
                }
            }
            prop_assert!(seen > 0);
        }

        #[test]
        fn no_shape_stops_the_cutter(
            places in prop::collection::vec((-1e9..1e9, -1e9..1e9), 0..20), zoom in 0_u8..4,
        ) {
            let ring = LineString::from(places);
            let shape = Shape::Area(MultiPolygon(vec![Polygon::new(ring.clone(), vec![ring])]));
            if let Some(drawn) = draw(&shape, zoom, 1.0) {
                for bounds in drawn.bounds() {
                    let [columns, rows] = bounds.tiles(zoom);
                    let _ = drawn.piece(columns.0, rows.0, zoom);
                    let _ = drawn.piece(columns.1, rows.1, zoom);
                }
            }
        }
    }
}
