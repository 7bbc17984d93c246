//! Conventions, as they are made, extended and ended. Every change is one transaction with its
//! entry in the journal.

use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::admin::{new_id, taken};
use super::journal::{self, Event, Kind as Entry};
use super::store::read;
use super::{Access, AccessError, Actor};
use rights::{BadConvention, NewConvention, OrganisationKind as Kind, is_text};
use rights::{Day, Timestamp};

/// Conventions that a list holds, at most.
const MAX_LISTED: i64 = 10_000;

/// What a list says of a convention.
#[derive(Clone, Debug, Serialize)]
pub struct Convention {
    pub id: String,
    pub kind: &'static str,
    pub code: String,
    pub name: String,
    pub parent: Option<String>,
    pub purpose: String,
    pub seats: i64,
    pub seats_taken: i64,
    pub starts_on: String,
    pub ends_on: String,
    pub dpo: String,
    pub closed: bool,
    /// The identifier of the local administrator's account.
    pub administrator: Option<String>,
    pub rights: Vec<String>,
    pub extensions: Vec<Extension>,
}

/// A request to move the end of a convention.
#[derive(Clone, Debug, Serialize)]
pub struct Extension {
    pub id: String,
    pub reference: String,
    pub old_end: String,
    pub new_end: String,
    pub granted: bool,
}

/// What a change needs to know of a convention.
pub(super) struct Held {
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) kind: Kind,
    pub(super) ends: Day,
    pub(super) closed: bool,
}

