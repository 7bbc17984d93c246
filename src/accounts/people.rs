//! From a request to an account in service: request or invitation, proof of the address, decision
//! of the local administrator. Every change is one transaction with its entry in the journal.

use sqlx::{AnyConnection, Row};

use super::admin::{new_id, taken};
use super::conventions::held;
use super::journal::{self, Event, Kind as Entry};
use super::letters::Letter;
use super::mail;
use super::store::read;
use super::{Access, AccessError, Actor, Password, Secret};
use rights::{BadConvention, OrganisationKind as Kind, is_text};
use rights::{Day, Email, Role, State, Step, Timestamp};

/// How long the link of a proof holds.
const PROOF_SECONDS: i64 = 48 * 3600;
/// Requests that wait for a proof or a decision under one convention, at most.
const MAX_PENDING: i64 = 200;

/// What a ticket proves.
const PROOF: &str = "preuve";

/// A person to be let in.
#[derive(Clone, Debug)]
pub struct NewPerson {
    pub email: Email,
    pub name: String,
    /// Why an address that the rules refuse is let in. Only the operator may give one.
    pub exception: Option<String>,
}

impl NewPerson {
    fn check(&self, actor: Option<Actor<'_>>) -> Result<(), AccessError> {
        if !is_text(&self.name) || !self.exception.as_deref().is_none_or(is_text) {
            return Err(BadConvention::Text.into());
        }
        let operator = actor.is_some_and(|actor| actor.is_operator());
        if self.exception.is_none() || !operator {
            self.email.check_named()?;
        }
        Ok(())
    }
}

