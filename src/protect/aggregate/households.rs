//! What every record adds: dwellings from the register in memory, households as they are read.

use std::path::{Path, PathBuf};

use domain::Kind;
use ingest::{Atoms, IngestError, Register};
use readers::reject::Rejections;
use readers::table::{self, Block, FileReport, IntegerColumn, TableSchema};

use super::plan::Plan;
use super::sums::AtomSums;

/// Zeros that a spreadsheet takes from the head of an identifier.
const MOST_ZEROS: usize = 4;

/// Adds every dwelling of the register to its atom.
pub fn add_dwellings(sums: &AtomSums, plan: &Plan, register: &Register, atoms: &Atoms) {
    let columns = plan.dwelling_columns().len();
    sums.add(Kind::Logement, register.len(), columns, |dwelling, slots| {
        for (column, slot) in slots.iter_mut().enumerate() {
            *slot = register.value(column, dwelling);
        }
        Some(atoms.of_dwelling(register, dwelling as u32))
    });
}

/// Reads the files of households, in order, and adds each kept row to the atom of its dwelling.
/// A row whose dwelling is unknown, or already has a household, or that is of another vintage, is
/// rejected. Nothing of a household outlives its block.
pub fn add_households(
    sums: &AtomSums,
    plan: &Plan,
    paths: &[PathBuf],
    vintage: u16,
    (register, atoms): (&Register, &Atoms),
    rejections: &mut Rejections,
    progress: &dyn Fn(&Path, u64),
) -> Result<Vec<FileReport>, IngestError> {
    let schema = TableSchema::households();
    let columns = Sources::new(plan);
    let id = schema.text("ID_RPLS").expect("a column of the built-in schema");
    let year = schema.integer("MILLESIME").expect("a column of the built-in schema");
    let mut occupied = vec![false; register.len()];
    let mut reports = Vec::new();
    for path in paths {
        let mut refused = Vec::new();
        let mut join = |block: &Block, row: usize| -> Result<u32, (&'static str, &'static str)> {
            if block.integers(year)[row] != i32::from(vintage) {
                return Err(("MILLESIME", "autre millésime que celui de l'édition"));
            }
            let id = block.text(id, row);
            let dwelling =
                register.dwelling(id).ok_or_else(|| ("ID_RPLS", unknown(register, id)))?;
            if std::mem::replace(&mut occupied[dwelling as usize], true) {
                return Err(("ID_RPLS", "le logement a déjà un ménage"));
            }
            Ok(dwelling)
        };
        let report = table::read::<IngestError>(
            schema,
            path,
            rejections,
            &|bytes| progress(path, bytes),
            &mut |block| {
                let joined: Vec<Option<u32>> = (0..block.rows())
                    .map(|row| match join(&block, row) {
                        Ok(dwelling) => Some(dwelling),
                        Err((column, reason)) => {
                            refused.push((block.line(row), column, reason));
                            None
                        }
                    })
                    .collect();
                sums.add(Kind::Menage, block.rows(), columns.0.len(), |row, slots| {
                    let dwelling = joined[row]?;
                    columns.fill(slots, &block, row, register, dwelling);
                    Some(atoms.of_dwelling(register, dwelling))
                });
                Ok(())
            },
        )?;
        for (line, column, reason) in refused {
            rejections.add(path, line, Some(column), reason)?;
        }
        reports.push(report);
    }
    Ok(reports)
}

/// Why no dwelling is found: never guessed, and said where the spreadsheet shows.
fn unknown(register: &Register, id: &str) -> &'static str {
    let padded = (1..=MOST_ZEROS)
        .any(|zeros| register.dwelling(&format!("{:0>1$}", id, id.len() + zeros)).is_some());
    if padded && !id.is_empty() {
        return "identifiant sans ses zéros initiaux, ôtés par un tableur : redemander le fichier, ou \
                l'ouvrir en texte";
    }
    "aucun logement du répertoire ne porte cet identifiant"
}

/// Where each slot of a household's record comes from.
struct Sources(Vec<Source>);

enum Source {
    Household(IntegerColumn),
    /// A column of the register.
    Dwelling(usize),
}

impl Sources {
    fn new(plan: &Plan) -> Sources {
        let source = |name: &String| match Plan::of_dwelling(name) {
            Some(column) => {
                let place = plan.dwelling_columns().iter().position(|known| known == column);
                Source::Dwelling(place.expect("the plan keeps every dwelling column it reads"))
            }
            None => Source::Household(
                TableSchema::households().integer(name).expect("the plan checked this name"),
            ),
        };
        Sources(plan.household_columns().iter().map(source).collect())
    }

    fn fill(
        &self,
        slots: &mut [i32],
        block: &Block,
        row: usize,
        register: &Register,
        dwelling: u32,
    ) {
        for (slot, source) in slots.iter_mut().zip(&self.0) {
            *slot = match source {
                Source::Household(column) => block.integers(*column)[row],
                Source::Dwelling(column) => register.value(*column, dwelling as usize),
            };
        }
    }
}
