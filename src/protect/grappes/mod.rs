//! The finest safe scale: groups of neighbouring addresses, and what they leave of carreaux.
//!
//! Which units are united is part of the mask: a function of who is a member of what, never of a value
//! (R6). [`unite`] makes the groups before the mask is sought; `secrecy::rest` adds what published ones
//! leave of published carreaux once it is laid.

mod unite;

use std::collections::BTreeMap;

use domain::{Catalogue, Detail, Kind, Scale, Shape, Zone};
use ingest::{Units, ZoneSet};

use crate::aggregate::Tallies;
use unite::{Group, Members};

/// The groups of an edition, as zones without a shape.
pub(crate) fn zones(
    units: &Units,
    tallies: &Tallies,
    catalogue: &Catalogue,
    threshold: u32,
) -> ZoneSet {
    let members = Members::new(tallies, catalogue, &filters(catalogue));
    let groups = unite::unite(units, &members, u64::from(threshold));
    let zone = |group: Group| {
        let zone = units.zone(group.main, &group.atoms);
        (zone, Shape::Point(Default::default()), group.atoms)
    };
    ZoneSet::new(Scale::GRAPPE, groups.into_iter().map(zone).collect())
}

/// Tells each address the code of its group.
pub(crate) fn name_groups(
    addresses: &mut [Zone],
    address_atoms: &[Vec<u32>],
    groups: &[Zone],
    group_atoms: &[Vec<u32>],
) {
    let own = groups.iter().zip(group_atoms);
    let of_atom: BTreeMap<u32, &Zone> =
        own.flat_map(|(zone, atoms)| atoms.iter().map(move |&atom| (atom, zone))).collect();
    for (address, atoms) in addresses.iter_mut().zip(address_atoms) {
        if let Some(group) = atoms.first().and_then(|atom| of_atom.get(atom)) {
            address.detail = Detail::Address { grappe: group.code.clone() };
        }
    }
}

/// The universes of which each group is to hold none or enough: the register, and every filter of
/// households.
fn filters(catalogue: &Catalogue) -> Vec<usize> {
    let is_filter = |own: &usize| {
        let universe = &catalogue.universes()[*own];
        universe.kind == Kind::Menage && universe.domain_of.is_none() && universe.eligible.is_none()
    };
    [0].into_iter().chain((0..catalogue.universes().len()).filter(is_filter)).collect()
}
