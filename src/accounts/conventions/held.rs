//! A convention as the changes made under it need it: its limits and those of the one that it
//! depends on.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::row::parsed;
use crate::{AccessError, Actor};
use rights::{Day, OrganisationKind as Kind, Timestamp};

/// What a change needs to know of a convention.
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) parent: Option<String>,
    pub(crate) kind: Kind,
    /// The name of its organisation.
    pub(crate) name: String,
    pub(crate) seats: i64,
    /// Its last day, or that of the convention it depends on where this comes first.
    pub(crate) ends: Day,
    pub(crate) own_end: Day,
    /// Whether it or the one that it depends on was closed.
    pub(crate) closed: bool,
}

impl Held {
    /// Whether nobody can be let in under it any more.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.closed || self.ends.ends() <= now
    }
}

/// What is true of a convention on a day, by its own terms and those of the one that it depends on:
/// `a_venir`, `ouverte`, `expiree`, `close`. The row has both ones' terms.
pub(crate) fn state_today(row: &AnyRow, now: Timestamp) -> Result<&'static str, AccessError> {
    let closed = |column| row.try_get::<Option<i64>, _>(column).map(|at| at.is_some());
    let starts: Day = parsed(row, "starts_on")?;
    let ends: Day = parsed(row, "ends_on")?;
    let starts = starts.max(parsed(row, "m_starts_on")?);
    let ends = ends.min(parsed(row, "m_ends_on")?);
    Ok(match () {
        () if closed("closed_at")? || closed("m_closed_at")? => "close",
        () if ends.ends() <= now => "expiree",
        () if now < starts.begins() => "a_venir",
        () => "ouverte",
    })
}

/// A convention that a change is about, with the limits of the one that it depends on.
pub(crate) async fn held(
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

/// Whether somebody may speak for a convention: its own people, and who administers it.
pub(crate) fn is_concerned(actor: Actor<'_>, held: &Held) -> bool {
    let own = matches!(actor, Actor::Account(account)
        if account.has_accepted() && account.convention() == held.id);
    own || actor.manages(&held.id, held.parent.as_deref())
}
