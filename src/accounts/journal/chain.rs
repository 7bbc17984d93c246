//! The chain of the journal: walked, compared with what was noted elsewhere, and purged.

use std::path::Path;

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::Serialize;
use sqlx::Row;

use super::entry::{self, Event, Kind, ORIGIN};
use super::reading::{PAGE, read_entry};
use crate::{Access, AccessError, Actor};
use domain::{Fault, HasFault};
use rights::{Day, Timestamp};

/// What a walk along the chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChainCheck {
    /// Entries whose hash holds.
    pub entries: u64,
    /// The number and the hash of the last one: noted elsewhere, they prove that nothing was
    /// taken off the end.
    pub last: i64,
    /// Its hash.
    pub hash: String,
    /// The number of the first entry that does not follow the one before.
    pub broken_at: Option<i64>,
    /// Heads of purges that the key of the configuration did not sign.
    pub bad_heads: u64,
    /// Whether what was noted elsewhere stands in the chain; always, where nothing was noted.
    pub holds_expected: bool,
}

/// The number and the hash of an entry, as they were noted elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    seq: i64,
    hash: Box<str>,
}

/// The text notes no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entrée illisible ; écrire NUMÉRO:EMPREINTE, comme journal verify la donne")]
pub struct BadNoted;

impl HasFault for BadNoted {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

impl std::str::FromStr for Noted {
    type Err = BadNoted;

    /// `1042:9f86d0…`.
    fn from_str(text: &str) -> Result<Noted, BadNoted> {
        let (seq, hash) = text.split_once(':').ok_or(BadNoted)?;
        let seq = seq.parse().ok().filter(|seq| *seq > 0).ok_or(BadNoted)?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hash { Ok(Noted { seq, hash: hash.to_lowercase().into() }) } else { Err(BadNoted) }
    }
}

impl Access {
    /// Walks the whole chain, from the last purge on. The heads of purges must be signed by the
    /// key of the file: the one that a head names proves nothing by itself, whoever forges a purge
    /// writes both. `expected` is an entry as it was noted elsewhere: it must stand in the chain, or be
    /// the one where a purge that holds left off; one that a later purge destroyed does not.
    ///
    /// # Errors
    ///
    /// [`AccessError::Key`] where the file is there and holds no key.
    pub async fn verify_journal(
        &self,
        key: &Path,
        expected: Option<&Noted>,
    ) -> Result<ChainCheck, AccessError> {
        let key = match std::fs::exists(key) {
            Ok(true) => Some(hex::encode(signing_key(key)?.public_key().as_ref())),
            _ => None,
        };
        let (mut seq, mut hash) = (0, ORIGIN.to_owned());
        let mut bad_heads = 0;
        let mut holds_expected = expected.is_none();
        let mut meets = |seq: i64, hash: &str| {
            holds_expected |= expected.is_some_and(|one| one.seq == seq && *one.hash == *hash);
        };
        let heads = sqlx::query(
            "SELECT seq, hash, purged_at, public_key, signature FROM journal_head ORDER BY seq",
        )
        .fetch_all(self.database.pool())
        .await?;
        for row in &heads {
            (seq, hash) = (row.try_get("seq")?, row.try_get("hash")?);
            let (signer, signature): (String, String) =
                (row.try_get("public_key")?, row.try_get("signature")?);
            let message = head_text(seq, &hash, row.try_get("purged_at")?);
            let holds = key.as_ref() == Some(&signer) && verifies(&signer, &signature, &message);
            bad_heads += u64::from(!holds);
            if holds {
                meets(seq, &hash);
            }
        }
        let (mut entries, mut broken_at) = (0, None);
        'walk: loop {
            let rows = sqlx::query(
                "SELECT seq, at, kind, actor, subject, detail, hash FROM journal \
                 WHERE seq > $1 ORDER BY seq LIMIT $2",
            )
            .bind(seq)
            .bind(PAGE)
            .fetch_all(self.database.pool())
            .await?;
            for row in &rows {
                let entry = read_entry(row)?;
                if entry.seq != seq + 1 || entry.chained(&hash) != entry.hash {
                    broken_at = Some(entry.seq);
                    break 'walk;
                }
                (seq, hash) = (entry.seq, entry.hash);
                meets(seq, &hash);
                entries += 1;
            }
            if (rows.len() as i64) < PAGE {
                break;
            }
        }
        Ok(ChainCheck { entries, last: seq, hash, broken_at, bad_heads, holds_expected })
    }

