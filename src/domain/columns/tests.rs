//! Tests of the columns.

use super::*;
use shared::shared;

#[track_caller]
fn check(name: &str, kind: Kind, expected: Seen) {
    assert_eq!(Column::named(name, kind).map(|column| column.seen()), Some(expected), "{name}");
}

#[test]
fn the_register_is_open_or_restricted_and_the_survey_seen_by_nobody() {
    for open in ["NBPIECE", "CONSTRUCT", "LOCAT", "SURFHAB", "DPEENERGIE", "PMR_CODE", IN_QPV] {
        check(open, Kind::Logement, Seen::ByAll);
    }
    for restricted in ["MODE", "BAIL", "LOYERPRINC", "DATE_OFFRE", "CONTINGENT", "OPPOSITION"] {
        check(restricted, Kind::Logement, Seen::BySome);
    }
    for survey in ["PCT_PLAFOND", "COMPO", "APL", "REPONDU", "AGE_TITULAIRE"] {
        check(survey, Kind::Menage, Seen::ByNone);
    }
    check("LOGEMENT.NBPIECE", Kind::Menage, Seen::ByAll);
    check("BAIL", Kind::Menage, Seen::BySome);
    assert_eq!(Column::named("REFERENCE", Kind::Menage), None);
}

#[test]
fn the_open_columns_are_those_of_the_published_file() {
    let Some(path) = shared("rpls_detail_2025_header.csv") else { return };
    let header = std::fs::read_to_string(path).unwrap();
    let published: Vec<&str> = header.trim().split(';').collect();
    // The file says which dwellings are exempt by leaving their rows out.
    let said_otherwise = [IN_QPV, EXEMPT];
    let columns = register().iter();
    for (name, open) in columns.filter(|entry| !said_otherwise.contains(&entry.0.as_str())) {
        assert_eq!(published.contains(&name.as_str()), *open, "{name}");
    }
}
