//! Accounts, identities and the one function from an account to what it may see.
//!
//! A request shows a [`Credential`]; [`Access::identify`] finds the [`Account`] behind it;
//! [`authorize`] turns the account and an edition's communes into a [`View`], and nothing else
//! does. Time is always a parameter. Secrets are kept as digests, passwords as Argon2id.

mod account;
mod admin;
mod database;
mod email;
mod error;
mod password;
mod secret;
mod store;
mod timestamp;
mod view;
mod visible;

#[cfg(test)]
mod tests;

pub use account::{Account, BadRight, NewAccount, Right, Role, UnknownRole};
pub use admin::{Listed, PAGE};
pub use database::locate;
pub use email::{BadEmail, Email};
pub use error::AccessError;
pub use password::{BadPassword, Password};
pub use secret::{Credential, Secret};
pub use store::Access;
pub use timestamp::Timestamp;
pub use view::{View, authorize};
pub use visible::Visible;
