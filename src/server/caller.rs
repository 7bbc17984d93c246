//! Whoever was identified, whether or not they may see data: the one way to account routes.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Problem;
use accounts::{Actor, Secret};
use rights::Account;

/// An account whose credential was checked for this request.
#[derive(Clone)]
pub(super) struct Caller {
    account: Arc<Account>,
    session: Option<Secret>,
}

/// A caller who showed a session. A token has none: it reads data and nothing else, so that one
/// that leaked changes nothing and lists nobody.
pub(super) struct SignedIn {
    account: Arc<Account>,
    session: Secret,
}

impl Caller {
    pub(super) fn new(account: Arc<Account>, session: Option<Secret>) -> Caller {
        Caller { account, session }
    }

    /// The account.
    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    /// The account, for who keeps it.
    pub(super) fn shared_account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Whether the credential is a session; otherwise it is a token.
    pub(super) fn has_session(&self) -> bool {
        self.session.is_some()
    }
}

impl SignedIn {
    /// The account.
    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    /// The session that was shown.
    pub(super) fn session(&self) -> &Secret {
        &self.session
    }

    /// The account as somebody who administers.
    pub(super) fn actor(&self) -> Actor<'_> {
        Actor::Account(&self.account)
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    /// 401 where the gate identified nobody.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Caller, Problem> {
        parts.extensions.get::<Caller>().cloned().ok_or_else(Problem::unauthorized)
    }
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    /// 401 where the gate identified nobody, or found a token.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<SignedIn, Problem> {
        let Caller { account, session } = Caller::from_request_parts(parts, state).await?;
        let session = session.ok_or_else(Problem::session_needed)?;
        Ok(SignedIn { account, session })
    }
}
