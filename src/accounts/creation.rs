//! Accounts made by the operator's own hand, one or a whole table at once.

use sqlx::AnyConnection;

use super::conventions::{Held, held, insert_convention};
use super::directory::convention_rights;
use super::journal::{self, Event, Kind as Entry};
use super::people::{Person, decided_seats, person_for};
use super::row::{new_id, taken};
use super::{Access, AccessError, Actor, NewAccount};
use rights::{
    BadConvention, Day, NewConvention, Official, OrganisationKind as Kind, Purposes, Timestamp,
};

/// Days that the operator's own convention of one account lasts, where nothing else is said.
const DAYS: i64 = 365;

impl Access {
    /// Makes an account by the operator's own hand, and gives its identifier. It is under the
    /// convention that it names, within that one's rights and seats, or under a convention of the
    /// operator's for it alone, for a year unless it says until when.
    ///
    /// # Errors
    ///
    /// [`AccessError::EmailTaken`] where the person has an account under that convention or,
    /// without one, any; [`BadConvention::Beyond`], [`AccessError::BadRole`] and
    /// [`AccessError::BadAudience`] for more than the convention gives; [`AccessError::NoSeat`].
    pub async fn add_account(
        &self,
        account: &NewAccount,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        let hash = match account.password() {
            Some(password) => Some(self.hasher.hash(password).await?),
            None => None,
        };
        let official = self.official().await?;
        let mut change = self.database.change().await?;
        let id = self.insert_made(&mut change, account, hash, &official, now).await?;
        self.commit(change).await?;
        Ok(id)
    }

    /// Writes an account that the operator made, and gives its identifier.
    pub(super) async fn insert_made(
        &self,
        change: &mut AnyConnection,
        account: &NewAccount,
        hash: Option<String>,
        official: &Official,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        for right in account.rights() {
            official.check(right.territory())?;
        }
        let email = account.email();
        let person = person_for(change, email, None, account.exception(), now).await?;
        let (convention, narrower) = match account.convention() {
            Some(id) => {
                let held = held(change, id).await?.ok_or(AccessError::NotFound)?;
                check_within(change, account, &held, official, now).await?;
                let whole = convention_rights(change, id).await?;
                (id.to_owned(), account.rights() != whole)
            }
            None if person.has_living => return Err(AccessError::EmailTaken),
            None => (own_convention(change, account, now).await?, false),
        };
        set_first_password(change, &person, hash).await?;
        let id = new_id()?;
        sqlx::query(
            "INSERT INTO account (id, person_id, convention_id, role, audience, state, state_at, \
             created_at, clauses_version, clauses_at, decided_by, decided_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, \
             CASE WHEN $6 = 'actif' THEN (SELECT MAX(version) FROM clauses) END, \
             CASE WHEN $6 = 'actif' THEN $7 END, 'shell', $7)",
        )
        .bind(id.clone())
        .bind(person.id)
        .bind(convention)
        .bind(account.role().id())
        .bind(account.audience().id())
        .bind(account.state().id())
        .bind(now.seconds())
        .execute(&mut *change)
        .await
        .map_err(|error| taken(error, AccessError::EmailTaken))?;
        for right in account.rights().iter().filter(|_| narrower) {
            sqlx::query(
                "INSERT INTO account_right (account_id, territory, finest) VALUES ($1, $2, $3)",
            )
            .bind(id.clone())
            .bind(right.territory().to_string())
            .bind(right.finest().id())
            .execute(&mut *change)
            .await?;
        }
        let detail = match account.exception() {
            Some(_) => "adresse admise par exception",
            None => "",
        };
        let event = Event { kind: Entry::AccountMade, actor: "shell", subject: &id, detail };
        journal::append(change, now, event).await?;
        if !account.asks_clauses() {
            // The person accepted nothing here: the operator vouches that they signed.
            let (kind, detail) = (Entry::ClausesAttested, "signées hors de l'application");
            let event = Event { kind, actor: "shell", subject: &id, detail };
            journal::append(change, now, event).await?;
        }
        Ok(id)
    }
}

/// Whether what an account asks is within the convention that it names.
async fn check_within(
    change: &mut AnyConnection,
    account: &NewAccount,
    held: &Held,
    official: &Official,
    now: Timestamp,
) -> Result<(), AccessError> {
    if held.is_over(now) {
        return Err(AccessError::NoConvention);
    }
    if held.kind.limit(account.role()) != account.role() {
        return Err(AccessError::BadRole);
    }
    if held.kind.limit_audience(account.audience()) != account.audience() {
        return Err(AccessError::BadAudience);
    }
    let whole = convention_rights(change, &held.id).await?;
    if !official.is_within(account.rights(), &whole) {
        return Err(BadConvention::Beyond.into());
    }
    if decided_seats(change, &held.id).await? >= held.seats {
        return Err(AccessError::NoSeat);
    }
    Ok(())
}

/// A convention of the operator's for one account alone: nobody has rights outside one.
async fn own_convention(
    change: &mut AnyConnection,
    account: &NewAccount,
    now: Timestamp,
) -> Result<String, AccessError> {
    let starts = Day::of(now);
    let ends = account.until().unwrap_or_else(|| Day::of(now.plus(DAYS * 24 * 3600)));
    let new = NewConvention {
        kind: Kind::Operateur,
        code: "operateur".into(),
        name: "Opérateur national".into(),
        parent: None,
        purpose: "Compte ouvert par l'opérateur".into(),
        purposes: Purposes::all(),
        contract: None,
        seats: 1,
        starts,
        ends,
        dpo: "Délégué de l'opérateur".into(),
        rights: account.rights().to_vec(),
    };
    if ends < starts {
        return Err(BadConvention::Days.into());
    }
    insert_convention(change, Actor::Shell, &new, account.rights(), now).await
}

async fn set_first_password(
    change: &mut AnyConnection,
    person: &Person,
    hash: Option<String>,
) -> Result<(), AccessError> {
    let Some(hash) = hash else { return Ok(()) };
    if person.has_password {
        return Err(AccessError::EmailTaken);
    }
    sqlx::query("UPDATE person SET password_hash = $2 WHERE id = $1")
        .bind(person.id.clone())
        .bind(hash)
        .execute(change)
        .await?;
    Ok(())
}
