//! What the formulas of a catalogue read, held against what others see (`protect/RULES.md`, R1 and R2).
//!
//! Every contributor of a universe adds to the denominators of its indicators; a condition that open
//! columns decide is an eligibility; two universes that a visible column tells apart are one filter's;
//! a column that is not public has its items in one system; a sum of a public column is never printed.

use std::collections::{BTreeMap, BTreeSet};

use super::{BadCatalogue, Catalogue, Indicator, Kind};
use crate::columns::{Column, IN_QPV, Seen};
use crate::formula::{Comparison, Expression};

/// Refuses a catalogue whose thresholds would count others than those a figure speaks of.
pub(super) fn check(catalogue: &Catalogue) -> Result<(), BadCatalogue> {
    let conditions = eligibilities(catalogue)?;
    let mut members: Vec<Members> = Vec::new();
    for (place, universe) in catalogue.universes.iter().enumerate() {
        let filter = read(&universe.id, &universe.filter)?;
        let above = catalogue.parents(place);
        check_filter(catalogue, place, &filter, &members)?;
        let mut own = Members::of(universe.kind, &filter);
        above.iter().for_each(|&parent| own.add(&members[parent]));
        if let Some(condition) = universe.eligible.as_ref().and_then(|id| conditions.get(id)) {
            own.add(&Members::of(Kind::Logement, condition));
            condition
                .names(&mut |name, _| own.eligible.extend(Column::named(name, Kind::Logement)));
        }
        members.push(own);
    }
    let mut systems = vec![0; catalogue.universes.len()];
    for (system, universes) in catalogue.systems().iter().enumerate() {
        universes.iter().for_each(|&universe| systems[universe] = system);
    }
    let mut items: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for (place, indicator) in catalogue.indicators.iter().enumerate() {
        let index = catalogue.universe_of(place);
        let kind = catalogue.universes[index].kind;
        let numerator = read(&indicator.id, &indicator.numerator)?;
        let denominator = read(&indicator.id, &indicator.denominator)?;
        check_open(indicator, kind, (&numerator, &denominator), &members[index])?;
        check_whole(indicator, kind, (&numerator, &denominator), &members[index])?;
        for column in columns(kind, [&numerator, &denominator]) {
            if column.seen() == Seen::ByAll {
                continue;
            }
            let known =
                *items.entry(column.name.clone()).or_insert((systems[index], &indicator.id));
            if known.0 != systems[index] {
                let (one, other) = (known.1.to_owned(), indicator.id.clone());
                return Err(BadCatalogue::TwoSystems { one, other, column: column.name });
            }
        }
    }
    Ok(())
}

/// Whether open columns alone decide who is in a universe of dwellings.
pub(super) fn is_open(catalogue: &Catalogue, universe: usize) -> bool {
    let own = &catalogue.universes[universe];
    let reads_open = |text: &str| {
        Expression::parse(text).is_ok_and(|formula| {
            columns(own.kind, [&formula]).iter().all(|column| column.seen() == Seen::ByAll)
        })
    };
    let mut above = catalogue.parents(universe).iter();
    own.kind == Kind::Logement
        && reads_open(&own.filter)
        && above.all(|&parent| is_open(catalogue, parent))
}

fn read(entry: &str, text: &str) -> Result<Expression, BadCatalogue> {
    let bad = |problem| BadCatalogue::Formula { entry: entry.to_owned(), problem };
    Expression::parse(text).map_err(bad)
}

/// The conditions of the eligibilities: open columns alone, and never unknown.
fn eligibilities(catalogue: &Catalogue) -> Result<BTreeMap<String, Expression>, BadCatalogue> {
    let mut conditions = BTreeMap::new();
    for eligibility in &catalogue.eligibilities {
        let condition = read(&eligibility.id, &eligibility.condition)?;
        for column in columns(Kind::Logement, [&condition]) {
            if column.seen() != Seen::ByAll {
                let (eligibility, column) = (eligibility.id.clone(), column.name);
                return Err(BadCatalogue::NotOpen { eligibility, column });
            }
        }
        if !is_known(&condition, Kind::Logement, &BTreeSet::new()) {
            return Err(BadCatalogue::Undecided(eligibility.id.clone()));
        }
        conditions.insert(eligibility.id.clone(), condition);
    }
    Ok(conditions)
}

