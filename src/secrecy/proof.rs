//! Proofs in integers. A certificate shows that no combination weighs on a class alone; a witness
//! is a combination that does. Both are checked here by additions, whoever found them.

use std::collections::BTreeMap;

use super::system::Classes;

/// A perturbation of the households of some classes that no published place can see.
///
/// For a class `a`, integers `Y` and a denominator `D`: Σ Y over the classes of every published
/// place is 0, and `D·N(a) + Y_a − Σ_{c≠a} max(0, |Y_c| − D·N(c)) ≥ D·threshold`. Then every
/// combination that gives `a` its largest weight spreads at least `threshold` times that
/// weight (`secrecy.md`, "Its dual is the certificate").
///
/// Weights are kept by part, so that a certificate outlives the merging of classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Certificate {
    denominator: i64,
    weights: Vec<(u32, i64)>,
}

impl Certificate {
    /// A certificate that says `weights` of classes, each carried by the class's first part.
    pub(super) fn new(denominator: i64, weights: &[(u32, i64)], classes: &Classes) -> Certificate {
        let carried = |&(class, weight): &(u32, i64)| (classes.parts(class)[0], weight);
        let weights = weights.iter().filter(|entry| entry.1 != 0).map(carried).collect();
        Certificate { denominator, weights }
    }

    /// Whether it proves that a class is safe among these classes.
    pub(super) fn proves(&self, class: u32, classes: &Classes, threshold: u64) -> bool {
        let mut weights: BTreeMap<u32, i128> = BTreeMap::new();
        for &(part, weight) in &self.weights {
            // A part that no published place holds is seen by none.
            if let Some(class) = classes.of_part(part) {
                *weights.entry(class).or_default() += i128::from(weight);
            }
        }
        let mut sums: BTreeMap<u32, i128> = BTreeMap::new();
        for (&class, &weight) in &weights {
            for &place in classes.places(class) {
                *sums.entry(place).or_default() += weight;
            }
        }
        if sums.values().any(|sum| *sum != 0) {
            return false;
        }
        let denominator = i128::from(self.denominator);
        let scaled = |class: u32| denominator * i128::from(classes.households(class));
        let excess: i128 = weights
            .iter()
            .filter(|(other, _)| **other != class)
            .map(|(&other, weight)| (weight.abs() - scaled(other)).max(0))
            .sum();
        let own = weights.get(&class).copied().unwrap_or(0);
        scaled(class) + own - excess >= denominator * i128::from(threshold)
    }
}

/// A combination of published places, with integer weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Witness {
    weights: Vec<(u32, i64)>,
}

impl Witness {
    /// A combination; places of weight 0 are left out.
    pub(super) fn new(weights: impl IntoIterator<Item = (u32, i64)>) -> Witness {
        Witness { weights: weights.into_iter().filter(|entry| entry.1 != 0).collect() }
    }

    /// The places it uses.
    pub(super) fn places(&self) -> impl Iterator<Item = u32> {
        self.weights.iter().map(|(place, _)| *place)
    }

    /// Whether some household carries more than its share: `Σ_h |v_h| < threshold · max |v_h|`.
    pub(super) fn exposes(&self, classes: &Classes, threshold: u64) -> bool {
        let mut spread: BTreeMap<u32, i128> = BTreeMap::new();
        for &(place, weight) in &self.weights {
            for &class in classes.of_place(place) {
                *spread.entry(class).or_default() += i128::from(weight);
            }
        }
        let largest = spread.values().map(|weight| weight.abs()).max().unwrap_or(0);
        let total: i128 = spread
            .iter()
            .map(|(&class, weight)| weight.abs() * i128::from(classes.households(class)))
            .sum();
        largest > 0 && total < i128::from(threshold) * largest
    }
}
