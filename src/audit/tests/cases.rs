//! Small cases of the model: the project's own (`tests/data/secrecy_cases.json`), and those of the
//! folder beside it, where they are.

use std::collections::BTreeMap;

use serde::Deserialize;

use shared::shared;

use super::brute::brute;
use super::{atoms, by_cuts, smallest, system};

const OWN: &str = include_str!("../../../tests/data/secrecy_cases.json");

#[derive(Deserialize)]
struct Case {
    id: String,
    atoms: BTreeMap<String, u64>,
    cells: BTreeMap<String, Vec<String>>,
    published: Vec<String>,
    #[serde(default = "eleven")]
    threshold: u64,
    min_support: Option<u64>,
    /// The least that the linear programmes of R2 give.
    lp_min: Option<f64>,
    #[serde(default)]
    minimal_repairs: Vec<Vec<String>>,
}

fn eleven() -> u64 {
    11
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    atoms: Vec<String>,
    weights: Vec<u64>,
    published: BTreeMap<String, Vec<String>>,
    threshold: u64,
    min_support_any_linear_combination: u64,
}

fn read<T: for<'de> Deserialize<'de>>(name: &str) -> Option<Vec<T>> {
    let text = std::fs::read_to_string(shared(name)?).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn every_own_case_gets_its_verdict_its_cuts_and_its_repairs() {
    let cases: Vec<Case> = serde_json::from_str(OWN).unwrap();
    let mut decided = 0;
    for case in &cases {
        let of = |published: &[String]| {
            let cells: Vec<_> = published.iter().map(|name| case.cells[name].clone()).collect();
            system(&atoms(&case.atoms), &cells)
        };
        let (whole, least) = (of(&case.published), case.min_support.unwrap());
        let expected = (least < case.threshold).then_some(least);
        assert_eq!(smallest(&whole, case.threshold), expected, "{}", case.id);
        assert_eq!(brute(&whole, case.threshold), expected, "{}", case.id);
        // Two families decide by cuts, weights included; of others they see a part.
        let is_unsafe = case.lp_min.unwrap() < case.threshold as f64;
        let (found, left_out) = by_cuts(&whole, case.threshold);
        assert!(found.is_empty() || is_unsafe, "{}", case.id);
        if left_out == 0 {
            assert_eq!(!found.is_empty(), is_unsafe, "{}", case.id);
            decided += 1;
        }
        for repair in &case.minimal_repairs {
            let mut kept = case.published.clone();
            kept.retain(|name| !repair.contains(name));
            assert_eq!(smallest(&of(&kept), case.threshold), None, "{} {repair:?}", case.id);
        }
    }
    assert!(cases.len() > 25 && decided > 15, "{} cases, {decided} by cuts", cases.len());
}

#[test]
fn every_shared_case_gets_its_verdict_and_its_repairs() {
    let Some(cases) = read::<Case>("secrecy_cases.json") else { return };
    let mut judged = 0;
    for case in cases {
        let verdict = |published: &[String]| {
            let cells: Vec<_> = published.iter().map(|name| case.cells[name].clone()).collect();
            smallest(&system(&atoms(&case.atoms), &cells), 11)
        };
        let found = verdict(&case.published);
        // `zero_root` says in words what the others say in numbers.
        let least = match case.id.as_str() {
            "zero_root" => 3,
            _ => match case.min_support {
                Some(support) => support,
                None => continue,
            },
        };
        assert_eq!(found, (least < 11).then_some(least), "{}", case.id);
        judged += 1;
        for repair in &case.minimal_repairs {
            let mut kept = case.published.clone();
            kept.retain(|name| !repair.contains(name));
            if case.id != "fractional_only" {
                assert_eq!(verdict(&kept), None, "{} without {repair:?}", case.id);
            }
        }
    }
    assert!(judged > 18, "{judged}");
}

#[test]
fn cuts_decide_the_cases_of_two_families_with_their_fractional_weights() {
    let Some(cases) = read::<Case>("secrecy_cases.json") else { return };
    let (mut decided, mut left) = (0, Vec::new());
    for case in cases {
        let cells: Vec<_> = case.published.iter().map(|name| case.cells[name].clone()).collect();
        let (found, left_out) = by_cuts(&system(&atoms(&case.atoms), &cells), 11);
        let Some(least) = case.lp_min else { continue };
        if left_out > 0 {
            left.push(case.id);
            assert!(found.is_empty() || least < 11.0, "{left:?}");
        } else {
            assert_eq!(!found.is_empty(), least < 11.0, "{}", case.id);
            decided += 1;
        }
    }
    assert!(decided > 12 && left.contains(&"fractional_only".to_owned()), "{decided} {left:?}");
    let Some(vectors) = read::<Vector>("secrecy_vectors.json") else { return };
    for vector in &vectors {
        let atoms: Vec<(String, u64)> =
            vector.atoms.iter().cloned().zip(vector.weights.iter().copied()).collect();
        let cells: Vec<_> = vector.published.values().cloned().collect();
        let (found, left_out) = by_cuts(&system(&atoms, &cells), vector.threshold);
        let is_exposed = vector.min_support_any_linear_combination < vector.threshold;
        let is_right = if left_out > 0 {
            found.is_empty() || is_exposed
        } else {
            found.is_empty() != is_exposed
        };
        assert!(is_right, "{}", vector.name);
    }
}

#[test]
fn every_vector_of_the_literature_gets_its_smallest_support() {
    let Some(vectors) = read::<Vector>("secrecy_vectors.json") else { return };
    for vector in &vectors {
        let atoms: Vec<(String, u64)> =
            vector.atoms.iter().cloned().zip(vector.weights.iter().copied()).collect();
        let cells: Vec<_> = vector.published.values().cloned().collect();
        let least = vector.min_support_any_linear_combination;
        let expected = (least < vector.threshold).then_some(least);
        assert_eq!(
            smallest(&system(&atoms, &cells), vector.threshold),
            expected,
            "{}",
            vector.name
        );
    }
    assert_eq!(vectors.len(), 10);
}
