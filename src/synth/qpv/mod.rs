//! Priority neighbourhoods: blobs inside a cell, across the border of two IRIS, and one across
//! the border of two communes; in a dense territory, anywhere.

mod scattered;

use std::collections::{BTreeMap, BTreeSet};

use super::borders::{Ring, contains, doubled_area, side};
use super::dice::Dice;
use super::lattice::{Frame, Hexagon, Mm};
use super::stock::Stock;
use super::territory::{Land, Territory};

/// Codes have two digits within a département, and three where it is a dense one.
const MOST_IN_DEPARTEMENT: usize = 99;
const MOST_IN_DENSE: usize = 999;
/// Dwellings of a commune of the country for each of its neighbourhoods, about.
const DWELLINGS: f64 = 2_210.0;
/// Share of them that cross into a neighbouring commune.
const CROSSING: f64 = 0.05;

/// A priority neighbourhood.
#[derive(Clone, Debug)]
pub(super) struct Qpv {
    pub(super) code: String,
    pub(super) nom: String,
    pub(super) ring: Ring,
    /// The communes whose addresses it holds, the first names it.
    pub(super) communes: Vec<usize>,
}

/// All of them, and where to look for the one that holds a place.
pub(super) struct Qpvs {
    list: Vec<Qpv>,
    /// For each commune, those that may touch it.
    near: BTreeMap<usize, Vec<usize>>,
}

impl Qpvs {
    pub(super) fn list(&self) -> &[Qpv] {
        &self.list
    }

    /// The neighbourhoods that hold addresses of a commune.
    pub(super) fn of(&self, commune: usize) -> Vec<usize> {
        let near = self.near.get(&commune).map_or(&[][..], Vec::as_slice);
        near.iter().copied().filter(|qpv| self.list[*qpv].communes.contains(&commune)).collect()
    }

    /// The neighbourhood that holds a place of a commune.
    pub(super) fn at(&self, commune: usize, at: Mm) -> Option<usize> {
        let near = self.near.get(&commune)?;
        near.iter().copied().find(|qpv| contains(&self.list[*qpv].ring, at))
    }

    /// Invents the neighbourhoods of the divided communes; the first one crosses from the town to
    /// the neighbouring commune with the most dwellings.
    pub(super) fn invent(seed: u64, territory: &Territory, stock: &Stock) -> Qpvs {
        let mut dice = Dice::new(seed, u64::MAX - 2);
        let mut all = Qpvs { list: Vec::new(), near: BTreeMap::new() };
        let mut taken = BTreeSet::new();
        let mut counts = vec![0; territory.departements.len()];
        if territory.land.is_dense() {
            scattered::invent(&mut all, &mut dice, territory, stock, &mut counts);
            return all;
        }
        let town = territory.traps.town;
        if let Some(pair) = border_pair(territory, stock, town) {
            all.add(territory, &mut dice, &mut taken, &mut counts, &pair);
        }
        for commune in 0..territory.communes.len() {
            if !stock.divided[commune] {
                continue;
            }
            let wanted = wanted(territory, stock, &mut dice, commune);
            for index in 0..wanted {
                if territory.land == Land::Country && dice.chance(CROSSING) {
                    let pair = border_pair(territory, stock, commune);
                    let free = pair.filter(|pair| !pair.iter().any(|cell| taken.contains(cell)));
                    if let Some(pair) = free {
                        all.add(territory, &mut dice, &mut taken, &mut counts, &pair);
                        continue;
                    }
                }
                let cells = free_cells(territory, &mut dice, &taken, commune, index % 2 == 0);
                if !cells.is_empty() {
                    all.add(territory, &mut dice, &mut taken, &mut counts, &cells);
                }
            }
        }
        all
    }

    /// Adds a neighbourhood in the middle of a cell or between two.
    fn add(
        &mut self,
        territory: &Territory,
        dice: &mut Dice,
        taken: &mut BTreeSet<Hexagon>,
        counts: &mut [usize],
        cells: &[Hexagon],
    ) {
        let mut communes: Vec<usize> =
            cells.iter().filter_map(|cell| territory.owner(*cell)).collect();
        communes.dedup();
        let Some(ring) = blob(&territory.frame, dice, cells) else { return };
        if !self.push(territory, counts, ring, communes) {
            return;
        }
        let number = self.list.len() - 1;
        for cell in cells {
            taken.insert(*cell);
            for near in std::iter::once(*cell).chain(cell.neighbours()) {
                if let Some(owner) = territory.owner(near) {
                    self.note_near(owner, number);
                }
            }
        }
    }

