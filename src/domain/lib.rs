//! The words of the trade, shared by the half that builds and the half that serves.
//! Nothing here holds a figure.

mod catalogue;
mod code;
pub mod columns;
mod extremes;
mod fault;
pub mod formula;
mod manifest;
mod opening;
mod scale;
#[cfg(feature = "shapes")]
mod shape;
mod territory;
mod zone;

pub use catalogue::{
    Audience, BadAudience, BadCatalogue, Bands, Catalogue, Eligibility, Family, Indicator, Kind,
    MOST_UNIVERSES, NoBands, Reduced, Regime, Unit, Universe,
};
pub use code::{BadCode, CommuneCode, ZoneCode};
pub use extremes::{EXTREME, Extremes, MARKS, Mark, SMALL_QPV};
pub use fault::{Causes, Fault, HasFault};
pub use manifest::{
    Certificate, CertificateOpening, CertificateScale, CertificateUniverse, LOOKUP, Manifest,
    ManifestScale, labels_file,
};
pub use opening::{Opening, UnknownOpening};
pub use scale::{
    BadScale, Grain, Group, INSIDE, OUTSIDE, Origin, Scale, UnknownScale, Whole, Zoning,
};
#[cfg(feature = "shapes")]
pub use shape::Shape;
pub use territory::{BadTerritory, COUNTRY, CommuneRow, Consultable, TerritoryName};
pub use zone::{Detail, Zone};
