//! From the input files to records that can be summed.

pub mod reject;
pub mod table;
