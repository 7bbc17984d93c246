//! The name of an edition.

use std::fmt;
use std::str::FromStr;

use super::EditionError;

/// `2024r1`: a vintage of four digits, the letter `r`, a revision of one to five digits without
/// leading zero. The order is the vintage, then the revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EditionId {
    vintage: u16,
    revision: u16,
}

impl EditionId {
    /// The survey year.
    pub fn vintage(self) -> u16 {
        self.vintage
    }

    /// The revision within the vintage.
    pub fn revision(self) -> u16 {
        self.revision
    }
}

impl FromStr for EditionId {
    type Err = EditionError;

    fn from_str(text: &str) -> Result<EditionId, EditionError> {
        let (vintage, revision) = text.split_once('r').ok_or(EditionError::Id)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let plain = vintage.len() == 4
            && (1..=5).contains(&revision.len())
            && digits(vintage)
            && digits(revision);
        let id = EditionId {
            vintage: vintage.parse().map_err(|_| EditionError::Id)?,
            revision: revision.parse().map_err(|_| EditionError::Id)?,
        };
        // One edition has one name: `2024r01` is not `2024r1`.
        if plain && id.to_string() == text { Ok(id) } else { Err(EditionError::Id) }
    }
}

impl fmt::Display for EditionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}r{}", self.vintage, self.revision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_plain_name_of_an_edition_is_read() {
        for text in ["2024r1", "2022r0", "0000r65535"] {
            assert_eq!(text.parse::<EditionId>().unwrap().to_string(), text);
        }
        for text in
            ["", "r", "2024", "2024r", "2024r01", "24r1", "../2024r1", "2024r65536", "+024r1"]
        {
            assert!(text.parse::<EditionId>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_latest_edition_has_the_highest_vintage_then_revision() {
        let id = |text: &str| text.parse::<EditionId>().unwrap();
        assert!(id("2024r0") > id("2022r9"));
        assert!(id("2024r10") > id("2024r9"));
    }
}
