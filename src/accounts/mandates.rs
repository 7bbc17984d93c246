//! The accounts that one person holds, each under a convention, and the one in use.

use serde::Serialize;
use sqlx::{AnyConnection, Row};

use super::account_row::ACCOUNTS_OF_PERSON;
use super::journal::{self, Event, Kind};
use super::sessions::renew;
use super::{Access, AccessError, Secret};
use rights::{Account, Timestamp};

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
        put_in_use(&mut change, chosen).await?;
        let (kind, actor) = (Kind::MandateChosen, chosen.id());
        let event = Event { kind, actor, subject: actor, detail: account.id() };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await?;
        Ok(Some(renewed))
    }

    /// The accounts in service of a person, the one that they used last first.
    pub(super) async fn accounts_of(&self, person: &str) -> Result<Vec<Account>, AccessError> {
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
}

/// Notes the account that a person uses, for their next sign-in.
pub(super) async fn put_in_use(
    connection: &mut AnyConnection,
    account: &Account,
) -> Result<(), AccessError> {
    sqlx::query("UPDATE person SET in_use = $2 WHERE id = $1")
        .bind(account.person().to_owned())
        .bind(account.id().to_owned())
        .execute(connection)
        .await?;
    Ok(())
}
