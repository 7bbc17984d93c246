//! Accounts and conventions as they are stored: sign-in, tokens, sessions, the directory, enrolment,
//! mail and the journal.
//!
//! A request shows a [`Credential`]; [`Access::identify`] finds the [`rights::Account`] behind it, and
//! what it may see is for [`rights::authorize`] to say. A person, known by an address, holds an account
//! for each convention that lets them in. Time is always a parameter. Secrets are kept as digests,
//! passwords as Argon2id.

mod access;
mod account_row;
mod actor;
mod administrators;
mod breaches;
mod cache;
mod change_stamp;
mod clauses;
mod committee;
mod commune_changes;
mod conventions;
mod creation;
mod database;
mod decisions;
mod designations;
mod directory;
mod documents;
mod enrolment;
mod error;
mod extensions;
mod identification;
mod import;
mod journal;
mod mail;
mod mandates;
mod missions;
mod new_account;
mod official;
mod password;
mod passwords;
mod people;
mod purposes;
mod register;
mod reminders;
mod removal;
mod row;
mod secret;
mod sessions;
mod sign_in;
mod signatures;
mod subprocessors;
mod tokens;
mod upkeep;

#[cfg(test)]
pub(crate) mod tests;

pub use access::{Access, Limits};
pub use actor::Actor;
pub use breaches::{Breach, Concerned, NewBreach, csv_of_breach};
pub use clauses::Clauses;
pub use committee::{Committee, Consultation, Member, NewConsultation};
pub use conventions::Convention;
pub use database::locate;
pub use designations::{Designation, NewDesignation};
pub use directory::{Listed, PAGE};
pub use documents::{Document, DocumentKeys, MAX_DOCUMENT, NewDocument, OVERHEAD, ReadDocument};
pub use enrolment::NewPerson;
pub use error::AccessError;
pub use extensions::Extension;
pub use journal::{Area, BadNoted, ChainCheck, Noted, Recorder, Writer, csv_of_journal};
pub use journal::{Entry as JournalEntry, Kind as JournalKind};
pub use mail::Post;
pub use mandates::Mandate;
pub use missions::Destruction;
pub use new_account::NewAccount;
pub use password::{BadPassword, Password};
pub use secret::{Credential, Secret};
pub use sessions::Session;
pub use signatures::{Signature, Signed};
pub use subprocessors::Subprocessor;
pub use tokens::Token;
pub use upkeep::Upkeep;
