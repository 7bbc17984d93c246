//! From a request or an invitation to an account: a letter, and the proof of the address that its
//! link is. Until then a request is no account, takes no seat, and changes nothing of anybody.

use sqlx::{AnyConnection, Row};

use super::administrators::hand_over;
use super::conventions::{Held, held};
use super::journal::{self, Event, Kind as Entry};
use super::mail::Letter;
use super::people::{decided_seats, person_for, taken_seats};
use super::row::{new_id, parsed, taken};
use super::{Access, AccessError, Actor, Password, Secret};
use rights::{BadConvention, Day, Email, Name, Role, State, Step, Timestamp, is_text};

/// How long the link of a request or an invitation holds, in seconds: 72 hours.
const PROOF_SECONDS: i64 = 72 * 3600;
/// Letters that wait to be answered for one address under one convention; one more is not sent.
const MAX_WAITING: i64 = 3;
/// Letters of whatever kind to one address within an hour, after which a request sends none.
const MAX_HOURLY: i64 = 10;
/// Requests that wait for a proof under one convention; one more takes the place of the oldest.
const MAX_REQUESTS: i64 = 2_000;

/// A person to be let in.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Their address.
    pub email: Email,
    /// Their name.
    pub name: Name,
    /// Why an address that the rules refuse is let in. Only the operator may give one.
    pub exception: Option<String>,
}

