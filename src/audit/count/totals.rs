//! Sums of every atom, in 32 bits, and what these cannot hold beside them.

use std::collections::HashMap;

/// A table of sums: atoms by columns.
#[derive(Debug, Default)]
pub struct Totals {
    columns: usize,
    narrow: Vec<i32>,
    /// What is to be added to the narrow sum of a place.
    wide: HashMap<usize, i64>,
}

impl Totals {
    pub fn new(atoms: usize, columns: usize) -> Totals {
        Totals { columns, narrow: vec![0; atoms * columns], wide: HashMap::new() }
    }

    /// Adds to a sum; `None` where it leaves 64 bits.
    pub fn add(&mut self, atom: u32, column: usize, value: i64) -> Option<()> {
        let at = atom as usize * self.columns + column;
        let sum = i64::from(self.narrow[at]).checked_add(value)?;
        match i32::try_from(sum) {
            Ok(sum) => self.narrow[at] = sum,
            Err(_) => {
                let wide = self.wide.entry(at).or_default();
                *wide = wide.checked_add(sum)?;
                self.narrow[at] = 0;
            }
        }
        Some(())
    }

    /// Adds the sums of an atom to `totals`, one for each column.
    pub fn add_to(&self, atom: u32, totals: &mut [i128]) {
        let first = atom as usize * self.columns;
        for (total, own) in totals.iter_mut().zip(&self.narrow[first..first + self.columns]) {
            *total += i128::from(*own);
        }
        if self.wide.is_empty() {
            return;
        }
        for (column, total) in totals.iter_mut().enumerate() {
            *total += i128::from(self.wide.get(&(first + column)).copied().unwrap_or(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_64_bits_are_kept_and_wider_ones_refused() {
        let mut totals = Totals::new(2, 2);
        let values = [i64::from(i32::MAX), 5, -7, i64::from(i32::MIN), 1 << 40];
        values.iter().for_each(|value| totals.add(1, 1, *value).unwrap());
        totals.add(0, 1, 3).unwrap();
        let mut sums = [0; 2];
        totals.add_to(1, &mut sums);
        assert_eq!(sums, [0, values.iter().map(|value| i128::from(*value)).sum()]);
        totals.add_to(0, &mut sums[..]);
        assert_eq!(sums[0], 0);
        assert_eq!(totals.add(1, 1, i64::MAX), None);
    }
}
