//! Raw figures: sums over all the records of a zone. They have no `Serialize`: only `secrecy`
//! turns them into something that may leave the process.

use domain::{Kind, Scale, Shape, Zone};

use super::packed_sums::Sums;
use super::tallies::Tallies;

/// The raw figures of every zone of one scale.
///
/// `counts` and `sums` are zone-major: zone `i` owns `counts[i * universes ..][.. universes]`
/// and the `2 * indicators` sums from `i * 2 * indicators` on, numerator and denominator in turn.
pub struct RawScale {
    pub(crate) scale: Scale,
    pub(crate) zones: Vec<Zone>,
    pub(crate) shapes: Vec<Shape>,
    /// For each zone, its atoms, sorted.
    pub(crate) atoms: Vec<Vec<u32>>,
    pub(crate) counts: Vec<u64>,
    pub(crate) sums: Sums,
}

/// The raw figures of an edition, all scales together, the finest first.
pub struct RawTable {
    pub(crate) scales: Vec<RawScale>,
    /// Number of atoms: addresses, and places of dwellings without one.
    pub(crate) atoms: usize,
    pub(crate) universes: usize,
    /// Contributors of each universe at each atom, atom-major.
    pub(crate) atom_counts: Vec<u32>,
    /// Who belongs to which universes together, at each atom.
    pub(crate) tallies: Tallies,
}

impl RawTable {
    /// A table of zones and the memberships of their atoms; `kinds` are those of the universes.
    pub(crate) fn new(scales: Vec<RawScale>, kinds: &[Kind], tallies: Tallies) -> RawTable {
        let (atoms, atom_counts) = (tallies.atoms(), tallies.counts(kinds));
        RawTable { scales, atoms, universes: kinds.len(), atom_counts, tallies }
    }

    /// A table of zones and of the contributors of each universe at each atom, atom-major.
    #[cfg(any(test, feature = "fixture"))]
    pub(crate) fn of_counts(
        scales: Vec<RawScale>,
        catalogue: &domain::Catalogue,
        counts: &[u32],
    ) -> RawTable {
        let kinds: Vec<Kind> = catalogue.universes().iter().map(|own| own.kind).collect();
        RawTable::new(scales, &kinds, Tallies::of_counts(&kinds, counts))
    }

    /// Contributors of one universe in all.
    pub(crate) fn total(&self, universe: usize) -> u64 {
        let of_atoms = self.atom_counts.chunks(self.universes);
        of_atoms.map(|counts| u64::from(counts[universe])).sum()
    }

    /// Contributors of one universe at one atom.
    pub(crate) fn atom_count(&self, atom: usize, universe: usize) -> u64 {
        u64::from(self.atom_counts[atom * self.universes + universe])
    }
}

/// A zone made of zones of a scale that do not overlap.
pub struct Union {
    pub(crate) zone: Zone,
    /// Sorted.
    pub(crate) atoms: Vec<u32>,
    /// Their places in the scale.
    pub(crate) parts: Vec<usize>,
}

impl RawScale {
    /// The zones that unite zones of this scale, each of which is in one of them, without shapes.
    pub(crate) fn united(&self, mut unions: Vec<Union>, universes: usize) -> RawScale {
        unions.sort_by(|one, other| one.zone.code.cmp(&other.zone.code));
        let columns = self.sums.len() / self.zones.len().max(1);
        let mut scale = RawScale {
            scale: self.scale,
            zones: Vec::with_capacity(unions.len()),
            shapes: vec![Shape::Point(Default::default()); unions.len()],
            atoms: Vec::with_capacity(unions.len()),
            counts: Vec::with_capacity(unions.len() * universes),
            sums: Sums::default(),
        };
        for Union { zone, atoms, parts } in unions {
            let count =
                |universe| parts.iter().map(|&part| self.count(part, universe, universes)).sum();
            scale.counts.extend((0..universes).map(count).collect::<Vec<u64>>());
            // The whole holds these sums, so no addition leaves its range.
            let sum =
                |column| parts.iter().map(|part| self.sums.get(part * columns + column)).sum();
            scale.sums.extend((0..columns).map(sum).collect::<Vec<i64>>());
            scale.zones.push(zone);
            scale.atoms.push(atoms);
        }
        scale
    }

    /// Contributors of one universe in one zone.
    pub(crate) fn count(&self, zone: usize, universe: usize, universes: usize) -> u64 {
        self.counts[zone * universes + universe]
    }
}
