//! The journal read back: what an account did, and what was done to it.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::entry::{self, Entry, Event, Kind};
use crate::{Access, AccessError, Actor};
use rights::{Day, Email, Timestamp};

/// Entries that one question answers, at most; a longer period is asked in parts.
const MAX_ENTRIES: i64 = 200_000;
/// Entries read at once.
pub(super) const PAGE: i64 = 5_000;

/// Accounts that a local administrator may ask about, at most.
const MAX_SUBJECTS: i64 = 100_000;

/// The accounts of an address: what the operator asks.
const OF_ADDRESS: &str = "SELECT a.id, a.person_id, p.email FROM account a \
                          JOIN person p ON p.id = a.person_id WHERE p.email = $1";
/// The accounts of a person, and those under a convention that is administered and under those that
/// depend on it: what anybody else may ask about, whatever address they ask for.
const OF_ACTOR: &str = "SELECT a.id, a.person_id, p.email FROM account a \
                        JOIN person p ON p.id = a.person_id \
                        WHERE a.person_id = $1 OR a.convention_id IN \
                        (SELECT id FROM convention WHERE id = $2 OR parent_id = $2) \
                        ORDER BY a.id LIMIT $3";

/// An account that may be asked about, and whose it is.
struct Subject {
    account: String,
    person: String,
    email: String,
}

impl Access {
    /// What a person did by their accounts and what was done to them, from the beginning of a day
    /// to the end of another; at most 200,000 entries. The operator asks about everybody, a local
    /// administrator about accounts under their conventions, everybody about themselves. The
    /// question itself is journaled.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] where nobody has the address or the actor may not ask, after the
    /// same queries with the same values: the database is not asked about the address, which is
    /// looked for among those that the actor may ask about.
    pub async fn journal_of(
        &self,
        actor: Actor<'_>,
        email: &Email,
        from: Day,
        to: Day,
        now: Timestamp,
    ) -> Result<Vec<Entry>, AccessError> {
        let mut change = self.database.change().await?;
        let mut subjects = match actor {
            Actor::Account(account) if !actor.is_operator() => {
                let local = actor.local().unwrap_or_default();
                subjects_of(&mut change, account.person(), local).await?
            }
            _ => subjects_at(&mut change, email).await?,
        };
        subjects.retain(|subject| subject.email == email.as_str());
        let Some(first) = subjects.first() else {
            return self.refuse(change, actor, "journal", now).await;
        };
        let person = first.person.clone();
        let whole = actor.is_operator() || actor.is(&person);
        let accounts: Vec<String> = subjects.into_iter().map(|subject| subject.account).collect();
        let mut entries = Vec::new();
        for subject in accounts.iter().chain(whole.then_some(&person)) {
            let rows = sqlx::query(
                "SELECT seq, at, kind, actor, subject, detail, hash FROM journal \
                 WHERE (actor = $1 OR subject = $1) AND at >= $2 AND at < $3 \
                 ORDER BY seq LIMIT $4",
            )
            .bind(subject.clone())
            .bind(from.begins().seconds())
            .bind(to.ends().seconds())
            .bind(MAX_ENTRIES)
            .fetch_all(&mut *change)
            .await?;
            for row in &rows {
                entries.push(read_entry(row)?);
            }
        }
        entries.sort_unstable_by_key(|entry| entry.seq);
        entries.dedup_by_key(|entry| entry.seq);
        entries.truncate(MAX_ENTRIES as usize);
        let detail = format!("{from} à {to}");
        for subject in &accounts {
            let (kind, actor) = (Kind::JournalRead, actor.id());
            let event = Event { kind, actor, subject, detail: &detail };
            entry::append(&mut change, now, event).await?;
        }
        change.commit().await?;
        Ok(entries)
    }

    /// Entries of a period, from the one after `after`, in the order they were written: a page of
    /// an export, empty at the end. The shell alone reads everybody's.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
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
}

async fn subjects_at(
    change: &mut AnyConnection,
    email: &Email,
) -> Result<Vec<Subject>, AccessError> {
    let query = sqlx::query(OF_ADDRESS).bind(email.as_str().to_owned());
    query.fetch_all(change).await?.iter().map(read_subject).collect()
}

/// Takes no address: what it asks the database cannot depend on one.
async fn subjects_of(
    change: &mut AnyConnection,
    person: &str,
    local: &str,
) -> Result<Vec<Subject>, AccessError> {
    let query =
        sqlx::query(OF_ACTOR).bind(person.to_owned()).bind(local.to_owned()).bind(MAX_SUBJECTS);
    query.fetch_all(change).await?.iter().map(read_subject).collect()
}

fn read_subject(row: &AnyRow) -> Result<Subject, AccessError> {
    Ok(Subject {
        account: row.try_get("id")?,
        person: row.try_get("person_id")?,
        email: row.try_get("email")?,
    })
}

/// Entries as CSV, in French, semicolons between the columns, after a line of their names.
pub fn csv_of_journal(entries: &[Entry]) -> String {
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    let names = ["numero", "instant", "evenement", "acteur", "sujet", "detail", "empreinte"];
    let header = std::iter::once(names.map(str::to_owned));
    let rows = entries.iter().map(|entry| {
        [
            entry.seq.to_string(),
            Timestamp::from_seconds(entry.at).to_rfc3339(),
            cell(&entry.kind),
            cell(&entry.actor),
            cell(&entry.subject),
            cell(&entry.detail),
            entry.hash.clone(),
        ]
    });
    for row in header.chain(rows) {
        // A vector takes everything.
        writer.write_record(row).unwrap_or_default();
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// A cell that begins like a formula is not one for a spreadsheet.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("{guard}{text}")
}

pub(crate) fn read_entry(row: &AnyRow) -> Result<Entry, AccessError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_the_csv_is_text_and_never_a_formula() {
        let entry = Entry {
            seq: 7,
            at: 1_800_000_000,
            kind: "connexion".into(),
            actor: "-".into(),
            subject: "=1+1".into(),
            detail: "une \"phrase\" ; et deux".into(),
            hash: "ff".into(),
        };
        assert_eq!(
            csv_of_journal(&[entry]),
            "numero;instant;evenement;acteur;sujet;detail;empreinte\n\
             7;2027-01-15T08:00:00Z;connexion;'-;'=1+1;\"une \"\"phrase\"\" ; et deux\";ff\n"
        );
        assert_eq!(csv_of_journal(&[]).lines().count(), 1);
    }
}
