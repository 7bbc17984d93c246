//! The end of accounts and of what is known of people (convention, annex 2, article 5; GDPR 5.1.e).
//!
//! Access ends by itself on the last day of a convention. An account whose convention has been over
//! for a month is closed, and the person of whom every account has been over for as long as the register of
//! processing says is deleted: the journal keeps the identifier of the account alone.

use sqlx::AnyConnection;

use super::enrolment::lapse;
use super::journal::{self, Event, Kind as Entry};
use super::{Access, AccessError, Actor};
use rights::{Day, Email, State, Timestamp};

/// Seconds after the last day in which an account may still be taken up again by an extension: a
/// month.
const GRACE_SECONDS: i64 = 30 * 24 * 3600;
/// Accounts or people that one round takes, at most.
const BATCH: i64 = 500;

impl Access {
    /// Closes the accounts whose convention is over, forgets requests that nobody answered, and
    /// deletes the people whose accounts have all been over for `retention` days. Gives how many
    /// accounts were closed and how many people deleted.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn remove_ended(
        &self,
        retention: u32,
        now: Timestamp,
    ) -> Result<(usize, usize), AccessError> {
        let mut change = self.database.change().await?;
        lapse(&mut change, now).await?;
        // An extension may be granted after the last day: the account waits for it for a month, in
        // which nobody comes in by it. The convention that this one depends on ends its people's
        // access, and does not close their accounts.
        let expired = Day::of(now.plus(-GRACE_SECONDS)).to_string();
        let ended: Vec<String> = sqlx::query_scalar(
            "SELECT a.id FROM account a JOIN convention c ON c.id = a.convention_id \
             WHERE a.state NOT IN ('rejete', 'ferme') \
             AND (c.ends_on < $1 OR c.closed_at IS NOT NULL) ORDER BY a.id LIMIT $2",
        )
        .bind(expired)
        .bind(BATCH)
        .fetch_all(&mut *change)
        .await?;
        for account in &ended {
            self.set_state(&mut change, account, State::Closed, now).await?;
            let detail = "fin de la convention";
            let event = Event { kind: Entry::AccountStep, actor: "-", subject: account, detail };
            journal::append(&mut change, now, event).await?;
        }
        let limit = now.plus(-i64::from(retention) * 24 * 3600).seconds();
        let people: Vec<String> = sqlx::query_scalar(
            "SELECT p.id FROM person p WHERE p.created_at <= $1 AND NOT EXISTS \
             (SELECT 1 FROM account a WHERE a.person_id = p.id \
              AND (a.state NOT IN ('rejete', 'ferme') OR a.state_at > $1)) ORDER BY p.id LIMIT $2",
        )
        .bind(limit)
        .bind(BATCH)
        .fetch_all(&mut *change)
        .await?;
        for person in &people {
            forget(&mut change, person, Actor::Shell, now).await?;
        }
        self.commit(change).await?;
        Ok((ended.len(), people.len()))
    }

    /// Releases an address at once: every account of the person is closed and the person deleted,
    /// so that the address may be asked for again. The operator alone does, for an address that
    /// somebody took by mistake or on the person's own request (GDPR 17).
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] where nobody has the address, or beyond the actor's powers.
    pub async fn release(
        &self,
        actor: Actor<'_>,
        email: &Email,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let mut change = self.change_by(actor).await?;
        let person: Option<String> = sqlx::query_scalar("SELECT id FROM person WHERE email = $1")
            .bind(email.as_str().to_owned())
            .fetch_optional(&mut *change)
            .await?;
        let own = person.as_deref().is_some_and(|person| actor.is(person));
        if !actor.is_operator() || own {
            return self.refuse(change, actor, "adresse", now).await;
        }
        let pending = sqlx::query("DELETE FROM request WHERE email = $1")
            .bind(email.as_str().to_owned())
            .execute(&mut *change)
            .await?;
        match person {
            Some(person) => forget(&mut change, &person, actor, now).await?,
            None if pending.rows_affected() == 0 => return Err(AccessError::NotFound),
            None => {}
        }
        self.commit(change).await
    }
}

/// Deletes what is known of a person: name, address, password, sessions, tokens, letters. Their
/// accounts stay as identifiers with a convention, a role and dates.
async fn forget(
    connection: &mut AnyConnection,
    person: &str,
    actor: Actor<'_>,
    now: Timestamp,
) -> Result<(), AccessError> {
    for statement in [
        "DELETE FROM session WHERE account_id IN (SELECT id FROM account WHERE person_id = $1)",
        "DELETE FROM token WHERE account_id IN (SELECT id FROM account WHERE person_id = $1)",
        "DELETE FROM password_link WHERE person_id = $1",
        "DELETE FROM designation WHERE account_id IN (SELECT id FROM account WHERE person_id = $1)",
        "DELETE FROM request WHERE email = (SELECT email FROM person WHERE id = $1)",
        "DELETE FROM mail WHERE recipient = (SELECT email FROM person WHERE id = $1)",
    ] {
        sqlx::query(statement).bind(person.to_owned()).execute(&mut *connection).await?;
    }
    sqlx::query(
        "UPDATE account SET state = 'ferme', state_at = $2 WHERE person_id = $1 \
         AND state NOT IN ('rejete', 'ferme')",
    )
    .bind(person.to_owned())
    .bind(now.seconds())
    .execute(&mut *connection)
    .await?;
    for statement in [
        "UPDATE account SET person_id = NULL WHERE person_id = $1",
        "DELETE FROM person WHERE id = $1",
    ] {
        sqlx::query(statement).bind(person.to_owned()).execute(&mut *connection).await?;
    }
    let (kind, actor) = (Entry::PersonForgotten, actor.id());
    journal::append(connection, now, Event { kind, actor, subject: person, detail: "" }).await
}
