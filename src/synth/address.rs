//! The addresses of a commune: where they are and how many dwellings each holds.

use super::SynthError;
use super::borders::{Ring, contains, outline, side};
use super::dice::Dice;
use super::lattice::{Hexagon, Mm};
use super::project::Projections;
use super::qpv::Qpvs;
use super::quarters::Quarters;
use super::stock::Stock;
use super::territory::{Land, Territory};

/// The greatest address of the register (dwellings).
const LARGEST: u64 = 447;
/// Share of the addresses that are in a QPV, in a commune that has one.
const IN_QPV: f64 = 0.17;
/// The same in the country, where fewer communes have one.
const IN_QPV_COUNTRY: f64 = 0.275;
/// Dwellings from which a commune of the country is built up to its borders.
const BUILT_UP: u64 = 1_500;
/// Share of the addresses whose dwellings have no X/Y.
const UNPLACED: f64 = 0.015;
/// Tries to find a place in a cell before its centre is taken.
const TRIES: usize = 60;

/// Least and greatest number of dwellings, and the share of such addresses, in %.
const SIZES: [(i64, i64, f64); 8] = [
    (1, 1, 50.0),
    (2, 4, 9.5),
    (5, 9, 12.5),
    (10, 10, 7.5),
    (11, 20, 11.0),
    (21, 50, 7.4),
    (51, 150, 2.0),
    (151, 447, 0.1),
];
/// The same in a dense commune: with those of its QPV 13 dwellings on average.
const SIZES_DENSE: [(i64, i64, f64); 8] = [
    (1, 1, 30.0),
    (2, 4, 11.0),
    (5, 9, 17.0),
    (10, 10, 12.0),
    (11, 20, 18.0),
    (21, 50, 9.5),
    (51, 150, 2.3),
    (151, 447, 0.2),
];
/// The same inside a QPV: a quarter hold exactly ten, five floors of two doors.
const SIZES_QPV: [(i64, i64, f64); 8] = [
    (1, 1, 12.0),
    (2, 4, 8.0),
    (5, 9, 22.0),
    (10, 10, 25.0),
    (11, 20, 18.0),
    (21, 50, 11.0),
    (51, 150, 3.6),
    (151, 447, 0.4),
];

/// An address.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// `None`: the register has no X/Y.
    pub(super) at: Option<Mm>,
    pub(super) dwellings: u64,
    /// The QPV that holds it, in [`Qpvs::list`].
    pub(super) qpv: Option<usize>,
    /// The cell that holds it, in the list of the commune.
    pub(super) cell: usize,
    /// Whether every dwelling is let, surveyed and answered.
    pub(super) full: bool,
}

/// Addresses that are there whatever the seed.
pub(super) struct Pinned {
    /// `(commune, address)`.
    pub(super) list: Vec<(usize, Address)>,
}

/// The addresses of a commune, exactly its dwellings in all.
pub(super) fn addresses(
    dice: &mut Dice,
    territory: &Territory,
    stock: &Stock,
    quarters: &Quarters,
    qpvs: &Qpvs,
    pinned: &Pinned,
    commune: usize,
) -> Vec<Address> {
    let ground = Ground::of(territory, quarters, commune);
    let own_qpvs = qpvs.of(commune);
    let in_qpv = if territory.land.is_country() { IN_QPV_COUNTRY } else { IN_QPV };
    let habit = match territory.land {
        Land::Departement => Habit::Loose,
        Land::Conurbation => Habit::BuiltUp,
        _ if stock.dwellings[commune] >= BUILT_UP => Habit::BuiltUp,
        Land::Country | Land::DenseCountry => Habit::Grouped,
    };
    let outside = if is_dense(territory, stock, commune) { SIZES_DENSE } else { SIZES };
    let pins = pinned.list.iter().filter(|(place, _)| *place == commune);
    let mut list: Vec<Address> = pins.map(|(_, address)| address.clone()).collect();
    let held: u64 = list.iter().map(|address| address.dwellings).sum();
    let mut left = stock.dwellings[commune].saturating_sub(held);
    while left > 0 {
        let wanted = (!own_qpvs.is_empty() && dice.chance(in_qpv))
            .then(|| own_qpvs[dice.below(own_qpvs.len() as u64) as usize]);
        let found = wanted
            .and_then(|qpv| ground.place_in_ring(dice, &qpvs.list()[qpv].ring))
            .unwrap_or_else(|| ground.place(dice, habit));
        let qpv = qpvs.at(commune, found.1);
        let sizes = if qpv.is_some() { SIZES_QPV } else { outside };
        let dwellings = size(dice, sizes).min(left).min(LARGEST);
        let at = (!dice.chance(UNPLACED)).then_some(found.1);
        list.push(Address { at, dwellings, qpv, cell: found.0, full: false });
        left -= dwellings;
    }
    list
}

