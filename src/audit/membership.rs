//! The linear systems of an edition, as the audited zones and the microdata make them.

use std::collections::{HashMap, HashSet};

use super::parts::Parts;
use super::shown::ShownZone;
use super::system::{Part, System};
use super::truth::Truth;

/// Cells, as a place among the audited zones and a universe.
pub type Cells = HashSet<(u32, usize)>;

/// What of a linear system is looked at together.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    /// Its universes, the filter first: bit `i` of a part for the `i`-th.
    pub universes: Vec<usize>,
    /// Cells that are no part of it.
    pub without: Cells,
    /// For each atom of an opened commune, the universes (by bit) in which nobody there is
    /// protected from what the commune's cell says.
    pub outside: HashMap<u32, u32>,
    /// Whether it has the cells that only the opening lets out.
    pub is_opened: bool,
}

/// The zones of each atom, among those that are audited.
pub struct Membership {
    starts: Vec<u32>,
    zones: Vec<u32>,
}

impl Membership {
    pub fn new(zones: &[(u32, ShownZone)], truth: &Truth) -> Membership {
        let atoms = |number: u32| &truth.zones[number as usize].atoms;
        let mut starts = vec![0u32; truth.atoms + 1];
        for (number, _) in zones {
            atoms(*number).iter().for_each(|atom| starts[*atom as usize + 1] += 1);
        }
        for atom in 0..truth.atoms {
            starts[atom + 1] += starts[atom];
        }
        let mut next = starts.clone();
        let mut members = vec![0; starts[truth.atoms] as usize];
        for ((number, _), place) in zones.iter().zip(0..) {
            for atom in atoms(*number) {
                members[next[*atom as usize] as usize] = place;
                next[*atom as usize] += 1;
            }
        }
        Membership { starts, zones: members }
    }

    /// The places of the zones that hold an atom.
    pub fn of_atom(&self, atom: usize) -> &[u32] {
        &self.zones[self.starts[atom] as usize..self.starts[atom + 1] as usize]
    }

    /// The system of a layer, whose members fall into these parts.
    pub fn system(
        &self,
        zones: &[(u32, ShownZone)],
        layer: &Layer,
        truth: &Truth,
        parts: &Parts,
    ) -> System {
        let width = layer.universes.len();
        let mut cells = Vec::new();
        let mut numbers = vec![u32::MAX; zones.len() * width];
        for ((_, zone), place) in zones.iter().zip(0u32..) {
            for (bit, universe) in layer.universes.iter().enumerate() {
                if zone.published[*universe] && !layer.without.contains(&(place, *universe)) {
                    numbers[place as usize * width + bit] = cells.len() as u32;
                    cells.push((place, *universe));
                }
            }
        }
        let numbers = &numbers;
        let of_atom = move |atom: usize| {
            let outside = layer.outside.get(&(atom as u32)).copied().unwrap_or(0);
            let protected = parts.at(atom).iter().filter(move |(mask, _)| mask & outside == 0);
            protected.map(move |(mask, households)| {
                let mut own = Vec::new();
                for place in self.of_atom(atom) {
                    let row = &numbers[*place as usize * width..][..width];
                    let held = row.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
                    own.extend(held.map(|(_, cell)| *cell).filter(|cell| *cell != u32::MAX));
                }
                Part { seat: (atom as u32, *mask), households: *households, cells: own }
            })
        };
        System::new(cells, (0..truth.atoms).flat_map(of_atom))
    }
}
