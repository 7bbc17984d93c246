//! Tests that drive the built program, its files and its server as their users do.

mod account;
mod serving;
mod tidy;
mod util;

// What follows makes editions, which a server without microdata cannot do.
#[cfg(feature = "build")]
mod bad_input;
#[cfg(feature = "build")]
mod crawl;
#[cfg(feature = "build")]
mod demo_territory;
#[cfg(feature = "build")]
mod figures;
#[cfg(feature = "build")]
mod noninterference;
#[cfg(feature = "build")]
mod protection;
#[cfg(feature = "build")]
mod pyramid;
#[cfg(feature = "build")]
mod reference;
#[cfg(feature = "build")]
mod spoil;
#[cfg(feature = "build")]
mod territory;
#[cfg(feature = "build")]
mod val_doise;