/// Whether a commune is built up as those of conurbations are, in a territory whose conurbations
/// are as hard as real ones.
pub(super) fn is_dense(territory: &Territory, stock: &Stock, commune: usize) -> bool {
    territory.land.is_dense() && stock.dwellings[commune] >= BUILT_UP
}

/// The traps: exactly 10 and 11 households, an address on the border of two IRIS, two addresses
/// of two communes in one carreau, a dwelling without X/Y, a dwelling of the exclave.
pub(super) fn pin(
    seed: u64,
    territory: &Territory,
    quarters: &Quarters,
    qpvs: &Qpvs,
    projections: &Projections,
) -> Result<Pinned, SynthError> {
    let mut dice = Dice::new(seed, u64::MAX - 3);
    let town = territory.traps.town;
    let ground = Ground::of(territory, quarters, town);
    let mut list = Vec::new();
    for (dwellings, full, placed) in [(10, true, true), (11, true, true), (6, false, false)] {
        let (cell, at) = ground.place(&mut dice, Habit::Loose);
        let qpv = qpvs.at(town, at);
        let at = placed.then_some(at);
        list.push((town, Address { at, dwellings, qpv, cell, full }));
    }
    if let Some((cell, at)) = iris_border(territory, quarters, town) {
        let qpv = qpvs.at(town, at);
        list.push((town, Address { at: Some(at), dwellings: 24, qpv, cell, full: false }));
    }
    for (commune, cell, at) in shared_carreau(territory, projections, town)? {
        let qpv = qpvs.at(commune, at);
        list.push((commune, Address { at: Some(at), dwellings: 13, qpv, cell, full: false }));
    }
    let exclave = territory.traps.exclave;
    let cells = &territory.communes[exclave].cells;
    if let Some(cell) = cells.iter().position(|cell| *cell == territory.traps.exclave_cell) {
        let at = territory.frame.ground(cells[cell].centre());
        let qpv = qpvs.at(exclave, at);
        list.push((exclave, Address { at: Some(at), dwellings: 12, qpv, cell, full: false }));
    }
    Ok(Pinned { list })
}

fn size(dice: &mut Dice, sizes: [(i64, i64, f64); 8]) -> u64 {
    let (low, high, _) = sizes[dice.pick(&sizes.map(|(_, _, share)| share))];
    dice.between(low, high) as u64
}

fn cell_ring(territory: &Territory, cell: Hexagon) -> Ring {
    let mut areas = outline(&territory.frame, &[cell], |other| other == cell);
    areas.pop().map(|area| area.exterior).unwrap_or_default()
}

/// How the addresses of a cell lie.
#[derive(Clone, Copy)]
enum Habit {
    /// Up to its borders, as in a conurbation.
    BuiltUp,
    /// Around its middle.
    Loose,
    /// Near its middle.
    Grouped,
}

/// Where the addresses of a commune may lie.
struct Ground<'a> {
    territory: &'a Territory,
    quarters: &'a Quarters,
    commune: usize,
    cells: &'a [Hexagon],
    /// The outline of each cell.
    rings: Vec<Ring>,
}

