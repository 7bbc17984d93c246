//! Conventions, as they are made, listed and closed. Every change is one transaction with its
//! entry in the journal.

mod held;
mod list;

use sqlx::{AnyConnection, Row};

pub(super) use held::{Held, held, is_concerned, state_today};
pub use list::Convention;

use super::directory::convention_rights;
use super::journal::{self, Event, Kind as Entry};
use super::mail::Letter;
use super::row::{new_id, parsed, taken};
use super::{Access, AccessError, Actor};
use rights::{BadConvention, NewConvention, OrganisationKind as Kind, Right, Timestamp};

/// Letters and digits of the code of a convention that nobody takes for another: no I, L, O, 0, 1.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

impl Access {
    /// Makes a convention, and its organisation where the code is new. The operator alone does.
    /// Gives its identifier.
    ///
    /// # Errors
    ///
    /// [`AccessError::Convention`] for what its kind does not allow, [`BadConvention::Parent`]
    /// where the one that it depends on is not an open one of an EPCI or EPT,
    /// [`BadConvention::Beyond`] for rights beyond that one's, [`AccessError::Territory`] names a
    /// code that the official tables in force do not know.
    pub async fn make_convention(
        &self,
        actor: Actor<'_>,
        new: &NewConvention,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        let rights = new.check()?;
        let official = self.official().await?;
        let mut change = self.change_by(actor).await?;
        if !actor.is_operator() {
            return self.refuse(change, actor, "convention", now).await;
        }
        for right in rights.iter().flatten() {
            official.check(right.territory())?;
        }
        if let Some(parent) = &new.parent {
            let parent = held(&mut change, parent).await?.ok_or(AccessError::NotFound)?;
            if !matches!(parent.kind, Kind::Epci | Kind::Ept) || parent.closed {
                return Err(BadConvention::Parent.into());
            }
            let whole = convention_rights(&mut change, &parent.id).await?;
            if !official.is_within(rights.as_deref().unwrap_or_default(), &whole) {
                return Err(BadConvention::Beyond.into());
            }
        }
        let rights = rights.unwrap_or_default();
        let id = insert_convention(&mut change, actor, new, &rights, now).await?;
        self.commit(change).await?;
        Ok(id)
    }

    /// Ends a convention now, and with it everybody's access under it and under those that depend
    /// on it. The operator alone does.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] where there is none that is open.
    pub async fn close_convention(
        &self,
        actor: Actor<'_>,
        id: &str,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let mut change = self.change_by(actor).await?;
        if !actor.is_operator() {
            return self.refuse(change, actor, "fin de convention", now).await;
        }
        let closed =
            sqlx::query("UPDATE convention SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL")
                .bind(id.to_owned())
                .bind(now.seconds())
                .execute(&mut *change)
                .await?;
        if closed.rows_affected() == 0 {
            return Err(AccessError::NotFound);
        }
        self.tell_of_closing(&mut change, id, now).await?;
        let event =
            Event { kind: Entry::ConventionClosed, actor: actor.id(), subject: id, detail: "" };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await
    }

    /// Writes to everybody who loses access by the end of a convention.
    async fn tell_of_closing(
        &self,
        change: &mut AnyConnection,
        convention: &str,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let Some(held) = held(&mut *change, convention).await? else { return Ok(()) };
        let people = sqlx::query(
            "SELECT DISTINCT p.email FROM account a JOIN person p ON p.id = a.person_id \
             JOIN convention c ON c.id = a.convention_id \
             WHERE (c.id = $1 OR c.parent_id = $1) AND a.state IN ('valide', 'actif') LIMIT 5000",
        )
        .bind(held.id)
        .fetch_all(&mut *change)
        .await?;
        for row in &people {
            let letter = Letter::ConventionClosed { organisation: &held.name };
            self.write_to(&mut *change, &parsed(row, "email")?, &letter, now).await?;
        }
        Ok(())
    }
}

/// Writes a convention whose rights are checked.
pub(super) async fn insert_convention(
    connection: &mut AnyConnection,
    actor: Actor<'_>,
    new: &NewConvention,
    rights: &[Right],
    now: Timestamp,
) -> Result<String, AccessError> {
    let organisation = organisation(&mut *connection, new, now).await?;
    let id = new_id()?;
    sqlx::query(
        "INSERT INTO convention (id, organisation_id, parent_id, reference, purpose, seats, \
         starts_on, ends_on, dpo, created_at, purposes, contract) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(id.clone())
    .bind(organisation)
    .bind(new.parent.clone())
    .bind(new_reference()?)
    .bind(new.purpose.clone())
    .bind(i64::from(new.seats))
    .bind(new.starts.to_string())
    .bind(new.ends.to_string())
    .bind(new.dpo.clone())
    .bind(now.seconds())
    .bind(new.purposes.to_string())
    .bind(new.contract.clone())
    .execute(&mut *connection)
    .await?;
    for right in rights {
        sqlx::query(
            "INSERT INTO convention_right (convention_id, territory, finest) \
             VALUES ($1, $2, $3)",
        )
        .bind(id.clone())
        .bind(right.territory().to_string())
        .bind(right.finest().id())
        .execute(&mut *connection)
        .await
        .map_err(|error| taken(error, BadConvention::Territory.into()))?;
    }
    let detail = format!("{} {} comptes, {} à {}", new.kind, new.seats, new.starts, new.ends);
    let event =
        Event { kind: Entry::ConventionMade, actor: actor.id(), subject: &id, detail: &detail };
    journal::append(connection, now, event).await?;
    Ok(id)
}

/// The organisation of a code, made where there is none.
async fn organisation(
    connection: &mut AnyConnection,
    new: &NewConvention,
    now: Timestamp,
) -> Result<String, AccessError> {
    let known = sqlx::query("SELECT id, kind FROM organisation WHERE code = $1")
        .bind(new.code.clone())
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = known {
        if parsed::<Kind>(&row, "kind")? != new.kind {
            return Err(BadConvention::Code.into());
        }
        return Ok(row.try_get("id")?);
    }
    let id = new_id()?;
    sqlx::query(
        "INSERT INTO organisation (id, kind, name, code, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id.clone())
    .bind(new.kind.id())
    .bind(new.name.clone())
    .bind(new.code.clone())
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(id)
}

/// Eight letters and digits, as `K7QM-2XWA`: 39 random bits, so that a code is not found by trying.
fn new_reference() -> Result<String, AccessError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    let mut text = String::with_capacity(9);
    for pair in bytes.as_chunks::<2>().0 {
        if text.len() == 4 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[usize::from(u16::from_le_bytes(*pair)) % ALPHABET.len()]));
    }
    Ok(text)
}
