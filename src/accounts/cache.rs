//! Accounts kept in memory, never longer than a change of rights takes to be seen.
//!
//! The database holds one number that goes up with every change of what somebody may see. What is
//! remembered carries the number that was known before it was read, and counts only while that is
//! still the number known. The number is asked again by the first request that finds another
//! [`ChangeStamp`](super::change_stamp::ChangeStamp) beside the database than when it was last asked, so a change by
//! another process of this machine is seen by the very next request. Besides, for databases on
//! another machine and for whoever changes one by hand, it is asked every [`SOFT`] in the
//! background; a request that finds it older than [`HARD`] waits for the answer. Without an answer
//! nothing remembered counts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rights::{Account, Timestamp};

/// After this long one request has the number asked for; none waits.
const SOFT: Duration = Duration::from_millis(300);
/// After this long every request asks. A change on another machine is seen within it.
const HARD: Duration = Duration::from_millis(800);
/// Parts of the memory, each behind a lock of its own.
const SHARDS: usize = 16;
/// Credentials remembered in one part; a full one is emptied.
const SHARD_SIZE: usize = 4_096;

/// What is known of a credential.
pub(super) struct Known {
    pub(super) account: Arc<Account>,
    pub(super) ends: Ends,
}

/// When a credential stops to open.
pub(super) enum Ends {
    /// A token, at this instant.
    At(Timestamp),
    /// A session: so long after its last use, and at the latest at this instant.
    Idle { seen: AtomicI64, at: Timestamp },
}

/// What is known by the digest of a credential, with the number it was read under.
type Shard = RwLock<HashMap<[u8; 32], (i64, Arc<Known>)>>;

pub(super) struct Cache {
    shards: [Shard; SHARDS],
    number: AtomicI64,
    tables: AtomicI64,
    /// Milliseconds after `started` at which the number was last asked for, plus one.
    asked: AtomicU64,
    asking: AtomicBool,
    /// The stamp read before the number was last asked for.
    stamp: AtomicU64,
    /// A clock that only measures how old what is remembered is; it decides no right.
    started: Instant,
}

/// Whether what is remembered counts.
pub(super) enum Freshness {
    Fresh,
    /// It does, and the caller has the number asked for, without waiting.
    Due,
    /// The number must be asked for first.
    Stale,
}

impl Cache {
    pub(super) fn new() -> Cache {
        Cache {
            shards: std::array::from_fn(|_| RwLock::new(HashMap::new())),
            number: AtomicI64::new(0),
            tables: AtomicI64::new(0),
            asked: AtomicU64::new(0),
            asking: AtomicBool::new(false),
            stamp: AtomicU64::new(0),
            started: Instant::now(),
        }
    }

    /// Whether the number is recent enough, given the stamp that the database has now; one of many
    /// callers is told to have it asked a little earlier.
    pub(super) fn freshness(&self, stamp: Option<u64>) -> Freshness {
        // Read first: an answer noted meanwhile is then at least as new as what is judged.
        let asked = self.asked.load(Ordering::Acquire);
        let age = self.tick().saturating_sub(asked);
        let known = stamp == Some(self.stamp.load(Ordering::Acquire));
        if asked == 0 || !known || age > HARD.as_millis() as u64 {
            return Freshness::Stale;
        }
        if age > SOFT.as_millis() as u64 && !self.asking.swap(true, Ordering::AcqRel) {
            return Freshness::Due;
        }
        Freshness::Fresh
    }

    /// The instant to hand to [`Cache::learn`], taken before the database is asked.
    pub(super) fn tick(&self) -> u64 {
        self.started.elapsed().as_millis() as u64 + 1
    }

    /// Notes the numbers that the database answered to a question asked at `tick`, after `stamp`
    /// was read: what was committed before the stamp was written is in the answer.
    pub(super) fn learn(&self, numbers: [i64; 2], tick: u64, stamp: Option<u64>) {
        self.changed(numbers);
        if let Some(stamp) = stamp {
            self.stamp.store(stamp, Ordering::Release);
        }
        self.asked.fetch_max(tick, Ordering::AcqRel);
        self.asking.store(false, Ordering::Release);
    }

    /// The question failed: the next request asks again.
    pub(super) fn forget_asking(&self) {
        self.asking.store(false, Ordering::Release);
    }

    /// Notes the numbers of changes of rights and of official tables.
    pub(super) fn changed(&self, [number, tables]: [i64; 2]) {
        self.number.fetch_max(number, Ordering::AcqRel);
        self.tables.fetch_max(tables, Ordering::AcqRel);
    }

    /// The number known: to be read before the account that will be remembered under it.
    pub(super) fn number(&self) -> i64 {
        self.number.load(Ordering::Acquire)
    }

    /// The number of changes of the official tables known; 0 before it was ever asked for.
    pub(super) fn tables(&self) -> i64 {
        self.tables.load(Ordering::Acquire)
    }

    pub(super) fn get(&self, digest: &[u8; 32]) -> Option<Arc<Known>> {
        let shard = self.shard(digest).read().unwrap_or_else(PoisonError::into_inner);
        let (number, known) = shard.get(digest)?;
        (*number == self.number()).then(|| Arc::clone(known))
    }

    pub(super) fn put(&self, digest: [u8; 32], number: i64, known: Arc<Known>) {
        let mut shard = self.shard(&digest).write().unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= SHARD_SIZE {
            shard.clear();
        }
        shard.insert(digest, (number, known));
    }

    fn shard(&self, digest: &[u8; 32]) -> &Shard {
        &self.shards[usize::from(digest[0]) % SHARDS]
    }
}
