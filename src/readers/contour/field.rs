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
        let padded = match (self, scale.code_length()) {
            (Cell::Number(_), Some(length)) => format!("{text:0>length$}"),
            _ => text.to_owned(),
        };
        padded.parse().ok()
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
    let (code_names, name_names) = scale.fields();
    let code = match code {
        Some(field) => configured(field)?,
        None => official(code_names)
            .ok_or_else(|| Problem::NoCodeField { scale, there: there.to_vec() })?,
    };
    let name = name.map(configured).transpose()?;
    Ok(Fields { code, name: name.or_else(|| official(name_names)) })
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
        check(Scale::COMMUNE, &["ID", "NOM", "NOM_M", "INSEE_COM"], Some((3, Some(1))));
        check(
            Scale::COMMUNE,
            &["cleabs", "code_insee", "nom_officiel", "code_siren"],
            Some((1, Some(2))),
        );
        check(Scale::IRIS, &["INSEE_COM", "NOM_COM", "CODE_IRIS", "NOM_IRIS"], Some((2, Some(3))));
        check(Scale::EPCI, &["cleabs", "code_siren", "nom_officiel"], Some((1, Some(2))));
        check(Scale::QPV, &["Code_QP"], Some((0, None)));
        check(Scale::QPV, &["fid"], None);
    }

    #[test]
    fn a_field_that_is_asked_for_must_be_there() {
        let there = ["A".to_owned(), "B".to_owned()];
        let error = choose(Scale::COMMUNE, Some("C"), None, &there).unwrap_err().to_string();
        assert!(error.contains("« C »") && error.contains("A, B"), "{error}");
        assert!(choose(Scale::COMMUNE, Some("a"), Some("Z"), &there).is_err());
        let fields = choose(Scale::COMMUNE, Some("a"), Some("b"), &there).unwrap();
        assert_eq!(fields, Fields { code: 0, name: Some(1) });
    }

    #[test]
    fn a_numeric_code_gets_its_zeros_back() {
        let code = |cell: Cell, scale| cell.code(scale).map(|code| code.to_string());
        assert_eq!(code(Cell::number(1004.0), Scale::COMMUNE).unwrap(), "01004");
        assert_eq!(code(Cell::number(1.0), Scale::DEPARTEMENT).unwrap(), "01");
        assert_eq!(code(Cell::number(971.0), Scale::DEPARTEMENT).unwrap(), "971");
        assert_eq!(code(Cell::Text(" 95018 ".into()), Scale::COMMUNE).unwrap(), "95018");
        assert_eq!(code(Cell::number(1.5), Scale::COMMUNE), None);
        assert_eq!(code(Cell::Text("  ".into()), Scale::COMMUNE), None);
        assert_eq!(code(Cell::Null, Scale::COMMUNE), None);
    }
}
