//! The only door between raw and published figures: one mask for all scales, universes, zooms,
//! readers and formats together (rule R4).
//!
//! **Kept here**: R1 (threshold on the cell and on the households of its zone), R3 (twins), R4, R5,
//! R7, R9, and R2 over the system of each filter with all its domains: no linear combination of its
//! published cells, whatever the scales and however they cross, gives a household more than one
//! eleventh. What is hidden for it is the cheapest there is, over all universes at once.
//!
//! **Opened by the operator** (nothing by default): the public data of the register in every zone,
//! beside the mask, which stays as it is; restricted data of whole communes, within it.

mod basis;
mod classes;
mod communes;
mod cover;
mod exchange;
mod extremes;
mod flow;
mod large;
mod lattice;
mod opening;
mod peeling;
mod places;
mod programme;
pub mod promise;
mod proof;
mod prover;
mod published;
mod reader;
mod record;
mod rest;
mod rules;
mod search;
mod simplex;
mod system;
mod system_search;
mod universes;

use std::collections::HashSet;
use std::sync::Arc;

use rayon::prelude::*;

use domain::{Catalogue, Scale, ZoneCode};
use ingest::Units;

use crate::aggregate::RawTable;
use crate::grappes::{name_groups, united_beside};

use communes::Communes;
use lattice::{Cell, Lattice};
use places::Places;
use published::CellState;
use rest::Tiling;
use search::{Mask, Search};
use system::System;
use universes::Spec;

pub use opening::BadOpening;
pub use published::{Figure, Published, PublishedScale};
pub use record::PrivateRecord;
pub use rules::{BadRules, Rules};

/// Masks that are searched before every commune under the threshold stays closed.
const ATTEMPTS: usize = 20;

/// Lays the mask of the edition on its raw figures. `tell` hears of each round of the search.
///
/// # Proof definition
/// For every zone z and universe U of the result, `figure` and `count` are absent unless
/// (a) z holds at least `rules.threshold()` contributors of U, and no surveyed household or as many,
/// (b) the cells (z, U′) of all declared U′ ⊃ U, and of those that U requires, are published; the
///     register's and the surveyed households' together, where z has any of these,
/// (c) z's twins are published in U,
/// (d) every combination of the published cells of U's filter and all its domains, whatever their
/// scales, spreads at least the threshold times its largest weight, as certificates checked in
/// integers say.
/// Where the rules open whole communes, (a) is not asked of their cells in the register's filters,
/// and the largest weight of (d) is that of a household outside those under the threshold: no other
/// published cell of the system holds a part of one, and no count of households is shown by its
/// cell. Where they open the public data of the register, figures of that regime and the register's
/// own count are shown in every zone, by a mask that is the same.
/// What the families of the rules keep back for being extreme is told as a mark, after the mask and without
/// moving it ([`extremes`]).
/// The mask is a function of membership alone: no numerator or denominator is read to choose it.
/// Where there are groups of addresses, an address is shown alone if it is a group by itself, and
/// secret groups of a published carreau become its rest ([`rest::tile`]).
pub(crate) fn protect(
    mut raw: RawTable,
    units: Option<&Units>,
    catalogue: Arc<Catalogue>,
    rules: &Rules,
    tell: &dyn Fn(usize),
) -> (Published, PrivateRecord) {
    let catalogue = Arc::new(rules.applied(&catalogue));
    let threshold = rules.threshold();
    if let Some(units) = units {
        unite_beside(&mut raw, units, &catalogue, rules);
    }
    let places = Places::new(&raw, rules);
    let (lattice, systems, mask) = mask_of(&raw, &catalogue, rules, &places, tell);
    // A cell may stand for several universes: it is opened for those that the law names.
    let opened = communes::opened(&catalogue);
    let state = |scale: Scale, place: Option<u32>, universe: usize| {
        if !catalogue.universes()[universe].is_offered(scale) {
            return CellState::Secret;
        }
        let cell = place.map(|place| lattice.cell(universe, place));
        match cell.filter(|&cell| mask.published[cell as usize]) {
            Some(cell) if lattice.is_opened(cell) && !opened.contains(&universe) => {
                CellState::Secret
            }
            Some(cell) if lattice.is_opened(cell) => CellState::Opened,
            Some(_) => CellState::Published,
            None => CellState::Secret,
        }
    };
    let of_zone = |rank: usize, zone: usize, universe: usize| {
        state(raw.scales[rank].scale, places.of(rank, zone), universe)
    };
    let tiling =
        units.and_then(|units| rest::tile(&raw, units, &catalogue, u64::from(threshold), &of_zone));
    let mut record = PrivateRecord::new(
        (&raw, &catalogue, threshold),
        (&places, &lattice),
        &systems,
        &mask,
        tiling.as_ref(),
    );
    drop(systems);
    let is_surveyed = catalogue.surveyed().is_some_and(|own| raw.total(own) > 0);
    if let Some(Tiling { scale: groups, .. }) = &tiling
        && let Some(own) = raw.scales.iter_mut().find(|own| own.scale == Scale::ADRESSE)
    {
        name_groups(&mut own.zones, &own.atoms, &groups.zones, &groups.atoms);
    }
    let mut tiling = tiling;
    let (atoms, mut placed) = (raw.atoms, Vec::new());
    let scales: Vec<PublishedScale> = raw
        .scales
        .into_iter()
        .enumerate()
        .filter(|(_, scale)| !scale.zones.is_empty())
        .map(|(rank, scale)| {
            let tiled = tiling.take_if(|_| scale.scale == Scale::GRAPPE);
            if let Some(Tiling { mut scale, states }) = tiled {
                placed.push(std::mem::take(&mut scale.atoms));
                let universes = catalogue.universes().len();
                let state = |zone, universe| states[zone * universes + universe];
                return PublishedScale::new(scale, Arc::clone(&catalogue), rules, state);
            }
            let mut scale = scale;
            placed.push(std::mem::take(&mut scale.atoms));
            let id = scale.scale;
            let state = |zone, universe| state(id, places.of(rank, zone), universe);
            PublishedScale::new(scale, Arc::clone(&catalogue), rules, state)
        })
        .collect();
    let seen: Vec<_> = scales.iter().zip(&placed).map(|(own, atoms)| (own, &atoms[..])).collect();
    record.set_marks(reader::marks(&catalogue, &seen, atoms));
    (Published::new(Arc::clone(&catalogue), rules, is_surveyed, scales), record)
}

