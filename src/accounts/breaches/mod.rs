//! Breaches of personal data: declared, their 24 hours, and the notification that followed
//! (convention, annex 2, article 3; GDPR 33).

mod file;

use serde::Serialize;
use sqlx::Row;

pub use file::{Concerned, csv_of_breach};

use super::conventions::{held, is_concerned};
use super::journal::{self, Event, Kind};
use super::mail::Letter;
use super::row::new_id;
use super::{Access, AccessError, Actor};
use rights::{BadConvention, Day, Timestamp, is_text};

/// Seconds from knowing of a breach to telling the EPCI, at most.
const DUE_SECONDS: i64 = 24 * 3600;
/// Breaches that a list holds, at most.
const MAX_LISTED: i64 = 1_000;

/// A breach to be declared.
#[derive(Clone, Debug)]
pub struct NewBreach {
    /// The convention whose people consulted what was breached.
    pub convention: String,
    /// When it was known.
    pub known_at: Timestamp,
    /// The first and the last day whose consultations and exports it may concern.
    pub from: Day,
    /// The last one, included.
    pub to: Day,
    /// What happened, in at most 500 characters, without personal data.
    pub description: String,
}

/// A declared breach.
#[derive(Clone, Debug, Serialize)]
pub struct Breach {
    /// Its identifier.
    pub id: String,
    /// The identifier of the convention.
    pub convention: String,
    /// The name of the organisation under it.
    pub organisation: String,
    /// The account that declared it, or `shell`.
    pub declared_by: String,
    /// Seconds since 1970, as the others below.
    pub known_at: i64,
    /// Until when the EPCI had to be told.
    pub due_at: i64,
    /// When it was told: letters leave with the declaration.
    pub declared_at: i64,
    /// Whether that was too late.
    pub late: bool,
    /// The first day that it concerns.
    pub from: String,
    /// The last one.
    pub to: String,
    /// What happened.
    pub description: String,
    /// When the notification of the authority, or the decision not to, was recorded.
    pub notified_at: Option<i64>,
    /// How, or why not.
    pub notification: Option<String>,
}

impl Access {
    /// Declares a breach, and writes at once to the administrators of the convention and of the
    /// EPCI that mandates it. Whoever is in service under the convention declares, whoever
    /// administers it, and the operator. Gives its identifier.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] for somebody else, [`BadConvention::Text`] and
    /// [`BadConvention::Days`] for what cannot be read or is in the future.
    pub async fn declare_breach(
        &self,
        actor: Actor<'_>,
        new: &NewBreach,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        if !is_text(&new.description) {
            return Err(BadConvention::Text.into());
        }
        if new.known_at > now || new.to < new.from {
            return Err(BadConvention::Days.into());
        }
        let mut change = self.change_by(actor).await?;
        let Some(held) = held(&mut change, &new.convention).await? else {
            return self.refuse(change, actor, "violation", now).await;
        };
        if !is_concerned(actor, &held) {
            return self.refuse(change, actor, "violation", now).await;
        }
        let id = new_id()?;
        sqlx::query(
            "INSERT INTO breach (id, convention_id, declared_by, known_at, declared_at, from_day, \
             to_day, description) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id.clone())
        .bind(held.id.clone())
        .bind(actor.id().to_owned())
        .bind(new.known_at.seconds())
        .bind(now.seconds())
        .bind(new.from.to_string())
        .bind(new.to.to_string())
        .bind(new.description.clone())
        .execute(&mut *change)
        .await?;
        let due = new.known_at.plus(DUE_SECONDS).to_rfc3339();
        let letter = Letter::Breach {
            organisation: &held.name,
            description: &new.description,
            due: &due,
            id: &id,
        };
        self.write_to_administrators(&mut change, &held, &letter, now).await?;
        let (kind, actor) = (Kind::BreachDeclared, actor.id());
        let event = Event { kind, actor, subject: &held.id, detail: &id };
        journal::append(&mut change, now, event).await?;
        change.commit().await?;
        Ok(id)
    }

    /// The breaches of the conventions that somebody administers or is under, the latest first.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn breaches(&self, actor: Actor<'_>) -> Result<Vec<Breach>, AccessError> {
        let own = match actor {
            Actor::Account(account) if account.has_accepted() => account.convention(),
            _ => "",
        };
        let rows = sqlx::query(
            "SELECT b.id, b.convention_id, o.name, b.declared_by, b.known_at, b.declared_at, \
             b.from_day, b.to_day, b.description, b.notified_at, b.notification \
             FROM breach b JOIN convention c ON c.id = b.convention_id \
             JOIN organisation o ON o.id = c.organisation_id \
             WHERE $1 = 1 OR c.id = $2 OR c.id = $3 OR c.parent_id = $3 \
             ORDER BY b.declared_at DESC, b.id LIMIT $4",
        )
        .bind(i64::from(actor.is_operator()))
        .bind(own.to_owned())
        .bind(actor.local().unwrap_or_default().to_owned())
        .bind(MAX_LISTED)
        .fetch_all(self.database.pool())
        .await?;
        rows.iter()
            .map(|row| {
                let known_at: i64 = row.try_get("known_at")?;
                let declared_at: i64 = row.try_get("declared_at")?;
                let due_at = Timestamp::from_seconds(known_at).plus(DUE_SECONDS).seconds();
                Ok(Breach {
                    id: row.try_get("id")?,
                    convention: row.try_get("convention_id")?,
                    organisation: row.try_get("name")?,
                    declared_by: row.try_get("declared_by")?,
                    known_at,
                    due_at,
                    declared_at,
                    late: declared_at > due_at,
                    from: row.try_get("from_day")?,
                    to: row.try_get("to_day")?,
                    description: row.try_get("description")?,
                    notified_at: row.try_get("notified_at")?,
                    notification: row.try_get("notification")?,
                })
            })
            .collect()
    }

    /// Records how the authority was notified of a breach, or why it was not. Whoever administers
    /// the convention, as the controller's hand, and the operator do; once.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] for somebody else, [`AccessError::Conflict`] the second time.
    pub async fn record_notification(
        &self,
        actor: Actor<'_>,
        breach: &str,
        how: &str,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        if !is_text(how) {
            return Err(BadConvention::Text.into());
        }
        let mut change = self.change_by(actor).await?;
        let convention: Option<String> =
            sqlx::query_scalar("SELECT convention_id FROM breach WHERE id = $1")
                .bind(breach.to_owned())
                .fetch_optional(&mut *change)
                .await?;
        let held = held(&mut change, convention.as_deref().unwrap_or_default()).await?;
        let Some(held) = held.filter(|held| actor.manages(&held.id, held.parent.as_deref())) else {
            return self.refuse(change, actor, "violation", now).await;
        };
        let noted = sqlx::query(
            "UPDATE breach SET notified_at = $2, notified_by = $3, notification = $4 \
             WHERE id = $1 AND notified_at IS NULL",
        )
        .bind(breach.to_owned())
        .bind(now.seconds())
        .bind(actor.id().to_owned())
        .bind(how.to_owned())
        .execute(&mut *change)
        .await?;
        if noted.rows_affected() == 0 {
            return Err(AccessError::Conflict);
        }
        let (kind, actor) = (Kind::BreachNotified, actor.id());
        let event = Event { kind, actor, subject: &held.id, detail: breach };
        journal::append(&mut change, now, event).await?;
        Ok(change.commit().await?)
    }
}
