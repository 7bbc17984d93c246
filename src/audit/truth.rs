//! The microdata, read again: zones made of atoms, counts and sums of every atom.

use std::collections::HashMap;

use crate::aggregate::{AtomSums, Plan, Sums};
use crate::domain::{Catalogue, Kind, Scale};
use crate::ingest::ZoneSet;

/// The most domains of one filter.
const MOST_DOMAINS: usize = 6;

/// The catalogue with one universe more for each two or more domains of a filter together, so that
/// a record's domain part is counted as it is read.
pub struct Widened {
    pub catalogue: Catalogue,
    pub systems: Vec<Universes>,
    /// Universes of the edition's own catalogue.
    pub own: usize,
}

/// The universes of one filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Universes {
    /// The filter first, then its domains, in the order of the catalogue.
    pub universes: Vec<usize>,
    /// For each set of domains (bit `i` for domain `i`), the universe of those in all of them.
    together: Vec<usize>,
}

/// Groups the universes by filter, and adds those that count domain parts.
pub fn widen(catalogue: &Catalogue) -> Result<Widened, String> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut of: Vec<usize> = Vec::new();
    for (at, universe) in catalogue.universes().iter().enumerate() {
        let filter = universe.domain_of.as_ref().and_then(|id| catalogue.universe_index(id));
        let group = match filter {
            Some(filter) => of[filter],
            None => {
                groups.push(Vec::new());
                groups.len() - 1
            }
        };
        groups[group].push(at);
        of.push(group);
    }
    let mut document = serde_json::to_value(catalogue).map_err(|error| error.to_string())?;
    let own = catalogue.universes().len();
    let mut next = own;
    let mut systems = Vec::new();
    for group in groups {
        let domains = &group[1..];
        if domains.len() > MOST_DOMAINS {
            return Err(format!("plus de {MOST_DOMAINS} domaines d'un même champ"));
        }
        let mut together = Vec::new();
        for mask in 0..1usize << domains.len() {
            let members: Vec<usize> =
                (0..domains.len()).filter(|bit| mask >> bit & 1 == 1).collect();
            together.push(match members[..] {
                [] => group[0],
                [one] => domains[one],
                _ => {
                    let ids: Vec<&str> = members
                        .iter()
                        .map(|bit| catalogue.universes()[domains[*bit]].id.as_str())
                        .collect();
                    let mut universe =
                        serde_json::to_value(&catalogue.universes()[domains[members[0]]])
                            .map_err(|error| error.to_string())?;
                    universe["id"] = format!("audit_{}_{mask}", group[0]).into();
                    universe["parents"] = ids.into();
                    universe["filter"] = "1".into();
                    if let Some(list) = document["universes"].as_array_mut() {
                        list.push(universe);
                    }
                    next += 1;
                    next - 1
                }
            });
        }
        systems.push(Universes { universes: group, together });
    }
    let text = document.to_string();
    let catalogue = Catalogue::from_json(text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(Widened { catalogue, systems, own })
}

impl Universes {
    /// Households of each domain part at an atom, from the counts of all universes there.
    pub fn parts(&self, counts: &[u32]) -> Vec<u64> {
        let mut parts: Vec<i64> =
            self.together.iter().map(|universe| i64::from(counts[*universe])).collect();
        // From "in at least these domains" to "in exactly these".
        for bit in 0..self.universes.len() - 1 {
            for mask in 0..parts.len() {
                if mask >> bit & 1 == 0 {
                    parts[mask] -= parts[mask | 1 << bit];
                }
            }
        }
        parts.into_iter().map(|part| u64::try_from(part).unwrap_or(0)).collect()
    }
}

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
    universes: usize,
    indicators: usize,
    pub atoms: usize,
    counts: Vec<u32>,
    sums: Sums,
}

impl Truth {
    /// From the sums of a plan over the widened catalogue and the zones of every scale.
    pub fn new(sets: Vec<ZoneSet>, plan: &Plan, sums: AtomSums<'_>) -> Result<Truth, String> {
        let (tallies, sums) = sums.finish().map_err(|error| error.to_string())?;
        let counts = tallies.counts(&plan.kinds());
        let mut zones = Vec::new();
        for set in sets {
            for (zone, atoms) in set.zones.into_iter().zip(set.atoms) {
                let communes: Vec<&str> = zone.communes.iter().map(|code| code.as_str()).collect();
                let (code, communes) = (zone.code.to_string(), communes.join(" "));
                zones.push(TrueZone { scale: set.scale, code, communes, atoms });
            }
        }
        Ok(Truth::of(zones, (plan.universes(), counts), (plan.indicators(), sums)))
    }

    /// From zones, and from counts and sums that are atom-major.
    pub(super) fn of(
        zones: Vec<TrueZone>,
        (universes, counts): (usize, Vec<u32>),
        (indicators, sums): (usize, Sums),
    ) -> Truth {
        let places = zones.iter().zip(0..);
        let numbers =
            places.map(|(zone, number)| ((zone.scale, zone.code.clone()), number)).collect();
        let atoms = counts.len() / universes.max(1);
        Truth { zones, numbers, universes, indicators, atoms, counts, sums }
    }

    pub fn number(&self, scale: Scale, code: &str) -> Option<u32> {
        self.numbers.get(&(scale, code.to_owned())).copied()
    }

    /// Contributors of every universe at an atom.
    pub fn counts_at(&self, atom: usize) -> &[u32] {
        &self.counts[atom * self.universes..][..self.universes]
    }

    /// Contributors of every universe in a zone.
    pub fn counts(&self, zone: u32) -> Vec<u64> {
        let mut total = vec![0; self.universes];
        for atom in &self.zones[zone as usize].atoms {
            let own = self.counts_at(*atom as usize);
            total.iter_mut().zip(own).for_each(|(total, own)| *total += u64::from(*own));
        }
        total
    }

    /// Numerator and denominator of every indicator in a zone, in turn.
    pub fn sums(&self, zone: u32) -> Vec<i128> {
        let columns = self.indicators * 2;
        let mut total = vec![0; columns];
        for atom in &self.zones[zone as usize].atoms {
            let first = *atom as usize * columns;
            for (column, total) in total.iter_mut().enumerate() {
                *total += i128::from(self.sums.get(first + column));
            }
        }
        total
    }

    /// Forgets the sums, which only the comparison of figures needs.
    pub fn drop_sums(&mut self) {
        self.sums = Sums::default();
    }
}

/// The kind of the records of a universe, of which the threshold counts.
pub fn first_survey_universe(catalogue: &Catalogue) -> Option<usize> {
    catalogue.universes().iter().position(|universe| universe.kind == Kind::Menage)
}
