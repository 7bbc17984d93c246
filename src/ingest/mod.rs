//! From the input files to records that can be summed.

pub mod official;
pub mod reject;
pub mod table;
