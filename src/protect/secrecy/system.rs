//! A linear system: the cells of one filter and its domains that an attacker can combine, and the
//! smallest groups of households that no cell tells apart.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};

use crate::aggregate::RawTable;
use domain::{Catalogue, Kind, Scale};

use super::flow::Choices;
use super::lattice::{Cell, Lattice};
use super::universes::Spec;

/// Households of one atom and one membership, with the cells that hold them.
pub(super) struct Group {
    pub households: u64,
    /// Sorted.
    pub cells: Vec<Cell>,
    pub seat: Seat,
}

/// An atom, and the universes its households belong to: bit `i` for the `i`-th of the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seat {
    pub atom: u32,
    pub members: u32,
}

/// The cells of a part, its households, and where some of them are.
type Part = (Box<[Cell]>, (u64, Seat));

/// What kind of cell it is, for the search of proofs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Family {
    /// The rank of its scale in the table, less than [`SCALES`].
    pub scale: u8,
    /// The place of its universe in the system, less than [`LEVELS`].
    pub level: u8,
}

/// Every part of a system, in an order that atoms do not change. A part is a set of households
/// that lie in the same cells as long as nothing is hidden.
#[cfg_attr(test, derive(Clone))]
pub(super) struct System {
    /// The cells in use, sorted. Elsewhere in the system a cell is its place in this list.
    cells: Vec<Cell>,
    families: Vec<Family>,
    costs: Vec<u64>,
    households: Vec<u64>,
    seats: Vec<Seat>,
    cells_of: Incidence,
    parts_of: Incidence,
    /// By part: whether it is a commune that the operator opened; empty where none is.
    open: Vec<bool>,
    /// The families that circulations choose from.
    choices: Choices,
}

