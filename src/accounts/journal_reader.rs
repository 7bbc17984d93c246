//! The journal read back, proved, exported and purged.

use std::path::Path;

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::journal::{self, Entry, Event, Kind, ORIGIN};
use super::people::state_of;
use super::{Access, AccessError, Actor};
use rights::{Day, Email, Timestamp};

/// Entries that one question answers, at most; a longer period is asked in parts.
const MAX_ENTRIES: i64 = 200_000;
/// Entries read at once while the chain is walked.
const PAGE: i64 = 5_000;

/// What a walk along the chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Entries whose hash holds.
    pub entries: u64,
    /// The number and the hash of the last one: noted elsewhere, they prove that nothing was
    /// taken off the end.
    pub last: i64,
    pub hash: String,
    /// The number of the first entry that does not follow the one before.
    pub broken_at: Option<i64>,
    /// Heads of purges whose signature does not hold.
    pub bad_heads: u64,
}

impl Access {
    /// What an account did and what was done to it, from the beginning of a day to the end of
    /// another. The operator asks about everybody, a local administrator about the people of
    /// their conventions, everybody about themselves. The question itself is journaled.
    pub async fn journal_of(
        &self,
        actor: Actor<'_>,
        email: &Email,
        from: Day,
        to: Day,
        now: Timestamp,
    ) -> Result<Vec<Entry>, AccessError> {
        let mut change = self.database.change().await?;
        let (id, _) = state_of(&mut change, email).await?.ok_or(AccessError::NotFound)?;
        let convention = sqlx::query(
            "SELECT a.convention_id, c.parent_id FROM account a \
             LEFT JOIN convention c ON c.id = a.convention_id WHERE a.id = $1",
        )
        .bind(id.clone())
        .fetch_one(&mut *change)
        .await?;
        let own: Option<String> = convention.try_get("convention_id")?;
        let parent: Option<String> = convention.try_get("parent_id")?;
        let manages = own.as_deref().is_some_and(|own| actor.manages(own, parent.as_deref()));
        if !(actor.is(&id) || actor.is_operator() || manages) {
            return self.refuse(change, actor, "journal", now).await;
        }
        let rows = sqlx::query(
            "SELECT seq, at, kind, actor, subject, detail, hash FROM journal \
             WHERE (actor = $1 OR subject = $1) AND at >= $2 AND at < $3 ORDER BY seq LIMIT $4",
        )
        .bind(id.clone())
        .bind(from.begins().seconds())
        .bind(to.ends().seconds())
        .bind(MAX_ENTRIES)
        .fetch_all(&mut *change)
        .await?;
        let entries = rows.iter().map(read_entry).collect::<Result<_, _>>()?;
        let detail = format!("{from} à {to}");
        let (kind, actor) = (Kind::JournalRead, actor.id());
        journal::append(&mut change, now, Event { kind, actor, subject: &id, detail: &detail })
            .await?;
        change.commit().await?;
        Ok(entries)
    }

    /// Entries of a period, from the one after `after`, in the order they were written: a page of
    /// an export. The shell alone reads everybody's.
    pub async fn journal_page(
        &self,
        after: i64,
        from: Day,
        to: Day,
    ) -> Result<Vec<Entry>, AccessError> {
        let rows = sqlx::query(
            "SELECT seq, at, kind, actor, subject, detail, hash FROM journal \
             WHERE seq > $1 AND at >= $2 AND at < $3 ORDER BY seq LIMIT $4",
        )
        .bind(after)
        .bind(from.begins().seconds())
        .bind(to.ends().seconds())
        .bind(PAGE)
        .fetch_all(self.database.pool())
        .await?;
        rows.iter().map(read_entry).collect()
    }

    /// Walks the whole chain, from the last purge on.
    pub async fn verify_journal(&self) -> Result<Proof, AccessError> {
        let (mut seq, mut hash) = (0, ORIGIN.to_owned());
        let mut bad_heads = 0;
        let heads = sqlx::query(
            "SELECT seq, hash, purged_at, public_key, signature FROM journal_head ORDER BY seq",
        )
        .fetch_all(self.database.pool())
        .await?;
        for row in &heads {
            (seq, hash) = (row.try_get("seq")?, row.try_get("hash")?);
            let (key, signature): (String, String) =
                (row.try_get("public_key")?, row.try_get("signature")?);
            let message = head_text(seq, &hash, row.try_get("purged_at")?);
            let holds = hex::decode(key).is_ok_and(|key| {
                let key = UnparsedPublicKey::new(&ED25519, key);
                hex::decode(signature)
                    .is_ok_and(|signature| key.verify(message.as_bytes(), &signature).is_ok())
            });
            bad_heads += u64::from(!holds);
        }
        let mut entries = 0;
        loop {
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
                    let broken_at = Some(entry.seq);
                    return Ok(Proof { entries, last: seq, hash, broken_at, bad_heads });
                }
                (seq, hash) = (entry.seq, entry.hash);
                entries += 1;
            }
            if (rows.len() as i64) < PAGE {
                return Ok(Proof { entries, last: seq, hash, broken_at: None, bad_heads });
            }
        }
    }

    /// Destroys the entries of before a day, and signs where the journal begins from then on, with
    /// the key of the file, which is made where it is missing. Gives how many went.
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
        journal::append(&mut change, now, Event { kind, actor, subject: "", detail: &detail })
            .await?;
        change.commit().await?;
        Ok(gone.rows_affected())
    }

    /// Whether the journal holds an entry of before a day: then there is something to purge.
    pub(super) async fn journal_begins_before(&self, day: Day) -> Result<bool, AccessError> {
        let first: Option<i64> = sqlx::query_scalar("SELECT MIN(at) FROM journal")
            .fetch_one(self.database.pool())
            .await?;
        Ok(first.is_some_and(|first| first < day.begins().seconds()))
    }
}

/// Entries as CSV, in French, with a header line.
pub fn csv_of_journal(entries: &[Entry]) -> String {
    let mut text = String::from("numero;instant;evenement;acteur;sujet;detail;empreinte\n");
    for entry in entries {
        let quoted = |text: &str| {
            // A cell that begins like a formula is not one for a spreadsheet.
            let guard = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
            format!("\"{guard}{}\"", text.replace('"', "\"\""))
        };
        let fields = [
            entry.seq.to_string(),
            Timestamp::from_seconds(entry.at).to_rfc3339(),
            quoted(&entry.kind),
            quoted(&entry.actor),
            quoted(&entry.subject),
            quoted(&entry.detail),
            entry.hash.clone(),
        ];
        text += &fields.join(";");
        text.push('\n');
    }
    text
}

fn head_text(seq: i64, hash: &str, purged_at: i64) -> String {
    format!("seuil journal 1\n{seq}\n{hash}\n{purged_at}\n")
}

pub(super) fn read_entry(row: &AnyRow) -> Result<Entry, AccessError> {
    Ok(Entry {
        seq: row.try_get("seq")?,
        at: row.try_get("at")?,
        kind: row.try_get("kind")?,
        actor: row.try_get("actor")?,
        subject: row.try_get("subject")?,
        detail: row.try_get("detail")?,
        hash: row.try_get("hash")?,
    })
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
