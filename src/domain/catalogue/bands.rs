//! How the figures of a family add up, which decides what one of them tells of another (`protect/RULES.md`,
//! R10). A catalogue declares it (`adds_up`, `sum_of`); what it declares is proved from the formulas, since
//! a family that does not add up as it says would be kept back where nothing has to be, and shown
//! where a subtraction tells it.

use std::collections::BTreeSet;

use super::{BadCatalogue, Catalogue, Extremes, Indicator};
use crate::Scale;
use crate::fault::{Fault, HasFault};
use crate::formula::Expression;

/// The figures of a family, by their places among the indicators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bands {
    /// Those that add up to their denominator; the only one where it stands alone.
    pub parts: Vec<usize>,
    /// Sums of some of them, each with its parts, by their places in `parts`.
    pub sums: Vec<(usize, Vec<usize>)>,
    /// Whether the parts are the whole; a figure that stands alone is not.
    pub are_whole: bool,
}

/// Why no figure of a family can be kept back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum NoBands {
    #[error("tous ses indicateurs ne sont pas des parts, avec numérateur et dénominateur")]
    NotShares,
    #[error(
        "elle a plusieurs indicateurs, et le catalogue ne dit pas qu'ils s'additionnent (adds_up, sum_of) : \
         l'un dirait l'autre"
    )]
    Unknown,
    #[error(
        "un indicateur d'une autre famille lit les mêmes colonnes, sur le même univers : il la dirait ; le \
         mettre dans cette famille, si elle s'additionne encore"
    )]
    Told,
    #[error(
        "un univers compte les mêmes ménages que l'un de ses indicateurs : son effectif le dirait"
    )]
    Counted,
}

impl HasFault for NoBands {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

impl Catalogue {
    /// How the figures of a family add up.
    ///
    /// # Errors
    /// [`NoBands`] where the catalogue does not say it, or a figure of the family is told elsewhere.
    pub fn bands(&self, family: &str) -> Result<Bands, NoBands> {
        let own = |at: &usize| self.indicators[*at].family == family;
        let members: Vec<usize> = (0..self.indicators.len()).filter(own).collect();
        let adds_up = self.families.iter().any(|own| own.id == family && own.adds_up);
        let is_share = |at: &usize| {
            let own = &self.indicators[*at];
            own.unit.is_share() && !own.ratio_alone
        };
        if !members.iter().all(is_share) {
            return Err(NoBands::NotShares);
        }
        if members.len() > 1 && !adds_up {
            return Err(NoBands::Unknown);
        }
        if self.is_told(&members) {
            return Err(NoBands::Told);
        }
        if self.is_counted(&members) {
            return Err(NoBands::Counted);
        }
        let (parts, sums): (Vec<usize>, Vec<usize>) =
            members.into_iter().partition(|at| self.indicators[*at].sum_of.is_empty());
        let place = |id: &String| parts.iter().position(|at| self.indicators[*at].id == *id);
        let sums = sums
            .into_iter()
            .map(|at| (at, self.indicators[at].sum_of.iter().filter_map(place).collect()));
        Ok(Bands { sums: sums.collect(), are_whole: adds_up, parts })
    }

    /// Whether another indicator of their universe reads a column that these count.
    fn is_told(&self, indicators: &[usize]) -> bool {
        let read = self.counted(indicators);
        let universe = |at: usize| &self.indicators[at].universe;
        (0..self.indicators.len()).filter(|at| !indicators.contains(at)).any(|at| {
            indicators.first().is_some_and(|&own| universe(own) == universe(at))
                && !self.counted(&[at]).is_disjoint(&read)
        })
    }

    /// The columns that numerators read.
    fn counted(&self, indicators: &[usize]) -> BTreeSet<String> {
        let numerators = indicators.iter().map(|at| &self.indicators[*at].numerator);
        numerators
            .filter_map(|own| Expression::parse(own).ok())
            .flat_map(|own| names(&own))
            .collect()
    }

    /// Whether a universe's own condition asks for nothing but what these indicators count: its count
    /// is shown whatever they say.
    fn is_counted(&self, indicators: &[usize]) -> bool {
        let read = self.counted(indicators);
        self.universes.iter().any(|universe| {
            let Ok(filter) = Expression::parse(&universe.filter) else { return true };
            filter.conjuncts().into_iter().any(|condition| {
                let asked = names(condition);
                !asked.is_empty() && asked.is_subset(&read)
            })
        })
    }

