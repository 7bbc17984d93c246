//! Sessions: signing in and out, and the account that a person uses.

use serde::Serialize;
use sqlx::{AnyConnection, Row};

use super::identification::ACCOUNTS_OF_PERSON;
use super::journal::{self, Event, Kind};
use super::{Access, AccessError, Secret};
use rights::{Account, Email, Timestamp};

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

/// One of the accounts that a person may use.
#[derive(Clone, Debug, Serialize)]
pub struct Mandate {
    /// The identifier of the account.
    pub id: String,
    /// The name of the organisation under whose convention it is.
    pub organisation: String,
    /// The identifier of that convention.
    pub convention: String,
    /// What the account is for.
    pub role: &'static str,
    /// Seconds since 1970: the first instant at which it is over.
    pub until: Option<i64>,
    /// Whether the person may come in by it now.
    pub open: bool,
    /// Whether the question was asked by it.
    pub current: bool,
}

impl Access {
    /// A new session for an e-mail address and its password, or `None`: unknown address, person
    /// without an account in service, without a password, and wrong password look the same and
    /// take the same time. Of several accounts it uses the one that the person used last.
    ///
    /// # Errors
    ///
    /// [`AccessError::Busy`] when too many are signing in at once.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let email = email.parse::<Email>().map(|email| email.as_str().to_owned());
        let person = sqlx::query("SELECT id, password_hash FROM person WHERE email = $1")
            .bind(email.unwrap_or_default())
            .fetch_optional(self.database.pool())
            .await?;
        let (id, hash): (Option<String>, Option<String>) = match &person {
            Some(row) => (Some(row.try_get("id")?), row.try_get("password_hash")?),
            None => (None, None),
        };
        // Whoever it is, the same questions are asked before the answer.
        let accounts = self.accounts_of(id.as_deref().unwrap_or_default()).await?;
        let right = self.hasher.verify(password, hash.clone()).await?;
        let open = accounts.iter().find(|account| account.is_open(now));
        if let (true, Some(account), Some(hash)) = (right, open, &hash)
            && let Some(session) = self.new_session(account, hash, now).await?
        {
            return Ok(Some(session));
        }
        let mut change = self.database.change().await?;
        let (actor, subject) = ("-", id.unwrap_or_default());
        let event = Event { kind: Kind::SignInRefused, actor, subject: &subject, detail: "" };
        journal::append(&mut change, now, event).await?;
        change.commit().await?;
        Ok(None)
    }

    /// Ends a session; one that is not there is ended already, which changes nothing.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn sign_out(&self, session: &Secret, now: Timestamp) -> Result<(), AccessError> {
        if !session.is_session() {
            return Ok(());
        }
        const OWNER: &str = "SELECT account_id FROM session WHERE digest = $1";
        let digest = session.digest();
        // Looked up before the write lock is taken: whoever shows nothing waits for nobody.
        let known: Option<String> = sqlx::query_scalar(OWNER)
            .bind(digest.clone())
            .fetch_optional(self.database.pool())
            .await?;
        if known.is_none() {
            return Ok(());
        }
        let mut change = self.database.change().await?;
        let owner: Option<String> =
            sqlx::query_scalar(OWNER).bind(digest.clone()).fetch_optional(&mut *change).await?;
        let Some(owner) = owner else { return Ok(()) };
        sqlx::query("DELETE FROM session WHERE digest = $1")
            .bind(digest)
            .execute(&mut *change)
            .await?;
        let event = Event { kind: Kind::SignOut, actor: &owner, subject: &owner, detail: "" };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await
    }

    /// The accounts in service of the person of an account, whether or not their conventions hold
    /// now; at most 100.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn mandates(
        &self,
        account: &Account,
        now: Timestamp,
    ) -> Result<Vec<Mandate>, AccessError> {
        let rows = sqlx::query(ACCOUNTS_OF_PERSON)
            .bind(account.person().to_owned())
            .fetch_all(self.database.pool())
            .await?;
        let mut mandates = Vec::with_capacity(rows.len());
        for row in &rows {
            let one = self.read_account(row).await?;
            mandates.push(Mandate {
                id: one.id().to_owned(),
                organisation: row.try_get("organisation")?,
                convention: one.convention().to_owned(),
                role: one.role().id(),
                until: one.until().map(Timestamp::seconds),
                open: one.is_open(now),
                current: one.id() == account.id(),
            });
        }
        mandates.sort_by(|one, other| one.organisation.cmp(&other.organisation));
        Ok(mandates)
    }

    /// Has a session use another account of the same person. Gives the session's new secret.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] where that account is not theirs or is not open.
    pub async fn use_mandate(
        &self,
        account: &Account,
        session: &Secret,
        other: &str,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let accounts = self.accounts_of(account.person()).await?;
        let chosen = accounts.iter().find(|one| one.id() == other && one.is_open(now));
        let Some(chosen) = chosen else { return Err(AccessError::NotFound) };
        let mut change = self.database.change().await?;
        let renewed = renew(&mut change, account.id(), Some(session), now).await?;
        let Some(renewed) = renewed else { return Ok(None) };
        sqlx::query(
            "UPDATE session SET account_id = $2 WHERE digest = $1 AND EXISTS \
             (SELECT 1 FROM account WHERE id = $2 AND state IN ('valide', 'actif'))",
        )
        .bind(renewed.digest())
        .bind(chosen.id().to_owned())
        .execute(&mut *change)
        .await?;
        in_use(&mut change, chosen).await?;
        let (kind, actor) = (Kind::MandateChosen, chosen.id());
        let event = Event { kind, actor, subject: actor, detail: account.id() };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await?;
        Ok(Some(renewed))
    }

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

    /// The accounts in service of a person, the one that they used last first.
    async fn accounts_of(&self, person: &str) -> Result<Vec<Account>, AccessError> {
        let rows = sqlx::query(ACCOUNTS_OF_PERSON)
            .bind(person.to_owned())
            .fetch_all(self.database.pool())
            .await?;
        let mut accounts = Vec::with_capacity(rows.len());
        for row in &rows {
            accounts.push(self.read_account(row).await?);
        }
        Ok(accounts)
    }

    /// Begins a session, unless the account left service or the password changed since it was
    /// read: checking a password takes long enough for that.
    async fn new_session(
        &self,
        account: &Account,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let mut change = self.database.change().await?;
        let unchanged: Option<String> = sqlx::query_scalar(
            "SELECT a.id FROM account a JOIN person p ON p.id = a.person_id \
             WHERE a.id = $1 AND p.password_hash = $2 AND a.state IN ('valide', 'actif')",
        )
        .bind(account.id().to_owned())
        .bind(hash.to_owned())
        .fetch_optional(&mut *change)
        .await?;
        if unchanged.is_none() {
            return Ok(None);
        }
        let (secret, ended) = self.insert_session(&mut change, account.id(), now).await?;
        in_use(&mut change, account).await?;
        let (kind, actor) = (Kind::SignIn, account.id());
        journal::append(&mut change, now, Event { kind, actor, subject: actor, detail: "" })
            .await?;
        if ended {
            self.commit(change).await?;
        } else {
            // Nobody may see less than before: what is remembered goes on to count.
            change.commit().await?;
        }
        Ok(Some(secret))
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

async fn in_use(connection: &mut AnyConnection, account: &Account) -> Result<(), AccessError> {
    sqlx::query("UPDATE person SET in_use = $2 WHERE id = $1")
        .bind(account.person().to_owned())
        .bind(account.id().to_owned())
        .execute(connection)
        .await?;
    Ok(())
}
