//! E-mail addresses of accounts.

use std::fmt;
use std::str::FromStr;

/// The text is not an e-mail address. The message never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("adresse électronique illisible ; écrire prenom.nom@organisme.fr, en ASCII")]
pub struct BadEmail;

/// The normalised address of an account: trimmed, lower case, `local@domain`, ASCII, at most 254
/// bytes. An address is personal: `Debug` hides it and there is no `Display`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(Box<str>);

impl Email {
    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = BadEmail;

    fn from_str(text: &str) -> Result<Email, BadEmail> {
        let text = text.trim();
        if text.len() > 254 || !text.is_ascii() {
            return Err(BadEmail);
        }
        let text = text.to_ascii_lowercase();
        let (local, domain) = text.split_once('@').ok_or(BadEmail)?;
        if is_local(local) && is_domain(domain) { Ok(Email(text.into())) } else { Err(BadEmail) }
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// RFC 5322 `dot-atom` of at most 64 bytes; quoted local parts are refused.
fn is_local(local: &str) -> bool {
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local.len() <= 64 && local.split('.').all(|part| !part.is_empty() && part.bytes().all(atom))
}

/// Host name labels, at least two: an account's organisation has a domain.
fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    domain.contains('.') && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(text.parse::<Email>().ok().as_ref().map(Email::as_str), expected, "{text:?}");
    }

    #[test]
    fn addresses_are_trimmed_and_lowered() {
        check(" Anne.Le-Goff+ops@Agglo.FR\n", Some("anne.le-goff+ops@agglo.fr"));
        check("o'neil@a-b.c.fr", Some("o'neil@a-b.c.fr"));
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in [
            "",
            "@",
            "a@",
            "@b.fr",
            "a@b",
            "a@b@c.fr",
            "a b@c.fr",
            "a@b..fr",
            ".a@b.fr",
            "a.@b.fr",
            "a..b@c.fr",
            "a@-b.fr",
            "a@b-.fr",
            "é@b.fr",
            "a@b_c.fr",
            "a@b.fr\0",
            "\"a\"@b.fr",
        ] {
            check(text, None);
        }
        check(&format!("{}@b.fr", "a".repeat(65)), None);
        check(&format!("a@{}.fr", "b.".repeat(130)), None);
    }
}
