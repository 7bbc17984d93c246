//! What an edition says of itself: certificate and legend classes. Both follow from published
//! figures alone.

use std::collections::BTreeMap;

use super::ENGINE;
use domain::{Certificate, CertificateOpening, CertificateScale, CertificateUniverse, Scale, Zone};
use protect::{Published, PublishedScale};

/// Number of classes of a legend.
const CLASSES: usize = 5;

/// The certificate of a protected edition: per scale and universe the published zones and the
/// contributors they show.
pub fn certificate(published: &Published) -> Certificate {
    let owned = |words: &str| words.to_owned();
    Certificate {
        engine: ENGINE.into(),
        threshold: published.threshold(),
        rules: published.rules().map(owned).collect(),
        r2: published.r2().into(),
        limits: published.limits().map(owned).collect(),
        scales: published.scales().iter().map(certify).collect(),
        opened: published
            .open()
            .iter()
            .map(|&opening| CertificateOpening { opening, warning: opening.warning().into() })
            .collect(),
    }
}

fn certify(scale: &PublishedScale) -> CertificateScale {
    let zones = 0..scale.zones().len();
    let universes = scale.catalogue().universes().iter().enumerate().map(|(index, universe)| {
        let shown = zones.clone().filter(|&zone| scale.is_published(zone, index));
        CertificateUniverse {
            universe: universe.id.clone(),
            published: shown.clone().count(),
            opened: shown.clone().filter(|&zone| scale.is_opened(zone, index)).count(),
            visible: shown.filter_map(|zone| scale.count(zone, index)).sum(),
        }
    });
    CertificateScale {
        scale: scale.scale().id().to_owned(),
        zones: scale.zones().iter().filter(|zone| is_populated(scale.scale(), zone)).count(),
        universes: universes.collect(),
    }
}

/// Whether the zone has register dwellings. Above the commune scale no zone names its communes;
/// an unpopulated one is known by the communes it lies in.
fn is_populated(scale: Scale, zone: &Zone) -> bool {
    if scale.is_reference() { zone.situe.is_empty() } else { !zone.communes.is_empty() }
}

/// For each indicator the upper bounds of its classes but the last, rising; a bound belongs to the
/// class below it, and 0 is a class of its own. They are quantiles of the values of the commune
/// scale, else of the finest scale that has five distinct values.
///
/// A quantile is the exact figure of some zone, which a reader of another territory may not see:
/// it is rounded to a step that follows from the spread of the quantiles (rule R6).
pub(super) fn classes(published: &Published) -> BTreeMap<String, Vec<f64>> {
    let commune = published.scales().iter().filter(|scale| scale.scale() == Scale::COMMUNE);
    let order: Vec<&PublishedScale> = commune.chain(published.scales()).collect();
    let indicators = published.catalogue().indicators().iter().enumerate();
    indicators
        .map(|(index, indicator)| {
            let mut best: Vec<(i64, usize)> = Vec::new();
            for scale in &order {
                let counted = distinct(scale, index);
                if counted.len() > best.len() {
                    best = counted;
                }
                if best.len() >= CLASSES {
                    break;
                }
            }
            let (_, _, decimals) = indicator.unit.scaling();
            let breaks = breaks(&best, 10_i64.pow(PARTS_DECIMALS.saturating_sub(decimals)));
            let bounds = breaks.into_iter().map(|bound| bound as f64 / PARTS).collect();
            (indicator.id.clone(), bounds)
        })
        .collect()
}

/// Classes are computed in hundredths: no figure has more than two decimals.
const PARTS: f64 = 100.0;
const PARTS_DECIMALS: u32 = 2;

/// The distinct values of an indicator but 0, rising, in hundredths, with the number of zones of
/// each.
fn distinct(scale: &PublishedScale, indicator: usize) -> Vec<(i64, usize)> {
    let mut values: Vec<i64> = (0..scale.zones().len())
        .filter_map(|zone| scale.figure(zone, indicator))
        .map(|figure| (figure.value() * PARTS).round() as i64)
        .filter(|&value| value != 0)
        .collect();
    values.sort_unstable();
    values.chunk_by(|left, right| left == right).map(|same| (same[0], same.len())).collect()
}

