//! Who administers, and whom.

use super::{Account, Role};

/// Whoever asks for a change.
#[derive(Clone, Copy, Debug)]
pub enum Actor<'a> {
    /// The operator, at the shell of the machine that holds the accounts.
    Shell,
    /// Somebody signed in.
    Account(&'a Account),
}

impl Actor<'_> {
    /// How the journal names them.
    pub fn id(&self) -> &str {
        match self {
            Actor::Shell => "shell",
            Actor::Account(account) => account.id(),
        }
    }

    /// Whether they act for the national operator, who sees all.
    pub fn is_operator(&self) -> bool {
        match self {
            Actor::Shell => true,
            Actor::Account(account) => account.role() == Role::Operateur && account.has_accepted(),
        }
    }

    /// Whether they administer a convention: the operator every one; a local administrator their
    /// own and, as the mandating EPCI, those annexed to it.
    pub(super) fn manages(&self, convention: &str, parent: Option<&str>) -> bool {
        self.is_operator()
            || self.local().is_some_and(|own| own == convention || Some(own) == parent)
    }

    /// The convention that they administer as its local administrator.
    pub(super) fn local(&self) -> Option<&str> {
        match self {
            Actor::Account(account)
                if account.role() == Role::Administrateur && account.has_accepted() =>
            {
                account.convention()
            }
            _ => None,
        }
    }

    pub(super) fn is(&self, account: &str) -> bool {
        matches!(self, Actor::Account(own) if own.id() == account)
    }
}
