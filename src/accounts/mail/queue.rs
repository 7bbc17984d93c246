//! The queue of mail: in the database, so that it survives a restart, and shared by every server.

use sqlx::{AnyConnection, Row};

use super::letters::Written;
use super::post::{Post, Unsent};
use crate::row::new_id;
use crate::{Access, AccessError};
use rights::{Email, Timestamp};

/// Letters sent by one round.
const BATCH: i64 = 50;
/// A letter that one server took is tried by another after this long.
const LEASE: i64 = 120;
/// Tries of one letter, over two days: 1, 2, 4 … minutes apart, at most two hours.
const TRIES: i64 = 30;
/// Days that the trace of a letter is kept; its body goes when it is sent.
const KEPT: i64 = 30 * 24 * 3600;

/// A letter as the queue holds it.
pub(super) struct Stored {
    pub(super) recipient: String,
    pub(super) subject: String,
    pub(super) body: String,
    tries: i64,
    next: i64,
}

/// Puts a letter into the queue, in the transaction of what it tells of.
pub(crate) async fn enqueue(
    connection: &mut AnyConnection,
    to: &Email,
    letter: &Written,
    now: Timestamp,
) -> Result<(), AccessError> {
    sqlx::query(
        "INSERT INTO mail (id, recipient, subject, body, created_at, next_try_at, tries) \
         VALUES ($1, $2, $3, $4, $5, $5, 0)",
    )
    .bind(new_id()?)
    .bind(to.as_str().to_owned())
    .bind(letter.subject.clone())
    .bind(letter.body.clone())
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(())
}

impl Access {
    /// Sends what is due, and gives how many letters left. A letter that cannot be sent is tried
    /// again later, by whatever server; after thirty tries it is given up, which is logged.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn send_mail(&self, post: &Post, now: Timestamp) -> Result<usize, AccessError> {
        let rows = sqlx::query(
            "SELECT id, recipient, subject, body, tries, next_try_at FROM mail \
             WHERE sent_at IS NULL AND abandoned_at IS NULL AND next_try_at <= $1 \
             ORDER BY next_try_at, id LIMIT $2",
        )
        .bind(now.seconds())
        .bind(BATCH)
        .fetch_all(self.database.pool())
        .await?;
        let mut sent = 0;
        for row in &rows {
            let id: String = row.try_get("id")?;
            let letter = Stored {
                recipient: row.try_get("recipient")?,
                subject: row.try_get("subject")?,
                body: row.try_get("body")?,
                tries: row.try_get("tries")?,
                next: row.try_get("next_try_at")?,
            };
            if !self.take(&id, &letter, now).await? {
                continue;
            }
            match post.send(&id, &letter).await {
                Ok(()) => {
                    sqlx::query("UPDATE mail SET sent_at = $2, body = '' WHERE id = $1")
                        .bind(id)
                        .bind(now.seconds())
                        .execute(self.database.pool())
                        .await?;
                    sent += 1;
                }
                Err(error) => {
                    tracing::warn!("un message n'est pas parti : {error}");
                    let minutes = 1_i64 << letter.tries.clamp(0, 7);
                    let abandoned = letter.tries + 1 >= TRIES || matches!(error, Unsent::Refused);
                    sqlx::query(
                        "UPDATE mail SET next_try_at = $2, abandoned_at = $3 WHERE id = $1",
                    )
                    .bind(id)
                    .bind(now.plus(60 * minutes.min(120)).seconds())
                    .bind(abandoned.then(|| now.seconds()))
                    .execute(self.database.pool())
                    .await?;
                }
            }
        }
        sqlx::query("DELETE FROM mail WHERE sent_at < $1 OR abandoned_at < $1")
            .bind(now.plus(-KEPT).seconds())
            .execute(self.database.pool())
            .await?;
        Ok(sent)
    }

    /// One server of several takes a letter: the one that moves its next try.
    async fn take(&self, id: &str, letter: &Stored, now: Timestamp) -> Result<bool, AccessError> {
        let taken = sqlx::query(
            "UPDATE mail SET next_try_at = $3, tries = $4 \
             WHERE id = $1 AND next_try_at = $2 AND sent_at IS NULL",
        )
        .bind(id.to_owned())
        .bind(letter.next)
        .bind(now.plus(LEASE).seconds())
        .bind(letter.tries + 1)
        .execute(self.database.pool())
        .await?;
        Ok(taken.rows_affected() == 1)
    }
}
