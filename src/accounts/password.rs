//! Passwords: Argon2id with the parameters of OWASP's Password Storage Cheat Sheet (19 MiB, two
//! passes, one lane), a bounded number at once.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::AccessError;
use domain::{Fault, HasFault};

/// Characters of a password, at least and at most. The upper bound limits the work of a request.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=256;
/// Sign-ins that may wait for their turn or be computed; the next is refused at once.
const QUEUE: usize = 64;
/// Hashes computed at once, at most: each takes 19 MiB and a core.
const WORKERS: usize = 4;
/// A hash of no password, with the parameters of [`argon2id`]: checked where there is no account
/// or no password, so that the answer takes the same time.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Common passwords of six characters and more, one a line, sorted: the list of Django (BSD
/// licence), made by Royce Williams from passwords that were leaked.
const COMMON: &str = include_str!("../../data/passwords.txt");

/// The password cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
pub enum BadPassword {
    #[error("un mot de passe a de 12 à 256 caractères")]
    Length,
    #[error("ce mot de passe est trop courant ; une phrase de plusieurs mots convient")]
    Common,
}

impl HasFault for BadPassword {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// A password of 12 to 256 characters. Its content is never printed.
#[derive(Clone)]
pub struct Password(Box<str>);

impl Password {
    /// Checks the length, in characters.
    ///
    /// # Errors
    /// [`BadPassword::Length`].
    pub fn new(text: &str) -> Result<Password, BadPassword> {
        // The bytes are compared first: counting characters must not read a text without end.
        let most = *LENGTH.end();
        if text.len() <= 4 * most && LENGTH.contains(&text.chars().count()) {
            Ok(Password(text.into()))
        } else {
            Err(BadPassword::Length)
        }
    }

    /// Refuses what is on the list of common passwords, alone, repeated, or with digits and signs
    /// before or behind it; what has no letter; and what is made of fewer than five different characters.
    ///
    /// # Errors
    /// [`BadPassword::Common`].
    pub fn check_uncommon(&self) -> Result<(), BadPassword> {
        let lower = self.0.to_lowercase();
        let core = lower.trim_matches(|one: char| !one.is_alphabetic());
        let different: std::collections::BTreeSet<char> = lower.chars().collect();
        let common = different.len() < 5
            || !lower.contains(char::is_alphabetic)
            || [lower.as_str(), core, unit(&lower), unit(core)].into_iter().any(is_common);
        if common { Err(BadPassword::Common) } else { Ok(()) }
    }
}

/// The shortest text that the text repeats; itself where it repeats none.
fn unit(text: &str) -> &str {
    let repeats = |length: &usize| {
        text.len().is_multiple_of(*length)
            && text.is_char_boundary(*length)
            && text.as_bytes().chunks(*length).all(|part| part == &text.as_bytes()[..*length])
    };
    (1..=text.len() / 2).find(repeats).map_or(text, |length| &text[..length])
}

fn is_common(text: &str) -> bool {
    static LIST: std::sync::OnceLock<Vec<&str>> = std::sync::OnceLock::new();
    let list = LIST.get_or_init(|| COMMON.lines().collect());
    list.binary_search(&text).is_ok()
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The one place where passwords are hashed, away from the threads that answer requests.
#[derive(Clone)]
pub(super) struct Hasher {
    queue: Arc<Semaphore>,
    workers: Arc<Semaphore>,
}

impl Hasher {
    pub(super) fn new() -> Hasher {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Hasher {
            queue: Arc::new(Semaphore::new(QUEUE)),
            workers: Arc::new(Semaphore::new(cores.min(WORKERS))),
        }
    }

    /// The PHC string of a password, with a salt of its own.
    pub(super) async fn hash(&self, password: &Password) -> Result<String, AccessError> {
        let password = password.clone();
        self.run(move || {
            let hash: PasswordHash =
                argon2id()?.hash_password(password.0.as_bytes()).map_err(|_| AccessError::Hash)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password is the one behind a PHC string. Without a string, or with a password
    /// that nobody can have, the answer is no, after the same work.
    pub(super) async fn verify(
        &self,
        password: &str,
        stored: Option<String>,
    ) -> Result<bool, AccessError> {
        let possible = Password::new(password).ok();
        self.run(move || {
            let known = stored.is_some() && possible.is_some();
            let stored = stored.as_deref().unwrap_or(NOBODY);
            let hash = PasswordHash::new(stored)
                .map_err(|_| AccessError::Corrupt { column: "account.password_hash" })?;
            let bytes = possible.as_ref().map_or(&b""[..], |password| password.0.as_bytes());
            let right = argon2id()?.verify_password(bytes, &hash).is_ok();
            Ok(right && known)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AccessError> + Send + 'static,
    ) -> Result<T, AccessError> {
        let place = self.queue.clone().try_acquire_owned().map_err(|_| AccessError::Busy)?;
        let worker = self.workers.clone().acquire_owned().await.map_err(|_| AccessError::Busy)?;
        // The permits go with the work: a client that leaves does not free a core still in use.
        let permits: [OwnedSemaphorePermit; 2] = [place, worker];
        tokio::task::spawn_blocking(move || {
            let answer = work();
            drop(permits);
            answer
        })
        .await
        .map_err(|_| AccessError::Hash)?
    }
}

fn argon2id() -> Result<Argon2<'static>, AccessError> {
    let parameters = Params::new(19_456, 2, 1, Some(32)).map_err(|_| AccessError::Hash)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, accepted: bool) {
        assert_eq!(Password::new(text).is_ok(), accepted);
    }

    #[test]
    fn a_password_has_12_to_256_characters_of_any_kind() {
        check(&"é".repeat(11), false);
        check(&"é".repeat(12), true);
        check(&"💧".repeat(256), true);
        check(&"a".repeat(257), false);
        check(&"a".repeat(10_000_000), false);
    }

    #[test]
    fn a_common_password_is_refused_however_it_is_dressed() {
        let check = |text: &str, expected: Result<(), BadPassword>| {
            assert_eq!(Password::new(text).unwrap().check_uncommon(), expected, "{text}");
        };
        for text in [
            "Password1234",
            "123456789012",
            "iloveyou!!!!",
            "qwertyuiop-12",
            "dragondragon",
            "aaaaaaaaaaaa",
            "2024password2024",
            "football-2024!",
        ] {
            check(text, Err(BadPassword::Common));
        }
        for text in ["canari de la mine", "cheval-agrafe-pile", "été à la plage"] {
            check(text, Ok(()));
        }
    }

    #[tokio::test]
    async fn the_stored_string_says_argon2id_with_the_parameters_of_owasp() {
        let hasher = Hasher::new();
        let password = Password::new("correct horse battery").unwrap();
        let stored = hasher.hash(&password).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(NOBODY.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_ne!(stored, hasher.hash(&password).await.unwrap(), "each hash has its salt");
        assert!(hasher.verify("correct horse battery", Some(stored.clone())).await.unwrap());
        assert!(!hasher.verify("correct horse batterz", Some(stored.clone())).await.unwrap());
        assert!(!hasher.verify("", Some(stored)).await.unwrap());
        assert!(!hasher.verify("correct horse battery", None).await.unwrap());
    }

    #[tokio::test]
    async fn the_sixty_fifth_hash_at_once_is_refused() {
        let hasher = Hasher::new();
        let held = hasher.queue.clone().try_acquire_many_owned(QUEUE as u32).unwrap();
        assert!(matches!(hasher.verify("x", None).await, Err(AccessError::Busy)));
        drop(held);
        assert!(!hasher.verify("x", None).await.unwrap());
    }
}
