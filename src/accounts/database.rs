//! Opening the database of accounts.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{Any, AnyPool, Connection, Transaction};

use super::AccessError;
use super::change_stamp::ChangeStamp;
use config::Config;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Connections of one process, at most.
const CONNECTIONS: u32 = 8;
/// How long a write waits for another, and a request for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often opening is tried while another process switches the file to WAL, which SQLite does
/// not wait for by itself, and the pause between two trials.
const TRIALS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(50);

/// The number that writers of one PostgreSQL database lock, one after the other.
const WRITERS: i64 = 0x5365_7569_6c00;

/// The database of accounts, of either kind. Queries are written in the subset that both read.
#[derive(Clone)]
pub(super) struct Database {
    pool: AnyPool,
    engine: Engine,
    stamp: Arc<ChangeStamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// The database of a configuration, as [`super::Access::open`] takes it: the path of SQLite,
/// relative to the file in the configuration, is made one that the process can open.
///
/// # Errors
/// [`AccessError::NoSection`], and [`AccessError::UnknownDatabase`] for another kind of database.
pub fn locate(config: &Config) -> Result<String, AccessError> {
    let accounts = config.accounts.as_ref().ok_or(AccessError::NoSection)?;
    if is_postgres(&accounts.database) {
        return Ok(accounts.database.clone());
    }
    let path = config.resolve(Path::new(path_of(&accounts.database)?));
    let path = path.to_str().ok_or(AccessError::UnknownDatabase)?;
    Ok(format!("sqlite:{path}"))
}

impl Database {
    /// Opens `sqlite:path` or `postgres://…` and brings its tables up to date. A missing file of
    /// SQLite is made, readable by its owner alone; a missing database of PostgreSQL is not.
    pub(super) async fn open(database: &str) -> Result<Database, AccessError> {
        sqlx::any::install_default_drivers();
        let (url, engine, stamp) = if is_postgres(database) {
            (database.to_owned(), Engine::Postgres, ChangeStamp::none())
        } else {
            let path = path_of(database)?;
            let url = prepare_file(path).await?;
            let stamp = ChangeStamp::beside(Path::new(path))
                .map_err(|source| AccessError::Open { path: path.into(), source })?;
            (url, Engine::Sqlite, stamp)
        };
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            // SQLite rolls back by itself when the disk is full, and the connection, which fails to
            // roll back once more, believes that it is in a transaction ever after.
            .before_acquire(|connection, _| {
                Box::pin(async move { Ok(!connection.is_in_transaction()) })
            })
            .connect_lazy(&url)
            .map_err(|_| AccessError::UnknownDatabase)?;
        let database = Database { pool, engine, stamp: Arc::new(stamp) };
        database.migrate().await?;
        Ok(database)
    }

    pub(super) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    pub(super) fn engine(&self) -> Engine {
        self.engine
    }

    /// What the stamp of the database says; it changes with every change of a right by a process
    /// of this machine, where the database is a file.
    pub(super) fn stamp(&self) -> Option<u64> {
        self.stamp.read()
    }

    /// To be called after the commit of such a change.
    pub(super) fn renew_stamp(&self) -> Result<(), AccessError> {
        self.stamp.renew()
    }

    /// A transaction that holds the one write lock from its start, in both databases: what it
    /// reads stays true until it writes, under two administrators at once.
    pub(super) async fn change(&self) -> Result<Transaction<'static, Any>, AccessError> {
        match self.engine {
            Engine::Sqlite => Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?),
            Engine::Postgres => {
                let mut change = self.pool.begin().await?;
                let lock = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(WRITERS);
                lock.execute(&mut *change).await?;
                Ok(change)
            }
        }
    }

    /// All migrations in one transaction that holds the write lock: of two processes that open a
    /// new database at once, the second waits and finds the work done.
    async fn migrate(&self) -> Result<(), AccessError> {
        let mut transaction = self.change().await?;
        MIGRATIONS.run_direct(None, &mut *transaction, false).await?;
        Ok(transaction.commit().await?)
    }
}

fn is_postgres(database: &str) -> bool {
    database.starts_with("postgres://") || database.starts_with("postgresql://")
}

/// Makes the file and switches it to WAL, once and for all: `synchronous` is FULL by default, so
/// that a revocation outlives a power cut.
async fn prepare_file(path: &str) -> Result<String, AccessError> {
    let file = Path::new(path);
    make_private(file).map_err(|source| AccessError::Open { path: file.to_owned(), source })?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(PATIENCE);
    let mut trial = 1;
    loop {
        match sqlx::SqliteConnection::connect_with(&options).await {
            Ok(connection) => {
                connection.close().await?;
                break;
            }
            Err(error) if trial < TRIALS && is_busy(&error) => {
                trial += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    // In an URL a percent sign begins an escape, and a sharp sign a fragment.
    Ok(format!("sqlite:{}", path.replace('%', "%25").replace('#', "%23")))
}

/// `path` of `sqlite:path` (`sqlite://path` too).
fn path_of(database: &str) -> Result<&str, AccessError> {
    let path = database.strip_prefix("sqlite:").ok_or(AccessError::UnknownDatabase)?;
    let path = path.strip_prefix("//").unwrap_or(path);
    // `:memory:` would be another database for every connection.
    if path.is_empty() || path.starts_with(':') || path.contains(['?', '\0']) {
        return Err(AccessError::UnknownDatabase);
    }
    Ok(path)
}

/// The file is made before SQLite sees it, so that it is never readable by others, not even for a
/// moment; the files that SQLite adds beside it take its mode. It is not opened when it exists:
/// closing it again would drop the locks that this process holds on it (POSIX).
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => close_to_others(path),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn close_to_others(path: &Path) -> std::io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(mode & 0o700))
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn is_busy(error: &sqlx::Error) -> bool {
    // SQLITE_BUSY is 5; its extended codes keep it in the low byte.
    error
        .as_database_error()
        .and_then(|error| error.code())
        .and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| code & 0xff == 5)
}
