//! Who is in which universes, atom by atom: a sparse list of sets of universes and how many
//! records are in exactly those.

use std::collections::HashMap;

use rayon::prelude::*;

use super::Mask;

/// So many records in exactly the universes of a mask, which is known by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub mask: u32,
    pub count: u32,
}

/// The records of one kind at every atom.
#[derive(Debug, Default)]
pub struct Members {
    masks: Vec<Mask>,
    starts: Vec<usize>,
    entries: Vec<Entry>,
}

impl Members {
    /// The sets of universes that some record is in, by number.
    pub fn masks(&self) -> &[Mask] {
        &self.masks
    }

    /// The records at an atom, each set of universes once.
    pub fn at(&self, atom: usize) -> &[Entry] {
        &self.entries[self.starts[atom]..self.starts[atom + 1]]
    }

    pub fn atoms(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
impl Members {
    /// So many records in exactly the universes of each mask, atom by atom.
    pub fn of(atoms: &[Vec<(Mask, u32)>]) -> Members {
        let mut gathered = Gathered::default();
        for (own, atom) in atoms.iter().zip(0..) {
            for (mask, count) in own {
                (0..*count).for_each(|_| gathered.add(atom, *mask));
            }
        }
        gathered.count(atoms.len())
    }
}

/// Records as they come.
#[derive(Default)]
pub struct Gathered {
    numbers: HashMap<Mask, u32>,
    masks: Vec<Mask>,
    /// The atom of each record above the number of its mask.
    records: Vec<u64>,
}

impl Gathered {
    pub fn add(&mut self, atom: u32, mask: Mask) {
        let next = self.masks.len() as u32;
        let number = *self.numbers.entry(mask).or_insert(next);
        if number == next {
            self.masks.push(mask);
        }
        self.records.push(u64::from(atom) << 32 | u64::from(number));
    }

    /// The records of so many atoms, counted.
    pub fn count(self, atoms: usize) -> Members {
        let Gathered { masks, mut records, .. } = self;
        records.par_sort_unstable();
        let mut starts = vec![0; atoms + 1];
        let mut entries: Vec<Entry> = Vec::new();
        let mut last = None;
        for record in records {
            if last != Some(record) {
                entries.push(Entry { mask: record as u32, count: 0 });
                starts[(record >> 32) as usize + 1] += 1;
                last = Some(record);
            }
            if let Some(entry) = entries.last_mut() {
                entry.count += 1;
            }
        }
        for atom in 0..atoms {
            starts[atom + 1] += starts[atom];
        }
        entries.shrink_to_fit();
        Members { masks, starts, entries }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_in_the_same_universes_of_an_atom_are_one_entry() {
        let mut gathered = Gathered::default();
        for (atom, mask) in [(2, 0b11), (0, 0b1), (2, 0b1), (2, 0b11), (0, 0b1)] {
            gathered.add(atom, mask);
        }
        let members = gathered.count(4);
        let at = |atom| {
            let named =
                members.at(atom).iter().map(|own| (members.masks()[own.mask as usize], own.count));
            let mut named: Vec<_> = named.collect();
            named.sort_unstable();
            named
        };
        assert_eq!(at(0), [(0b1, 2)]);
        assert_eq!(at(1), []);
        assert_eq!(at(2), [(0b1, 1), (0b11, 2)]);
        assert_eq!((members.atoms(), members.at(3).len()), (4, 0));
    }
}
