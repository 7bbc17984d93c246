//! A whole table of accounts, in one change.

use sqlx::AnyConnection;

use super::directory::convention_rights;
use super::{Access, AccessError, NewAccount};
use rights::Timestamp;

impl Access {
    /// Makes the accounts of a table: all, or none where one is refused. One that exists as the
    /// table says is left as it is, so that the same table can be read again. Gives how many are
    /// new.
    ///
    /// # Errors
    ///
    /// Those of [`Access::add_account`], with the place in the table of the account refused.
    pub async fn import_accounts(
        &self,
        accounts: &[NewAccount],
        now: Timestamp,
    ) -> Result<usize, (usize, AccessError)> {
        let at_start = |error: AccessError| (0, error);
        let official = self.official().await.map_err(at_start)?;
        let mut change = self.database.change().await.map_err(at_start)?;
        let mut made = 0;
        for (at, account) in accounts.iter().enumerate() {
            let known = exists(&mut change, account).await.map_err(|error| (at, error))?;
            if !known {
                self.insert_made(&mut change, account, None, &official, now)
                    .await
                    .map_err(|error| (at, error))?;
                made += 1;
            }
        }
        self.commit(change).await.map_err(|error| (accounts.len(), error))?;
        Ok(made)
    }
}

/// Whether the person has a living account of this role, under this convention or under one of the
/// operator's with exactly these rights.
async fn exists(change: &mut AnyConnection, account: &NewAccount) -> Result<bool, AccessError> {
    let conventions: Vec<String> = sqlx::query_scalar(
        "SELECT a.convention_id FROM account a JOIN person p ON p.id = a.person_id \
         JOIN convention c ON c.id = a.convention_id \
         JOIN organisation o ON o.id = c.organisation_id \
         WHERE p.email = $1 AND a.role = $2 AND a.audience = $3 \
         AND a.state NOT IN ('rejete', 'ferme') \
         AND (c.id = $4 OR ($4 = '' AND o.kind = 'operateur')) LIMIT 100",
    )
    .bind(account.email().as_str().to_owned())
    .bind(account.role().id())
    .bind(account.audience().id())
    .bind(account.convention().unwrap_or_default().to_owned())
    .fetch_all(&mut *change)
    .await?;
    for convention in &conventions {
        let same = account.convention().is_some()
            || convention_rights(&mut *change, convention).await? == account.rights();
        if same {
            return Ok(true);
        }
    }
    Ok(false)
}