    /// Destroys the entries of before a day, and signs where the journal begins from then on, with
    /// the key of the file, which is made where it is missing. Gives how many went.
    ///
    /// # Errors
    ///
    /// [`AccessError::Key`] where the file cannot be used.
    pub async fn purge_journal(
        &self,
        actor: Actor<'_>,
        before: Day,
        key: &Path,
        now: Timestamp,
    ) -> Result<u64, AccessError> {
        let key = signing_key(key)?;
        let mut change = self.database.change().await?;
        // The last entry stays, so that the chain goes on from one that is there. Up to the first
        // one to keep, never beyond: a clock that was set back leaves no hole.
        let last = sqlx::query(
            "SELECT seq, hash FROM journal WHERE seq < (SELECT MIN(kept.seq) FROM \
             (SELECT seq FROM journal WHERE at >= $1 UNION SELECT MAX(seq) FROM journal) kept) \
             ORDER BY seq DESC LIMIT 1",
        )
        .bind(before.begins().seconds())
        .fetch_optional(&mut *change)
        .await?;
        let Some(last) = last else { return Ok(0) };
        let (seq, hash): (i64, String) = (last.try_get("seq")?, last.try_get("hash")?);
        let gone = sqlx::query("DELETE FROM journal WHERE seq <= $1")
            .bind(seq)
            .execute(&mut *change)
            .await?;
        let message = head_text(seq, &hash, now.seconds());
        sqlx::query(
            "INSERT INTO journal_head (seq, hash, purged_at, public_key, signature) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(seq)
        .bind(hash)
        .bind(now.seconds())
        .bind(hex::encode(key.public_key().as_ref()))
        .bind(hex::encode(key.sign(message.as_bytes()).as_ref()))
        .execute(&mut *change)
        .await?;
        let detail = format!("{} entrées d'avant {before}", gone.rows_affected());
        let (kind, actor) = (Kind::JournalPurged, actor.id());
        entry::append(&mut change, now, Event { kind, actor, subject: "", detail: &detail })
            .await?;
        change.commit().await?;
        Ok(gone.rows_affected())
    }

    /// Whether the journal holds an entry of before a day: then there is something to purge.
    pub(crate) async fn journal_begins_before(&self, day: Day) -> Result<bool, AccessError> {
        let first: Option<i64> = sqlx::query_scalar("SELECT MIN(at) FROM journal")
            .fetch_one(self.database.pool())
            .await?;
        Ok(first.is_some_and(|first| first < day.begins().seconds()))
    }
}

fn head_text(seq: i64, hash: &str, purged_at: i64) -> String {
    format!("seuil journal 1\n{seq}\n{hash}\n{purged_at}\n")
}

fn verifies(public_key: &str, signature: &str, message: &str) -> bool {
    let (Ok(key), Ok(signature)) = (hex::decode(public_key), hex::decode(signature)) else {
        return false;
    };
    UnparsedPublicKey::new(&ED25519, key).verify(message.as_bytes(), &signature).is_ok()
}

/// The key of the file, made where it is missing and readable by its owner alone.
fn signing_key(path: &Path) -> Result<Ed25519KeyPair, AccessError> {
    use std::io::{ErrorKind, Write};
    let failed = |source| AccessError::Key { path: path.to_owned(), source };
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let random = ring::rand::SystemRandom::new();
            let made = Ed25519KeyPair::generate_pkcs8(&random).map_err(|_| AccessError::Hash)?;
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(path).map_err(failed)?;
            file.write_all(made.as_ref()).and_then(|()| file.sync_all()).map_err(failed)?;
            made.as_ref().to_vec()
        }
        Err(error) => return Err(failed(error)),
    };
    Ed25519KeyPair::from_pkcs8(&bytes)
        .map_err(|_| failed(std::io::Error::other("ce n'est pas une clé Ed25519")))
}
