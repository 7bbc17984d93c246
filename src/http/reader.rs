//! Whoever asks, and what they may see: the one way to data.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use sha2::{Digest, Sha256};

use super::caller::Caller;
use super::{App, Problem};
use crate::access::{Account, Refusal, Secret, Timestamp, View};
use crate::edition::{ActiveSet, Edition};

/// An account whose credential was checked for this request, with its view of every active
/// edition. The editions are those of one moment: a switch during the request changes nothing.
#[derive(Clone)]
pub struct Reader {
    account: Arc<Account>,
    set: Arc<ActiveSet>,
    views: Arc<[View]>,
    base: Arc<str>,
    scope: Arc<str>,
}

impl Reader {
    /// Authorises an account on every active edition, at one instant.
    pub(super) fn new(
        app: &App,
        account: Arc<Account>,
        prefix: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Reader, Refusal> {
        // Also where no edition is active.
        account.may_see(now)?;
        let set = app.editions().current();
        let mut views = Vec::with_capacity(set.all().len());
        let mut hash = Sha256::new();
        hash.update(format!("{}\n{}\n", set.digest(), account.audience().id()));
        for edition in set.all() {
            let view = app.view(&account, edition, now)?;
            hash.update(view.scope());
            hash.update("\n");
            views.push(view);
        }
        let base = match prefix {
            Some(token) => format!("{}/k/{}", app.public_url(), token.expose()),
            None => app.public_url().to_owned(),
        };
        Ok(Reader {
            account,
            set,
            views: views.into(),
            base: base.into(),
            scope: hex::encode(hash.finalize()).into(),
        })
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The account, for who keeps it beyond the request.
    pub(super) fn shared_account(&self) -> &Arc<Account> {
        &self.account
    }

    /// The digest of (territory, audience, active editions): equal rights, equal scope.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// What absolute URLs start with for this reader, prefix included, without a final slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The active editions, the oldest first.
    pub fn editions(&self) -> &[Arc<Edition>] {
        self.set.all()
    }

    /// The edition of a name (an id or `latest`) and what the reader may see of it.
    pub fn edition(&self, name: &str) -> Result<(&Arc<Edition>, &View), Problem> {
        let edition = self.set.get(name).ok_or_else(Problem::not_found)?;
        let place = self.set.all().iter().position(|one| Arc::ptr_eq(one, edition));
        let view = place.and_then(|place| self.views.get(place)).ok_or_else(Problem::internal)?;
        Ok((edition, view))
    }
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Reader, Problem> {
        // A route that the gate let through as public, or for somebody who must accept the clauses
        // first, has no reader, so it has no data.
        if let Some(reader) = parts.extensions.get::<Reader>() {
            return Ok(reader.clone());
        }
        Err(match parts.extensions.get::<Caller>() {
            Some(_) => Problem::clauses(),
            None => Problem::unauthorized(),
        })
    }
}
