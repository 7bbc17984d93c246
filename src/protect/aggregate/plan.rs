//! The catalogue, compiled: which columns it reads, and what one record adds to which sum.

use std::cell::RefCell;

use domain::columns::{CONSTANTS, OF_DWELLING as DWELLING};
use domain::{Catalogue, Fault, HasFault, Kind};
use ingest::IN_QPV;
use readers::table::{MISSING, TableSchema};

use super::formula::{BadFormula, Formula, Names};
use super::tallies::Membership;

/// A formula of the catalogue cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("catalogue, « {entry} » : {problem}")]
pub struct BadPlan {
    entry: String,
    problem: BadFormula,
}

impl HasFault for BadPlan {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// The compiled catalogue.
pub struct Plan {
    dwelling_columns: Vec<String>,
    household_columns: Vec<String>,
    universes: Vec<CompiledUniverse>,
    indicators: Vec<CompiledIndicator>,
}

struct CompiledUniverse {
    kind: Kind,
    parents: Vec<usize>,
    /// The conditions over a record of the universe's own kind: its filter, and its eligibility.
    conditions: Vec<Formula>,
    /// For a universe of dwellings, the same conditions over a household's record.
    seen_from_household: Vec<Formula>,
}

struct CompiledIndicator {
    universe: usize,
    numerator: Formula,
    denominator: Formula,
}

impl Plan {
    /// Compiles every formula of the catalogue for one vintage.
    ///
    /// # Errors
    /// [`BadPlan`] for a formula that cannot be read, or that names what no column is called.
    pub fn compile(catalogue: &Catalogue, vintage: u16) -> Result<Plan, BadPlan> {
        let dwelling = Layout::new(Kind::Logement, vintage);
        let household = Layout::new(Kind::Menage, vintage);
        let layout = |kind: Kind| if kind == Kind::Logement { &dwelling } else { &household };
        let read = |entry: &str, text: &str, names: &dyn Names| {
            Formula::parse(text, names).map_err(|problem| BadPlan { entry: entry.into(), problem })
        };
        let mut universes = Vec::new();
        for (place, universe) in catalogue.universes().iter().enumerate() {
            let own = |text: &str, names: &dyn Names| read(&universe.id, text, names);
            let through = ThroughDwelling(&household);
            let eligible = catalogue.condition(universe);
            let mut conditions = vec![own(&universe.filter, layout(universe.kind))?];
            let mut seen_from_household = Vec::new();
            if universe.kind == Kind::Logement {
                for text in [Some(universe.filter.as_str()), eligible].into_iter().flatten() {
                    seen_from_household.push(own(text, &through)?);
                }
            }
            if let Some(text) = eligible {
                conditions.push(match universe.kind {
                    Kind::Logement => own(text, &dwelling)?,
                    Kind::Menage => own(text, &through)?,
                });
            }
            universes.push(CompiledUniverse {
                kind: universe.kind,
                parents: catalogue.parents(place).to_vec(),
                conditions,
                seen_from_household,
            });
        }
        let mut indicators = Vec::new();
        for (place, indicator) in catalogue.indicators().iter().enumerate() {
            let universe = catalogue.universe_of(place);
            let names = layout(universes[universe].kind);
            indicators.push(CompiledIndicator {
                universe,
                numerator: read(&indicator.id, &indicator.numerator, names)?,
                denominator: read(&indicator.id, &indicator.denominator, names)?,
            });
        }
        let household_columns = household.names.into_inner();
        // A dwelling's column that only households read is kept in the register all the same.
        for column in household_columns.iter().filter_map(|name| Plan::of_dwelling(name)) {
            dwelling.slot(column);
        }
        let dwelling_columns = dwelling.names.into_inner();
        Ok(Plan { dwelling_columns, household_columns, universes, indicators })
    }

    /// The columns of a dwelling's slots, in order; one may be [`IN_QPV`].
    pub fn dwelling_columns(&self) -> &[String] {
        &self.dwelling_columns
    }

    /// The columns of a household's slots, in order; those of its dwelling begin with `LOGEMENT.`
    /// ([`Plan::of_dwelling`]).
    pub fn household_columns(&self) -> &[String] {
        &self.household_columns
    }

