//! Days of the French calendar: conventions begin and end on one.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Timestamp;
use domain::{Fault, HasFault};

/// The text is not a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("date illisible ; écrire AAAA-MM-JJ, de 2000-01-01 à 2199-12-31")]
pub struct BadDay;

impl HasFault for BadDay {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// A day in Paris, from 2000 to 2199.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl Day {
    /// The day that it is in Paris.
    pub fn of(now: Timestamp) -> Day {
        let instant = jiff::Timestamp::from_second(now.seconds()).unwrap_or(jiff::Timestamp::MAX);
        Day(instant.to_zoned_datetime(paris()).date())
    }

    /// Its first instant in Paris.
    pub fn begins(self) -> Timestamp {
        let first =
            self.0.to_zoned_datetime(paris()).map_or(i64::MAX, |day| day.timestamp().as_second());
        Timestamp::from_seconds(first)
    }

    /// The first instant that is after it: what lasts until this day is over from then on.
    pub fn ends(self) -> Timestamp {
        // The last day there is has none after it; `FromStr` keeps far from it.
        self.0.tomorrow().map_or(Timestamp::from_seconds(i64::MAX), |next| Day(next).begins())
    }

    /// So many months earlier; the last day of that month where it is shorter.
    pub fn months_before(self, months: u32) -> Day {
        let span = jiff::Span::new().months(i64::from(months.min(2_400)));
        Day(self.0.checked_sub(span).unwrap_or(self.0))
    }
}

/// The rules of summer time come with the program: a machine without a zone table counts alike.
fn paris() -> TimeZone {
    static PARIS: std::sync::OnceLock<TimeZone> = std::sync::OnceLock::new();
    PARIS.get_or_init(|| TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC)).clone()
}

impl FromStr for Day {
    type Err = BadDay;

    fn from_str(text: &str) -> Result<Day, BadDay> {
        // The library also reads week dates and compact forms; one form is enough.
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(BadDay);
        }
        let date: Date = text.parse().map_err(|_| BadDay)?;
        if (2000..2200).contains(&date.year()) { Ok(Day(date)) } else { Err(BadDay) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_ends_at_midnight_in_paris_summer_and_winter() {
        // 2026-06-30T22:00:00Z and 2026-12-31T23:00:00Z.
        assert_eq!(day("2026-06-30").ends().seconds(), 1_782_856_800);
        assert_eq!(day("2026-12-31").ends().seconds(), 1_798_758_000);
        // The nights when the clock changes have 23 and 25 hours.
        let length = |text: &str| day(text).ends().seconds() - day(text).begins().seconds();
        assert_eq!(length("2026-03-29"), 23 * 3600);
        assert_eq!(length("2026-10-25"), 25 * 3600);
    }

    #[test]
    fn an_instant_belongs_to_the_day_that_it_is_in_paris() {
        let end = day("2026-06-30").ends();
        assert_eq!(Day::of(end.plus(-1)), day("2026-06-30"));
        assert_eq!(Day::of(end), day("2026-07-01"));
        assert_eq!(day("2026-03-31").months_before(1), day("2026-02-28"));
    }

    #[test]
    fn only_one_form_is_a_day() {
        for text in
            ["", "2026-6-3", "20260630", "2026-02-30", "1999-12-31", "2200-01-01", "2026-W26-1"]
        {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
        assert_eq!(day("2028-02-29").to_string(), "2028-02-29");
    }
}
