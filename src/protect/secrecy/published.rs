//! Published figures: what is left once the mask of the edition has been laid on the raw ones.
//!
//! Fields are private and the only constructor is `protect`, in this module's parent: whoever
//! holds one of these values may print it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::aggregate::{RawScale, Sums};
use domain::{Catalogue, Kind, Mark, Opening, Regime, Scale, Shape, Unit, Zone};

use super::extremes::Marks;
use super::promise;
use super::rules::Rules;

/// Every scale of a protected edition.
pub struct Published {
    catalogue: Arc<Catalogue>,
    threshold: u32,
    open: BTreeSet<Opening>,
    is_surveyed: bool,
    scales: Vec<PublishedScale>,
}

/// What the mask says of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellState {
    Secret,
    /// Published by the opening of whole communes alone: it says nothing of households.
    Opened,
    Published,
}

/// Every zone of one scale, with the figures that may be seen.
pub struct PublishedScale {
    scale: Scale,
    catalogue: Arc<Catalogue>,
    zones: Vec<Zone>,
    shapes: Vec<Shape>,
    /// Index of the universe that the `secret` column speaks of.
    respondents: usize,
    counting: Counting,
    /// For each indicator, its universe.
    contributors: Vec<usize>,
    /// For each indicator, whether zones of this scale have it.
    offered: Vec<bool>,
    /// For each indicator, whether it is shown in every zone: public data that the operator opened.
    open: Vec<bool>,
    /// Zone-major, one per universe.
    cells: Vec<CellState>,
    /// Zone-major, one per universe; 0 where it is not shown.
    counts: Vec<u64>,
    /// Zone-major, two per indicator, numerator and denominator; 0 and 0 where secret, the numerator
    /// 0 where it is kept back.
    sums: Sums,
    marks: Marks,
}

/// One published indicator value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    numerator: i64,
    denominator: i64,
    unit: Unit,
    /// Whether the ratio may leave without what it is made of.
    is_alone: bool,
}

impl Published {
    pub(super) fn new(
        catalogue: Arc<Catalogue>,
        rules: &Rules,
        is_surveyed: bool,
        scales: Vec<PublishedScale>,
    ) -> Self {
        let (threshold, open) = (rules.threshold(), rules.open().clone());
        Published { catalogue, threshold, open, is_surveyed, scales }
    }

    /// The catalogue the figures follow.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// The least number of contributors of a figure.
    pub fn threshold(&self) -> u32 {
        self.threshold
    }

    /// The rules of `RULES.md` that are kept.
    pub fn rules(&self) -> impl Iterator<Item = &'static str> {
        promise::KEPT.into_iter()
    }

    /// How far R2 is held: `full`, over every combination of each system.
    pub fn r2(&self) -> &'static str {
        promise::R2
    }

    /// What the rules do not cover, in French sentences.
    pub fn limits(&self) -> impl Iterator<Item = &'static str> {
        let without_survey = (!self.is_surveyed).then_some(promise::WITHOUT_SURVEY);
        let keeps = self.catalogue.families().iter().any(|own| !own.extremes.is_off());
        let extremes = keeps.then_some(promise::EXTREMES);
        promise::LIMITS.into_iter().chain(extremes).chain(without_survey)
    }

    /// What the operator opened.
    pub fn open(&self) -> &BTreeSet<Opening> {
        &self.open
    }

    /// The scales that have at least one zone, the finest first.
    pub fn scales(&self) -> &[PublishedScale] {
        &self.scales
    }
}