    /// The dwelling's column that a household's column names, if it is one.
    pub fn of_dwelling(column: &str) -> Option<&str> {
        column.strip_prefix(DWELLING)
    }

    /// Number of universes.
    pub fn universes(&self) -> usize {
        self.universes.len()
    }

    /// Number of indicators.
    pub fn indicators(&self) -> usize {
        self.indicators.len()
    }

    /// The universes that a record of `kind` belongs to; a household to those of its dwelling too.
    /// Calls `add` with each indicator of those of its kind: its numerator and its denominator, or
    /// `None` where one of both is not known.
    pub fn contribute(
        &self,
        kind: Kind,
        slots: &[i32],
        stack: &mut Vec<i64>,
        mut add: impl FnMut(usize, Option<(i64, i64)>),
    ) -> Membership {
        let mut members: Membership = 0;
        for (index, universe) in self.universes.iter().enumerate() {
            let conditions = match (kind, universe.kind) {
                (Kind::Menage, Kind::Logement) => &universe.seen_from_household,
                (Kind::Logement, Kind::Menage) => continue,
                _ => &universe.conditions,
            };
            let is_member = universe.parents.iter().all(|&parent| members >> parent & 1 == 1)
                && conditions.iter().all(|own| own.holds(slots, MISSING, stack));
            members |= Membership::from(is_member) << index;
        }
        for (index, indicator) in self.indicators.iter().enumerate() {
            let universe = indicator.universe;
            if members >> universe & 1 == 0 || self.universes[universe].kind != kind {
                continue;
            }
            let numerator = indicator.numerator.value(slots, MISSING, stack);
            let denominator = indicator.denominator.value(slots, MISSING, stack);
            add(index, numerator.zip(denominator));
        }
        members
    }

    /// The kind of each universe's records.
    pub fn kinds(&self) -> Vec<Kind> {
        self.universes.iter().map(|universe| universe.kind).collect()
    }
}

/// Gives a slot to each column the first time a formula names it.
struct Layout {
    kind: Kind,
    /// The month of 1 January of the vintage, and its year.
    constants: [(&'static str, i32); 2],
    names: RefCell<Vec<String>>,
}

impl Layout {
    fn new(kind: Kind, vintage: u16) -> Self {
        let year = i32::from(vintage);
        let constants = [(CONSTANTS[0], year * 12), (CONSTANTS[1], year)];
        Layout { kind, constants, names: RefCell::new(Vec::new()) }
    }

    /// The kind of record a name belongs to, and its column.
    fn split<'n>(&self, name: &'n str) -> (Kind, &'n str) {
        match name.strip_prefix(DWELLING) {
            Some(column) if self.kind == Kind::Menage => (Kind::Logement, column),
            _ => (self.kind, name),
        }
    }
}

impl Names for Layout {
    fn slot(&self, name: &str) -> Option<usize> {
        let (kind, column) = self.split(name);
        let is_known =
            (kind == Kind::Logement && column == IN_QPV) || schema(kind).integer(column).is_some();
        is_known.then(|| {
            let mut names = self.names.borrow_mut();
            names.iter().position(|known| known == name).unwrap_or_else(|| {
                names.push(name.to_owned());
                names.len() - 1
            })
        })
    }

    fn code(&self, column: &str, code: &str) -> Option<i32> {
        let (kind, column) = self.split(column);
        schema(kind).code(schema(kind).integer(column)?, code)
    }

    fn constant(&self, name: &str) -> Option<i32> {
        self.constants.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

fn schema(kind: Kind) -> &'static TableSchema {
    match kind {
        Kind::Logement => TableSchema::dwellings(),
        Kind::Menage => TableSchema::households(),
    }
}

/// A dwelling's formula, read from a household's record.
struct ThroughDwelling<'a>(&'a Layout);

impl Names for ThroughDwelling<'_> {
    fn slot(&self, name: &str) -> Option<usize> {
        self.0.slot(&format!("{DWELLING}{name}"))
    }

    fn code(&self, column: &str, code: &str) -> Option<i32> {
        self.0.code(&format!("{DWELLING}{column}"), code)
    }

    fn constant(&self, name: &str) -> Option<i32> {
        self.0.constant(name)
    }
}
