//! How often somebody may try, beyond what `buckets` allows an address at sign-in.
//!
//! | what | by | at once | then one every |
//! |---|---|---|---|
//! | sign-in | address | 10 | 6 s (`buckets`) |
//! | sign-in | e-mail address asked, known or not | 10 | 60 s |
//! | account request, new password | address | 10 | 60 s |
//! | account request, new password | e-mail address asked, known or not | 3 | 1 h |
//! | link of an e-mail | address | 20 | 10 s |
//! | token or session that opens nothing | address | 300 | 0.2 s |
//! | token in service | account | 600,000 | 1 ms |

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use rights::Timestamp;

/// Keys remembered by one limit. Those that come when it is full share the last place.
const MAX_KEYS: usize = 20_000;

/// Every limit, with its default.
pub(super) struct Rates {
    pub(super) sign_ins: Rate<[u8; 32]>,
    pub(super) asking: Rate<IpAddr>,
    pub(super) asked: Rate<[u8; 32]>,
    pub(super) tickets: Rate<IpAddr>,
    pub(super) bad_credentials: Rate<IpAddr>,
    /// By the identifier of the account: a script that went wild, not a person who draws maps.
    pub(super) tokens: Rate<String>,
}

impl Rates {
    pub(super) fn new() -> Rates {
        Rates {
            sign_ins: Rate::new(10, 60_000),
            asking: Rate::new(10, 60_000),
            asked: Rate::new(3, 3_600_000),
            tickets: Rate::new(20, 10_000),
            bad_credentials: Rate::new(300, 200),
            tokens: Rate::new(600_000, 1),
        }
    }
}

/// So many tries at once, and one more every so many milliseconds.
pub(super) struct Rate<K> {
    capacity: i64,
    refill: i64,
    /// When each key has all its tries again, in milliseconds; the newcomers of a full memory.
    full_at: Mutex<(HashMap<K, i64>, i64)>,
}

impl<K: Clone + Eq + Hash> Rate<K> {
    fn new(capacity: i64, refill: i64) -> Rate<K> {
        Rate { capacity, refill, full_at: Mutex::new((HashMap::new(), 0)) }
    }

    /// Takes one try, or says after how many seconds there is one.
    pub(super) fn take<Q>(&self, key: &Q, now: Timestamp) -> Result<(), u32>
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + Eq + Hash + ?Sized,
    {
        let now = now.seconds().saturating_mul(1000);
        let mut guard = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let (keys, newcomers) = &mut *guard;
        let known = keys.contains_key(key);
        if !known && keys.len() >= MAX_KEYS {
            keys.retain(|_, full| *full > now);
        }
        if !known && keys.len() < MAX_KEYS {
            keys.insert(key.to_owned(), now);
        }
        let full = keys.get_mut(key).unwrap_or(newcomers);
        let next = (*full).max(now).saturating_add(self.refill);
        let excess = next - now - self.capacity * self.refill;
        if excess > 0 {
            // Rounded up: who comes back then is let through.
            return Err(u32::try_from((excess + 999) / 1000).unwrap_or(u32::MAX));
        }
        *full = next;
        Ok(())
    }

    /// Gives a try back: it succeeded.
    pub(super) fn give_back(&self, key: &K) {
        let mut guard = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(full) = guard.0.get_mut(key) {
            *full -= self.refill;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn tries_run_out_by_key_and_come_back_with_time() {
        let rate = Rate::new(3, 60_000);
        for _ in 0..3 {
            assert_eq!(rate.take(&"anne", at(1000)), Ok(()));
        }
        assert_eq!(rate.take(&"anne", at(1000)), Err(60));
        assert_eq!(rate.take(&"paul", at(1000)), Ok(()));
        assert_eq!(rate.take(&"anne", at(1060)), Ok(()));
        rate.give_back(&"anne");
        assert_eq!(rate.take(&"anne", at(1060)), Ok(()));
    }

    #[test]
    fn the_memory_is_bounded_and_newcomers_share() {
        let rate = Rate::new(2, 1_000);
        for key in 0..MAX_KEYS + 2 {
            assert_eq!(rate.take(&key, at(5)), Ok(()));
        }
        assert!(rate.take(&(MAX_KEYS + 2), at(5)).is_err());
        assert_eq!(rate.full_at.lock().unwrap().0.len(), MAX_KEYS);
        assert_eq!(rate.take(&(MAX_KEYS + 2), at(50)), Ok(()));
    }
}
