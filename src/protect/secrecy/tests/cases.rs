//! Small cases: each has its verdict and its minimal repairs, by exact arithmetic and by the engine.
//!
//! `tests/data/secrecy_cases.json` holds the project's own; those of the folder beside the project are
//! held against the engine too, where they are.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use shared::shared;

use super::exact::{exposes, least, minimal_repairs};
use super::{by_name, is_exposed, mask, system};

const OWN: &str = include_str!("../../../../tests/data/secrecy_cases.json");

/// Cases about rules that are not R2 of one system: revisions, values, attackers' policy.
const OTHER_RULES: [&str; 6] =
    ["r8_naive", "zero_said_secret", "twin_r3_r9", "zero_root", "global_V_is_too_much", "unplaced"];

#[derive(Deserialize)]
struct Case {
    id: String,
    #[serde(default)]
    atoms: BTreeMap<String, u64>,
    #[serde(default)]
    cells: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    published: Vec<String>,
    #[serde(default = "eleven")]
    threshold: u64,
    /// The least of `Σ |v| / max |v|`: what the linear programmes of R2 give.
    lp_min: Option<f64>,
    #[serde(default)]
    minimal_repairs: Vec<BTreeSet<String>>,
}

fn eleven() -> u64 {
    11
}

impl Case {
    fn households(&self) -> Vec<u64> {
        self.atoms.values().copied().collect()
    }

    /// The names and the atoms of the cells that may be published.
    fn listed(&self) -> (Vec<&String>, Vec<Vec<usize>>) {
        let names: Vec<String> = self.atoms.keys().cloned().collect();
        let cells = self.cells.keys().zip(by_name(&names, &self.cells));
        cells.filter(|(name, _)| self.published.contains(name)).unzip()
    }

    /// Holds the engine's verdict and its mask against those of the case.
    fn check(&self) {
        let (names, cells) = self.listed();
        let households = self.households();
        let (system, all) = (system(&households, &cells), vec![true; cells.len()]);
        let is_unsafe = self.lp_min.unwrap() < self.threshold as f64;
        assert_eq!(is_exposed(&system, &all, self.threshold), is_unsafe, "{}", self.id);
        let costs = cells.iter().map(|cell| cell.iter().map(|&atom| households[atom]).sum());
        let found = mask(&system, &all, &costs.collect::<Vec<_>>(), self.threshold);
        assert!(found.is_optimal(), "{}", self.id);
        let hidden: BTreeSet<String> = names
            .iter()
            .zip(&found.published)
            .filter(|(_, shown)| !**shown)
            .map(|(name, _)| (*name).clone())
            .collect();
        let is_repair = match is_unsafe {
            true => self.minimal_repairs.is_empty() || self.minimal_repairs.contains(&hidden),
            false => hidden.is_empty(),
        };
        assert!(is_repair, "{}: {hidden:?} is no minimal repair", self.id);
    }
}

#[test]
fn every_small_case_has_its_verdict_and_its_repairs() {
    let cases: Vec<Case> = serde_json::from_str(OWN).unwrap();
    for case in &cases {
        let (names, cells) = case.listed();
        let households = case.households();
        // First what the file says, by exact arithmetic; then the engine.
        let (total, largest) = least(&households, &cells, &vec![true; cells.len()]).unwrap();
        assert_eq!(case.lp_min, Some(total as f64 / largest as f64), "{}", case.id);
        let repairs: BTreeSet<BTreeSet<String>> =
            minimal_repairs(&households, &cells, case.threshold)
                .into_iter()
                .filter(|repair| !repair.is_empty())
                .map(|repair| repair.into_iter().map(|cell| names[cell].clone()).collect())
                .collect();
        assert_eq!(repairs, case.minimal_repairs.iter().cloned().collect(), "{}", case.id);
        case.check();
    }
    assert!(cases.len() > 25 && cases.iter().filter(|case| case.lp_min >= Some(11.0)).count() > 8);
}

/// Numbers that are the same on every machine (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        super::super::system::scattered(self.0 as u32) % bound
    }
}

#[test]
fn the_engine_decides_and_repairs_as_exact_arithmetic_does() {
    let (mut exposed, mut safe) = (0, 0);
    for seed in 0..500 {
        let mut dice = Dice(seed * 1000);
        let atoms = 3 + dice.below(4) as usize;
        let households: Vec<u64> = (0..atoms).map(|_| dice.below(16)).collect();
        let cells: Vec<Vec<usize>> = (0..2 + dice.below(4))
            .map(|_| (0..atoms).filter(|_| dice.below(2) == 1).collect())
            .collect();
        let threshold = [3, 11, 11, 20][dice.below(4) as usize];
        let (all, system) = (vec![true; cells.len()], system(&households, &cells));
        let is_unsafe = exposes(&households, &cells, &all, threshold);
        assert_eq!(is_exposed(&system, &all, threshold), is_unsafe, "seed {seed}");
        *if is_unsafe { &mut exposed } else { &mut safe } += 1;
        let costs: Vec<u64> = cells.iter().map(|_| 1 + dice.below(9)).collect();
        let found = mask(&system, &all, &costs, threshold);
        let cost = |hidden: &BTreeSet<usize>| hidden.iter().map(|&cell| costs[cell]).sum::<u64>();
        let cheapest = minimal_repairs(&households, &cells, threshold).iter().map(cost).min();
        let hidden = (0..cells.len()).filter(|&cell| !found.published[cell]).collect();
        assert_eq!(Some(cost(&hidden)), cheapest, "seed {seed}");
    }
    assert!(exposed > 100 && safe > 100, "{exposed} exposed, {safe} safe");
}

fn read<T: for<'de> Deserialize<'de>>(name: &str) -> Option<T> {
    let text = std::fs::read(shared(name)?).unwrap();
    Some(serde_json::from_slice(&text).unwrap())
}

#[test]
fn every_shared_case_has_its_verdict_and_its_repairs() {
    let Some(cases) = read::<Vec<Case>>("secrecy_cases.json") else { return };
    let is_of_r2 = |case: &&Case| case.lp_min.is_some() && !OTHER_RULES.contains(&case.id.as_str());
    let tried = cases.iter().filter(is_of_r2).inspect(|case| case.check()).count();
    assert!(tried >= 14, "only {tried} cases were tried");
}

#[test]
fn every_shared_vector_is_exposed_when_some_sum_is_too_small() {
    let Some(vectors) = read::<Value>("secrecy_vectors.json") else { return };
    for vector in vectors.as_array().unwrap() {
        let names: Vec<String> = serde_json::from_value(vector["atoms"].clone()).unwrap();
        let households: Vec<u64> = serde_json::from_value(vector["weights"].clone()).unwrap();
        let cells: BTreeMap<String, Vec<String>> =
            serde_json::from_value(vector["published"].clone()).unwrap();
        let threshold = vector["threshold"].as_u64().unwrap();
        let smallest = vector["min_support_any_linear_combination"].as_u64().unwrap();
        let system = system(&households, &by_name(&names, &cells));
        let all = vec![true; cells.len()];
        let name = vector["name"].as_str().unwrap();
        // The one-eleventh rule is stronger than the support it implies.
        if smallest < threshold {
            assert!(is_exposed(&system, &all, threshold), "{name}");
        }
        let (all, costs) = (vec![true; cells.len()], vec![1; cells.len()]);
        let found = mask(&system, &all, &costs, threshold);
        assert!(!is_exposed(&system, &found.published, threshold), "{name}");
    }
}
