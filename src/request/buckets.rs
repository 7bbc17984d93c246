//! Token buckets, one for each key, in a bounded memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use rights::Timestamp;

/// Keys remembered by one limit.
const MAX_KEYS: usize = 20_000;

/// Keys forgotten at once when the memory is full, so that looking for them is rare.
const EVICTED: usize = MAX_KEYS / 8;

/// Microseconds in a second and in a millisecond.
const SECOND: i64 = 1_000_000;
const MILLISECOND: i64 = 1_000;

/// A limit: so many tries at once, and one more after each refill, counted by key.
///
/// A bucket is the instant at which it will be full again. When the memory is full the buckets that
/// are the fullest are forgotten: who tries the most stays counted, and a newcomer is let in.
pub struct Buckets<K> {
    /// Microseconds that an empty bucket takes to fill.
    window: i64,
    /// Microseconds that one try takes to come back.
    refill: i64,
    /// The detail of the refusal.
    detail: &'static str,
    full_at: Mutex<HashMap<K, i64>>,
}

/// A try that was taken, for who wants to give it back.
pub struct Try<'a, K> {
    buckets: &'a Buckets<K>,
    keys: Vec<(K, i64)>,
}

/// There is no try left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoTry {
    /// After how many seconds there is one, at least 1.
    pub seconds: u32,
    /// What there was too much of, in a sentence for the client.
    pub detail: &'static str,
}

impl<K: Copy + Eq + Hash> Buckets<K> {
    /// `tries` at once, and one more every `refill` milliseconds.
    pub fn new(tries: i64, refill: i64, detail: &'static str) -> Buckets<K> {
        let refill = refill * MILLISECOND;
        Buckets { window: tries * refill, refill, detail, full_at: Mutex::new(HashMap::new()) }
    }

    /// Takes one try of each key, or none of any. The bucket of a key is as many times larger, and
    /// refilled as many times faster, as its factor says.
    pub fn take(
        &self,
        keys: impl IntoIterator<Item = (K, i64)>,
        now: Timestamp,
    ) -> Result<Try<'_, K>, NoTry> {
        let now = now.seconds().saturating_mul(SECOND);
        let keys: Vec<(K, i64)> =
            keys.into_iter().map(|(key, factor)| (key, self.refill / factor.max(1))).collect();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let next = |full_at: &HashMap<K, i64>, (key, cost): &(K, i64)| {
            full_at.get(key).copied().unwrap_or(now).max(now).saturating_add(*cost)
        };
        let longest = keys.iter().map(|key| next(&full_at, key)).max().unwrap_or(now);
        let excess = longest - now - self.window;
        if excess > 0 {
            // Rounded up: who comes back then is let through.
            let seconds = u32::try_from((excess + SECOND - 1) / SECOND).unwrap_or(u32::MAX);
            return Err(NoTry { seconds, detail: self.detail });
        }
        for key in &keys {
            let next = next(&full_at, key);
            if full_at.len() >= MAX_KEYS && !full_at.contains_key(&key.0) {
                evict(&mut full_at);
            }
            full_at.insert(key.0, next);
        }
        Ok(Try { buckets: self, keys })
    }
}

impl<K: Copy + Eq + Hash> Try<'_, K> {
    /// Gives the try back: it succeeded.
    pub fn give_back(self) {
        let mut full_at = self.buckets.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, cost) in self.keys {
            if let Some(full) = full_at.get_mut(&key) {
                *full -= cost;
            }
        }
    }
}

/// Forgets the buckets that are full the soonest.
fn evict<K: Copy + Eq + Hash>(full_at: &mut HashMap<K, i64>) {
    let mut instants: Vec<i64> = full_at.values().copied().collect();
    let count = EVICTED.min(instants.len().saturating_sub(1));
    let (_, last, _) = instants.select_nth_unstable(count);
    let (last, mut left) = (*last, count.max(1));
    full_at.retain(|_, full| {
        let goes = *full <= last && left > 0;
        left -= usize::from(goes);
        !goes
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn take<K: Copy + Eq + Hash>(buckets: &Buckets<K>, key: K, second: i64) -> Result<(), u32> {
        buckets.take([(key, 1)], at(second)).map(drop).map_err(|refused| refused.seconds)
    }

    #[test]
    fn tries_run_out_by_key_and_come_back_with_time() {
        let buckets = Buckets::new(3, 60_000, "");
        for _ in 0..3 {
            assert_eq!(take(&buckets, "anne", 1000), Ok(()));
        }
        assert_eq!(take(&buckets, "anne", 1000), Err(60));
        assert_eq!(take(&buckets, "anne", 1059), Err(1));
        assert_eq!(take(&buckets, "paul", 1000), Ok(()));
        buckets.take([("anne", 1)], at(1060)).unwrap().give_back();
        assert_eq!(take(&buckets, "anne", 1060), Ok(()));
        assert_eq!(take(&buckets, "anne", 1060), Err(60));
    }

    #[test]
    fn a_try_is_taken_of_every_key_or_of_none() {
        let buckets = Buckets::new(2, 1_000, "");
        let take = |one: &'static str| buckets.take([(one, 1), ("all", 2)], at(7)).is_ok();
        assert!(take("a") && take("a") && !take("a"));
        assert!(take("b") && take("c"));
        assert!(!take("d"), "four of all together");
        assert_eq!(buckets.full_at.lock().unwrap().len(), 4, "d was not noted");
    }

    #[test]
    fn a_full_memory_lets_newcomers_in_and_keeps_who_tries_the_most() {
        let buckets = Buckets::new(2, 1_000, "");
        let hard = 0..MAX_KEYS / 2;
        for key in hard.clone() {
            assert_eq!((take(&buckets, key, 5), take(&buckets, key, 5)), (Ok(()), Ok(())));
        }
        for key in MAX_KEYS..3 * MAX_KEYS {
            assert_eq!(take(&buckets, key, 5), Ok(()), "a newcomer");
            assert!(buckets.full_at.lock().unwrap().len() <= MAX_KEYS);
        }
        for key in hard {
            assert_eq!(take(&buckets, key, 5), Err(1), "still counted");
        }
    }
}
