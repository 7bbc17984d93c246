//! Invitations: a seat given by who decides, before the address is proved.

use sqlx::{AnyConnection, Row};

use super::{NewPerson, insert_account, insert_request};
use crate::conventions::{Held, held};
use crate::designations::check_designated;
use crate::journal::{self, Event, Kind as Entry};
use crate::mail::Letter;
use crate::people::{decided_seats, person_for};
use crate::row::parsed;
use crate::{Access, AccessError, Actor};
use rights::{Role, State, Timestamp};

impl Access {
    /// Invites a person under a convention, within its N accounts: the decision is taken and the
    /// seat given, the proof of the address is not there yet. Somebody invited before is written to
    /// again. The operator and the local administrator do. Gives the account's identifier.
    ///
    /// # Errors
    ///
    /// [`AccessError::NoSeat`], [`AccessError::EmailTaken`] where the person has an account under
    /// this convention, [`AccessError::Conflict`] where the convention is over,
    /// [`AccessError::NoDesignation`] for a local administrator before annex 3; the operator, who
    /// receives the form, answers for whom they invite.
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
        if !actor.is_operator() {
            check_designated(&mut change, &held).await?;
        }
        let role = held.kind.role();
        let id = self.insert_invited(&mut change, actor, person, &held, role, now).await?;
        change.commit().await?;
        Ok(id)
    }

    /// An account that waits for the proof of its address, and the letter that asks for it.
    pub(crate) async fn insert_invited(
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
}
