//! Passwords changed: by the one before, or by the link of a letter.

use sqlx::{AnyConnection, Row};

use super::journal::{self, Event, Kind};
use super::mail::{self, Letter};
use super::row::read;
use super::{Access, AccessError, Password, Secret};
use rights::{Account, Email, Timestamp};

/// How long the link of a new password holds, in seconds.
const LINK_SECONDS: i64 = 3600;
/// Links of one person that hold at once.
const MAX_LINKS: i64 = 3;

impl Access {
    /// Sends a link for a new password where the address has an account in service, and nothing
    /// elsewhere; the answer is the same. Gives whether a letter was written.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn ask_reset(&self, email: &str, now: Timestamp) -> Result<bool, AccessError> {
        let mut change = self.database.change().await?;
        let Ok(email) = email.parse::<Email>() else { return Ok(false) };
        let person: Option<String> = sqlx::query_scalar(
            "SELECT p.id FROM person p WHERE p.email = $1 AND EXISTS (SELECT 1 FROM account a \
             WHERE a.person_id = p.id AND a.state IN ('valide', 'actif'))",
        )
        .bind(email.as_str().to_owned())
        .fetch_optional(&mut *change)
        .await?;
        let Some(person) = person else { return Ok(false) };
        // Strangers may ask too: a link that was sent before holds on, and a person who has some is
        // not written to again before they are over.
        sqlx::query("DELETE FROM password_link WHERE expires_at <= $1")
            .bind(now.seconds())
            .execute(&mut *change)
            .await?;
        let links: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM password_link WHERE person_id = $1")
                .bind(person.clone())
                .fetch_one(&mut *change)
                .await?;
        if links >= MAX_LINKS {
            return Ok(false);
        }
        let link = Secret::new_ticket()?;
        sqlx::query(
            "INSERT INTO password_link (digest, person_id, expires_at) VALUES ($1, $2, $3)",
        )
        .bind(link.digest())
        .bind(person.clone())
        .bind(now.plus(LINK_SECONDS).seconds())
        .execute(&mut *change)
        .await?;
        self.write_to(&mut change, &email, &Letter::Reset { secret: link.expose() }, now).await?;
        let event = Event { kind: Kind::ResetAsked, actor: "-", subject: &person, detail: "" };
        journal::append(&mut change, now, event).await?;
        change.commit().await?;
        Ok(true)
    }

    /// Sets a new password by the link that was sent. Every session of the person ends and every
    /// token is revoked: whoever had the password before may have made one.
    ///
    /// # Errors
    ///
    /// [`AccessError::Password`] for a common one, [`AccessError::BadTicket`] for a link that was
    /// used or is older than an hour.
    pub async fn reset(
        &self,
        link: &Secret,
        password: &Password,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        password.check_uncommon()?;
        if !link.is_ticket() {
            return Err(AccessError::BadTicket);
        }
        let hash = self.hasher.hash(password).await?;
        let mut change = self.database.change().await?;
        let person: Option<String> = sqlx::query_scalar(
            "SELECT person_id FROM password_link WHERE digest = $1 AND expires_at > $2",
        )
        .bind(link.digest())
        .bind(now.seconds())
        .fetch_optional(&mut *change)
        .await?;
        let person = person.ok_or(AccessError::BadTicket)?;
        self.set_password(&mut change, &person, hash, true, now).await?;
        self.commit(change).await
    }

    /// Changes a password by the one before. Every session ends but the one that takes this one's
    /// place; the person says whether their tokens are revoked too. `None` where the password
    /// before is not the one.
    ///
    /// # Errors
    ///
    /// [`AccessError::Password`] for a common one, [`AccessError::Conflict`] where another change
    /// came first.
    pub async fn change_password(
        &self,
        account: &Account,
        before: &str,
        password: &Password,
        revoke_tokens: bool,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        const HASH: &str = "SELECT password_hash FROM person WHERE id = $1";
        password.check_uncommon()?;
        let stored: Option<String> = sqlx::query_scalar(HASH)
            .bind(account.person().to_owned())
            .fetch_one(self.database.pool())
            .await?;
        if !self.hasher.verify(before, stored.clone()).await? {
            return Ok(None);
        }
        let hash = self.hasher.hash(password).await?;
        let mut change = self.database.change().await?;
        let current: Option<String> = sqlx::query_scalar(HASH)
            .bind(account.person().to_owned())
            .fetch_one(&mut *change)
            .await?;
        if current != stored {
            return Err(AccessError::Conflict);
        }
        self.set_password(&mut change, account.person(), hash, revoke_tokens, now).await?;
        let (session, _) = self.insert_session(&mut change, account.id(), now).await?;
        self.commit(change).await?;
        Ok(Some(session))
    }

    async fn set_password(
        &self,
        connection: &mut AnyConnection,
        person: &str,
        hash: String,
        revoke_tokens: bool,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        sqlx::query("UPDATE person SET password_hash = $2 WHERE id = $1")
            .bind(person.to_owned())
            .bind(hash)
            .execute(&mut *connection)
            .await?;
        for statement in [
            "DELETE FROM session WHERE account_id IN (SELECT id FROM account WHERE person_id = $1)",
            "DELETE FROM password_link WHERE person_id = $1",
        ] {
            sqlx::query(statement).bind(person.to_owned()).execute(&mut *connection).await?;
        }
        let mut detail = "";
        if revoke_tokens {
            detail = "jetons révoqués";
            sqlx::query(
                "UPDATE token SET revoked_at = $2 WHERE revoked_at IS NULL AND account_id IN \
                 (SELECT id FROM account WHERE person_id = $1)",
            )
            .bind(person.to_owned())
            .bind(now.seconds())
            .execute(&mut *connection)
            .await?;
        }
        let row = sqlx::query("SELECT email FROM person WHERE id = $1")
            .bind(person.to_owned())
            .fetch_one(&mut *connection)
            .await?;
        let email: Email = read(&row.try_get::<String, _>("email")?, "email")?;
        let letter = Letter::PasswordChanged { revoked: revoke_tokens };
        self.write_to(&mut *connection, &email, &letter, now).await?;
        let event = Event { kind: Kind::PasswordChanged, actor: person, subject: person, detail };
        journal::append(connection, now, event).await
    }

    /// Puts a letter into the queue of mail, in the transaction of what it tells of.
    pub(super) async fn write_to(
        &self,
        connection: &mut AnyConnection,
        to: &Email,
        letter: &Letter<'_>,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        mail::enqueue(connection, to, &letter.write(&self.public_url), now).await
    }
}
