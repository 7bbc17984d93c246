//! Conventions, as they are made, listed and closed. Every change is one transaction with its
//! entry in the journal.

use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::directory::convention_rights;
use super::extensions::{Extension, extensions_of};
use super::journal::{self, Event, Kind as Entry};
use super::missions::{Destruction, destructions_of};
use super::row::{new_id, parsed, taken};
use super::subprocessors::{Subprocessor, subprocessors_of};
use super::{Access, AccessError, Actor};
use rights::{BadConvention, Day, NewConvention, OrganisationKind as Kind, Right, Timestamp};

/// Conventions that a list holds, at most.
const MAX_LISTED: i64 = 10_000;
/// Letters and digits of the code of a convention that nobody takes for another: no I, L, O, 0, 1.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/// What a list says of a convention.
#[derive(Clone, Debug, Serialize)]
pub struct Convention {
    /// Its identifier.
    pub id: String,
    /// The code that its people give when they ask for an account.
    pub reference: String,
    /// What the organisation is.
    pub kind: &'static str,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The convention that this one depends on.
    pub parent: Option<String>,
    /// What it is for.
    pub purpose: String,
    /// N, the named accounts.
    pub seats: i64,
    /// Accounts that are not over, those that wait for a decision included.
    pub seats_taken: i64,
    /// Its first day.
    pub starts_on: String,
    /// Its own last day; that of the convention it depends on may come first.
    pub ends_on: String,
    /// Who answers for the protection of data.
    pub dpo: String,
    /// Whether the operator ended it.
    pub closed: bool,
    /// What is true of it now: `a_venir`, `ouverte`, `expiree`, `close`.
    pub state: &'static str,
    /// The identifier of the account of its local administrator.
    pub administrator: Option<String>,
    /// That of their deputy.
    pub deputy: Option<String>,
    /// What it opens, as `commune:95018@adresse`.
    pub rights: Vec<String>,
    /// Requests to move its end.
    pub extensions: Vec<Extension>,
    /// Those of a third party, and what the EPCI answered.
    pub subprocessors: Vec<Subprocessor>,
    /// The attestations that exports were destroyed.
    pub destructions: Vec<Destruction>,
}

/// What a change needs to know of a convention.
pub(super) struct Held {
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) kind: Kind,
    /// The name of its organisation.
    pub(super) name: String,
    pub(super) seats: i64,
    /// Its last day, or that of the convention it depends on where this comes first.
    pub(super) ends: Day,
    pub(super) own_end: Day,
    /// Whether it or the one that it depends on was closed.
    pub(super) closed: bool,
}

impl Held {
    /// Whether nobody can be let in under it any more.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.closed || self.ends.ends() <= now
    }
}

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
        let event =
            Event { kind: Entry::ConventionClosed, actor: actor.id(), subject: id, detail: "" };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await
    }

    /// The conventions that somebody administers: all for the operator, their own and those that
    /// depend on it for a local administrator, none for others. At most 10,000, by code.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn conventions(
        &self,
        actor: Actor<'_>,
        now: Timestamp,
    ) -> Result<Vec<Convention>, AccessError> {
        let own = actor.local().unwrap_or_default().to_owned();
        let mut snapshot = self.database.pool().begin().await?;
        let rows = sqlx::query(
            "SELECT c.id, c.reference, c.parent_id, c.purpose, c.seats, c.starts_on, c.ends_on, \
             c.dpo, c.closed_at, o.kind, o.code, o.name, \
             (SELECT MIN(a.id) FROM account a WHERE a.convention_id = c.id \
              AND a.role = 'administrateur' AND a.state IN ('valide', 'actif')) AS administrator, \
             (SELECT MIN(a.id) FROM account a WHERE a.convention_id = c.id \
              AND a.role = 'suppleant' AND a.state IN ('valide', 'actif')) AS deputy, \
             (SELECT COUNT(*) FROM account a WHERE a.convention_id = c.id \
              AND a.state NOT IN ('rejete', 'ferme')) AS taken \
             FROM convention c JOIN organisation o ON o.id = c.organisation_id \
             WHERE $1 = 1 OR c.id = $2 OR c.parent_id = $2 ORDER BY o.code, c.id LIMIT $3",
        )
        .bind(i64::from(actor.is_operator()))
        .bind(own)
        .bind(MAX_LISTED)
        .fetch_all(&mut *snapshot)
        .await?;
        let mut conventions = Vec::with_capacity(rows.len());
        for row in &rows {
            conventions.push(listed(&mut snapshot, row, now).await?);
        }
        Ok(conventions)
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
         starts_on, ends_on, dpo, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
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

/// A convention that a change is about, with the limits of the one that it depends on.
pub(super) async fn held(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<Option<Held>, AccessError> {
    let row = sqlx::query(
        "SELECT c.id, c.parent_id, c.seats, c.ends_on, c.closed_at, o.kind, o.name, \
         COALESCE(m.ends_on, c.ends_on) AS m_ends_on, m.closed_at AS m_closed_at \
         FROM convention c JOIN organisation o ON o.id = c.organisation_id \
         LEFT JOIN convention m ON m.id = c.parent_id WHERE c.id = $1",
    )
    .bind(id.to_owned())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let own_end: Day = parsed(&row, "ends_on")?;
    let closed = |column| row.try_get::<Option<i64>, _>(column).map(|at| at.is_some());
    Ok(Some(Held {
        id: row.try_get("id")?,
        parent: row.try_get("parent_id")?,
        kind: parsed(&row, "kind")?,
        name: row.try_get("name")?,
        seats: row.try_get("seats")?,
        ends: own_end.min(parsed(&row, "m_ends_on")?),
        own_end,
        closed: closed("closed_at")? || closed("m_closed_at")?,
    }))
}

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

async fn listed(
    connection: &mut AnyConnection,
    row: &AnyRow,
    now: Timestamp,
) -> Result<Convention, AccessError> {
    let id: String = row.try_get("id")?;
    let right = |right: &Right| format!("{}@{}", right.territory(), right.finest());
    let rights = convention_rights(&mut *connection, &id).await?;
    let extensions = extensions_of(&mut *connection, &id).await?;
    let subprocessors = subprocessors_of(&mut *connection, &id).await?;
    let destructions = destructions_of(&mut *connection, &id).await?;
    let (starts, ends): (Day, Day) = (parsed(row, "starts_on")?, parsed(row, "ends_on")?);
    let closed = row.try_get::<Option<i64>, _>("closed_at")?.is_some();
    let state = match () {
        () if closed => "close",
        () if ends.ends() <= now => "expiree",
        () if now < starts.begins() => "a_venir",
        () => "ouverte",
    };
    Ok(Convention {
        id,
        reference: row.try_get("reference")?,
        kind: parsed::<Kind>(row, "kind")?.id(),
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        parent: row.try_get("parent_id")?,
        purpose: row.try_get("purpose")?,
        seats: row.try_get("seats")?,
        seats_taken: row.try_get("taken")?,
        starts_on: starts.to_string(),
        ends_on: ends.to_string(),
        dpo: row.try_get("dpo")?,
        closed,
        state,
        administrator: row.try_get("administrator")?,
        deputy: row.try_get("deputy")?,
        rights: rights.iter().map(right).collect(),
        extensions,
        subprocessors,
        destructions,
    })
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
