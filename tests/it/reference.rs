//! The protection on the households that the reference figures were computed from.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::territory::{Territory, rows};
use super::util::shared;
use super::val_doise::{REGISTER, points};

/// Share of the reference households in zones of 11 or more, in %: what a plain threshold would
/// show, and no protection can exceed. The last is what this one must not fall under.
const SHARES: [(&str, f64, f64); 8] = [
    ("adresse", 66.59, 55.0),
    ("grappe", 100.0, 97.0),
    ("carreau", 97.74, 94.0),
    ("iris", 99.93, 99.0),
    ("qpv", 100.0, 99.0),
    ("commune", 99.94, 99.0),
    ("epci", 100.0, 99.9),
    ("departement", 100.0, 100.0),
];

#[test]
fn the_reference_households_stay_visible_up_to_the_bound_of_the_threshold() {
    let Some(territory) = points() else { return };
    put_reference_households(&territory, &shared().unwrap());
    territory.build();
    let certificate = territory.document("certificate.json");
    let visible = |scale: &str| {
        let entry = |list: &serde_json::Value, key: &str, id: &str| {
            list.as_array().unwrap().iter().find(|entry| entry[key] == id).unwrap().clone()
        };
        let scale = entry(&certificate["scales"], "scale", scale);
        entry(&scale["universes"], "universe", "repondants")["visible"].as_u64().unwrap()
    };
    assert_eq!(visible("france"), 109_086);
    for (scale, bound, least) in SHARES {
        // Not every household lies in a QPV: there the share is that of those who do.
        let all = if scale == "qpv" { in_qpv(&territory) } else { 109_086 };
        let share = visible(scale) as f64 * 100.0 / all as f64;
        assert!(share <= bound + 0.005, "{scale}: {share} % is over the bound of {bound} %");
        assert!(share >= least, "{scale}: {share} % of households are visible");
    }
}

/// The households that responded in every QPV, from the rows.
fn in_qpv(territory: &Territory) -> u64 {
    let answered: BTreeSet<String> =
        rows(&territory.input().join("ops_2024.csv")).map(|row| row["ID_RPLS"].clone()).collect();
    let dwellings = rows(&territory.input().join(REGISTER));
    dwellings
        .filter(|row| row["PLG_QP24"].starts_with("QN") && answered.contains(&row["ID_RPLS"]))
        .count() as u64
}

/// Replaces the invented occupants: so many households of each point responded, in its first
/// dwellings, and every dwelling is let.
fn put_reference_households(territory: &Territory, folder: &Path) {
    let points = rows(&folder.join("val-doise/points_rpls_2025.csv"));
    let reference = rows(&folder.join("val-doise/reference_households.csv"));
    let path = territory.input().join(REGISTER);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let mut survey = fs::read_to_string(territory.input().join("ops_2024.csv")).unwrap();
    survey.truncate(survey.find('\n').unwrap() + 1);
    let empty = ";".repeat(survey.matches(';').count() - 3);
    // One household answers everything: a column that nobody answers stops the build.
    let header_of_survey = survey.trim_end().to_owned();
    let mut answers = header_of_survey.split(';').skip(4).map(|column| match column {
        "BAIL" => ";03/2015",
        "COMPO" => ";SEUL",
        "PCT_PLAFOND" => ";50",
        "AGE_TITULAIRE" => ";45",
        "NB_OCCUPANTS" | "NB_STABLE" | "APL" => ";1",
        _ => ";0",
    });
    let mut dwellings = rows(&path);
    let mut header = None;
    for (point, reference) in points.zip(reference) {
        assert_eq!(point["ID"], reference["ID"]);
        let households: u64 = reference["MENAGES"].parse().unwrap();
        for number in 0..point["NB_LOGEMENTS"].parse().unwrap() {
            let mut row = dwellings.next().unwrap();
            assert_eq!(row["DEPCOM"], point["DEPCOM"]);
            row.insert("MODE".into(), "1".into());
            let line = |cells: Vec<&String>| {
                cells.iter().map(|cell| cell.as_str()).collect::<Vec<_>>().join(";") + "\n"
            };
            header.get_or_insert_with(|| {
                packed.write_all(line(row.keys().collect()).as_bytes()).unwrap();
            });
            packed.write_all(line(row.values().collect()).as_bytes()).unwrap();
            if number < households {
                let said: String = answers.by_ref().collect();
                let said = if said.is_empty() { &empty } else { &said };
                survey += &format!("2024;{};1;1{said}\n", row["ID_RPLS"]);
            }
        }
    }
    assert!(dwellings.next().is_none());
    fs::write(path, packed.finish().unwrap()).unwrap();
    fs::write(territory.input().join("ops_2024.csv"), survey).unwrap();
}
