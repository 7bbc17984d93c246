//! Records from the register in memory and from the files of households, evaluated on all cores in
//! batches and added up one after the other.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use domain::Kind;
use readers::reject::Rejections;
use readers::table::{self, Block, IntegerColumn, TableSchema};

use super::condition::Record;
use super::members::Gathered;
use crate::source::{BadSource, Placed, Register};

use super::{BadCount, Definitions, Mask, Members, Totals};

/// Records that are evaluated before they are added up, and those that one thread takes.
const BATCH: usize = 1 << 16;
const PIECE: usize = 1 << 11;

/// Writes the values of a row, those of its dwelling and its own, and returns its atom, or `None` for
/// a row that was rejected.
type Reading<'r> = dyn Fn(usize, &mut Vec<i32>, &mut Vec<i32>) -> Option<u32> + Sync + 'r;

/// A count under way.
pub struct Counting<'d> {
    definitions: &'d Definitions,
    atoms: usize,
    dwellings: Gathered,
    households: Gathered,
    totals: Totals,
}

/// What some records add.
#[derive(Default)]
struct Added {
    members: Vec<(u32, Mask)>,
    sums: Vec<(u32, u32, i64)>,
    refused: Option<BadCount>,
}

impl<'d> Counting<'d> {
    pub fn new(definitions: &'d Definitions, atoms: usize) -> Counting<'d> {
        Counting {
            definitions,
            atoms,
            dwellings: Gathered::default(),
            households: Gathered::default(),
            totals: Totals::new(atoms, definitions.columns()),
        }
    }

    /// Counts every dwelling of the register.
    pub fn dwellings(&mut self, register: &Register, placed: &Placed) -> Result<(), BadCount> {
        self.add(Kind::Logement, register.len(), &|row, values, _| {
            values.extend(register.values(row));
            Some(placed.of(row as u32))
        })
    }

    /// Counts the households of the files. A row of another vintage, without a dwelling of the
    /// register, or of a dwelling that has a household, is rejected.
    pub fn households(
        &mut self,
        paths: &[PathBuf],
        vintage: u16,
        (register, placed): (&Register, &Placed),
        rejections: &mut Rejections,
        progress: &dyn Fn(&Path, u64),
    ) -> Result<(), BadCount> {
        let schema = TableSchema::households();
        let id = schema.text("ID_RPLS").expect("a column of the built-in schema");
        let year = schema.integer("MILLESIME").expect("a column of the built-in schema");
        let integer = |name: &String| schema.integer(name).expect("names are bound to columns");
        let own: Vec<IntegerColumn> =
            self.definitions.household_columns().iter().map(integer).collect();
        let mut taken = vec![false; register.len()];
        for path in paths {
            let mut refused = Vec::new();
            table::read::<BadCount>(
                schema,
                path,
                rejections,
                &|bytes| progress(path, bytes),
                &mut |block: Block| {
                    let dwellings: Vec<Option<u32>> = (0..block.rows())
                        .map(|row| {
                            let mut refuse = |column: &'static str, reason: &'static str| {
                                refused.push((block.line(row), column, reason));
                                None
                            };
                            if block.integers(year)[row] != i32::from(vintage) {
                                return refuse(
                                    "MILLESIME",
                                    "autre millésime que celui de l'édition",
                                );
                            }
                            let Some(dwelling) = register.dwelling(block.text(id, row)) else {
                                return refuse("ID_RPLS", "aucun logement de cet identifiant");
                            };
                            if taken[dwelling as usize] {
                                return refuse("ID_RPLS", "le logement a déjà un ménage");
                            }
                            taken[dwelling as usize] = true;
                            Some(dwelling)
                        })
                        .collect();
                    self.add(Kind::Menage, block.rows(), &|row, values, household| {
                        let dwelling = dwellings[row]?;
                        values.extend(register.values(dwelling as usize));
                        household.extend(own.iter().map(|column| block.integers(*column)[row]));
                        Some(placed.of(dwelling))
                    })
                },
            )?;
            for (line, column, reason) in refused {
                rejections.add(path, line, Some(column), reason).map_err(BadSource::from)?;
            }
        }
        Ok(())
    }

    /// Dwellings, households and sums of every atom.
    pub fn finish(self) -> (Members, Members, Totals) {
        (self.dwellings.count(self.atoms), self.households.count(self.atoms), self.totals)
    }

    /// Adds records of a kind.
    fn add(&mut self, kind: Kind, rows: usize, read: &Reading<'_>) -> Result<(), BadCount> {
        for first in (0..rows).step_by(BATCH) {
            let last = rows.min(first + BATCH);
            let pieces: Vec<usize> = (first..last).step_by(PIECE).collect();
            let evaluate = |from: usize| self.evaluate(kind, from..last.min(from + PIECE), read);
            let added: Vec<Added> = pieces.into_par_iter().map(evaluate).collect();
            for part in added {
                if let Some(error) = part.refused {
                    return Err(error);
                }
                let gathered = match kind {
                    Kind::Logement => &mut self.dwellings,
                    Kind::Menage => &mut self.households,
                };
                part.members.into_iter().for_each(|(atom, mask)| gathered.add(atom, mask));
                for (atom, column, value) in part.sums {
                    let sum = self.totals.add(atom, column as usize, value);
                    sum.ok_or(BadCount::Overflow)?;
                }
            }
        }
        Ok(())
    }

    fn evaluate(&self, kind: Kind, rows: std::ops::Range<usize>, read: &Reading<'_>) -> Added {
        let mut added = Added::default();
        let (mut dwelling, mut household) = (Vec::new(), Vec::new());
        for row in rows {
            dwelling.clear();
            household.clear();
            let Some(atom) = read(row, &mut dwelling, &mut household) else { continue };
            let record = Record { dwelling: &dwelling, household: &household };
            let mask = self.definitions.members(kind, &record);
            added.members.push((atom, mask));
            let sums = &mut added.sums;
            let result = self
                .definitions
                .add(kind, mask, &record, |column, value| sums.push((atom, column as u32, value)));
            added.refused = added.refused.or(result.err());
        }
        added
    }
}
