//! From the input files to records that can be summed.
