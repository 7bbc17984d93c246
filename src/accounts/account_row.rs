//! An account as it is read from the database, with its conventions and their rights.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::row::{parsed, parsed_or_none, right};
use super::{Access, AccessError};
use domain::Audience;
use rights::{Account, AccountParts, Day, Grants, OrganisationKind, Right, Role, Timestamp};

/// What is read of an account wherever one is found: its person, its convention, the one that
/// this depends on, and the clauses in force.
macro_rules! account_by {
    ($more:literal, $from:literal, $where:literal) => {
        concat!(
            "SELECT a.id, a.person_id, p.email, a.role, a.audience, a.state, a.clauses_version, \
             a.convention_id, o.kind, c.parent_id, c.starts_on, c.ends_on, c.closed_at, \
             m.starts_on AS m_starts_on, m.ends_on AS m_ends_on, m.closed_at AS m_closed_at, \
             (SELECT MAX(version) FROM clauses) AS current_clauses, ",
            $more,
            " FROM ",
            $from,
            " JOIN person p ON p.id = a.person_id \
             JOIN convention c ON c.id = a.convention_id \
             JOIN organisation o ON o.id = c.organisation_id \
             LEFT JOIN convention m ON m.id = c.parent_id WHERE ",
            $where
        )
    };
}

pub(super) const ACCOUNT_OF_TOKEN: &str = account_by!(
    "t.expires_at",
    "token t JOIN account a ON a.id = t.account_id",
    "t.digest = $1 AND t.revoked_at IS NULL AND a.state IN ('valide', 'actif')"
);

pub(super) const ACCOUNT_OF_SESSION: &str = account_by!(
    "s.seen_at, s.created_at AS session_at",
    "session s JOIN account a ON a.id = s.account_id",
    "s.digest = $1 AND a.state IN ('valide', 'actif')"
);

/// The accounts in service of a person, the one that they used last first, then the one that
/// lasts longest.
pub(super) const ACCOUNTS_OF_PERSON: &str = account_by!(
    "o.name AS organisation, p.in_use",
    "account a",
    "a.person_id = $1 AND a.state IN ('valide', 'actif') \
     ORDER BY CASE WHEN a.id = p.in_use THEN 0 ELSE 1 END, c.ends_on DESC, a.id LIMIT 100"
);

impl Access {
    /// The account of a row of one of the queries above. What its convention's kind does not
    /// allow is cut back here, at each reading: the role, the audience.
    pub(super) async fn read_account(&self, row: &AnyRow) -> Result<Account, AccessError> {
        let kind: OrganisationKind = parsed(row, "kind")?;
        let role: Role = parsed(row, "role")?;
        let audience: Audience = parsed(row, "audience")?;
        let (from, until) = days(row)?;
        let version: Option<i64> = row.try_get("clauses_version")?;
        let texts = self.texts(row).await?;
        Ok(Account::new(AccountParts {
            id: row.try_get::<String, _>("id")?.into(),
            person: row.try_get::<String, _>("person_id")?.into(),
            email: parsed(row, "email")?,
            role: kind.limit(role),
            audience: kind.limit_audience(audience),
            state: parsed(row, "state")?,
            convention: row.try_get::<String, _>("convention_id")?.into(),
            clauses_accepted: version == row.try_get("current_clauses")?,
            from,
            until,
            grants: Grants::new(texts, &*self.commune_changes().await?),
        }))
    }

    /// The rights of an account, of its convention, and of the one that this depends on, as far as
    /// each has some of its own. A convention that depends on no other always counts, also without
    /// any right: nothing is granted then.
    async fn texts(&self, row: &AnyRow) -> Result<Vec<Vec<Right>>, AccessError> {
        let parent: Option<String> = row.try_get("parent_id")?;
        let rows = sqlx::query(
            "SELECT 0 AS text, territory, finest FROM account_right WHERE account_id = $1 \
             UNION ALL SELECT 1 AS text, territory, finest FROM convention_right \
             WHERE convention_id = $2 UNION ALL SELECT 2 AS text, territory, finest \
             FROM convention_right WHERE convention_id = $3",
        )
        .bind(row.try_get::<String, _>("id")?)
        .bind(row.try_get::<String, _>("convention_id")?)
        .bind(parent.clone().unwrap_or_default())
        .fetch_all(self.database.pool())
        .await?;
        let mut texts: [Vec<Right>; 3] = Default::default();
        for row in &rows {
            let text = usize::try_from(row.try_get::<i64, _>("text")?).unwrap_or_default();
            if let Some(text) = texts.get_mut(text) {
                text.push(right(row)?);
            }
        }
        let [own, convention, above] = texts;
        let has_parent = parent.is_some();
        let own = (!own.is_empty()).then_some(own);
        let convention = (!has_parent || !convention.is_empty()).then_some(convention);
        Ok([own, convention, has_parent.then_some(above)].into_iter().flatten().collect())
    }
}

/// The first instant at which both the convention and the one that it depends on hold, and the
/// first at which one of them does not any more.
fn days(row: &AnyRow) -> Result<(Option<Timestamp>, Option<Timestamp>), AccessError> {
    let (mut from, mut until) = (None, None);
    for (starts, ends, closed) in
        [("starts_on", "ends_on", "closed_at"), ("m_starts_on", "m_ends_on", "m_closed_at")]
    {
        from = from.max(parsed_or_none::<Day>(row, starts)?.map(Day::begins));
        let closed = row.try_get::<Option<i64>, _>(closed)?.map(Timestamp::from_seconds);
        let last = parsed_or_none::<Day>(row, ends)?.map(Day::ends);
        for end in [last, closed].into_iter().flatten() {
            until = Some(until.map_or(end, |until: Timestamp| until.min(end)));
        }
    }
    Ok((from, until))
}