impl PublishedScale {
    /// Lays a mask on the raw figures of a scale: what it does not show is wiped, and then what is
    /// kept back for being extreme.
    pub(super) fn new(
        raw: RawScale,
        catalogue: Arc<Catalogue>,
        rules: &Rules,
        state: impl Fn(usize, usize) -> CellState,
    ) -> Self {
        let RawScale { scale, zones, shapes, mut counts, mut sums, .. } = raw;
        let universes = catalogue.universes();
        let opens_register = rules.open().contains(&Opening::RplsOuvert);
        // Public data: the register's own count, and open universes with public indicators.
        let everywhere = |own: usize| {
            let id = &universes[own].id;
            let mut public = catalogue.indicators().iter().filter(|entry| entry.universe == *id);
            opens_register
                && catalogue.is_open(own)
                && (own == 0 || public.any(|entry| entry.regime == Regime::RplsOuvert))
        };
        let counting = Counting {
            above: (0..universes.len()).map(|own| catalogue.needed(own).to_vec()).collect(),
            is_survey: universes.iter().map(|universe| universe.kind == Kind::Menage).collect(),
            is_offered: universes.iter().map(|universe| universe.is_offered(scale)).collect(),
            is_everywhere: (0..universes.len()).map(everywhere).collect(),
        };
        let indicators = catalogue.indicators();
        let contributors: Vec<usize> =
            (0..indicators.len()).map(|own| catalogue.universe_of(own)).collect();
        let offered = contributors.iter().map(|&universe| counting.is_offered[universe]).collect();
        let open: Vec<bool> = indicators
            .iter()
            .zip(&contributors)
            .map(|(own, &universe)| own.regime == Regime::RplsOuvert && everywhere(universe))
            .collect();
        assert_eq!(zones.len(), shapes.len(), "a zone has one shape");
        assert_eq!(counts.len(), zones.len() * universes.len(), "one count per universe");
        assert_eq!(sums.len(), zones.len() * 2 * contributors.len(), "two sums per indicator");
        let cells: Vec<CellState> = (0..zones.len())
            .flat_map(|zone| (0..universes.len()).map(move |universe| (zone, universe)))
            .map(|(zone, universe)| state(zone, universe))
            .collect();
        for zone in 0..zones.len() {
            let cells = &cells[zone * universes.len()..][..universes.len()];
            for universe in 0..universes.len() {
                if !counting.shows(cells, universe) {
                    counts[zone * universes.len() + universe] = 0;
                }
            }
            for (indicator, universe) in contributors.iter().enumerate() {
                if open[indicator] {
                    continue;
                }
                let at = 2 * (zone * contributors.len() + indicator);
                if cells[*universe] == CellState::Secret {
                    sums.wipe(at);
                    sums.wipe(at + 1);
                }
            }
        }
        let marks = Marks::lay(&catalogue, scale, &counts, &mut sums);
        let respondents = catalogue.secret_universe();
        PublishedScale {
            scale,
            catalogue,
            zones,
            shapes,
            respondents,
            counting,
            contributors,
            offered,
            open,
            cells,
            counts,
            sums,
            marks,
        }
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

    /// Whether the mask publishes the cell (zone, universe).
    pub fn is_published(&self, zone: usize, universe: usize) -> bool {
        self.state(zone, universe) != CellState::Secret
    }

    /// Whether the opening of whole communes alone publishes the cell (zone, universe).
    pub fn is_opened(&self, zone: usize, universe: usize) -> bool {
        self.state(zone, universe) == CellState::Opened
    }

    fn state(&self, zone: usize, universe: usize) -> CellState {
        self.cells[zone * self.catalogue.universes().len() + universe]
    }

    /// The count of a universe (column `n_<universe>`), where its parents' cells are published.
    pub fn count(&self, zone: usize, universe: usize) -> Option<u64> {
        let universes = self.catalogue.universes().len();
        let first = zone * universes;
        let cells = &self.cells[first..][..universes];
        self.counting.shows(cells, universe).then(|| self.counts[first + universe])
    }

    /// The value of an indicator, where its cell is published or its regime opened, its
    /// denominator is not 0 and no mark stands in its place.
    pub fn figure(&self, zone: usize, indicator: usize) -> Option<Figure> {
        let at = 2 * (zone * self.contributors.len() + indicator);
        let (numerator, denominator) = (self.sums.get(at), self.sums.get(at + 1));
        let is_marked = self.marks.get(zone, indicator).is_some();
        let shown = self.is_shown(zone, indicator) && denominator != 0 && !is_marked;
        let unit = self.catalogue.indicators()[indicator].unit;
        let is_alone = self.catalogue.indicators()[indicator].ratio_alone;
        shown.then_some(Figure { numerator, denominator, unit, is_alone })
    }

    /// What is said in the place of a figure that is kept back for being extreme, or beside one, and its
    /// denominator (R10).
    pub fn mark(&self, zone: usize, indicator: usize) -> Option<(Mark, i64)> {
        let mark = self.marks.get(zone, indicator).filter(|_| self.is_shown(zone, indicator))?;
        Some((mark, self.sums.get(2 * (zone * self.contributors.len() + indicator) + 1)))
    }

    fn is_shown(&self, zone: usize, indicator: usize) -> bool {
        let universe = self.contributors[indicator];
        self.offered[indicator] && (self.open[indicator] || self.is_published(zone, universe))
    }
}

/// Rule R9: a count is a figure of its parents' cells, and of those it requires; the register's own
/// comes with its cell. Where the operator opened the register's public data, the counts that follow
/// from them stand in every zone. A cell that is opened shows no count of households.
struct Counting {
    /// For each universe, its parents and those it requires.
    above: Vec<Vec<usize>>,
    /// For each universe, whether it counts households.
    is_survey: Vec<bool>,
    /// For each universe, whether zones of the scale have it.
    is_offered: Vec<bool>,
    /// For each universe, whether it is public data that the operator opened.
    is_everywhere: Vec<bool>,
}

impl Counting {
    fn shows(&self, cells: &[CellState], universe: usize) -> bool {
        let is_shown = |cell: CellState| match cell {
            CellState::Secret => false,
            CellState::Opened => !self.is_survey[universe],
            CellState::Published => true,
        };
        let by_cells = match self.above[universe].as_slice() {
            [] => is_shown(cells[universe]),
            above => above.iter().all(|&own| is_shown(cells[own])),
        };
        self.is_offered[universe] && (self.is_everywhere[universe] || by_cells)
    }
}

impl Figure {
    /// Σ numerators and Σ denominators of the zone's contributors, unless the ratio alone may leave.
    /// The denominator is never 0.
    pub fn parts(&self) -> Option<(i64, i64)> {
        (!self.is_alone).then_some((self.numerator, self.denominator))
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
        assert_eq!(Figure { numerator, denominator, unit, is_alone: false }.value(), expected);
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
