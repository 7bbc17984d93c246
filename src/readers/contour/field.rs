//! Which fields hold the code and the name of a zone, and codes as the files write them.

use super::problem::Problem;
use domain::{Scale, ZoneCode};

/// One attribute, as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Text(String),
    /// A whole number: it has lost the zeros its code began with.
    Number(String),
}

impl Cell {
    /// A number as text; `Null` where it is not whole.
    pub(super) fn number(value: f64) -> Cell {
        let whole = value.is_finite() && value.fract() == 0.0 && value.abs() < 1e15;
        if whole { Cell::Number(format!("{value:.0}")) } else { Cell::Null }
    }

    /// The text without surrounding spaces; `None` where there is none.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Cell::Null => None,
            Cell::Text(text) | Cell::Number(text) => {
                Some(text.trim_matches(|char: char| char.is_whitespace() || char == '\0'))
                    .filter(|text| !text.is_empty())
            }
        }
    }

    /// The code of a zone, with the zeros that a numeric field drops.
    pub(super) fn code(&self, scale: Scale) -> Option<ZoneCode> {
        let text = self.text()?;
        let padded = match (self, code_length(scale)) {
            (Cell::Number(_), Some(length)) => format!("{text:0>length$}"),
            _ => text.to_owned(),
        };
        padded.parse().ok()
    }
}

/// The least number of characters of a code of the scale, where it is fixed.
fn code_length(scale: Scale) -> Option<usize> {
    match scale {
        Scale::Commune | Scale::Arrondissement => Some(5),
        Scale::Iris | Scale::Epci | Scale::Ept => Some(9),
        Scale::Departement | Scale::Region => Some(2),
        Scale::Adresse | Scale::Carreau | Scale::Qpv | Scale::France => None,
    }
}

/// The places of the two fields among those of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fields {
    pub code: usize,
    /// Without a name, a zone is named by its code.
    pub name: Option<usize>,
}

/// Finds the fields that the configuration names, else those with an official name. Case does
/// not count: Shapefile and databases change it.
pub(super) fn choose(
    scale: Scale,
    code: Option<&str>,
    name: Option<&str>,
    there: &[String],
) -> Result<Fields, Problem> {
    let position =
        |wanted: &str| there.iter().position(|field| field.to_lowercase() == wanted.to_lowercase());
    let configured = |field: &str| {
        position(field)
            .ok_or_else(|| Problem::Field { field: field.to_owned(), there: there.to_vec() })
    };
    let official = |names: &[&str]| names.iter().find_map(|name| position(name));
    let code = match code {
        Some(field) => configured(field)?,
        None => official(code_names(scale))
            .ok_or_else(|| Problem::NoCodeField { scale, there: there.to_vec() })?,
    };
    let name = name.map(configured).transpose()?;
    Ok(Fields { code, name: name.or_else(|| official(name_names(scale))) })
}

/// Official names of the code: ADMIN EXPRESS, CONTOURS-IRIS, QPV, and their newer spellings.
fn code_names(scale: Scale) -> &'static [&'static str] {
    match scale {
        Scale::Commune => {
            &["insee_com", "code_insee", "codgeo", "depcom", "code_com", "com", "code"]
        }
        Scale::Iris => &["code_iris", "dcomiris", "codgeo", "code"],
        Scale::Qpv => &["code_qp", "code_qpv", "codgeo", "code"],
        Scale::Arrondissement => {
            &["insee_arm", "code_insee", "insee_com", "codgeo", "code_arm", "code"]
        }
        Scale::Epci => {
            &["code_siren", "siren_epci", "code_epci", "codgeo", "epci", "siren", "code"]
        }
        Scale::Ept => &["code_siren", "siren_ept", "code_ept", "codgeo", "ept", "siren", "code"],
        Scale::Departement => &["insee_dep", "code_insee", "code_dept", "codgeo", "dep", "code"],
        Scale::Region => &["insee_reg", "code_insee", "code_reg", "codgeo", "reg", "code"],
        Scale::Adresse | Scale::Carreau | Scale::France => &["code"],
    }
}

fn name_names(scale: Scale) -> &'static [&'static str] {
    match scale {
        Scale::Commune => {
            &["nom", "nom_officiel", "nom_com", "nom_commune", "libgeo", "libelle", "name"]
        }
        Scale::Iris => &["nom_iris", "lib_iris", "libiris", "libgeo", "nom", "libelle"],
        Scale::Qpv => &["lib_qp", "nom_qp", "lib_qpv", "libgeo", "nom", "libelle"],
        Scale::Arrondissement => &["nom", "nom_officiel", "nom_arm", "libgeo", "libelle"],
        Scale::Epci => &["nom", "nom_officiel", "nom_epci", "libepci", "libgeo", "libelle"],
        Scale::Ept => &["nom", "nom_officiel", "nom_ept", "libept", "libgeo", "libelle"],
        Scale::Departement => &["nom", "nom_officiel", "nom_dep", "nom_dept", "libgeo", "libelle"],
        Scale::Region => &["nom", "nom_officiel", "nom_reg", "libgeo", "libelle"],
        Scale::Adresse | Scale::Carreau | Scale::France => &["nom"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(scale: Scale, there: &[&str], expected: Option<(usize, Option<usize>)>) {
        let there: Vec<String> = there.iter().map(|&name| name.to_owned()).collect();
        let found = choose(scale, None, None, &there).ok();
        assert_eq!(found.map(|fields| (fields.code, fields.name)), expected);
    }

    #[test]
    fn official_fields_are_found_in_any_case_and_order() {
        check(Scale::Commune, &["ID", "NOM", "NOM_M", "INSEE_COM"], Some((3, Some(1))));
        check(
            Scale::Commune,
            &["cleabs", "code_insee", "nom_officiel", "code_siren"],
            Some((1, Some(2))),
        );
        check(Scale::Iris, &["INSEE_COM", "NOM_COM", "CODE_IRIS", "NOM_IRIS"], Some((2, Some(3))));
        check(Scale::Epci, &["cleabs", "code_siren", "nom_officiel"], Some((1, Some(2))));
        check(Scale::Qpv, &["Code_QP"], Some((0, None)));
        check(Scale::Qpv, &["fid"], None);
    }

    #[test]
    fn a_field_that_is_asked_for_must_be_there() {
        let there = ["A".to_owned(), "B".to_owned()];
        let error = choose(Scale::Commune, Some("C"), None, &there).unwrap_err().to_string();
        assert!(error.contains("« C »") && error.contains("A, B"), "{error}");
        assert!(choose(Scale::Commune, Some("a"), Some("Z"), &there).is_err());
        let fields = choose(Scale::Commune, Some("a"), Some("b"), &there).unwrap();
        assert_eq!(fields, Fields { code: 0, name: Some(1) });
    }

    #[test]
    fn a_numeric_code_gets_its_zeros_back() {
        let code = |cell: Cell, scale| cell.code(scale).map(|code| code.to_string());
        assert_eq!(code(Cell::number(1004.0), Scale::Commune).unwrap(), "01004");
        assert_eq!(code(Cell::number(1.0), Scale::Departement).unwrap(), "01");
        assert_eq!(code(Cell::number(971.0), Scale::Departement).unwrap(), "971");
        assert_eq!(code(Cell::Text(" 95018 ".into()), Scale::Commune).unwrap(), "95018");
        assert_eq!(code(Cell::number(1.5), Scale::Commune), None);
        assert_eq!(code(Cell::Text("  ".into()), Scale::Commune), None);
        assert_eq!(code(Cell::Null, Scale::Commune), None);
    }
}
