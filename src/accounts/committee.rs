//! The follow-up committee of a convention (article 1): its members, landlords and their association
//! among them, and what it was consulted on.

use serde::Serialize;
use sqlx::Row;

use super::conventions::{Held, held, is_concerned};
use super::journal::{self, Event, Kind};
use super::row::{new_id, parsed};
use super::{Access, AccessError, Actor};
use rights::{BadConvention, Day, Seat, Stage, Timestamp, is_text};

/// Members and consultations of one convention, at most.
const MAX: i64 = 500;

/// A committee, as it is recorded.
#[derive(Clone, Debug, Serialize)]
pub struct Committee {
    /// Those who sit on it and those who left, in the order they came.
    pub members: Vec<Member>,
    /// What it was consulted on, the latest first.
    pub consultations: Vec<Consultation>,
}

/// Somebody on the committee.
#[derive(Clone, Debug, Serialize)]
pub struct Member {
    /// Its identifier.
    pub id: String,
    /// A [`Seat`], by its identifier.
    pub seat: &'static str,
    /// The organisation.
    pub organisation: String,
    /// Who represents it, where that was said.
    pub representative: Option<String>,
    /// Seconds since 1970.
    pub since: i64,
    /// When it left.
    pub left_at: Option<i64>,
}

/// A consultation of the committee.
#[derive(Clone, Debug, Serialize)]
pub struct Consultation {
    /// Its identifier.
    pub id: String,
    /// A [`Stage`], by its identifier.
    pub stage: &'static str,
    /// On what.
    pub subject: String,
    /// `AAAA-MM-JJ`.
    pub held_on: String,
    /// What the committee said.
    pub opinion: String,
}

/// A consultation to be recorded.
#[derive(Clone, Debug)]
pub struct NewConsultation {
    /// A stage of the work, an analysis or a publication.
    pub stage: Stage,
    /// The analysis or publication.
    pub subject: String,
    /// The day.
    pub held_on: Day,
    /// What the committee said.
    pub opinion: String,
}

