//! The signature of a convention, recorded: the parties, their representatives and delegates for
//! the protection of data, the place and the day.

use serde::Serialize;
use sqlx::{AnyConnection, Row};

use super::conventions::{held, is_concerned};
use super::journal::{self, Event, Kind};
use super::row::parsed;
use super::{Access, AccessError, Actor};
use rights::{BadConvention, Day, NewSignature, Party, Signatory, Timestamp};

/// A recorded signature.
#[derive(Clone, Debug, Serialize)]
pub struct Signature {
    /// `AAAA-MM-JJ`.
    pub signed_on: String,
    /// Where.
    pub place: String,
    /// Those who signed, in the order operator, association, EPCI, organisation.
    pub parties: Vec<Signed>,
}

/// A party that signed.
#[derive(Clone, Debug, Serialize)]
pub struct Signed {
    /// A [`Party`], by its identifier.
    pub party: &'static str,
    /// The organisation.
    pub organisation: String,
    /// Who signed for it.
    pub representative: String,
    /// Its delegate for the protection of data.
    pub dpo: String,
}

impl Access {
    /// Records who signed a convention, or corrects what was recorded. The operator does, and for
    /// that of a commune or third party the EPCI that it depends on.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] for somebody else, [`BadConvention::Parties`] where somebody is
    /// missing, [`BadConvention::Days`] for a day to come.
    pub async fn record_signature(
        &self,
        actor: Actor<'_>,
        convention: &str,
        new: &NewSignature,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let mut change = self.change_by(actor).await?;
        let records = |parent: Option<&str>| {
            actor.is_operator() || actor.local().is_some() && actor.local() == parent
        };
        let held = held(&mut change, convention).await?;
        let Some(held) = held.filter(|held| records(held.parent.as_deref())) else {
            return self.refuse(change, actor, "signature", now).await;
        };
        new.check(held.kind)?;
        if new.signed_on > Day::of(now) {
            return Err(BadConvention::Days.into());
        }
        for statement in [
            "DELETE FROM signatory WHERE convention_id = $1",
            "DELETE FROM signature WHERE convention_id = $1",
        ] {
            sqlx::query(statement).bind(held.id.clone()).execute(&mut *change).await?;
        }
        sqlx::query(
            "INSERT INTO signature (convention_id, signed_on, place, recorded_by, recorded_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(held.id.clone())
        .bind(new.signed_on.to_string())
        .bind(new.place.clone())
        .bind(actor.id().to_owned())
        .bind(now.seconds())
        .execute(&mut *change)
        .await?;
        for Signatory { party, organisation, representative, dpo } in &new.parties {
            sqlx::query(
                "INSERT INTO signatory (convention_id, party, organisation, representative, dpo) \
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(held.id.clone())
            .bind(party.id())
            .bind(organisation.clone())
            .bind(representative.clone())
            .bind(dpo.clone())
            .execute(&mut *change)
            .await?;
        }
        let detail = format!("signée le {}", new.signed_on);
        let (kind, actor) = (Kind::SignatureRecorded, actor.id());
        journal::append(
            &mut change,
            now,
            Event { kind, actor, subject: &held.id, detail: &detail },
        )
        .await?;
        Ok(change.commit().await?)
    }

    /// Who signed a convention; nothing where that was not recorded. Its own people and those who
    /// administer it read it.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] for somebody else.
    pub async fn signature(
        &self,
        actor: Actor<'_>,
        convention: &str,
        now: Timestamp,
    ) -> Result<Option<Signature>, AccessError> {
        let mut change = self.change_by(actor).await?;
        let held = held(&mut change, convention).await?;
        let Some(held) = held.filter(|held| is_concerned(actor, held)) else {
            return self.refuse(change, actor, "signature", now).await;
        };
        signature_of(&mut change, &held.id).await
    }
}

/// The signature of a convention.
pub(super) async fn signature_of(
    connection: &mut AnyConnection,
    convention: &str,
) -> Result<Option<Signature>, AccessError> {
    let row = sqlx::query("SELECT signed_on, place FROM signature WHERE convention_id = $1")
        .bind(convention.to_owned())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let rows = sqlx::query(
        "SELECT party, organisation, representative, dpo FROM signatory WHERE convention_id = $1",
    )
    .bind(convention.to_owned())
    .fetch_all(connection)
    .await?;
    let mut parties = Vec::with_capacity(rows.len());
    for row in &rows {
        let party: Party = parsed(row, "party")?;
        let signed = Signed {
            party: party.id(),
            organisation: row.try_get("organisation")?,
            representative: row.try_get("representative")?,
            dpo: row.try_get("dpo")?,
        };
        parties.push((party, signed));
    }
    parties.sort_by_key(|(party, _)| *party);
    let parties = parties.into_iter().map(|(_, signed)| signed).collect();
    Ok(Some(Signature {
        signed_on: row.try_get("signed_on")?,
        place: row.try_get("place")?,
        parties,
    }))
}
