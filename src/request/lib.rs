//! What every route of the server is given and answers with: the state of the server, who asks, what
//! they may see, the budgets that a request takes from, refusals and answers.
//!
//! A handler of accounts receives a [`Caller`](caller::Caller), which only a checked credential makes; a
//! handler of data receives a [`Reader`], which only a caller makes, and a tile key needs the
//! [`View`](rights::View) that the reader holds.

pub mod answer;
mod app;
pub mod bodies;
mod buckets;
pub mod caller;
mod deduplicator;
pub mod identity;
pub mod json_body;
mod legal;
pub mod named;
pub mod negotiate;
mod official;
pub mod parameters;
pub mod peer;
mod problem;
mod rates;
mod reader;
mod refusal;
pub mod shares;
pub mod unsent;
pub mod uploads;

pub use app::{App, Clock, DemoAccount, Settings};
pub use deduplicator::ConsultationDeduplicator;
pub use legal::{LegalPages, MAX_LEGAL};
pub use official::official_of;
pub use problem::Problem;
pub use rates::Rates;
pub use reader::Reader;
