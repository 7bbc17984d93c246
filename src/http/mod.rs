//! The HTTP service.

pub mod style;
