//! From the input files to records that can be summed.

pub mod carreau;
pub mod contour;
pub mod crs;
pub mod dissolve;
pub mod locate;
pub mod official;
pub mod reject;
pub mod table;
