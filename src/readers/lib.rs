//! Files to rows and shapes: CSV tables in every dialect, contours in every format, the official
//! code tables, coordinate systems. What a row means is said elsewhere: the build and the auditor
//! share this crate and nothing else of what they do with the input.

pub mod contour;
pub mod crs;
pub mod dissolve;
pub mod files;
pub mod names;
pub mod official;
pub mod reject;
pub mod table;
