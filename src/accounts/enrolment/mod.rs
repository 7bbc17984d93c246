//! From a request or an invitation to an account: a letter, and the proof of the address that its
//! link is. Until then a request is no account, takes no seat, and changes nothing of anybody.

mod invitations;
mod proof;
mod requests;

use sqlx::AnyConnection;

pub(super) use requests::lapse;

use super::conventions::Held;
use super::row::{new_id, taken};
use super::{AccessError, Actor, Secret};
use rights::{BadConvention, Email, Name, Role, State, Timestamp, is_text};

/// How long the link of a request or an invitation holds, in seconds: 72 hours.
const PROOF_SECONDS: i64 = 72 * 3600;

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

/// Writes an account in a state, under a convention and in a role that it allows.
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

/// Writes a request, of an account where one was made by an invitation. Gives the secret of its link.
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
