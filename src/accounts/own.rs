//! What somebody does with their own account: clauses, password, sessions, tokens.

use serde::Serialize;
use sqlx::Row;

use super::journal::{self, Event, Kind};
use super::letters::Letter;
use super::mail;
use super::people::{new_ticket, state_of, use_ticket};
use super::{Access, AccessError, Actor, Password, Secret};
use rights::{Account, Email, State, Step, Timestamp};

/// How long the link of a new password holds.
const RESET_SECONDS: i64 = 3600;
/// What a ticket proves.
const RESET: &str = "mot-de-passe";
/// The clauses of a new installation.
const FIRST_CLAUSES: &str = include_str!("../../data/clauses.md");
/// Bytes of the clauses, at most.
const MAX_CLAUSES: usize = 64 << 10;

/// The clauses in force.
#[derive(Clone, Debug, Serialize)]
pub struct Clauses {
    pub version: i64,
    pub body: String,
}

/// A session as its owner sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Session {
    pub id: String,
    pub created_at: i64,
    pub seen_at: i64,
    pub current: bool,
}

/// A token as its owner sees it: never its secret.
#[derive(Clone, Debug, Serialize)]
pub struct Token {
    pub name: String,
    pub created_at: i64,
    pub expires_at: i64,
}

impl Access {
    /// The clauses in force.
    pub async fn clauses(&self) -> Result<Clauses, AccessError> {
        let row = sqlx::query("SELECT version, body FROM clauses ORDER BY version DESC LIMIT 1")
            .fetch_one(self.database.pool())
            .await?;
        Ok(Clauses { version: row.try_get("version")?, body: row.try_get("body")? })
    }

