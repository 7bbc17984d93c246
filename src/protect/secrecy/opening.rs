//! Whether a catalogue's regimes are what they are called: only then can one be opened.

use domain::columns::{Column, EXEMPT, Seen};
use domain::formula::Expression;
use domain::{Catalogue, Fault, HasFault, Indicator, Kind, Opening, Regime};

/// A regime cannot be opened with this catalogue.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum BadOpening {
    #[error(
        "build.open, {opening} : « {entry} » porte sur des logements que les données publiques ne \
         désignent pas ; l'ouvrir dirait de quoi se compose son univers"
    )]
    Universe { opening: Opening, entry: String },
    #[error(
        "build.open, {opening} : « {entry} » lit {column}, une donnée restreinte du répertoire"
    )]
    Column { opening: Opening, entry: String, column: String },
    #[error(
        "build.open, {opening} : le répertoire dit quels logements ne sont pas ouverts (SEM_EXONEREE), et \
         leur nombre se lirait dans celui de tous ; ne pas ouvrir ce régime"
    )]
    Exempt { opening: Opening },
    #[error(
        "build.open, {opening} : « {indicator} » relève de l'enquête (ops) et compte des logements ; \
         une commune ouverte le montrerait"
    )]
    Survey { opening: Opening, indicator: String },
}

impl HasFault for BadOpening {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// Whether an opening would show what its regime names, and nothing else.
pub(super) fn check(opening: Opening, catalogue: &Catalogue) -> Result<(), BadOpening> {
    match opening {
        Opening::RplsOuvert => check_open_data(opening, catalogue),
        Opening::Communes => {
            let is_survey = |(place, indicator): &(usize, &Indicator)| {
                let universe = &catalogue.universes()[catalogue.universe_of(*place)];
                indicator.regime == Regime::Ops && universe.kind == Kind::Logement
            };
            match catalogue.indicators().iter().enumerate().find(is_survey) {
                Some((_, Indicator { id, .. })) => {
                    Err(BadOpening::Survey { opening, indicator: id.clone() })
                }
                None => Ok(()),
            }
        }
    }
}

/// Open data are sums of open columns, over dwellings that open columns point at.
fn check_open_data(opening: Opening, catalogue: &Catalogue) -> Result<(), BadOpening> {
    let all = catalogue.indicators().iter().enumerate();
    for (place, indicator) in all.filter(|(_, own)| own.regime == Regime::RplsOuvert) {
        let entry = indicator.id.clone();
        if !catalogue.is_open(catalogue.universe_of(place)) {
            return Err(BadOpening::Universe { opening, entry });
        }
        for formula in [&indicator.numerator, &indicator.denominator] {
            let mut hidden = None;
            if let Ok(formula) = Expression::parse(formula) {
                formula.names(&mut |name, _| {
                    let column = Column::named(name, Kind::Logement);
                    hidden = hidden.take().or(column.filter(|own| own.seen() != Seen::ByAll));
                });
            }
            if let Some(Column { name: column, .. }) = hidden {
                return Err(BadOpening::Column { opening, entry, column });
            }
        }
    }
    // The count of all dwellings would be opened with those of the open ones.
    if catalogue.dwelling_columns().contains(EXEMPT) {
        return Err(BadOpening::Exempt { opening });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of the built-in catalogue once it is changed.
    #[track_caller]
    fn check_refused(opening: Opening, from: &str, to: &str, expected: &str) {
        let text = include_str!("../../../data/catalogue.toml");
        assert!(text.contains(from), "{from}");
        let catalogue = Catalogue::from_toml(&text.replacen(from, to, 1)).unwrap();
        let said = check(opening, &catalogue).unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
    }

    #[test]
    fn the_built_in_catalogue_can_be_opened() {
        let absent = [EXEMPT.to_owned()].into();
        let usual = Catalogue::built_in().without(&absent).unwrap().catalogue;
        for opening in [Opening::RplsOuvert, Opening::Communes] {
            check(opening, &usual).unwrap();
        }
        // Where some dwellings are not open data, their number would be opened with that of all.
        let said = check(Opening::RplsOuvert, &Catalogue::built_in()).unwrap_err().to_string();
        assert!(said.contains(EXEMPT), "{said}");
        check(Opening::Communes, &Catalogue::built_in()).unwrap();
    }

    #[test]
    fn an_indicator_that_is_open_in_name_alone_stops_the_program() {
        let survey = "regime = \"ops\"\nuniverse = \"ressources\"";
        let open = "regime = \"rpls_ouvert\"\nuniverse = \"ressources\"";
        check_refused(Opening::RplsOuvert, survey, open, "res_inf20");
        let restricted = "regime = \"rpls_restreint\"";
        check_refused(Opening::RplsOuvert, restricted, "regime = \"rpls_ouvert\"", "loyer_m2");
        let hidden = "numerator = \"known(OPPOSITION) && OPPOSITION = 1\"";
        let rooms = "numerator = \"NBPIECE = 1\"";
        check_refused(Opening::RplsOuvert, rooms, hidden, "« log_t1 » lit OPPOSITION");
        let root = "filter = \"known(OPPOSITION)\"";
        check_refused(Opening::RplsOuvert, "filter = \"1\"", root, "« log_t1 » porte sur");
        check_refused(Opening::Communes, restricted, "regime = \"ops\"", "loyer_m2");
    }
}
