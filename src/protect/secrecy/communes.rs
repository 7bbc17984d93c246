//! Whole communes that the operator opens (CCH R411-5).
//!
//! A commune of 1 to 10 dwellings of a filter of the register is then one indivisible atom of that
//! filter's items: its own cell may be published, every cell that holds a part of it is secret, and
//! nobody is protected from what its cell says. A commune of which a domain holds a part is not
//! opened, so that landlords keep the cells of theirs. Nothing is opened of households: what counts
//! them is protected as if the commune were closed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::aggregate::RawTable;
use domain::{Catalogue, Kind, Opening, Regime, Scale, Universe};

use super::lattice::Cell;
use super::places::Places;
use super::rules::Rules;
use super::system::Incidence;

/// The communes that may be opened.
pub(super) struct Communes {
    /// The places of communes that have dwellings; none where nothing is opened.
    places: BTreeSet<u32>,
    /// The universes that are opened: filters of the register with restricted items, and those above
    /// them, without which their cells are not published (R9).
    opened: BTreeSet<usize>,
    /// For each universe, those of its filter and eligibility that carry items of the register, the
    /// widest first: an item stands on no others.
    layers: Vec<Vec<usize>>,
    /// Cells that stay closed: opening them would cost others more.
    closed: BTreeSet<Cell>,
    of_atoms: Incidence,
}

impl Communes {
    /// Every commune of a table, if the rules open them.
    pub(super) fn new(
        raw: &RawTable,
        catalogue: &Catalogue,
        rules: &Rules,
        places: &Places,
    ) -> Communes {
        let closed = BTreeSet::new();
        if !rules.open().contains(&Opening::Communes) {
            return Communes::none();
        }
        let communes =
            raw.scales.iter().enumerate().filter(|entry| entry.1.scale == Scale::COMMUNE);
        let places_of = communes
            .flat_map(|(index, scale)| {
                (0..scale.zones.len()).filter_map(move |zone| places.of(index, zone))
            })
            .collect();
        Communes {
            places: places_of,
            opened: opened(catalogue),
            layers: layers(catalogue),
            closed,
            of_atoms: places.of_atoms(raw),
        }
    }

    /// No commune is opened.
    pub(super) fn none() -> Communes {
        let (places, opened, layers) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        let of_atoms = Incidence::from_iter([[]; 0]);
        Communes { places, opened, layers, closed: BTreeSet::new(), of_atoms }
    }

    /// Keeps cells closed from now on.
    pub(super) fn close(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.closed.extend(cells);
    }

    /// Whether a cell stays closed.
    pub(super) fn is_closed(&self, cell: Cell) -> bool {
        self.closed.contains(&cell)
    }

    /// The places of communes in an opened universe; none in another.
    pub(super) fn places(&self, universe: usize) -> impl Iterator<Item = u32> + '_ {
        let is_opened = self.opened.contains(&universe);
        self.places.iter().copied().filter(move |_| is_opened)
    }

    /// The universes of a universe's filter and eligibility that carry items of the register.
    pub(super) fn layer(&self, universe: usize) -> &[usize] {
        self.layers.get(universe).map_or(&[], |layer| layer)
    }

    /// The cells, as universe and place, that hold a part of a commune and not the whole of it.
    /// `universes` are those of its layer.
    pub(super) fn cutters(
        &self,
        raw: &RawTable,
        places: &Places,
        universes: &[usize],
        commune: u32,
    ) -> HashSet<(usize, u32)> {
        let mut held: BTreeMap<(usize, u32), u64> = BTreeMap::new();
        for &atom in places.atoms(raw, commune) {
            for &universe in universes {
                let count = raw.atom_count(atom as usize, universe);
                for &place in self.of_atoms.row(atom) {
                    *held.entry((universe, place)).or_default() += count;
                }
            }
        }
        let whole = places.count(raw, commune, universes[0]);
        let is_part = |count: &u64| (1..whole).contains(count);
        held.into_iter().filter(|(_, count)| is_part(count)).map(|(cell, _)| cell).collect()
    }
}

/// The universes in which whole communes open.
pub(super) fn opened(catalogue: &Catalogue) -> BTreeSet<usize> {
    let universes = catalogue.universes();
    let mut opened = BTreeSet::new();
    for (own, universe) in universes.iter().enumerate().rev() {
        if opened.contains(&own) || opens(universe, catalogue) {
            opened.insert(own);
            opened.extend(catalogue.parents(own));
        }
    }
    opened
}

/// Whether whole communes open in a universe for its own sake: a filter of the register (no domain)
/// that carries restricted indicators.
fn opens(universe: &Universe, catalogue: &Catalogue) -> bool {
    let restricted = Regime::RplsRestreint;
    let mut own = catalogue.indicators().iter().filter(|entry| entry.universe == universe.id);
    universe.kind == Kind::Logement
        && universe.domain_of.is_none()
        && own.any(|indicator| indicator.regime == restricted)
}

/// For each universe, those of its filter and eligibility that carry items of the register:
/// indicators, or the count of another universe of dwellings.
fn layers(catalogue: &Catalogue) -> Vec<Vec<usize>> {
    let universes = catalogue.universes();
    let carries = |own: usize| {
        let id = &universes[own].id;
        let is_above =
            |other: &Universe| other.kind == Kind::Logement && other.parents.contains(id);
        catalogue.indicators().iter().any(|entry| entry.universe == *id)
            || universes.iter().any(is_above)
    };
    let layer = |own: usize| -> Vec<usize> {
        let is_beside = |other: &usize| {
            universes[*other].kind == Kind::Logement
                && catalogue.filter_of(*other) == catalogue.filter_of(own)
                && universes[*other].eligible == universes[own].eligible
                && carries(*other)
        };
        (0..universes.len()).filter(is_beside).collect()
    };
    (0..universes.len()).map(layer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_communes_open_in_the_filters_of_the_register_and_above_them_alone() {
        let catalogue = Catalogue::built_in();
        let id = |index: &usize| catalogue.universes()[*index].id.as_str();
        let opened = opened(&catalogue);
        let opened: Vec<&str> = opened.iter().map(id).collect();
        assert_eq!(
            opened,
            [
                "logements",
                "contingents",
                "logements_en_service",
                "vacance",
                "logements_deux_ans",
                "mobilite",
                "logements_surface",
                "loyers"
            ]
        );
        let layers = layers(&catalogue);
        let layer: Vec<&str> = layers[0].iter().map(id).collect();
        assert_eq!(layer, ["logements", "logements_no"]);
    }
}
