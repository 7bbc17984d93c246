//! What published groups of addresses leave of a published carreau: its *rest*.
//!
//! Where R2 holds, the vector of a published zone less those of published zones inside it that do not
//! overlap lies in the span of the published cells; so it is empty or safe, and publishing it adds
//! nothing (R4). With its rest a published carreau is shown whole. Groups that are secret inside it are
//! no zones any more: the rest takes their place.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use domain::{Catalogue, Scale};
use ingest::Units;

use crate::aggregate::{RawScale, RawTable, Union};

use super::published::CellState;

/// The scale of groups as it is published: groups, and rests in the place of some.
pub(super) struct Tiling {
    pub scale: RawScale,
    /// Zone-major, one per universe.
    pub states: Vec<CellState>,
}

/// The groups of one carreau.
#[derive(Default)]
struct Carreau {
    shown: Vec<usize>,
    hidden: Vec<usize>,
}

/// Some groups that are one zone in the end.
struct Rest {
    union: Union,
    states: Vec<CellState>,
}

/// The groups of a table and the rests of its published carreaux; nothing without groups.
///
/// # Proof definition
/// A universe of a rest is published only if that of its carreau is, and that of every published group of
/// this carreau that holds somebody of it, and those that R9 asks for. A rest with the dwellings of a
/// zone has the states of that zone (R3).
pub(super) fn tile(
    raw: &RawTable,
    units: &Units,
    catalogue: &Catalogue,
    threshold: u64,
    state: &(dyn Fn(usize, usize, usize) -> CellState + Sync),
) -> Option<Tiling> {
    let rank = |scale: Scale| raw.scales.iter().position(|entry| entry.scale == scale);
    let (groups, squares) = (rank(Scale::GRAPPE)?, rank(Scale::CARREAU)?);
    let table = Table { raw, units, catalogue, threshold, groups, squares, state };
    let mut rests = table.rests();
    table.take_twins(&mut rests);
    Some(table.tiled(rests))
}

struct Table<'a> {
    raw: &'a RawTable,
    units: &'a Units,
    catalogue: &'a Catalogue,
    threshold: u64,
    /// The ranks of the scales of groups and of carreaux.
    groups: usize,
    squares: usize,
    state: &'a (dyn Fn(usize, usize, usize) -> CellState + Sync),
}

impl Table<'_> {
    fn is_published(&self, scale: usize, zone: usize, universe: usize) -> bool {
        (self.state)(scale, zone, universe) == CellState::Published
    }

    /// By carreau, the groups that lie in it alone.
    fn carreaux(&self) -> BTreeMap<usize, Carreau> {
        let of_atom: HashMap<u32, usize> = self.units.addresses().collect();
        let respondents = self.catalogue.secret_universe();
        let mut carreaux: BTreeMap<usize, Carreau> = BTreeMap::new();
        for (group, atoms) in self.raw.scales[self.groups].atoms.iter().enumerate() {
            let mut own = atoms.iter().filter_map(|atom| of_atom.get(atom).copied());
            let Some(first) = own.next() else { continue };
            if own.all(|other| other == first) {
                let carreau = carreaux.entry(first).or_default();
                match self.is_published(self.groups, group, respondents) {
                    true => carreau.shown.push(group),
                    false => carreau.hidden.push(group),
                }
            }
        }
        carreaux
    }

    fn rests(&self) -> Vec<Rest> {
        let (groups, squares) = (&self.raw.scales[self.groups], &self.raw.scales[self.squares]);
        let respondents = self.catalogue.secret_universe();
        let universes = self.raw.universes;
        let mut rests = Vec::new();
        for (carreau, Carreau { shown, hidden }) in self.carreaux() {
            let code = self.units.carreau_code(carreau);
            let Ok(square) = squares.zones.binary_search_by(|zone| zone.code.cmp(code)) else {
                continue;
            };
            let held = |universe: usize| -> u64 {
                hidden.iter().map(|&group| groups.count(group, universe, universes)).sum()
            };
            let all: usize =
                shown.iter().chain(&hidden).map(|&group| groups.atoms[group].len()).sum();
            // One group alone stays what it is; groups that reach beyond it leave no rest.
            let is_due = hidden.len() > 1
                && all == squares.atoms[square].len()
                && held(respondents) >= self.threshold
                && self.is_published(self.squares, square, respondents);
            if !is_due {
                continue;
            }
            let mut states = vec![CellState::Secret; universes];
            for universe in 0..universes {
                let is_free = |&group: &usize| groups.count(group, universe, universes) == 0;
                let is_shown = |group: &usize| self.is_published(self.groups, *group, universe);
                let is_published = held(universe) >= self.threshold
                    && self.is_published(self.squares, square, universe)
                    && shown.iter().all(|group| is_free(group) || is_shown(group))
                    && self.catalogue.universes()[universe].is_offered(Scale::GRAPPE)
                    && self
                        .catalogue
                        .needed(universe)
                        .iter()
                        .all(|&own| states[own] == CellState::Published);
                if is_published {
                    states[universe] = CellState::Published;
                }
            }
            let own = hidden.iter().flat_map(|&group| groups.atoms[group].iter().copied());
            let mut atoms: Vec<u32> = own.collect();
            atoms.sort_unstable();
            let zone = self.units.rest(carreau, &atoms);
            rests.push(Rest { union: Union { zone, atoms, parts: hidden }, states });
        }
        rests
    }

    /// R3: a rest with the dwellings of a zone is that zone.
    fn take_twins(&self, rests: &mut [Rest]) {
        let universes = self.raw.universes;
        let mut by_atoms: HashMap<Vec<u32>, &mut Rest> =
            rests.iter_mut().map(|rest| (rest.union.atoms.clone(), rest)).collect();
        for (rank, scale) in self.raw.scales.iter().enumerate() {
            for (zone, atoms) in scale.atoms.iter().enumerate() {
                let Some(rest) = by_atoms.get_mut(atoms) else { continue };
                for universe in 0..universes {
                    // A scale that does not offer a universe says nothing of its cell.
                    let offers = |scale| self.catalogue.universes()[universe].is_offered(scale);
                    if offers(scale.scale) && offers(Scale::GRAPPE) {
                        rest.states[universe] = (self.state)(rank, zone, universe);
                    }
                }
            }
        }
    }

    fn tiled(&self, rests: Vec<Rest>) -> Tiling {
        let groups = &self.raw.scales[self.groups];
        let universes = self.raw.universes;
        let taken: BTreeSet<usize> =
            rests.iter().flat_map(|rest| rest.union.parts.iter().copied()).collect();
        let kept = (0..groups.zones.len()).filter(|group| !taken.contains(group)).map(|group| {
            let states = (0..universes).map(|own| (self.state)(self.groups, group, own)).collect();
            let (zone, atoms) = (groups.zones[group].clone(), groups.atoms[group].clone());
            Rest { union: Union { zone, atoms, parts: vec![group] }, states }
        });
        let mut all: Vec<Rest> = kept.chain(rests).collect();
        all.sort_by(|one, other| one.union.zone.code.cmp(&other.union.zone.code));
        let states = all.iter().flat_map(|rest| rest.states.iter().copied()).collect();
        let unions = all.into_iter().map(|rest| rest.union).collect();
        let mut scale = groups.united(unions, universes);
        scale.shapes = scale.atoms.par_iter().map(|atoms| self.units.outline(atoms)).collect();
        Tiling { scale, states }
    }
}
