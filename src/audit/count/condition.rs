//! The auditor's own reading of a formula: its tree, evaluated over one record. The syntax, and what a
//! missing value does, is `domain::formula`'s.

use domain::columns::{CONSTANTS, Column, IN_QPV};
use domain::formula::{BadSyntax, Comparison, Expression};
use domain::{Fault, HasFault, Kind};
use readers::table::{MISSING, TableSchema};

/// A formula of the catalogue means nothing.
#[derive(Debug, thiserror::Error)]
#[error("catalogue, « {entry} » : {problem}")]
pub struct BadFormula {
    entry: String,
    problem: Problem,
}

impl HasFault for BadFormula {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Syntax(#[from] BadSyntax),
    #[error("« {0} » n'est ni une colonne du schéma ni un nom connu")]
    Name(String),
    #[error("« {0} » n'est pas une valeur de la colonne à laquelle on la compare")]
    Code(String),
}

/// The values of one record: those of a dwelling, and of the household in it if it is about one.
pub struct Record<'r> {
    pub dwelling: &'r [i32],
    pub household: &'r [i32],
}

/// Where the value of a column stands in a record.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Dwelling(usize),
    Household(usize),
}

impl Slot {
    fn value(self, record: &Record<'_>) -> Option<i64> {
        let value = match self {
            Slot::Dwelling(at) => record.dwelling[at],
            Slot::Household(at) => record.household[at],
        };
        (value != MISSING).then_some(i64::from(value))
    }
}

/// A formula whose names are places.
#[derive(Clone, Debug)]
pub enum Bound {
    Number(i64),
    Value(At),
    Known(At),
    Not(Box<Bound>),
    Add(Box<Bound>, Box<Bound>),
    Subtract(Box<Bound>, Box<Bound>),
    Compare(Box<Bound>, Comparison, Box<Bound>),
    In(Box<Bound>, Vec<Bound>),
    And(Box<Bound>, Box<Bound>),
    Or(Box<Bound>, Box<Bound>),
}

/// A place that only [`Names`] gives.
#[derive(Clone, Copy, Debug)]
pub struct At(Slot);

impl Bound {
    /// Its value, or `None` where that is not known. The syntax bounds its length, so no sum of
    /// 32-bit values leaves 64 bits.
    pub fn value(&self, record: &Record<'_>) -> Option<i64> {
        match self {
            Bound::Number(number) => Some(*number),
            Bound::Value(at) => at.0.value(record),
            Bound::Known(at) => Some(at.0.value(record).is_some().into()),
            Bound::Not(inner) => Some((inner.value(record)? == 0).into()),
            Bound::Add(left, right) => Some(left.value(record)? + right.value(record)?),
            Bound::Subtract(left, right) => Some(left.value(record)? - right.value(record)?),
            Bound::Compare(left, comparison, right) => {
                Some(comparison.holds(left.value(record)?, right.value(record)?).into())
            }
            Bound::In(value, list) => {
                let value = value.value(record)?;
                let mut all_known = true;
                for entry in list {
                    match entry.value(record) {
                        Some(entry) if entry == value => return Some(1),
                        Some(_) => {}
                        None => all_known = false,
                    }
                }
                all_known.then_some(0)
            }
            Bound::And(left, right) => match (left.value(record), right.value(record)) {
                (Some(0), _) | (_, Some(0)) => Some(0),
                (Some(_), Some(_)) => Some(1),
                _ => None,
            },
            Bound::Or(left, right) => match (left.value(record), right.value(record)) {
                (Some(one), _) | (_, Some(one)) if one != 0 => Some(1),
                (Some(_), Some(_)) => Some(0),
                _ => None,
            },
        }
    }

    /// Whether it is known and not 0.
    pub fn holds(&self, record: &Record<'_>) -> bool {
        self.value(record).is_some_and(|value| value != 0)
    }
}

/// Gives each column that formulas read a place among the values of a record.
#[derive(Debug)]
pub struct Names {
    year: i32,
    dwelling: Vec<String>,
    household: Vec<String>,
}

impl Names {
    pub fn new(vintage: u16) -> Names {
        Names { year: vintage.into(), dwelling: Vec::new(), household: Vec::new() }
    }

    /// The columns of a dwelling that formulas read, in the order of its values.
    pub fn dwelling(&self) -> &[String] {
        &self.dwelling
    }

    /// Those of a household.
    pub fn household(&self) -> &[String] {
        &self.household
    }

    /// Reads the formula of an entry of the catalogue, over the records of a kind.
    pub fn bind(&mut self, entry: &str, text: &str, kind: Kind) -> Result<Bound, BadFormula> {
        let bad = |problem| BadFormula { entry: entry.to_owned(), problem };
        let expression = Expression::parse(text).map_err(|problem| bad(problem.into()))?;
        self.tree(&expression, kind).map_err(bad)
    }

