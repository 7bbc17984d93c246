//! Opened communes, as the microdata tell them: which cells only the opening lets out, and what the
//! systems are with and without them.
//!
//! A system with such cells is looked at twice. Figures of households stand on its other cells
//! alone, and there everybody is protected, the commune's own too: the first layer. Figures of the
//! register stand on the opened cells as well: in the second layer each opened commune is an atom
//! that nothing else divides, of which nobody is protected.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::{Catalogue, Scale};

use super::Finding;
use super::membership::{Cells, Layer};
use super::opening::{Opened, carry_households, missing, of_the_register, shown_households};
use super::parts::Parts;
use super::shown::ShownZone;
use super::truth::Truth;

/// What is opened of the audited zones.
pub struct Communes<'a> {
    opened: &'a Opened,
    truth: &'a Truth,
    catalogue: &'a Catalogue,
    threshold: u64,
    zones: &'a [(u32, ShownZone)],
    lifted: Cells,
}

impl<'a> Communes<'a> {
    pub fn new(
        opened: &'a Opened,
        (truth, catalogue): (&'a Truth, &'a Catalogue),
        threshold: u64,
        zones: &'a [(u32, ShownZone)],
    ) -> Communes<'a> {
        let lifted = Cells::new();
        let mut communes = Communes { opened, truth, catalogue, threshold, zones, lifted };
        communes.lifted = communes.find();
        communes
    }

    /// The published cells that only the opening lets out: the zone has the dwellings of a commune,
    /// and too few of the universe, or too few surveyed households; an eligible part is whole there.
    fn find(&self) -> Cells {
        let universes: Vec<usize> = (0..self.catalogue.universes().len())
            .filter(|universe| self.opened.opens_communes(*universe))
            .collect();
        let communes = self.truth.zones.iter().filter(|zone| zone.scale == Scale::COMMUNE);
        let wholes = communes.map(|zone| &zone.atoms[..]).filter(|atoms| !atoms.is_empty());
        let wholes: HashSet<&[u32]> = match universes.is_empty() {
            true => HashSet::new(),
            false => wholes.collect(),
        };
        let surveyed = self.catalogue.surveyed();
        let mut lifted = Cells::new();
        for ((number, zone), place) in self.zones.iter().zip(0..) {
            let mut own = universes.iter().filter(|own| zone.published[**own]).peekable();
            let is_whole = || wholes.contains(&self.truth.zones[*number as usize].atoms[..]);
            if own.peek().is_none() || !is_whole() {
                continue;
            }
            let counts = self.truth.counts(*number);
            let few_surveyed =
                surveyed.is_some_and(|own| (1..self.threshold).contains(&counts[own]));
            for &universe in own {
                let count = counts[universe];
                let is_few = count < self.threshold || few_surveyed;
                if is_few && count > 0 && count == counts[self.widest(universe)] {
                    lifted.insert((place, universe));
                }
            }
        }
        lifted
    }

    /// The widest universe of a universe's filter and eligibility.
    fn widest(&self, universe: usize) -> usize {
        let all = self.catalogue.universes();
        let is_beside = |other: &usize| {
            self.catalogue.filter_of(*other) == self.catalogue.filter_of(universe)
                && all[*other].eligible == all[universe].eligible
        };
        (0..all.len()).find(is_beside).unwrap_or(universe)
    }

    /// Whether only the opening lets out the cell of a zone, by its place.
    pub fn lifts(&self, place: u32, universe: usize) -> bool {
        self.lifted.contains(&(place, universe))
    }

    /// Whether some cell of a system is only let out by the opening.
    pub fn opens(&self, universes: &[usize]) -> bool {
        self.lifted.iter().any(|cell| universes.contains(&cell.1))
    }

    /// No count of households stands under an opened cell; every other does where it is due.
    /// `is_whole` says whether the zones are those of an edition, with every column.
    pub fn check_counts(&self, is_whole: bool, findings: &mut Vec<Finding>) {
        let withheld: Vec<usize> = (0..self.catalogue.universes().len())
            .filter(|universe| self.opened.may_withhold(*universe, self.catalogue))
            .collect();
        for ((_, zone), place) in self.zones.iter().zip(0..) {
            for &universe in &withheld {
                let own = &self.catalogue.universes()[universe];
                let above = || self.catalogue.needed(universe).iter().copied();
                let is_withheld = above().any(|above| self.lifts(place, above));
                let is_due =
                    above().all(|above| zone.published[above]) && own.is_offered(zone.scale);
                let at = format!("{} {}", zone.scale, zone.code);
                if is_withheld && zone.counts[universe].is_some() {
                    findings.push(shown_households(&at, &own.id));
                } else if is_whole && is_due && !is_withheld && zone.counts[universe].is_none() {
                    findings.push(missing(&at, &own.id));
                }
            }
        }
    }

    /// The layers of a system.
    pub fn layers(&self, universes: &[usize], findings: &mut Vec<Finding>) -> Vec<Layer> {
        let lifted = self.lifted.iter().filter(|cell| universes.contains(&cell.1));
        let lifted: Cells = lifted.copied().collect();
        let mut layers = Vec::new();
        if lifted.is_empty() {
            layers.push(Layer { universes: universes.to_vec(), ..Layer::default() });
            return layers;
        }
        if carry_households(universes, self.catalogue) {
            let universes = universes.to_vec();
            layers.push(Layer { universes, without: lifted.clone(), ..Layer::default() });
        }
        let register = of_the_register(self.catalogue);
        // An item of the register stands on universes of one eligibility.
        let own = universes.iter().copied().filter(|own| register[*own]);
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        own.for_each(|own| groups.entry(self.widest(own)).or_default().push(own));
        for universes in groups.into_values() {
            if lifted.iter().any(|cell| universes.contains(&cell.1)) {
                let outside = self.outside(&universes, &lifted, findings);
                layers.push(Layer { universes, outside, is_opened: true, ..Layer::default() });
            }
        }
        layers
    }

    /// For each atom of a commune that is opened under the threshold, the universes in which it is.
    /// No other published cell holds a part of one.
    fn outside(
        &self,
        universes: &[usize],
        lifted: &Cells,
        findings: &mut Vec<Finding>,
    ) -> HashMap<u32, u32> {
        let bits = |universe: usize| universes.iter().position(|own| *own == universe);
        let atoms = |place: u32| &self.truth.zones[self.zones[place as usize].0 as usize].atoms;
        // Twins are one commune, which stands for them where it is among them.
        let turn = |place: u32| (self.zones[place as usize].1.scale != Scale::COMMUNE, place);
        let mut communes: BTreeMap<(&[u32], usize), u32> = BTreeMap::new();
        for &(place, universe) in lifted.iter().filter(|(_, own)| universes.contains(own)) {
            let count: u64 =
                atoms(place).iter().map(|atom| self.truth.count_at(*atom, universe)).sum();
            if count < self.threshold
                && let Some(bit) = bits(universe)
            {
                let known = communes.entry((&atoms(place)[..], bit)).or_insert(place);
                if turn(place) < turn(*known) {
                    *known = place;
                }
            }
        }
        let mut outside: HashMap<u32, u32> = HashMap::new();
        let mut of_atom: HashMap<u32, Vec<(u32, usize)>> = HashMap::new();
        for ((atoms, bit), place) in &communes {
            for atom in *atoms {
                *outside.entry(*atom).or_default() |= 1 << bit;
                of_atom.entry(*atom).or_default().push((*place, *bit));
            }
        }
        if !outside.is_empty() {
            self.divided(universes, &of_atom, findings);
        }
        outside
    }

    fn divided(
        &self,
        universes: &[usize],
        of_atom: &HashMap<u32, Vec<(u32, usize)>>,
        findings: &mut Vec<Finding>,
    ) {
        let parts = Parts::new(self.truth, universes);
        let in_both = |atom: u32, one: usize, two: usize| -> u64 {
            let own = parts.at(atom as usize).iter();
            own.filter(|(mask, _)| mask >> one & mask >> two & 1 == 1).map(|(_, n)| n).sum()
        };
        let mut wholes: BTreeMap<(u32, usize), u64> = BTreeMap::new();
        for (atom, communes) in of_atom {
            for (commune, bit) in communes {
                *wholes.entry((*commune, *bit)).or_default() += in_both(*atom, *bit, *bit);
            }
        }
        let mut said: BTreeSet<(u32, usize, u32)> = BTreeSet::new();
        for ((number, zone), place) in self.zones.iter().zip(0u32..) {
            let held = universes.iter().enumerate().filter(|(_, own)| zone.published[**own]);
            for (bit, universe) in held {
                let mut parts: BTreeMap<(u32, usize), u64> = BTreeMap::new();
                for atom in &self.truth.zones[*number as usize].atoms {
                    for (commune, own) in of_atom.get(atom).map_or(&[][..], Vec::as_slice) {
                        *parts.entry((*commune, *own)).or_default() += in_both(*atom, *own, bit);
                    }
                }
                for ((commune, own), part) in parts {
                    let whole = wholes[&(commune, own)];
                    if !(1..whole).contains(&part) || !said.insert((place, bit, commune)) {
                        continue;
                    }
                    let words = format!(
                        "{} {} [{}] tient {part} des {whole} {} de la commune {}",
                        zone.scale,
                        zone.code,
                        self.catalogue.universes()[*universe].id,
                        self.catalogue.universes()[universes[own]].members,
                        self.zones[commune as usize].1.code,
                    );
                    findings.push(Finding::new("Commune ouverte, divisée", words));
                }
            }
        }
    }
}
