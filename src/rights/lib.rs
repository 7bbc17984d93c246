//! Who may see what: accounts, the conventions that govern them, and the one function from an account
//! to a [`View`]. Pure: no database, no clock; an instant is a parameter.

mod account;
mod committee;
mod commune_changes;
mod convention;
mod day;
mod document;
mod email;
mod lifecycle;
mod name;
mod official;
mod purpose;
mod signature;
mod timestamp;
mod view;
mod visible;

pub use account::{Account, AccountParts, BadRight, Grants, Right, Role, UnknownRole};
pub use committee::{Seat, Stage, UnknownSeat};
pub use commune_changes::{CommuneChanges, Followed};
pub use convention::{
    BadConvention, Kind as OrganisationKind, MAX_TEXT, NewConvention, UnknownKind, is_text,
};
pub use day::{BadDay, Day};
pub use document::{DocumentAuthor, DocumentKind, UnknownDocument};
pub use email::{BadEmail, Email};
pub use lifecycle::{BadStep, State, Step, UnknownState};
pub use name::{BadName, Name};
pub use official::{MAX_FOUND, NamedTerritory, Official, UnknownTerritory};
pub use purpose::{BadPurpose, Purpose, Purposes};
pub use signature::{NewSignature, Party, Signatory, UnknownParty};
pub use timestamp::{BadTimestamp, Timestamp};
pub use view::{Refusal, View, Views, authorize};
pub use visible::{Visible, asked_columns};
