//! Tests that drive the built program, its files and its server as their users do.

mod tidy;
mod util;
