//! A zone of a scale: everything about it that is not a figure.

use super::{CommuneCode, ZoneCode};

/// One zone. All of it comes from official codes, contours and the register's dwellings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Unique within the scale.
    pub code: ZoneCode,
    /// The official name, or one made from the code where no table has one; the same in every format.
    pub nom: String,
    /// Communes where the zone has register dwellings, sorted; empty for an unpopulated zone and
    /// above the commune scale.
    pub communes: Vec<CommuneCode>,
    /// For an unpopulated zone, the communes it lies in, sorted: it is shown with them.
    pub situe: Vec<CommuneCode>,
    /// What zones of its scale alone have.
    pub detail: Detail,
}

/// What zones of some scales say beside the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    #[default]
    None,
    /// An address: the group of addresses that it is in.
    Address {
        /// The code of the group.
        grappe: ZoneCode,
    },
    /// A group of addresses.
    Group {
        /// Addresses.
        adresses: u64,
        /// Dwellings of the register.
        logements: u64,
        /// Whether it is what other groups leave of a carreau.
        reste: bool,
    },
}
