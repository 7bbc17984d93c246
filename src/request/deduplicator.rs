//! Deduplication of consultations: the journal hears of the same one once per second.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::fast::RandomState;

use rights::Timestamp;

/// Slots of the direct-mapped table: a collision evicts the older consultation, which is then told
/// once more.
const SLOTS: usize = 4_096;

/// Bits of the second that are kept beside those that name the consultation.
const SECOND: u32 = 16;

/// The last consultation of each slot. The journal groups what one second brings, so that a map
/// that asks for one tile a thousand times says no more than one that asks once.
pub struct ConsultationDeduplicator {
    seen: Box<[AtomicU64]>,
    hasher: RandomState,
}

impl ConsultationDeduplicator {
    /// Nothing was noted yet.
    pub(crate) fn new() -> ConsultationDeduplicator {
        let seen = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        ConsultationDeduplicator { seen, hasher: RandomState::default() }
    }

    /// Whether a consultation (who, of what, where) is the first of its second.
    pub fn is_news(&self, what: (&str, &str, &str, (u8, u32, u32)), now: Timestamp) -> bool {
        let hash = self.hasher.hash_one(what);
        let second = now.seconds().cast_unsigned() << (64 - SECOND);
        let mark = second | (hash >> SECOND).max(1);
        let slot = &self.seen[hash as usize % SLOTS];
        slot.swap(mark, Ordering::Relaxed) != mark
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tile_is_news_once_a_second_for_each_reader_and_scale() {
        let deduplicator = ConsultationDeduplicator::new();
        let at = (8, 129, 87);
        let news = |who, of, scale, at, second| {
            deduplicator.is_news((who, of, scale, at), Timestamp::from_seconds(second))
        };
        assert!(news("a", "2024r1", "commune", at, 1_800_000_000));
        assert!(!news("a", "2024r1", "commune", at, 1_800_000_000));
        assert!(news("a", "2024r1", "commune", at, 1_800_000_001));
        assert!(news("b", "2024r1", "commune", at, 1_800_000_001));
        assert!(news("a", "2024r2", "commune", at, 1_800_000_001));
        assert!(news("a", "2024r1", "iris", at, 1_800_000_001));
        assert!(news("a", "2024r1", "commune", (8, 129, 88), 1_800_000_001));
    }
}
