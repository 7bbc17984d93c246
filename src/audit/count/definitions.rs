//! Universes and indicators of a catalogue as one record meets them.

use domain::{Catalogue, Kind};

use super::condition::{BadFormula, Bound, Names, Record};
use super::{BadCount, Mask};

/// The catalogue for one vintage, over the columns that its formulas read.
pub struct Definitions {
    names: Names,
    universes: Vec<Universe>,
    indicators: Vec<Indicator>,
    kinds: Vec<Kind>,
    columns: usize,
}

struct Universe {
    kind: Kind,
    parents: Mask,
    /// What the dwelling must be, and what the record must be; `None` for what always holds.
    eligible: Option<Bound>,
    filter: Option<Bound>,
}

struct Indicator {
    id: String,
    universe: usize,
    sums: [Sum; 2],
}

/// A numerator or a denominator.
enum Sum {
    /// The same for every record: it follows from the number of members.
    Constant(i64),
    Of {
        bound: Bound,
        column: usize,
    },
}

/// Where a sum of an indicator is found.
pub enum Found {
    /// So many times the members of a universe.
    Times { factor: i64, universe: usize },
    /// A column of [`super::Totals`].
    Column(usize),
}

impl Definitions {
    pub fn new(catalogue: &Catalogue, vintage: u16) -> Result<Definitions, BadFormula> {
        let mut names = Names::new(vintage);
        let mut universes = Vec::new();
        for (place, universe) in catalogue.universes().iter().enumerate() {
            let condition = catalogue.condition(universe);
            let eligible =
                condition.map(|text| names.bind(&universe.id, text, Kind::Logement)).transpose()?;
            let filter = names.bind(&universe.id, &universe.filter, universe.kind)?;
            let parents = catalogue.parents(place).iter();
            universes.push(Universe {
                kind: universe.kind,
                parents: parents.fold(0, |all, parent| all | 1 << parent),
                eligible,
                filter: Some(filter).filter(|filter| !matches!(filter, Bound::Number(1))),
            });
        }
        let mut columns = 0;
        let mut indicators = Vec::new();
        for (place, indicator) in catalogue.indicators().iter().enumerate() {
            let universe = catalogue.universe_of(place);
            let mut sum = |text: &str| {
                let bound = names.bind(&indicator.id, text, universes[universe].kind)?;
                if let Bound::Number(factor) = bound {
                    return Ok(Sum::Constant(factor));
                }
                columns += 1;
                Ok(Sum::Of { bound, column: columns - 1 })
            };
            let sums = [sum(&indicator.numerator)?, sum(&indicator.denominator)?];
            indicators.push(Indicator { id: indicator.id.clone(), universe, sums });
        }
        let kinds = universes.iter().map(|universe| universe.kind).collect();
        Ok(Definitions { names, universes, indicators, kinds, columns })
    }

    /// The columns of a dwelling, in the order of its values.
    pub fn dwelling_columns(&self) -> &[String] {
        self.names.dwelling()
    }

    /// Those of a household.
    pub fn household_columns(&self) -> &[String] {
        self.names.household()
    }

    /// The kind of record that each universe counts.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Columns of sums.
    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn indicators(&self) -> usize {
        self.indicators.len()
    }

    /// Where the numerator (0) or the denominator (1) of an indicator is found.
    pub fn found(&self, indicator: usize, which: usize) -> Found {
        let own = &self.indicators[indicator];
        match own.sums[which] {
            Sum::Constant(factor) => Found::Times { factor, universe: own.universe },
            Sum::Of { column, .. } => Found::Column(column),
        }
    }

    /// The universes that a record is in: those of its dwelling, and for a household its own.
    pub fn members(&self, kind: Kind, record: &Record<'_>) -> Mask {
        let mut mask: Mask = 0;
        for (at, universe) in self.universes.iter().enumerate() {
            let is_met = universe.kind == Kind::Logement || kind == Kind::Menage;
            let holds =
                |own: &Option<Bound>| own.as_ref().is_none_or(|condition| condition.holds(record));
            let is_member = is_met
                && mask & universe.parents == universe.parents
                && holds(&universe.eligible)
                && holds(&universe.filter);
            mask |= Mask::from(is_member) << at;
        }
        mask
    }

