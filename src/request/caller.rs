//! Whoever was identified, whether or not they may see data: the one way to account routes.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::peer::Peer;
use crate::{App, Problem};
use accounts::{Actor, Credential, Secret};
use domain::Causes;
use rights::{Account, Timestamp};

/// An account whose credential was checked for this request.
#[derive(Clone)]
pub struct Caller {
    account: Arc<Account>,
    session: Option<Secret>,
}

/// A caller who showed a session. A token has none: it reads data and nothing else, so that one
/// that leaked changes nothing and lists nobody.
pub struct SignedIn {
    account: Arc<Account>,
    session: Secret,
}

impl Caller {
    /// The account of a credential, checked now.
    ///
    /// # Errors
    ///
    /// 401 without a credential or with one that opens nothing, 429 where its network tried too many,
    /// 503 where the accounts cannot be asked.
    pub async fn identify(
        app: &App,
        credential: Option<Credential>,
        Peer(peer): Peer,
        now: Timestamp,
    ) -> Result<Caller, Problem> {
        let credential = credential.ok_or_else(Problem::unauthorized)?;
        // Asked of the database only as often as a network may guess.
        let mut attempt = None;
        let may_look_up = || match app.rates().unknown_credentials.take(peer, now) {
            Ok(taken) => attempt.insert(Ok(taken)).is_ok(),
            Err(none) => attempt.insert(Err(none)).is_ok(),
        };
        let found = app.access().identify_if(&credential, now, may_look_up).await;
        match (found, attempt) {
            (Ok(Some(account)), attempt) => {
                if let Some(Ok(attempt)) = attempt {
                    attempt.give_back();
                }
                Ok(match credential {
                    Credential::Session(session) => Caller { account, session: Some(session) },
                    Credential::Token(_) => Caller { account, session: None },
                })
            }
            (Ok(None), Some(Err(none))) => Err(none.into()),
            (Ok(None), _) => Err(Problem::unauthorized()),
            (Err(error), _) => {
                tracing::error!("identification impossible : {}", Causes(&error));
                Err(Problem::unavailable())
            }
        }
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The account, for who keeps it.
    pub fn shared_account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Whether the credential is a session; otherwise it is a token.
    pub fn has_session(&self) -> bool {
        self.session.is_some()
    }
}

impl SignedIn {
    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The session that was shown.
    pub fn session(&self) -> &Secret {
        &self.session
    }

    /// The account as somebody who administers.
    pub fn actor(&self) -> Actor<'_> {
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
