//! Statistical disclosure control: raw sums go in, and only what is protected comes out.
//!
//! An [`Aggregation`] takes in the records. Nothing outside this crate can read it, print it or name
//! what it holds: its only exit is [`Aggregation::protect`], which gives the [`Published`] figures and
//! the [`PrivateRecord`] of their proof.

mod aggregate;
mod aggregation;
#[cfg(feature = "fixture")]
pub mod fixture;
mod grappes;
mod secrecy;

pub use aggregate::{BadPlan, BadTotals, Overflow, Plan};
pub use aggregation::{Aggregation, Stage};
pub use secrecy::{
    BadOpening, BadRules, Figure, PrivateRecord, Published, PublishedScale, Rules, promise,
};

#[cfg(test)]
mod sealed;
