//! The one function from an account to what it may see.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Account, Visible};
use crate::domain::{Audience, CommuneRow};

/// The proof that somebody was authorised, and for what: a territory in one edition and an
/// audience. Only [`authorize`] makes one.
#[derive(Clone, Debug)]
pub struct View {
    visible: Arc<Visible>,
    audience: Audience,
    scope: Arc<str>,
}

/// What an account may see among the communes of an edition. It reads no clock and no database:
/// whether the account is in service was asked before (`Access::identify`).
pub fn authorize(account: &Account, communes: &[CommuneRow]) -> View {
    let visible = Visible::new(account.rights(), communes);
    let audience = account.audience();
    let scope = hex::encode(Sha256::digest(format!("{}/{}", visible.digest(), audience.id())));
    View { visible: Arc::new(visible), audience, scope: scope.into() }
}

impl View {
    /// The territory.
    pub fn visible(&self) -> &Arc<Visible> {
        &self.visible
    }

    /// Whose indicators are read.
    pub fn audience(&self) -> Audience {
        self.audience
    }

    /// Lower-case hexadecimal SHA-256 of (territory, audience): equal for accounts with equal
    /// rights, and silent about who they are.
    pub fn scope(&self) -> &str {
        &self.scope
    }
}
