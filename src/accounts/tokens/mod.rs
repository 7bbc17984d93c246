//! Tokens: what programs read data with. Each is an account's, and shown once.

mod change;
mod name;

use serde::Serialize;
use sqlx::Row;

use super::{Access, AccessError, Actor, Secret};
use rights::{Account, Email, Timestamp};

/// A token as its owner sees it: never its secret.
#[derive(Clone, Debug, Serialize)]
pub struct Token {
    /// Its name, unique among the living ones of the account.
    pub name: String,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970: the first instant at which it opens nothing.
    pub expires_at: i64,
}

impl Access {
    /// Makes a token for the one account in service of an address. See [`Access::make_token`].
    ///
    /// # Errors
    ///
    /// Besides, [`AccessError::NoAccount`] and [`AccessError::ManyAccounts`].
    pub async fn add_token(
        &self,
        email: &Email,
        name: Option<&str>,
        days: u32,
        now: Timestamp,
    ) -> Result<Secret, AccessError> {
        let account = self.account_in_service(email, None).await?;
        self.make_token(Actor::Shell, &account, name, days, now).await
    }

    /// Revokes the living token of that name of the one account in service of an address.
    ///
    /// # Errors
    ///
    /// [`AccessError::NoToken`] where there is none, [`AccessError::NoAccount`] and
    /// [`AccessError::ManyAccounts`].
    pub async fn revoke_token(
        &self,
        email: &Email,
        name: &str,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let account = self.account_in_service(email, None).await?;
        self.end_token(Actor::Shell, &account, name, now).await
    }

    /// The living tokens of an account, by name.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
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

    /// The identifier of the account in service of an address: the one under a convention, or the
    /// only one.
    ///
    /// # Errors
    ///
    /// [`AccessError::NoAccount`] where there is none, [`AccessError::ManyAccounts`] where a
    /// convention must say which.
    pub async fn account_in_service(
        &self,
        email: &Email,
        convention: Option<&str>,
    ) -> Result<String, AccessError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT a.id FROM account a JOIN person p ON p.id = a.person_id WHERE p.email = $1 \
             AND a.state IN ('valide', 'actif') AND ($2 = '' OR a.convention_id = $2) LIMIT 2",
        )
        .bind(email.as_str().to_owned())
        .bind(convention.unwrap_or_default().to_owned())
        .fetch_all(self.database.pool())
        .await?;
        let mut ids = ids.into_iter();
        match (ids.next(), ids.next()) {
            (None, _) => Err(AccessError::NoAccount),
            (Some(id), None) => Ok(id),
            (Some(_), Some(_)) => Err(AccessError::ManyAccounts),
        }
    }
}
