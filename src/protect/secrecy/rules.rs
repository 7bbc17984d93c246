//! The rules: the threshold, the weights of what is hidden, what the operator opens.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use config::FLOOR;
use domain::{Catalogue, Fault, HasFault, Opening, Scale};

use super::opening::{BadOpening, check};

/// The built-in rules.
const BUILT_IN: &str = include_str!("../../../data/rules.toml");

/// A rules file that was read and found sound.
#[derive(Clone, Debug)]
pub struct Rules {
    threshold: u32,
    /// Thousandths, of the scales whose own weight does not hold.
    scales: BTreeMap<String, u64>,
    /// Thousandths, by universe of the catalogue.
    universes: Vec<u64>,
    open: BTreeSet<Opening>,
}

/// The rules cannot be used. The program stops: there is no threshold to fall back on.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum BadRules {
    #[error("règles illisibles : {0}")]
    Toml(#[from] toml::de::Error),
    #[error("threshold : le seuil ne descend jamais sous 11")]
    Threshold,
    #[error(
        "scales.{0} : cette échelle n'existe pas ; le poids d'un zonage se dit où il se déclare"
    )]
    UnknownScale(String),
    #[error("universes.{0} : le catalogue ne déclare pas cet univers")]
    UnknownUniverse(String),
    #[error("{0} : un poids va de 0,001 à 1000000")]
    Weight(String),
    #[error(transparent)]
    Opening(#[from] BadOpening),
}

impl HasFault for BadRules {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    threshold: u32,
    #[serde(default)]
    scales: BTreeMap<String, f64>,
    universes: BTreeMap<String, f64>,
}

impl Rules {
    /// The built-in rules, for this catalogue.
    ///
    /// # Errors
    /// [`BadRules::UnknownUniverse`] where the catalogue lacks a universe that they weigh.
    pub fn built_in(catalogue: &Catalogue) -> Result<Rules, BadRules> {
        Rules::from_toml(BUILT_IN, catalogue)
    }

    /// Reads and checks a rules file.
    ///
    /// # Errors
    /// [`BadRules`] for text that is no rules file, a threshold under 11 (R7), a weight that is absent or out of
    /// its range.
    pub fn from_toml(text: &str, catalogue: &Catalogue) -> Result<Rules, BadRules> {
        let Unchecked { threshold, scales, mut universes } = toml::from_str(text)?;
        if threshold < FLOOR {
            return Err(BadRules::Threshold);
        }
        let scales = scales
            .into_iter()
            .map(|(scale, weight)| {
                // A declared scale has the weight of its declaration.
                scale.parse::<Scale>().map_err(|_| BadRules::UnknownScale(scale.clone()))?;
                let bad = || BadRules::Weight(format!("scales.{scale}"));
                Ok((scale.clone(), thousandths(weight).ok_or_else(bad)?))
            })
            .collect::<Result<_, BadRules>>()?;
        let weights = catalogue
            .universes()
            .iter()
            .map(|universe| {
                let weight = universes.remove(&universe.id).unwrap_or(1.0);
                thousandths(weight)
                    .ok_or_else(|| BadRules::Weight(format!("universes.{}", universe.id)))
            })
            .collect::<Result<_, _>>()?;
        if let Some((unknown, _)) = universes.into_iter().next() {
            return Err(BadRules::UnknownUniverse(unknown));
        }
        Ok(Rules { threshold, scales, universes: weights, open: BTreeSet::new() })
    }

    /// The same rules for what is left of the catalogue that they were read for.
    pub fn of_reduced(mut self, catalogue: &Catalogue, left: &Catalogue) -> Rules {
        let weight = |id: &str| Some(self.universes[catalogue.universe_index(id)?]);
        self.universes =
            left.universes().iter().map(|own| weight(&own.id).unwrap_or(1000)).collect();
        self
    }

    /// The same rules with a threshold at least this high.
    pub fn raised_to(mut self, threshold: u32) -> Rules {
        self.threshold = self.threshold.max(threshold);
        self
    }

    /// The same rules with these openings, if the catalogue's regimes are what they are called.
    ///
    /// # Errors
    /// [`BadRules::Opening`] where a figure of that regime rests on anything else.
    pub fn opening(
        mut self,
        open: &BTreeSet<Opening>,
        catalogue: &Catalogue,
    ) -> Result<Rules, BadRules> {
        open.iter().try_for_each(|opening| check(*opening, catalogue))?;
        self.open = open.clone();
        Ok(self)
    }

    /// What the operator opens.
    pub(super) fn open(&self) -> &BTreeSet<Opening> {
        &self.open
    }

    /// The least number of contributors of a published figure; at least 11.
    pub fn threshold(&self) -> u32 {
        self.threshold
    }

    /// The weight of a scale, in thousandths.
    pub(super) fn scale_weight(&self, scale: Scale) -> u64 {
        self.scales.get(scale.id()).copied().unwrap_or_else(|| scale.weight())
    }

    /// The weight of a universe, in thousandths.
    pub(super) fn universe_weight(&self, universe: usize) -> u64 {
        self.universes[universe]
    }
}

fn thousandths(weight: f64) -> Option<u64> {
    (0.001..=1e6).contains(&weight).then(|| (weight * 1000.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change: impl Fn(String) -> String, expected: &str) {
        let text = change(BUILT_IN.to_owned());
        let error = Rules::from_toml(&text, &Catalogue::built_in()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn the_threshold_has_a_floor_and_no_default() {
        check(|text| text.replace("threshold = 11", "threshold = 10"), "11");
        check(|text| text.replace("threshold = 11", ""), "threshold");
        let raised = Rules::built_in(&Catalogue::built_in()).unwrap().raised_to(20).raised_to(5);
        assert_eq!(raised.threshold(), 20);
    }

    #[test]
    fn what_the_rules_do_not_know_stops_the_program() {
        check(|text| format!("{text}\nmartiens = 2.0"), "martiens");
        let scales = |text: String, line: &str| {
            text.replace("[universes]", &format!("[scales]\n{line}\n[universes]"))
        };
        check(|text| scales(text, "iris = -4.0"), "iris");
        check(|text| scales(text, "village = 3.0"), "village");
    }

    #[test]
    fn the_rules_may_say_otherwise_than_the_table_of_scales() {
        let catalogue = Catalogue::built_in();
        let rules = Rules::built_in(&catalogue).unwrap();
        assert_eq!(rules.scale_weight(Scale::IRIS), Scale::IRIS.weight());
        let text = BUILT_IN.replace("[universes]", "[scales]\niris = 4.5\n[universes]");
        let rules = Rules::from_toml(&text, &catalogue).unwrap();
        assert_eq!(rules.scale_weight(Scale::IRIS), 4_500);
        assert_eq!(rules.scale_weight(Scale::COMMUNE), Scale::COMMUNE.weight());
    }
}
