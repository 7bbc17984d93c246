//! Sums per atom, filled from all threads at once. Additions of integers commute, so the result
//! is the same in any order.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::domain::Kind;

use super::plan::{Plan, Scratch};

/// A sum left its range: the input holds values that no stock of dwellings has.
#[derive(Debug, thiserror::Error)]
#[error(
    "une somme dépasse ce qu'un entier de 64 bits peut porter ; vérifier les fichiers d'entrée"
)]
pub struct Overflow;

/// The sums of every atom.
pub struct AtomSums<'a> {
    plan: &'a Plan,
    counts: Vec<AtomicU32>,
    sums: Vec<AtomicI64>,
    overflowed: AtomicBool,
    /// The first indicator that some household of its universe does not know; `usize::MAX` if none.
    unknown: AtomicUsize,
}

impl<'a> AtomSums<'a> {
    /// Zero for every atom.
    pub fn new(plan: &'a Plan, atoms: usize) -> Self {
        let counts = (0..atoms * plan.universes()).map(|_| AtomicU32::new(0)).collect();
        let sums = (0..atoms * plan.indicators() * 2).map(|_| AtomicI64::new(0)).collect();
        AtomSums {
            plan,
            counts,
            sums,
            overflowed: AtomicBool::new(false),
            unknown: AtomicUsize::new(usize::MAX),
        }
    }

    /// Adds `rows` records of one kind. `read` fills the slots of a row and returns its atom, or
    /// `None` for a row that was rejected.
    pub fn add(
        &self,
        kind: Kind,
        rows: usize,
        slots: usize,
        read: impl Fn(usize, &mut [i32]) -> Option<u32> + Sync,
    ) {
        (0..rows).into_par_iter().with_min_len(1024).for_each_init(
            || (Scratch::default(), vec![0; slots]),
            |(scratch, slots), row| {
                let Some(atom) = read(row, slots) else { return };
                let counts = &self.counts[atom as usize * self.plan.universes()..];
                let sums = &self.sums[atom as usize * self.plan.indicators() * 2..];
                self.plan.contribute(
                    kind,
                    slots,
                    scratch,
                    |universe| {
                        counts[universe].fetch_add(1, Ordering::Relaxed);
                    },
                    |indicator, values| {
                        let Some((numerator, denominator)) = values else {
                            self.note_unknown(kind, indicator);
                            return;
                        };
                        self.add_to(&sums[2 * indicator], numerator);
                        self.add_to(&sums[2 * indicator + 1], denominator);
                    },
                );
            },
        );
    }

    fn add_to(&self, sum: &AtomicI64, value: i64) {
        let before = sum.fetch_add(value, Ordering::Relaxed);
        if before.checked_add(value).is_none() {
            self.overflowed.store(true, Ordering::Relaxed);
        }
    }

    /// An indicator of households whose universe holds some that do not know it. Its figures would
    /// describe fewer than the universe counts, and the threshold looks at the universe (R1).
    pub fn unknown(&self) -> Option<usize> {
        Some(self.unknown.load(Ordering::Relaxed)).filter(|index| *index != usize::MAX)
    }

    fn note_unknown(&self, kind: Kind, indicator: usize) {
        // The register's indicators stand over the dwellings that the open file labels.
        if kind == Kind::Menage {
            self.unknown.fetch_min(indicator, Ordering::Relaxed);
        }
    }

    /// The finished counts and sums, atom-major.
    pub fn finish(self) -> Result<(Vec<u32>, Vec<i64>), Overflow> {
        if self.overflowed.into_inner() {
            return Err(Overflow);
        }
        let counts = self.counts.into_iter().map(AtomicU32::into_inner).collect();
        let sums = self.sums.into_iter().map(AtomicI64::into_inner).collect();
        Ok((counts, sums))
    }
}
