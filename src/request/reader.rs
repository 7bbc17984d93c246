//! Whoever asks, and what they may see: the one way to data.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use sha2::{Digest, Sha256};

use crate::caller::Caller;
use crate::{App, Problem};
use accounts::Secret;
use edition::{ActiveSet, Edition};
use rights::{Account, Refusal, Timestamp, View};

/// An account whose credential was checked for this request, with its view of every active
/// edition. The editions are those of one moment: a switch during the request changes nothing.
#[derive(Clone)]
pub struct Reader {
    account: Arc<Account>,
    views: Arc<AccountViews>,
    base: Arc<str>,
}

/// The views of an account on the active editions.
struct AccountViews {
    set: Arc<ActiveSet>,
    views: Box<[View]>,
    scope: HeaderValue,
}

/// Cache of computed views, keyed by the address of the account in memory: the `Arc` is kept so
/// that the address is not reused. An account that changed is another `Arc`, and so is a set of
/// editions.
#[derive(Default)]
pub struct ReaderCache {
    kept: RwLock<HashMap<usize, CachedViews>>,
}

type CachedViews = (Arc<Account>, Arc<AccountViews>);

/// Accounts whose views are kept; when there are more, all are forgotten.
const MAX_CACHED: usize = 4_096;

impl Reader {
    /// Authorises a caller on every active edition, at one instant.
    ///
    /// # Errors
    ///
    /// Why the account may see nothing.
    pub fn new(
        app: &App,
        caller: &Caller,
        prefix: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Reader, Refusal> {
        let account = caller.shared_account();
        // Also where no edition is active, and however well the account is known.
        account.may_see(now)?;
        let views = app.readers().get(app, account, now)?;
        let base = match prefix {
            Some(token) => format!("{}/k/{}", app.public_url(), token.expose()).into(),
            None => Arc::clone(app.shared_public_url()),
        };
        Ok(Reader { account: Arc::clone(account), views, base })
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The account, for who keeps it beyond the request.
    pub fn shared_account(&self) -> &Arc<Account> {
        &self.account
    }

    /// The digest of (territory, audience, active editions): equal rights, equal scope.
    pub fn scope(&self) -> &HeaderValue {
        &self.views.scope
    }

    /// What absolute URLs start with for this reader, prefix included, without a final slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The active editions, the oldest first.
    pub fn editions(&self) -> &[Arc<Edition>] {
        self.views.set.all()
    }

    /// The edition of a name (an id or `latest`) and what the reader may see of it.
    ///
    /// # Errors
    ///
    /// 404 for a name that no active edition has.
    pub fn edition(&self, name: &str) -> Result<(&Arc<Edition>, &View), Problem> {
        let edition = self.views.set.get(name).ok_or_else(Problem::not_found)?;
        let index = self.views.set.all().iter().position(|one| Arc::ptr_eq(one, edition));
        let view =
            index.and_then(|index| self.views.views.get(index)).ok_or_else(Problem::internal)?;
        Ok((edition, view))
    }
}

impl ReaderCache {
    fn get(
        &self,
        app: &App,
        account: &Arc<Account>,
        now: Timestamp,
    ) -> Result<Arc<AccountViews>, Refusal> {
        let set = app.editions().current();
        let address = Arc::as_ptr(account).addr();
        {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, views)) = kept.get(&address)
                && Arc::ptr_eq(&views.set, &set)
            {
                return Ok(Arc::clone(views));
            }
        }
        let views = Arc::new(AccountViews::new(app, account, Arc::clone(&set), now)?);
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        // Views of other editions would hold their files open.
        kept.retain(|_, (_, views)| Arc::ptr_eq(&views.set, &set));
        if kept.len() >= MAX_CACHED {
            kept.clear();
        }
        kept.insert(address, (Arc::clone(account), Arc::clone(&views)));
        Ok(views)
    }
}

impl AccountViews {
    fn new(
        app: &App,
        account: &Account,
        set: Arc<ActiveSet>,
        now: Timestamp,
    ) -> Result<AccountViews, Refusal> {
        let mut views = Vec::with_capacity(set.all().len());
        let mut hash = Sha256::new();
        hash.update(format!("{}\n{}\n", set.digest(), account.audience().id()));
        for edition in set.all() {
            let view = app.view(account, edition, now)?;
            hash.update(view.scope());
            hash.update("\n");
            views.push(view);
        }
        // Hexadecimal is always a header's value.
        let scope = HeaderValue::try_from(hex::encode(hash.finalize()));
        let scope = scope.unwrap_or(HeaderValue::from_static(""));
        Ok(AccountViews { set, views: views.into(), scope })
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
