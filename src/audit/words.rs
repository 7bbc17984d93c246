//! What is found, in words that a statistician can follow.

use std::collections::BTreeSet;

use domain::{Catalogue, Scale};

use super::Finding;
use super::combination::Combination;
use super::shown::ShownZone;
use super::system::{Seat, System};
use super::truth::Truth;

/// Cells of a combination that are written out.
const MOST_TERMS: usize = 40;

/// Names zones, universes and classes of one system.
pub struct FindingFormatter<'a> {
    pub zones: &'a [(u32, ShownZone)],
    pub catalogue: &'a Catalogue,
    pub universes: &'a [usize],
    pub truth: &'a Truth,
}

impl FindingFormatter<'_> {
    /// `IRIS 950180104 − QPV QN09503M = 9 ménages (…)`, under the name of its kind.
    pub fn combination(&self, system: &System, found: &Combination, set: &[u32]) -> Finding {
        let mut text = String::new();
        for (at, (cell, coefficient)) in found.terms.iter().enumerate() {
            if at == MOST_TERMS {
                text.push_str(&format!(" … ({} cases en tout)", found.terms.len()));
                break;
            }
            match (at, *coefficient < 0) {
                (0, false) => {}
                (0, true) => text.push('−'),
                (_, false) => text.push_str(" + "),
                (_, true) => text.push_str(" − "),
            }
            if coefficient.abs() != 1 {
                text.push_str(&format!("{} × ", coefficient.abs()));
            }
            text.push_str(&self.cell(system, *cell));
        }
        if found.divisor != 1 {
            text = format!("({text}) / {}", found.divisor);
        }
        let filter = &self.catalogue.universes()[self.universes[0]];
        let words =
            format!("{text} = {} {} (système {})", found.households, filter.members, filter.id);
        let zero = self.deduced_zero(system, set);
        let words = zero.map_or(words.clone(), |child| format!("{words} ; dont aucun « {child} »"));
        Finding::new(self.kind(system, found), words)
    }

    /// A set whose combination could not be written out.
    pub fn unwritten(&self, system: &System, set: &[u32]) -> Finding {
        let classes: Vec<String> = set.iter().map(|class| self.class(system, *class)).collect();
        let words = format!("{} (combinaison longue, non écrite)", classes.join(", "));
        Finding::new("R2, par le rang", words)
    }

    /// A class by its number of households and the smallest published cell it lies in.
    pub fn class(&self, system: &System, class: u32) -> String {
        let cells = (0..).zip(system.cells()).filter(|(_, cell)| cell.classes.contains(&class));
        let smallest = cells.min_by_key(|(_, cell)| cell.classes.len());
        let within = smallest.map_or(String::new(), |(cell, _)| self.cell(system, cell));
        let filter = &self.catalogue.universes()[self.universes[0]];
        format!("{} {} de {within}", system.weights()[class as usize], filter.members)
    }

    fn cell(&self, system: &System, cell: u32) -> String {
        let cell = &system.cells()[cell as usize];
        let zone = &self.zones[cell.zone as usize].1;
        let label = zone.scale.short();
        match self.universes.len() {
            1 => format!("{label} {}", zone.code),
            _ => {
                format!("{label} {} [{}]", zone.code, self.catalogue.universes()[cell.universe].id)
            }
        }
    }

    fn kind(&self, system: &System, found: &Combination) -> &'static str {
        let cells = || found.terms.iter().map(|(cell, _)| &system.cells()[*cell as usize]);
        let universes: BTreeSet<usize> = cells().map(|cell| cell.universe).collect();
        let scale = |zone: u32| self.zones[zone as usize].1.scale;
        let scales: BTreeSet<Scale> = cells().map(|cell| scale(cell.zone)).collect();
        let positive = found.terms.iter().filter(|(_, value)| *value > 0).count();
        let plain = found.terms.iter().all(|(_, value)| value.abs() == 1);
        let nested = positive == 1 && plain && {
            let whole = &system.cells()[found.terms[0].0 as usize].classes;
            let parts = found.terms[1..].iter().map(|(cell, _)| &system.cells()[*cell as usize]);
            let held: Vec<u32> = parts.flat_map(|cell| cell.classes.iter().copied()).collect();
            let distinct: BTreeSet<u32> = held.iter().copied().collect();
            distinct.len() == held.len()
                && held.iter().all(|class| whole.binary_search(class).is_ok())
        };
        match () {
            () if found.divisor != 1 || !plain => "R2, demi-somme",
            () if found.terms.len() == 1 => "R2, case seule",
            () if universes.len() > 1 => "R2, différence de domaines",
            () if nested => "R2, résidu emboîté",
            () if scales.len() > 2 => "R2, chaîne de zonages",
            () => "R2, différence croisée",
        }
    }

    /// A universe that is counted over the filter's cells and has nobody in the exposed set: the
    /// combination says so.
    fn deduced_zero(&self, system: &System, set: &[u32]) -> Option<&str> {
        let filter = self.universes[0];
        let id = &self.catalogue.universes()[filter].id;
        let inside = |own: &&[(Seat, u32)]| own.iter().all(|(_, class)| set.contains(class));
        let atoms: Vec<u32> = system.atoms().filter(inside).map(|own| own[0].0.0).collect();
        let whole: u64 = set.iter().map(|class| system.weights()[*class as usize]).sum();
        let count = |universe: usize| -> u64 {
            atoms.iter().map(|atom| self.truth.count_at(*atom, universe)).sum()
        };
        if count(filter) != whole {
            return None;
        }
        let universes = self.catalogue.universes().iter().enumerate();
        let mut children = universes.filter(|(_, universe)| universe.parents == [id.clone()]);
        children.find(|(at, _)| count(*at) == 0).map(|(_, universe)| universe.id.as_str())
    }
}
