//! Narrowing a selection by what everybody who sees a zone knows of it: code, name, communes, place. No
//! filter reads a figure: what is secret could be told by which zones a comparison keeps.

use std::cell::Cell;

use super::FeatureError;
use super::cql::Expression;
use super::meets::meets;
use super::row::read_shape;
use super::store::Table;
use domain::{Fault, HasFault};

/// A column that a filter may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queryable {
    /// The code of the zone.
    Code,
    /// Its name.
    Nom,
    /// The codes of its communes.
    Communes,
}

impl Queryable {
    /// Every one.
    pub const ALL: [Queryable; 3] = [Queryable::Code, Queryable::Nom, Queryable::Communes];

    /// The name of the column.
    pub fn name(self) -> &'static str {
        match self {
            Queryable::Code => "code",
            Queryable::Nom => "nom",
            Queryable::Communes => "communes",
        }
    }

    pub(super) fn named(name: &str) -> Option<Queryable> {
        Queryable::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// A part of the world in degrees: one box, or two on both sides of the antimeridian.
#[derive(Clone, Debug, PartialEq)]
pub struct Area(Vec<[f64; 4]>);

/// Numbers that are no box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("ce n'est pas une emprise")]
pub struct BadBox;

impl HasFault for BadBox {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

impl Area {
    /// West, south, east, north; with six numbers the heights, third and sixth, say nothing. Where west is
    /// more than east the box lies across the antimeridian. What is beyond the world is left out.
    ///
    /// # Errors
    /// [`BadBox`] for another count, what is no number, or south beyond north.
    pub fn new(numbers: &[f64]) -> Result<Area, BadBox> {
        let (west, south, east, north) = match *numbers {
            [west, south, east, north] => (west, south, east, north),
            [west, south, low, east, north, high] if low <= high => (west, south, east, north),
            _ => return Err(BadBox),
        };
        if !numbers.iter().all(|number| number.is_finite()) || south > north {
            return Err(BadBox);
        }
        if west <= east {
            return Ok(Area(vec![[west, south, east, north]]));
        }
        if !(-180.0..=180.0).contains(&west) || !(-180.0..=180.0).contains(&east) {
            return Err(BadBox);
        }
        Ok(Area(vec![[west, south, 180.0, north], [-180.0, south, east, north]]))
    }

    /// Whether a zone of the table has a point in it.
    fn has(&self, table: &Table, row: usize) -> Result<bool, FeatureError> {
        let [west, south, east, north] = table.index().bounds(row);
        let mut touched = Vec::with_capacity(2);
        for around in &self.0 {
            if around[0] <= west && around[1] <= south && around[2] >= east && around[3] >= north {
                return Ok(true);
            }
            let apart =
                around[0] > east || around[1] > north || around[2] < west || around[3] < south;
            if !apart {
                touched.push(*around);
            }
        }
        if touched.is_empty() {
            return Ok(false);
        }
        let bytes = read_shape(table, row)?;
        Ok(bytes.geometry().is_some_and(|own| touched.iter().any(|around| meets(&own, *around))))
    }
}

/// One thing that a zone must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A column is this text.
    Is(Queryable, String),
    /// It has a point in a part of the world.
    In(Area),
    /// An expression is true of it.
    Cql(Expression),
}

/// Everything that a zone must be.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    conditions: Vec<Condition>,
    text: String,
}

impl Filter {
    /// All of these; `text` is how it was asked for, the same for the same conditions.
    pub fn new(conditions: Vec<Condition>, text: String) -> Filter {
        Filter { conditions, text }
    }

    /// Whether it keeps everything.
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// How it was asked for.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a zone of the table is all of it.
    pub(super) fn keeps(&self, table: &Table, row: usize) -> Result<bool, FeatureError> {
        let failed = Cell::new(None);
        let index = table.index();
        let text = |column: Queryable| match column {
            Queryable::Code => Some(index.code(row)),
            Queryable::Nom => index.nom(row),
            Queryable::Communes => index.communes(row),
        };
        let is_in = |area: &Area| {
            area.has(table, row).unwrap_or_else(|error| {
                failed.set(Some(error));
                false
            })
        };
        let kept = self.conditions.iter().all(|condition| match condition {
            Condition::Is(column, own) => text(*column) == Some(own),
            Condition::In(area) => is_in(area),
            Condition::Cql(expression) => expression.holds(&text, &is_in) == Some(true),
        });
        match failed.take() {
            Some(error) => Err(error),
            None => Ok(kept),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Area, BadBox};

    #[test]
    fn a_box_is_four_numbers_or_six_and_may_lie_across_the_antimeridian() {
        let boxes = |numbers: &[f64]| Area::new(numbers).map(|area| area.0);
        assert_eq!(boxes(&[1.0, 2.0, 3.0, 4.0]), Ok(vec![[1.0, 2.0, 3.0, 4.0]]));
        assert_eq!(boxes(&[1.0, 2.0, -9.0, 3.0, 4.0, 9.0]), Ok(vec![[1.0, 2.0, 3.0, 4.0]]));
        assert_eq!(boxes(&[-200.0, -95.0, 200.0, 95.0]), Ok(vec![[-200.0, -95.0, 200.0, 95.0]]));
        let across = vec![[170.0, -10.0, 180.0, 10.0], [-180.0, -10.0, -170.0, 10.0]];
        assert_eq!(boxes(&[170.0, -10.0, -170.0, 10.0]), Ok(across));
        for numbers in [
            &[][..],
            &[1.0, 2.0, 3.0],
            &[1.0, 2.0, 3.0, 4.0, 5.0],
            &[1.0, 4.0, 3.0, 2.0],
            &[1.0, 2.0, 9.0, 3.0, 4.0, 0.0],
            &[190.0, 2.0, 170.0, 4.0],
            &[1.0, f64::NAN, 3.0, 4.0],
            &[1.0, 2.0, f64::INFINITY, 4.0],
        ] {
            assert_eq!(boxes(numbers), Err(BadBox), "{numbers:?}");
        }
    }
}
