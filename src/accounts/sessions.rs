//! Sessions: begun, renewed, listed and ended.

use serde::Serialize;
use sqlx::{AnyConnection, Row};

use super::journal::{self, Event, Kind};
use super::{Access, AccessError, Secret};
use rights::{Account, Timestamp};

/// Sessions of one account at once; the next sign-in ends the oldest.
const SESSIONS: i64 = 20;

/// A session as its owner sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Session {
    /// Names it in a list; opens nothing.
    pub id: String,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970, within five minutes.
    pub seen_at: i64,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl Access {
    /// Replaces a session's secret; `None` where it ended.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn rotate_session(
        &self,
        account: &Account,
        session: &Secret,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let mut change = self.database.change().await?;
        let renewed = renew(&mut change, account.id(), Some(session), now).await?;
        let (kind, id) = (Kind::SessionRotated, account.id());
        journal::append(&mut change, now, Event { kind, actor: id, subject: id, detail: "" })
            .await?;
        self.commit(change).await?;
        Ok(renewed)
    }

    /// The living sessions of the person of an account, the latest first.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn sessions(
        &self,
        account: &Account,
        current: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Vec<Session>, AccessError> {
        let rows = sqlx::query(
            "SELECT s.digest, s.created_at, s.seen_at FROM session s \
             JOIN account a ON a.id = s.account_id WHERE a.person_id = $1 \
             AND s.seen_at > $2 - $3 AND s.created_at > $2 - $4 \
             ORDER BY s.created_at DESC, s.digest",
        )
        .bind(account.person().to_owned())
        .bind(now.seconds())
        .bind(self.limits.session_idle)
        .bind(self.limits.session_life)
        .fetch_all(self.database.pool())
        .await?;
        let current = current.map(Secret::digest);
        rows.iter()
            .map(|row| {
                let digest: String = row.try_get("digest")?;
                Ok(Session {
                    id: digest.chars().take(16).collect(),
                    created_at: row.try_get("created_at")?,
                    seen_at: row.try_get("seen_at")?,
                    current: current.as_ref() == Some(&digest),
                })
            })
            .collect()
    }

    /// Ends one session of a person by its identifier in the list, or all but the current one.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] where the person has no session of that identifier.
    pub async fn end_sessions(
        &self,
        account: &Account,
        id: Option<&str>,
        current: Option<&Secret>,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let mut change = self.database.change().await?;
        let ended = sqlx::query(
            "DELETE FROM session WHERE account_id IN \
             (SELECT id FROM account WHERE person_id = $1) AND \
             (($2 <> '' AND SUBSTR(digest, 1, 16) = $2) OR ($2 = '' AND digest <> $3))",
        )
        .bind(account.person().to_owned())
        .bind(id.unwrap_or_default().to_owned())
        .bind(current.map(Secret::digest).unwrap_or_default())
        .execute(&mut *change)
        .await?;
        if id.is_some() && ended.rows_affected() == 0 {
            return Err(AccessError::NotFound);
        }
        let (kind, own) = (Kind::SessionsEnded, account.id());
        journal::append(&mut change, now, Event { kind, actor: own, subject: own, detail: "" })
            .await?;
        self.commit(change).await
    }

    /// A session in a transaction, and whether others went: those that ended, and the oldest of
    /// too many.
    pub(super) async fn insert_session(
        &self,
        connection: &mut AnyConnection,
        account: &str,
        now: Timestamp,
    ) -> Result<(Secret, bool), AccessError> {
        let secret = Secret::new_session()?;
        let ended = sqlx::query(
            "DELETE FROM session WHERE account_id = $1 \
             AND (seen_at <= $2 - $3 OR created_at <= $2 - $4 OR digest NOT IN \
             (SELECT digest FROM session WHERE account_id = $1 \
              ORDER BY created_at DESC, digest LIMIT $5))",
        )
        .bind(account.to_owned())
        .bind(now.seconds())
        .bind(self.limits.session_idle)
        .bind(self.limits.session_life)
        .bind(SESSIONS - 1)
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "INSERT INTO session (digest, account_id, created_at, seen_at) \
             VALUES ($1, $2, $3, $3)",
        )
        .bind(secret.digest())
        .bind(account.to_owned())
        .bind(now.seconds())
        .execute(connection)
        .await?;
        Ok((secret, ended.rows_affected() > 0))
    }
}

/// A new secret for a session that lives; it does not live longer than the one that it continues.
pub(super) async fn renew(
    connection: &mut AnyConnection,
    account: &str,
    session: Option<&Secret>,
    now: Timestamp,
) -> Result<Option<Secret>, AccessError> {
    let Some(session) = session else { return Ok(None) };
    let renewed = Secret::new_session()?;
    let changed = sqlx::query(
        "UPDATE session SET digest = $3, seen_at = $4 WHERE digest = $1 AND account_id = $2",
    )
    .bind(session.digest())
    .bind(account.to_owned())
    .bind(renewed.digest())
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok((changed.rows_affected() == 1).then_some(renewed))
}
