//! What a server does besides answering: sending mail, closing accounts that are over, purging the
//! journal, copying the database.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::database::Engine;
use super::{Access, AccessError, Actor, Post};
use domain::Causes;
use rights::{Day, Timestamp};

/// How often due letters are looked for.
const MAIL: Duration = Duration::from_secs(5);
/// Rounds of mail between two looks at the age of the journal: an hour.
const PURGE: u32 = 720;

/// What the operator decides about it.
#[derive(Clone, Debug)]
pub struct Upkeep {
    /// How letters leave.
    pub post: Post,
    /// The key that signs purges.
    pub journal_key: PathBuf,
}

impl Access {
    /// Keeps house, as a task of the runtime, until it is aborted. Several servers may at once: a letter
    /// is taken by one of them, and a purge finds the work done.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    pub fn keep(self, upkeep: Upkeep, clock: fn() -> Timestamp) -> JoinHandle<()> {
        tokio::spawn(self.keeping(upkeep, clock))
    }

    async fn keeping(self, upkeep: Upkeep, clock: fn() -> Timestamp) {
        let mut round = 0_u32;
        let mut complained = false;
        loop {
            let now = clock();
            let mut done = self.send_mail(&upkeep.post, now).await.map(|_| ());
            if round.is_multiple_of(PURGE) {
                done = done.and(self.purge_old(&upkeep, now).await);
            }
            match done {
                Ok(()) => complained = false,
                Err(error) if !complained => {
                    tracing::error!("entretien des comptes : {}", Causes(&error));
                    complained = true;
                }
                Err(_) => {}
            }
            round = round.wrapping_add(1);
            tokio::time::sleep(MAIL).await;
        }
    }

    async fn purge_old(&self, upkeep: &Upkeep, now: Timestamp) -> Result<(), AccessError> {
        let before = Day::of(now).months_before(self.limits.journal_months);
        // A day more, so that a journal in use is purged once a day and not at every look.
        if self.journal_begins_before(before).await? {
            self.purge_journal(Actor::Shell, before, &upkeep.journal_key, now).await?;
        }
        self.remind_of_ends(now).await?;
        self.remove_ended(self.limits.retention_days, now).await?;
        self.remove_documents(self.limits.retention_days, now).await?;
        Ok(())
    }

    /// Copies the database of SQLite into a file that does not exist yet, while servers write.
    /// Errors with [`AccessError::OwnBackup`] for PostgreSQL, which has its own `pg_dump`.
    ///
    /// # Errors
    /// [`AccessError`] where the database does not answer.
    pub async fn backup(&self, to: &Path) -> Result<(), AccessError> {
        if self.database.engine() != Engine::Sqlite {
            return Err(AccessError::OwnBackup);
        }
        let failed = |source| AccessError::Open { path: to.to_owned(), source };
        if to.exists() {
            return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
        }
        let path = to.to_str().ok_or(AccessError::UnknownDatabase)?.to_owned();
        sqlx::query("VACUUM INTO $1").bind(path).execute(self.database.pool()).await?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let private = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(to, private).map_err(failed)?;
        }
        std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(failed)
    }
}
