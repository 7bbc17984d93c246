//! Nested families of places: trees in which every place lies whole in its parent.

use crate::aggregate::RawTable;
use crate::domain::Scale::{self, *};

use super::places::Places;

/// Chains of scales, the finest first. Each gives one tree. A zone that straddles two of a coarser
/// scale is left out of the chains that hold that scale, so each crossing scale has chains without
/// the scales it may cross: whatever lies whole in a zone is below it in some tree.
const CHAINS: [&[Scale]; 22] = [
    // The administrative levels. An EPCI may cross départements and régions.
    &[Adresse, Iris, Arrondissement, Commune, Ept, Epci, France],
    &[Adresse, Iris, Arrondissement, Commune, Departement, Region, France],
    &[Adresse, Iris, Arrondissement, Commune, Ept, Epci, Departement, Region, France],
    &[Adresse, Iris, Arrondissement, Commune, Ept, Epci, Region, France],
    // A carreau or a QPV in each of them.
    &[Adresse, Carreau, Commune, Ept, Epci, France],
    &[Adresse, Carreau, Commune, Departement, Region, France],
    &[Adresse, Carreau, Ept, Epci, France],
    &[Adresse, Carreau, Departement, Region, France],
    &[Adresse, Carreau, Region, France],
    &[Adresse, Carreau, France],
    &[Adresse, Qpv, Commune, Ept, Epci, France],
    &[Adresse, Qpv, Commune, Departement, Region, France],
    &[Adresse, Qpv, Ept, Epci, France],
    &[Adresse, Qpv, Departement, Region, France],
    &[Adresse, Qpv, Region, France],
    &[Adresse, Qpv, France],
    // Those that cross one another, whichever is the smaller in a place.
    &[Adresse, Carreau, Iris, Arrondissement],
    &[Adresse, Iris, Arrondissement, Commune, Carreau],
    &[Adresse, Qpv, Iris, Arrondissement],
    &[Adresse, Iris, Arrondissement, Commune, Qpv],
    &[Adresse, Carreau, Qpv],
    &[Adresse, Qpv, Carreau],
];

/// One tree of places.
pub(super) struct Family {
    /// Whether the place belongs to this tree.
    member: Vec<bool>,
    parent: Vec<Option<u32>>,
    children: Vec<Vec<u32>>,
}

impl Family {
    /// Every tree of a table.
    pub(super) fn all(raw: &RawTable, places: &Places) -> Vec<Family> {
        CHAINS.iter().map(|chain| Family::new(raw, places, chain)).collect()
    }

    /// Whether a place belongs to this tree.
    pub(super) fn holds(&self, place: u32) -> bool {
        self.member[place as usize]
    }

    /// The smallest place of the tree that holds this one and more.
    pub(super) fn parent(&self, place: u32) -> Option<u32> {
        self.parent[place as usize]
    }

    /// The places right below.
    pub(super) fn children(&self, place: u32) -> &[u32] {
        &self.children[place as usize]
    }

    /// Builds the tree from the coarsest scale down. A zone joins when the places above all of
    /// its atoms are the same one at each coarser scale that has joined; it is left out when it
    /// straddles two of them.
    fn new(raw: &RawTable, places: &Places, chain: &[Scale]) -> Family {
        let mut family = Family {
            member: vec![false; places.len()],
            parent: vec![None; places.len()],
            children: vec![Vec::new(); places.len()],
        };
        // The smallest place of the tree, so far, above each atom.
        let mut above: Vec<Option<u32>> = vec![None; raw.atoms];
        for &scale in chain.iter().rev() {
            let Some(by_atom) = places.by_atom(raw, scale) else { continue };
            let joined = family.join(raw, places, scale, &above);
            for (atom, place) in by_atom.into_iter().enumerate() {
                if let Some(place) = place.filter(|place| joined[*place as usize]) {
                    above[atom] = Some(place);
                }
            }
        }
        family
    }

    /// Adds the zones of one scale; says which places now belong to it.
    fn join(
        &mut self,
        raw: &RawTable,
        places: &Places,
        scale: Scale,
        above: &[Option<u32>],
    ) -> Vec<bool> {
        let mut joined = vec![false; places.len()];
        for (index, entry) in raw.scales.iter().enumerate().filter(|(_, e)| e.scale == scale) {
            for (zone, atoms) in entry.atoms.iter().enumerate() {
                let Some(place) = places.of(index, zone) else { continue };
                let parent = above[atoms[0] as usize];
                if atoms.iter().any(|&atom| above[atom as usize] != parent) {
                    continue;
                }
                joined[place as usize] = true;
                // A twin of its parent is the same node.
                if parent != Some(place) && !self.member[place as usize] {
                    self.member[place as usize] = true;
                    self.parent[place as usize] = parent;
                    if let Some(parent) = parent {
                        self.children[parent as usize].push(place);
                    }
                }
            }
        }
        joined
    }
}