impl Access {
    /// Somebody asks for an account under the convention of an organisation, named by its code.
    /// The answer does not say whether the address has an account: then its owner is told by
    /// e-mail. Errors only with what is wrong in the request itself.
    pub async fn request(
        &self,
        person: &NewPerson,
        organisation: &str,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        person.check(None)?;
        let mut change = self.database.change().await?;
        let today = Day::of(now).to_string();
        // A third party's accounts are given by invitation, up to N.
        let convention: Option<String> = sqlx::query_scalar(
            "SELECT c.id FROM convention c JOIN organisation o ON o.id = c.organisation_id \
             WHERE o.code = $1 AND o.kind <> 'tiers' AND o.kind <> 'operateur' \
             AND c.closed_at IS NULL AND c.ends_on >= $2 ORDER BY c.ends_on DESC LIMIT 1",
        )
        .bind(organisation.to_owned())
        .bind(today)
        .fetch_optional(&mut *change)
        .await?;
        let convention = convention.ok_or(AccessError::NoConvention)?;
        let waiting: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM account WHERE convention_id = $1 AND state IN ('demande', 'prouve')",
        )
        .bind(convention.clone())
        .fetch_one(&mut *change)
        .await?;
        if waiting >= MAX_PENDING {
            return Err(AccessError::Busy);
        }
        match state_of(&mut change, &person.email).await? {
            // Said to the address alone: an answer would tell it from one that has an account.
            None if !has_seat(&mut change, &convention).await? => {
                let letter = Letter::NoSeat.write(&self.public_url, "");
                mail::enqueue(&mut change, &person.email, &letter, now).await?;
            }
            None => {
                let id = self.insert(&mut change, person, &convention, None, None, now).await?;
                self.send_proof(&mut change, &id, &person.email, Letter::Proof, now).await?;
            }
            // The link may have been lost.
            Some((id, State::Requested)) => {
                self.send_proof(&mut change, &id, &person.email, Letter::Proof, now).await?;
            }
            Some(_) => {
                let letter = Letter::AlreadyKnown.write(&self.public_url, "");
                mail::enqueue(&mut change, &person.email, &letter, now).await?;
            }
        }
        Ok(change.commit().await?)
    }

    /// Invites a person under a convention, within its N accounts: the decision is taken, the
    /// proof of the address is not. The operator and the local administrator do.
    pub async fn invite(
        &self,
        actor: Actor<'_>,
        convention: &str,
        person: &NewPerson,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        person.check(Some(actor))?;
        let mut change = self.change_by(actor).await?;
        let held = held(&mut change, convention).await?.ok_or(AccessError::NotFound)?;
        if !actor.manages(&held.id, held.parent.as_deref()) {
            return self.refuse(change, actor, "invitation", now).await;
        }
        if held.closed || held.ends.ends() <= now {
            return Err(AccessError::Conflict);
        }
        let by = Some(actor.id());
        let id = self.insert(&mut change, person, convention, by, None, now).await?;
        self.send_proof(&mut change, &id, &person.email, Letter::Invitation, now).await?;
        change.commit().await?;
        Ok(id)
    }

    /// Names the local administrator of a convention (annex 3): one person, invited where they
    /// have no account. The one before them becomes an agent. The operator alone does.
    pub async fn name_administrator(
        &self,
        actor: Actor<'_>,
        convention: &str,
        person: &NewPerson,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        person.check(Some(actor))?;
        let mut change = self.change_by(actor).await?;
        if !actor.is_operator() {
            return self.refuse(change, actor, "administrateur local", now).await;
        }
        let held = held(&mut change, convention).await?.ok_or(AccessError::NotFound)?;
        if held.closed {
            return Err(AccessError::Conflict);
        }
        let known: Option<String> =
            sqlx::query_scalar("SELECT id FROM account WHERE email = $1 AND convention_id = $2")
                .bind(person.email.as_str().to_owned())
                .bind(convention.to_owned())
                .fetch_optional(&mut *change)
                .await?;
        sqlx::query("UPDATE account SET role = $2 WHERE convention_id = $1 AND role = $3")
            .bind(convention.to_owned())
            .bind(held.kind.role().id())
            .bind(Role::Administrateur.id())
            .execute(&mut *change)
            .await?;
        let id = match known {
            Some(id) => {
                sqlx::query("UPDATE account SET role = $2 WHERE id = $1")
                    .bind(id.clone())
                    .bind(Role::Administrateur.id())
                    .execute(&mut *change)
                    .await?;
                id
            }
            None => {
                let (by, role) = (Some(actor.id()), Some(Role::Administrateur));
                let id = self.insert(&mut change, person, convention, by, role, now).await?;
                self.send_proof(&mut change, &id, &person.email, Letter::Invitation, now).await?;
                id
            }
        };
        sqlx::query("UPDATE convention SET administrator_id = $2 WHERE id = $1")
            .bind(convention.to_owned())
            .bind(id.clone())
            .execute(&mut *change)
            .await?;
        let event = Event {
            kind: Entry::AdministratorNamed,
            actor: actor.id(),
            subject: &id,
            detail: convention,
        };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await?;
        Ok(id)
    }

    /// The owner of an address followed the link that was sent there, and chose a password. An
    /// invited account is then approved; a request goes to the local administrator.
    pub async fn prove(
        &self,
        ticket: &Secret,
        password: &Password,
        now: Timestamp,
    ) -> Result<State, AccessError> {
        password.check_uncommon()?;
        // Whatever the ticket is, the work is the same.
        let hash = self.hasher.hash(password).await?;
        let mut change = self.database.change().await?;
        let id = use_ticket(&mut change, ticket, PROOF, now).await?;
        let row = sqlx::query(
            "SELECT a.email, a.state, a.validated_by, d.email AS administrator FROM account a \
             LEFT JOIN convention c ON c.id = a.convention_id \
             LEFT JOIN convention p ON p.id = c.parent_id \
             LEFT JOIN account d ON d.id = COALESCE(c.administrator_id, p.administrator_id) \
             WHERE a.id = $1",
        )
        .bind(id.clone())
        .fetch_one(&mut *change)
        .await?;
        let state: State = read(&row.try_get::<String, _>("state")?, "account.state")?;
        let mut after = state.after(Step::ProveEmail)?;
        let invited = row.try_get::<Option<String>, _>("validated_by")?.is_some();
        if invited {
            after = after.after(Step::Validate)?;
        }
        sqlx::query("UPDATE account SET state = $2, password_hash = $3 WHERE id = $1")
            .bind(id.clone())
            .bind(after.id())
            .bind(hash)
            .execute(&mut *change)
            .await?;
        if invited {
            let email: Email = read(&row.try_get::<String, _>("email")?, "account.email")?;
            let letter = Letter::Welcome.write(&self.public_url, "");
            mail::enqueue(&mut change, &email, &letter, now).await?;
        } else if let Some(administrator) = row.try_get::<Option<String>, _>("administrator")? {
            let email: Email = read(&administrator, "account.email")?;
            let letter = Letter::ToDecide.write(&self.public_url, "");
            mail::enqueue(&mut change, &email, &letter, now).await?;
        }
        let event =
            Event { kind: Entry::AddressProved, actor: &id, subject: &id, detail: after.id() };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await?;
        Ok(after)
    }

    /// Takes an account one step further: approve, reject, suspend, resume, close. The operator
    /// does for every account, a local administrator for the people of their convention and of
    /// those that depend on it; nobody for themselves, and only the operator for an administrator.
    pub async fn decide(
        &self,
        actor: Actor<'_>,
        account: &str,
        step: Step,
        reason: &str,
        now: Timestamp,
    ) -> Result<State, AccessError> {
        if matches!(step, Step::ProveEmail | Step::AcceptClauses) {
            return Err(AccessError::NotFound);
        }
        if !reason.is_empty() && !is_text(reason) {
            return Err(BadConvention::Text.into());
        }
        let mut change = self.change_by(actor).await?;
        let row = sqlx::query(
            "SELECT a.email, a.state, a.role, a.convention_id, c.parent_id FROM account a \
             LEFT JOIN convention c ON c.id = a.convention_id WHERE a.id = $1",
        )
        .bind(account.to_owned())
        .fetch_optional(&mut *change)
        .await?
        .ok_or(AccessError::NotFound)?;
        let role: Role = read(&row.try_get::<String, _>("role")?, "account.role")?;
        let convention: Option<String> = row.try_get("convention_id")?;
        let parent: Option<String> = row.try_get("parent_id")?;
        let manages = convention.as_deref().is_some_and(|id| actor.manages(id, parent.as_deref()));
        let local = manages && !matches!(role, Role::Operateur | Role::Administrateur);
        if actor.is(account) || !(actor.is_operator() || local) {
            return self.refuse(change, actor, step.id(), now).await;
        }
        let state: State = read(&row.try_get::<String, _>("state")?, "account.state")?;
        let after = state.after(step)?;
        if step == Step::Validate
            && let Some(convention) = &convention
        {
            let held = held(&mut change, convention).await?.ok_or(AccessError::NotFound)?;
            if held.closed || held.ends.ends() <= now {
                return Err(AccessError::Conflict);
            }
        }
        self.set_state(&mut change, account, after, now).await?;
        if step == Step::Validate {
            sqlx::query("UPDATE account SET validated_by = $2, validated_at = $3 WHERE id = $1")
                .bind(account.to_owned())
                .bind(actor.id().to_owned())
                .bind(now.seconds())
                .execute(&mut *change)
                .await?;
        }
        let letter = match step {
            Step::Validate | Step::Resume => Some(Letter::Welcome),
            Step::Reject => Some(Letter::Rejected),
            Step::Suspend => Some(Letter::Suspended),
            _ => None,
        };
        if let Some(letter) = letter {
            let email: Email = read(&row.try_get::<String, _>("email")?, "account.email")?;
            mail::enqueue(&mut change, &email, &letter.write(&self.public_url, ""), now).await?;
        }
        let detail = if reason.is_empty() {
            step.id().to_owned()
        } else {
            format!("{} : {reason}", step.id())
        };
        let kind = Entry::AccountStep;
        let event = Event { kind, actor: actor.id(), subject: account, detail: &detail };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await?;
        Ok(after)
    }

    /// The same from the shell, for the account of an address.
    pub async fn step_by_email(
        &self,
        email: &Email,
        step: Step,
        reason: &str,
        now: Timestamp,
    ) -> Result<State, AccessError> {
        let id: Option<String> = sqlx::query_scalar("SELECT id FROM account WHERE email = $1")
            .bind(email.as_str().to_owned())
            .fetch_optional(self.database.pool())
            .await?;
        let id = id.ok_or(AccessError::NoAccount)?;
        self.decide(Actor::Shell, &id, step, reason, now).await
    }

    /// Writes a state. Out of service, tokens are revoked, sessions and links ended.
    pub(super) async fn set_state(
        &self,
        connection: &mut AnyConnection,
        account: &str,
        state: State,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let disabled = (!state.may_sign_in()).then(|| now.seconds());
        sqlx::query("UPDATE account SET state = $2, disabled_at = $3 WHERE id = $1")
            .bind(account.to_owned())
            .bind(state.id())
            .bind(disabled)
            .execute(&mut *connection)
            .await?;
        if !state.may_sign_in() && state != State::Proved {
            sqlx::query(
                "UPDATE token SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL",
            )
            .bind(account.to_owned())
            .bind(now.seconds())
            .execute(&mut *connection)
            .await?;
            for statement in [
                "DELETE FROM session WHERE account_id = $1",
                "DELETE FROM ticket WHERE account_id = $1",
            ] {
                sqlx::query(statement).bind(account.to_owned()).execute(&mut *connection).await?;
            }
        }
        Ok(())
    }

    /// A new account under a convention, within its seats.
    async fn insert(
        &self,
        connection: &mut AnyConnection,
        person: &NewPerson,
        convention: &str,
        invited_by: Option<&str>,
        role: Option<Role>,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        let held = held(&mut *connection, convention).await?.ok_or(AccessError::NotFound)?;
        if !has_seat(&mut *connection, convention).await? {
            return Err(AccessError::NoSeat);
        }
        let kind: Kind = held.kind;
        let id = new_id()?;
        sqlx::query(
            "INSERT INTO account (id, email, role, audience, created_at, name, convention_id, \
             state, validated_by, validated_at, exception) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(id.clone())
        .bind(person.email.as_str().to_owned())
        .bind(role.unwrap_or(kind.role()).id())
        .bind(kind.audience().id())
        .bind(now.seconds())
        .bind(person.name.clone())
        .bind(convention.to_owned())
        .bind(State::Requested.id())
        .bind(invited_by.map(str::to_owned))
        .bind(invited_by.map(|_| now.seconds()))
        .bind(person.exception.clone())
        .execute(&mut *connection)
        .await
        .map_err(|error| taken(error, AccessError::EmailTaken))?;
        let actor = invited_by.unwrap_or("-");
        let detail = match person.exception {
            Some(_) => "adresse admise par exception",
            None => "",
        };
        let event = Event { kind: Entry::AccountMade, actor, subject: &id, detail };
        journal::append(connection, now, event).await?;
        Ok(id)
    }

    async fn send_proof(
        &self,
        connection: &mut AnyConnection,
        account: &str,
        email: &Email,
        letter: Letter,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let ticket = new_ticket(connection, account, PROOF, now.plus(PROOF_SECONDS)).await?;
        let written = letter.write(&self.public_url, ticket.expose());
        mail::enqueue(connection, email, &written, now).await
    }
}

