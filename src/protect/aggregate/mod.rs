//! Sums over records, for every zone of every scale and every universe at once. Integers only:
//! a ratio exists nowhere before `secrecy`.

mod formula;
mod households;
mod packed_sums;
mod plan;
mod raw;
mod sums;
mod tallies;
mod zones;

pub(crate) use households::{add_dwellings, add_households};
pub(crate) use packed_sums::Sums;
pub use plan::{BadPlan, Plan};
pub(crate) use raw::{RawScale, RawTable, Union};
pub(crate) use sums::AtomSums;
pub use sums::Overflow;
pub(crate) use tallies::Tallies;
pub use zones::BadTotals;
pub(crate) use zones::sum_zones;

#[cfg(test)]
pub(crate) use tallies::Membership;
