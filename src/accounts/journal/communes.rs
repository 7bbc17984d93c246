//! A set of communes of an edition, one bit each.

use super::recorder::Area;
use domain::{CommuneCode, CommuneRow};
use rights::Visible;

/// Communes of an edition, one bit each, in the order of its table: 4 kB for all of France.
pub(super) struct Communes {
    bits: Vec<u64>,
}

impl Communes {
    pub(super) fn none_of(rows: &[CommuneRow]) -> Communes {
        Communes { bits: vec![0; rows.len().div_ceil(64)] }
    }

    /// Adds the communes, of those in a table, that are visible and that an area touches.
    pub(super) fn add(&mut self, rows: &[CommuneRow], area: &Area, visible: &Visible) {
        for (index, row) in rows.iter().enumerate() {
            if area.touches(row)
                && visible.holds(row.code)
                && let Some(word) = self.bits.get_mut(index / 64)
            {
                *word |= 1 << (index % 64);
            }
        }
    }

    /// How many bytes the bits take.
    pub(super) fn bytes(&self) -> usize {
        8 * self.bits.len()
    }

    /// Adds others, and gives those of them that were not there.
    pub(super) fn absorb(&mut self, mut others: Communes) -> Communes {
        self.bits.resize(self.bits.len().max(others.bits.len()), 0);
        for (own, other) in self.bits.iter_mut().zip(&mut others.bits) {
            *other &= !*own;
            *own |= *other;
        }
        others
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bits.iter().all(|word| *word == 0)
    }

    /// The codes, sorted.
    pub(super) fn codes(&self, rows: &[CommuneRow]) -> Vec<CommuneCode> {
        let is_in = |index: usize| {
            self.bits.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
        };
        let held = rows.iter().enumerate().filter(|(index, _)| is_in(*index));
        let mut codes: Vec<CommuneCode> = held.map(|(_, row)| row.code).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand readers of all of France used to take seven megabytes each.
    #[test]
    fn what_was_noted_of_all_of_france_is_four_kilobytes_and_given_once() {
        let mut noted = Communes { bits: vec![0; 35_000_usize.div_ceil(64)] };
        assert!(8 * noted.bits.len() < 4_500);
        let some = |bits: &[usize]| {
            let mut communes = Communes { bits: vec![0; 547] };
            bits.iter().for_each(|bit| communes.bits[bit / 64] |= 1 << (bit % 64));
            communes
        };
        assert_eq!(noted.absorb(some(&[1, 64, 34_999])).bits, some(&[1, 64, 34_999]).bits);
        assert_eq!(noted.absorb(some(&[1, 2, 64])).bits, some(&[2]).bits);
        assert!(noted.absorb(some(&[1, 2])).is_empty());
    }
}
