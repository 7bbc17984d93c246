//! From sums per atom to sums per zone, at every scale.

use rayon::prelude::*;

use domain::{Fault, HasFault, Kind, Scale};
use ingest::ZoneSet;

use super::packed_sums::Sums;
use super::raw::{RawScale, RawTable};
use super::sums::Overflow;
use super::tallies::Tallies;

/// Zones whose sums one thread makes at a time.
const TOGETHER: usize = 256;

/// Two scales that must hold the same dwellings do not.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum BadTotals {
    #[error(transparent)]
    Overflow(#[from] Overflow),
    #[error(
        "les totaux ne se referment pas : la zone {code} de l'échelle {scale} ne contient pas \
         exactement ses communes ; vérifier la table des EPCI et les contours"
    )]
    Open { scale: Scale, code: String },
}

impl HasFault for BadTotals {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

/// Sums the atoms of every zone. `kinds` are those of the universes; `sums` are atom-major, twice so
/// many as there are indicators.
pub fn sum_zones(
    sets: Vec<ZoneSet>,
    tallies: Tallies,
    sums: &Sums,
    kinds: &[Kind],
    indicators: usize,
) -> Result<RawTable, BadTotals> {
    let (columns, universes) = (indicators * 2, kinds.len());
    let mut table = RawTable::new(Vec::new(), kinds, tallies);
    let counts = &table.atom_counts;
    let mut scales = Vec::with_capacity(sets.len());
    for ZoneSet { scale, zones, shapes, atoms } in sets {
        let zone_counts = atoms
            .par_iter()
            .flat_map_iter(|atoms| {
                let mut total = vec![0u64; universes];
                for &atom in atoms {
                    let own = &counts[atom as usize * universes..][..universes];
                    total.iter_mut().zip(own).for_each(|(total, own)| *total += u64::from(*own));
                }
                total
            })
            .collect();
        let parts: Option<Vec<Sums>> = atoms
            .par_chunks(TOGETHER)
            .map(|zones| {
                let mut part = Sums::default();
                let mut total = vec![0i64; columns];
                for atoms in zones {
                    total.fill(0);
                    for &atom in atoms {
                        sums.add_to(atom as usize * columns, &mut total)?;
                    }
                    part.extend(total.iter().copied());
                }
                Some(part)
            })
            .collect();
        let mut sums = Sums::default();
        for part in parts.ok_or(Overflow)? {
            sums.append(part);
        }
        scales.push(RawScale { scale, zones, shapes, atoms, counts: zone_counts, sums });
    }
    table.scales = scales;
    check_totals(&table)?;
    Ok(table)
}

/// Σ communes = Σ départements = Σ régions = France, for every universe: each zone above the
/// communes holds whole communes, and none is counted twice.
fn check_totals(table: &RawTable) -> Result<(), BadTotals> {
    let of = |scale: Scale| table.scales.iter().find(|entry| entry.scale == scale);
    let Some(communes) = of(Scale::COMMUNE) else { return Ok(()) };
    let mut commune_of = vec![None; table.atoms];
    for (index, atoms) in communes.atoms.iter().enumerate() {
        for &atom in atoms {
            commune_of[atom as usize] = Some(index);
        }
    }
    for entry in table.scales.iter().filter(|entry| entry.scale.group().is_some()) {
        let scale = entry.scale;
        for (zone, atoms) in entry.atoms.iter().enumerate() {
            let open = || BadTotals::Open { scale, code: entry.zones[zone].code.to_string() };
            let mut inside: Vec<usize> =
                atoms.iter().filter_map(|&atom| commune_of[atom as usize]).collect();
            inside.sort_unstable();
            inside.dedup();
            for universe in 0..table.universes {
                let whole = entry.count(zone, universe, table.universes);
                let parts: u64 =
                    inside.iter().map(|&at| communes.count(at, universe, table.universes)).sum();
                if whole != parts {
                    return Err(open());
                }
            }
        }
    }
    for entry in table.scales.iter().filter(|entry| entry.scale.is_complete()) {
        let scale = entry.scale;
        let held: usize = entry.atoms.iter().map(Vec::len).sum();
        if held != table.atoms {
            return Err(BadTotals::Open { scale, code: "FR".into() });
        }
    }
    Ok(())
}
