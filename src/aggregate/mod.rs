//! Sums over records, for every zone of every scale and every universe at once.

mod formula;
mod raw;

pub use formula::{BadFormula, Formula, Names};
pub use raw::{RawScale, RawTable};