/// A well spread hash of a cell (the finaliser of splitmix64).
pub(super) fn scattered(cell: u32) -> u64 {
    let mut hash = (u64::from(cell) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    hash = (hash ^ hash >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ hash >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ hash >> 31
}

impl System {
    /// The system over the cells that take part in it.
    pub(super) fn of(
        spec: &Spec,
        (raw, catalogue): (&RawTable, &Catalogue),
        lattice: &Lattice,
        of_atoms: &Incidence,
        rank: impl Fn(u32) -> usize,
    ) -> System {
        let members = Members::new(spec, catalogue);
        let groups = (0..raw.atoms).flat_map(|atom| {
            members.of(raw, atom).into_iter().map(move |(members, households)| {
                let own = spec.universes.iter().enumerate();
                let own = own.filter(move |(bit, _)| members >> bit & 1 == 1);
                let cells = own.flat_map(|(_, &universe)| {
                    let places = of_atoms.row(atom as u32).iter();
                    places.map(move |&place| lattice.cell(universe, place))
                });
                let mut cells: Vec<Cell> =
                    cells.filter(|&cell| lattice.takes_part(cell, spec)).collect();
                cells.sort_unstable();
                cells.dedup();
                Group { households, cells, seat: Seat { atom: atom as u32, members } }
            })
        });
        let mut system = System::new(groups, |cell| {
            let (_, place) = lattice.parts_of(cell);
            let is_own = |&universe: &usize| lattice.cell(universe, place) == cell;
            let level = spec.universes.iter().position(is_own).expect("a cell of this system");
            let cost = lattice.closure(cell).iter().map(|&cell| lattice.cost(cell)).sum::<u128>();
            let scale = rank(place).min(SCALES - 1) as u8;
            let family = Family { scale, level: level.min(LEVELS - 1) as u8 };
            (family, u64::try_from(cost).unwrap_or(u64::MAX))
        });
        system.choices = Choices::new(raw.scales.iter().map(|entry| entry.scale));
        match spec.opened {
            Some(true) => system.opening(|cell| lattice.indivisible().contains(&cell)),
            _ => system,
        }
    }

    /// The same system, of which some cells are communes that the operator opened. No other cell
    /// divides such a commune, so all of it is one part.
    fn opening(mut self, is_commune: impl Fn(Cell) -> bool) -> System {
        let communes: Vec<u32> = (0..)
            .zip(&self.cells)
            .filter(|entry| is_commune(*entry.1))
            .map(|entry| entry.0)
            .collect();
        if !communes.is_empty() {
            self.open = vec![false; self.len()];
        }
        for part in communes.into_iter().flat_map(|cell| self.parts_of.row(cell)) {
            self.open[*part as usize] = true;
        }
        self
    }

    /// Merges groups that lie in the same cells; those in none, and those of nobody, are dropped.
    /// `about` says the family of a cell and what hiding it costs with all it takes along.
    pub(super) fn new(
        groups: impl IntoIterator<Item = Group>,
        about: impl Fn(Cell) -> (Family, u64),
    ) -> System {
        let mut merged: HashMap<Box<[Cell]>, (u64, Seat)> = HashMap::new();
        for Group { households, cells, seat } in groups {
            if households > 0 && !cells.is_empty() {
                let held = merged.entry(cells.into()).or_insert((0, seat));
                held.0 += households;
                held.1 = held.1.min(seat);
            }
        }
        let mut parts: Vec<Part> = merged.into_iter().collect();
        parts.sort_unstable();
        let mut cells: Vec<Cell> = parts.iter().flat_map(|part| part.0.iter().copied()).collect();
        cells.sort_unstable();
        cells.dedup();
        let local = |cell: &Cell| cells.binary_search(cell).expect("a cell of a part") as u32;
        let cells_of: Incidence = parts.iter().map(|part| part.0.iter().map(local)).collect();
        let parts_of = cells_of.transposed(cells.len());
        let (families, costs) = cells.iter().map(|&cell| about(cell)).unzip();
        let households = parts.iter().map(|part| part.1.0).collect();
        let seats = parts.iter().map(|part| part.1.1).collect();
        let (open, choices) = (Vec::new(), Choices::new(Scale::built_in()));
        System { cells, families, costs, households, seats, cells_of, parts_of, open, choices }
    }

    /// The families that circulations choose from.
    pub(super) fn choices(&self) -> &Choices {
        &self.choices
    }

    /// Number of parts.
    pub(super) fn len(&self) -> usize {
        self.households.len()
    }

    /// Households of a part.
    pub(super) fn households(&self, part: u32) -> u64 {
        self.households[part as usize]
    }

    /// Where some households of a part are.
    pub(super) fn seat(&self, part: u32) -> Seat {
        self.seats[part as usize]
    }

    /// Whether a part is a commune that the operator opened: nobody is protected in it.
    pub(super) fn is_open(&self, part: u32) -> bool {
        self.open.get(part as usize).is_some_and(|open| *open)
    }

    /// The cells of the lattice in use, sorted.
    pub(super) fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The place of a cell of the lattice in [`System::cells`], if the system uses it.
    pub(super) fn find(&self, cell: Cell) -> Option<u32> {
        self.cells.binary_search(&cell).ok().map(|place| place as u32)
    }

    /// The family of a cell.
    pub(super) fn family(&self, cell: u32) -> Family {
        self.families[cell as usize]
    }

    /// What hiding a cell costs, with all it takes along, in millionths.
    pub(super) fn cost(&self, cell: u32) -> u64 {
        self.costs[cell as usize]
    }

    /// The cells that hold a part, sorted.
    pub(super) fn cells_of(&self, part: u32) -> &[u32] {
        self.cells_of.row(part)
    }

    /// The parts of a cell, sorted.
    pub(super) fn parts_of(&self, cell: u32) -> &[u32] {
        self.parts_of.row(cell)
    }
}

/// Scales whose families are told apart; those beyond share the last one.
pub(super) const SCALES: usize = 20;

/// Universes of a system whose families are told apart.
pub(super) const LEVELS: usize = 11;

/// The memberships of a system's households, atom by atom.
struct Members {
    /// For each universe of the system, its bit in the catalogue's memberships.
    bits: Vec<u32>,
    /// The bits, in the system, of universes of dwellings; and of households.
    dwellings: u32,
    households: u32,
}

impl Members {
    fn new(spec: &Spec, catalogue: &Catalogue) -> Members {
        let (mut dwellings, mut households) = (0, 0);
        for (bit, &universe) in spec.universes.iter().enumerate() {
            match catalogue.universes()[universe].kind {
                Kind::Logement => dwellings |= 1 << bit,
                Kind::Menage => households |= 1 << bit,
            }
        }
        let bits = spec.universes.iter().map(|&universe| universe as u32).collect();
        Members { bits, dwellings, households }
    }

    /// The memberships at an atom that are not empty, each with its households. A dwelling and its
    /// household are one.
    fn of(&self, raw: &RawTable, atom: usize) -> BTreeMap<u32, u64> {
        let own = |membership: u128| -> u32 {
            let bits = self.bits.iter().enumerate();
            bits.map(|(bit, universe)| ((membership >> universe & 1) as u32) << bit).sum()
        };
        let mut found: BTreeMap<u32, u64> = BTreeMap::new();
        let mut with_household: BTreeMap<u32, u64> = BTreeMap::new();
        if self.households != 0 {
            for (membership, records) in raw.tallies.of(atom, Kind::Menage) {
                let members = own(*membership);
                if members & self.households != 0 {
                    *found.entry(members).or_default() += u64::from(*records);
                    *with_household.entry(members & self.dwellings).or_default() +=
                        u64::from(*records);
                }
            }
        }
        if self.dwellings != 0 {
            let mut dwellings: BTreeMap<u32, u64> = BTreeMap::new();
            for (membership, records) in raw.tallies.of(atom, Kind::Logement) {
                *dwellings.entry(own(*membership)).or_default() += u64::from(*records);
            }
            for (members, records) in dwellings.into_iter().filter(|entry| entry.0 != 0) {
                let others = with_household.get(&members).copied().unwrap_or(0);
                *found.entry(members).or_default() += records.saturating_sub(others);
            }
        }
        found
    }
}

/// An incidence matrix of zeros and ones in compressed sparse rows: for each row, the columns that it
/// holds, one row after the other.
#[cfg_attr(test, derive(Clone))]
pub(super) struct Incidence {
    starts: Vec<u32>,
    list: Vec<u32>,
}

impl Incidence {
    /// The columns of a row, as they were given.
    pub(super) fn row(&self, row: u32) -> &[u32] {
        &self.list[self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize]
    }

    /// The matrix whose rows are the columns of this one; its rows are sorted.
    pub(super) fn transposed(&self, columns: usize) -> Incidence {
        let mut starts = vec![0u32; columns + 1];
        self.list.iter().for_each(|&column| starts[column as usize + 1] += 1);
        for column in 0..columns {
            starts[column + 1] += starts[column];
        }
        let mut list = vec![0; self.list.len()];
        let mut next = starts.clone();
        for row in 0..self.starts.len() as u32 - 1 {
            for &column in self.row(row) {
                list[next[column as usize] as usize] = row;
                next[column as usize] += 1;
            }
        }
        Incidence { starts, list }
    }
}

impl<R: IntoIterator<Item = u32>> FromIterator<R> for Incidence {
    fn from_iter<I: IntoIterator<Item = R>>(rows: I) -> Incidence {
        let mut collected = Incidence { starts: vec![0], list: Vec::new() };
        for row in rows {
            collected.list.extend(row);
            let end = u32::try_from(collected.list.len()).expect("memberships fit 32 bits");
            collected.starts.push(end);
        }
        collected
    }
}
