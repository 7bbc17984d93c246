//! Who administers, and whom.

use sqlx::{Any, Row, Transaction};

use super::journal::{self, Event, Kind};
use super::{Access, AccessError};
use rights::{Account, Role, Timestamp};

/// Whoever asks for a change.
#[derive(Clone, Copy, Debug)]
pub enum Actor<'a> {
    /// The operator, at the shell of the machine that holds the accounts.
    Shell,
    /// Somebody signed in.
    Account(&'a Account),
}

impl Actor<'_> {
    /// How the journal names them.
    pub fn id(&self) -> &str {
        match self {
            Actor::Shell => "shell",
            Actor::Account(account) => account.id(),
        }
    }

    /// Whether they act for the national operator, who sees all.
    pub fn is_operator(&self) -> bool {
        match self {
            Actor::Shell => true,
            Actor::Account(account) => account.role() == Role::Operateur && account.has_accepted(),
        }
    }

    /// Whether they administer a convention: the operator every one; a local administrator and
    /// their deputy their own and, as the mandating EPCI, those that depend on it.
    pub(super) fn manages(&self, convention: &str, parent: Option<&str>) -> bool {
        self.is_operator()
            || self.local().is_some_and(|own| own == convention || Some(own) == parent)
    }

    /// The convention that they administer as its local administrator or deputy.
    pub(super) fn local(&self) -> Option<&str> {
        match self {
            Actor::Account(account) if account.role().administers() && account.has_accepted() => {
                Some(account.convention())
            }
            _ => None,
        }
    }

    /// Whether somebody is the person who acts, under whatever of their accounts.
    pub(super) fn is(&self, person: &str) -> bool {
        matches!(self, Actor::Account(own) if own.person() == person)
    }
}

impl Access {
    /// Begins a change by somebody who administers, as long as they still are who they were when
    /// their request was let in: what another administrator did meanwhile counts.
    ///
    /// # Errors
    ///
    /// [`AccessError::Conflict`] where they are not.
    pub(super) async fn change_by(
        &self,
        actor: Actor<'_>,
    ) -> Result<Transaction<'static, Any>, AccessError> {
        let mut change = self.database.change().await?;
        let Actor::Account(account) = actor else { return Ok(change) };
        let row = sqlx::query(
            "SELECT role, state, \
             CASE WHEN clauses_version = (SELECT MAX(version) FROM clauses) THEN 1 ELSE 0 END \
             AS accepted FROM account WHERE id = $1",
        )
        .bind(account.id().to_owned())
        .fetch_one(&mut *change)
        .await?;
        let accepted =
            account.state() == rights::State::Active && row.try_get::<i64, _>("accepted")? == 1;
        let same = row.try_get::<String, _>("role")? == account.role().id()
            && row.try_get::<String, _>("state")? == account.state().id()
            && accepted == account.has_accepted();
        if same { Ok(change) } else { Err(AccessError::Conflict) }
    }

    /// Journals an attempt beyond somebody's powers. To them what they may not administer does
    /// not exist, and a refusal takes the same work whether it does or not.
    pub(super) async fn refuse<T>(
        &self,
        mut change: Transaction<'static, Any>,
        actor: Actor<'_>,
        what: &str,
        now: Timestamp,
    ) -> Result<T, AccessError> {
        let kind = Kind::AdministrationRefused;
        let event = Event { kind, actor: actor.id(), subject: "", detail: what };
        journal::append(&mut change, now, event).await?;
        change.commit().await?;
        Err(AccessError::NotFound)
    }
}
