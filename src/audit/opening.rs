//! What the operator opened, as the certificate says, and what that lets an edition show: public data
//! of the register in every zone; restricted data of whole communes under the threshold, each an
//! atom that nothing else divides and that says nothing of households.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::domain::{Catalogue, Kind, Opening, Regime, Scale};

use super::Finding;
use super::shown::ShownZone;
use super::truth::{Truth, Universes, first_survey_universe};

/// What is opened of a catalogue.
#[derive(Clone, Debug, Default)]
pub struct Opened {
    /// Whether the register's own count stands in every zone.
    pub register: bool,
    /// For each indicator, whether it stands in every zone.
    everywhere: Vec<bool>,
    /// For each universe, whether the cell of a whole commune may be under the threshold.
    communes: Vec<bool>,
}

impl Opened {
    pub fn new(open: &BTreeSet<Opening>, catalogue: &Catalogue) -> Opened {
        let universes = catalogue.universes();
        // Only what counts every dwelling of the register is public data, whatever it is called.
        let root = universes.first().filter(|root| root.kind == Kind::Logement);
        let register = open.contains(&Opening::RplsOuvert) && root.is_some();
        let regime_of = |id: &String, regime: Regime| {
            let mut own = catalogue.indicators().iter().filter(|entry| entry.universe == *id);
            own.any(|entry| entry.regime == regime)
        };
        Opened {
            register,
            everywhere: catalogue
                .indicators()
                .iter()
                .map(|entry| {
                    let of_root = root.is_some_and(|root| root.id == entry.universe);
                    register && of_root && entry.regime == Regime::RplsOuvert
                })
                .collect(),
            communes: universes
                .iter()
                .map(|universe| {
                    open.contains(&Opening::Communes)
                        && universe.kind == Kind::Logement
                        && universe.domain_of.is_none()
                        && regime_of(&universe.id, Regime::RplsRestreint)
                })
                .collect(),
        }
    }

    /// Whether an indicator stands in every zone, so that it says of no cell that it is published.
    pub fn is_everywhere(&self, indicator: usize) -> bool {
        self.everywhere.get(indicator).is_some_and(|open| *open)
    }

    /// Whether the cell of a whole commune in this universe may be under the threshold.
    pub fn opens_communes(&self, universe: usize) -> bool {
        self.communes.get(universe).is_some_and(|open| *open)
    }

    /// Whether a count is one of households under a cell that may be an opened commune's: then it
    /// is absent.
    pub fn may_withhold(&self, universe: usize, catalogue: &Catalogue) -> bool {
        catalogue.universes()[universe].kind == Kind::Menage
            && parents(universe, catalogue).any(|parent| self.opens_communes(parent))
    }
}

fn parents(universe: usize, catalogue: &Catalogue) -> impl Iterator<Item = usize> {
    let parents = &catalogue.universes()[universe].parents;
    parents.iter().filter_map(|id| catalogue.universe_index(id))
}

/// Opened cells, as the microdata tell them.
pub struct Communes<'a> {
    opened: &'a Opened,
    truth: &'a Truth,
    threshold: u64,
    surveyed: Option<usize>,
    /// The dwellings of each commune.
    wholes: HashSet<&'a [u32]>,
}

