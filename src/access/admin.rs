//! The life of accounts and tokens, as the operator directs it. Every change is one transaction.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Row, Sqlite, Transaction};

use super::store::{read, read_right};
use super::{Access, AccessError, Email, NewAccount, Right, Role, Secret, Timestamp};
use crate::domain::Audience;

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
    disabled: bool,
    tokens: Vec<String>,
}

impl Access {
    /// Makes an account and gives its identifier. Errors with [`AccessError::EmailTaken`] where
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
        let mut change = self.change().await?;
        sqlx::query(
            "INSERT INTO account (id, email, role, audience, password_hash, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&id)
        .bind(account.email().as_str())
        .bind(account.role().id())
        .bind(account.audience().id())
        .bind(hash)
        .bind(now.seconds())
        .execute(&mut *change)
        .await
        .map_err(|error| taken(error, AccessError::EmailTaken))?;
        for right in account.rights() {
            sqlx::query(
                "INSERT INTO account_right (account_id, territory, finest) VALUES ($1, $2, $3)",
            )
            .bind(&id)
            .bind(right.territory().to_string())
            .bind(right.finest().id())
            .execute(&mut *change)
            .await?;
        }
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
        if !(1..=MAX_DAYS).contains(&days) {
            return Err(AccessError::BadTokenDays);
        }
        if name.is_some_and(|name| !is_name(name)) {
            return Err(AccessError::BadTokenName);
        }
        let token = Secret::new_token()?;
        let mut change = self.change().await?;
        let account = account_in_service(&mut change, email).await?;
        sqlx::query(
            "UPDATE token SET revoked_at = expires_at \
             WHERE account_id = $1 AND revoked_at IS NULL AND expires_at <= $2",
        )
        .bind(&account)
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
        .bind(&account)
        .bind(name)
        .bind(now.seconds())
        .bind(now.plus(i64::from(days) * 24 * 3600).seconds())
        .execute(&mut *change)
        .await
        .map_err(|error| taken(error, AccessError::TokenNameTaken))?;
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
        let mut change = self.change().await?;
        let account = account_in_service(&mut change, email).await?;
        let revoked = sqlx::query(
            "UPDATE token SET revoked_at = $3 \
             WHERE account_id = $1 AND name = $2 AND revoked_at IS NULL AND expires_at > $3",
        )
        .bind(&account)
        .bind(name)
        .bind(now.seconds())
        .execute(&mut *change)
        .await?;
        if revoked.rows_affected() == 0 {
            return Err(AccessError::NoToken);
        }
        Ok(change.commit().await?)
    }

    /// Disables an account: its tokens are revoked, its sessions ended, its password opens
    /// nothing. Errors with [`AccessError::NoAccount`] where none in service has the address.
    pub async fn disable(&self, email: &Email, now: Timestamp) -> Result<(), AccessError> {
        let mut change = self.change().await?;
        let account = account_in_service(&mut change, email).await?;
        for statement in [
            "UPDATE account SET disabled_at = $2 WHERE id = $1",
            "UPDATE token SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL",
        ] {
            let query = sqlx::query(statement).bind(&account).bind(now.seconds());
            query.execute(&mut *change).await?;
        }
        sqlx::query("DELETE FROM session WHERE account_id = $1")
            .bind(&account)
            .execute(&mut *change)
            .await?;
        Ok(change.commit().await?)
    }

    /// Up to [`PAGE`] accounts, disabled ones included, by address, from the one that follows
    /// `after`. A shorter page is the last.
    pub async fn list(
        &self,
        after: Option<&Email>,
        now: Timestamp,
    ) -> Result<Vec<Listed>, AccessError> {
        let after = after.map_or("", Email::as_str);
        let mut snapshot = self.pool.begin().await?;
        let mut accounts = Vec::new();
        let mut places = BTreeMap::new();
        let rows = sqlx::query(
            "SELECT id, email, role, audience, disabled_at FROM account \
             WHERE email > $1 ORDER BY email LIMIT $2",
        )
        .bind(after)
        .bind(PAGE)
        .fetch_all(&mut *snapshot)
        .await?;
        for row in &rows {
            places.insert(row.try_get::<String, _>("id")?, accounts.len());
            accounts.push(Listed {
                email: read(row.try_get("email")?, "account.email")?,
                role: read(row.try_get("role")?, "account.role")?,
                audience: read(row.try_get("audience")?, "account.audience")?,
                rights: Vec::new(),
                disabled: row.try_get::<Option<i64>, _>("disabled_at")?.is_some(),
                tokens: Vec::new(),
            });
        }
        for (id, place) in places {
            let rights =
                sqlx::query("SELECT territory, finest FROM account_right WHERE account_id = $1")
                    .bind(&id)
                    .fetch_all(&mut *snapshot)
                    .await?;
            for row in &rights {
                let right = read_right(row.try_get("territory")?, row.try_get("finest")?)?;
                accounts[place].rights.push(right);
            }
            accounts[place].rights.sort_unstable();
            accounts[place].tokens = sqlx::query_scalar(
                "SELECT name FROM token \
                 WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY name",
            )
            .bind(&id)
            .bind(now.seconds())
            .fetch_all(&mut *snapshot)
            .await?;
        }
        Ok(accounts)
    }

    /// A transaction that holds the write lock from its start: what it reads stays true until it
    /// writes, under two administrators at once.
    async fn change(&self) -> Result<Transaction<'static, Sqlite>, AccessError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
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

    /// Whether the operator disabled it.
    pub fn is_disabled(&self) -> bool {
        self.disabled
    }

    /// The names of its living tokens, sorted.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }
}

async fn account_in_service(
    connection: &mut SqliteConnection,
    email: &Email,
) -> Result<String, AccessError> {
    sqlx::query_scalar("SELECT id FROM account WHERE email = $1 AND disabled_at IS NULL")
        .bind(email.as_str())
        .fetch_optional(connection)
        .await?
        .ok_or(AccessError::NoAccount)
}

async fn living_names(
    connection: &mut SqliteConnection,
    account: &str,
) -> Result<Vec<String>, AccessError> {
    Ok(sqlx::query_scalar(
        "SELECT name FROM token WHERE account_id = $1 AND revoked_at IS NULL LIMIT $2",
    )
    .bind(account)
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
fn new_id() -> Result<String, AccessError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(AccessError::Random)?;
    Ok(hex::encode(bytes))
}

/// What a broken uniqueness means, in the words of who asked.
fn taken(error: sqlx::Error, meaning: AccessError) -> AccessError {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => meaning,
        _ => error.into(),
    }
}
