//! What the configuration says of accounts.

use accounts::{DocumentKeys, Limits};
use config::Config;

/// How long things last.
pub fn limits(config: &Config) -> Limits {
    match &config.accounts {
        Some(accounts) => Limits {
            session_idle: i64::from(accounts.session_idle_hours) * 3600,
            session_life: i64::from(accounts.session_days) * 24 * 3600,
            journal_months: accounts.journal_months,
            retention_days: accounts.retention_days,
        },
        None => Limits::default(),
    }
}

/// The keys of documents.
pub fn document_keys(config: &Config) -> DocumentKeys {
    let path = config.accounts.as_ref().and_then(|accounts| accounts.documents_key.as_deref());
    DocumentKeys::of(path.map(|path| config.resolve(path)))
}
