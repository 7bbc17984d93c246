//! The shares of the default territory, beside those it is meant to have.

use std::collections::BTreeMap;

use super::{Record, check_landlords_oppose_whole, dwellings, households, invent, metres};
use crate::{DEFAULT_HOUSEHOLDS, DEFAULT_SEED};

/// Points of a percentage: shares are drawn, and neighbours are alike.
const TOLERANCE: f64 = 2.5;

#[track_caller]
fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found:.1} for {expected}");
}

fn share<T>(list: &[T], wanted: impl Fn(&T) -> bool) -> f64 {
    100.0 * list.iter().filter(|item| wanted(item)).count() as f64 / list.len() as f64
}

fn number(row: &Record, column: &str) -> f64 {
    row[column].parse().unwrap()
}

#[test]
fn the_default_territory_has_the_shares_of_the_country() {
    let out = tempfile::tempdir().unwrap();
    let summary = invent(out.path(), DEFAULT_HOUSEHOLDS, DEFAULT_SEED).unwrap();
    assert_eq!(summary.communes, 100);
    let register = dwellings(out.path());
    assert_eq!(register.len(), 59_793);
    check_register(&register);
    let in_qpv: BTreeMap<&str, bool> = register
        .iter()
        .map(|row| (row["ID_RPLS"].as_str(), row["QPV_CODE"].starts_with("QN")))
        .collect();
    let survey = households(out.path());
    near(share(&survey, |row| row["REPONDU"] == "1"), 85.0, 2.0, "response");
    let (inside, outside): (Vec<Record>, Vec<Record>) = survey
        .into_iter()
        .filter(|row| row["REPONDU"] == "1")
        .partition(|row| in_qpv[row["ID_RPLS"].as_str()]);
    let expected = [
        [18.0, 38.0, 60.0, 12.0, 44.0, 20.0, 13.0, 8.0, 27.0, 28.0, 44.0, 13.0, 17.0, 47.0, 20.0],
        [30.0, 52.0, 74.0, 6.0, 36.0, 25.0, 10.0, 15.0, 34.0, 24.0, 35.0, 14.0, 24.0, 58.0, 16.0],
    ];
    for (rows, expected) in [outside, inside].iter().zip(expected) {
        check_occupants(rows, expected);
    }
}

fn check_register(register: &[Record]) {
    near(share(register, |row| row["MODE"] == "1"), 97.0, 0.7, "let");
    near(share(register, |row| row["X"].is_empty()), 1.5, 0.6, "unplaced");
    near(share(register, |row| row["PLG_QP24"].starts_with("QN")), 30.0, 5.0, "QPV");
    near(share(register, |row| row["OPPOSITION"] == "1"), 5.0, 1.5, "opposed");
    check_landlords_oppose_whole(register);
    near(share(register, |row| row["BAIL"].ends_with("2023")), 8.0, 2.0, "mobility");
    let real = |row: &&Record| row["SURFHAB"] != "999" && row["LOYERPRINC"] != "9999";
    let sum =
        |column: &str| register.iter().filter(real).map(|row| metres(&row[column])).sum::<f64>();
    near(sum("LOYERPRINC") / sum("SURFHAB"), 6.5, 0.5, "rent");
    let mut sizes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in register.iter().filter(|row| !row["X"].is_empty()) {
        *sizes.entry((&row["X"], &row["Y"])).or_default() += 1;
    }
    let sizes: Vec<usize> = sizes.into_values().collect();
    near(share(&sizes, |size| *size == 1), 42.5, 3.0, "one dwelling");
    near(share(&sizes, |size| (5..=10).contains(size)), 25.0, 3.0, "five to ten");
    assert!(sizes.iter().all(|size| *size <= 447));
    let of = |size| sizes.iter().filter(|found| **found == size).count();
    assert!(of(10) > 2 * of(9), "the spike at ten");
}

fn check_occupants(rows: &[Record], expected: [f64; 15]) {
    let income: Vec<f64> = rows
        .iter()
        .filter(|row| !row["PCT_PLAFOND"].is_empty() && row["PCT_PLAFOND"] != "9999")
        .map(|row| number(row, "PCT_PLAFOND"))
        .collect();
    let known: Vec<&Record> = rows.iter().filter(|row| !row["COMPO"].is_empty()).collect();
    let total = |column: &str| known.iter().map(|row| number(row, column)).sum::<f64>();
    let ages: Vec<f64> = rows
        .iter()
        .filter(|row| !row["AGE_TITULAIRE"].is_empty() && row["AGE_TITULAIRE"] != "999")
        .map(|row| number(row, "AGE_TITULAIRE"))
        .collect();
    let active: Vec<&Record> = rows.iter().filter(|row| !row["NB_STABLE"].is_empty()).collect();
    let adults = |columns: &[&str]| {
        let of = |row: &&Record| columns.iter().map(|column| number(row, column)).sum::<f64>();
        active.iter().map(of).sum::<f64>()
    };
    let all = adults(&["NB_STABLE", "NB_PRECAIRE", "NB_SANS_EMPLOI", "NB_AUTRE"]);
    let aided: Vec<&Record> = rows.iter().filter(|row| !row["APL"].is_empty()).collect();
    let leases: Vec<&Record> =
        rows.iter().filter(|row| !row["BAIL"].is_empty() && row["BAIL"] != "01/1900").collect();
    let composition = |code: &str| share(&known, |row| row["COMPO"] == code);
    let childless = share(&known, |row| row["COMPO"] == "COUPLE" && row["NB_ENFANTS"] == "0");
    let found = [
        share(&income, |value| *value < 20.0),
        share(&income, |value| *value < 40.0),
        share(&income, |value| *value < 60.0),
        share(&income, |value| *value >= 100.0),
        composition("SEUL"),
        composition("MONO"),
        childless,
        share(&known, |row| number(row, "NB_ENFANTS") >= 3.0),
        100.0 * total("NB_MINEURS") / total("NB_OCCUPANTS"),
        share(&ages, |age| *age >= 65.0),
        100.0 * adults(&["NB_STABLE"]) / all,
        100.0 * adults(&["NB_PRECAIRE"]) / all,
        100.0 * adults(&["NB_SANS_EMPLOI"]) / all,
        share(&aided, |row| row["APL"] == "1"),
        share(&leases, |row| row["BAIL"][3..] >= *"2022"),
    ];
    for (index, (found, expected)) in found.into_iter().zip(expected).enumerate() {
        near(found, expected, TOLERANCE, &format!("share {index}"));
    }
    // The share of items without an answer.
    for column in ["PCT_PLAFOND", "COMPO", "AGE_TITULAIRE", "NB_STABLE", "APL", "BAIL"] {
        near(share(rows, |row| row[column].is_empty()), 6.5, 4.0, column);
    }
}
