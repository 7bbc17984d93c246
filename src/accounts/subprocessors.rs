//! Sub-processors of third parties: asked for, and authorised in writing by the EPCI (convention,
//! annex 2, article 3; GDPR 28.2).

use serde::Serialize;
use sqlx::{AnyConnection, Row};

use super::conventions::{held, is_concerned};
use super::journal::{self, Event, Kind};
use super::mail::Letter;
use super::row::new_id;
use super::{Access, AccessError, Actor};
use rights::{BadConvention, Timestamp, is_text};

/// Sub-processors of one convention, at most.
const MAX: i64 = 100;

/// A sub-processor, and what the EPCI answered.
#[derive(Clone, Debug, Serialize)]
pub struct Subprocessor {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it would do.
    pub purpose: String,
    /// Seconds since 1970.
    pub asked_at: i64,
    /// Whether the EPCI authorised it; nothing before it answered.
    pub authorised: Option<bool>,
    /// The EPCI's letter.
    pub reference: Option<String>,
}

impl Access {
    /// A third party asks to work with a sub-processor. The EPCI's administrators are written to.
    /// Gives the identifier.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] for who is not concerned or where nobody mandates the
    /// convention, [`AccessError::Conflict`] over 100.
    pub async fn ask_subprocessor(
        &self,
        actor: Actor<'_>,
        convention: &str,
        name: &str,
        purpose: &str,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        if !is_text(name) || !is_text(purpose) {
            return Err(BadConvention::Text.into());
        }
        let mut change = self.change_by(actor).await?;
        let held = held(&mut change, convention).await?;
        let held = held.filter(|held| held.parent.is_some() && is_concerned(actor, held));
        let Some(held) = held else {
            return self.refuse(change, actor, "sous-traitant", now).await;
        };
        let known: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM subprocessor WHERE convention_id = $1")
                .bind(held.id.clone())
                .fetch_one(&mut *change)
                .await?;
        if known >= MAX || held.is_over(now) {
            return Err(AccessError::Conflict);
        }
        let id = new_id()?;
        sqlx::query(
            "INSERT INTO subprocessor (id, convention_id, name, purpose, asked_by, asked_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.clone())
        .bind(held.id.clone())
        .bind(name.to_owned())
        .bind(purpose.to_owned())
        .bind(actor.id().to_owned())
        .bind(now.seconds())
        .execute(&mut *change)
        .await?;
        let letter = Letter::SubprocessorAsked { organisation: &held.name, name };
        self.write_to_administrators(&mut change, &held, &letter, now).await?;
        let (kind, actor) = (Kind::SubprocessorAsked, actor.id());
        journal::append(&mut change, now, Event { kind, actor, subject: &held.id, detail: &id })
            .await?;
        change.commit().await?;
        Ok(id)
    }

    /// The sub-processors of a third party, and what the EPCI answered. Its own people and those who
    /// administer it read them.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] for somebody else.
    pub async fn subprocessors(
        &self,
        actor: Actor<'_>,
        convention: &str,
        now: Timestamp,
    ) -> Result<Vec<Subprocessor>, AccessError> {
        let mut change = self.change_by(actor).await?;
        let held = held(&mut change, convention).await?;
        let Some(held) = held.filter(|held| is_concerned(actor, held)) else {
            return self.refuse(change, actor, "sous-traitant", now).await;
        };
        subprocessors_of(&mut change, &held.id).await
    }

    /// The EPCI authorises a sub-processor in writing, or refuses; once. Its local administrator
    /// does, and at the shell the operator records what the EPCI wrote.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] for somebody else, the third party first, and the second time.
    pub async fn answer_subprocessor(
        &self,
        actor: Actor<'_>,
        subprocessor: &str,
        authorised: bool,
        reference: &str,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        if !is_text(reference) {
            return Err(BadConvention::Text.into());
        }
        let mut change = self.change_by(actor).await?;
        let convention: Option<String> = sqlx::query_scalar(
            "SELECT convention_id FROM subprocessor WHERE id = $1 AND answered_at IS NULL",
        )
        .bind(subprocessor.to_owned())
        .fetch_optional(&mut *change)
        .await?;
        let held = held(&mut change, convention.as_deref().unwrap_or_default()).await?;
        let answers = |parent: Option<&str>| match actor {
            Actor::Shell => true,
            Actor::Account(_) => actor.local().is_some() && actor.local() == parent,
        };
        let Some(held) = held.filter(|held| answers(held.parent.as_deref())) else {
            return self.refuse(change, actor, "sous-traitant", now).await;
        };
        sqlx::query(
            "UPDATE subprocessor SET answered_by = $2, answered_at = $3, authorised = $4, \
             reference = $5 WHERE id = $1",
        )
        .bind(subprocessor.to_owned())
        .bind(actor.id().to_owned())
        .bind(now.seconds())
        .bind(i64::from(authorised))
        .bind(reference.to_owned())
        .execute(&mut *change)
        .await?;
        let (kind, actor) = (Kind::SubprocessorAnswered, actor.id());
        let event = Event { kind, actor, subject: &held.id, detail: subprocessor };
        journal::append(&mut change, now, event).await?;
        Ok(change.commit().await?)
    }
}

/// The sub-processors of a convention, in the order they were asked for.
pub(super) async fn subprocessors_of(
    connection: &mut AnyConnection,
    convention: &str,
) -> Result<Vec<Subprocessor>, AccessError> {
    let rows = sqlx::query(
        "SELECT id, name, purpose, asked_at, authorised, reference FROM subprocessor \
         WHERE convention_id = $1 ORDER BY asked_at, id LIMIT 100",
    )
    .bind(convention.to_owned())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Subprocessor {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                purpose: row.try_get("purpose")?,
                asked_at: row.try_get("asked_at")?,
                authorised: row.try_get::<Option<i64>, _>("authorised")?.map(|one| one == 1),
                reference: row.try_get("reference")?,
            })
        })
        .collect()
}
