//! A token made, revoked, and replaced.

use sqlx::AnyConnection;

use super::name::{free_name, is_name};
use crate::journal::{self, Event, Kind};
use crate::row::taken;
use crate::{Access, AccessError, Actor, Secret};
use rights::Timestamp;

/// Days a token lasts, at most.
const MAX_DAYS: u32 = 3650;
/// Living tokens of one account, at most.
const MAX_TOKENS: i64 = 50;

impl Access {
    /// Makes a token for an account in service, good for `days` days (1 to 3650), and gives it:
    /// it cannot be read again. Without a name it takes the first free one of `jeton`, `jeton-2`,
    /// `jeton-3`, … A name is free again once its token is revoked or expired.
    ///
    /// # Errors
    ///
    /// [`AccessError::BadTokenDays`], [`AccessError::BadTokenName`],
    /// [`AccessError::TokenNameTaken`], [`AccessError::TooManyTokens`] over 50 living ones, and
    /// [`AccessError::NoAccount`] where the account is not in service.
    pub async fn make_token(
        &self,
        actor: Actor<'_>,
        account: &str,
        name: Option<&str>,
        days: u32,
        now: Timestamp,
    ) -> Result<Secret, AccessError> {
        check_days(days)?;
        if name.is_some_and(|name| !is_name(name)) {
            return Err(AccessError::BadTokenName);
        }
        let token = Secret::new_token()?;
        let mut change = self.database.change().await?;
        check_in_service(&mut change, account).await?;
        sqlx::query(
            "UPDATE token SET revoked_at = expires_at \
             WHERE account_id = $1 AND revoked_at IS NULL AND expires_at <= $2",
        )
        .bind(account.to_owned())
        .bind(now.seconds())
        .execute(&mut *change)
        .await?;
        let names = living_names(&mut change, account).await?;
        if names.len() as i64 >= MAX_TOKENS {
            return Err(AccessError::TooManyTokens);
        }
        let name = name.map_or_else(|| free_name(&names), str::to_owned);
        sqlx::query(
            "INSERT INTO token (digest, account_id, name, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(token.digest())
        .bind(account.to_owned())
        .bind(name)
        .bind(now.seconds())
        .bind(end(days, now))
        .execute(&mut *change)
        .await
        .map_err(|error| taken(error, AccessError::TokenNameTaken))?;
        let event =
            Event { kind: Kind::TokenMade, actor: actor.id(), subject: account, detail: "" };
        journal::append(&mut change, now, event).await?;
        change.commit().await?;
        Ok(token)
    }

    /// Revokes the living token of that name of an account.
    ///
    /// # Errors
    ///
    /// [`AccessError::NoToken`] where there is none.
    pub async fn end_token(
        &self,
        actor: Actor<'_>,
        account: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let mut change = self.database.change().await?;
        let revoked = sqlx::query(
            "UPDATE token SET revoked_at = $3 \
             WHERE account_id = $1 AND name = $2 AND revoked_at IS NULL AND expires_at > $3",
        )
        .bind(account.to_owned())
        .bind(name.to_owned())
        .bind(now.seconds())
        .execute(&mut *change)
        .await?;
        if revoked.rows_affected() == 0 {
            return Err(AccessError::NoToken);
        }
        let (kind, actor) = (Kind::TokenRevoked, actor.id());
        journal::append(&mut change, now, Event { kind, actor, subject: account, detail: "" })
            .await?;
        self.commit(change).await
    }

    /// Revokes a living token and makes another of the same name, in one change.
    ///
    /// # Errors
    ///
    /// [`AccessError::BadTokenDays`], [`AccessError::NoToken`], and [`AccessError::NoAccount`]
    /// where the account is not in service.
    pub async fn rotate_token(
        &self,
        actor: Actor<'_>,
        account: &str,
        name: &str,
        days: u32,
        now: Timestamp,
    ) -> Result<Secret, AccessError> {
        check_days(days)?;
        let token = Secret::new_token()?;
        let mut change = self.database.change().await?;
        check_in_service(&mut change, account).await?;
        let renewed = sqlx::query(
            "UPDATE token SET digest = $3, created_at = $4, expires_at = $5 \
             WHERE account_id = $1 AND name = $2 AND revoked_at IS NULL AND expires_at > $4",
        )
        .bind(account.to_owned())
        .bind(name.to_owned())
        .bind(token.digest())
        .bind(now.seconds())
        .bind(end(days, now))
        .execute(&mut *change)
        .await?;
        if renewed.rows_affected() == 0 {
            return Err(AccessError::NoToken);
        }
        for kind in [Kind::TokenRevoked, Kind::TokenMade] {
            let event = Event { kind, actor: actor.id(), subject: account, detail: "" };
            journal::append(&mut change, now, event).await?;
        }
        self.commit(change).await?;
        Ok(token)
    }
}

fn check_days(days: u32) -> Result<(), AccessError> {
    if (1..=MAX_DAYS).contains(&days) { Ok(()) } else { Err(AccessError::BadTokenDays) }
}

fn end(days: u32, now: Timestamp) -> i64 {
    now.plus(i64::from(days) * 24 * 3600).seconds()
}

async fn check_in_service(
    connection: &mut AnyConnection,
    account: &str,
) -> Result<(), AccessError> {
    let found: Option<String> =
        sqlx::query_scalar("SELECT id FROM account WHERE id = $1 AND state IN ('valide', 'actif')")
            .bind(account.to_owned())
            .fetch_optional(connection)
            .await?;
    found.map(|_| ()).ok_or(AccessError::NoAccount)
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
