//! What an edition says of itself: certificate and legend classes. Both follow from published
//! figures alone.

use std::collections::BTreeMap;

use super::ENGINE;
use crate::domain::{Certificate, CertificateScale, CertificateUniverse, Scale, Zone};
use crate::secrecy::{Published, PublishedScale};

/// Number of classes of a legend.
const CLASSES: usize = 5;

/// What the protection can say that its result does not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Rules kept in full: `R1`, `R3`, …
    pub rules: Vec<String>,
    /// `full` or `universes`.
    pub r2: String,
    /// What the rules do not cover, in French sentences.
    pub limits: Vec<String>,
}

/// The certificate of a protected edition: per scale and universe the published zones and the
/// contributors they show.
pub fn certificate(published: &Published, proof: Proof) -> Certificate {
    let Proof { rules, r2, limits } = proof;
    Certificate {
        engine: ENGINE.into(),
        threshold: published.threshold(),
        rules,
        r2,
        limits,
        scales: published.scales().iter().map(certify).collect(),
    }
}

fn certify(scale: &PublishedScale) -> CertificateScale {
    let zones = 0..scale.zones().len();
    let universes = scale.catalogue().universes().iter().enumerate().map(|(index, universe)| {
        let shown = zones.clone().filter(|&zone| scale.is_published(zone, index));
        CertificateUniverse {
            universe: universe.id.clone(),
            published: shown.clone().count(),
            visible: shown.filter_map(|zone| scale.count(zone, index)).sum(),
        }
    });
    CertificateScale {
        scale: scale.scale(),
        zones: scale.zones().iter().filter(|zone| is_populated(scale.scale(), zone)).count(),
        universes: universes.collect(),
    }
}

/// Whether the zone has register dwellings. Above the commune scale no zone names its communes;
/// an unpopulated one is known by the communes it lies in.
fn is_populated(scale: Scale, zone: &Zone) -> bool {
    if scale.is_reference() { zone.situe.is_empty() } else { !zone.communes.is_empty() }
}

/// For each indicator the lower bounds of its classes but the first, rising: a value belongs to
/// the last class whose bound it reaches, as in the `step` expression of MapLibre. They are
/// quantiles of the values of the commune scale, else of the finest scale that has five distinct
/// values; fewer than five values make fewer classes.
pub(super) fn classes(published: &Published) -> BTreeMap<String, Vec<f64>> {
    let commune = published.scales().iter().filter(|scale| scale.scale() == Scale::Commune);
    let order: Vec<&PublishedScale> = commune.chain(published.scales()).collect();
    let indicators = published.catalogue().indicators().iter().enumerate();
    indicators
        .map(|(index, indicator)| {
            let mut best: Vec<(f64, usize)> = Vec::new();
            for scale in &order {
                let counted = distinct(scale, index);
                if counted.len() > best.len() {
                    best = counted;
                }
                if best.len() >= CLASSES {
                    break;
                }
            }
            (indicator.id.clone(), breaks(&best))
        })
        .collect()
}

/// The distinct values of an indicator, rising, with the number of zones of each.
fn distinct(scale: &PublishedScale, indicator: usize) -> Vec<(f64, usize)> {
    let mut values: Vec<f64> = (0..scale.zones().len())
        .filter_map(|zone| scale.figure(zone, indicator))
        .map(|figure| figure.value())
        .collect();
    values.sort_by(f64::total_cmp);
    values.chunk_by(|left, right| left == right).map(|same| (same[0], same.len())).collect()
}

/// Where each class but the first begins. Each quantile moves to the next distinct value, so that
/// a value shared by many zones does not empty a class.
fn breaks(values: &[(f64, usize)]) -> Vec<f64> {
    let classes = CLASSES.min(values.len());
    let total: usize = values.iter().map(|value| value.1).sum();
    let mut breaks = Vec::with_capacity(classes.saturating_sub(1));
    let (mut index, mut below) = (0, 0);
    for class in 1..classes {
        // Each class takes a value at least, and leaves one for each class after it.
        let last = values.len() - (classes - class);
        loop {
            below += values[index].1;
            index += 1;
            if index >= last || below * classes >= total * class {
                break;
            }
        }
        breaks.push(values[index].0);
    }
    breaks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(values: &[(f64, usize)], expected: &[f64]) {
        assert_eq!(breaks(values), expected);
    }

    #[test]
    fn classes_are_fifths_of_the_zones() {
        check(&[], &[]);
        check(&[(3.0, 9)], &[]);
        check(&[(3.0, 9), (4.0, 1)], &[4.0]);
        let ten: Vec<_> = (0..10).map(|value| (f64::from(value), 1)).collect();
        check(&ten, &[2.0, 4.0, 6.0, 8.0]);
        check(&[(0.0, 90), (1.0, 1), (2.0, 1), (3.0, 1), (4.0, 1)], &[1.0, 2.0, 3.0, 4.0]);
        check(&[(0.0, 1), (1.0, 1), (2.0, 1), (3.0, 1), (4.0, 90)], &[1.0, 2.0, 3.0, 4.0]);
    }

    proptest! {
        #[test]
        fn classes_rise_and_none_is_empty(counts in prop::collection::vec(1_usize..50, 0..40)) {
            let values: Vec<_> =
                counts.iter().enumerate().map(|(value, &count)| (value as f64, count)).collect();
            let breaks = breaks(&values);
            prop_assert_eq!(breaks.len(), values.len().clamp(1, CLASSES) - 1);
            prop_assert!(breaks.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(breaks.first().is_none_or(|&first| first > 0.0));
        }
    }
}
