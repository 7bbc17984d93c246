//! The microdata, read again: zones made of atoms, and who is in which universe at every atom.

use std::collections::HashMap;

use domain::{Kind, Scale};

use super::count::{Counting, Definitions, Found, Members, Totals};
use super::source::{self, MadeZone};

/// One zone made of atoms.
pub struct TrueZone {
    pub scale: Scale,
    pub code: String,
    pub communes: String,
    pub atoms: Vec<u32>,
}

/// Everything that the microdata say.
pub struct Truth {
    pub zones: Vec<TrueZone>,
    numbers: HashMap<(Scale, String), u32>,
    kinds: Vec<Kind>,
    dwellings: Members,
    households: Members,
    sums: Sums,
    pub atoms: usize,
}

/// The sums of every indicator, until they are dropped.
#[derive(Default)]
struct Sums {
    /// Numerator and denominator of every indicator, in turn.
    found: Vec<Found>,
    columns: usize,
    totals: Totals,
}

impl Truth {
    /// From a finished count and the zones of every scale.
    pub fn new(
        made: Vec<MadeZone<'_>>,
        definitions: &Definitions,
        counting: Counting<'_>,
    ) -> Truth {
        let zone = |one: MadeZone<'_>| TrueZone {
            communes: source::joined(&one.communes),
            scale: one.scale,
            code: one.code,
            atoms: one.atoms,
        };
        let zones = made.into_iter().map(zone).collect();
        let (dwellings, households, totals) = counting.finish();
        let places = (0..definitions.indicators()).flat_map(|own| [(own, 0), (own, 1)]);
        let found = places.map(|(own, which)| definitions.found(own, which)).collect();
        let mut truth = Truth::of(zones, definitions.kinds().to_vec(), [dwellings, households]);
        truth.sums = Sums { found, columns: definitions.columns(), totals };
        truth
    }

    /// From zones and members, without sums.
    pub(super) fn of(
        zones: Vec<TrueZone>,
        kinds: Vec<Kind>,
        [dwellings, households]: [Members; 2],
    ) -> Truth {
        let places = zones.iter().zip(0..);
        let numbers =
            places.map(|(zone, number)| ((zone.scale, zone.code.clone()), number)).collect();
        let (atoms, sums) = (dwellings.atoms(), Sums::default());
        Truth { zones, numbers, kinds, dwellings, households, sums, atoms }
    }

    pub fn number(&self, scale: Scale, code: &str) -> Option<u32> {
        self.numbers.get(&(scale, code.to_owned())).copied()
    }

    /// The kind of record that each universe counts.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The records of a kind.
    pub fn members(&self, kind: Kind) -> &Members {
        match kind {
            Kind::Logement => &self.dwellings,
            Kind::Menage => &self.households,
        }
    }

    /// Whether no household was counted: an edition without a survey.
    pub fn is_without_survey(&self) -> bool {
        self.households.is_empty()
    }

    /// Contributors of a universe at an atom.
    pub fn count_at(&self, atom: u32, universe: usize) -> u64 {
        let members = self.members(self.kinds[universe]);
        let own = members.at(atom as usize).iter();
        let own = own.filter(|entry| members.masks()[entry.mask as usize] >> universe & 1 == 1);
        own.map(|entry| u64::from(entry.count)).sum()
    }

    /// Contributors of every universe in a zone.
    pub fn counts(&self, zone: u32) -> Vec<u64> {
        let mut total = vec![0; self.kinds.len()];
        for kind in [Kind::Logement, Kind::Menage] {
            let members = self.members(kind);
            let mut of_kind = 0;
            for (universe, _) in self.kinds.iter().enumerate().filter(|own| *own.1 == kind) {
                of_kind |= 1 << universe;
            }
            for atom in &self.zones[zone as usize].atoms {
                for entry in members.at(*atom as usize) {
                    let mut rest = members.masks()[entry.mask as usize] & of_kind;
                    while rest != 0 {
                        total[rest.trailing_zeros() as usize] += u64::from(entry.count);
                        rest &= rest - 1;
                    }
                }
            }
        }
        total
    }

    /// Numerator and denominator of every indicator in a zone, in turn; `counts` are those of the
    /// zone.
    pub fn sums(&self, zone: u32, counts: &[u64]) -> Vec<i128> {
        let Sums { found, columns, totals } = &self.sums;
        let mut columns = vec![0; *columns];
        for atom in &self.zones[zone as usize].atoms {
            totals.add_to(*atom, &mut columns);
        }
        let sum = |own: &Found| match *own {
            Found::Times { factor, universe } => i128::from(factor) * i128::from(counts[universe]),
            Found::Column(column) => columns[column],
        };
        found.iter().map(sum).collect()
    }

    /// Forgets the sums, which only the comparison of figures needs.
    pub fn drop_sums(&mut self) {
        self.sums = Sums::default();
    }
}
