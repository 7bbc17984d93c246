//! What an operator does from a shell: commands on accounts, conventions, documents and the journal,
//! as they are typed, under the same rules as over HTTP.

mod account;
mod convention;
mod documents;
mod fault;
mod journal;
mod parties;
mod runtime;
mod settings;

pub use account::{AccountArguments, run as account};
pub use convention::{ConventionArguments, run as convention};
pub use fault::{CliError, environment, input, usage};
pub use journal::{JournalArguments, run as journal};
pub use runtime::{block_on, boxed};
pub use settings::{document_keys, limits};
