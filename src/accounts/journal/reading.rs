//! The journal read back: what an account did, and what was done to it.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::entry::{self, Entry, Event, Kind};
use crate::row::new_id;
use crate::{Access, AccessError, Actor};
use rights::{Day, Email, Timestamp};

/// Entries that one question answers, at most; a longer period is asked in parts.
const MAX_ENTRIES: i64 = 200_000;
/// Entries read at once.
pub(super) const PAGE: i64 = 5_000;

/// The accounts of a person that somebody may ask about, and the person where they may ask about
/// all of them. `$2` is 1 for the operator and the person, `$3` the convention that is administered.
const SUBJECTS: &str = "SELECT a.id FROM account a JOIN convention c ON c.id = a.convention_id \
                        WHERE a.person_id = $1 AND ($2 = 1 OR c.id = $3 OR c.parent_id = $3)";

impl Access {
    /// What a person did by their accounts and what was done to them, from the beginning of a day
    /// to the end of another; at most 200,000 entries. The operator asks about everybody, a local
    /// administrator about accounts under their conventions, everybody about themselves. The
    /// question itself is journaled.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] where nobody has the address or the actor may not ask, after the
    /// same work.
    pub async fn journal_of(
        &self,
        actor: Actor<'_>,
        email: &Email,
        from: Day,
        to: Day,
        now: Timestamp,
    ) -> Result<Vec<Entry>, AccessError> {
        let mut change = self.database.change().await?;
        let person: Option<String> = sqlx::query_scalar("SELECT id FROM person WHERE email = $1")
            .bind(email.as_str().to_owned())
            .fetch_optional(&mut *change)
            .await?;
        // Nobody's identifier stands for an unknown person: the questions are the same.
        let person = match person {
            Some(person) => person,
            None => new_id()?,
        };
        let whole = actor.is_operator() || actor.is(&person);
        let accounts: Vec<String> = sqlx::query_scalar(SUBJECTS)
            .bind(person.clone())
            .bind(i64::from(whole))
            .bind(actor.local().unwrap_or_default().to_owned())
            .fetch_all(&mut *change)
            .await?;
        if accounts.is_empty() {
            return self.refuse(change, actor, "journal", now).await;
        }
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
