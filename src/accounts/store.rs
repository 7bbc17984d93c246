//! Who somebody is: credentials, sessions, and the account behind them.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, Row, Transaction};

use super::cache::{Cache, Ends, Freshness, Known};
use super::commune_changes::movements;
use super::database::Database;
use super::journal::{self, Event, Kind};
use super::password::Hasher;
use super::{AccessError, Credential, Secret};
use domain::Causes;
use rights::{Account, Day, Email, Right, Timestamp};
use rights::{AccountParts, CommuneChanges};

/// The last use is written when the one known is this old: reading does not write each time. A
/// session may so end up to five minutes before its twelve idle hours, never after.
const SESSION_GRAIN: i64 = 5 * 60;
/// Sessions of one account at once; the next sign-in ends the oldest.
const SESSIONS: i64 = 20;

/// What is read of an account wherever one is found, its convention and the clauses included.
macro_rules! account_by {
    ($more:literal, $from:literal, $where:literal) => {
        concat!(
            "SELECT a.id, a.email, a.role, a.audience, a.state, a.clauses_version, \
             a.convention_id, c.starts_on, c.ends_on, c.closed_at, p.starts_on AS p_starts_on, \
             p.ends_on AS p_ends_on, p.closed_at AS p_closed_at, \
             (SELECT MAX(version) FROM clauses) AS current_clauses, ",
            $more,
            " FROM ",
            $from,
            " LEFT JOIN convention c ON c.id = a.convention_id \
             LEFT JOIN convention p ON p.id = c.parent_id WHERE ",
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

const ACCOUNT_OF_EMAIL: &str = account_by!(
    "a.password_hash",
    "account a",
    "a.email = $1 AND a.password_hash IS NOT NULL AND a.state IN ('valide', 'actif')"
);

/// How long things last, as the operator decides.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Seconds after its last use at which a session ends.
    pub session_idle: i64,
    /// Seconds after its start at which a session ends, used or not.
    pub session_life: i64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { session_idle: 12 * 3600, session_life: 7 * 24 * 3600 }
    }
}

/// The accounts of an installation. Clones share one pool of connections and one memory.
#[derive(Clone)]
pub struct Access {
    pub(super) database: Database,
    pub(super) hasher: Hasher,
    pub(super) limits: Limits,
    /// What links in letters start with.
    pub(super) public_url: Arc<str>,
    cache: Arc<Cache>,
    movements: Arc<RwLock<(i64, Arc<CommuneChanges>)>>,
}

impl Access {
    /// Opens `sqlite:path` or `postgres://…`, makes the file of SQLite where it is missing, and
    /// brings the tables up to date.
    pub async fn open(database: &str) -> Result<Access, AccessError> {
        let access = Access {
            database: Database::open(database).await?,
            hasher: Hasher::new(),
            limits: Limits::default(),
            public_url: "http://127.0.0.1:3000".into(),
            cache: Arc::new(Cache::new()),
            movements: Arc::default(),
        };
        access.publish_first_clauses().await?;
        Ok(access)
    }

    /// The same with other durations.
    pub fn with_limits(self, limits: Limits) -> Access {
        Access { limits, ..self }
    }

    /// The same with the address that letters lead to.
    pub fn with_public_url(self, url: &str) -> Access {
        Access { public_url: url.trim_end_matches('/').into(), ..self }
    }

    /// The account in service behind a credential, or `None`: unknown, malformed, revoked,
    /// expired and suspended look the same. What is remembered does not count after this process
    /// or, on SQLite, another of this machine changed a right; on PostgreSQL it counts for less
    /// than a second after another process did.
    pub async fn identify(
        &self,
        credential: &Credential,
        now: Timestamp,
    ) -> Result<Option<Arc<Account>>, AccessError> {
        self.identify_if(credential, now, || true).await
    }

    /// The same, where a credential that nobody remembers is looked up in the database only if
    /// `may_look_up` allows it; otherwise the answer is `None`.
    ///
    /// # Errors
    /// A database that does not answer.
    pub async fn identify_if(
        &self,
        credential: &Credential,
        now: Timestamp,
        may_look_up: impl FnOnce() -> bool,
    ) -> Result<Option<Arc<Account>>, AccessError> {
        if !credential.is_well_formed() {
            return Ok(None);
        }
        let digest = credential.secret().hash();
        match self.cache.freshness(self.database.stamp()) {
            Freshness::Fresh => {}
            Freshness::Due => {
                let access = self.clone();
                // Without an answer the next request asks, and waits for it.
                tokio::spawn(async move { access.refresh().await.ok() });
            }
            Freshness::Stale => self.refresh().await?,
        }
        let known = match self.cache.get(&digest) {
            Some(known) => known,
            None => {
                if !may_look_up() {
                    return Ok(None);
                }
                // Read first: what is found then is at least as new.
                let number = self.cache.number();
                let Some(known) = self.look_up(credential).await? else { return Ok(None) };
                let known = Arc::new(known);
                self.cache.put(digest, number, Arc::clone(&known));
                known
            }
        };
        if !self.opens(&known, now) || !known.account.is_open(now) {
            return Ok(None);
        }
        if let Ends::Idle { seen, .. } = &known.ends
            && now.seconds() - seen.load(Ordering::Relaxed) >= SESSION_GRAIN
        {
            seen.fetch_max(now.seconds(), Ordering::Relaxed);
            self.touch(credential.secret(), now).await;
        }
        Ok(Some(Arc::clone(&known.account)))
    }

    /// A new session for an e-mail address and its password, or `None`: unknown address, account
    /// out of service, account without password and wrong password look the same and take the
    /// same time. Errors with [`AccessError::Busy`] when too many are signing in at once.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let found = match email.parse::<Email>() {
            Ok(email) => {
                let query = sqlx::query(ACCOUNT_OF_EMAIL).bind(email.as_str().to_owned());
                query.fetch_optional(self.database.pool()).await?
            }
            Err(_) => None,
        };
        let stored: Option<(Account, String)> = match found {
            Some(row) => {
                let account = Account::new(self.parts(&row, Vec::new())?);
                Some((account, row.try_get("password_hash")?))
            }
            None => None,
        };
        let hash = stored.as_ref().map(|(_, hash)| hash.clone());
        let right = self.hasher.verify(password, hash).await?;
        let id = stored.as_ref().map(|(account, _)| account.id().to_owned());
        if let Some((account, hash)) = stored.filter(|(account, _)| right && account.is_open(now))
            && let Some(session) = self.new_session(account.id(), &hash, now).await?
        {
            return Ok(Some(session));
        }
        let mut change = self.database.change().await?;
        let (actor, subject) = ("-", id.unwrap_or_default());
        let event = Event { kind: Kind::SignInRefused, actor, subject: &subject, detail: "" };
        journal::append(&mut change, now, event).await?;
        change.commit().await?;
        Ok(None)
    }

    /// Ends a session; one that is not there is ended already.
    pub async fn sign_out(&self, session: &Secret, now: Timestamp) -> Result<(), AccessError> {
        let mut change = self.database.change().await?;
        let owner: Option<String> =
            sqlx::query_scalar("SELECT account_id FROM session WHERE digest = $1")
                .bind(session.digest())
                .fetch_optional(&mut *change)
                .await?;
        let Some(owner) = owner else { return Ok(()) };
        sqlx::query("DELETE FROM session WHERE digest = $1")
            .bind(session.digest())
            .execute(&mut *change)
            .await?;
        let event = Event { kind: Kind::SignOut, actor: &owner, subject: &owner, detail: "" };
        journal::append(&mut change, now, event).await?;
        self.commit(change).await
    }

    /// Begins a session, unless the account left service or its password changed since it was
    /// read: checking a password takes long enough for that.
    async fn new_session(
        &self,
        account: &str,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<Secret>, AccessError> {
        let mut change = self.database.change().await?;
        let unchanged: Option<String> = sqlx::query_scalar(
            "SELECT id FROM account WHERE id = $1 AND password_hash = $2 \
             AND state IN ('valide', 'actif')",
        )
        .bind(account.to_owned())
        .bind(hash.to_owned())
        .fetch_optional(&mut *change)
        .await?;
        if unchanged.is_none() {
            return Ok(None);
        }
        let (secret, ended) = self.insert_session(&mut change, account, now).await?;
        let event = Event { kind: Kind::SignIn, actor: account, subject: account, detail: "" };
        journal::append(&mut change, now, event).await?;
        if ended {
            self.commit(change).await?;
        } else {
            // Nobody may see less than before: what is remembered goes on to count.
            change.commit().await?;
        }
        Ok(Some(secret))
    }

    /// A session in a transaction, and whether others went: those that ended, and the oldest of
    /// too many.
    pub(super) async fn insert_session(
        &self,
        connection: &mut AnyConnection,
        account: &str,
        now: Timestamp,
    ) -> Result<(Secret, bool), AccessError> {
        let secret = Secret::new_session()?;
        let ended = sqlx::query(
            "DELETE FROM session WHERE account_id = $1 \
             AND (seen_at <= $2 - $3 OR created_at <= $2 - $4 OR digest NOT IN \
             (SELECT digest FROM session WHERE account_id = $1 \
              ORDER BY created_at DESC, digest LIMIT $5))",
        )
        .bind(account.to_owned())
        .bind(now.seconds())
        .bind(self.limits.session_idle)
        .bind(self.limits.session_life)
        .bind(SESSIONS - 1)
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "INSERT INTO session (digest, account_id, created_at, seen_at) \
             VALUES ($1, $2, $3, $3)",
        )
        .bind(secret.digest())
        .bind(account.to_owned())
        .bind(now.seconds())
        .execute(connection)
        .await?;
        Ok((secret, ended.rows_affected() > 0))
    }

    /// Ends a transaction that changed what somebody may see.
    pub(super) async fn commit(
        &self,
        change: Transaction<'static, Any>,
    ) -> Result<(), AccessError> {
        self.commit_with(change, false).await
    }

    pub(super) async fn commit_with(
        &self,
        mut change: Transaction<'static, Any>,
        movements: bool,
    ) -> Result<(), AccessError> {
        let rows = if movements { 2 } else { 1 };
        sqlx::query("UPDATE generation SET value = value + 1 WHERE one <= $1")
            .bind(rows)
            .execute(&mut *change)
            .await?;
        let number: i64 = sqlx::query_scalar("SELECT value FROM generation WHERE one = 1")
            .fetch_one(&mut *change)
            .await?;
        change.commit().await?;
        self.cache.changed(number);
        if let Err(error) = self.database.renew_stamp() {
            // The change holds; other processes see it when they ask for the number.
            tracing::warn!("{}", Causes(&error));
        }
        Ok(())
    }

    /// Asks the database for the numbers of the changes.
    async fn refresh(&self) -> Result<(), AccessError> {
        let (tick, stamp) = (self.cache.tick(), self.database.stamp());
        let rows = sqlx::query("SELECT one, value FROM generation ORDER BY one")
            .fetch_all(self.database.pool())
            .await;
        let answer = rows.map_err(AccessError::from).and_then(|rows| {
            let mut numbers = [0_i64; 2];
            for (row, number) in rows.iter().zip(&mut numbers) {
                *number = row.try_get("value")?;
            }
            Ok(numbers)
        });
        match answer {
            Ok([number, movements]) => {
                self.cache.learn(number, movements, tick, stamp);
                Ok(())
            }
            Err(error) => {
                self.cache.forget_asking();
                Err(error)
            }
        }
    }

    async fn look_up(&self, credential: &Credential) -> Result<Option<Known>, AccessError> {
        let query = match credential {
            Credential::Token(_) => sqlx::query(ACCOUNT_OF_TOKEN),
            Credential::Session(_) => sqlx::query(ACCOUNT_OF_SESSION),
        };
        let query = query.bind(credential.secret().digest());
        let Some(row) = query.fetch_optional(self.database.pool()).await? else { return Ok(None) };
        let account = Arc::new(self.read_account(&row).await?);
        let ends = match credential {
            Credential::Token(_) => Ends::At(Timestamp::from_seconds(row.try_get("expires_at")?)),
            Credential::Session(_) => {
                let began = Timestamp::from_seconds(row.try_get("session_at")?);
                let at = began.plus(self.limits.session_life);
                Ends::Idle { seen: AtomicI64::new(row.try_get("seen_at")?), at }
            }
        };
        Ok(Some(Known { account, ends }))
    }

    fn opens(&self, known: &Known, now: Timestamp) -> bool {
        match &known.ends {
            Ends::At(at) => now < *at,
            Ends::Idle { seen, at } => {
                let seen = seen.load(Ordering::Relaxed);
                now < *at && now.seconds() < seen.saturating_add(self.limits.session_idle)
            }
        }
    }

    async fn read_account(&self, row: &AnyRow) -> Result<Account, AccessError> {
        let id: String = row.try_get("id")?;
        let convention: Option<String> = row.try_get("convention_id")?;
        let rows = sqlx::query(
            "SELECT territory, finest FROM account_right WHERE account_id = $1 \
             UNION ALL SELECT territory, finest FROM convention_right WHERE convention_id = $2",
        )
        .bind(id)
        .bind(convention.unwrap_or_default())
        .fetch_all(self.database.pool())
        .await?;
        let mut rights = Vec::with_capacity(rows.len());
        for row in &rows {
            let (territory, finest): (String, String) =
                (row.try_get("territory")?, row.try_get("finest")?);
            rights.push(read_right(&territory, &finest)?);
        }
        rights.sort_unstable();
        let mut parts = self.parts(row, rights)?;
        parts.followed = self.movements().await?.follow(&parts.rights);
        Ok(Account::new(parts))
    }

    /// An account without its movements.
    fn parts(&self, row: &AnyRow, rights: Vec<Right>) -> Result<AccountParts, AccessError> {
        let text = |column: &'static str| row.try_get::<String, _>(column);
        let (mut from, mut until) = (None, None);
        for (starts, ends, closed) in
            [("starts_on", "ends_on", "closed_at"), ("p_starts_on", "p_ends_on", "p_closed_at")]
        {
            let day = |column: &'static str| -> Result<Option<Day>, AccessError> {
                row.try_get::<Option<String>, _>(column)?
                    .map(|text| read(&text, "convention.ends_on"))
                    .transpose()
            };
            from = from.max(day(starts)?.map(Day::begins));
            let closed = row.try_get::<Option<i64>, _>(closed)?.map(Timestamp::from_seconds);
            for end in [day(ends)?.map(Day::ends), closed].into_iter().flatten() {
                until = Some(until.map_or(end, |until: Timestamp| until.min(end)));
            }
        }
        let version: Option<i64> = row.try_get("clauses_version")?;
        Ok(AccountParts {
            id: text("id")?.into(),
            email: read(&text("email")?, "account.email")?,
            role: read(&text("role")?, "account.role")?,
            audience: read(&text("audience")?, "account.audience")?,
            state: read(&text("state")?, "account.state")?,
            convention: row.try_get::<Option<String>, _>("convention_id")?.map(Into::into),
            clauses_accepted: version == row.try_get("current_clauses")?,
            from,
            until,
            rights,
            followed: Vec::new(),
        })
    }

    async fn movements(&self) -> Result<Arc<CommuneChanges>, AccessError> {
        let number = self.cache.movements();
        {
            let kept = self.movements.read().unwrap_or_else(PoisonError::into_inner);
            if kept.0 == number {
                return Ok(Arc::clone(&kept.1));
            }
        }
        let read = Arc::new(movements(self.database.pool()).await?);
        let mut kept = self.movements.write().unwrap_or_else(PoisonError::into_inner);
        *kept = (number, Arc::clone(&read));
        Ok(read)
    }

    /// Notes the use of a session. When that fails the session only ends earlier, which is no
    /// reason to refuse the request.
    async fn touch(&self, session: &Secret, now: Timestamp) {
        let written =
            sqlx::query("UPDATE session SET seen_at = $2 WHERE digest = $1 AND seen_at < $2")
                .bind(session.digest())
                .bind(now.seconds())
                .execute(self.database.pool())
                .await;
        if written.is_err() {
            tracing::warn!("la dernière utilisation d'une session n'a pas pu être notée");
        }
    }
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
