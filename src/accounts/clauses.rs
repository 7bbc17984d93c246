//! The clauses of confidentiality: published, announced, accepted (convention, article 2).

use serde::Serialize;
use sqlx::Row;

use super::journal::{self, Event, Kind};
use super::mail::Letter;
use super::row::parsed;
use super::sessions::renew;
use super::{Access, AccessError, Actor, Secret};
use rights::{Account, State, Step, Timestamp};

/// The clauses of a new installation.
const FIRST_CLAUSES: &str = include_str!("../../data/clauses.md");
/// Bytes of the clauses, at most.
const MAX_CLAUSES: usize = 64 << 10;

/// The clauses in force.
#[derive(Clone, Debug, Serialize)]
pub struct Clauses {
    /// 1 for the first, one more for each change.
    pub version: i64,
    /// Markdown, at most 64 KiB.
    pub body: String,
}

impl Access {
    /// The clauses in force.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn clauses(&self) -> Result<Clauses, AccessError> {
        let row = sqlx::query("SELECT version, body FROM clauses ORDER BY version DESC LIMIT 1")
            .fetch_one(self.database.pool())
            .await?;
        Ok(Clauses { version: row.try_get("version")?, body: row.try_get("body")? })
    }

    /// Puts other clauses in force, and gives their version: everybody is asked to accept them
    /// before seeing more, and told so by letter. The operator alone does.
    ///
    /// # Errors
    ///
    /// [`AccessError::BadClauses`] for an empty or too long text.
    pub async fn publish_clauses(
        &self,
        actor: Actor<'_>,
        body: &str,
        now: Timestamp,
    ) -> Result<i64, AccessError> {
        if body.trim().is_empty() || body.len() > MAX_CLAUSES {
            return Err(AccessError::BadClauses);
        }
        let mut change = self.change_by(actor).await?;
        if !actor.is_operator() {
            return self.refuse(change, actor, "clauses", now).await;
        }
        let version: i64 = sqlx::query_scalar("SELECT MAX(version) + 1 FROM clauses")
            .fetch_one(&mut *change)
            .await?;
        sqlx::query("INSERT INTO clauses (version, body, published_at) VALUES ($1, $2, $3)")
            .bind(version)
            .bind(body.to_owned())
            .bind(now.seconds())
            .execute(&mut *change)
            .await?;
        let people = sqlx::query(
            "SELECT DISTINCT p.email FROM person p JOIN account a ON a.person_id = p.id \
             WHERE a.state IN ('valide', 'actif')",
        )
        .fetch_all(&mut *change)
        .await?;
        for row in &people {
            self.write_to(&mut change, &parsed(row, "email")?, &Letter::ClausesChanged, now)
                .await?;
        }
        let detail = format!("version {version}");
        let (kind, actor) = (Kind::ClausesPublished, actor.id());
        journal::append(&mut change, now, Event { kind, actor, subject: "", detail: &detail })
            .await?;
        self.commit(change).await?;
        Ok(version)
    }

    /// Accepts the clauses, named by the version that was read: the request for access of CCH
    /// R411-4. With a session, a new one takes its place: the account may more now than when it
    /// began.
    ///
    /// # Errors
    ///
    /// [`AccessError::Conflict`] where other clauses are in force, [`AccessError::Step`] where the
    /// account left service.
    pub async fn accept_clauses(
        &self,
        account: &Account,
        version: i64,
        session: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let mut change = self.database.change().await?;
        let row = sqlx::query(
            "SELECT state, (SELECT MAX(version) FROM clauses) AS current FROM account WHERE id = $1",
        )
        .bind(account.id().to_owned())
        .fetch_one(&mut *change)
        .await?;
        if row.try_get::<i64, _>("current")? != version {
            return Err(AccessError::Conflict);
        }
        let after = parsed::<State>(&row, "state")?.after(Step::AcceptClauses)?;
        sqlx::query(
            "UPDATE account SET state = $2, state_at = $4, clauses_version = $3, clauses_at = $4 \
             WHERE id = $1",
        )
        .bind(account.id().to_owned())
        .bind(after.id())
        .bind(version)
        .bind(now.seconds())
        .execute(&mut *change)
        .await?;
        let renewed = renew(&mut change, account.id(), session, now).await?;
        let detail = format!("clauses : version {version}");
        let (kind, id) = (Kind::AccountStep, account.id());
        journal::append(&mut change, now, Event { kind, actor: id, subject: id, detail: &detail })
            .await?;
        self.commit(change).await?;
        Ok(renewed)
    }

    /// The clauses of a new installation, once.
    pub(super) async fn publish_first_clauses(&self) -> Result<(), AccessError> {
        let known: Option<i64> = sqlx::query_scalar("SELECT MAX(version) FROM clauses")
            .fetch_one(self.database.pool())
            .await?;
        if known.is_some() {
            return Ok(());
        }
        let mut change = self.database.change().await?;
        sqlx::query(
            "INSERT INTO clauses (version, body, published_at) \
             SELECT 1, $1, 0 WHERE NOT EXISTS (SELECT 1 FROM clauses)",
        )
        .bind(FIRST_CLAUSES)
        .execute(&mut *change)
        .await?;
        Ok(change.commit().await?)
    }
}
