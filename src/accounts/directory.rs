//! The directory: who has an account, under which convention, and what may be decided about it.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, Row};

use super::conventions::state_today;
use super::row::{parsed, right};
use super::{Access, AccessError, Actor};
use domain::Audience;
use rights::{Email, Right, Role, State, Step, Timestamp};

/// People whose accounts [`Access::list`] gives at once, at most.
pub const PAGE: i64 = 500;

/// What a list says of an account.
#[derive(Clone, Debug)]
pub struct Listed {
    email: Email,
    role: Role,
    audience: Audience,
    rights: Vec<Right>,
    id: String,
    name: Option<String>,
    state: State,
    convention: String,
    convention_state: &'static str,
    tokens: Vec<String>,
    steps: Vec<Step>,
}

impl Access {
    /// The accounts of up to [`PAGE`] people, those that are over included, by address, from the
    /// one that follows `after`. An empty page is the last.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn list(
        &self,
        after: Option<&Email>,
        now: Timestamp,
    ) -> Result<Vec<Listed>, AccessError> {
        self.list_for(Actor::Shell, after, now).await
    }

    /// The same for whoever asks: the operator sees all, a local administrator the people of their
    /// convention and of those that depend on it, others nobody.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn list_for(
        &self,
        actor: Actor<'_>,
        after: Option<&Email>,
        now: Timestamp,
    ) -> Result<Vec<Listed>, AccessError> {
        let mut snapshot = self.database.pool().begin().await?;
        let rows = sqlx::query(
            "WITH shown AS (SELECT a.* FROM account a WHERE $3 = 1 OR a.convention_id IN \
             (SELECT id FROM convention WHERE id = $4 OR parent_id = $4)), \
             page AS (SELECT p.id, p.email, p.name FROM person p WHERE p.email > $1 \
             AND EXISTS (SELECT 1 FROM shown s WHERE s.person_id = p.id) \
             ORDER BY p.email LIMIT $2) \
             SELECT s.id, page.id AS person_id, page.email, page.name, s.role, s.audience, \
             s.state, s.convention_id, c.starts_on, c.ends_on, c.closed_at, \
             COALESCE(m.starts_on, c.starts_on) AS m_starts_on, \
             COALESCE(m.ends_on, c.ends_on) AS m_ends_on, m.closed_at AS m_closed_at \
             FROM page JOIN shown s ON s.person_id = page.id \
             JOIN convention c ON c.id = s.convention_id \
             LEFT JOIN convention m ON m.id = c.parent_id \
             ORDER BY page.email, s.created_at, s.id",
        )
        .bind(after.map_or("", Email::as_str).to_owned())
        .bind(PAGE)
        .bind(i64::from(actor.is_operator()))
        .bind(actor.local().unwrap_or_default().to_owned())
        .fetch_all(&mut *snapshot)
        .await?;
        let mut accounts = Vec::with_capacity(rows.len());
        for row in &rows {
            let (role, state): (Role, State) = (parsed(row, "role")?, parsed(row, "state")?);
            let person: String = row.try_get("person_id")?;
            let may_decide = may_decide(actor, &person, role);
            accounts.push(Listed {
                email: parsed(row, "email")?,
                role,
                audience: parsed(row, "audience")?,
                rights: Vec::new(),
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                state,
                convention: row.try_get("convention_id")?,
                convention_state: state_today(row, now)?,
                tokens: Vec::new(),
                steps: if may_decide { state.decisions().collect() } else { Vec::new() },
            });
        }
        let mut of_conventions: BTreeMap<String, Vec<Right>> = BTreeMap::new();
        for account in &mut accounts {
            account.rights = own_rights(&mut snapshot, &account.id).await?;
            if account.rights.is_empty() {
                let known = of_conventions.get(&account.convention).cloned();
                account.rights = match known {
                    Some(rights) => rights,
                    None => convention_rights(&mut snapshot, &account.convention).await?,
                };
                of_conventions.insert(account.convention.clone(), account.rights.clone());
            }
            account.tokens = sqlx::query_scalar(
                "SELECT name FROM token \
                 WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY name",
            )
            .bind(account.id.clone())
            .bind(now.seconds())
            .fetch_all(&mut *snapshot)
            .await?;
        }
        Ok(accounts)
    }
}

/// Whether somebody who administers the convention of an account decides about it: nobody about
/// themselves, and the operator alone about the operator's people and those who administer.
pub(super) fn may_decide(actor: Actor<'_>, person: &str, role: Role) -> bool {
    let above = role == Role::Operateur || role.administers();
    !actor.is(person) && (actor.is_operator() || !above)
}

async fn own_rights(
    connection: &mut AnyConnection,
    account: &str,
) -> Result<Vec<Right>, AccessError> {
    let rows = sqlx::query("SELECT territory, finest FROM account_right WHERE account_id = $1")
        .bind(account.to_owned())
        .fetch_all(connection)
        .await?;
    sorted(&rows)
}

/// The rights of a convention: its own or, without any, those of the one that it depends on.
pub(super) async fn convention_rights(
    connection: &mut AnyConnection,
    convention: &str,
) -> Result<Vec<Right>, AccessError> {
    let rows = sqlx::query(
        "SELECT territory, finest FROM convention_right WHERE convention_id = $1 \
         UNION ALL SELECT r.territory, r.finest FROM convention c \
         JOIN convention_right r ON r.convention_id = c.parent_id WHERE c.id = $1 \
         AND NOT EXISTS (SELECT 1 FROM convention_right o WHERE o.convention_id = $1)",
    )
    .bind(convention.to_owned())
    .fetch_all(connection)
    .await?;
    sorted(&rows)
}

fn sorted(rows: &[sqlx::any::AnyRow]) -> Result<Vec<Right>, AccessError> {
    let mut rights = rows.iter().map(right).collect::<Result<Vec<_>, _>>()?;
    rights.sort_unstable();
    Ok(rights)
}

impl Listed {
    /// The normalised address.
    pub fn email(&self) -> &Email {
        &self.email
    }

    /// What the account is for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Which indicators it reads.
    pub fn audience(&self) -> Audience {
        self.audience
    }

    /// The narrowest rights that it was given, sorted.
    pub fn rights(&self) -> &[Right] {
        &self.rights
    }

    /// The identifier of the account, which the journal names.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The person's name, where it was asked.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Where it is in its life.
    pub fn state(&self) -> State {
        self.state
    }

    /// The identifier of its convention.
    pub fn convention(&self) -> &str {
        &self.convention
    }

    /// What is true of its convention now: `a_venir`, `ouverte`, `expiree`, `close`.
    pub fn convention_state(&self) -> &'static str {
        self.convention_state
    }

    /// The names of its living tokens, sorted.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// The steps that whoever asked may take with it.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}