    /// Calls `add` with every sum that a record of a kind adds to and what it adds.
    ///
    /// # Errors
    /// [`BadCount::Unknown`] names an indicator that has no value of a member.
    pub fn add(
        &self,
        kind: Kind,
        mask: Mask,
        record: &Record<'_>,
        mut add: impl FnMut(usize, i64),
    ) -> Result<(), BadCount> {
        for indicator in &self.indicators {
            if mask >> indicator.universe & 1 == 0 || self.kinds[indicator.universe] != kind {
                continue;
            }
            for sum in &indicator.sums {
                let Sum::Of { bound, column } = sum else { continue };
                match bound.value(record) {
                    Some(0) => {}
                    Some(value) => add(*column, value),
                    None => return Err(BadCount::Unknown(indicator.id.clone())),
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use readers::table::MISSING;

    use super::*;

    /// The universes of the built-in catalogue that a household is in, and its dwelling alone.
    fn members(dwelling: &[(&str, i32)], household: &[(&str, i32)]) -> [Vec<String>; 2] {
        let catalogue = Catalogue::built_in();
        let definitions = Definitions::new(&catalogue, 2024).unwrap();
        let of = |names: &[String], values: &[(&str, i32)]| -> Vec<i32> {
            let value = |name: &String| values.iter().find(|own| own.0 == name.as_str());
            names.iter().map(|name| value(name).map_or(MISSING, |own| own.1)).collect()
        };
        let dwelling = of(definitions.dwelling_columns(), dwelling);
        let household = of(definitions.household_columns(), household);
        let ids = |kind, household: &[i32]| {
            let mask = definitions.members(kind, &Record { dwelling: &dwelling, household });
            let all = catalogue.universes().iter().enumerate();
            let own = all.filter(|(at, _)| mask >> at & 1 == 1);
            own.map(|(_, universe)| universe.id.clone()).collect()
        };
        [ids(Kind::Menage, &household), ids(Kind::Logement, &[])]
    }

    #[test]
    fn a_household_is_in_the_universes_of_its_dwelling_and_its_own() {
        let lease = 2024 * 12 - 30;
        let dwelling = [("NBPIECE", 2), ("MODE", 1), ("OPPOSITION", 1), ("BAIL", lease)];
        let household = [("ENQUETE", 1), ("REPONDU", 1), ("AGE_TITULAIRE", 40), ("BAIL", lease)];
        let [own, of_dwelling] = members(&dwelling, &household);
        let has = |list: &[String], id: &str| list.iter().any(|own| own == id);
        for id in ["logements", "logements_pieces", "menages", "repondants", "age", "bail"] {
            assert!(has(&own, id), "{id} in {own:?}");
            assert_eq!(has(&of_dwelling, id), id.starts_with("logements"), "{id}");
        }
        // Opposed, of too few rooms, with no known income, not moved in recently.
        for id in ["logements_no", "logements_trois_pieces", "ressources", "emmenages", "age_emm"] {
            assert!(!has(&own, id), "{id} in {own:?}");
        }
    }

    #[test]
    fn nobody_is_below_what_they_are_not_in() {
        let catalogue = Catalogue::built_in();
        let [own, _] = members(&[("NBPIECE", 4)], &[("REPONDU", 1), ("AGE_TITULAIRE", 40)]);
        assert!(!own.contains(&"menages".to_owned()) && !own.contains(&"age".to_owned()));
        for id in &own {
            let at = catalogue.universe_index(id).unwrap();
            let parents = &catalogue.universes()[at].parents;
            assert!(parents.iter().all(|parent| own.contains(parent)), "{id}");
        }
    }
}