/// Whether a convention has a named account left to give.
async fn has_seat(connection: &mut AnyConnection, convention: &str) -> Result<bool, AccessError> {
    let left: i64 = sqlx::query_scalar(
        "SELECT c.seats - (SELECT COUNT(*) FROM account a WHERE a.convention_id = c.id \
         AND a.state NOT IN ('rejete', 'ferme')) FROM convention c WHERE c.id = $1",
    )
    .bind(convention.to_owned())
    .fetch_one(connection)
    .await?;
    Ok(left > 0)
}

/// A ticket for one use; those of the same purpose before it end.
pub(super) async fn new_ticket(
    connection: &mut AnyConnection,
    account: &str,
    purpose: &str,
    expires: Timestamp,
) -> Result<Secret, AccessError> {
    let ticket = Secret::new_ticket()?;
    sqlx::query("DELETE FROM ticket WHERE account_id = $1 AND purpose = $2")
        .bind(account.to_owned())
        .bind(purpose.to_owned())
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO ticket (digest, account_id, purpose, expires_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(ticket.digest())
    .bind(account.to_owned())
    .bind(purpose.to_owned())
    .bind(expires.seconds())
    .execute(connection)
    .await?;
    Ok(ticket)
}

/// Takes a ticket: it opens once. Gives the account.
pub(super) async fn use_ticket(
    connection: &mut AnyConnection,
    ticket: &Secret,
    purpose: &str,
    now: Timestamp,
) -> Result<String, AccessError> {
    if !ticket.is_ticket() {
        return Err(AccessError::BadTicket);
    }
    let account: Option<String> = sqlx::query_scalar(
        "SELECT account_id FROM ticket WHERE digest = $1 AND purpose = $2 AND expires_at > $3",
    )
    .bind(ticket.digest())
    .bind(purpose.to_owned())
    .bind(now.seconds())
    .fetch_optional(&mut *connection)
    .await?;
    let account = account.ok_or(AccessError::BadTicket)?;
    sqlx::query("DELETE FROM ticket WHERE digest = $1")
        .bind(ticket.digest())
        .execute(connection)
        .await?;
    Ok(account)
}

pub(super) async fn state_of(
    connection: &mut AnyConnection,
    email: &Email,
) -> Result<Option<(String, State)>, AccessError> {
    let row = sqlx::query("SELECT id, state FROM account WHERE email = $1")
        .bind(email.as_str().to_owned())
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let state = read(&row.try_get::<String, _>("state")?, "account.state")?;
        Ok((row.try_get("id")?, state))
    })
    .transpose()
}