    /// Whether zones of a scale have a column of marks for an indicator.
    pub fn has_marks(&self, indicator: &Indicator, scale: Scale) -> bool {
        let family = self.families.iter().find(|own| own.id == indicator.family);
        family.is_some_and(|own| !own.extremes.is_off())
            && scale.has_marks()
            && self.offers(indicator, scale)
    }

    /// The same catalogue with the extremes of its families kept back as `of` says by their ids.
    pub fn with_extremes(mut self, of: impl Fn(&str) -> Extremes) -> Catalogue {
        self.families.iter_mut().for_each(|own| own.extremes = of(&own.id));
        self
    }
}

/// The columns whose value a formula reads, beyond whether there is one.
fn names(formula: &Expression) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    formula.names(&mut |name, only_known| {
        if !only_known {
            found.insert(name.to_owned());
        }
    });
    found
}

/// What a catalogue cites: the parts of a sum are bands of its own family, which adds up.
pub(super) fn check_cited(catalogue: &Catalogue) -> Result<(), BadCatalogue> {
    for own in &catalogue.indicators {
        let is_band = |id: &String| {
            catalogue.indicators.iter().any(|other| {
                other.id == *id && other.family == own.family && other.sum_of.is_empty()
            })
        };
        let adds_up = catalogue.families.iter().any(|one| one.id == own.family && one.adds_up);
        let distinct: BTreeSet<&String> = own.sum_of.iter().collect();
        if let Some(to) = own.sum_of.iter().find(|id| !is_band(id)) {
            return Err(BadCatalogue::Unknown { from: own.id.clone(), to: to.clone() });
        }
        let bands = catalogue
            .indicators
            .iter()
            .filter(|other| other.family == own.family && other.sum_of.is_empty());
        let is_all = distinct.len() == bands.count();
        if !own.sum_of.is_empty() && (!adds_up || is_all || distinct.len() != own.sum_of.len()) {
            return Err(BadCatalogue::SumOf(own.id.clone()));
        }
    }
    Ok(())
}

/// Proves from the formulas that families add up as they say, over one universe and for the same readers.
pub(super) fn check_sums(catalogue: &Catalogue) -> Result<(), BadCatalogue> {
    for family in catalogue.families.iter().filter(|own| own.adds_up) {
        let own = |at: &usize| catalogue.indicators[*at].family == family.id;
        let members: Vec<usize> = (0..catalogue.indicators.len()).filter(own).collect();
        let Some(first) = members.first().map(|at| &catalogue.indicators[*at]) else { continue };
        let alike = members.iter().map(|at| &catalogue.indicators[*at]).all(|one| {
            one.universe == first.universe
                && one.denominator == first.denominator
                && one.audiences == first.audiences
                && one.unit.is_share()
        });
        if !alike || !(add_up(catalogue, &members, banded) || add_up(catalogue, &members, summed)) {
            return Err(BadCatalogue::AddsUp(family.id.clone()));
        }
    }
    Ok(())
}

/// A numerator or denominator of a family that is being proved.
type Proved<'a> = (&'a Catalogue, usize, &'a [Expression], &'a Expression);

