//! The geometry of a zone, in degrees of EPSG:4326 (longitude, latitude).

use geo::{BoundingRect, Coord, MultiPolygon, Rect};

/// Where a zone is.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// An address.
    Point(Coord<f64>),
    /// Any other zone: closed rings, exterior counter-clockwise, at least one polygon.
    Area(MultiPolygon<f64>),
}

impl Shape {
    /// The smallest rectangle that holds the shape.
    pub fn bounds(&self) -> Rect<f64> {
        match self {
            Shape::Point(at) => Rect::new(*at, *at),
            Shape::Area(area) => area.bounding_rect().unwrap_or(Rect::new((0.0, 0.0), (0.0, 0.0))),
        }
    }
}
