//! Who exports far more than others do: a sign of an account that is lent, or of a program that takes all.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rights::Timestamp;

/// Rows that an account may export in a day before anything is said, however little others take: about
/// twice the addresses of a large département.
const UNSUSPECTED: u64 = 50_000;

/// How many times as much as the median of the others is much more.
const TIMES: u64 = 20;

/// Accounts that are counted in a day.
const MAX_COUNTED: usize = 100_000;

const DAY: i64 = 24 * 3600;

/// Rows exported by each account since midnight (UTC), in memory: a restart begins again.
#[derive(Default)]
pub(crate) struct Harvests {
    today: Mutex<Today>,
}

#[derive(Default)]
struct Today {
    day: i64,
    /// For each account its rows, and whether it was told of.
    rows: HashMap<Box<str>, (u64, bool)>,
}

impl Harvests {
    /// Adds rows that an account exports, and says whether that is to be told: once a day for each.
    pub(crate) fn add(&self, account: &str, rows: u64, now: Timestamp) -> bool {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        let day = now.seconds().div_euclid(DAY);
        if today.day != day {
            *today = Today { day, rows: HashMap::new() };
        }
        if today.rows.len() >= MAX_COUNTED && !today.rows.contains_key(account) {
            return false;
        }
        let own = today.rows.entry(account.into()).or_default();
        own.0 = own.0.saturating_add(rows);
        let (total, was_told) = *own;
        if was_told || total <= UNSUSPECTED {
            return false;
        }
        let mut others: Vec<u64> = today
            .rows
            .iter()
            .filter(|(name, _)| ***name != *account)
            .map(|(_, own)| own.0)
            .collect();
        others.sort_unstable();
        let median = others.get(others.len() / 2).copied().unwrap_or(0);
        let is_much = total > TIMES.saturating_mul(median);
        if is_much && let Some(own) = today.rows.get_mut(account) {
            own.1 = true;
        }
        is_much
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn who_takes_far_more_than_the_others_is_told_of_once_a_day() {
        let harvests = Harvests::default();
        for (account, rows) in [("a", 2_000), ("b", 3_000), ("c", 9_000)] {
            assert!(!harvests.add(account, rows, NOW), "{account}");
        }
        assert!(!harvests.add("x", 50_000, NOW), "as much as anybody may");
        assert!(harvests.add("x", 20_000, NOW), "twenty times the others");
        assert!(!harvests.add("x", 900_000, NOW), "told already");
        assert!(harvests.add("x", 900_000, NOW.plus(DAY)), "another day");
    }

    #[test]
    fn where_everybody_takes_much_nobody_is_told_of() {
        let harvests = Harvests::default();
        for account in ["a", "b", "c"] {
            harvests.add(account, 40_000, NOW);
        }
        assert!(!harvests.add("x", 700_000, NOW));
    }
}
