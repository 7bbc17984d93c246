//! Names of the zones above the communes.

use domain::Scale;

use super::official::Official;

/// INSEE, code officiel géographique: `code;nom`.
const DEPARTEMENTS: &str = include_str!("../../data/departements.csv");
const REGIONS: &str = include_str!("../../data/regions.csv");

/// The name of a zone of a reference scale; `None` for a code that no table knows.
pub fn of<'a>(official: &'a Official, scale: Scale, code: &str) -> Option<&'a str> {
    let listed = |table: &'static str| {
        table.lines().skip(1).find_map(|line| line.strip_prefix(code)?.strip_prefix(';'))
    };
    match scale {
        Scale::Epci => official.epci().epci_name(code),
        Scale::Ept => official.epci().ept_name(code),
        Scale::Departement => listed(DEPARTEMENTS),
        Scale::Region => listed(REGIONS),
        _ => None,
    }
}
