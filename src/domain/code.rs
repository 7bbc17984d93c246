//! Official codes: communes and zones.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::fault::{Fault, HasFault};

/// The text is not an official code.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum BadCode {
    #[error("un code de commune a cinq caractères, comme 95018, 2A004 ou 97105")]
    Commune,
    #[error("un code de zone a de 1 à 64 lettres ASCII, chiffres, tirets ou soulignés")]
    Zone,
}

impl HasFault for BadCode {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// The five characters of the official code of a commune or an arrondissement municipal
/// (`95018`, `2A004`, `97105`, `75101`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommuneCode([u8; 5]);

impl CommuneCode {
    /// The five characters.
    pub fn as_str(&self) -> &str {
        // The constructor lets only ASCII in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The département the code begins with: `95`, `2A`, `971`.
    pub fn departement(&self) -> &str {
        let code = self.as_str();
        if code.starts_with("97") || code.starts_with("98") { &code[..3] } else { &code[..2] }
    }
}

impl FromStr for CommuneCode {
    type Err = BadCode;

    fn from_str(text: &str) -> Result<Self, BadCode> {
        let bytes: [u8; 5] = text.as_bytes().try_into().map_err(|_| BadCode::Commune)?;
        let corsican = matches!(bytes[1], b'A' | b'B') && bytes[0] == b'2';
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        if bytes[0].is_ascii_digit()
            && (corsican || bytes[1].is_ascii_digit())
            && digits(&bytes[2..])
        {
            Ok(CommuneCode(bytes))
        } else {
            Err(BadCode::Commune)
        }
    }
}

impl fmt::Display for CommuneCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CommuneCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for CommuneCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CommuneCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The code of a zone within its scale: INSEE code, SIREN, `QN…`, grid id, address key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ZoneCode(Box<str>);

impl ZoneCode {
    /// The characters of the code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ZoneCode {
    type Err = BadCode;

    fn from_str(text: &str) -> Result<Self, BadCode> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(ZoneCode(text.into()))
        } else {
            Err(BadCode::Zone)
        }
    }
}

impl From<CommuneCode> for ZoneCode {
    fn from(code: CommuneCode) -> Self {
        ZoneCode(code.as_str().into())
    }
}

impl fmt::Display for ZoneCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, departement: Option<&str>) {
        let code = text.parse::<CommuneCode>().ok();
        assert_eq!(code.as_ref().map(CommuneCode::departement), departement, "{text}");
    }

    #[test]
    fn commune_codes_of_every_kind_are_read() {
        check("95018", Some("95"));
        check("2A004", Some("2A"));
        check("97105", Some("971"));
        check("9501", None);
        check("A5018", None);
        check("2C004", None);
        check("é501", None);
    }

    #[test]
    fn a_zone_code_holds_no_space_and_no_accent() {
        assert!("CRS3035RES200mN2904800E3750600".parse::<ZoneCode>().is_ok());
        assert!("".parse::<ZoneCode>().is_err());
        assert!("a b".parse::<ZoneCode>().is_err());
        assert!("é".parse::<ZoneCode>().is_err());
    }
}
