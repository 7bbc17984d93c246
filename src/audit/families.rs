//! Two nested families out of the published cells of a system.
//!
//! A family is nested (laminar) when any two of its cells lie one inside the other or apart, as
//! sets of classes. Scales only say which cells are tried first; what nests is looked at, never
//! believed.

use crate::domain::Scale;

use super::system::System;

/// No cell.
pub const NONE: u32 = u32::MAX;

/// A system with the cells of each of its classes.
pub struct Indexed<'a> {
    pub system: &'a System,
    of_class: Vec<Vec<u32>>,
}

impl<'a> Indexed<'a> {
    pub fn new(system: &'a System) -> Indexed<'a> {
        Indexed { system, of_class: system.cells_of_classes() }
    }

    fn size(&self, cell: u32) -> usize {
        self.system.cells()[cell as usize].classes.len()
    }
}

/// Which cells are tried first in each of the two families, and those tried after them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The universe of the first family, and of the second: places in the catalogue.
    pub universes: [usize; 2],
    /// The scales of the second family; those of the first are the administrative ones.
    pub scales: Vec<Scale>,
}

/// The scales that nest by law.
const ADMINISTRATIVE: [Scale; 7] = [
    Scale::France,
    Scale::Region,
    Scale::Departement,
    Scale::Commune,
    Scale::Arrondissement,
    Scale::Iris,
    Scale::Adresse,
];

/// The scales that cross them.
const CROSSING: [&[Scale]; 3] = [&[Scale::Carreau], &[Scale::Qpv], &[Scale::Epci, Scale::Ept]];

/// In the filter, the first universe, the administrative zones with each crossing zoning; in each
/// other universe those with squares, and with the filter's own.
pub fn plans(universes: &[usize]) -> Vec<Plan> {
    let Some((&filter, others)) = universes.split_first() else { return Vec::new() };
    let within = |own, scales: &[Scale]| Plan { universes: [own, own], scales: scales.to_vec() };
    let mut plans: Vec<Plan> = CROSSING.iter().map(|scales| within(filter, scales)).collect();
    for &other in others {
        let all: Vec<Scale> = CROSSING.into_iter().flatten().copied().collect();
        plans.push(within(other, &all));
        plans.push(Plan { universes: [filter, other], scales: ADMINISTRATIVE.to_vec() });
    }
    plans
}

/// Every cell in the first family, the second or neither.
pub struct Pair {
    family: Vec<Option<usize>>,
    /// For each cell that is in a family, the smallest of its family around it, or `NONE`.
    pub parent: Vec<u32>,
    /// For each family and class, the smallest cell that holds it, or `NONE`.
    pub innermost: [Vec<u32>; 2],
    /// Cells that hold somebody: those in a family, and those that cross both.
    pub placed: usize,
    pub left_out: usize,
}

impl Pair {
    /// Puts cells where they nest: those of the plan first, the coarse ones first, then all others.
    pub fn new(indexed: &Indexed, plan: &Plan, scale: impl Fn(u32) -> Scale) -> Pair {
        let cells = indexed.system.cells();
        let mut order: Vec<(usize, std::cmp::Reverse<Scale>, u32)> = Vec::new();
        for (cell, number) in cells.iter().zip(0u32..) {
            let scale = scale(cell.zone);
            let in_first = cell.universe == plan.universes[0] && ADMINISTRATIVE.contains(&scale);
            let in_second = cell.universe == plan.universes[1] && plan.scales.contains(&scale);
            let turn = match () {
                () if cell.classes.is_empty() => continue,
                () if in_first => 0,
                () if in_second => 1,
                () if plan.universes.contains(&cell.universe) => 2,
                () => 3,
            };
            order.push((turn, std::cmp::Reverse(scale), number));
        }
        order.sort_unstable();
        let order = order.into_iter().map(|(turn, _, cell)| (cell, usize::from(turn == 1)));
        Pair::of(indexed, order)
    }

    /// From cells in turn, each with the family that it is tried in before the other.
    pub fn of(indexed: &Indexed, order: impl Iterator<Item = (u32, usize)>) -> Pair {
        let mut placing = Placing {
            indexed,
            family: vec![None; indexed.system.cells().len()],
            shared: vec![0; indexed.system.cells().len()],
        };
        let (mut placed, mut left_out) = (0, 0);
        for (cell, first) in order {
            let family = [first, 1 - first].into_iter().find(|own| placing.nests(cell, *own));
            placing.family[cell as usize] = family;
            placed += usize::from(family.is_some());
            left_out += usize::from(family.is_none());
        }
        let family = placing.family;
        let mut parent = vec![NONE; family.len()];
        let mut innermost = [0, 1].map(|_| vec![NONE; indexed.of_class.len()]);
        let mut chain = Vec::new();
        for (class, around) in indexed.of_class.iter().enumerate() {
            for (own, innermost) in innermost.iter_mut().enumerate() {
                chain.clear();
                chain.extend(around.iter().filter(|cell| family[**cell as usize] == Some(own)));
                chain.sort_unstable_by_key(|cell| (indexed.size(*cell), *cell));
                innermost[class] = chain.first().copied().unwrap_or(NONE);
                for pair in chain.windows(2) {
                    parent[pair[0] as usize] = pair[1];
                }
            }
        }
        Pair { family, parent, innermost, placed, left_out }
    }

    /// The family of a cell, if it is in one.
    pub fn family(&self, cell: u32) -> Option<usize> {
        self.family[cell as usize]
    }
}

struct Placing<'a> {
    indexed: &'a Indexed<'a>,
    family: Vec<Option<usize>>,
    /// Classes that the cell in hand shares with each cell; 0 between two cells.
    shared: Vec<usize>,
}

impl Placing<'_> {
    /// Whether the cell lies inside, around or apart from every cell of the family.
    fn nests(&mut self, cell: u32, family: usize) -> bool {
        let own = &self.indexed.system.cells()[cell as usize].classes;
        let mut touched = Vec::new();
        for other in own.iter().flat_map(|class| &self.indexed.of_class[*class as usize]) {
            if self.family[*other as usize] == Some(family) {
                let shared = &mut self.shared[*other as usize];
                if *shared == 0 {
                    touched.push(*other);
                }
                *shared += 1;
            }
        }
        let mut nests = true;
        for other in touched {
            let shared = std::mem::take(&mut self.shared[other as usize]);
            nests &= shared == own.len().min(self.indexed.size(other));
        }
        nests
    }
}