    /// Puts other clauses in force: everybody is asked to accept them before seeing more.
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
        let detail = format!("version {version}");
        let (kind, actor) = (Kind::ClausesPublished, actor.id());
        journal::append(&mut change, now, Event { kind, actor, subject: "", detail: &detail })
            .await?;
        self.commit(change).await?;
        Ok(version)
    }

    /// Accepts the clauses, named by the version that was read. With a session, a new one takes
    /// its place: the account may more now than when it began.
    pub async fn accept_clauses(
        &self,
        account: &Account,
        version: i64,
        session: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let mut change = self.database.change().await?;
        let current: Option<i64> =
            sqlx::query_scalar("SELECT MAX(version) FROM clauses").fetch_one(&mut *change).await?;
        if current != Some(version) {
            return Err(AccessError::Conflict);
        }
        let (_, state) = self.own(&mut change, account).await?;
        let after = state.after(Step::AcceptClauses)?;
        sqlx::query(
            "UPDATE account SET state = $2, clauses_version = $3, clauses_at = $4 WHERE id = $1",
        )
        .bind(account.id().to_owned())
        .bind(after.id())
        .bind(version)
        .bind(now.seconds())
        .execute(&mut *change)
        .await?;
        let renewed = self.renew(&mut change, account.id(), session, now).await?;
        let detail = format!("clauses : version {version}");
        let (kind, id) = (Kind::AccountStep, account.id());
        journal::append(&mut change, now, Event { kind, actor: id, subject: id, detail: &detail })
            .await?;
        self.commit(change).await?;
        Ok(renewed)
    }

    /// Sends a link for a new password where the address has an account in service, and nothing
    /// elsewhere; the answer is the same.
    pub async fn ask_reset(&self, email: &str, now: Timestamp) -> Result<(), AccessError> {
        let mut change = self.database.change().await?;
        if let Ok(email) = email.parse::<Email>()
            && let Some((id, state)) = state_of(&mut change, &email).await?
            && state.may_sign_in()
        {
            let ticket = new_ticket(&mut change, &id, RESET, now.plus(RESET_SECONDS)).await?;
            let letter = Letter::Reset.write(&self.public_url, ticket.expose());
            mail::enqueue(&mut change, &email, &letter, now).await?;
            let event = Event { kind: Kind::ResetAsked, actor: "-", subject: &id, detail: "" };
            journal::append(&mut change, now, event).await?;
        }
        Ok(change.commit().await?)
    }

    /// Sets a new password by the link that was sent. Every session ends.
    pub async fn reset(
        &self,
        ticket: &Secret,
        password: &Password,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        password.check_uncommon()?;
        let hash = self.hasher.hash(password).await?;
        let mut change = self.database.change().await?;
        let id = use_ticket(&mut change, ticket, RESET, now).await?;
        self.set_password(&mut change, &id, hash, now).await?;
        self.commit(change).await
    }

    /// Changes a password by the one before. Every session ends but the one that takes this one's
    /// place. `None` where the password before is not the one.
    pub async fn change_password(
        &self,
        account: &Account,
        before: &str,
        password: &Password,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        password.check_uncommon()?;
        let stored: Option<String> =
            sqlx::query_scalar("SELECT password_hash FROM account WHERE id = $1")
                .bind(account.id().to_owned())
                .fetch_one(self.database.pool())
                .await?;
        if !self.hasher.verify(before, stored.clone()).await? {
            return Ok(None);
        }
        let hash = self.hasher.hash(password).await?;
        let mut change = self.database.change().await?;
        let same: Option<String> =
            sqlx::query_scalar("SELECT id FROM account WHERE id = $1 AND password_hash = $2")
                .bind(account.id().to_owned())
                .bind(stored.unwrap_or_default())
                .fetch_optional(&mut *change)
                .await?;
        if same.is_none() {
            return Err(AccessError::Conflict);
        }
        self.set_password(&mut change, account.id(), hash, now).await?;
        let (session, _) = self.insert_session(&mut change, account.id(), now).await?;
        self.commit(change).await?;
        Ok(Some(session))
    }

    /// Replaces a session's secret; `None` where it ended.
    pub async fn rotate_session(
        &self,
        account: &Account,
        session: &Secret,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let mut change = self.database.change().await?;
        let renewed = self.renew(&mut change, account.id(), Some(session), now).await?;
        let (kind, id) = (Kind::SessionRotated, account.id());
        journal::append(&mut change, now, Event { kind, actor: id, subject: id, detail: "" })
            .await?;
        self.commit(change).await?;
        Ok(renewed)
    }

    /// The living sessions of an account, the latest first.
    pub async fn sessions(
        &self,
        account: &Account,
        current: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Vec<Session>, AccessError> {
        let rows = sqlx::query(
            "SELECT digest, created_at, seen_at FROM session WHERE account_id = $1 \
             AND seen_at > $2 - $3 AND created_at > $2 - $4 ORDER BY created_at DESC, digest",
        )
        .bind(account.id().to_owned())
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

    /// Ends one session of an account by its identifier in the list, or all but the current one.
    pub async fn end_sessions(
        &self,
        account: &Account,
        id: Option<&str>,
        current: Option<&Secret>,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let mut change = self.database.change().await?;
        let ended = sqlx::query(
            "DELETE FROM session WHERE account_id = $1 AND \
             (($2 <> '' AND SUBSTR(digest, 1, 16) = $2) OR ($2 = '' AND digest <> $3))",
        )
        .bind(account.id().to_owned())
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

    /// The living tokens of an account, by name.
    pub async fn tokens(
        &self,
        account: &Account,
        now: Timestamp,
    ) -> Result<Vec<Token>, AccessError> {
        let rows = sqlx::query(
            "SELECT name, created_at, expires_at FROM token \
             WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY name",
        )
        .bind(account.id().to_owned())
        .bind(now.seconds())
        .fetch_all(self.database.pool())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Token {
                    name: row.try_get("name")?,
                    created_at: row.try_get("created_at")?,
                    expires_at: row.try_get("expires_at")?,
                })
            })
            .collect()
    }

    /// The identifier and the state that an account has in the database now.
    async fn own(
        &self,
        connection: &mut sqlx::AnyConnection,
        account: &Account,
    ) -> Result<(String, State), AccessError> {
        let email: Email = account.email().parse()?;
        state_of(connection, &email).await?.ok_or(AccessError::NoAccount)
    }

    /// A new secret for a session that lives.
    async fn renew(
        &self,
        connection: &mut sqlx::AnyConnection,
        account: &str,
        session: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let Some(session) = session else { return Ok(None) };
        let renewed = Secret::new_session()?;
        // The new secret does not live longer than the session that it continues.
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

    async fn set_password(
        &self,
        connection: &mut sqlx::AnyConnection,
        account: &str,
        hash: String,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        sqlx::query("UPDATE account SET password_hash = $2 WHERE id = $1")
            .bind(account.to_owned())
            .bind(hash)
            .execute(&mut *connection)
            .await?;
        for statement in [
            "DELETE FROM session WHERE account_id = $1",
            "DELETE FROM ticket WHERE account_id = $1 AND purpose = 'mot-de-passe'",
        ] {
            sqlx::query(statement).bind(account.to_owned()).execute(&mut *connection).await?;
        }
        let (kind, actor) = (Kind::PasswordChanged, account);
        journal::append(connection, now, Event { kind, actor, subject: account, detail: "" }).await
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
