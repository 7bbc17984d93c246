//! Sums over records, for every zone of every scale and every universe at once. Integers only:
//! a ratio exists nowhere before `secrecy`.

mod formula;
mod households;
mod narrow;
mod plan;
mod raw;
mod sums;
mod tallies;
mod zones;

pub use formula::{BadFormula, Formula, Names};
pub use households::{add_dwellings, add_households};
pub use narrow::Sums;
pub use plan::{BadPlan, Plan};
pub use raw::{RawScale, RawTable};
pub use sums::{AtomSums, Overflow};
pub use tallies::{Membership, Tallies};
pub use zones::{BadTotals, sum_zones};
