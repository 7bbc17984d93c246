//! Published figures: what is left once the mask of the edition has been laid on the raw ones.
//!
//! Fields are private and the only constructor is `protect`, in this module's parent: whoever
//! holds one of these values may print it.

use std::sync::Arc;

use crate::domain::{Catalogue, Scale, Shape, Unit, Zone};

/// Every scale of a protected edition.
pub struct Published {
    catalogue: Arc<Catalogue>,
    threshold: u32,
    scales: Vec<PublishedScale>,
}

/// Every zone of one scale, with the figures that may be seen.
pub struct PublishedScale {
    scale: Scale,
    catalogue: Arc<Catalogue>,
    zones: Vec<Zone>,
    shapes: Vec<Shape>,
    /// Index of the universe that the `secret` column speaks of.
    respondents: usize,
    /// Zone-major, one per universe.
    cells: Vec<bool>,
    counts: Vec<Option<u64>>,
    /// Zone-major, one per indicator.
    figures: Vec<Option<(i64, i64)>>,
}

/// One published indicator value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    numerator: i64,
    denominator: i64,
    unit: Unit,
}

impl Published {
    pub(super) fn new(
        catalogue: Arc<Catalogue>,
        threshold: u32,
        scales: Vec<PublishedScale>,
    ) -> Self {
        Published { catalogue, threshold, scales }
    }

    /// The catalogue the figures follow.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// The least number of contributors of a figure.
    pub fn threshold(&self) -> u32 {
        self.threshold
    }

    /// The scales that have at least one zone, the finest first.
    pub fn scales(&self) -> &[PublishedScale] {
        &self.scales
    }
}

/// The parts of a [`PublishedScale`], for its maker.
pub(super) struct Parts {
    pub scale: Scale,
    pub zones: Vec<Zone>,
    pub shapes: Vec<Shape>,
    pub cells: Vec<bool>,
    pub counts: Vec<Option<u64>>,
    pub figures: Vec<Option<(i64, i64)>>,
}

impl PublishedScale {
    pub(super) fn new(catalogue: Arc<Catalogue>, parts: Parts) -> Self {
        let Parts { scale, zones, shapes, cells, counts, figures } = parts;
        assert_eq!(zones.len(), shapes.len(), "a zone has one shape");
        assert_eq!(zones.len() * catalogue.universes().len(), cells.len(), "one cell per universe");
        assert_eq!(counts.len(), cells.len(), "one count per universe");
        assert_eq!(
            zones.len() * catalogue.indicators().len(),
            figures.len(),
            "one figure per indicator"
        );
        let respondents = catalogue.universe_index("repondants").unwrap_or(0);
        PublishedScale { scale, catalogue, zones, shapes, respondents, cells, counts, figures }
    }

    /// Which scale this is.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// The catalogue the figures follow.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The zones, sorted by code. The place of a zone here plus one is its feature id.
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// The shapes, in the order of the zones.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// Whether the respondents' cell of this zone is secret (column `secret`).
    pub fn is_secret(&self, zone: usize) -> bool {
        !self.is_published(zone, self.respondents)
    }

    /// Whether the cell (zone, universe) is published.
    pub fn is_published(&self, zone: usize, universe: usize) -> bool {
        self.cells[zone * self.catalogue.universes().len() + universe]
    }

    /// The count of a universe (column `n_<universe>`), where its parents' cells are published.
    pub fn count(&self, zone: usize, universe: usize) -> Option<u64> {
        self.counts[zone * self.catalogue.universes().len() + universe]
    }

    /// The value of an indicator, where its cell is published and its denominator is not 0.
    pub fn figure(&self, zone: usize, indicator: usize) -> Option<Figure> {
        let index = zone * self.catalogue.indicators().len() + indicator;
        let (numerator, denominator) = self.figures[index]?;
        Some(Figure { numerator, denominator, unit: self.catalogue.indicators()[indicator].unit })
    }
}

impl Figure {
    /// Σ numerators of the zone's contributors.
    pub fn numerator(&self) -> i64 {
        self.numerator
    }

    /// Σ denominators of the zone's contributors; never 0.
    pub fn denominator(&self) -> i64 {
        self.denominator
    }

    /// The printed value in its unit. The ratio is rounded once, half away from zero, in
    /// integers, to the decimals of the unit.
    pub fn value(&self) -> f64 {
        let (multiplier, divisor, decimals) = self.unit.scaling();
        let power = 10_i128.pow(decimals);
        let dividend = i128::from(self.numerator) * i128::from(multiplier) * power;
        let divisor = i128::from(self.denominator) * i128::from(divisor);
        let twice = 2 * dividend.abs() + divisor.abs();
        let rounded = twice / (2 * divisor.abs()) * dividend.signum() * divisor.signum();
        rounded as f64 / power as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(numerator: i64, denominator: i64, unit: Unit, expected: f64) {
        assert_eq!(Figure { numerator, denominator, unit }.value(), expected);
    }

    #[test]
    fn a_share_is_rounded_once_half_away_from_zero() {
        check(1, 3, Unit::Pourcent, 33.3);
        check(1, 16, Unit::Pourcent, 6.3);
        check(11, 11, Unit::Pourcent, 100.0);
        check(0, 11, Unit::Pourcent, 0.0);
        check(-1, 16, Unit::Pourcent, -6.3);
    }

    #[test]
    fn means_follow_their_unit() {
        check(27, 11, Unit::Personnes, 2.5);
        check(600, 10, Unit::Annees, 5.0);
        check(41_253, 6_550, Unit::EurosM2, 6.3);
    }
}