    /// Names a neighbourhood after the first of its communes and lists it, unless its département
    /// has no code left.
    fn push(
        &mut self,
        territory: &Territory,
        counts: &mut [usize],
        ring: Ring,
        communes: Vec<usize>,
    ) -> bool {
        let Some(first) = communes.first().map(|commune| &territory.communes[*commune]) else {
            return false;
        };
        let most = if territory.land.is_dense() { MOST_IN_DENSE } else { MOST_IN_DEPARTEMENT };
        let count = &mut counts[first.departement];
        if *count == most {
            return false;
        }
        *count += 1;
        let departement = territory.departements[first.departement].code;
        let kind = ["Les Trois-Moulins", "Bel-Air", "La Garenne", "Champ-d'Œillets", "Val-Fleuri"];
        let rank = if *count > kind.len() {
            format!(" {}", *count / kind.len() + 1)
        } else {
            String::new()
        };
        self.list.push(Qpv {
            code: format!("QN{}{departement}{:02}M", *count / 100, *count % 100),
            nom: format!("{}{rank}", kind[(*count - 1) % kind.len()]),
            ring,
            communes,
        });
        true
    }

    /// Notes that a neighbourhood may touch a commune.
    fn note_near(&mut self, commune: usize, number: usize) {
        let list = self.near.entry(commune).or_default();
        if !list.contains(&number) {
            list.push(number);
        }
    }
}

/// How many neighbourhoods a divided commune has.
fn wanted(territory: &Territory, stock: &Stock, dice: &mut Dice, commune: usize) -> usize {
    let (dwellings, cells) = (stock.dwellings[commune], territory.communes[commune].cells.len());
    match territory.land {
        Land::Departement => (1 + (dwellings / 2_500) as usize).min(cells / 2),
        Land::Country | Land::DenseCountry | Land::Conurbation => {
            let share = dwellings as f64 / DWELLINGS;
            (share as usize + usize::from(dice.chance(share.fract()))).min(cells)
        }
    }
}

/// Two cells on both sides of the border between a commune and the neighbour with the most
/// dwellings.
fn border_pair(territory: &Territory, stock: &Stock, commune: usize) -> Option<[Hexagon; 2]> {
    let cells = &territory.communes[commune].cells;
    cells
        .iter()
        .flat_map(|cell| cell.neighbours().map(|other| [*cell, other]))
        .filter_map(|pair| territory.owner(pair[1]).map(|owner| (owner, pair)))
        .filter(|(owner, _)| *owner != commune)
        .max_by_key(|(owner, pair)| (stock.dwellings[*owner], *pair))
        .map(|(_, pair)| pair)
}

/// A free cell of a commune, or two that touch; nothing where none is free.
fn free_cells(
    territory: &Territory,
    dice: &mut Dice,
    taken: &BTreeSet<Hexagon>,
    commune: usize,
    two: bool,
) -> Vec<Hexagon> {
    let mut cells = territory.communes[commune].cells.clone();
    cells.retain(|cell| !taken.contains(cell));
    dice.shuffle(&mut cells);
    let pair = cells.iter().find_map(|cell| {
        cell.neighbours()
            .into_iter()
            .find(|other| cells.contains(other))
            .map(|other| [*cell, other])
    });
    match pair {
        Some(pair) if two => pair.to_vec(),
        _ => cells.into_iter().take(1).collect(),
    }
}

/// A ring around the middle of the cells, far from the neighbourhoods of other cells.
fn blob(frame: &Frame, dice: &mut Dice, cells: &[Hexagon]) -> Option<Ring> {
    let centre = match cells {
        [cell, other] => middle_of_border(frame, *cell, *other),
        _ => cells.first().map(|cell| frame.ground(cell.centre())),
    }?;
    Some(ring_around(dice, centre, frame.inner_radius() * 0.75))
}

/// A ring around a place that goes from three fifths of a radius (millimetres) to the whole of it.
fn ring_around(dice: &mut Dice, centre: Mm, radius: f64) -> Ring {
    let mut ring = Vec::new();
    for quarter in 0..4 {
        for step in 0..5 {
            // A rational point of the circle: no sine, the same on any machine.
            let t = f64::from(step) / 5.0;
            let (c, s) = ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t));
            let (c, s) = [(c, s), (-s, c), (-c, -s), (s, -c)][quarter];
            let far = radius * (0.6 + 0.4 * dice.unit());
            ring.push(Mm {
                x: centre.x + (c * far).round() as i64,
                y: centre.y + (s * far).round() as i64,
            });
        }
    }
    ring.push(ring[0]);
    debug_assert!(doubled_area(&ring) > 0, "rings turn counter-clockwise");
    ring
}

/// The middle of the border between two cells that touch.
fn middle_of_border(frame: &Frame, cell: Hexagon, other: Hexagon) -> Option<Mm> {
    let facing = cell.neighbours().iter().position(|neighbour| *neighbour == other)?;
    let corners = cell.corners();
    let mut line = Vec::new();
    side(frame, corners[facing], corners[(facing + 1) % 6], &mut line);
    line.get(line.len() / 2).copied()
}