impl Access {
    /// Makes a convention, and its organisation where the code is new. The operator alone does.
    pub async fn make_convention(
        &self,
        actor: Actor<'_>,
        new: &NewConvention,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        let rights = new.check()?;
        let mut change = self.change_by(actor).await?;
        if !actor.is_operator() {
            return self.refuse(change, actor, "convention", now).await;
        }
        if let Some(parent) = &new.parent {
            let parent = held(&mut change, parent).await?.ok_or(AccessError::NotFound)?;
            if !matches!(parent.kind, Kind::Epci | Kind::Ept) || parent.closed {
                return Err(BadConvention::Parent.into());
            }
        }
        let organisation = organisation(&mut change, new, now).await?;
        let id = new_id()?;
        sqlx::query(
            "INSERT INTO convention (id, organisation_id, parent_id, purpose, seats, starts_on, \
             ends_on, dpo, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(id.clone())
        .bind(organisation)
        .bind(new.parent.clone())
        .bind(new.purpose.clone())
        .bind(i64::from(new.seats))
        .bind(new.starts.to_string())
        .bind(new.ends.to_string())
        .bind(new.dpo.clone())
        .bind(now.seconds())
        .execute(&mut *change)
        .await?;
        match (rights, &new.parent) {
            (None, Some(parent)) => {
                sqlx::query(
                    "INSERT INTO convention_right (convention_id, territory, finest) \
                     SELECT $1, territory, finest FROM convention_right WHERE convention_id = $2",
                )
                .bind(id.clone())
                .bind(parent.clone())
                .execute(&mut *change)
                .await?;
            }
            (rights, _) => {
                for right in rights.iter().flatten() {
                    sqlx::query(
                        "INSERT INTO convention_right (convention_id, territory, finest) \
                         VALUES ($1, $2, $3)",
                    )
                    .bind(id.clone())
                    .bind(right.territory().to_string())
                    .bind(right.finest().id())
                    .execute(&mut *change)
                    .await
                    .map_err(|error| taken(error, BadConvention::Territory.into()))?;
                }
            }
        }
        let detail = format!("{} {} comptes, {} à {}", new.kind, new.seats, new.starts, new.ends);
        let event =
            Event { kind: Entry::ConventionMade, actor: actor.id(), subject: &id, detail: &detail };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await?;
        Ok(id)
    }

    /// Ends a convention now, and with it everybody's access under it and under those that depend
    /// on it.
    pub async fn close_convention(
        &self,
        actor: Actor<'_>,
        id: &str,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let mut change = self.change_by(actor).await?;
        if !actor.is_operator() {
            return self.refuse(change, actor, "fin de convention", now).await;
        }
        let closed =
            sqlx::query("UPDATE convention SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL")
                .bind(id.to_owned())
                .bind(now.seconds())
                .execute(&mut *change)
                .await?;
        if closed.rows_affected() == 0 {
            return Err(AccessError::NotFound);
        }
        let event =
            Event { kind: Entry::ConventionClosed, actor: actor.id(), subject: id, detail: "" };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await
    }

    /// Records the EPCI's request to move the end of a convention. For a third party it is the
    /// mandating EPCI that asks, never the third party; from the shell the operator records what
    /// the EPCI wrote, with its reference.
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
        let held = held(&mut change, convention).await?.ok_or(AccessError::NotFound)?;
        let asks = match (actor, &held.parent) {
            (Actor::Shell, _) => true,
            (_, Some(parent)) => actor.local() == Some(parent),
            (_, None) => actor.local() == Some(convention),
        };
        if !asks {
            return self.refuse(change, actor, "prolongation", now).await;
        }
        if new_end <= held.ends || held.closed {
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
        .bind(held.ends.to_string())
        .bind(new_end.to_string())
        .execute(&mut *change)
        .await?;
        let detail = format!("{} à {new_end}", held.ends);
        let (actor, subject) = (actor.id(), convention);
        let event = Event { kind: Entry::ExtensionAsked, actor, subject, detail: &detail };
        journal::append(&mut change, now, event).await?;
        change.commit().await?;
        Ok(id)
    }

    /// Moves the end of a convention as a recorded request asks. The operator alone does, and
    /// only while the end is still the one that the request was made about.
    pub async fn grant_extension(
        &self,
        actor: Actor<'_>,
        extension: &str,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let mut change = self.change_by(actor).await?;
        if !actor.is_operator() {
            return self.refuse(change, actor, "prolongation", now).await;
        }
        let row = sqlx::query(
            "SELECT convention_id, old_end, new_end FROM extension \
             WHERE id = $1 AND granted_at IS NULL",
        )
        .bind(extension.to_owned())
        .fetch_optional(&mut *change)
        .await?
        .ok_or(AccessError::NotFound)?;
        let (convention, old, new): (String, String, String) =
            (row.try_get("convention_id")?, row.try_get("old_end")?, row.try_get("new_end")?);
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
        sqlx::query("UPDATE extension SET granted_at = $2 WHERE id = $1")
            .bind(extension.to_owned())
            .bind(now.seconds())
            .execute(&mut *change)
            .await?;
        let detail = format!("{old} à {new}");
        let event = Event {
            kind: Entry::ExtensionGranted,
            actor: actor.id(),
            subject: &convention,
            detail: &detail,
        };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await
    }

    /// The conventions that somebody administers: all for the operator, their own and those that
    /// depend on it for a local administrator, none for others.
    pub async fn conventions(&self, actor: Actor<'_>) -> Result<Vec<Convention>, AccessError> {
        let own = actor.local().unwrap_or_default().to_owned();
        let mut snapshot = self.database.pool().begin().await?;
        let rows = sqlx::query(
            "SELECT c.id, c.parent_id, c.purpose, c.seats, c.starts_on, c.ends_on, c.dpo, \
             c.closed_at, c.administrator_id, o.kind, o.code, o.name, \
             (SELECT COUNT(*) FROM account a WHERE a.convention_id = c.id \
              AND a.state NOT IN ('rejete', 'ferme')) AS taken \
             FROM convention c JOIN organisation o ON o.id = c.organisation_id \
             WHERE $1 = 1 OR c.id = $2 OR c.parent_id = $2 ORDER BY o.code, c.id LIMIT $3",
        )
        .bind(i64::from(actor.is_operator()))
        .bind(own)
        .bind(MAX_LISTED)
        .fetch_all(&mut *snapshot)
        .await?;
        let mut conventions = Vec::with_capacity(rows.len());
        for row in &rows {
            conventions.push(listed(&mut snapshot, row).await?);
        }
        Ok(conventions)
    }

    /// Journals an attempt beyond somebody's powers. To them what they may not administer does
    /// not exist.
    pub(super) async fn refuse<T>(
        &self,
        mut change: sqlx::Transaction<'static, sqlx::Any>,
        actor: Actor<'_>,
        what: &str,
        now: Timestamp,
    ) -> Result<T, AccessError> {
        let kind = Entry::AdministrationRefused;
        let event = Event { kind, actor: actor.id(), subject: "", detail: what };
        journal::append(&mut change, now, event).await?;
        change.commit().await?;
        Err(AccessError::NotFound)
    }
}

/// A convention that a change is about.
pub(super) async fn held(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<Option<Held>, AccessError> {
    let row = sqlx::query(
        "SELECT c.id, c.parent_id, c.ends_on, c.closed_at, o.kind FROM convention c \
         JOIN organisation o ON o.id = c.organisation_id WHERE c.id = $1",
    )
    .bind(id.to_owned())
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(Held {
            id: row.try_get("id")?,
            parent: row.try_get("parent_id")?,
            kind: read(&row.try_get::<String, _>("kind")?, "organisation.kind")?,
            ends: read(&row.try_get::<String, _>("ends_on")?, "convention.ends_on")?,
            closed: row.try_get::<Option<i64>, _>("closed_at")?.is_some(),
        })
    })
    .transpose()
}