impl<'a> Communes<'a> {
    pub fn new(
        opened: &'a Opened,
        truth: &'a Truth,
        catalogue: &Catalogue,
        threshold: u64,
    ) -> Communes<'a> {
        let communes = truth.zones.iter().filter(|zone| zone.scale == Scale::Commune);
        let wholes = communes.map(|zone| &zone.atoms[..]).filter(|atoms| !atoms.is_empty());
        let surveyed = first_survey_universe(catalogue);
        Communes { opened, truth, threshold, surveyed, wholes: wholes.collect() }
    }

    /// Whether only the opening lets a zone's cell be published: the zone is a whole commune, and
    /// holds too few dwellings of the filter or too few surveyed households. `counts` are those of
    /// the zone.
    pub fn lifts(&self, zone: u32, universe: usize, counts: &[u64]) -> bool {
        let is_few = counts[universe] < self.threshold
            || self.surveyed.is_some_and(|surveyed| counts[surveyed] < self.threshold);
        self.opened.opens_communes(universe)
            && (is_few && counts[universe] > 0)
            && self.wholes.contains(&self.truth.zones[zone as usize].atoms[..])
    }

    /// No count of households stands under an opened cell; every other does where it is due.
    /// `is_whole` says whether the zones are those of an edition, with every column.
    pub fn check_counts(
        &self,
        zones: &[(u32, ShownZone)],
        catalogue: &Catalogue,
        is_whole: bool,
        findings: &mut Vec<Finding>,
    ) {
        let withheld: Vec<usize> = (0..catalogue.universes().len())
            .filter(|universe| self.opened.may_withhold(*universe, catalogue))
            .collect();
        for (number, zone) in zones {
            if withheld.is_empty() || !zone.published.contains(&true) {
                continue;
            }
            let counts = self.truth.counts(*number);
            for &universe in &withheld {
                let is_under =
                    |parent: usize| zone.published[parent] && self.lifts(*number, parent, &counts);
                let is_withheld = parents(universe, catalogue).any(is_under);
                let is_due = parents(universe, catalogue).all(|parent| zone.published[parent]);
                let id = &catalogue.universes()[universe].id;
                let at = format!("{} {}", zone.scale, zone.code);
                if is_withheld && zone.counts[universe].is_some() {
                    findings.push(shown_households(&at, id));
                } else if is_whole && is_due && !is_withheld && zone.counts[universe].is_none() {
                    findings.push(missing(&at, id));
                }
            }
        }
    }

    /// The commune of each atom, for those that are opened under the threshold in a filter.
    fn indivisible(&self, zones: &[(u32, ShownZone)], filter: usize) -> BTreeMap<u32, u32> {
        let mut of_atoms = BTreeMap::new();
        if !self.opened.opens_communes(filter) {
            return of_atoms;
        }
        for (number, _) in zones.iter().filter(|entry| entry.1.published[filter]) {
            let counts = self.truth.counts(*number);
            if counts[filter] < self.threshold && self.lifts(*number, filter, &counts) {
                let atoms = self.truth.zones[*number as usize].atoms.iter();
                of_atoms.extend(atoms.map(|atom| (*atom, *number)));
            }
        }
        of_atoms
    }

    /// The atoms that a filter's system does without: what an opened commune's cell says takes part in
    /// no combination, and nobody is protected in it. No other published cell divides one.
    pub fn taken_out(
        &self,
        zones: &[(u32, ShownZone)],
        own: &Universes,
        catalogue: &Catalogue,
        findings: &mut Vec<Finding>,
    ) -> BTreeSet<u32> {
        let filter = own.universes[0];
        let of_atoms = self.indivisible(zones, filter);
        if of_atoms.is_empty() {
            return BTreeSet::new();
        }
        for (number, zone) in zones {
            for &universe in own.universes.iter().filter(|universe| zone.published[**universe]) {
                let mut held: BTreeMap<u32, u64> = BTreeMap::new();
                for atom in &self.truth.zones[*number as usize].atoms {
                    if let Some(commune) = of_atoms.get(atom) {
                        let count = self.truth.counts_at(*atom as usize)[universe];
                        *held.entry(*commune).or_default() += u64::from(count);
                    }
                }
                for (commune, part) in held {
                    let whole = self.truth.counts(commune)[filter];
                    if (1..whole).contains(&part) {
                        let words = format!(
                            "{} {} [{}] tient {part} des {whole} {} de la commune {}",
                            zone.scale,
                            zone.code,
                            catalogue.universes()[universe].id,
                            catalogue.universes()[filter].members,
                            self.truth.zones[commune as usize].code,
                        );
                        findings.push(Finding::new("Commune ouverte, divisée", words));
                    }
                }
            }
        }
        of_atoms.into_keys().collect()
    }
}

/// A count of households stands under an opened cell.
pub fn shown_households(at: &str, universe: &str) -> Finding {
    let words = format!("{at} : « n_{universe} » sous une case que seule l'ouverture diffuse");
    Finding::new("Commune ouverte, ménages", words)
}

/// A count is not where it is due.
pub fn missing(at: &str, universe: &str) -> Finding {
    let words = format!("{at} : « n_{universe} » manque où son parent est diffusé");
    Finding::new("R9, effectif", words)
}
