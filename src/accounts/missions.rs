//! The end of a mission: reminders before it, the list of exports, and the attestation that they were
//! destroyed (convention, annex 2, articles 3 and 5).

use serde::Serialize;
use sqlx::{AnyConnection, Row};

use super::breaches::is_concerned;
use super::conventions::{Held, held};
use super::journal::{self, Entry, Event, Kind, read_entry};
use super::mail::Letter;
use super::row::{new_id, parsed};
use super::{Access, AccessError, Actor};
use rights::{BadConvention, Day, Timestamp, is_text};

/// Days before the end at which people are reminded.
const REMINDERS: [i64; 3] = [0, 7, 30];
/// Exports that one list holds, at most.
const MAX_EXPORTS: i64 = 100_000;
/// Conventions that one round reminds of, at most.
const BATCH: i64 = 200;

/// The attestation that what was exported under a convention is destroyed.
#[derive(Clone, Debug, Serialize)]
pub struct Destruction {
    /// Its identifier.
    pub id: String,
    /// The convention.
    pub convention: String,
    /// The account that attested, or `shell`.
    pub attested_by: String,
    /// Seconds since 1970.
    pub attested_at: i64,
    /// The exports that the journal held then.
    pub exports: i64,
    /// The written justification that it names.
    pub reference: String,
}

