//! Which scales a style draws, and at which zooms.

use domain::{Manifest, ManifestScale, Scale};

/// The deepest zoom a client shows; tiles are overzoomed up to there.
pub(super) const DEEPEST: u8 = 24;

/// The scales of an edition, the finest first.
fn ordered(edition: &Manifest) -> impl Iterator<Item = &ManifestScale> {
    let mut scales: Vec<&ManifestScale> = edition.scales.iter().collect();
    scales.sort_by_key(|entry| entry.id);
    scales.into_iter()
}

/// A scale, and the zooms from and to which it is drawn.
pub(super) type Drawn<'a> = (&'a ManifestScale, u8, u8);

/// The scales whose outlines are drawn over finer zones, each from the zoom where a finer scale
/// takes its turn.
pub(super) fn outlines(
    drawn: &[Drawn<'_>],
    finest: Scale,
    edition: &Manifest,
) -> Vec<(Scale, f64, u8)> {
    let first = drawn.iter().map(|drawn| drawn.1).min().unwrap_or(0);
    let wider = ordered(edition).filter(|entry| entry.id > finest);
    wider
        .filter_map(|entry| {
            let (scale, width) = (entry.id, f64::from(entry.id.outline()?) / 10.0);
            let turn = drawn.iter().find(|drawn| drawn.0.id == scale);
            let from = turn.map_or(first.max(entry.minzoom), |turn| turn.2);
            (from < DEEPEST).then_some((scale, width, from))
        })
        .collect()
}

/// The scales that take turns, the finest first, each with the zooms where it is drawn, of those
/// that offer what is drawn. A finer scale leaves one zoom level of its tiles to the wider one, as the portal does.
pub(super) fn turns<'a>(edition: &'a Manifest, offers: &dyn Fn(Scale) -> bool) -> Vec<Drawn<'a>> {
    let mut upper = DEEPEST;
    let mut turns = Vec::new();
    let offered = |entry: &&ManifestScale| entry.id.takes_turns() && offers(entry.id);
    let nested: Vec<_> = ordered(edition).filter(offered).collect();
    for (place, entry) in nested.iter().enumerate() {
        let widest = place + 1 == nested.len();
        let lower = if widest { entry.minzoom } else { entry.minzoom.saturating_add(1) };
        if lower < upper {
            turns.push((*entry, lower, upper));
            upper = lower;
        }
    }
    turns
}

/// The finest scale above one that does not offer an indicator: a nested one, for it covers the
/// territory, else any.
pub(super) fn coarser<'a>(
    scale: Scale,
    offers: &dyn Fn(Scale) -> bool,
    edition: &'a Manifest,
) -> Option<&'a ManifestScale> {
    let above = |wider: &&ManifestScale| wider.id > scale && offers(wider.id);
    let mut nested = ordered(edition).filter(|entry| entry.id.takes_turns());
    nested.find(above).or_else(|| ordered(edition).find(above))
}
