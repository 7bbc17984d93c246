//! Whoever was identified, whether or not they may see data: the one way to account routes.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Problem;
use accounts::{Actor, Secret};
use rights::Account;

/// An account whose credential was checked for this request.
#[derive(Clone)]
pub struct Caller {
    account: Arc<Account>,
    session: Option<Secret>,
}

impl Caller {
    pub(super) fn new(account: Arc<Account>, session: Option<Secret>) -> Caller {
        Caller { account, session }
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The account, for who keeps it.
    pub(super) fn shared_account(&self) -> &Arc<Account> {
        &self.account
    }

    /// The session that the caller signed in with. A token has none: it reads data and nothing
    /// else, so that one that leaked changes nothing and lists nobody.
    pub fn session(&self) -> Result<&Secret, Problem> {
        self.session.as_ref().ok_or_else(Problem::session_needed)
    }

    /// The caller as somebody who administers, by session only.
    pub fn actor(&self) -> Result<Actor<'_>, Problem> {
        self.session().map(|_| Actor::Account(&self.account))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Caller, Problem> {
        parts.extensions.get::<Caller>().cloned().ok_or_else(Problem::unauthorized)
    }
}
