//! Names of the zones above the communes.

use domain::{COUNTRY, Group};

use super::official::Official;

/// INSEE, code officiel géographique: `code;nom`.
const DEPARTEMENTS: &str = include_str!("../../data/departements.csv");
const REGIONS: &str = include_str!("../../data/regions.csv");

/// The name of a group of communes; `None` for a code that no table knows.
pub fn of<'a>(official: &'a Official, group: Group, code: &str) -> Option<&'a str> {
    let listed = |table: &'static str| {
        table.lines().skip(1).find_map(|line| line.strip_prefix(code)?.strip_prefix(';'))
    };
    match group {
        Group::Epci => official.epci().epci_name(code),
        Group::Ept => official.epci().ept_name(code),
        Group::Departement => listed(DEPARTEMENTS),
        Group::Region => listed(REGIONS),
        Group::Country => (code == COUNTRY).then_some("France"),
    }
}
