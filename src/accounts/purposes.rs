//! What a convention was signed for, asked by who records what figures are used for.

use super::row::parsed;
use super::{Access, AccessError};
use rights::{Account, Purposes};

impl Access {
    /// What somebody declares to use figures for, under the convention of their account: without a
    /// word all that it was signed for, otherwise some of it (`politique observation`).
    ///
    /// # Errors
    ///
    /// [`AccessError::Purpose`] names a purpose that article 1 or the convention does not have.
    pub async fn declared_purposes(
        &self,
        account: &Account,
        said: Option<&str>,
    ) -> Result<Purposes, AccessError> {
        let row = sqlx::query("SELECT purposes FROM convention WHERE id = $1")
            .bind(account.convention().to_owned())
            .fetch_one(self.database.pool())
            .await?;
        Ok(parsed::<Purposes>(&row, "purposes")?.declared(said)?)
    }
}