/// Unites groups once more: a mask of the respondents alone, without any domain, says which carreaux are
/// likely to be secret for their neighbours' sake.
fn unite_beside(raw: &mut RawTable, units: &Units, catalogue: &Catalogue, rules: &Rules) {
    let rank = |scale: Scale| raw.scales.iter().position(|entry| entry.scale == scale);
    let (Some(groups), Some(squares)) = (rank(Scale::GRAPPE), rank(Scale::CARREAU)) else { return };
    let threshold = u64::from(rules.threshold());
    let respondents = catalogue.secret_universe();
    let places = Places::new(raw, rules);
    let communes = Communes::none();
    let lattice = Lattice::new(raw, catalogue, rules, &places, &communes);
    let spec = Spec { universes: vec![respondents], opened: None };
    let systems = systems_of(raw, catalogue, &lattice, &places, vec![spec]);
    let mask = Search::new(&lattice, &systems, threshold).run(&|_| ());
    let shown: HashSet<&ZoneCode> = (0..raw.scales[squares].zones.len())
        .filter(|&zone| {
            let cell = places.of(squares, zone).map(|place| lattice.cell(respondents, place));
            cell.is_some_and(|cell| mask.published[cell as usize])
        })
        .map(|zone| &raw.scales[squares].zones[zone].code)
        .collect();
    let is_secret = |code: &ZoneCode| !shown.contains(code);
    let groups_now = &raw.scales[groups];
    let united = united_beside(raw, groups_now, units, catalogue, (threshold, is_secret));
    raw.scales[groups] = united;
}

/// The mask, over the cells that the threshold and the opening of communes let out.
///
/// A commune that the search would rather hide than open stays closed, and the search begins anew:
/// in the end nobody goes without protection but in communes that are published.
fn mask_of(
    raw: &RawTable,
    catalogue: &Catalogue,
    rules: &Rules,
    places: &Places,
    tell: &dyn Fn(usize),
) -> (Lattice, Vec<(Spec, System)>, Mask) {
    let mut communes = Communes::new(raw, catalogue, rules, places);
    let mut attempt = 0;
    loop {
        let lattice = Lattice::new(raw, catalogue, rules, places, &communes);
        let specs = lattice.systems(catalogue, &communes);
        let systems = systems_of(raw, catalogue, &lattice, places, specs);
        let mask = Search::new(&lattice, &systems, u64::from(rules.threshold())).run(tell);
        let opened = lattice.indivisible();
        let hidden: Vec<Cell> =
            opened.iter().copied().filter(|&cell| !mask.published[cell as usize]).collect();
        if hidden.is_empty() {
            return (lattice, systems, mask);
        }
        attempt += 1;
        communes.close(if attempt < ATTEMPTS { hidden } else { opened.iter().copied().collect() });
    }
}

/// The linear systems of the specifications.
fn systems_of(
    raw: &RawTable,
    catalogue: &Catalogue,
    lattice: &Lattice,
    places: &Places,
    specs: Vec<Spec>,
) -> Vec<(Spec, System)> {
    let of_atoms = places.of_atoms(raw);
    let system = |spec: Spec| {
        let rank = |place| places.rank(place);
        let system = System::of(&spec, (raw, catalogue), lattice, &of_atoms, rank);
        (spec, system)
    };
    specs.into_par_iter().map(system).collect()
}

#[cfg(test)]
mod tests;
