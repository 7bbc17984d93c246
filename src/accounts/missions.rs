//! The end of a mission: the list of exports, and the attestation that they were destroyed
//! (convention, annex 2, articles 3 and 5).

use serde::Serialize;
use sqlx::{AnyConnection, Row};

use super::conventions::{held, is_concerned};
use super::journal::{self, Entry, Event, Kind, read_entry};
use super::mail::Letter;
use super::row::new_id;
use super::{Access, AccessError, Actor};
use rights::{BadConvention, Timestamp, is_text};

/// Exports that one list holds, at most.
const MAX_EXPORTS: i64 = 100_000;

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

    /// The attestations that exports made under a convention are destroyed. Its own people and those
    /// who administer it read them.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] for somebody else.
    pub async fn destructions(
        &self,
        actor: Actor<'_>,
        convention: &str,
        now: Timestamp,
    ) -> Result<Vec<Destruction>, AccessError> {
        let mut change = self.change_by(actor).await?;
        let held = held(&mut change, convention).await?;
        let Some(held) = held.filter(|held| is_concerned(actor, held)) else {
            return self.refuse(change, actor, "destruction", now).await;
        };
        destructions_of(&mut change, &held.id).await
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
