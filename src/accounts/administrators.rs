//! Who administers a convention: the local administrator of annex 3, and a deputy.

use sqlx::{AnyConnection, Row};

use super::conventions::{Held, held};
use super::enrolment::NewPerson;
use super::journal::{self, Event, Kind as Entry};
use super::mail::Letter;
use super::row::parsed;
use super::{Access, AccessError, Actor};
use rights::{Email, Role, State, Timestamp};

impl Access {
    /// Names the local administrator of a convention (annex 3) or, with [`Role::Suppleant`], their
    /// deputy. Somebody in service under the convention takes the place at once; anybody else is
    /// invited, and takes it when they prove their address: until then nobody loses anything. The
    /// operator alone names. Gives the account's identifier.
    ///
    /// # Errors
    ///
    /// [`AccessError::BadRole`] for a role that does not administer, [`AccessError::Conflict`]
    /// where the convention is closed or the person is suspended under it, those of
    /// [`Access::invite`].
    pub async fn name_administrator(
        &self,
        actor: Actor<'_>,
        convention: &str,
        person: &NewPerson,
        role: Role,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        person.check(Some(actor))?;
        if !role.administers() {
            return Err(AccessError::BadRole);
        }
        let mut change = self.change_by(actor).await?;
        if !actor.is_operator() {
            return self.refuse(change, actor, "administrateur local", now).await;
        }
        let held = held(&mut change, convention).await?.ok_or(AccessError::NotFound)?;
        if held.closed {
            return Err(AccessError::Conflict);
        }
        let living = sqlx::query(
            "SELECT a.id, a.state FROM account a JOIN person p ON p.id = a.person_id \
             WHERE p.email = $1 AND a.convention_id = $2 AND a.state NOT IN ('rejete', 'ferme')",
        )
        .bind(person.email.as_str().to_owned())
        .bind(convention.to_owned())
        .fetch_optional(&mut *change)
        .await?;
        let known = match &living {
            Some(row) => Some((row.try_get::<String, _>("id")?, parsed::<State>(row, "state")?)),
            None => None,
        };
        // One who was named before and did not answer is not expected any more.
        sqlx::query(
            "UPDATE account SET role = $2 WHERE convention_id = $1 AND role = $3 \
             AND state = 'invite'",
        )
        .bind(convention.to_owned())
        .bind(held.kind.role().id())
        .bind(role.id())
        .execute(&mut *change)
        .await?;
        let id = match known {
            Some((id, State::Validated | State::Active)) => {
                hand_over(&mut change, &held, &id, role).await?;
                sqlx::query("UPDATE account SET role = $2 WHERE id = $1")
                    .bind(id.clone())
                    .bind(role.id())
                    .execute(&mut *change)
                    .await?;
                id
            }
            Some((_, State::Proved | State::Suspended)) => return Err(AccessError::Conflict),
            _ => self.insert_invited(&mut change, actor, person, &held, role, now).await?,
        };
        let detail = format!("{convention} {role}");
        let (kind, actor) = (Entry::AdministratorNamed, actor.id());
        journal::append(&mut change, now, Event { kind, actor, subject: &id, detail: &detail })
            .await?;
        self.commit(change).await?;
        Ok(id)
    }

    /// Writes to the local administrators of a convention and of the one that it depends on, and
    /// to their deputies.
    pub(super) async fn write_to_administrators(
        &self,
        change: &mut AnyConnection,
        held: &Held,
        letter: &Letter<'_>,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        for email in administrators_of(&mut *change, held).await? {
            self.write_to(&mut *change, &email, letter, now).await?;
        }
        Ok(())
    }
}

/// The addresses of those in service who administer a convention or the one that it depends on,
/// each once.
pub(super) async fn administrators_of(
    connection: &mut AnyConnection,
    held: &Held,
) -> Result<Vec<Email>, AccessError> {
    let people = sqlx::query(
        "SELECT DISTINCT p.email FROM account a JOIN person p ON p.id = a.person_id \
         WHERE a.convention_id IN ($1, $2) AND a.role IN ('administrateur', 'suppleant') \
         AND a.state IN ('valide', 'actif') ORDER BY p.email LIMIT 10",
    )
    .bind(held.id.clone())
    .bind(held.parent.clone().unwrap_or_default())
    .fetch_all(connection)
    .await?;
    people.iter().map(|row| parsed(row, "email")).collect()
}

/// Whoever had the role until now is one of the convention's people like the others.
pub(super) async fn hand_over(
    connection: &mut AnyConnection,
    held: &Held,
    to: &str,
    role: Role,
) -> Result<(), AccessError> {
    sqlx::query(
        "UPDATE account SET role = $2 WHERE convention_id = $1 AND role = $3 AND id <> $4 \
         AND state NOT IN ('rejete', 'ferme')",
    )
    .bind(held.id.clone())
    .bind(held.kind.role().id())
    .bind(role.id())
    .bind(to.to_owned())
    .execute(connection)
    .await?;
    Ok(())
}
