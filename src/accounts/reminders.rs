//! Letters before the end of a convention: what is to be destroyed then (annex 2, article 3).

use sqlx::{AnyConnection, Row};

use super::conventions::{Held, held};
use super::mail::Letter;
use super::row::parsed;
use super::{Access, AccessError};
use rights::{Day, Timestamp};

/// Days before the end at which people are reminded.
const REMINDERS: [i64; 3] = [0, 7, 30];
/// Conventions that one round reminds of, at most.
const BATCH: i64 = 200;

impl Access {
    /// Writes to the people of conventions that end in 30 days, in 7 and today, and to those whose
    /// own ends later and who lose their access then, once each: when
    /// it ends, and how many exports they made that are to be destroyed. Gives how many
    /// conventions were told of.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn remind_of_ends(&self, now: Timestamp) -> Result<usize, AccessError> {
        let mut change = self.database.change().await?;
        let today = Day::of(now);
        let last = Day::of(now.plus(30 * 24 * 3600));
        let rows = sqlx::query(
            "SELECT id, ends_on FROM convention WHERE closed_at IS NULL \
             AND ends_on >= $1 AND ends_on <= $2 AND starts_on <= $1 ORDER BY ends_on, id LIMIT $3",
        )
        .bind(today.to_string())
        .bind(last.to_string())
        .bind(BATCH)
        .fetch_all(&mut *change)
        .await?;
        let mut told = 0;
        for row in &rows {
            let (id, ends): (String, Day) = (row.try_get("id")?, parsed(row, "ends_on")?);
            let left = (ends.begins().seconds() - today.begins().seconds() + 3600) / 86_400;
            let Some(days) = REMINDERS.into_iter().find(|days| left <= *days) else { continue };
            let fresh = sqlx::query(
                "INSERT INTO reminder (convention_id, ends_on, days) SELECT $1, $2, $3 \
                 WHERE NOT EXISTS (SELECT 1 FROM reminder WHERE convention_id = $1 \
                 AND ends_on = $2 AND days <= $3)",
            )
            .bind(id.clone())
            .bind(ends.to_string())
            .bind(days)
            .execute(&mut *change)
            .await?;
            if fresh.rows_affected() == 1
                && let Some(held) = held(&mut change, &id).await?
            {
                self.remind(&mut change, &held, now).await?;
                told += 1;
            }
        }
        change.commit().await?;
        Ok(told)
    }

    async fn remind(
        &self,
        change: &mut AnyConnection,
        held: &Held,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let people = sqlx::query(
            "SELECT p.email, (SELECT COUNT(*) FROM journal j WHERE j.actor = a.id \
             AND j.kind = 'export') AS exports FROM account a JOIN person p ON p.id = a.person_id \
             JOIN convention c ON c.id = a.convention_id \
             WHERE (c.id = $1 OR c.parent_id = $1 AND c.ends_on > $2 AND c.closed_at IS NULL) \
             AND a.state IN ('valide', 'actif') LIMIT 5000",
        )
        .bind(held.id.clone())
        .bind(held.own_end.to_string())
        .fetch_all(&mut *change)
        .await?;
        let end = held.own_end.to_string();
        for row in &people {
            let exports = row.try_get("exports")?;
            let letter = Letter::EndComes { organisation: &held.name, end: &end, exports };
            self.write_to(&mut *change, &parsed(row, "email")?, &letter, now).await?;
        }
        Ok(())
    }
}
