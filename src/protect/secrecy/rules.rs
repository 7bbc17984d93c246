//! The rules: the threshold, the weights of what is hidden, what the operator opens.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use config::FLOOR;
use domain::{Catalogue, Extremes, Fault, HasFault, NoBands, Opening, Scale};

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
    /// By family; those that are not named keep nothing back.
    extremes: BTreeMap<String, Extremes>,
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
    #[error("extremes.{0} : le catalogue ne déclare pas cette famille")]
    UnknownFamily(String),
    #[error(
        "extremes.{family} : la famille ne peut pas retenir ses extrêmes : {problem} ; écrire « {family} = \"off\" » \
         dans la section [extremes] du fichier des règles"
    )]
    Extremes { family: String, problem: NoBands },
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
    #[serde(default)]
    extremes: BTreeMap<String, Extremes>,
}

impl Rules {
    /// The built-in rules, for this catalogue.
    ///
    /// # Errors
    /// [`BadRules::UnknownUniverse`] where the catalogue lacks a universe that they weigh,
    /// [`BadRules::Extremes`] where it does not say how a family adds up whose extremes they keep back.
    pub fn built_in(catalogue: &Catalogue) -> Result<Rules, BadRules> {
        Rules::read(BUILT_IN, catalogue)
    }

    /// Reads and checks a rules file. Families that it does not name keep back the extremes that the built-in
    /// rules do.
    ///
    /// # Errors
    /// [`BadRules`] for text that is no rules file, a threshold under 11 (R7), a weight that is absent or out of
    /// its range, extremes of a family that the catalogue has not, or does not say how it adds up.
    pub fn from_toml(text: &str, catalogue: &Catalogue) -> Result<Rules, BadRules> {
        let named: Unchecked = toml::from_str(text)?;
        let known = |id: &String| catalogue.families().iter().any(|own| own.id == *id);
        if let Some(unknown) = named.extremes.into_keys().find(|id| !known(id)) {
            return Err(BadRules::UnknownFamily(unknown));
        }
        Rules::read(text, catalogue)
    }

    fn read(text: &str, catalogue: &Catalogue) -> Result<Rules, BadRules> {
        let Unchecked { threshold, scales, mut universes, extremes } = toml::from_str(text)?;
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
        let extremes = read_extremes(extremes, catalogue)?;
        Ok(Rules { threshold, scales, universes: weights, open: BTreeSet::new(), extremes })
    }

    /// The catalogue with the extremes that these rules keep back.
    pub(super) fn applied(&self, catalogue: &Catalogue) -> Catalogue {
        let of = |family: &str| self.extremes.get(family).copied().unwrap_or_default();
        catalogue.clone().with_extremes(of)
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

/// For each family what the file says, or the built-in rules where it says nothing.
fn read_extremes(
    named: BTreeMap<String, Extremes>,
    catalogue: &Catalogue,
) -> Result<BTreeMap<String, Extremes>, BadRules> {
    let mut found = toml::from_str::<Unchecked>(BUILT_IN)?.extremes;
    found.extend(named);
    found.retain(|id, _| catalogue.families().iter().any(|own| own.id == *id));
    for (family, _) in found.iter().filter(|own| !own.1.is_off()) {
        catalogue
            .bands(family)
            .map_err(|problem| BadRules::Extremes { family: family.clone(), problem })?;
    }
    Ok(found)
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
    fn extremes_are_kept_back_by_families_that_the_catalogue_knows_how_to_add_up() {
        let catalogue = Catalogue::built_in();
        let with = |line: &str| format!("threshold = 11\n[universes]\n[extremes]\n{line}\n");
        check(|_| with("ressource = \"both\""), "extremes.ressource :");
        check(|_| with("aide = \"low\""), "low");
        check(|_| with("aide = true"), "aide");
        check(|_| with("composition = \"high\""), "extremes.composition");
        check(|_| with("reponse = \"both\""), "un univers compte les mêmes ménages");
        let kept = |text: &str| {
            let rules = Rules::from_toml(text, &catalogue).unwrap();
            let applied = rules.applied(&catalogue);
            let on = applied.families().iter().filter(|own| !own.extremes.is_off());
            on.map(|own| (own.id.clone(), own.extremes)).collect::<Vec<_>>()
        };
        let by_default = ["ressources", "activite", "aide", "ressources_emm", "activite_emm"]
            .map(|id| (id.to_owned(), Extremes::Both));
        assert_eq!(kept(BUILT_IN), by_default);
        assert_eq!(kept("threshold = 11\n[universes]\n"), by_default, "silence is not off");
        let own = kept(&with("ressources = \"off\"\nage = \"high\"\naide = \"high\""));
        let ids: Vec<&str> = own.iter().map(|own| own.0.as_str()).collect();
        assert_eq!(ids, ["activite", "age", "aide", "ressources_emm", "activite_emm"]);
        assert_eq!((own[1].1, own[2].1), (Extremes::High, Extremes::High));
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
