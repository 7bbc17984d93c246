//! A zone of a scale: everything about it that is not a figure.

use super::{CommuneCode, ZoneCode};

/// One zone. All of it comes from official codes, contours and the register's dwellings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    pub code: ZoneCode,
    pub nom: String,
    /// Communes where the zone has register dwellings, sorted; empty for an unpopulated zone and
    /// above the commune scale.
    pub communes: Vec<CommuneCode>,
    /// For an unpopulated zone, the communes it lies in, sorted: it is shown with them.
    pub situe: Vec<CommuneCode>,
}
