//! The life of accounts and tokens, as the operator directs it. Every change is one transaction.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, Row};

use super::journal::{self, Event, Kind};
use super::store::{read, read_right};
use super::{Access, AccessError, Actor, NewAccount, Secret};
use domain::Audience;
use rights::{Email, Right, Role, State, Step, Timestamp};

/// Days a token lasts, at most.
const MAX_DAYS: u32 = 3650;
/// Living tokens of one account, at most.
const MAX_TOKENS: i64 = 50;
/// Characters of a token's name, at most.
const MAX_NAME: usize = 64;
/// Accounts that [`Access::list`] gives at once, at most.
pub const PAGE: i64 = 500;

/// What a list says of an account.
#[derive(Clone, Debug)]
pub struct Listed {
    email: Email,
    role: Role,
    audience: Audience,
    rights: Vec<Right>,
    id: String,
    name: Option<String>,
    state: State,
    convention: Option<String>,
    tokens: Vec<String>,
}

impl Access {
    /// Makes an account by the operator's own hand, and gives its identifier. Errors with [`AccessError::EmailTaken`] where
    /// one exists for the address, disabled ones included.
    pub async fn add_account(
        &self,
        account: &NewAccount,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        let hash = match account.password() {
            Some(password) => Some(self.hasher.hash(password).await?),
            None => None,
        };
        let id = new_id()?;
        let mut change = self.database.change().await?;
        sqlx::query(
            "INSERT INTO account (id, email, role, audience, password_hash, created_at, state, \
             exception, clauses_version, clauses_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, \
             CASE WHEN $7 = 'actif' THEN (SELECT MAX(version) FROM clauses) END, \
             CASE WHEN $7 = 'actif' THEN $6 END)",
        )
        .bind(id.clone())
        .bind(account.email().as_str().to_owned())
        .bind(account.role().id())
        .bind(account.audience().id())
        .bind(hash)
        .bind(now.seconds())
        .bind(account.state().id())
        .bind(account.exception().map(str::to_owned))
        .execute(&mut *change)
        .await
        .map_err(|error| taken(error, AccessError::EmailTaken))?;
        for right in account.rights() {
            sqlx::query(
                "INSERT INTO account_right (account_id, territory, finest) VALUES ($1, $2, $3)",
            )
            .bind(id.clone())
            .bind(right.territory().to_string())
            .bind(right.finest().id())
            .execute(&mut *change)
            .await?;
        }
        let detail = match account.exception() {
            Some(_) => "adresse admise par exception",
            None => "",
        };
        let event = Event { kind: Kind::AccountMade, actor: "shell", subject: &id, detail };
        journal::append(&mut change, now, event).await?;
        change.commit().await?;
        Ok(id)
    }

    /// Makes a token for an account in service, good for `days` days (1 to 3650), and gives it:
    /// it cannot be read again. Without a name it takes the first free one of `jeton`, `jeton-2`,
    /// `jeton-3`, … A name is free again once its token is revoked or expired.
    pub async fn add_token(
        &self,
        email: &Email,
        name: Option<&str>,
        days: u32,
        now: Timestamp,
    ) -> Result<Secret, AccessError> {
        self.make_token(Actor::Shell, email, name, days, now).await
    }

