//! The proof of an address: its owner followed the link of a letter, and the account begins.

use sqlx::{AnyConnection, Row};

use super::insert_account;
use crate::administrators::hand_over;
use crate::conventions::{Held, held};
use crate::journal::{self, Event, Kind as Entry};
use crate::mail::Letter;
use crate::people::{person_for, taken_seats};
use crate::row::parsed;
use crate::{Access, AccessError, Password, Secret};
use rights::{Email, Name, Role, State, Step, Timestamp};

impl Access {
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
        let letter = Letter::ToDecide { organisation: &held.name };
        self.write_to_administrators(change, held, &letter, now).await?;
        Ok(id)
    }
}
