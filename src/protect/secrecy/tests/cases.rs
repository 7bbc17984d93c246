//! The shared cases: each has its verdict, and its minimal repairs.

use std::collections::BTreeMap;

use serde_json::Value;

use shared::shared;

use super::{by_name, is_exposed, mask, system};

/// Cases about rules that are not R2 of one system: revisions, values, attackers' policy.
const OTHER_RULES: [&str; 6] =
    ["r8_naive", "zero_said_secret", "twin_r3_r9", "zero_root", "global_V_is_too_much", "unplaced"];

fn read(name: &str) -> Option<Value> {
    let text = std::fs::read(shared(name)?).unwrap();
    Some(serde_json::from_slice(&text).unwrap())
}

#[test]
fn every_shared_case_has_its_verdict_and_its_repairs() {
    let Some(cases) = read("secrecy_cases.json") else { return };
    let mut tried = 0;
    for case in cases.as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let Some(least) = case["lp_min"].as_f64().filter(|_| !OTHER_RULES.contains(&id)) else {
            continue;
        };
        let atoms: BTreeMap<String, u64> = serde_json::from_value(case["atoms"].clone()).unwrap();
        let cells: BTreeMap<String, Vec<String>> =
            serde_json::from_value(case["cells"].clone()).unwrap();
        let names: Vec<String> = atoms.keys().cloned().collect();
        let households: Vec<u64> = atoms.values().copied().collect();
        let members = by_name(&names, &cells);
        let listed: Vec<String> = serde_json::from_value(case["published"].clone()).unwrap();
        let published: Vec<bool> = cells.keys().map(|name| listed.contains(name)).collect();
        let system = system(&households, &only(&members, &published));
        assert_eq!(is_exposed(&system, &published, 11), least < 11.0, "{id}");
        tried += 1;
        if let Some(repairs) = case.get("minimal_repairs").and_then(Value::as_array) {
            let costs: Vec<u64> = listed_costs(&cells, &atoms, &listed);
            let found = mask(&system, &published, &costs, 11);
            let hidden: Vec<&String> = cells
                .keys()
                .enumerate()
                .filter(|(at, _)| published[*at] && !found.published[*at])
                .map(|(_, name)| name)
                .collect();
            let is_listed = repairs.iter().any(|repair| {
                let repair: Vec<String> = serde_json::from_value(repair.clone()).unwrap();
                repair.len() == hidden.len() && hidden.iter().all(|name| repair.contains(name))
            });
            assert!(is_listed && found.is_optimal(), "{id}: {hidden:?} is no minimal repair");
        }
    }
    assert!(tried >= 14, "only {tried} cases were tried");
}

/// The members of the cells that may be published; none of the others.
fn only(members: &[Vec<usize>], published: &[bool]) -> Vec<Vec<usize>> {
    let cells = members.iter().zip(published);
    cells.map(|(atoms, &shown)| if shown { atoms.clone() } else { Vec::new() }).collect()
}

fn listed_costs(
    cells: &BTreeMap<String, Vec<String>>,
    atoms: &BTreeMap<String, u64>,
    listed: &[String],
) -> Vec<u64> {
    let households = |names: &Vec<String>| names.iter().map(|name| atoms[name]).sum();
    assert!(!listed.is_empty());
    cells.values().map(households).collect()
}

#[test]
fn every_shared_vector_is_exposed_when_some_sum_is_too_small() {
    let Some(vectors) = read("secrecy_vectors.json") else { return };
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
