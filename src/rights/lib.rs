//! Who may see what: accounts, the conventions that govern them, and the one function from an account
//! to a [`View`]. Pure: no database, no clock; an instant is a parameter.

mod account;
mod convention;
mod day;
mod email;
mod life;
mod movement;
mod timestamp;
mod view;
mod visible;

pub use account::{Account, AccountParts, BadRight, Right, Role, UnknownRole};
pub use convention::{
    BadConvention, Kind as OrganisationKind, MAX_TEXT, NewConvention, UnknownKind, is_text,
};
pub use day::{BadDay, Day};
pub use email::{BadEmail, Email};
pub use life::{BadStep, State, Step, UnknownState};
pub use movement::{Followed, Movements};
pub use timestamp::Timestamp;
pub use view::{Refusal, View, Views, authorize};
pub use visible::Visible;
