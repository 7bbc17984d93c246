//! Instants, as parameters.

use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use domain::{Fault, HasFault};

/// An instant: whole seconds since 1 January 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant so many seconds after 1970 began.
    pub const fn from_seconds(seconds: i64) -> Timestamp {
        Timestamp(seconds)
    }

    /// Seconds since 1970 began.
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The instant so many seconds later; the last one there is, when it would go beyond.
    pub const fn plus(self, seconds: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(seconds))
    }

    /// `2026-06-30T22:00:00Z`.
    pub fn to_rfc3339(self) -> String {
        jiff::Timestamp::from_second(self.0).unwrap_or(jiff::Timestamp::MAX).to_string()
    }
}

/// The text is no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("instant illisible ; écrire AAAA-MM-JJThh:mm:ssZ, ou un décalage horaire au lieu de Z")]
pub struct BadTimestamp;

impl HasFault for BadTimestamp {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

impl FromStr for Timestamp {
    type Err = BadTimestamp;

    /// RFC 3339; parts of a second are dropped.
    fn from_str(text: &str) -> Result<Timestamp, BadTimestamp> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| BadTimestamp)?;
        Ok(Timestamp(instant.as_second()))
    }
}

impl From<SystemTime> for Timestamp {
    /// What a clock says, rounded down. A clock before 1970 is taken for 1970.
    fn from(time: SystemTime) -> Timestamp {
        let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs());
        Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX))
    }
}
