//! Conventions as a list shows them.

use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::held::state_today;
use crate::directory::convention_rights;
use crate::extensions::{Extension, extensions_of};
use crate::missions::{Destruction, destructions_of};
use crate::row::parsed;
use crate::signatures::{Signature, signature_of};
use crate::subprocessors::{Subprocessor, subprocessors_of};
use crate::{Access, AccessError, Actor};
use rights::{Day, OrganisationKind as Kind, Purpose, Purposes, Right, Timestamp};

/// Conventions that a list holds, at most.
const MAX_LISTED: i64 = 10_000;

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
    /// What it is for, in words.
    pub purpose: String,
    /// The purposes of article 1 that it was signed for.
    pub purposes: Vec<&'static str>,
    /// The contract by which the EPCI ordered a third party's analyses.
    pub contract: Option<String>,
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
    /// Who signed it, once that was recorded.
    pub signature: Option<Signature>,
    /// Whether the operator ended it.
    pub closed: bool,
    /// What is true of it now, the one that it depends on counted in: `a_venir`, `ouverte`,
    /// `expiree`, `close`.
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

impl Access {
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
             c.dpo, c.closed_at, c.purposes, c.contract, o.kind, o.code, o.name, \
             COALESCE(m.starts_on, c.starts_on) AS m_starts_on, \
             COALESCE(m.ends_on, c.ends_on) AS m_ends_on, m.closed_at AS m_closed_at, \
             (SELECT MIN(a.id) FROM account a WHERE a.convention_id = c.id \
              AND a.role = 'administrateur' AND a.state IN ('valide', 'actif')) AS administrator, \
             (SELECT MIN(a.id) FROM account a WHERE a.convention_id = c.id \
              AND a.role = 'suppleant' AND a.state IN ('valide', 'actif')) AS deputy, \
             (SELECT COUNT(*) FROM account a WHERE a.convention_id = c.id \
              AND a.state NOT IN ('rejete', 'ferme')) AS taken \
             FROM convention c JOIN organisation o ON o.id = c.organisation_id \
             LEFT JOIN convention m ON m.id = c.parent_id \
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
    let signature = signature_of(&mut *connection, &id).await?;
    let (starts, ends): (Day, Day) = (parsed(row, "starts_on")?, parsed(row, "ends_on")?);
    let closed = row.try_get::<Option<i64>, _>("closed_at")?.is_some();
    let state = state_today(row, now)?;
    Ok(Convention {
        id,
        reference: row.try_get("reference")?,
        kind: parsed::<Kind>(row, "kind")?.id(),
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        parent: row.try_get("parent_id")?,
        purpose: row.try_get("purpose")?,
        purposes: parsed::<Purposes>(row, "purposes")?.iter().map(Purpose::id).collect(),
        contract: row.try_get("contract")?,
        seats: row.try_get("seats")?,
        seats_taken: row.try_get("taken")?,
        starts_on: starts.to_string(),
        ends_on: ends.to_string(),
        dpo: row.try_get("dpo")?,
        signature,
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