/// The columns that formulas read.
fn columns<'e>(kind: Kind, formulas: impl IntoIterator<Item = &'e Expression>) -> BTreeSet<Column> {
    let mut found = BTreeSet::new();
    for formula in formulas {
        formula.names(&mut |name, _| found.extend(Column::named(name, kind)));
    }
    found
}

/// A universe's own condition leaves to eligibilities what open columns decide, and makes a domain of
/// what another visible column decides among members who are all known to have a value there.
fn check_filter(
    catalogue: &Catalogue,
    own: usize,
    filter: &Expression,
    members: &[Members],
) -> Result<(), BadCatalogue> {
    let universe = &catalogue.universes[own];
    let mut reads: Vec<(Column, bool)> = Vec::new();
    filter.names(&mut |name, known| {
        reads.extend(Column::named(name, universe.kind).map(|column| (column, known)));
    });
    let is_open = |entry: &(Column, bool)| entry.0.seen() == Seen::ByAll;
    // Whether the open file has a value is a filter as long as nothing hidden is asked beside it.
    let asks_hidden = reads.iter().any(|entry| !is_open(entry));
    let decided = reads
        .iter()
        .find(|entry| is_open(entry) && (!entry.1 || universe.kind == Kind::Menage || asks_hidden));
    if let Some((column, _)) = decided {
        let (entry, column) = (universe.id.clone(), column.name.clone());
        return Err(BadCatalogue::OpenColumn { entry, column });
    }
    for &parent in catalogue.parents(own) {
        let wider = &catalogue.universes[parent];
        if wider.kind != universe.kind || catalogue.filter_of(own) == catalogue.filter_of(parent) {
            continue;
        }
        let told = reads.iter().find(|(column, known)| match (column.seen(), universe.kind) {
            (Seen::ByNone, _) => false,
            (_, Kind::Menage) if column.kind == Kind::Logement => true,
            _ => !known && members[parent].known.contains(column),
        });
        if let Some((column, _)) = told {
            let (from, to) = (universe.id.clone(), wider.id.clone());
            return Err(BadCatalogue::ToldApart { from, to, column: column.name.clone() });
        }
    }
    Ok(())
}

/// Every member of the universe counts in the indicator.
fn check_whole(
    indicator: &Indicator,
    kind: Kind,
    (numerator, denominator): (&Expression, &Expression),
    members: &Members,
) -> Result<(), BadCatalogue> {
    let is_positive = match denominator {
        Expression::Integer(value) => *value > 0,
        other => members.conditions.iter().any(|(own, condition)| {
            let Expression::Compare(left, comparison, right) = condition else { return false };
            let bound = match comparison {
                Comparison::More => Expression::Integer(0),
                Comparison::AtLeast => Expression::Integer(1),
                _ => return false,
            };
            *own == kind && **left == *other && **right == bound
        }),
    };
    let is_whole = is_positive
        && is_known(numerator, kind, &members.known)
        && is_known(denominator, kind, &members.known);
    if is_whole {
        return Ok(());
    }
    Err(BadCatalogue::Partial {
        indicator: indicator.id.clone(),
        universe: indicator.universe.clone(),
        denominator: indicator.denominator.clone(),
    })
}

