//! Who may see what: accounts, the conventions that govern them, and the one function from an account
//! to a [`View`]. Pure: no database, no clock; an instant is a parameter.

mod account;
mod commune_changes;
mod convention;
mod day;
mod email;
mod lifecycle;
mod name;
mod official;
mod timestamp;
mod view;
mod visible;

pub use account::{Account, AccountParts, BadRight, Grants, Right, Role, UnknownRole};
pub use commune_changes::{CommuneChanges, Followed};
pub use convention::{
    BadConvention, Kind as OrganisationKind, MAX_TEXT, NewConvention, UnknownKind, is_text,
};
pub use day::{BadDay, Day};
pub use email::{BadEmail, Email};
pub use lifecycle::{BadStep, State, Step, UnknownState};
pub use name::{BadName, Name};
pub use official::{MAX_FOUND, Official, Place, UnknownTerritory};
pub use timestamp::{BadTimestamp, Timestamp};
pub use view::{Refusal, View, Views, authorize};
pub use visible::Visible;
