//! What is decided about accounts: approved, rejected, suspended, resumed, closed.

use sqlx::{AnyConnection, Row};

use super::conventions::held;
use super::designations::check_designated;
use super::directory::may_decide;
use super::journal::{self, Event, Kind as Entry};
use super::mail::Letter;
use super::people::decided_seats;
use super::row::parsed;
use super::{Access, AccessError, Actor};
use rights::{BadConvention, Email, Role, State, Step, Timestamp, is_text};

impl Access {
    /// Takes an account one step further: approve, reject, suspend, resume, close. The operator
    /// does for every account, a local administrator for the people of their convention and of
    /// those that depend on it; nobody for themselves, and only the operator for who administers.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] beyond the actor's powers, [`AccessError::Step`] where the step
    /// does not follow, [`AccessError::Conflict`] and [`AccessError::NoSeat`] where the convention
    /// is over or full, [`AccessError::NoDesignation`] where nobody may be let in before annex 3.
    pub async fn decide(
        &self,
        actor: Actor<'_>,
        account: &str,
        step: Step,
        reason: &str,
        now: Timestamp,
    ) -> Result<State, AccessError> {
        if !Step::DECISIONS.contains(&step) {
            return Err(AccessError::NotFound);
        }
        if !reason.is_empty() && !is_text(reason) {
            return Err(BadConvention::Text.into());
        }
        let mut change = self.change_by(actor).await?;
        let found = sqlx::query(
            "SELECT a.person_id, p.email, a.state, a.role, a.convention_id FROM account a \
             JOIN person p ON p.id = a.person_id WHERE a.id = $1",
        )
        .bind(account.to_owned())
        .fetch_optional(&mut *change)
        .await?;
        let Some(row) = found else { return self.refuse(change, actor, step.id(), now).await };
        let convention: String = row.try_get("convention_id")?;
        let held = held(&mut change, &convention).await?.ok_or(AccessError::NotFound)?;
        let (person, role): (String, Role) = (row.try_get("person_id")?, parsed(&row, "role")?);
        let manages = actor.manages(&held.id, held.parent.as_deref());
        if !(manages && may_decide(actor, &person, role)) {
            return self.refuse(change, actor, step.id(), now).await;
        }
        let after = parsed::<State>(&row, "state")?.after(step)?;
        if step == Step::Validate {
            if held.is_over(now) {
                return Err(AccessError::Conflict);
            }
            check_designated(&mut change, &held).await?;
            if decided_seats(&mut change, &held.id).await? >= held.seats {
                return Err(AccessError::NoSeat);
            }
            sqlx::query("UPDATE account SET decided_by = $2, decided_at = $3 WHERE id = $1")
                .bind(account.to_owned())
                .bind(actor.id().to_owned())
                .bind(now.seconds())
                .execute(&mut *change)
                .await?;
        }
        self.set_state(&mut change, account, after, now).await?;
        let organisation = held.name.as_str();
        let letter = match step {
            Step::Validate | Step::Resume => Some(Letter::Welcome { organisation }),
            Step::Reject => Some(Letter::Rejected { organisation }),
            Step::Suspend => Some(Letter::Suspended { organisation }),
            Step::Close => Some(Letter::Closed { organisation }),
            _ => None,
        };
        if let Some(letter) = letter {
            self.write_to(&mut change, &parsed(&row, "email")?, &letter, now).await?;
        }
        let detail = match reason {
            "" => step.id().to_owned(),
            _ => format!("{} : {reason}", step.id()),
        };
        let (kind, actor) = (Entry::AccountStep, actor.id());
        journal::append(&mut change, now, Event { kind, actor, subject: account, detail: &detail })
            .await?;
        self.commit(change).await?;
        Ok(after)
    }

    /// The same from the shell, for the account of an address that the step may follow for: the
    /// one under a convention, or the only one.
    ///
    /// # Errors
    ///
    /// Besides, [`AccessError::NoAccount`] and [`AccessError::ManyAccounts`].
    pub async fn step_by_email(
        &self,
        email: &Email,
        convention: Option<&str>,
        step: Step,
        reason: &str,
        now: Timestamp,
    ) -> Result<State, AccessError> {
        let rows = sqlx::query(
            "SELECT a.id, a.state FROM account a JOIN person p ON p.id = a.person_id \
             WHERE p.email = $1 AND ($2 = '' OR a.convention_id = $2) \
             ORDER BY a.state_at DESC, a.id LIMIT 100",
        )
        .bind(email.as_str().to_owned())
        .bind(convention.unwrap_or_default().to_owned())
        .fetch_all(self.database.pool())
        .await?;
        let mut all = Vec::new();
        for row in &rows {
            all.push((row.try_get::<String, _>("id")?, parsed::<State>(row, "state")?));
        }
        let fit: Vec<_> = all.iter().filter(|(_, state)| state.after(step).is_ok()).collect();
        let id = match (fit.as_slice(), all.first()) {
            ([one], _) => &one.0,
            // The refusal names the state that the step does not follow from.
            ([], Some((id, _))) => id,
            ([], None) => return Err(AccessError::NoAccount),
            _ => return Err(AccessError::ManyAccounts),
        };
        self.decide(Actor::Shell, id, step, reason, now).await
    }

    /// Takes every account of a person out of service: their tokens are revoked, their sessions
    /// ended (article 2: misuse).
    ///
    /// # Errors
    ///
    /// [`AccessError::NoAccount`] where none in service has the address.
    pub async fn disable(&self, email: &Email, now: Timestamp) -> Result<(), AccessError> {
        let mut change = self.database.change().await?;
        let rows = sqlx::query(
            "SELECT a.id, o.name FROM account a JOIN person p ON p.id = a.person_id \
             JOIN convention c ON c.id = a.convention_id \
             JOIN organisation o ON o.id = c.organisation_id \
             WHERE p.email = $1 AND a.state IN ('valide', 'actif')",
        )
        .bind(email.as_str().to_owned())
        .fetch_all(&mut *change)
        .await?;
        if rows.is_empty() {
            return Err(AccessError::NoAccount);
        }
        for row in &rows {
            let (account, organisation): (String, String) =
                (row.try_get("id")?, row.try_get("name")?);
            let account = account.as_str();
            self.set_state(&mut change, account, State::Suspended, now).await?;
            let letter = Letter::Suspended { organisation: &organisation };
            self.write_to(&mut change, email, &letter, now).await?;
            let (kind, detail) = (Entry::AccountStep, Step::Suspend.id());
            let event = Event { kind, actor: "shell", subject: account, detail };
            journal::append(&mut change, now, event).await?;
        }
        self.commit(change).await
    }

    /// Writes a state. Out of service, tokens are revoked, sessions and links ended.
    pub(super) async fn set_state(
        &self,
        connection: &mut AnyConnection,
        account: &str,
        state: State,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        sqlx::query("UPDATE account SET state = $2, state_at = $3 WHERE id = $1")
            .bind(account.to_owned())
            .bind(state.id())
            .bind(now.seconds())
            .execute(&mut *connection)
            .await?;
        if state.may_sign_in() {
            return Ok(());
        }
        sqlx::query(
            "UPDATE token SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL",
        )
        .bind(account.to_owned())
        .bind(now.seconds())
        .execute(&mut *connection)
        .await?;
        for statement in [
            "DELETE FROM session WHERE account_id = $1",
            "DELETE FROM request WHERE account_id = $1",
        ] {
            sqlx::query(statement).bind(account.to_owned()).execute(&mut *connection).await?;
        }
        Ok(())
    }
}
