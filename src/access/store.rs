//! Who somebody is: credentials, sessions, and the account behind them.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};

use super::password::Hasher;
use super::{AccessError, Account, Credential, Email, Right, Secret, Timestamp, database};

/// A session ends this long after its last use.
const SESSION_IDLE: i64 = 12 * 3600;
/// A session ends this long after its start, used or not.
const SESSION_LIFE: i64 = 7 * 24 * 3600;
/// The last use is written when the one known is this old: reading does not write each time. A
/// session may so end up to five minutes before its twelve idle hours, never after.
const SESSION_GRAIN: i64 = 5 * 60;
/// Sessions of one account at once; the next sign-in ends the oldest.
const SESSIONS: i64 = 20;

pub(super) const ACCOUNT_OF_TOKEN: &str = "\
    SELECT a.id, a.email, a.role, a.audience, r.territory, r.finest, $2 AS seen_at \
    FROM token t JOIN account a ON a.id = t.account_id \
    LEFT JOIN account_right r ON r.account_id = a.id \
    WHERE t.digest = $1 AND t.revoked_at IS NULL AND t.expires_at > $2 \
    AND a.disabled_at IS NULL";

pub(super) const ACCOUNT_OF_SESSION: &str = "\
    SELECT a.id, a.email, a.role, a.audience, r.territory, r.finest, s.seen_at AS seen_at \
    FROM session s JOIN account a ON a.id = s.account_id \
    LEFT JOIN account_right r ON r.account_id = a.id \
    WHERE s.digest = $1 AND s.seen_at > $2 - $3 AND s.created_at > $2 - $4 \
    AND a.disabled_at IS NULL";

/// The accounts of an installation. Clones share one pool of connections.
#[derive(Clone)]
pub struct Access {
    pub(super) pool: SqlitePool,
    pub(super) hasher: Hasher,
}

impl Access {
    /// Opens `sqlite:path`, makes the file where it is missing, and brings its tables up to date.
    pub async fn open(database: &str) -> Result<Access, AccessError> {
        Ok(Access { pool: database::open(database).await?, hasher: Hasher::new() })
    }

    /// The account in service behind a credential, or `None`: unknown, malformed, revoked, expired
    /// and disabled look the same. It asks the database every time, by one indexed query, so a
    /// revocation is seen by the next call, whoever made it.
    pub async fn identify(
        &self,
        credential: &Credential,
        now: Timestamp,
    ) -> Result<Option<Account>, AccessError> {
        if !credential.is_well_formed() {
            return Ok(None);
        }
        let (query, digest) = match credential {
            Credential::Token(token) => (
                sqlx::query(ACCOUNT_OF_TOKEN).bind(token.digest()).bind(now.seconds()),
                token.digest(),
            ),
            Credential::Session(session) => (
                sqlx::query(ACCOUNT_OF_SESSION)
                    .bind(session.digest())
                    .bind(now.seconds())
                    .bind(SESSION_IDLE)
                    .bind(SESSION_LIFE),
                session.digest(),
            ),
        };
        let rows = query.fetch_all(&self.pool).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let seen: i64 = first.try_get("seen_at")?;
        let account = read_account(&rows)?;
        if now.seconds() - seen >= SESSION_GRAIN {
            self.touch(&digest, now).await;
        }
        Ok(Some(account))
    }

    /// A new session for an e-mail address and its password, or `None`: unknown address, disabled
    /// account, account without password and wrong password look the same and take the same time.
    /// Errors with [`AccessError::Busy`] when too many are signing in at once.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let found = match email.parse::<Email>() {
            Ok(email) => {
                sqlx::query(
                    "SELECT id, password_hash FROM account \
                     WHERE email = $1 AND disabled_at IS NULL AND password_hash IS NOT NULL",
                )
                .bind(email.as_str())
                .fetch_optional(&self.pool)
                .await?
            }
            Err(_) => None,
        };
        let stored: Option<(String, String)> = match found {
            Some(row) => Some((row.try_get("id")?, row.try_get("password_hash")?)),
            None => None,
        };
        let hash = stored.as_ref().map(|(_, hash)| hash.clone());
        match (self.hasher.verify(password, hash).await?, stored) {
            (true, Some((account, hash))) => self.new_session(&account, &hash, now).await,
            _ => Ok(None),
        }
    }

    /// Ends a session; one that is not there is ended already.
    pub async fn sign_out(&self, session: &Secret, _now: Timestamp) -> Result<(), AccessError> {
        sqlx::query("DELETE FROM session WHERE digest = $1")
            .bind(session.digest())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Begins a session, unless the account was disabled or its password changed since it was
    /// read: checking a password takes long enough for that.
    async fn new_session(
        &self,
        account: &str,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let secret = Secret::new_session()?;
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let unchanged = sqlx::query(
            "SELECT 1 FROM account WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL",
        )
        .bind(account)
        .bind(hash)
        .fetch_optional(&mut *transaction)
        .await?;
        if unchanged.is_none() {
            return Ok(None);
        }
        sqlx::query(
            "DELETE FROM session WHERE account_id = $1 \
             AND (seen_at <= $2 - $3 OR created_at <= $2 - $4 OR digest NOT IN \
             (SELECT digest FROM session WHERE account_id = $1 \
              ORDER BY created_at DESC, digest LIMIT $5))",
        )
        .bind(account)
        .bind(now.seconds())
        .bind(SESSION_IDLE)
        .bind(SESSION_LIFE)
        .bind(SESSIONS - 1)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "INSERT INTO session (digest, account_id, created_at, seen_at) \
             VALUES ($1, $2, $3, $3)",
        )
        .bind(secret.digest())
        .bind(account)
        .bind(now.seconds())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Some(secret))
    }

    /// Notes the use of a session. When that fails the session only ends earlier, which is no
    /// reason to refuse the request.
    async fn touch(&self, digest: &str, now: Timestamp) {
        let written =
            sqlx::query("UPDATE session SET seen_at = $2 WHERE digest = $1 AND seen_at < $2")
                .bind(digest)
                .bind(now.seconds())
                .execute(&self.pool)
                .await;
        if written.is_err() {
            tracing::warn!("la dernière utilisation d'une session n'a pas pu être notée");
        }
    }
}

/// The account of rows that hold one right each, or a single row without a right.
fn read_account(rows: &[SqliteRow]) -> Result<Account, AccessError> {
    let first = rows.first().ok_or(AccessError::Corrupt { column: "account.id" })?;
    let mut rights = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(territory) = row.try_get::<Option<&str>, _>("territory")? {
            rights.push(read_right(territory, row.try_get("finest")?)?);
        }
    }
    rights.sort_unstable();
    let id: &str = first.try_get("id")?;
    Ok(Account::new(
        id.into(),
        read(first.try_get("email")?, "account.email")?,
        read(first.try_get("role")?, "account.role")?,
        read(first.try_get("audience")?, "account.audience")?,
        rights,
    ))
}

/// A right as stored.
pub(super) fn read_right(territory: &str, finest: &str) -> Result<Right, AccessError> {
    let territory = read(territory, "account_right.territory")?;
    let finest = read(finest, "account_right.finest")?;
    Right::new(territory, finest)
        .map_err(|_| AccessError::Corrupt { column: "account_right.territory" })
}

/// A stored text, read again by the rules it was written by.
pub(super) fn read<T: std::str::FromStr>(
    text: &str,
    column: &'static str,
) -> Result<T, AccessError> {
    text.parse().map_err(|_| AccessError::Corrupt { column })
}