/// Whether `is_sum` proves that the parts are the whole, and each sum that of its parts.
fn add_up(catalogue: &Catalogue, members: &[usize], is_sum: fn(Proved<'_>) -> bool) -> bool {
    let read = |text: &str| Expression::parse(text).ok();
    let numerator = |at: usize| read(&catalogue.indicators[at].numerator);
    let proved = |parts: Vec<Option<Expression>>, whole: Option<Expression>| {
        let parts: Option<Vec<Expression>> = parts.into_iter().collect();
        let universe = catalogue.universe_of(members[0]);
        parts.zip(whole).is_some_and(|(parts, whole)| is_sum((catalogue, universe, &parts, &whole)))
    };
    let is_part = |at: &usize| catalogue.indicators[*at].sum_of.is_empty();
    let parts = members.iter().copied().filter(is_part);
    proved(parts.map(numerator).collect(), read(&catalogue.indicators[members[0]].denominator))
        && members.iter().filter(|at| !is_part(at)).all(|at| {
            let named = catalogue.indicators[*at].sum_of.iter().map(|id| {
                let mut own = catalogue.indicators.iter();
                own.position(|one| one.id == *id).and_then(numerator)
            });
            proved(named.collect(), numerator(*at))
        })
}

/// Conditions on one column, compared with constants: they add up to the whole at every value, since
/// nothing changes between two constants that are compared.
fn banded((_, _, parts, whole): Proved<'_>) -> bool {
    let mut columns = BTreeSet::new();
    let mut constants = BTreeSet::from([0]);
    for formula in parts.iter().chain([whole]) {
        columns.extend(names(formula));
        constants_of(formula, &mut constants);
    }
    let at = |formula: &Expression, value: i64| value_at(formula, value);
    columns.len() == 1
        && constants.iter().flat_map(|own| [own - 1, *own, own + 1]).all(|value| {
            let sum: Option<i64> = parts.iter().map(|part| at(part, value)).sum();
            sum.is_some() && sum == at(whole, value)
        })
}

fn constants_of(formula: &Expression, found: &mut BTreeSet<i64>) {
    match formula {
        Expression::Integer(value) => {
            found.insert(i64::from(*value));
        }
        Expression::Not(inner) => constants_of(inner, found),
        Expression::And(left, right)
        | Expression::Or(left, right)
        | Expression::Compare(left, _, right) => {
            constants_of(left, found);
            constants_of(right, found);
        }
        Expression::In(value, list) => {
            constants_of(value, found);
            list.iter().for_each(|own| constants_of(own, found));
        }
        _ => {}
    }
}

/// What a formula over one column, which has a value, is where it has this one. `None` for
/// what more than comparisons with constants decides.
fn value_at(formula: &Expression, value: i64) -> Option<i64> {
    let of = |inner: &Expression| value_at(inner, value);
    let operand = |inner: &Expression| match inner {
        Expression::Name(_) => Some(value),
        Expression::Integer(constant) => Some(i64::from(*constant)),
        _ => None,
    };
    Some(match formula {
        Expression::Integer(constant) => i64::from(*constant),
        Expression::Not(inner) => i64::from(of(inner)? == 0),
        Expression::And(left, right) => i64::from(of(left)? != 0 && of(right)? != 0),
        Expression::Or(left, right) => i64::from(of(left)? != 0 || of(right)? != 0),
        Expression::Compare(left, comparison, right) => {
            i64::from(comparison.holds(operand(left)?, operand(right)?))
        }
        Expression::In(inner, list) => {
            let (own, list) = (operand(inner)?, list.iter().map(operand));
            i64::from(list.collect::<Option<Vec<i64>>>()?.contains(&own))
        }
        _ => return None,
    })
}

/// Sums of columns: the whole is their sum by its writing, or by a condition that every member of the
/// universe meets.
fn summed((catalogue, universe, parts, whole): Proved<'_>) -> bool {
    let mut terms = Vec::new();
    if !parts.iter().all(|own| terms_of(own, &mut terms)) {
        return false;
    }
    terms.sort_unstable();
    let is_sum = |formula: &Expression| {
        let mut own = Vec::new();
        let is_read = terms_of(formula, &mut own);
        own.sort_unstable();
        is_read && own == terms
    };
    is_sum(whole) || equals(catalogue, universe, &is_sum, whole)
}

/// Whether a universe, or one that contains it, asks that a sum equals the whole.
fn equals(
    catalogue: &Catalogue,
    universe: usize,
    is_sum: &dyn Fn(&Expression) -> bool,
    whole: &Expression,
) -> bool {
    let filter = Expression::parse(&catalogue.universes[universe].filter);
    filter.is_ok_and(|filter| {
        filter.conjuncts().into_iter().any(|own| match own {
            Expression::Compare(left, crate::formula::Comparison::Equal, right) => {
                (is_sum(left) && **right == *whole) || (is_sum(right) && **left == *whole)
            }
            _ => false,
        })
    }) || catalogue.parents(universe).iter().any(|&above| equals(catalogue, above, is_sum, whole))
}

/// The columns that a formula adds up; `false` where it does anything else.
fn terms_of<'e>(formula: &'e Expression, terms: &mut Vec<&'e str>) -> bool {
    match formula {
        Expression::Name(name) => {
            terms.push(name);
            true
        }
        Expression::Add(left, right) => terms_of(left, terms) && terms_of(right, terms),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