/// The quantiles, rounded; `printed` is the last decimal of a figure. Bounds that leave no value
/// above or below them, and those that meet when rounded, go.
fn breaks(values: &[(i64, usize)], printed: i64) -> Vec<i64> {
    let (Some(least), Some(greatest)) = (values.first(), values.last()) else { return Vec::new() };
    let total: usize = values.iter().map(|value| value.1).sum();
    let quantile = |class: usize| {
        let mut below = 0;
        let reached = values.iter().find(|(_, zones)| {
            below += zones;
            below * CLASSES >= total * class
        });
        reached.map_or(greatest.0, |value| value.0)
    };
    let quantiles: Vec<i64> = (1..CLASSES).map(quantile).collect();
    let spread = match quantiles[CLASSES - 2] - quantiles[0] {
        0 => greatest.0 - least.0,
        spread => spread,
    };
    let step = nice(spread / STEPS, 2 * printed);
    let mut bounds: Vec<i64> = quantiles
        .into_iter()
        .map(|quantile| (2 * quantile + step).div_euclid(2 * step) * step)
        .filter(|&bound| bound != 0 && least.0 <= bound && bound < greatest.0)
        .collect();
    bounds.dedup();
    bounds
}

/// How many steps lie between the first and the last quantile, about.
const STEPS: i64 = 8;

/// The first of 1, 2, 5, 10, 20, 50 … that is not under either number.
fn nice(wanted: i64, least: i64) -> i64 {
    let wanted = wanted.max(least);
    let steps = (0..17).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_i64.pow(power)));
    steps.into_iter().find(|&step| step >= wanted).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(values: &[(i64, usize)], printed: i64, expected: &[i64]) {
        assert_eq!(breaks(values, printed), expected);
    }

    #[test]
    fn classes_are_fifths_of_the_zones_rounded_to_a_step() {
        check(&[], 10, &[]);
        check(&[(300, 9)], 10, &[]);
        // Shares of 0.1 % to 50 %, one zone each: the quantiles 10, 20, 30 and 40 %.
        let even: Vec<_> = (1..=500).map(|value| (value * 10, 1)).collect();
        check(&even, 10, &[1000, 2000, 3000, 4000]);
        // Steps of 2 %: 12.3 becomes 12, which leaves nothing below it.
        let five = [(1230, 2), (1580, 2), (1960, 2), (2710, 2), (4020, 2)];
        check(&five, 10, &[1600, 2000, 2800]);
        check(&[(310, 9), (420, 1)], 10, &[320]);
        // A spread of 1.77: the step is 0.5, five times the last decimal.
        check(&[(-5403, 1), (-5226, 1)], 10, &[-5400, -5250]);
    }

    #[test]
    fn a_step_begins_with_1_2_or_5_and_is_coarser_than_a_printed_figure() {
        assert_eq!([0, 3, 21, 60, 500].map(|wanted| nice(wanted, 20)), [20, 20, 50, 100, 500]);
        assert_eq!(nice(0, 2), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn bounds_rise_are_round_and_leave_no_class_empty(
            zones in prop::collection::btree_map(-50_000_i64..50_000, 1_usize..50, 0..40),
            printed in prop::sample::select(vec![1_i64, 10]),
        ) {
            let values: Vec<_> = zones.into_iter().filter(|value| value.0 != 0).collect();
            let bounds = breaks(&values, printed);
            prop_assert!(bounds.len() < CLASSES);
            prop_assert!(bounds.windows(2).all(|pair| pair[0] < pair[1]));
            // Steps of 2, 5, 10, 20 … last decimals: all are multiples of 2 or all of 5.
            let is_step = |step: i64| bounds.iter().all(|bound| bound % step == 0);
            prop_assert!(is_step(2 * printed) || is_step(5 * printed));
            let held = |low: i64, high: i64| {
                values.iter().any(|value| low < value.0 && value.0 <= high)
            };
            if let (Some(first), Some(last)) = (bounds.first(), bounds.last()) {
                prop_assert!(held(i64::MIN, *first) && held(*last, i64::MAX));
            }
        }

        #[test]
        fn a_figure_moved_by_less_than_a_step_often_leaves_the_bounds(shift in 0_i64..40) {
            let values: Vec<_> = (1..=100).map(|value| (value * 100 + shift, 1)).collect();
            let bounds = breaks(&values, 10);
            prop_assert_eq!(bounds, vec![2000, 4000, 6000, 8000]);
        }
    }
}
