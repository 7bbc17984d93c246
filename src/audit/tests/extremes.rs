//! R10 as the auditor works it out, and what it says of an edition that does otherwise.

use std::collections::BTreeMap;

use domain::{Catalogue, Extremes, Mark, Scale};

use super::super::extremes::{check, due};
use super::super::seen::{Figure, Seen};

fn catalogue(extremes: Extremes) -> Catalogue {
    Catalogue::built_in().with_extremes(|family| match family {
        "age" | "aide" => extremes,
        _ => Extremes::Off,
    })
}

const BANDS: [&str; 5] = ["tit_inf30", "tit_30_49", "tit_50_64", "tit_65_74", "tit_sup75"];

/// What is due where the bands of age hold so many, and the sum of the last two what they hold.
fn of(scale: Scale, extremes: Extremes, bands: [i128; 5]) -> [&'static str; 6] {
    let catalogue = catalogue(extremes);
    let whole: i128 = bands.iter().sum();
    let mut sums = vec![0; 2 * catalogue.indicators().len()];
    let at = |id: &str| catalogue.indicators().iter().position(|own| own.id == id).unwrap();
    let ids = BANDS.into_iter().chain(["tit_sup65"]);
    let values = bands.into_iter().chain([bands[3] + bands[4]]);
    for (id, value) in ids.clone().zip(values) {
        (sums[2 * at(id)], sums[2 * at(id) + 1]) = (value, whole);
    }
    let counts = vec![whole as u64; catalogue.universes().len()];
    let due = due(scale, &catalogue, &counts, &sums);
    let said: Vec<&str> = ids.map(|id| due.get(&at(id)).map_or("", |mark| mark.id())).collect();
    said.try_into().unwrap()
}

#[test]
fn marks_are_due_as_the_rules_say() {
    let both = |bands| of(Scale::CARREAU, Extremes::Both, bands);
    assert_eq!(both([4, 5, 6, 7, 8]), [""; 6]);
    assert_eq!(both([10, 1, 0, 0, 0]), ["haut", "bas", "bas", "bas", "bas", "bas"]);
    assert_eq!(both([0, 1, 0, 0, 10]), ["bas", "bas", "bas", "bas", "haut", "haut"]);
    assert_eq!(both([6, 5, 4, 1, 2]), ["nd", "", "", "bas", "bas", "nd"]);
    assert_eq!(both([1, 6, 7, 4, 5]), ["bas", "nd", "", "", "", ""]);
    assert_eq!(both([0, 3, 9, 9, 9]), ["nd"; 6]);
    assert_eq!(both([3, 9, 0, 1, 2]), ["nd", "", "bas", "bas", "bas", "nd"]);
    let high = |bands| of(Scale::CARREAU, Extremes::High, bands);
    assert_eq!(high([0, 1, 6, 4, 5]), [""; 6]);
    assert_eq!(high([0, 1, 10, 0, 0]), ["bas", "bas", "haut", "bas", "bas", "bas"]);
    assert_eq!(high([0, 1, 0, 5, 5]), ["nd"; 6]);
    for scale in [Scale::IRIS, Scale::COMMUNE] {
        assert_eq!(of(scale, Extremes::Both, [10, 1, 0, 0, 0]), [""; 6]);
    }
    assert_eq!(of(Scale::QPV, Extremes::Both, [0, 40, 20, 20, 19])[0], "bas");
    assert_eq!(of(Scale::QPV, Extremes::Both, [0, 40, 20, 20, 20]), [""; 6]);
}

#[test]
fn a_figure_beside_its_mark_and_a_mark_that_is_not_due_are_found() {
    let catalogue = catalogue(Extremes::Both);
    let at = catalogue.indicators().iter().position(|own| own.id == "aide_apl").unwrap();
    let found = |due: Option<Mark>, figure: Figure| -> Vec<String> {
        let seen = Seen { code: "K".into(), figures: vec![(at, figure)], ..Seen::default() };
        let due: BTreeMap<usize, Mark> = due.into_iter().map(|mark| (at, mark)).collect();
        let mut findings = Vec::new();
        check((Scale::CARREAU, &seen), &catalogue, &due, &mut findings);
        findings.into_iter().map(|own| own.words).collect()
    };
    let denominator = Some(12);
    let shown = Figure { value: Some(8.3), numerator: Some(1), denominator, mark: None };
    let marked = |mark| Figure { denominator, mark: Some(mark), ..Figure::default() };
    assert!(found(None, shown).is_empty() && found(Some(Mark::Low), marked(Mark::Low)).is_empty());
    let is_found = |due, figure, words: &str| {
        let all = found(due, figure);
        assert!(all.len() == 1 && all[0].contains(words), "{all:?}");
    };
    is_found(Some(Mark::Low), shown, "montré où il est retenu");
    is_found(Some(Mark::Low), Figure { mark: Some(Mark::Low), ..shown }, "montré où il est retenu");
    is_found(Some(Mark::Low), marked(Mark::Withheld), "« bas » attendu");
    is_found(Some(Mark::Low), Figure { denominator, ..Figure::default() }, "manque");
    is_found(None, marked(Mark::High), "est retenu où il est montré");
}
