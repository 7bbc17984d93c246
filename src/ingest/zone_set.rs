//! The zones of one scale, with the atoms each is made of.

use domain::{Scale, Shape, Zone};

/// Every zone of one scale, sorted by code. An atom is an address, or the dwellings of one
/// (commune, IRIS, QPV) that have no coordinates.
pub struct ZoneSet {
    /// Their scale.
    pub scale: Scale,
    /// Sorted by code, each code once.
    pub zones: Vec<Zone>,
    /// In the order of `zones`.
    pub shapes: Vec<Shape>,
    /// For each zone, its atoms, sorted; empty for an unpopulated zone.
    pub atoms: Vec<Vec<u32>>,
}

impl ZoneSet {
    /// Sorts the zones of one scale by code.
    pub fn new(scale: Scale, mut members: Vec<(Zone, Shape, Vec<u32>)>) -> ZoneSet {
        members.sort_by(|left, right| left.0.code.cmp(&right.0.code));
        let mut set = ZoneSet {
            scale,
            zones: Vec::with_capacity(members.len()),
            shapes: Vec::with_capacity(members.len()),
            atoms: Vec::with_capacity(members.len()),
        };
        for (zone, shape, mut atoms) in members {
            atoms.sort_unstable();
            set.zones.push(zone);
            set.shapes.push(shape);
            set.atoms.push(atoms);
        }
        set
    }
}
