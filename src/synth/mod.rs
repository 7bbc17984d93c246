//! Invents input files in the official layouts.