impl Access {
    /// Puts somebody on the committee of a convention. Whoever administers it does, and the
    /// operator. Gives the identifier.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] for somebody else, [`BadConvention::Committee`] where the convention
    /// depends on another, whose committee it is then, [`AccessError::Conflict`] over 500.
    pub async fn add_member(
        &self,
        actor: Actor<'_>,
        convention: &str,
        (seat, organisation, representative): (Seat, &str, Option<&str>),
        now: Timestamp,
    ) -> Result<String, AccessError> {
        if !is_text(organisation) || !representative.is_none_or(is_text) {
            return Err(BadConvention::Text.into());
        }
        let mut change = self.change_by(actor).await?;
        let held = held(&mut change, convention).await?;
        let Some(held) = held.filter(|held| manages(actor, held)) else {
            return self.refuse(change, actor, "comité de suivi", now).await;
        };
        if held.parent.is_some() {
            return Err(BadConvention::Committee.into());
        }
        let known: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM committee_member WHERE convention_id = $1")
                .bind(held.id.clone())
                .fetch_one(&mut *change)
                .await?;
        if known >= MAX {
            return Err(AccessError::Conflict);
        }
        let id = new_id()?;
        sqlx::query(
            "INSERT INTO committee_member (id, convention_id, seat, organisation, representative, \
             since) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.clone())
        .bind(held.id.clone())
        .bind(seat.id())
        .bind(organisation.to_owned())
        .bind(representative.map(str::to_owned))
        .bind(now.seconds())
        .execute(&mut *change)
        .await?;
        let (detail, kind, actor) = (format!("{id} {seat}"), Kind::CommitteeChanged, actor.id());
        journal::append(
            &mut change,
            now,
            Event { kind, actor, subject: &held.id, detail: &detail },
        )
        .await?;
        change.commit().await?;
        Ok(id)
    }

    /// Records that a member left the committee.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] for who does not administer the convention, and the second time.
    pub async fn remove_member(
        &self,
        actor: Actor<'_>,
        member: &str,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let mut change = self.change_by(actor).await?;
        let convention: Option<String> = sqlx::query_scalar(
            "SELECT convention_id FROM committee_member WHERE id = $1 AND left_at IS NULL",
        )
        .bind(member.to_owned())
        .fetch_optional(&mut *change)
        .await?;
        let held = held(&mut change, convention.as_deref().unwrap_or_default()).await?;
        let Some(held) = held.filter(|held| manages(actor, held)) else {
            return self.refuse(change, actor, "comité de suivi", now).await;
        };
        sqlx::query(
            "UPDATE committee_member SET left_at = $2, representative = NULL WHERE id = $1",
        )
        .bind(member.to_owned())
        .bind(now.seconds())
        .execute(&mut *change)
        .await?;
        let detail = format!("{member} départ");
        let (kind, actor) = (Kind::CommitteeChanged, actor.id());
        journal::append(
            &mut change,
            now,
            Event { kind, actor, subject: &held.id, detail: &detail },
        )
        .await?;
        Ok(change.commit().await?)
    }

    /// Records what the committee of a convention was consulted on. Whoever administers it does,
    /// and the operator. Gives the identifier.
    ///
    /// # Errors
    /// As [`Access::add_member`], and [`BadConvention::Days`] for a day to come.
    pub async fn record_consultation(
        &self,
        actor: Actor<'_>,
        convention: &str,
        new: &NewConsultation,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        if !is_text(&new.subject) || !is_text(&new.opinion) {
            return Err(BadConvention::Text.into());
        }
        if new.held_on > Day::of(now) {
            return Err(BadConvention::Days.into());
        }
        let mut change = self.change_by(actor).await?;
        let held = held(&mut change, convention).await?;
        let Some(held) = held.filter(|held| manages(actor, held)) else {
            return self.refuse(change, actor, "comité de suivi", now).await;
        };
        if held.parent.is_some() {
            return Err(BadConvention::Committee.into());
        }
        let known: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM committee_consultation WHERE convention_id = $1",
        )
        .bind(held.id.clone())
        .fetch_one(&mut *change)
        .await?;
        if known >= MAX {
            return Err(AccessError::Conflict);
        }
        let id = new_id()?;
        sqlx::query(
            "INSERT INTO committee_consultation (id, convention_id, stage, subject, held_on, \
             opinion, recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id.clone())
        .bind(held.id.clone())
        .bind(new.stage.id())
        .bind(new.subject.clone())
        .bind(new.held_on.to_string())
        .bind(new.opinion.clone())
        .bind(actor.id().to_owned())
        .bind(now.seconds())
        .execute(&mut *change)
        .await?;
        let detail = format!("{id} {}", new.stage);
        let (kind, actor) = (Kind::CommitteeConsulted, actor.id());
        journal::append(
            &mut change,
            now,
            Event { kind, actor, subject: &held.id, detail: &detail },
        )
        .await?;
        change.commit().await?;
        Ok(id)
    }

    /// The committee of a convention. Its own people read it, and those who administer it.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] for somebody else.
    pub async fn committee(
        &self,
        actor: Actor<'_>,
        convention: &str,
        now: Timestamp,
    ) -> Result<Committee, AccessError> {
        let mut change = self.change_by(actor).await?;
        let held = held(&mut change, convention).await?;
        let Some(held) = held.filter(|held| is_concerned(actor, held)) else {
            return self.refuse(change, actor, "comité de suivi", now).await;
        };
        let rows = sqlx::query(
            "SELECT id, seat, organisation, representative, since, left_at FROM committee_member \
             WHERE convention_id = $1 ORDER BY since, id LIMIT $2",
        )
        .bind(held.id.clone())
        .bind(MAX)
        .fetch_all(&mut *change)
        .await?;
        let members = rows.iter().map(|row| {
            Ok(Member {
                id: row.try_get("id")?,
                seat: parsed::<Seat>(row, "seat")?.id(),
                organisation: row.try_get("organisation")?,
                representative: row.try_get("representative")?,
                since: row.try_get("since")?,
                left_at: row.try_get("left_at")?,
            })
        });
        let members = members.collect::<Result<_, AccessError>>()?;
        let rows = sqlx::query(
            "SELECT id, stage, subject, held_on, opinion FROM committee_consultation \
             WHERE convention_id = $1 ORDER BY held_on DESC, id LIMIT $2",
        )
        .bind(held.id)
        .bind(MAX)
        .fetch_all(&mut *change)
        .await?;
        let consultations = rows.iter().map(|row| {
            Ok(Consultation {
                id: row.try_get("id")?,
                stage: parsed::<Stage>(row, "stage")?.id(),
                subject: row.try_get("subject")?,
                held_on: row.try_get("held_on")?,
                opinion: row.try_get("opinion")?,
            })
        });
        let consultations = consultations.collect::<Result<_, AccessError>>()?;
        Ok(Committee { members, consultations })
    }
}

fn manages(actor: Actor<'_>, held: &Held) -> bool {
    actor.manages(&held.id, held.parent.as_deref())
}
