//! From the input files to dwellings on their spots, atoms, units of addresses, and the zones of every scale.

pub mod carreau;
pub mod dwellings;
mod error;
mod geography;
pub mod locate;
mod place;
mod register;
mod units;
mod zone_set;
mod zones;

pub use error::IngestError;
pub use geography::Geography;
pub use place::{Atoms, Placing, place};
pub use register::{IN_QPV, Moved, Register};
#[cfg(feature = "fixture")]
pub use units::made_up;
pub use units::{BadSettled, Before, Block, Former, Settled, Unit, Units};
pub use zone_set::ZoneSet;
pub use zones::zones;