impl Ground<'_> {
    fn of<'a>(territory: &'a Territory, quarters: &'a Quarters, commune: usize) -> Ground<'a> {
        let cells = &territory.communes[commune].cells;
        let rings = cells.iter().map(|cell| cell_ring(territory, *cell)).collect();
        Ground { territory, quarters, commune, cells, rings }
    }

    /// A place of the commune, and its cell.
    fn place(&self, dice: &mut Dice, habit: Habit) -> (usize, Mm) {
        let cell = self.quarters.draw(dice, self.commune, self.cells.len());
        let centre = self.territory.frame.ground(self.cells[cell].centre());
        let (low, high) = bounds(&self.rings[cell]);
        for _ in 0..TRIES {
            let near = match habit {
                Habit::BuiltUp => 1.0,
                Habit::Loose => dice.unit(),
                Habit::Grouped => dice.unit() * dice.unit(),
            };
            let between = |from: i64, to: i64, middle: i64, dice: &mut Dice| {
                let free = dice.between(from, to);
                centimetre(middle + ((free - middle) as f64 * near) as i64)
            };
            let at = Mm {
                x: between(low.x, high.x, centre.x, dice),
                y: between(low.y, high.y, centre.y, dice),
            };
            if contains(&self.rings[cell], at) {
                return (cell, at);
            }
        }
        (cell, centre)
    }

    /// A place of a ring that one of the cells holds too.
    fn place_in_ring(&self, dice: &mut Dice, ring: &Ring) -> Option<(usize, Mm)> {
        let (low, high) = bounds(ring);
        for _ in 0..TRIES {
            let at = Mm {
                x: centimetre(dice.between(low.x, high.x)),
                y: centimetre(dice.between(low.y, high.y)),
            };
            if contains(ring, at)
                && let Some(cell) = self.rings.iter().position(|cell| contains(cell, at))
            {
                return Some((cell, at));
            }
        }
        None
    }
}

fn centimetre(mm: i64) -> i64 {
    mm.div_euclid(10) * 10
}

fn bounds(ring: &[Mm]) -> (Mm, Mm) {
    let mut low = Mm { x: i64::MAX, y: i64::MAX };
    let mut high = Mm { x: i64::MIN, y: i64::MIN };
    for at in ring {
        low = Mm { x: low.x.min(at.x), y: low.y.min(at.y) };
        high = Mm { x: high.x.max(at.x), y: high.y.max(at.y) };
    }
    (low, high)
}

/// A vertex of the border between two IRIS of a commune, in the middle of a side of two cells.
fn iris_border(territory: &Territory, quarters: &Quarters, commune: usize) -> Option<(usize, Mm)> {
    let cells = &territory.communes[commune].cells;
    cells.iter().enumerate().find_map(|(index, cell)| {
        let own = quarters.of(commune, index);
        let facing = cell.neighbours().iter().position(|other| {
            let other = cells.iter().position(|cell| cell == other);
            other.is_some_and(|other| quarters.of(commune, other) != own)
        })?;
        let line = border(territory, *cell, facing);
        Some((index, line[line.len() / 2]))
    })
}

/// The line between a cell and its neighbour `facing`, without its last place.
fn border(territory: &Territory, cell: Hexagon, facing: usize) -> Ring {
    let corners = cell.corners();
    let mut line = Vec::new();
    side(&territory.frame, corners[facing], corners[(facing + 1) % 6], &mut line);
    line
}

/// Two places in one carreau, on both sides of the border of a commune: commune, cell, place.
fn shared_carreau(
    territory: &Territory,
    projections: &Projections,
    commune: usize,
) -> Result<Vec<(usize, usize, Mm)>, SynthError> {
    let cells = &territory.communes[commune].cells;
    for (index, cell) in cells.iter().enumerate() {
        for (facing, other) in cell.neighbours().into_iter().enumerate() {
            // The enclave keeps its few dwellings.
            let stranger = |owner: &usize| *owner != commune && *owner != territory.traps.enclave;
            let Some(neighbour) = territory.owner(other).filter(stranger) else {
                continue;
            };
            let theirs = &territory.communes[neighbour].cells;
            let Some(their_index) = theirs.iter().position(|cell| *cell == other) else {
                continue;
            };
            let line = border(territory, *cell, facing);
            let (ours_ring, their_ring) =
                (cell_ring(territory, *cell), cell_ring(territory, other));
            for pair in line[line.len() / 8..].windows(2) {
                // Counter-clockwise: the cell is on the left of its border.
                let (dx, dy) = (pair[1].x - pair[0].x, pair[1].y - pair[0].y);
                let far = 25_000.0 / ((dx * dx + dy * dy) as f64).sqrt();
                let (nx, ny) = ((-dy as f64 * far) as i64, (dx as f64 * far) as i64);
                let middle = Mm { x: pair[0].x + dx / 2, y: pair[0].y + dy / 2 };
                let ours = Mm { x: centimetre(middle.x + nx), y: centimetre(middle.y + ny) };
                let there = Mm { x: centimetre(middle.x - nx), y: centimetre(middle.y - ny) };
                if contains(&ours_ring, ours)
                    && contains(&their_ring, there)
                    && projections.carreau(ours)? == projections.carreau(there)?
                {
                    return Ok(vec![(commune, index, ours), (neighbour, their_index, there)]);
                }
            }
        }
    }
    Ok(Vec::new())
}
