//! Sums per atom, filled from all threads at once. Additions of integers commute, so the result
//! is the same in any order.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use domain::Kind;

use super::packed_sums::Sums;
use super::plan::Plan;
use super::tallies::{Counting, Tallies};
use domain::{Fault, HasFault};

/// A sum left its range: the input holds values that no stock of dwellings has.
#[derive(Debug, thiserror::Error)]
#[error(
    "une somme dépasse ce qu'un entier de 64 bits peut porter ; vérifier les fichiers d'entrée"
)]
pub struct Overflow;

impl HasFault for Overflow {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

/// The sums of every atom.
pub struct AtomSums<'a> {
    plan: &'a Plan,
    atoms: usize,
    counting: Counting,
    /// The lower 32 bits: most atoms are small.
    sums: Vec<AtomicI32>,
    /// How many times 2³² to add to a sum, where not 0 times.
    carries: Mutex<HashMap<usize, i64>>,
    /// The first indicator that some record of its universe does not know; `usize::MAX` if none.
    unknown: AtomicUsize,
}

impl<'a> AtomSums<'a> {
    /// Zero for every atom.
    pub fn new(plan: &'a Plan, atoms: usize) -> Self {
        let sums = (0..atoms * plan.indicators() * 2).map(|_| AtomicI32::new(0)).collect();
        AtomSums {
            plan,
            atoms,
            counting: Counting::new(),
            sums,
            carries: Mutex::default(),
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
            || (Vec::new(), vec![0; slots]),
            |(stack, slots), row| {
                let Some(atom) = read(row, slots) else { return };
                let first = atom as usize * self.plan.indicators() * 2;
                let membership = self.plan.contribute(kind, slots, stack, |indicator, values| {
                    let Some((numerator, denominator)) = values else {
                        self.unknown.fetch_min(indicator, Ordering::Relaxed);
                        return;
                    };
                    self.add_to(first + 2 * indicator, numerator);
                    self.add_to(first + 2 * indicator + 1, denominator);
                });
                self.counting.add(kind, atom, membership);
            },
        );
    }

    fn add_to(&self, at: usize, value: i64) {
        if value == 0 {
            return;
        }
        // The value is `low` and so many times 2³²; so is the sum, whatever the order.
        let low = value as i32;
        let mut carry = ((i128::from(value) - i128::from(low)) >> 32) as i64;
        let before = self.sums[at].fetch_add(low, Ordering::Relaxed);
        if before.checked_add(low).is_none() {
            carry += i64::from(low.signum());
        }
        if carry != 0 {
            let mut carries = self.carries.lock().unwrap_or_else(PoisonError::into_inner);
            // 2³² records of the largest value each do not leave this range.
            *carries.entry(at).or_default() += carry;
        }
    }

    /// An indicator whose universe holds records that do not know it. Its figures would describe
    /// fewer than the universe counts, and the threshold looks at the universe (R1). The catalogue
    /// refuses what could lead here; this is asked of what was read all the same.
    pub fn unknown(&self) -> Option<usize> {
        Some(self.unknown.load(Ordering::Relaxed)).filter(|index| *index != usize::MAX)
    }

    /// The finished memberships, and the sums, atom-major.
    pub fn finish(self) -> Result<(Tallies, Sums), Overflow> {
        let tallies = self.counting.finish(self.atoms);
        let narrow = self.sums.into_iter().map(AtomicI32::into_inner).collect();
        let carries = self.carries.into_inner().unwrap_or_else(PoisonError::into_inner);
        let sums = Sums::with_carries(narrow, carries).ok_or(Overflow)?;
        Ok((tallies, sums))
    }
}