    /// The same, by whoever acts.
    pub async fn make_token(
        &self,
        actor: Actor<'_>,
        email: &Email,
        name: Option<&str>,
        days: u32,
        now: Timestamp,
    ) -> Result<Secret, AccessError> {
        if !(1..=MAX_DAYS).contains(&days) {
            return Err(AccessError::BadTokenDays);
        }
        if name.is_some_and(|name| !is_name(name)) {
            return Err(AccessError::BadTokenName);
        }
        let token = Secret::new_token()?;
        let mut change = self.database.change().await?;
        let account = account_in_service(&mut change, email).await?;
        sqlx::query(
            "UPDATE token SET revoked_at = expires_at \
             WHERE account_id = $1 AND revoked_at IS NULL AND expires_at <= $2",
        )
        .bind(account.clone())
        .bind(now.seconds())
        .execute(&mut *change)
        .await?;
        let names = living_names(&mut change, &account).await?;
        if names.len() as i64 >= MAX_TOKENS {
            return Err(AccessError::TooManyTokens);
        }
        let name = match name {
            Some(name) => name.to_owned(),
            None => free_name(&names),
        };
        sqlx::query(
            "INSERT INTO token (digest, account_id, name, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(token.digest())
        .bind(account.clone())
        .bind(name.to_owned())
        .bind(now.seconds())
        .bind(now.plus(i64::from(days) * 24 * 3600).seconds())
        .execute(&mut *change)
        .await
        .map_err(|error| taken(error, AccessError::TokenNameTaken))?;
        let event =
            Event { kind: Kind::TokenMade, actor: actor.id(), subject: &account, detail: "" };
        journal::append(&mut change, now, event).await?;
        change.commit().await?;
        Ok(token)
    }

    /// Revokes the living token of that name. Errors with [`AccessError::NoToken`] where there is
    /// none, [`AccessError::NoAccount`] where no account in service has the address.
    pub async fn revoke_token(
        &self,
        email: &Email,
        name: &str,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        self.end_token(Actor::Shell, email, name, now).await
    }

    /// The same, by whoever acts.
    pub async fn end_token(
        &self,
        actor: Actor<'_>,
        email: &Email,
        name: &str,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let mut change = self.database.change().await?;
        let account = account_in_service(&mut change, email).await?;
        let revoked = sqlx::query(
            "UPDATE token SET revoked_at = $3 \
             WHERE account_id = $1 AND name = $2 AND revoked_at IS NULL AND expires_at > $3",
        )
        .bind(account.clone())
        .bind(name.to_owned())
        .bind(now.seconds())
        .execute(&mut *change)
        .await?;
        if revoked.rows_affected() == 0 {
            return Err(AccessError::NoToken);
        }
        let (kind, actor) = (Kind::TokenRevoked, actor.id());
        journal::append(&mut change, now, Event { kind, actor, subject: &account, detail: "" })
            .await?;
        self.commit(change).await
    }

    /// Revokes a living token and makes another of the same name, in one change.
    pub async fn rotate_token(
        &self,
        actor: Actor<'_>,
        email: &Email,
        name: &str,
        days: u32,
        now: Timestamp,
    ) -> Result<Secret, AccessError> {
        if !(1..=MAX_DAYS).contains(&days) {
            return Err(AccessError::BadTokenDays);
        }
        let token = Secret::new_token()?;
        let mut change = self.database.change().await?;
        let account = account_in_service(&mut change, email).await?;
        let renewed = sqlx::query(
            "UPDATE token SET digest = $3, created_at = $4, expires_at = $5 \
             WHERE account_id = $1 AND name = $2 AND revoked_at IS NULL AND expires_at > $4",
        )
        .bind(account.clone())
        .bind(name.to_owned())
        .bind(token.digest())
        .bind(now.seconds())
        .bind(now.plus(i64::from(days) * 24 * 3600).seconds())
        .execute(&mut *change)
        .await?;
        if renewed.rows_affected() == 0 {
            return Err(AccessError::NoToken);
        }
        for kind in [Kind::TokenRevoked, Kind::TokenMade] {
            let event = Event { kind, actor: actor.id(), subject: &account, detail: "" };
            journal::append(&mut change, now, event).await?;
        }
        self.commit(change).await?;
        Ok(token)
    }

    /// Disables an account: its tokens are revoked, its sessions ended, its password opens
    /// nothing. Errors with [`AccessError::NoAccount`] where none in service has the address.
    pub async fn disable(&self, email: &Email, now: Timestamp) -> Result<(), AccessError> {
        let mut change = self.database.change().await?;
        let account = account_in_service(&mut change, email).await?;
        self.set_state(&mut change, &account, State::Suspended, now).await?;
        let event = Event {
            kind: Kind::AccountStep,
            actor: "shell",
            subject: &account,
            detail: Step::Suspend.id(),
        };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await
    }

    /// Up to [`PAGE`] accounts, disabled ones included, by address, from the one that follows
    /// `after`. A shorter page is the last.
    pub async fn list(
        &self,
        after: Option<&Email>,
        now: Timestamp,
    ) -> Result<Vec<Listed>, AccessError> {
        self.list_for(Actor::Shell, after, now).await
    }

    /// The same for whoever asks: the operator sees all, a local administrator the people of their
    /// convention and of those that depend on it, others nobody.
    pub async fn list_for(
        &self,
        actor: Actor<'_>,
        after: Option<&Email>,
        now: Timestamp,
    ) -> Result<Vec<Listed>, AccessError> {
        let after = after.map_or("", Email::as_str);
        let mut snapshot = self.database.pool().begin().await?;
        let mut accounts = Vec::new();
        let mut places = BTreeMap::new();
        let rows = sqlx::query(
            "SELECT id, email, role, audience, state, convention_id, name FROM account \
             WHERE email > $1 AND ($3 = 1 OR convention_id IN \
             (SELECT id FROM convention WHERE id = $4 OR parent_id = $4)) \
             ORDER BY email LIMIT $2",
        )
        .bind(after.to_owned())
        .bind(PAGE)
        .bind(i64::from(actor.is_operator()))
        .bind(actor.local().unwrap_or_default().to_owned())
        .fetch_all(&mut *snapshot)
        .await?;
        for row in &rows {
            places.insert(row.try_get::<String, _>("id")?, accounts.len());
            accounts.push(Listed {
                email: read(&row.try_get::<String, _>("email")?, "account.email")?,
                role: read(&row.try_get::<String, _>("role")?, "account.role")?,
                audience: read(&row.try_get::<String, _>("audience")?, "account.audience")?,
                rights: Vec::new(),
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                state: read(&row.try_get::<String, _>("state")?, "account.state")?,
                convention: row.try_get("convention_id")?,
                tokens: Vec::new(),
            });
        }
        for (id, place) in places {
            let rights = sqlx::query(
                "SELECT territory, finest FROM account_right WHERE account_id = $1 \
                     UNION ALL SELECT r.territory, r.finest FROM account a \
                     JOIN convention_right r ON r.convention_id = a.convention_id WHERE a.id = $1",
            )
            .bind(id.clone())
            .fetch_all(&mut *snapshot)
            .await?;
            for row in &rights {
                let (territory, finest): (String, String) =
                    (row.try_get("territory")?, row.try_get("finest")?);
                let right = read_right(&territory, &finest)?;
                accounts[place].rights.push(right);
            }
            accounts[place].rights.sort_unstable();
            accounts[place].tokens = sqlx::query_scalar(
                "SELECT name FROM token \
                 WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY name",
            )
            .bind(id.clone())
            .bind(now.seconds())
            .fetch_all(&mut *snapshot)
            .await?;
        }
        Ok(accounts)
    }
}

impl Listed {
    /// The normalised address.
    pub fn email(&self) -> &Email {
        &self.email
    }

