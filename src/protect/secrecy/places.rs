//! Places: zones with the same dwellings are one (rule R3).

use std::collections::{HashMap, HashSet};

use crate::aggregate::{RawScale, RawTable};
use domain::{Origin, Scale, ZoneCode};

use super::rules::Rules;
use super::system::Incidence;

/// The zones of all scales, twins merged. A place is a distinct non-empty set of atoms.
pub(super) struct Places {
    /// `of[scale][zone]`: the place of a zone, or `None` without any dwelling, and for an address that is
    /// a part of a group.
    of: Vec<Vec<Option<u32>>>,
    /// For each place, its first zone: scale and zone index.
    first: Vec<(usize, usize)>,
    /// For each place, its coarsest scale.
    coarsest: Vec<Scale>,
    /// For each place, the sum of the weights of the scales it stands for, in thousandths.
    weights: Vec<u64>,
}

/// Says whether some atoms are all of a zone that is no address: a group, a carreau, a commune (R3). In a
/// table without groups, any are.
fn alone(raw: &RawTable) -> impl Fn(&[u32]) -> bool {
    let is_group = |scale: &RawScale| scale.scale.origin() == Origin::Units;
    let has_groups = raw.scales.iter().any(|scale| is_group(scale) && !scale.zones.is_empty());
    let others = raw.scales.iter().filter(|scale| has_groups && !scale.scale.is_point());
    let single = others.flat_map(|scale| &scale.atoms).filter(|atoms| atoms.len() == 1);
    let single: HashSet<u32> = single.map(|atoms| atoms[0]).collect();
    move |atoms| !has_groups || atoms.iter().all(|atom| single.contains(atom))
}

impl Places {
    /// Merges the twins of a table.
    pub(super) fn new(raw: &RawTable, rules: &Rules) -> Places {
        let mut known: HashMap<&[u32], u32> = HashMap::new();
        let mut places =
            Places { of: Vec::new(), first: Vec::new(), coarsest: Vec::new(), weights: Vec::new() };
        let is_alone = alone(raw);
        for (scale_index, scale) in raw.scales.iter().enumerate() {
            let mut of = Vec::with_capacity(scale.zones.len());
            for (zone, atoms) in scale.atoms.iter().enumerate() {
                // An address in a group of several is shown by the group.
                if atoms.is_empty() || scale.scale.is_point() && !is_alone(atoms) {
                    of.push(None);
                    continue;
                }
                let place = *known.entry(atoms).or_insert_with(|| {
                    places.first.push((scale_index, zone));
                    places.weights.push(0);
                    places.coarsest.push(scale.scale);
                    (places.first.len() - 1) as u32
                });
                places.weights[place as usize] += rules.scale_weight(scale.scale);
                let coarsest = &mut places.coarsest[place as usize];
                *coarsest = (*coarsest).max(scale.scale);
                of.push(Some(place));
            }
            places.of.push(of);
        }
        places
    }

    /// Number of places.
    pub(super) fn len(&self) -> usize {
        self.first.len()
    }

    /// The place of a zone, or `None` without any dwelling.
    pub(super) fn of(&self, scale: usize, zone: usize) -> Option<u32> {
        self.of[scale][zone]
    }

    /// Sum of the weights of the scales a place stands for, in thousandths.
    pub(super) fn weight(&self, place: u32) -> u64 {
        self.weights[place as usize]
    }

    /// Contributors of one universe in a place.
    pub(super) fn count(&self, raw: &RawTable, place: u32, universe: usize) -> u64 {
        let (scale, zone) = self.first[place as usize];
        raw.scales[scale].count(zone, universe, raw.universes)
    }

    /// The rank, in the table, of the finest scale that a place stands for.
    pub(super) fn rank(&self, place: u32) -> usize {
        self.first[place as usize].0
    }

    /// The coarsest scale that a place stands for.
    pub(super) fn coarsest(&self, place: u32) -> Scale {
        self.coarsest[place as usize]
    }

    /// The finest scale of a place, and the code of its zone there.
    pub(super) fn name<'r>(&self, raw: &'r RawTable, place: u32) -> (Scale, &'r ZoneCode) {
        let (scale, zone) = self.first[place as usize];
        (raw.scales[scale].scale, &raw.scales[scale].zones[zone].code)
    }

    /// The atoms of a place, sorted.
    pub(super) fn atoms<'r>(&self, raw: &'r RawTable, place: u32) -> &'r [u32] {
        let (scale, zone) = self.first[place as usize];
        &raw.scales[scale].atoms[zone]
    }

    /// For each atom, the places that hold it, sorted.
    pub(super) fn of_atoms(&self, raw: &RawTable) -> Incidence {
        let places = 0..self.first.len() as u32;
        let atoms = |place| self.atoms(raw, place).iter().copied();
        places.map(atoms).collect::<Incidence>().transposed(raw.atoms)
    }
}
