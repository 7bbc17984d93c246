//! Sums over records, for every zone of every scale and every universe at once.

mod raw;

pub use raw::{RawScale, RawTable};