async fn organisation(
    connection: &mut AnyConnection,
    new: &NewConvention,
    now: Timestamp,
) -> Result<String, AccessError> {
    let known = sqlx::query("SELECT id, kind FROM organisation WHERE code = $1")
        .bind(new.code.clone())
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = known {
        if row.try_get::<String, _>("kind")? != new.kind.id() {
            return Err(BadConvention::Code.into());
        }
        return Ok(row.try_get("id")?);
    }
    let id = new_id()?;
    sqlx::query(
        "INSERT INTO organisation (id, kind, name, code, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id.clone())
    .bind(new.kind.id())
    .bind(new.name.clone())
    .bind(new.code.clone())
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(id)
}

async fn listed(connection: &mut AnyConnection, row: &AnyRow) -> Result<Convention, AccessError> {
    let id: String = row.try_get("id")?;
    let rights =
        sqlx::query("SELECT territory, finest FROM convention_right WHERE convention_id = $1 ORDER BY territory")
            .bind(id.clone())
            .fetch_all(&mut *connection)
            .await?
            .iter()
            .map(|row| {
                let (territory, finest): (String, String) =
                    (row.try_get("territory")?, row.try_get("finest")?);
                Ok(format!("{territory}@{finest}"))
            })
            .collect::<Result<_, AccessError>>()?;
    let extensions = sqlx::query(
        "SELECT id, reference, old_end, new_end, granted_at FROM extension \
         WHERE convention_id = $1 ORDER BY requested_at, id",
    )
    .bind(id.clone())
    .fetch_all(&mut *connection)
    .await?
    .iter()
    .map(|row| {
        Ok(Extension {
            id: row.try_get("id")?,
            reference: row.try_get("reference")?,
            old_end: row.try_get("old_end")?,
            new_end: row.try_get("new_end")?,
            granted: row.try_get::<Option<i64>, _>("granted_at")?.is_some(),
        })
    })
    .collect::<Result<_, AccessError>>()?;
    let kind: Kind = read(&row.try_get::<String, _>("kind")?, "organisation.kind")?;
    Ok(Convention {
        id,
        kind: kind.id(),
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        parent: row.try_get("parent_id")?,
        purpose: row.try_get("purpose")?,
        seats: row.try_get("seats")?,
        seats_taken: row.try_get("taken")?,
        starts_on: row.try_get("starts_on")?,
        ends_on: row.try_get("ends_on")?,
        dpo: row.try_get("dpo")?,
        closed: row.try_get::<Option<i64>, _>("closed_at")?.is_some(),
        administrator: row.try_get("administrator_id")?,
        rights,
        extensions,
    })
}
