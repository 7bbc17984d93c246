//! The zones of an edition as rows, for readers: those that a [`View`](rights::View) shows, with the
//! columns that its audience may read, in the order of their codes.
//!
//! Rows come from the edition's FlatGeobuf and are given as they stand there: nothing is added, averaged,
//! clipped or split (`protect/RULES.md`, R4). Every format is written from [`Rows`], which only a
//! [`Selection`] gives, which needs a view.

mod columns;
mod cql;
mod error;
mod filter;
mod fold;
mod index;
mod items;
mod labels;
mod layout;
mod lead;
mod meets;
mod page;
mod row;
mod search;
mod selection;
mod store;
mod within;

#[cfg(test)]
mod tests;

pub use columns::{Kind, Shown, ShownColumn};
pub use cql::{BadFilter, Expression, MAX_FILTER};
pub use error::{BadQuestion, FeatureError};
pub use filter::{Area, BadBox, Condition, Filter, Queryable};
pub use items::{ItemPage, MAX_PAGE, PageSpan, item};
pub use lead::Lead;
pub use page::{Page, PageFormat};
pub use row::{Row, Rows, Value};
pub use search::{Found, MAX_QUESTION, MIN_QUESTION, is_question};
pub use selection::Selection;
pub use store::FeatureStore;
pub use within::Within;
