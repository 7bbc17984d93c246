//! Opening the database of accounts.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::AccessError;
use crate::config::Config;

static MIGRATIONS: Migrator = sqlx::migrate!("src/access/migrations");

/// Connections of one process, at most.
const CONNECTIONS: u32 = 8;
/// How long a write waits for another, and a request for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often opening is tried while another process switches the file to WAL, which SQLite does
/// not wait for by itself, and the pause between two trials.
const TRIALS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(50);

/// The database of a configuration, as [`super::Access::open`] takes it: its path, relative to
/// the file in the configuration, is made one that the process can open.
pub fn locate(config: &Config) -> Result<String, AccessError> {
    let accounts = config.accounts.as_ref().ok_or(AccessError::NoSection)?;
    let path = config.resolve(Path::new(path_of(&accounts.database)?));
    let path = path.to_str().ok_or(AccessError::UnknownDatabase)?;
    Ok(format!("sqlite:{path}"))
}

/// Opens `sqlite:path`, makes it where it is missing, and brings its tables up to date. The file
/// is readable by its owner alone.
pub(super) async fn open(database: &str) -> Result<SqlitePool, AccessError> {
    let path = Path::new(path_of(database)?);
    make_private(path).map_err(|source| AccessError::Open { path: path.to_owned(), source })?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // A revocation must outlive a power cut: every commit is on the disk.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(PATIENCE)
        .foreign_keys(true);
    let pool = SqlitePoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(options);
    let mut trial = 1;
    loop {
        match migrate(&pool).await {
            Err(error) if trial < TRIALS && is_busy(&error) => {
                trial += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
            Ok(()) => return Ok(pool),
        }
    }
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

/// All migrations in one transaction that holds the write lock from its start: of two processes
/// that open a new database at once, the second waits and finds the work done.
async fn migrate(pool: &SqlitePool) -> Result<(), AccessError> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    MIGRATIONS
        .run_direct(None, &mut *transaction, false)
        .await
        .map_err(|error| AccessError::Migrate(Box::new(error)))?;
    Ok(transaction.commit().await?)
}

fn is_busy(error: &AccessError) -> bool {
    let sqlite = match error {
        AccessError::Database(error) => error,
        AccessError::Migrate(error) => match &**error {
            sqlx::migrate::MigrateError::Execute(error) => error,
            sqlx::migrate::MigrateError::ExecuteMigration(error, _) => error,
            _ => return false,
        },
        _ => return false,
    };
    // SQLITE_BUSY is 5; its extended codes keep it in the low byte.
    sqlite
        .as_database_error()
        .and_then(|error| error.code())
        .and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| code & 0xff == 5)
}