    fn tree(&mut self, expression: &Expression, kind: Kind) -> Result<Bound, Problem> {
        Ok(match expression {
            Expression::Integer(value) => Bound::Number((*value).into()),
            Expression::Code { name, code } => Bound::Number(number(name.as_deref(), code, kind)?),
            Expression::Name(name) => match CONSTANTS.iter().position(|own| own == name) {
                Some(0) => Bound::Number(i64::from(self.year) * 12),
                Some(_) => Bound::Number(self.year.into()),
                None => Bound::Value(self.place(name, kind)?),
            },
            Expression::Known(name) => Bound::Known(self.place(name, kind)?),
            Expression::Not(inner) => Bound::Not(self.tree(inner, kind)?.into()),
            Expression::In(value, list) => {
                let value = self.tree(value, kind)?.into();
                let list = list.iter().map(|entry| self.tree(entry, kind));
                Bound::In(value, list.collect::<Result<_, _>>()?)
            }
            Expression::Add(left, right) => {
                Bound::Add(self.tree(left, kind)?.into(), self.tree(right, kind)?.into())
            }
            Expression::Subtract(left, right) => {
                Bound::Subtract(self.tree(left, kind)?.into(), self.tree(right, kind)?.into())
            }
            Expression::Compare(left, how, right) => {
                let (left, right) = (self.tree(left, kind)?, self.tree(right, kind)?);
                Bound::Compare(left.into(), *how, right.into())
            }
            Expression::And(left, right) => {
                Bound::And(self.tree(left, kind)?.into(), self.tree(right, kind)?.into())
            }
            Expression::Or(left, right) => {
                Bound::Or(self.tree(left, kind)?.into(), self.tree(right, kind)?.into())
            }
        })
    }

    fn place(&mut self, name: &str, kind: Kind) -> Result<At, Problem> {
        let unknown = || Problem::Name(name.to_owned());
        let column = Column::named(name, kind).ok_or_else(unknown)?;
        let is_made = column.kind == Kind::Logement && column.name == IN_QPV;
        if !is_made && schema(column.kind).integer(&column.name).is_none() {
            return Err(unknown());
        }
        let known = match column.kind {
            Kind::Logement => &mut self.dwelling,
            Kind::Menage => &mut self.household,
        };
        let at = known.iter().position(|own| *own == column.name).unwrap_or(known.len());
        if at == known.len() {
            known.push(column.name);
        }
        Ok(At(match column.kind {
            Kind::Logement => Slot::Dwelling(at),
            Kind::Menage => Slot::Household(at),
        }))
    }
}

/// The integer that stands for a code of the column it is compared to.
fn number(name: Option<&str>, code: &str, kind: Kind) -> Result<i64, Problem> {
    let column = name.and_then(|name| Column::named(name, kind));
    let value = column.and_then(|column| {
        let schema = schema(column.kind);
        schema.code(schema.integer(&column.name)?, code)
    });
    value.map(i64::from).ok_or_else(|| Problem::Code(code.to_owned()))
}

fn schema(kind: Kind) -> &'static TableSchema {
    match kind {
        Kind::Logement => TableSchema::dwellings(),
        Kind::Menage => TableSchema::households(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of a formula over a dwelling of three rooms whose year is not known.
    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        let mut names = Names::new(2024);
        let bound = names.bind("essai", text, Kind::Logement).unwrap();
        let value = |name: &String| match name.as_str() {
            "NBPIECE" => 3,
            "TYPECONST_CODE" => TableSchema::dwellings()
                .integer(name)
                .and_then(|column| TableSchema::dwellings().code(column, "C"))
                .unwrap(),
            _ => MISSING,
        };
        let dwelling: Vec<i32> = names.dwelling().iter().map(value).collect();
        assert_eq!(
            bound.value(&Record { dwelling: &dwelling, household: &[] }),
            expected,
            "{text}"
        );
    }

    #[test]
    fn what_is_missing_decides_nothing_that_the_rest_decides() {
        check("NBPIECE - 1", Some(2));
        check("CONSTRUCT - 1", None);
        check("NBPIECE = 3 && TYPECONST_CODE = 'C'", Some(1));
        check("NBPIECE < 3 && CONSTRUCT > 2000", Some(0));
        check("CONSTRUCT > 2000 && NBPIECE < 3", Some(0));
        check("CONSTRUCT > 2000 && NBPIECE = 3", None);
        check("CONSTRUCT > 2000 || NBPIECE = 3", Some(1));
        check("NBPIECE = 3 || CONSTRUCT > 2000", Some(1));
        check("CONSTRUCT > 2000 || NBPIECE < 3", None);
        check("!known(CONSTRUCT) || CONSTRUCT > 2000", Some(1));
        check("NBPIECE in (1, CONSTRUCT, 3)", Some(1));
        check("NBPIECE in (1, CONSTRUCT)", None);
        check("NBPIECE in (1, 2)", Some(0));
        check("REFERENCE - VINTAGE", Some(2024 * 11));
        check("!(NBPIECE >= 3)", Some(0));
    }

    #[test]
    fn a_name_that_no_file_has_is_refused() {
        for text in ["NOTHING = 1", "NBPIECE = 'Z'", "LOGEMENT.NBPIECE = 1", "A +"] {
            assert!(Names::new(2024).bind("essai", text, Kind::Logement).is_err(), "{text}");
        }
        let mut names = Names::new(2024);
        names.bind("essai", "LOGEMENT.NBPIECE = 1 && BAIL > 3", Kind::Menage).unwrap();
        assert_eq!(
            (names.dwelling(), names.household()),
            (&["NBPIECE".into()][..], &["BAIL".into()][..])
        );
    }
}
