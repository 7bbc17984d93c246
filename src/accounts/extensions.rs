//! The end of a convention moved: only at the EPCI's express and recorded request (annex 2,
//! article 5), and by the operator.

use serde::Serialize;
use sqlx::{AnyConnection, Row};

use super::administrators::administrators_of;
use super::conventions::held;
use super::journal::{self, Event, Kind as Entry};
use super::mail::Letter;
use super::people::people_in_service;
use super::row::new_id;
use super::{Access, AccessError, Actor};
use rights::{BadConvention, Day, Timestamp, is_text};

/// A request to move the end of a convention.
#[derive(Clone, Debug, Serialize)]
pub struct Extension {
    /// Its identifier.
    pub id: String,
    /// The letter or deliberation of the EPCI.
    pub reference: String,
    /// The last day when it was asked.
    pub old_end: String,
    /// The one asked for.
    pub new_end: String,
    /// Whether the operator granted it.
    pub granted: bool,
    /// Whether the operator refused it.
    pub refused: bool,
}

impl Access {
    /// Records the EPCI's request to move the end of a convention. For a third party it is the
    /// mandating EPCI that asks, never the third party; from the shell the operator records what
    /// the EPCI wrote, with its reference. Gives the identifier of the request.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] for who may not ask, [`BadConvention::Days`] where the day is not
    /// after the present end or the convention is closed.
    pub async fn ask_extension(
        &self,
        actor: Actor<'_>,
        convention: &str,
        new_end: Day,
        reference: &str,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        if !is_text(reference) {
            return Err(BadConvention::Text.into());
        }
        let mut change = self.change_by(actor).await?;
        let Some(held) = held(&mut change, convention).await? else {
            return self.refuse(change, actor, "prolongation", now).await;
        };
        let asks = match (actor, &held.parent) {
            (Actor::Shell, _) => true,
            (_, Some(parent)) => actor.local() == Some(parent),
            (_, None) => actor.local() == Some(convention),
        };
        if !asks {
            return self.refuse(change, actor, "prolongation", now).await;
        }
        if new_end <= held.own_end || held.closed {
            return Err(BadConvention::Days.into());
        }
        let id = new_id()?;
        sqlx::query(
            "INSERT INTO extension (id, convention_id, requested_by, requested_at, reference, \
             old_end, new_end) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id.clone())
        .bind(convention.to_owned())
        .bind(actor.id().to_owned())
        .bind(now.seconds())
        .bind(reference.to_owned())
        .bind(held.own_end.to_string())
        .bind(new_end.to_string())
        .execute(&mut *change)
        .await?;
        let detail = format!("{} à {new_end}", held.own_end);
        let (actor, subject) = (actor.id(), convention);
        let event = Event { kind: Entry::ExtensionAsked, actor, subject, detail: &detail };
        journal::append(&mut change, now, event).await?;
        change.commit().await?;
        Ok(id)
    }

    /// Moves the end of a convention as a recorded request asks, or refuses to, and writes to those
    /// who administer it. The operator alone does, and grants only while the end is still the one
    /// that the request was made about.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] where no such request waits, [`AccessError::Conflict`] where the
    /// end moved or the convention was closed meanwhile.
    pub async fn answer_extension(
        &self,
        actor: Actor<'_>,
        extension: &str,
        granted: bool,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let mut change = self.change_by(actor).await?;
        if !actor.is_operator() {
            return self.refuse(change, actor, "prolongation", now).await;
        }
        let row = sqlx::query(
            "SELECT convention_id, old_end, new_end FROM extension \
             WHERE id = $1 AND granted_at IS NULL AND refused_at IS NULL",
        )
        .bind(extension.to_owned())
        .fetch_optional(&mut *change)
        .await?
        .ok_or(AccessError::NotFound)?;
        let (convention, old, new): (String, String, String) =
            (row.try_get("convention_id")?, row.try_get("old_end")?, row.try_get("new_end")?);
        if granted {
            let moved = sqlx::query(
                "UPDATE convention SET ends_on = $3 \
                 WHERE id = $1 AND ends_on = $2 AND closed_at IS NULL",
            )
            .bind(convention.clone())
            .bind(old.clone())
            .bind(new.clone())
            .execute(&mut *change)
            .await?;
            if moved.rows_affected() == 0 {
                return Err(AccessError::Conflict);
            }
        }
        let statement = match granted {
            true => "UPDATE extension SET granted_at = $2 WHERE id = $1",
            false => "UPDATE extension SET refused_at = $2 WHERE id = $1",
        };
        sqlx::query(statement)
            .bind(extension.to_owned())
            .bind(now.seconds())
            .execute(&mut *change)
            .await?;
        self.tell_of_extension(&mut change, &convention, granted.then_some(&new), now).await?;
        let detail = format!("{old} à {new}");
        let kind = if granted { Entry::ExtensionGranted } else { Entry::ExtensionRefused };
        let event = Event { kind, actor: actor.id(), subject: &convention, detail: &detail };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await
    }

    async fn tell_of_extension(
        &self,
        change: &mut AnyConnection,
        convention: &str,
        end: Option<&String>,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let Some(held) = held(&mut *change, convention).await? else { return Ok(()) };
        let mut people = administrators_of(&mut *change, &held).await?;
        // Whoever administers asked; the people of a third party's convention learn it too.
        if held.parent.is_some() {
            people.extend(people_in_service(&mut *change, &held.id).await?);
            people.sort_unstable();
            people.dedup();
        }
        for email in &people {
            let organisation = held.name.as_str();
            let letter = match end {
                Some(end) => Letter::Extended { organisation, end },
                None => Letter::NotExtended { organisation, end: &held.ends.to_string() },
            };
            self.write_to(&mut *change, email, &letter, now).await?;
        }
        Ok(())
    }
}

pub(super) async fn extensions_of(
    connection: &mut AnyConnection,
    convention: &str,
) -> Result<Vec<Extension>, AccessError> {
    let rows = sqlx::query(
        "SELECT id, reference, old_end, new_end, granted_at, refused_at FROM extension \
         WHERE convention_id = $1 ORDER BY requested_at, id",
    )
    .bind(convention.to_owned())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Extension {
                id: row.try_get("id")?,
                reference: row.try_get("reference")?,
                old_end: row.try_get("old_end")?,
                new_end: row.try_get("new_end")?,
                granted: row.try_get::<Option<i64>, _>("granted_at")?.is_some(),
                refused: row.try_get::<Option<i64>, _>("refused_at")?.is_some(),
            })
        })
        .collect()
}
