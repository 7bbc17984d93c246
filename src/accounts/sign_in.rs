//! Signing in by a password, and signing out.

use sqlx::Row;

use super::journal::{self, Event, Kind};
use super::mandates::put_in_use;
use super::{Access, AccessError, Secret};
use rights::{Account, Email, Timestamp};

impl Access {
    /// A new session for an e-mail address and its password, or `None`: unknown address, person
    /// without an account in service, without a password, and wrong password look the same and
    /// take the same time. Of several accounts it uses the one that the person used last.
    ///
    /// # Errors
    ///
    /// [`AccessError::Busy`] when too many are signing in at once.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let email = email.parse::<Email>().map(|email| email.as_str().to_owned());
        let person = sqlx::query("SELECT id, password_hash FROM person WHERE email = $1")
            .bind(email.unwrap_or_default())
            .fetch_optional(self.database.pool())
            .await?;
        let (id, hash): (Option<String>, Option<String>) = match &person {
            Some(row) => (Some(row.try_get("id")?), row.try_get("password_hash")?),
            None => (None, None),
        };
        // Whoever it is, the same questions are asked before the answer.
        let accounts = self.accounts_of(id.as_deref().unwrap_or_default()).await?;
        let right = self.hasher.verify(password, hash.clone()).await?;
        let open = accounts.iter().find(|account| account.is_open(now));
        if let (true, Some(account), Some(hash)) = (right, open, &hash)
            && let Some(session) = self.new_session(account, hash, now).await?
        {
            return Ok(Some(session));
        }
        let mut change = self.database.change().await?;
        let (actor, subject) = ("-", id.unwrap_or_default());
        let event = Event { kind: Kind::SignInRefused, actor, subject: &subject, detail: "" };
        journal::append(&mut change, now, event).await?;
        change.commit().await?;
        Ok(None)
    }

    /// Ends a session; one that is not there is ended already, which changes nothing.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn sign_out(&self, session: &Secret, now: Timestamp) -> Result<(), AccessError> {
        if !session.is_session() {
            return Ok(());
        }
        const OWNER: &str = "SELECT account_id FROM session WHERE digest = $1";
        let digest = session.digest();
        // Looked up before the write lock is taken: whoever shows nothing waits for nobody.
        let known: Option<String> = sqlx::query_scalar(OWNER)
            .bind(digest.clone())
            .fetch_optional(self.database.pool())
            .await?;
        if known.is_none() {
            return Ok(());
        }
        let mut change = self.database.change().await?;
        let owner: Option<String> =
            sqlx::query_scalar(OWNER).bind(digest.clone()).fetch_optional(&mut *change).await?;
        let Some(owner) = owner else { return Ok(()) };
        sqlx::query("DELETE FROM session WHERE digest = $1")
            .bind(digest)
            .execute(&mut *change)
            .await?;
        let event = Event { kind: Kind::SignOut, actor: &owner, subject: &owner, detail: "" };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await
    }

    /// Begins a session, unless the account left service or the password changed since it was
    /// read: checking a password takes long enough for that.
    async fn new_session(
        &self,
        account: &Account,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let mut change = self.database.change().await?;
        let unchanged: Option<String> = sqlx::query_scalar(
            "SELECT a.id FROM account a JOIN person p ON p.id = a.person_id \
             WHERE a.id = $1 AND p.password_hash = $2 AND a.state IN ('valide', 'actif')",
        )
        .bind(account.id().to_owned())
        .bind(hash.to_owned())
        .fetch_optional(&mut *change)
        .await?;
        if unchanged.is_none() {
            return Ok(None);
        }
        let (secret, ended) = self.insert_session(&mut change, account.id(), now).await?;
        put_in_use(&mut change, account).await?;
        let (kind, actor) = (Kind::SignIn, account.id());
        journal::append(&mut change, now, Event { kind, actor, subject: actor, detail: "" })
            .await?;
        if ended {
            self.commit(change).await?;
        } else {
            // Nobody may see less than before: what is remembered goes on to count.
            change.commit().await?;
        }
        Ok(Some(secret))
    }
}
