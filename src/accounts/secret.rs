//! Tokens and sessions: what a client shows, and what is kept of it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::AccessError;

/// What tokens begin with, so that scanners of leaked secrets and people recognise them.
const TOKEN_PREFIX: &str = "seuil_";
/// What session secrets begin with: one cannot stand for the other.
const SESSION_PREFIX: &str = "seuils_";
/// What the secrets of links in e-mails begin with.
const TICKET_PREFIX: &str = "seuilt_";
/// Random bytes of a secret.
const RANDOM_BYTES: usize = 32;
/// Their length in base64url without padding.
const RANDOM_CHARACTERS: usize = 43;

/// A secret as a client shows it. Its content is never printed: `Debug` hides it, there is no
/// `Display`, no `Serialize` and no comparison.
#[derive(Clone)]
pub struct Secret(Box<str>);

/// How somebody says who they are.
#[derive(Clone, Debug)]
pub enum Credential {
    /// The secret of the session cookie.
    Session(Secret),
    /// A token, from Bearer, Basic or the path.
    Token(Secret),
}

impl Secret {
    /// A secret as received from a client; any text will do, a wrong one opens nothing.
    pub fn new(text: impl Into<Box<str>>) -> Secret {
        Secret(text.into())
    }

    /// The content, for the one answer or cookie that hands it over.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A new token: `seuil_` and 32 random bytes of the operating system in base64url.
    pub(super) fn new_token() -> Result<Secret, AccessError> {
        random(TOKEN_PREFIX)
    }

    /// A new session: `seuils_` and 32 random bytes of the operating system in base64url.
    pub(super) fn new_session() -> Result<Secret, AccessError> {
        random(SESSION_PREFIX)
    }

    /// A new ticket, for a link in an e-mail: `seuilt_` and 32 random bytes in base64url.
    pub(super) fn new_ticket() -> Result<Secret, AccessError> {
        random(TICKET_PREFIX)
    }

    /// Whether the text has the form of a ticket.
    pub(super) fn is_ticket(&self) -> bool {
        self.has_form(TICKET_PREFIX)
    }

    /// Whether the text has the form of a session.
    pub(super) fn is_session(&self) -> bool {
        self.has_form(SESSION_PREFIX)
    }

    fn has_form(&self, prefix: &str) -> bool {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        self.0
            .strip_prefix(prefix)
            .is_some_and(|random| random.len() == RANDOM_CHARACTERS && random.bytes().all(allowed))
    }

    /// Lower-case hexadecimal SHA-256 of the text: what is stored and looked up. The secret has
    /// 256 random bits, so a plain digest cannot be turned back, and looking up a digest in an
    /// index tells nothing about the secret by its timing.
    pub(super) fn digest(&self) -> String {
        hex::encode(self.hash())
    }

    /// The same in bytes.
    pub(super) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl Credential {
    /// Whether the text has the form that its kind is given out in. What has not is not looked up.
    pub fn is_well_formed(&self) -> bool {
        let prefix = match self {
            Credential::Session(_) => SESSION_PREFIX,
            Credential::Token(_) => TOKEN_PREFIX,
        };
        self.secret().has_form(prefix)
    }

    /// What was shown.
    pub(super) fn secret(&self) -> &Secret {
        match self {
            Credential::Session(secret) | Credential::Token(secret) => secret,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

fn random(prefix: &str) -> Result<Secret, AccessError> {
    let mut bytes = [0; RANDOM_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(Secret(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)).into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn new_secrets_are_well_formed_and_differ() {
        let one = Secret::new_token().unwrap();
        let two = Secret::new_token().unwrap();
        assert_ne!(one.expose(), two.expose());
        assert!(Credential::Token(one.clone()).is_well_formed());
        assert!(Credential::Session(Secret::new_session().unwrap()).is_well_formed());
        assert!(!Credential::Session(one).is_well_formed());
    }

    #[test]
    fn a_malformed_secret_is_recognised() {
        let good = Secret::new_token().unwrap();
        let cut = good.expose().split_at(good.expose().len() - 1).0.to_owned();
        for text in ["", "seuil_", "é", &cut, &format!("{}a", good.expose()), &format!("{cut}é")]
        {
            assert!(!Credential::Token(Secret::new(text)).is_well_formed());
        }
    }

    proptest! {
        /// Said again by hand: a prefix, then 43 letters, digits, dashes and underscores.
        #[test]
        fn only_what_was_given_out_has_its_form(
            text in "(seuil_|seuils_|seuilt_|seuil|Seuil_|)[A-Za-z0-9_.é-]{40,45}",
        ) {
            let form = |prefix: &str| {
                let letters: Vec<char> = text.chars().collect();
                let start: Vec<char> = prefix.chars().collect();
                letters.len() == start.len() + 43
                    && letters[..start.len()] == start[..]
                    && letters[start.len()..].iter().all(|one| {
                        matches!(one, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_')
                    })
            };
            let secret = || Secret::new(text.as_str());
            prop_assert_eq!(Credential::Token(secret()).is_well_formed(), form("seuil_"));
            prop_assert_eq!(Credential::Session(secret()).is_well_formed(), form("seuils_"));
            prop_assert_eq!(secret().is_ticket(), form("seuilt_"));
            let printed = format!("{:?}", secret());
            prop_assert_eq!(printed, "Secret(…)");
        }
    }
}
