//! The universes of one linear system, and the parts that its members fall into at each atom.
//!
//! A part is a set of universes of the system, bit `i` for the `i`-th, and who is in exactly those.
//! Where a system has universes of dwellings and of households, a dwelling and its household are one
//! unit: the household's part says both.

use std::collections::HashMap;

use domain::Kind;

use super::count::{Mask, Members};
use super::truth::Truth;

/// The parts of every atom.
#[derive(Debug, Default)]
pub struct Parts {
    starts: Vec<usize>,
    parts: Vec<(u32, u64)>,
}

impl Parts {
    /// Those of a system with these universes; one has at most 32.
    pub fn new(truth: &Truth, universes: &[usize]) -> Parts {
        let projected = |kind: Kind| -> Vec<u32> {
            let bits = |mask: &Mask| project(*mask, universes);
            truth.members(kind).masks().iter().map(bits).collect()
        };
        let of_kind = |kind: Kind| -> u32 {
            let own = universes.iter().zip(0..).filter(|(own, _)| truth.kinds()[**own] == kind);
            own.fold(0, |all, (_, bit)| all | 1 << bit)
        };
        let (dwellings, households) = (of_kind(Kind::Logement), of_kind(Kind::Menage));
        let of_dwellings = projected(Kind::Logement);
        let of_households = projected(Kind::Menage);
        let mut all = Parts { starts: vec![0], parts: Vec::new() };
        let mut own: HashMap<u32, i64> = HashMap::new();
        for atom in 0..truth.atoms {
            own.clear();
            if dwellings != 0 {
                add(&mut own, truth.members(Kind::Logement), atom, |mask| {
                    [(of_dwellings[mask] & dwellings, 1), (0, 0)]
                });
            }
            if households != 0 {
                add(&mut own, truth.members(Kind::Menage), atom, |mask| {
                    let part = of_households[mask];
                    // The dwelling of a household in the system is that household.
                    match part & households {
                        0 => [(0, 0), (0, 0)],
                        _ => [(part, 1), (part & dwellings, -1)],
                    }
                });
            }
            let first = all.parts.len();
            let held = own.iter().filter(|(part, count)| **part != 0 && **count > 0);
            all.parts.extend(held.map(|(part, count)| (*part, count.unsigned_abs())));
            all.parts[first..].sort_unstable();
            all.starts.push(all.parts.len());
        }
        all.parts.shrink_to_fit();
        all
    }

    /// The parts of an atom with somebody in them, by their universes, and how many.
    pub fn at(&self, atom: usize) -> &[(u32, u64)] {
        &self.parts[self.starts[atom]..self.starts[atom + 1]]
    }
}

fn add(
    own: &mut HashMap<u32, i64>,
    members: &Members,
    atom: usize,
    parts: impl Fn(usize) -> [(u32, i64); 2],
) {
    for entry in members.at(atom) {
        for (part, sign) in parts(entry.mask as usize) {
            if part != 0 && sign != 0 {
                *own.entry(part).or_default() += sign * i64::from(entry.count);
            }
        }
    }
}

/// The bits of these universes, in their order.
fn project(mask: Mask, universes: &[usize]) -> u32 {
    let bits = universes.iter().zip(0..);
    bits.fold(0, |all, (universe, bit)| all | ((mask >> universe & 1) as u32) << bit)
}
