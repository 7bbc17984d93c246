//! Whole communes that the operator opens (CCH R411-5).
//!
//! A commune of 1 to 10 dwellings of a filter of the register is then one indivisible atom of that
//! filter's system: its own cell may be published, every cell that holds a part of it is secret, and
//! nobody is protected from what its cell says. A commune of which a domain holds a part is not
//! opened, so that landlords keep the cells of theirs.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::aggregate::RawTable;
use crate::domain::{Catalogue, Kind, Opening, Regime, Scale, Universe};

use super::lattice::Cell;
use super::places::Places;
use super::rules::Rules;
use super::system::Rows;

/// The communes that may be opened.
pub(super) struct Communes {
    /// The places of communes that have dwellings; none where nothing is opened.
    places: BTreeSet<u32>,
    /// The filters of the register that are opened.
    filters: BTreeSet<usize>,
    /// Cells that stay closed: opening them would cost others more.
    closed: BTreeSet<Cell>,
    of_atoms: Rows,
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
            let (places, filters) = (BTreeSet::new(), BTreeSet::new());
            return Communes { places, filters, closed, of_atoms: Rows::from_iter([[]; 0]) };
        }
        let universes = catalogue.universes().iter().enumerate();
        let filters = universes
            .filter(|(_, universe)| opens(universe, catalogue))
            .map(|(index, _)| index)
            .collect();
        let communes =
            raw.scales.iter().enumerate().filter(|entry| entry.1.scale == Scale::Commune);
        let places_of = communes
            .flat_map(|(index, scale)| {
                (0..scale.zones.len()).filter_map(move |zone| places.of(index, zone))
            })
            .collect();
        Communes { places: places_of, filters, closed, of_atoms: places.of_atoms(raw) }
    }

    /// Keeps cells closed from now on.
    pub(super) fn close(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.closed.extend(cells);
    }

    /// Whether a cell stays closed.
    pub(super) fn is_closed(&self, cell: Cell) -> bool {
        self.closed.contains(&cell)
    }

    /// The places of communes in an opened filter; none in another.
    pub(super) fn places(&self, filter: usize) -> impl Iterator<Item = u32> + '_ {
        let is_opened = self.filters.contains(&filter);
        self.places.iter().copied().filter(move |_| is_opened)
    }

    /// The cells, as universe and place, that hold a part of a commune and not the whole of it.
    /// `universes` are the filter and its domains.
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

/// Whether whole communes open in a universe: a filter of the register (no domain) that carries
/// restricted indicators.
fn opens(universe: &Universe, catalogue: &Catalogue) -> bool {
    let restricted = Regime::RplsRestreint;
    let mut own = catalogue.indicators().iter().filter(|entry| entry.universe == universe.id);
    universe.kind == Kind::Logement
        && universe.domain_of.is_none()
        && own.any(|indicator| indicator.regime == restricted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_communes_open_in_the_filters_of_the_register_alone() {
        let catalogue = Catalogue::built_in();
        let opened = catalogue.universes().iter().filter(|universe| opens(universe, &catalogue));
        let opened: Vec<&str> = opened.map(|universe| universe.id.as_str()).collect();
        assert_eq!(opened, ["logements", "loyers"]);
    }
}