impl Access {
    /// Writes to the people of conventions that end in 30 days, in 7 and today, once each: when
    /// it ends, and how many exports they made that are to be destroyed. Gives how many
    /// conventions were told of.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn remind_of_ends(&self, now: Timestamp) -> Result<usize, AccessError> {
        let mut change = self.database.change().await?;
        let today = Day::of(now);
        let last = Day::of(now.plus(30 * 24 * 3600));
        let rows = sqlx::query(
            "SELECT id, ends_on FROM convention WHERE closed_at IS NULL \
             AND ends_on >= $1 AND ends_on <= $2 AND starts_on <= $1 ORDER BY ends_on, id LIMIT $3",
        )
        .bind(today.to_string())
        .bind(last.to_string())
        .bind(BATCH)
        .fetch_all(&mut *change)
        .await?;
        let mut told = 0;
        for row in &rows {
            let (id, ends): (String, Day) = (row.try_get("id")?, parsed(row, "ends_on")?);
            let left = (ends.begins().seconds() - today.begins().seconds() + 3600) / 86_400;
            let Some(days) = REMINDERS.into_iter().find(|days| left <= *days) else { continue };
            let fresh = sqlx::query(
                "INSERT INTO reminder (convention_id, ends_on, days) SELECT $1, $2, $3 \
                 WHERE NOT EXISTS (SELECT 1 FROM reminder WHERE convention_id = $1 \
                 AND ends_on = $2 AND days <= $3)",
            )
            .bind(id.clone())
            .bind(ends.to_string())
            .bind(days)
            .execute(&mut *change)
            .await?;
            if fresh.rows_affected() == 1
                && let Some(held) = held(&mut change, &id).await?
            {
                self.remind(&mut change, &held, now).await?;
                told += 1;
            }
        }
        change.commit().await?;
        Ok(told)
    }

    async fn remind(
        &self,
        change: &mut AnyConnection,
        held: &Held,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let people = sqlx::query(
            "SELECT p.email, (SELECT COUNT(*) FROM journal j WHERE j.actor = a.id \
             AND j.kind = 'export') AS exports FROM account a JOIN person p ON p.id = a.person_id \
             WHERE a.convention_id = $1 AND a.state IN ('valide', 'actif') LIMIT 5000",
        )
        .bind(held.id.clone())
        .fetch_all(&mut *change)
        .await?;
        let end = held.own_end.to_string();
        for row in &people {
            let exports = row.try_get("exports")?;
            let letter = Letter::EndComes { organisation: &held.name, end: &end, exports };
            self.write_to(&mut *change, &parsed(row, "email")?, &letter, now).await?;
        }
        Ok(())
    }

    /// The exports of everybody who is or was under a convention, in the order they were made:
    /// what is to be destroyed. Its own people, who administers it and the operator read it.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] for somebody else.
    pub async fn exports(
        &self,
        actor: Actor<'_>,
        convention: &str,
        now: Timestamp,
    ) -> Result<Vec<Entry>, AccessError> {
        let mut change = self.change_by(actor).await?;
        let held = held(&mut change, convention).await?;
        let Some(held) = held.filter(|held| is_concerned(actor, held)) else {
            return self.refuse(change, actor, "exports", now).await;
        };
        let rows = sqlx::query(
            "SELECT j.seq, j.at, j.kind, j.actor, j.subject, j.detail, j.hash FROM journal j \
             JOIN account a ON a.id = j.actor WHERE a.convention_id = $1 AND j.kind = 'export' \
             ORDER BY j.seq LIMIT $2",
        )
        .bind(held.id)
        .bind(MAX_EXPORTS)
        .fetch_all(&mut *change)
        .await?;
        rows.iter().map(read_entry).collect()
    }

    /// Records that what was exported under a convention is destroyed, with the reference of the
    /// written justification. Its own people attest while they are in service, who administers it
    /// and the operator also after. Gives the identifier.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] for somebody else, [`BadConvention::Text`].
    pub async fn attest_destruction(
        &self,
        actor: Actor<'_>,
        convention: &str,
        reference: &str,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        if !is_text(reference) {
            return Err(BadConvention::Text.into());
        }
        let mut change = self.change_by(actor).await?;
        let held = held(&mut change, convention).await?;
        let Some(held) = held.filter(|held| is_concerned(actor, held)) else {
            return self.refuse(change, actor, "destruction", now).await;
        };
        let id = new_id()?;
        sqlx::query(
            "INSERT INTO destruction (id, convention_id, attested_by, attested_at, exports, \
             reference) SELECT $1, $2, $3, $4, COUNT(*), $5 FROM journal j \
             JOIN account a ON a.id = j.actor WHERE a.convention_id = $2 AND j.kind = 'export'",
        )
        .bind(id.clone())
        .bind(held.id.clone())
        .bind(actor.id().to_owned())
        .bind(now.seconds())
        .bind(reference.to_owned())
        .execute(&mut *change)
        .await?;
        let letter = Letter::Destroyed { organisation: &held.name, reference };
        self.write_to_administrators(&mut change, &held, &letter, now).await?;
        let (kind, actor) = (Kind::DestructionAttested, actor.id());
        journal::append(&mut change, now, Event { kind, actor, subject: &held.id, detail: &id })
            .await?;
        change.commit().await?;
        Ok(id)
    }

    /// Writes to the local administrators of a convention and of the one that it depends on, and
    /// to their deputies.
    pub(super) async fn write_to_administrators(
        &self,
        change: &mut AnyConnection,
        held: &Held,
        letter: &Letter<'_>,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let people = sqlx::query(
            "SELECT DISTINCT p.email FROM account a JOIN person p ON p.id = a.person_id \
             WHERE a.convention_id IN ($1, $2) AND a.role IN ('administrateur', 'suppleant') \
             AND a.state IN ('valide', 'actif') LIMIT 10",
        )
        .bind(held.id.clone())
        .bind(held.parent.clone().unwrap_or_default())
        .fetch_all(&mut *change)
        .await?;
        for row in &people {
            self.write_to(&mut *change, &parsed(row, "email")?, letter, now).await?;
        }
        Ok(())
    }
}

/// The attestations of a convention, in the order they were made.
pub(super) async fn destructions_of(
    connection: &mut AnyConnection,
    convention: &str,
) -> Result<Vec<Destruction>, AccessError> {
    let rows = sqlx::query(
        "SELECT id, convention_id, attested_by, attested_at, exports, reference FROM destruction \
         WHERE convention_id = $1 ORDER BY attested_at, id LIMIT 1000",
    )
    .bind(convention.to_owned())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Destruction {
                id: row.try_get("id")?,
                convention: row.try_get("convention_id")?,
                attested_by: row.try_get("attested_by")?,
                attested_at: row.try_get("attested_at")?,
                exports: row.try_get("exports")?,
                reference: row.try_get("reference")?,
            })
        })
        .collect()
}
