//! What every format is read into: attributes and rings in the coordinates of the file.

use geo::Coord;

use super::field::Cell;
use super::problem::Problem;
use super::ring::{Ring, Role};
use crate::crs::Crs;

/// Entities and points of one file: several times all communes of France in full detail.
const MAX_FEATURES: usize = 1_000_000;
const MAX_POINTS: usize = 100_000_000;

/// One entity. Rings are as the file has them, closed or not.
#[derive(Debug)]
pub(super) struct RawFeature {
    pub code: Cell,
    pub name: Cell,
    pub rings: Vec<(Ring, Role)>,
}

/// The entities of a file, in its order.
#[derive(Debug, Default)]
pub(super) struct RawLayer {
    /// The system the file names.
    pub crs: Option<Crs>,
    features: Vec<RawFeature>,
    points: usize,
}

impl RawLayer {
    pub(super) fn in_crs(crs: Option<Crs>) -> RawLayer {
        RawLayer { crs, ..RawLayer::default() }
    }

    pub(super) fn push(&mut self, feature: RawFeature) -> Result<(), Problem> {
        self.points += feature.rings.iter().map(|(ring, _)| ring.len()).sum::<usize>();
        if self.features.len() >= MAX_FEATURES {
            return Err(Problem::Limit(MAX_FEATURES, "entités"));
        }
        if self.points > MAX_POINTS {
            return Err(Problem::Limit(MAX_POINTS, "points"));
        }
        self.features.push(feature);
        Ok(())
    }

    /// The number that the next entity bears in messages.
    pub(super) fn next_number(&self) -> usize {
        self.features.len() + 1
    }

    pub(super) fn into_features(self) -> Vec<RawFeature> {
        self.features
    }
}

/// A point of a file. Minus zero becomes zero: equal points are equal to the bit.
pub(super) fn point(x: f64, y: f64) -> Coord<f64> {
    Coord { x: x + 0.0, y: y + 0.0 }
}

/// The role of the ring at a place of a polygon: the first is the exterior.
pub(super) fn role(index: usize) -> Role {
    if index == 0 { Role::Exterior } else { Role::Hole }
}
