//! The finest safe scale: groups of neighbouring addresses, and what they leave of carreaux.
//!
//! Which units are united is part of the mask: a function of who is a member of what, never of a value
//! (R6). [`unite`] makes the groups before the mask is sought; `secrecy::rest` adds what published ones
//! leave of published carreaux once it is laid.

mod unite;

use std::collections::{BTreeMap, HashMap};

use domain::{Catalogue, Detail, Kind, Scale, Shape, Zone, ZoneCode};
use ingest::{Units, ZoneSet};

use crate::aggregate::{RawScale, RawTable, Tallies, Union};
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

/// The groups of a table united once more, now that it is known which carreaux are secret for their
/// neighbours' sake: what is short joins groups of these.
pub(crate) fn united_beside(
    raw: &RawTable,
    groups: &RawScale,
    units: &Units,
    catalogue: &Catalogue,
    (threshold, is_secret): (u64, impl Fn(&ZoneCode) -> bool),
) -> RawScale {
    let filters = filters(catalogue);
    let mut mains: HashMap<&ZoneCode, u32> = HashMap::new();
    for (unit, _) in units.list() {
        mains.extend(units.group_code(unit.main).map(|code| (code, unit.main)));
    }
    let counted = |zone: usize| {
        let main = *mains.get(&groups.zones[zone].code)?;
        let counts = filters.iter().map(|&own| groups.count(zone, own, raw.universes)).collect();
        Some((Group { main, atoms: groups.atoms[zone].clone(), parts: vec![zone] }, counts))
    };
    let secret: Vec<bool> =
        (0..units.carreaux()).map(|carreau| is_secret(units.carreau_code(carreau))).collect();
    let own = (0..groups.zones.len()).filter_map(counted).collect();
    let united = unite::unite_beside(units, own, threshold, |carreau| secret[carreau]);
    let union = |Group { main, atoms, parts }: Group| {
        let zone = units.zone(main, &atoms);
        Union { zone, atoms, parts }
    };
    groups.united(united.into_iter().map(union).collect(), raw.universes)
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
