//! The accounts of an installation: what every question and change about them shares.

use std::sync::{Arc, PoisonError, RwLock};

use sqlx::{Any, Row, Transaction};

use super::AccessError;
use super::cache::Cache;
use super::commune_changes::stored_changes;
use super::database::Database;
use super::documents::DocumentKeys;
use super::official::stored_tables;
use super::password::Hasher;
use domain::Causes;
use rights::{CommuneChanges, Official};

/// How long things last, as the operator decides.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Seconds after its last use at which a session ends.
    pub session_idle: i64,
    /// Seconds after its start at which a session ends, used or not.
    pub session_life: i64,
    /// Months that the journal is kept.
    pub journal_months: u32,
    /// Days after the end of their last account for which people are kept.
    pub retention_days: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            session_idle: 12 * 3600,
            session_life: 7 * 24 * 3600,
            journal_months: 12,
            retention_days: 365,
        }
    }
}

/// The official tables where none was read into the database: those of the editions in service.
type Fallback = Arc<dyn Fn() -> Arc<Official> + Send + Sync>;

/// The accounts of an installation. Clones share one pool of connections and one memory.
#[derive(Clone)]
pub struct Access {
    pub(super) database: Database,
    pub(super) hasher: Hasher,
    pub(super) limits: Limits,
    /// What links in letters start with.
    pub(super) public_url: Arc<str>,
    pub(super) cache: Arc<Cache>,
    pub(super) document_keys: DocumentKeys,
    tables: Arc<RwLock<(i64, Tables)>>,
    fallback: Fallback,
}

/// The official tables of the database.
#[derive(Clone, Default)]
struct Tables {
    changes: Arc<CommuneChanges>,
    official: Arc<Official>,
}

impl Access {
    /// Opens `sqlite:path` or `postgres://…`, makes the file of SQLite where it is missing, and
    /// brings the tables up to date.
    ///
    /// # Errors
    ///
    /// [`AccessError::UnknownDatabase`] for any other text, [`AccessError::Open`],
    /// [`AccessError::Migrate`] and [`AccessError::Database`] for one that cannot be used.
    pub async fn open(database: &str) -> Result<Access, AccessError> {
        let access = Access {
            database: Database::open(database).await?,
            hasher: Hasher::new(),
            limits: Limits::default(),
            public_url: "http://127.0.0.1:3000".into(),
            cache: Arc::new(Cache::new()),
            document_keys: DocumentKeys::default(),
            tables: Arc::default(),
            fallback: Arc::new(Arc::default),
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

    /// The same with the keys that documents are encrypted with; without them documents are refused.
    pub fn with_document_keys(self, document_keys: DocumentKeys) -> Access {
        Access { document_keys, ..self }
    }

    /// The same with official tables to compare codes with where none was read into the database.
    pub fn with_official(
        self,
        tables: impl Fn() -> Arc<Official> + Send + Sync + 'static,
    ) -> Access {
        Access { fallback: Arc::new(tables), ..self }
    }

    /// The official tables in force: those of the database, else those of the editions in service.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn official(&self) -> Result<Arc<Official>, AccessError> {
        let stored = self.tables().await?.official;
        Ok(if stored.is_empty() { (self.fallback)() } else { stored })
    }

    pub(super) async fn commune_changes(&self) -> Result<Arc<CommuneChanges>, AccessError> {
        Ok(self.tables().await?.changes)
    }

    async fn tables(&self) -> Result<Tables, AccessError> {
        if self.cache.tables() == 0 {
            self.refresh().await?;
        }
        let number = self.cache.tables();
        {
            let kept = self.tables.read().unwrap_or_else(PoisonError::into_inner);
            if kept.0 == number {
                return Ok(kept.1.clone());
            }
        }
        let pool = self.database.pool();
        let changes = Arc::new(stored_changes(pool).await?);
        let official = Arc::new(stored_tables(pool).await?);
        let read = Tables { changes, official };
        let mut kept = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        *kept = (number, read.clone());
        Ok(read)
    }

    /// Ends a transaction that changed what somebody may see.
    pub(super) async fn commit(
        &self,
        change: Transaction<'static, Any>,
    ) -> Result<(), AccessError> {
        self.commit_with(change, false).await
    }

    /// The same, saying whether it changed an official table.
    pub(super) async fn commit_with(
        &self,
        mut change: Transaction<'static, Any>,
        tables: bool,
    ) -> Result<(), AccessError> {
        let rows = if tables { 2 } else { 1 };
        sqlx::query("UPDATE generation SET value = value + 1 WHERE one <= $1")
            .bind(rows)
            .execute(&mut *change)
            .await?;
        let rows = sqlx::query("SELECT value FROM generation ORDER BY one")
            .fetch_all(&mut *change)
            .await?;
        let numbers = numbers(&rows)?;
        change.commit().await?;
        self.cache.changed(numbers);
        if let Err(error) = self.database.renew_stamp() {
            // The change holds; other processes see it when they ask for the number.
            tracing::warn!("{}", Causes(&error));
        }
        Ok(())
    }

    /// Asks the database for the numbers of the changes.
    pub(super) async fn refresh(&self) -> Result<(), AccessError> {
        let (tick, stamp) = (self.cache.tick(), self.database.stamp());
        let rows = sqlx::query("SELECT value FROM generation ORDER BY one")
            .fetch_all(self.database.pool())
            .await;
        match rows.map_err(AccessError::from).and_then(|rows| numbers(&rows)) {
            Ok(numbers) => {
                self.cache.learn(numbers, tick, stamp);
                Ok(())
            }
            Err(error) => {
                self.cache.forget_asking();
                Err(error)
            }
        }
    }
}

/// The number of changes of rights, and that of changes of official tables.
fn numbers(rows: &[sqlx::any::AnyRow]) -> Result<[i64; 2], AccessError> {
    let mut numbers = [0_i64; 2];
    for (row, number) in rows.iter().zip(&mut numbers) {
        *number = row.try_get("value")?;
    }
    Ok(numbers)
}
