//! Memberships, counted: how many dwellings, and how many households, of each atom belong to exactly
//! which universes. What every count of the edition is made of.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::Kind;

/// The universes of a record: bit `u` for the universe `u` of the catalogue. A household's are its own
/// and those of its dwelling.
pub type Membership = u128;

/// Parts of a counting that threads fill without waiting for one another.
const SHARDS: usize = 64;

/// For each atom, its memberships with the number of records that have each.
pub struct Tallies {
    dwellings: MembershipCounts,
    households: MembershipCounts,
}

/// For each atom its memberships with their records, in compressed sparse rows.
struct MembershipCounts {
    starts: Vec<u32>,
    entries: Vec<(Membership, u32)>,
}

impl Tallies {
    /// From atoms, memberships and numbers of records, in any order; each pair once.
    pub fn new(
        atoms: usize,
        dwellings: Vec<(u32, Membership, u32)>,
        households: Vec<(u32, Membership, u32)>,
    ) -> Tallies {
        Tallies {
            dwellings: MembershipCounts::new(atoms, dwellings),
            households: MembershipCounts::new(atoms, households),
        }
    }

    /// Memberships that give these contributors of each universe at each atom, atom-major: the first
    /// so many records of an atom belong to each universe of their kind.
    #[cfg(any(test, feature = "fixture"))]
    pub(crate) fn of_counts(kinds: &[Kind], counts: &[u32]) -> Tallies {
        let (mut dwellings, mut households) = (Vec::new(), Vec::new());
        for (atom, counts) in counts.chunks(kinds.len()).enumerate() {
            let mut starts = [0].into_iter().chain(counts.iter().copied()).collect::<Vec<u32>>();
            starts.sort_unstable();
            starts.dedup();
            for step in starts.windows(2) {
                let holds = |kind: Option<Kind>| -> Membership {
                    let own = counts.iter().zip(kinds).enumerate();
                    own.filter(|(_, (count, of))| {
                        **count > step[0] && kind.is_none_or(|kind| kind == **of)
                    })
                    .map(|(universe, _)| 1 << universe)
                    .sum()
                };
                let (all, dwelling) = (holds(None), holds(Some(Kind::Logement)));
                let records = step[1] - step[0];
                if dwelling != 0 {
                    dwellings.push((atom as u32, dwelling, records));
                }
                if all != dwelling {
                    households.push((atom as u32, all, records));
                }
            }
        }
        Tallies::new(counts.len() / kinds.len(), dwellings, households)
    }

    /// Number of atoms.
    pub(crate) fn atoms(&self) -> usize {
        self.dwellings.starts.len() - 1
    }

    /// The memberships of an atom's records of one kind, each once.
    pub(crate) fn of(&self, atom: usize, kind: Kind) -> &[(Membership, u32)] {
        let rows = if kind == Kind::Logement { &self.dwellings } else { &self.households };
        &rows.entries[rows.starts[atom] as usize..rows.starts[atom + 1] as usize]
    }

    /// Contributors of each universe at each atom, atom-major. `kinds` are those of the universes.
    pub(crate) fn counts(&self, kinds: &[Kind]) -> Vec<u32> {
        let mut counts = vec![0; self.atoms() * kinds.len()];
        for (atom, counts) in counts.chunks_mut(kinds.len().max(1)).enumerate() {
            for kind in [Kind::Logement, Kind::Menage] {
                for (membership, records) in self.of(atom, kind) {
                    for (universe, count) in counts.iter_mut().enumerate() {
                        if kinds[universe] == kind && membership >> universe & 1 == 1 {
                            *count += records;
                        }
                    }
                }
            }
        }
        counts
    }
}

impl MembershipCounts {
    fn new(atoms: usize, mut list: Vec<(u32, Membership, u32)>) -> MembershipCounts {
        list.sort_unstable();
        let mut starts = vec![0u32; atoms + 1];
        for (atom, _, _) in &list {
            starts[*atom as usize + 1] += 1;
        }
        for atom in 0..atoms {
            starts[atom + 1] += starts[atom];
        }
        MembershipCounts {
            starts,
            entries: list.into_iter().map(|(_, own, count)| (own, count)).collect(),
        }
    }
}

/// Memberships being counted, from all threads at once.
pub(super) struct Counting {
    shards: Vec<Mutex<Shard>>,
}

/// The records of each kind, atom and membership.
type Shard = HashMap<(Kind, u32, Membership), u32, foldhash::fast::FixedState>;

impl Counting {
    pub(super) fn new() -> Counting {
        Counting { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    /// Adds one record.
    pub(super) fn add(&self, kind: Kind, atom: u32, membership: Membership) {
        let shard = &self.shards[atom as usize % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        *shard.entry((kind, atom, membership)).or_default() += 1;
    }

    pub(super) fn finish(self, atoms: usize) -> Tallies {
        let (mut dwellings, mut households) = (Vec::new(), Vec::new());
        for shard in self.shards {
            let shard = shard.into_inner().unwrap_or_else(PoisonError::into_inner);
            for ((kind, atom, membership), records) in shard {
                let list = if kind == Kind::Logement { &mut dwellings } else { &mut households };
                list.push((atom, membership, records));
            }
        }
        Tallies::new(atoms, dwellings, households)
    }
}
