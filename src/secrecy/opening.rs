//! Whether a catalogue's regimes are what they are called: only then can one be opened.

use crate::domain::{Catalogue, Indicator, Kind, Opening, Regime};

/// Columns of the register that its open file does not have (CCH R411-3, arrêté du 5 janvier 2010).
pub(super) const RESTRICTED: [&str; 9] = [
    "ID_RPLS",
    "SIRET_BAILLEUR",
    "MODE",
    "BAIL",
    "LOYERPRINC",
    "SURFHAB",
    "DATE_OFFRE",
    "CONTINGENT",
    "OPPOSITION",
];

/// A regime cannot be opened with this catalogue.
#[derive(Debug, thiserror::Error)]
pub enum BadOpening {
    #[error(
        "build.open, {opening} : « {entry} » ne porte pas sur les logements du répertoire entier ; \
         l'ouvrir dirait de quoi se compose son univers"
    )]
    Universe { opening: Opening, entry: String },
    #[error(
        "build.open, {opening} : « {entry} » lit {column}, une donnée restreinte du répertoire"
    )]
    Column { opening: Opening, entry: String, column: &'static str },
    #[error(
        "build.open, {opening} : « {indicator} » relève de l'enquête (ops) et compte des logements ; \
         une commune ouverte le montrerait"
    )]
    Survey { opening: Opening, indicator: String },
}

/// Whether an opening would show what its regime names, and nothing else.
pub(super) fn check(opening: Opening, catalogue: &Catalogue) -> Result<(), BadOpening> {
    match opening {
        Opening::RplsOuvert => check_open_data(opening, catalogue),
        Opening::Communes => {
            let is_survey = |indicator: &&Indicator| {
                let universe = catalogue.universe_index(&indicator.universe);
                let kind = universe.map(|index| catalogue.universes()[index].kind);
                indicator.regime == Regime::Ops && kind == Some(Kind::Logement)
            };
            match catalogue.indicators().iter().find(is_survey) {
                Some(Indicator { id, .. }) => {
                    Err(BadOpening::Survey { opening, indicator: id.clone() })
                }
                None => Ok(()),
            }
        }
    }
}

/// Open data are sums over the whole register, of its open columns.
fn check_open_data(opening: Opening, catalogue: &Catalogue) -> Result<(), BadOpening> {
    let indicators = catalogue.indicators().iter();
    let open: Vec<&Indicator> =
        indicators.filter(|indicator| indicator.regime == Regime::RplsOuvert).collect();
    let outside = |entry: &String| BadOpening::Universe { opening, entry: entry.clone() };
    let Some(root) = catalogue.universes().first() else { return Ok(()) };
    if root.kind != Kind::Logement {
        return Err(outside(&root.id));
    }
    if let Some(indicator) = open.iter().find(|indicator| indicator.universe != root.id) {
        return Err(outside(&indicator.id));
    }
    let formulas =
        open.iter().flat_map(|own| [(&own.id, &own.numerator), (&own.id, &own.denominator)]);
    for (entry, formula) in std::iter::once((&root.id, &root.filter)).chain(formulas) {
        let mut words = formula.split(|other: char| !other.is_alphanumeric() && other != '_');
        let column = words.find_map(|word| RESTRICTED.into_iter().find(|own| *own == word));
        if let Some(column) = column {
            return Err(BadOpening::Column { opening, entry: entry.clone(), column });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of the built-in catalogue once it is changed.
    #[track_caller]
    fn check_refused(opening: Opening, from: &str, to: &str, expected: &str) {
        let text = include_str!("../../data/catalogue.toml");
        assert!(text.contains(from), "{from}");
        let catalogue = Catalogue::from_toml(&text.replacen(from, to, 1)).unwrap();
        let said = check(opening, &catalogue).unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
    }

    #[test]
    fn the_built_in_catalogue_can_be_opened() {
        for opening in [Opening::RplsOuvert, Opening::Communes] {
            check(opening, &Catalogue::built_in()).unwrap();
        }
    }

    #[test]
    fn an_indicator_that_is_open_in_name_alone_stops_the_program() {
        let survey = "regime = \"ops\"\nuniverse = \"ressources\"";
        let open = "regime = \"rpls_ouvert\"\nuniverse = \"ressources\"";
        check_refused(Opening::RplsOuvert, survey, open, "res_inf20");
        let restricted = "regime = \"rpls_restreint\"";
        check_refused(Opening::RplsOuvert, restricted, "regime = \"rpls_ouvert\"", "loyer_m2");
        let (from, to) = ("numerator = \"NBPIECE = 1\"", "numerator = \"MODE = 1\"");
        check_refused(Opening::RplsOuvert, from, to, "« log_t1 » lit MODE");
        check_refused(Opening::RplsOuvert, "filter = \"1\"", "filter = \"MODE = 1\"", "MODE");
        check_refused(Opening::Communes, restricted, "regime = \"ops\"", "loyer_m2");
    }
}
