//! From a credential to the account behind it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::BoxFuture;
use sqlx::Row;

use super::account_row::{ACCOUNT_OF_SESSION, ACCOUNT_OF_TOKEN};
use super::cache::{Ends, Freshness, Known};
use super::{Access, AccessError, Credential, Secret};
use rights::{Account, Timestamp};

/// The last use is written when the one known is this old: reading does not write each time. A
/// session may so end up to five minutes before its idle hours are over, never after.
const SESSION_GRAIN: i64 = 5 * 60;

impl Access {
    /// The account in service behind a credential, or `None`: unknown, malformed, revoked,
    /// expired and suspended look the same. What is remembered does not count after this process
    /// or, on SQLite, another of this machine changed a right; on PostgreSQL it counts for less
    /// than a second after another process did.
    ///
    /// # Errors
    ///
    /// [`AccessError::Database`] and [`AccessError::Corrupt`]: then nobody is let in.
    pub async fn identify(
        &self,
        credential: &Credential,
        now: Timestamp,
    ) -> Result<Option<Arc<Account>>, AccessError> {
        self.identify_if(credential, now, || true).await
    }

    /// The same, where a credential that nobody remembers is looked up in the database only if
    /// `may_look_up` allows it; otherwise the answer is `None`.
    ///
    /// # Errors
    ///
    /// Those of [`Access::identify`].
    pub async fn identify_if(
        &self,
        credential: &Credential,
        now: Timestamp,
        may_look_up: impl FnOnce() -> bool,
    ) -> Result<Option<Arc<Account>>, AccessError> {
        if !credential.is_well_formed() {
            return Ok(None);
        }
        let digest = credential.secret().hash();
        match self.cache.freshness(self.database.stamp()) {
            Freshness::Fresh => {}
            Freshness::Due => {
                // Without an answer the next request asks, and waits for it.
                self.refresh_soon();
            }
            Freshness::Stale => self.refreshed().await?,
        }
        let known = match self.cache.get(&digest) {
            Some(known) => known,
            None => {
                if !may_look_up() {
                    return Ok(None);
                }
                // Read first: what is found then is at least as new.
                let number = self.cache.number();
                let Some(known) = self.looked_up(credential).await? else { return Ok(None) };
                let known = Arc::new(known);
                self.cache.put(digest, number, Arc::clone(&known));
                known
            }
        };
        if !self.opens(&known, now) || !known.account.is_open(now) {
            return Ok(None);
        }
        if let Ends::Idle { seen, .. } = &known.ends
            && now.seconds() - seen.load(Ordering::Relaxed) >= SESSION_GRAIN
        {
            seen.fetch_max(now.seconds(), Ordering::Relaxed);
            self.touched(credential.secret(), now).await;
        }
        Ok(Some(Arc::clone(&known.account)))
    }

    // What asks the database is boxed: its code is compiled here, and not again with everything that
    // awaits an identity.

    fn refreshed(&self) -> BoxFuture<'_, Result<(), AccessError>> {
        Box::pin(self.refresh())
    }

    fn refresh_soon(&self) {
        let access = self.clone();
        tokio::spawn(async move { access.refresh().await.ok() });
    }

    fn looked_up<'a>(
        &'a self,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<Option<Known>, AccessError>> {
        Box::pin(self.look_up(credential))
    }

    fn touched<'a>(&'a self, session: &'a Secret, now: Timestamp) -> BoxFuture<'a, ()> {
        Box::pin(self.touch(session, now))
    }

    async fn look_up(&self, credential: &Credential) -> Result<Option<Known>, AccessError> {
        let query = match credential {
            Credential::Token(_) => sqlx::query(ACCOUNT_OF_TOKEN),
            Credential::Session(_) => sqlx::query(ACCOUNT_OF_SESSION),
        };
        let query = query.bind(credential.secret().digest());
        let Some(row) = query.fetch_optional(self.database.pool()).await? else { return Ok(None) };
        let account = Arc::new(self.read_account(&row).await?);
        let ends = match credential {
            Credential::Token(_) => Ends::At(Timestamp::from_seconds(row.try_get("expires_at")?)),
            Credential::Session(_) => {
                let began = Timestamp::from_seconds(row.try_get("session_at")?);
                let at = began.plus(self.limits.session_life);
                Ends::Idle { seen: AtomicI64::new(row.try_get("seen_at")?), at }
            }
        };
        Ok(Some(Known { account, ends }))
    }

    fn opens(&self, known: &Known, now: Timestamp) -> bool {
        match &known.ends {
            Ends::At(at) => now < *at,
            Ends::Idle { seen, at } => {
                let seen = seen.load(Ordering::Relaxed);
                now < *at && now.seconds() < seen.saturating_add(self.limits.session_idle)
            }
        }
    }

    /// Notes the use of a session. When that fails the session only ends earlier, which is no
    /// reason to refuse the request.
    async fn touch(&self, session: &Secret, now: Timestamp) {
        let written =
            sqlx::query("UPDATE session SET seen_at = $2 WHERE digest = $1 AND seen_at < $2")
                .bind(session.digest())
                .bind(now.seconds())
                .execute(self.database.pool())
                .await;
        if written.is_err() {
            tracing::warn!("la dernière utilisation d'une session n'a pas pu être notée");
        }
    }
}