impl NewPerson {
    pub(super) fn check(&self, actor: Option<Actor<'_>>) -> Result<(), AccessError> {
        if !self.exception.as_deref().is_none_or(is_text) {
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
    /// Somebody asks for an account: under the convention of an organisation, named by its code or
    /// its official name, or under the one whose code they were given. A third party may name the
    /// EPCI that mandates it besides. The answer does not say whether the address has an account:
    /// its owner is told by letter. Gives whether one was written.
    ///
    /// # Errors
    ///
    /// Only what is wrong in the request itself: [`AccessError::Email`],
    /// [`AccessError::NoConvention`], [`AccessError::ManyConventions`].
    pub async fn request(
        &self,
        person: &NewPerson,
        organisation: &str,
        epci: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, AccessError> {
        person.check(None)?;
        let codes = self.codes_of(organisation).await?;
        let mandating = match epci {
            Some(epci) => Some(self.codes_of(epci).await?),
            None => None,
        };
        let mut change = self.database.change().await?;
        let found = conventions_of(&mut change, &codes, mandating.as_deref(), now).await?;
        let convention = held(&mut change, &found).await?.ok_or(AccessError::NoConvention)?;
        lapse(&mut change, now).await?;
        let known: Option<String> = sqlx::query_scalar(
            "SELECT a.id FROM account a JOIN person p ON p.id = a.person_id WHERE p.email = $1 \
             AND a.convention_id = $2 AND a.state NOT IN ('rejete', 'ferme')",
        )
        .bind(person.email.as_str().to_owned())
        .bind(convention.id.clone())
        .fetch_optional(&mut *change)
        .await?;
        let organisation = convention.name.as_str();
        if has_enough_letters(&mut change, &person.email, &convention.id, now).await? {
            return Ok(false);
        }
        if known.is_some() {
            self.write_to(&mut change, &person.email, &Letter::AlreadyKnown { organisation }, now)
                .await?;
        } else if taken_seats(&mut change, &convention.id).await? >= convention.seats {
            // Said to the address alone: an answer would tell it from one that has an account.
            self.write_to(&mut change, &person.email, &Letter::NoSeat { organisation }, now)
                .await?;
        } else {
            make_room(&mut change, &convention.id).await?;
            let link = insert_request(&mut change, person, &convention.id, None, now).await?;
            let (secret, name) = (link.expose(), person.name.as_str());
            let letter = Letter::Proof { secret, name, organisation };
            self.write_to(&mut change, &person.email, &letter, now).await?;
        }
        change.commit().await?;
        Ok(true)
    }

    /// Invites a person under a convention, within its N accounts: the decision is taken and the
    /// seat given, the proof of the address is not there yet. Somebody invited before is written to
    /// again. The operator and the local administrator do. Gives the account's identifier.
    ///
    /// # Errors
    ///
    /// [`AccessError::NoSeat`], [`AccessError::EmailTaken`] where the person has an account under
    /// this convention, [`AccessError::Conflict`] where the convention is over.
    pub async fn invite(
        &self,
        actor: Actor<'_>,
        convention: &str,
        person: &NewPerson,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        person.check(Some(actor))?;
        let mut change = self.change_by(actor).await?;
        let Some(held) = held(&mut change, convention).await? else {
            return self.refuse(change, actor, "invitation", now).await;
        };
        if !actor.manages(&held.id, held.parent.as_deref()) {
            return self.refuse(change, actor, "invitation", now).await;
        }
        if held.is_over(now) {
            return Err(AccessError::Conflict);
        }
        let role = held.kind.role();
        let id = self.insert_invited(&mut change, actor, person, &held, role, now).await?;
        change.commit().await?;
        Ok(id)
    }

    /// An account that waits for the proof of its address, and the letter that asks for it.
    pub(super) async fn insert_invited(
        &self,
        change: &mut AnyConnection,
        actor: Actor<'_>,
        person: &NewPerson,
        held: &Held,
        role: Role,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        let exception = person.exception.as_deref();
        let known =
            person_for(&mut *change, &person.email, Some(&person.name), exception, now).await?;
        let living = sqlx::query(
            "SELECT id, state FROM account WHERE person_id = $1 AND convention_id = $2 \
             AND state NOT IN ('rejete', 'ferme')",
        )
        .bind(known.id.clone())
        .bind(held.id.clone())
        .fetch_optional(&mut *change)
        .await?;
        let id = match living {
            Some(row) if parsed::<State>(&row, "state")? == State::Invited => {
                let id: String = row.try_get("id")?;
                sqlx::query("UPDATE account SET role = $2 WHERE id = $1")
                    .bind(id.clone())
                    .bind(role.id())
                    .execute(&mut *change)
                    .await?;
                id
            }
            Some(_) => return Err(AccessError::EmailTaken),
            None if decided_seats(&mut *change, &held.id).await? >= held.seats => {
                return Err(AccessError::NoSeat);
            }
            None => {
                let (state, by) = (State::Invited, Some(actor.id()));
                insert_account(&mut *change, &known.id, held, role, state, by, now).await?
            }
        };
        let detail = match person.exception {
            Some(_) => "adresse admise par exception",
            None => "",
        };
        let event = Event { kind: Entry::AccountMade, actor: actor.id(), subject: &id, detail };
        journal::append(&mut *change, now, event).await?;
        let link = insert_request(&mut *change, person, &held.id, Some(&id), now).await?;
        let letter = Letter::Invitation {
            secret: link.expose(),
            name: person.name.as_str(),
            organisation: &held.name,
            known: known.has_password,
        };
        self.write_to(change, &person.email, &letter, now).await?;
        Ok(id)
    }

    /// The owner of an address followed the link that was sent there. Somebody new chooses a
    /// password; somebody who has one gives it. An invited account is then approved; a request
    /// becomes an account that waits for the local administrator.
    ///
    /// # Errors
    ///
    /// [`AccessError::BadTicket`] for a link that was used or is older than 72 hours,
    /// [`AccessError::WrongPassword`] where the person has another one, [`AccessError::Password`]
    /// for one that is too common, [`AccessError::NoSeat`] and [`AccessError::Conflict`] where the
    /// convention is full or over: the link holds on.
    pub async fn prove(
        &self,
        link: &Secret,
        password: &str,
        now: Timestamp,
    ) -> Result<State, AccessError> {
        if !link.is_ticket() {
            return Err(AccessError::BadTicket);
        }
        // Whatever the link is, a password is hashed once.
        let before = sqlx::query(
            "SELECT p.password_hash FROM request r LEFT JOIN person p ON p.email = r.email \
             WHERE r.digest = $1 AND r.expires_at > $2",
        )
        .bind(link.digest())
        .bind(now.seconds())
        .fetch_optional(self.database.pool())
        .await?;
        let stored: Option<String> = match &before {
            Some(row) => row.try_get("password_hash")?,
            None => None,
        };
        let new_hash = match &stored {
            Some(hash) => {
                if !self.hasher.verify(password, Some(hash.clone())).await? {
                    return Err(AccessError::WrongPassword);
                }
                None
            }
            None => {
                let password = Password::new(password)?;
                password.check_uncommon()?;
                Some(self.hasher.hash(&password).await?)
            }
        };
        let mut change = self.database.change().await?;
        let row = sqlx::query(
            "SELECT email, name, convention_id, account_id FROM request \
             WHERE digest = $1 AND expires_at > $2",
        )
        .bind(link.digest())
        .bind(now.seconds())
        .fetch_optional(&mut *change)
        .await?
        .ok_or(AccessError::BadTicket)?;
        let email: Email = parsed(&row, "email")?;
        let name: Name = parsed(&row, "name")?;
        let convention: String = row.try_get("convention_id")?;
        let held = held(&mut change, &convention).await?.ok_or(AccessError::BadTicket)?;
        let person = person_for(&mut change, &email, Some(&name), None, now).await?;
        if person.has_password != stored.is_some() {
            return Err(AccessError::Conflict);
        }
        if let Some(hash) = new_hash {
            sqlx::query("UPDATE person SET password_hash = $2 WHERE id = $1")
                .bind(person.id.clone())
                .bind(hash)
                .execute(&mut *change)
                .await?;
        }
        let (id, after) = match row.try_get::<Option<String>, _>("account_id")? {
            Some(id) => {
                let after = self.prove_invited(&mut change, &id, &held, now).await?;
                let letter = Letter::Welcome { organisation: &held.name };
                self.write_to(&mut change, &email, &letter, now).await?;
                (id, after)
            }
            None => {
                let id = self.prove_request(&mut change, &person.id, &held, now).await?;
                (id, State::Proved)
            }
        };
        sqlx::query("DELETE FROM request WHERE email = $1 AND convention_id = $2")
            .bind(email.as_str().to_owned())
            .bind(convention)
            .execute(&mut *change)
            .await?;
        let event =
            Event { kind: Entry::AddressProved, actor: &id, subject: &id, detail: after.id() };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await?;
        Ok(after)
    }

    /// An invited account goes into service; who administers takes the place of who did before.
    async fn prove_invited(
        &self,
        change: &mut AnyConnection,
        id: &str,
        held: &Held,
        now: Timestamp,
    ) -> Result<State, AccessError> {
        let row = sqlx::query("SELECT state, role FROM account WHERE id = $1")
            .bind(id.to_owned())
            .fetch_one(&mut *change)
            .await?;
        let after = parsed::<State>(&row, "state")?.after(Step::ProveEmail)?;
        let role: Role = parsed(&row, "role")?;
        if role.administers() {
            hand_over(&mut *change, held, id, role).await?;
        }
        self.set_state(change, id, after, now).await?;
        Ok(after)
    }

    /// A request becomes an account, and takes a seat until it is decided.
    async fn prove_request(
        &self,
        change: &mut AnyConnection,
        person: &str,
        held: &Held,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        if held.is_over(now) {
            return Err(AccessError::Conflict);
        }
        if taken_seats(&mut *change, &held.id).await? >= held.seats {
            return Err(AccessError::NoSeat);
        }
        let role = held.kind.role();
        let id = insert_account(&mut *change, person, held, role, State::Proved, None, now).await?;
        let event = Event { kind: Entry::AccountMade, actor: "-", subject: &id, detail: "" };
        journal::append(&mut *change, now, event).await?;
        let deciding = sqlx::query(
            "SELECT p.email FROM account a JOIN person p ON p.id = a.person_id \
             WHERE a.convention_id IN ($1, $2) AND a.role IN ('administrateur', 'suppleant') \
             AND a.state IN ('valide', 'actif') LIMIT 10",
        )
        .bind(held.id.clone())
        .bind(held.parent.clone().unwrap_or_default())
        .fetch_all(&mut *change)
        .await?;
        for row in &deciding {
            let letter = Letter::ToDecide { organisation: &held.name };
            self.write_to(&mut *change, &parsed(row, "email")?, &letter, now).await?;
        }
        Ok(id)
    }

    /// The codes that a text may stand for: itself, and those of the official communes, EPCI and
    /// EPT of that name. Conventions are not searched by name.
    async fn codes_of(&self, text: &str) -> Result<Vec<String>, AccessError> {
        let text = text.trim();
        if !is_text(text) {
            return Err(AccessError::NoConvention);
        }
        let mut codes = vec![text.to_owned()];
        let places = self.official().await?.named(text).into_iter();
        codes.extend(places.map(|place| place.territory.to_string()));
        Ok(codes)
    }
}

/// The convention in force of an organisation of one of these codes, or of one of these codes
/// itself; of several of one organisation the one that ends last.
async fn conventions_of(
    connection: &mut AnyConnection,
    codes: &[String],
    mandating: Option<&[String]>,
    now: Timestamp,
) -> Result<String, AccessError> {
    let mut found: Vec<(String, String)> = Vec::new();
    for code in codes {
        let rows = sqlx::query(
            "SELECT c.id, o.code, mo.code AS mandating FROM convention c \
             JOIN organisation o ON o.id = c.organisation_id \
             LEFT JOIN convention m ON m.id = c.parent_id \
             LEFT JOIN organisation mo ON mo.id = m.organisation_id \
             WHERE (o.code = $1 OR c.reference = $2) AND o.kind <> 'operateur' \
             AND c.closed_at IS NULL AND c.ends_on >= $3 ORDER BY c.ends_on DESC LIMIT 100",
        )
        .bind(code.clone())
        .bind(code.to_uppercase())
        .bind(Day::of(now).to_string())
        .fetch_all(&mut *connection)
        .await?;
        for row in &rows {
            let above: Option<String> = row.try_get("mandating")?;
            let fits = mandating.is_none_or(|codes| above.is_some_and(|one| codes.contains(&one)));
            if fits {
                found.push((row.try_get("id")?, row.try_get("code")?));
            }
        }
    }
    let Some((id, code)) = found.first() else { return Err(AccessError::NoConvention) };
    // Two missions of one third party are two conventions: it says which EPCI mandates it.
    let distinct = found.iter().any(|(_, other)| other != code);
    let missions = mandating.is_none() && found.len() > 1 && !code.contains(':');
    if distinct || missions { Err(AccessError::ManyConventions) } else { Ok(id.clone()) }
}

async fn insert_account(
    connection: &mut AnyConnection,
    person: &str,
    held: &Held,
    role: Role,
    state: State,
    decided_by: Option<&str>,
    now: Timestamp,
) -> Result<String, AccessError> {
    let id = new_id()?;
    sqlx::query(
        "INSERT INTO account (id, person_id, convention_id, role, audience, state, state_at, \
         created_at, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9)",
    )
    .bind(id.clone())
    .bind(person.to_owned())
    .bind(held.id.clone())
    .bind(role.id())
    .bind(held.kind.audience().id())
    .bind(state.id())
    .bind(now.seconds())
    .bind(decided_by.map(str::to_owned))
    .bind(decided_by.map(|_| now.seconds()))
    .execute(connection)
    .await
    .map_err(|error| taken(error, AccessError::EmailTaken))?;
    Ok(id)
}

async fn insert_request(
    connection: &mut AnyConnection,
    person: &NewPerson,
    convention: &str,
    account: Option<&str>,
    now: Timestamp,
) -> Result<Secret, AccessError> {
    let link = Secret::new_ticket()?;
    sqlx::query(
        "INSERT INTO request (digest, email, name, convention_id, account_id, created_at, \
         expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(link.digest())
    .bind(person.email.as_str().to_owned())
    .bind(person.name.as_str().to_owned())
    .bind(convention.to_owned())
    .bind(account.map(str::to_owned))
    .bind(now.seconds())
    .bind(now.plus(PROOF_SECONDS).seconds())
    .execute(connection)
    .await?;
    Ok(link)
}

/// Whether an address was written to so often that one more letter helps nobody but who wants to
/// annoy its owner. The answer to the request does not say.
async fn has_enough_letters(
    connection: &mut AnyConnection,
    email: &Email,
    convention: &str,
    now: Timestamp,
) -> Result<bool, AccessError> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM request WHERE email = $1 AND convention_id = $2) AS waiting, \
         (SELECT COUNT(*) FROM mail WHERE recipient = $1 AND created_at > $3) AS hourly",
    )
    .bind(email.as_str().to_owned())
    .bind(convention.to_owned())
    .bind(now.plus(-3600).seconds())
    .fetch_one(connection)
    .await?;
    Ok(row.try_get::<i64, _>("waiting")? >= MAX_WAITING
        || row.try_get::<i64, _>("hourly")? >= MAX_HOURLY)
}

/// Forgets what nobody answered in time.
pub(super) async fn lapse(
    connection: &mut AnyConnection,
    now: Timestamp,
) -> Result<(), AccessError> {
    sqlx::query("DELETE FROM request WHERE expires_at <= $1")
        .bind(now.seconds())
        .execute(connection)
        .await?;
    Ok(())
}

/// Of too many unanswered requests under one convention the oldest goes: strangers who write many
/// shorten the time that others have, and keep nobody out.
async fn make_room(connection: &mut AnyConnection, convention: &str) -> Result<(), AccessError> {
    sqlx::query(
        "DELETE FROM request WHERE convention_id = $1 AND account_id IS NULL AND digest NOT IN \
         (SELECT digest FROM request WHERE convention_id = $1 AND account_id IS NULL \
          ORDER BY created_at DESC, digest LIMIT $2)",
    )
    .bind(convention.to_owned())
    .bind(MAX_REQUESTS - 1)
    .execute(connection)
    .await?;
    Ok(())
}
