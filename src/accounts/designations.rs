//! Annex 3: how an organisation names its local administrator. The form is printed, signed and
//! stamped; what it says is recorded beside the account.

use serde::Serialize;
use sqlx::{AnyConnection, Row};

use super::conventions::{Held, held};
use super::journal::{self, Event, Kind};
use super::{Access, AccessError, Actor};
use rights::{BadConvention, Day, OrganisationKind, Timestamp, is_text};

/// Digits of a telephone number, at most (ITU E.164), and the least that is one.
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// What the form says beyond the name and the address, to be recorded.
#[derive(Clone, Debug)]
pub struct NewDesignation {
    /// Digits, spaces, dots, with a `+` before them or not.
    pub telephone: String,
    /// The day when it was signed and stamped.
    pub signed_on: Day,
    /// Who signed for the organisation, and as what.
    pub representative: String,
}

/// A local administrator or deputy, as annex 3 names them.
#[derive(Clone, Debug, Serialize)]
pub struct Designation {
    /// The identifier of the account.
    pub account: String,
    /// `administrateur` or `suppleant`.
    pub role: String,
    /// First name and surname.
    pub name: Option<String>,
    /// The person's address.
    pub email: String,
    /// The name of the organisation.
    pub organisation: String,
    /// What the signed form says, once it was recorded.
    pub telephone: Option<String>,
    /// `AAAA-MM-JJ`.
    pub signed_on: Option<String>,
    /// Who signed.
    pub representative: Option<String>,
}

impl NewDesignation {
    fn check(&self, now: Timestamp) -> Result<(), AccessError> {
        let digits = self.telephone.bytes().filter(u8::is_ascii_digit).count();
        let rest = self.telephone.strip_prefix('+').unwrap_or(&self.telephone);
        let is_number = self.telephone.len() <= 30
            && DIGITS.contains(&digits)
            && rest.bytes().all(|byte| byte.is_ascii_digit() || b" .".contains(&byte));
        if !is_number {
            return Err(AccessError::BadTelephone);
        }
        if !is_text(&self.representative) {
            return Err(BadConvention::Text.into());
        }
        if self.signed_on > Day::of(now) { Err(BadConvention::Days.into()) } else { Ok(()) }
    }
}

impl Access {
    /// Records the form by which an administrator was named. The operator alone does, who receives
    /// it.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] for somebody else and for an account that administers nothing,
    /// [`AccessError::BadTelephone`], [`BadConvention::Days`] for a day to come.
    pub async fn record_designation(
        &self,
        actor: Actor<'_>,
        account: &str,
        new: &NewDesignation,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        new.check(now)?;
        let mut change = self.change_by(actor).await?;
        if !actor.is_operator() {
            return self.refuse(change, actor, "annexe 3", now).await;
        }
        let convention: Option<String> = sqlx::query_scalar(
            "SELECT convention_id FROM account WHERE id = $1 AND person_id IS NOT NULL \
             AND role IN ('administrateur', 'suppleant')",
        )
        .bind(account.to_owned())
        .fetch_optional(&mut *change)
        .await?;
        let convention = convention.ok_or(AccessError::NotFound)?;
        sqlx::query("DELETE FROM designation WHERE account_id = $1")
            .bind(account.to_owned())
            .execute(&mut *change)
            .await?;
        sqlx::query(
            "INSERT INTO designation (account_id, telephone, signed_on, representative, \
             recorded_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(account.to_owned())
        .bind(new.telephone.clone())
        .bind(new.signed_on.to_string())
        .bind(new.representative.clone())
        .bind(now.seconds())
        .execute(&mut *change)
        .await?;
        let detail = format!("{account} signé le {}", new.signed_on);
        let (kind, actor) = (Kind::DesignationRecorded, actor.id());
        let event = Event { kind, actor, subject: &convention, detail: &detail };
        journal::append(&mut change, now, event).await?;
        Ok(change.commit().await?)
    }

    /// Who administers a convention, as annex 3 names them, and the name of the organisation.
    /// Whoever administers the convention and the operator read it: it holds telephone numbers.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] for somebody else.
    pub async fn designations(
        &self,
        actor: Actor<'_>,
        convention: &str,
        now: Timestamp,
    ) -> Result<(String, Vec<Designation>), AccessError> {
        let mut change = self.change_by(actor).await?;
        let held = held(&mut change, convention).await?;
        let held = held.filter(|held| actor.manages(&held.id, held.parent.as_deref()));
        let Some(held) = held else {
            return self.refuse(change, actor, "annexe 3", now).await;
        };
        let rows = sqlx::query(
            "SELECT a.id, a.role, p.name, p.email, d.telephone, d.signed_on, d.representative \
             FROM account a JOIN person p ON p.id = a.person_id \
             LEFT JOIN designation d ON d.account_id = a.id \
             WHERE a.convention_id = $1 AND a.role IN ('administrateur', 'suppleant') \
             AND a.state NOT IN ('rejete', 'ferme') ORDER BY a.role, a.id LIMIT 10",
        )
        .bind(held.id.clone())
        .fetch_all(&mut *change)
        .await?;
        let (kind, actor) = (Kind::DesignationRead, actor.id());
        journal::append(&mut change, now, Event { kind, actor, subject: &held.id, detail: "" })
            .await?;
        change.commit().await?;
        let organisation = held.name;
        let designations = rows.iter().map(|row| {
            Ok(Designation {
                account: row.try_get("id")?,
                role: row.try_get("role")?,
                name: row.try_get("name")?,
                email: row.try_get("email")?,
                organisation: organisation.clone(),
                telephone: row.try_get("telephone")?,
                signed_on: row.try_get("signed_on")?,
                representative: row.try_get("representative")?,
            })
        });
        let designations = designations.collect::<Result<_, AccessError>>()?;
        Ok((organisation, designations))
    }
}

/// Annex 3 comes before any request (article 4): refuses to let somebody in at their request, or at
/// a local administrator's, where an EPCI or EPT has not named its administrator by the signed form.
/// What depends on an EPCI's convention depends on that one's form; other organisations have none.
pub(super) async fn check_designated(
    connection: &mut AnyConnection,
    held: &Held,
) -> Result<(), AccessError> {
    let governing = match (&held.parent, held.kind) {
        (Some(parent), _) => parent,
        (None, OrganisationKind::Epci | OrganisationKind::Ept) => &held.id,
        (None, _) => return Ok(()),
    };
    // A successor's own form counts, not that of who administered before.
    let forms: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM designation d JOIN account a ON a.id = d.account_id \
         WHERE a.convention_id = $1 AND a.role = 'administrateur' \
         AND a.state NOT IN ('rejete', 'ferme', 'suspendu')",
    )
    .bind(governing.clone())
    .fetch_one(connection)
    .await?;
    if forms == 0 { Err(AccessError::NoDesignation) } else { Ok(()) }
}