/// What an indicator of households reads of the open register decides who can count, and is an
/// eligibility of its universe; a sum of an open column stays unprinted.
fn check_open(
    indicator: &Indicator,
    kind: Kind,
    formulas: (&Expression, &Expression),
    members: &Members,
) -> Result<(), BadCatalogue> {
    let both = [formulas.0, formulas.1];
    let open = |column: &Column| column.seen() == Seen::ByAll;
    if kind == Kind::Menage
        && let Some(column) = columns(kind, both)
            .into_iter()
            .find(|column| open(column) && !members.eligible.contains(column))
    {
        let (entry, column) = (indicator.id.clone(), column.name);
        return Err(BadCatalogue::OpenColumn { entry, column });
    }
    let sums = both.into_iter().filter(|formula| is_sum(formula));
    match columns(kind, sums).into_iter().find(open) {
        Some(column) if !indicator.ratio_alone => {
            Err(BadCatalogue::OpenSum { indicator: indicator.id.clone(), column: column.name })
        }
        _ => Ok(()),
    }
}

/// Whether a formula adds values up, rather than asking for a condition.
fn is_sum(formula: &Expression) -> bool {
    matches!(formula, Expression::Name(_) | Expression::Add(..) | Expression::Subtract(..))
}

/// What holds of every member of a universe.
#[derive(Default)]
struct Members {
    known: BTreeSet<Column>,
    conditions: Vec<(Kind, Expression)>,
    /// Columns that decide who is eligible.
    eligible: BTreeSet<Column>,
}

impl Members {
    fn of(kind: Kind, filter: &Expression) -> Members {
        Members {
            known: known_if(filter, kind, true),
            conditions: filter.conjuncts().into_iter().map(|own| (kind, own.clone())).collect(),
            eligible: BTreeSet::new(),
        }
    }

    fn add(&mut self, wider: &Members) {
        self.known.extend(wider.known.iter().cloned());
        self.conditions.extend(wider.conditions.iter().cloned());
        self.eligible.extend(wider.eligible.iter().cloned());
    }
}

/// The columns that have a value wherever a condition is true, or false.
fn known_if(condition: &Expression, kind: Kind, truth: bool) -> BTreeSet<Column> {
    let of = |inner: &Expression, truth| known_if(inner, kind, truth);
    match (condition, truth) {
        (Expression::Known(name), true) => Column::named(name, kind).into_iter().collect(),
        (Expression::Not(inner), truth) => of(inner, !truth),
        (Expression::And(left, right), true) | (Expression::Or(left, right), false) => {
            of(left, truth).into_iter().chain(of(right, truth)).collect()
        }
        (Expression::And(left, right), false) | (Expression::Or(left, right), true) => {
            of(left, truth).intersection(&of(right, truth)).cloned().collect()
        }
        (Expression::In(value, _), true) => columns(kind, [&**value]),
        (
            Expression::Name(_)
            | Expression::Add(..)
            | Expression::Subtract(..)
            | Expression::Compare(..),
            _,
        ) => columns(kind, [condition]),
        _ => BTreeSet::new(),
    }
}

/// Whether a formula has a value of every record that knows these columns.
fn is_known(formula: &Expression, kind: Kind, known: &BTreeSet<Column>) -> bool {
    let of = |inner: &Expression| is_known(inner, kind, known);
    // Where one side is false (of an "and") or true (of an "or"), the other does not matter.
    let either = |left: &Expression, right: &Expression, decides: bool| {
        let then = |first: &Expression, second: &Expression| {
            let mut more = known.clone();
            more.extend(known_if(first, kind, !decides));
            of(first) && is_known(second, kind, &more)
        };
        then(left, right) || then(right, left)
    };
    match formula {
        Expression::Integer(_) | Expression::Code { .. } | Expression::Known(_) => true,
        Expression::Name(name) => {
            Column::named(name, kind).is_none_or(|own| own.name == IN_QPV || known.contains(&own))
        }
        Expression::Not(inner) => of(inner),
        Expression::Add(left, right)
        | Expression::Subtract(left, right)
        | Expression::Compare(left, _, right) => of(left) && of(right),
        Expression::In(value, list) => of(value) && list.iter().all(of),
        Expression::And(left, right) => either(left, right, false),
        Expression::Or(left, right) => either(left, right, true),
    }
}
