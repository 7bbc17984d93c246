//! Accounts and conventions as they are stored: sign-in, tokens, sessions, the directory, enrolment,
//! mail and the journal.
//!
//! A request shows a [`Credential`]; [`Access::identify`] finds the [`rights::Account`] behind it, and
//! what it may see is for [`rights::authorize`] to say. Time is always a parameter. Secrets are kept as
//! digests, passwords as Argon2id.

mod actor;
mod admin;
mod cache;
mod change_stamp;
mod commune_changes;
mod conventions;
mod database;
mod error;
mod journal;
mod journal_reader;
mod letters;
mod mail;
mod new_account;
mod own;
mod password;
mod people;
mod recorder;
mod secret;
mod store;
mod upkeep;

#[cfg(test)]
pub(crate) mod tests;

pub use actor::Actor;
pub use admin::{Listed, PAGE};
pub use conventions::{Convention, Extension};
pub use database::locate;
pub use error::AccessError;
pub use journal::{Entry as JournalEntry, Kind as JournalKind};
pub use journal_reader::{Proof, csv_of_journal};
pub use mail::Post;
pub use new_account::NewAccount;
pub use own::{Clauses, Session, Token};
pub use password::{BadPassword, Password};
pub use people::NewPerson;
pub use recorder::{Area, Recorder, Writer};
pub use secret::{Credential, Secret};
pub use store::{Access, Limits};
pub use upkeep::Upkeep;
