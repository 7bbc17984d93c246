//! Sums that mostly fit 32 bits, in half the memory of 64.

use std::collections::BTreeMap;

/// Says that a sum is in the list of the wide ones.
const WIDE: i32 = i32::MIN;

/// A list of 64-bit sums; those that 32 bits cannot hold are kept apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    narrow: Vec<i32>,
    wide: BTreeMap<usize, i64>,
}

impl Sums {
    /// Number of sums.
    pub fn len(&self) -> usize {
        self.narrow.len()
    }

    /// One sum.
    pub fn get(&self, at: usize) -> i64 {
        match self.narrow[at] {
            WIDE => self.wide.get(&at).copied().unwrap_or_default(),
            narrow => i64::from(narrow),
        }
    }

    /// Writes 0 over one sum.
    pub fn wipe(&mut self, at: usize) {
        if self.narrow[at] == WIDE {
            self.wide.remove(&at);
        }
        self.narrow[at] = 0;
    }

    /// Appends another list.
    pub(super) fn append(&mut self, other: Sums) {
        let first = self.narrow.len();
        self.narrow.extend(other.narrow);
        self.wide.extend(other.wide.into_iter().map(|(at, sum)| (first + at, sum)));
    }

    /// Adds the sums from `first` on to `totals`; `None` where one leaves its range.
    pub(super) fn add_to(&self, first: usize, totals: &mut [i64]) -> Option<()> {
        let narrow = &self.narrow[first..][..totals.len()];
        for (at, (total, own)) in totals.iter_mut().zip(narrow).enumerate() {
            let own = if *own == WIDE { self.get(first + at) } else { i64::from(*own) };
            *total = total.checked_add(own)?;
        }
        Some(())
    }

    /// Sums given as their lower 32 bits and, for some, how many times 2³² to add; `None` where
    /// one leaves the range of 64 bits.
    pub(super) fn with_carries(
        narrow: Vec<i32>,
        carries: impl IntoIterator<Item = (usize, i64)>,
    ) -> Option<Sums> {
        let mut sums = Sums { narrow, wide: BTreeMap::new() };
        // The mark itself is a sum that 32 bits could hold.
        let marks = sums.narrow.iter().enumerate().filter(|(_, narrow)| **narrow == WIDE);
        sums.wide = marks.map(|(at, _)| (at, i64::from(WIDE))).collect();
        for (at, carry) in carries {
            let whole = i128::from(sums.narrow[at]) + (i128::from(carry) << 32);
            let whole = i64::try_from(whole).ok()?;
            match i32::try_from(whole) {
                Ok(narrow) if narrow != WIDE => sums.narrow[at] = narrow,
                _ => {
                    sums.narrow[at] = WIDE;
                    sums.wide.insert(at, whole);
                }
            }
        }
        Some(sums)
    }
}

impl Extend<i64> for Sums {
    fn extend<I: IntoIterator<Item = i64>>(&mut self, sums: I) {
        for sum in sums {
            match i32::try_from(sum) {
                Ok(narrow) if narrow != WIDE => self.narrow.push(narrow),
                _ => {
                    self.wide.insert(self.narrow.len(), sum);
                    self.narrow.push(WIDE);
                }
            }
        }
    }
}

impl FromIterator<i64> for Sums {
    fn from_iter<I: IntoIterator<Item = i64>>(sums: I) -> Sums {
        let mut list = Sums::default();
        list.extend(sums);
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDGES: [i64; 8] = [
        0,
        -1,
        i32::MAX as i64,
        i32::MAX as i64 + 1,
        i32::MIN as i64,
        i32::MIN as i64 - 1,
        i64::MAX,
        i64::MIN,
    ];

    fn read(sums: &Sums) -> Vec<i64> {
        (0..sums.len()).map(|at| sums.get(at)).collect()
    }

    #[test]
    fn every_64_bit_sum_is_read_back_and_wiped() {
        let mut sums: Sums = EDGES.into_iter().collect();
        sums.append(EDGES.into_iter().collect());
        assert_eq!(read(&sums), [EDGES, EDGES].concat());
        (0..sums.len()).for_each(|at| sums.wipe(at));
        assert_eq!(read(&sums), [0; 16]);
        assert!(sums.wide.is_empty());
    }

    #[test]
    fn carries_complete_the_lower_half_or_leave_the_range() {
        let parts =
            |sum: i64| (sum as i32, ((i128::from(sum) - i128::from(sum as i32)) >> 32) as i64);
        let narrow = EDGES.map(|sum| parts(sum).0).to_vec();
        let carries = EDGES.into_iter().map(|sum| parts(sum).1).enumerate();
        let sums = Sums::with_carries(narrow, carries).unwrap();
        assert_eq!(read(&sums), EDGES);
        assert_eq!(Sums::with_carries(vec![0], [(0, 1 << 31)]), None);
    }

    #[test]
    fn totals_are_added_or_leave_the_range() {
        let sums: Sums = [1, i64::MAX, 5].into_iter().collect();
        let mut totals = [2, 0];
        assert_eq!(sums.add_to(0, &mut totals), Some(()));
        assert_eq!(totals, [3, i64::MAX]);
        assert_eq!(sums.add_to(1, &mut [1, 1]), None);
    }
}
