//! Accounts, identities and the one function from an account to what it may see.
//!
//! A request shows a [`Credential`]; [`Access::identify`] finds the [`Account`] behind it;
//! [`authorize`] turns the account and an edition's communes into a [`View`], and nothing else
//! does. Time is always a parameter. Secrets are kept as digests, passwords as Argon2id.

mod account;
mod actor;
mod admin;
mod cache;
mod convention;
mod conventions;
mod database;
mod day;
mod email;
mod error;
mod journal;
mod letters;
mod life;
mod mail;
mod mark;
mod movement;
mod own;
mod password;
mod people;
mod recorder;
mod secret;
mod store;
mod timestamp;
mod trace;
mod upkeep;
mod view;
mod visible;

#[cfg(test)]
pub(crate) mod tests;

pub use account::{Account, BadRight, NewAccount, Right, Role, UnknownRole};
pub use actor::Actor;
pub use admin::{Listed, PAGE};
pub use convention::{BadConvention, Kind as OrganisationKind, NewConvention, UnknownKind};
pub use conventions::{Convention, Extension};
pub use database::locate;
pub use day::{BadDay, Day};
pub use email::{BadEmail, Email};
pub use error::AccessError;
pub use journal::{Entry as JournalEntry, Kind as JournalKind};
pub use life::{BadStep, State, Step};
pub use mail::Post;
pub use own::{Clauses, Session, Token};
pub use password::{BadPassword, Password};
pub use people::NewPerson;
pub use recorder::{Area, Recorder, Writer};
pub use secret::{Credential, Secret};
pub use store::{Access, Limits};
pub use timestamp::Timestamp;
pub use trace::{Proof, csv_of_journal};
pub use upkeep::Upkeep;
pub use view::{Refusal, View, Views, authorize};
pub use visible::Visible;
