//! Documents go when their convention has been over for as long as the register of processing says.

use sqlx::Row;

use super::store::delete;
use crate::{Access, AccessError};
use rights::{Day, Timestamp};

/// Documents that one round takes, at most.
const BATCH: i64 = 100;

impl Access {
    /// Takes out the documents and the committee of conventions that have been over for `retention`
    /// days. Gives how many documents went.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn remove_documents(
        &self,
        retention: u32,
        now: Timestamp,
    ) -> Result<usize, AccessError> {
        let limit = now.plus(-i64::from(retention) * 24 * 3600);
        let (last, instant) = (Day::of(limit).to_string(), limit.seconds());
        let mut change = self.database.change().await?;
        let rows = sqlx::query(
            "SELECT d.id, d.kind, d.convention_id FROM document d \
             JOIN convention c ON c.id = d.convention_id \
             WHERE c.ends_on < $1 OR c.closed_at <= $2 ORDER BY d.id LIMIT $3",
        )
        .bind(last.clone())
        .bind(instant)
        .bind(BATCH)
        .fetch_all(&mut *change)
        .await?;
        for row in &rows {
            let [id, kind, convention] =
                ["id", "kind", "convention_id"].map(|column| row.try_get::<String, _>(column));
            delete(&mut change, "-", &convention?, (&id?, &kind?), now).await?;
        }
        // People of the committee have no account that could end.
        sqlx::query(
            "UPDATE committee_member SET representative = NULL WHERE representative IS NOT NULL \
             AND convention_id IN (SELECT id FROM convention \
             WHERE ends_on < $1 OR closed_at <= $2)",
        )
        .bind(last)
        .bind(instant)
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        Ok(rows.len())
    }
}
