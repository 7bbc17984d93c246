//! The bounds of the legend, found again from what is published: fifths of the zones, rounded to a
//! step, so that none is the figure of a zone.

use std::collections::{BTreeMap, HashMap};

use domain::{Catalogue, Scale};

/// Classes of a legend, 0 apart.
const CLASSES: usize = 5;
/// Steps from the first fifth to the last, about.
const STEPS: i64 = 8;

/// For each scale and indicator, how many zones show each value but 0, in hundredths.
#[derive(Default)]
pub struct Legend {
    values: HashMap<(Scale, usize), BTreeMap<i64, usize>>,
}

impl Legend {
    /// Notes a published value.
    pub fn add(&mut self, scale: Scale, indicator: usize, value: f64) {
        let hundredths = (value * 100.0).round() as i64;
        if hundredths != 0 {
            let own = self.values.entry((scale, indicator)).or_default();
            *own.entry(hundredths).or_default() += 1;
        }
    }

    /// The bounds of every indicator: from the communes, else from the finest scale that has five
    /// values, else from the one that has most.
    pub fn bounds(&self, catalogue: &Catalogue, scales: &[Scale]) -> BTreeMap<String, Vec<f64>> {
        let nothing = BTreeMap::new();
        let bounds = |(place, indicator): (usize, &domain::Indicator)| {
            let of = |scale: &Scale| self.values.get(&(*scale, place)).unwrap_or(&nothing);
            let order = [Scale::COMMUNE];
            let mut tried =
                order.iter().filter(|scale| scales.contains(scale)).chain(scales).map(of);
            let enough = tried.clone().find(|values| values.len() >= CLASSES);
            let richest = |values| values;
            let chosen = enough.unwrap_or_else(|| {
                tried.by_ref().fold(&nothing, |best, values| {
                    richest(if values.len() > best.len() { values } else { best })
                })
            });
            let (_, _, decimals) = indicator.unit.scaling();
            let last_decimal = if decimals >= 2 { 1 } else { 10_i64.pow(2 - decimals) };
            let bounds = fifths(chosen, last_decimal).into_iter();
            (indicator.id.clone(), bounds.map(|bound| bound as f64 / 100.0).collect())
        };
        catalogue.indicators().iter().enumerate().map(bounds).collect()
    }
}

/// The four values that a fifth, two, three and four fifths of the zones do not pass, to the
/// nearest step; those that leave a class without a value go.
fn fifths(values: &BTreeMap<i64, usize>, last_decimal: i64) -> Vec<i64> {
    let (Some((least, _)), Some((most, _))) = (values.first_key_value(), values.last_key_value())
    else {
        return Vec::new();
    };
    let zones: usize = values.values().sum();
    let mut cumulated = Vec::new();
    let mut below = 0;
    for (value, count) in values {
        below += count;
        cumulated.push((below, *value));
    }
    let fifth = |part: usize| {
        let place = cumulated.partition_point(|(below, _)| below * CLASSES < zones * part);
        cumulated.get(place).map_or(*most, |entry| entry.1)
    };
    let all: Vec<i64> = (1..CLASSES).map(fifth).collect();
    let spread = if all[0] == all[3] { most - least } else { all[3] - all[0] };
    let step = step(spread / STEPS, 2 * last_decimal);
    let mut bounds: Vec<i64> = Vec::new();
    for value in all {
        let below = value.div_euclid(step) * step;
        let bound = if 2 * (value - below) >= step { below + step } else { below };
        if bound != 0 && bound >= *least && bound < *most && bounds.last() != Some(&bound) {
            bounds.push(bound);
        }
    }
    bounds
}

/// 1, 2 or 5 times a power of ten, not under either number.
fn step(wanted: i64, least: i64) -> i64 {
    let wanted = wanted.max(least);
    let mut power = 1;
    loop {
        if let Some(digit) = [1, 2, 5].iter().find(|digit| *digit * power >= wanted) {
            return digit * power;
        }
        power *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_fifths_to_the_nearest_step() {
        let of =
            |values: &[(i64, usize)], decimal| fifths(&values.iter().copied().collect(), decimal);
        assert_eq!(of(&[], 10), [0; 0]);
        let even: Vec<_> = (1..=500).map(|value| (value * 10, 1)).collect();
        assert_eq!(of(&even, 10), [1000, 2000, 3000, 4000]);
        let five = [(1230, 2), (1580, 2), (1960, 2), (2710, 2), (4020, 2)];
        assert_eq!(of(&five, 10), [1600, 2000, 2800]);
        assert_eq!(of(&[(-5403, 1), (-5226, 1)], 10), [-5400, -5250]);
    }
}