    /// What the account is for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Which indicators it reads.
    pub fn audience(&self) -> Audience {
        self.audience
    }

    /// Its rights, sorted.
    pub fn rights(&self) -> &[Right] {
        &self.rights
    }

    /// The identifier of the account.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The person's name, where it was asked.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Where it is in its life.
    pub fn state(&self) -> State {
        self.state
    }

    /// Its convention.
    pub fn convention(&self) -> Option<&str> {
        self.convention.as_deref()
    }

    /// The names of its living tokens, sorted.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }
}

async fn account_in_service(
    connection: &mut AnyConnection,
    email: &Email,
) -> Result<String, AccessError> {
    sqlx::query_scalar("SELECT id FROM account WHERE email = $1 AND state IN ('valide', 'actif')")
        .bind(email.as_str().to_owned())
        .fetch_optional(connection)
        .await?
        .ok_or(AccessError::NoAccount)
}

async fn living_names(
    connection: &mut AnyConnection,
    account: &str,
) -> Result<Vec<String>, AccessError> {
    Ok(sqlx::query_scalar(
        "SELECT name FROM token WHERE account_id = $1 AND revoked_at IS NULL LIMIT $2",
    )
    .bind(account.to_owned())
    .bind(MAX_TOKENS)
    .fetch_all(connection)
    .await?)
}

/// The first of `jeton`, `jeton-2`, … that no living token has.
fn free_name(names: &[String]) -> String {
    let candidate = |number| match number {
        1 => "jeton".to_owned(),
        _ => format!("jeton-{number}"),
    };
    // There is one candidate more than there are names: one is always free.
    let free = (1..=names.len() + 1).map(candidate).find(|name| !names.contains(name));
    free.unwrap_or_else(|| candidate(names.len() + 1))
}

fn is_name(name: &str) -> bool {
    name.len() <= 4 * MAX_NAME
        && (1..=MAX_NAME).contains(&name.chars().count())
        && name.trim() == name
        && !name.chars().any(char::is_control)
}

/// An identifier without meaning: 16 random bytes in hexadecimal.
pub(super) fn new_id() -> Result<String, AccessError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(AccessError::Random)?;
    Ok(hex::encode(bytes))
}

/// What a broken uniqueness means, in the words of who asked.
pub(super) fn taken(error: sqlx::Error, meaning: AccessError) -> AccessError {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => meaning,
        _ => error.into(),
    }
}
