//! Two nested families out of the published cells of a system.
//!
//! A family is nested (laminar) when any two of its cells lie one inside the other or apart, as
//! sets of classes. Scales only say which cells are tried first; what nests is looked at, never
//! believed.

use domain::Scale;

use super::system::System;

/// No cell.
pub const NONE: u32 = u32::MAX;

/// Which cells are tried first in each of the two families, and those tried after them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The universe of the first family, and of the second: places in the catalogue.
    pub universes: [usize; 2],
    /// The scales of the second family; those of the first are the administrative ones.
    pub scales: Vec<Scale>,
}

/// The zonings of an edition that cross its administrative zones, each with its scales.
fn crossing(scales: &[Scale]) -> Vec<Vec<Scale>> {
    let (own, other): (Vec<Scale>, Vec<Scale>) =
        scales.iter().filter(|scale| !scale.is_nested()).partition(|scale| scale.is_crossing());
    // EPCI and EPT lie apart: they are one zoning.
    own.into_iter().map(|scale| vec![scale]).chain([other]).filter(|one| !one.is_empty()).collect()
}

/// In the filter, the first universe, the administrative zones with each zoning that crosses them; in each
/// other universe those with all of these, and with the filter's own. `scales` are those of the zones,
/// each once.
pub fn plans(universes: &[usize], scales: &[Scale]) -> Vec<Plan> {
    let Some((&filter, others)) = universes.split_first() else { return Vec::new() };
    let crossing = crossing(scales);
    let within = |own, scales: &[Scale]| Plan { universes: [own, own], scales: scales.to_vec() };
    let mut plans: Vec<Plan> = crossing.iter().map(|scales| within(filter, scales)).collect();
    if plans.is_empty() {
        plans.push(within(filter, &[]));
    }
    let nested: Vec<Scale> = scales.iter().copied().filter(|scale| scale.is_nested()).collect();
    for &other in others {
        plans.push(within(other, &crossing.concat()));
        plans.push(Plan { universes: [filter, other], scales: nested.clone() });
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
    pub fn new(system: &System, plan: &Plan, scale: impl Fn(u32) -> Scale) -> Pair {
        let cells = system.cells();
        let mut order: Vec<(usize, std::cmp::Reverse<Scale>, u32)> = Vec::new();
        for (cell, number) in cells.iter().zip(0u32..) {
            let scale = scale(cell.zone);
            let in_first = cell.universe == plan.universes[0] && scale.is_nested();
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
        Pair::of(system, order)
    }

    /// From cells in turn, each with the family that it is tried in before the other.
    pub fn of(system: &System, order: impl Iterator<Item = (u32, usize)>) -> Pair {
        let mut families = [0, 1].map(|_| Family::new(system));
        let mut family = vec![None; system.cells().len()];
        let (mut placed, mut left_out) = (0, 0);
        for (cell, first) in order {
            let own = [first, 1 - first].into_iter().find(|own| families[*own].takes(cell));
            family[cell as usize] = own;
            placed += usize::from(own.is_some());
            left_out += usize::from(own.is_none());
        }
        let mut parent = vec![NONE; family.len()];
        let chains = families.iter().flat_map(|family| &family.chains);
        for pair in chains.flat_map(|chain| chain.windows(2)) {
            parent[pair[0] as usize] = pair[1];
        }
        let smallest = |chain: &Vec<u32>| chain.first().copied().unwrap_or(NONE);
        let innermost = families.map(|family| family.chains.iter().map(smallest).collect());
        Pair { family, parent, innermost, placed, left_out }
    }

    /// The family of a cell, if it is in one.
    pub fn family(&self, cell: u32) -> Option<usize> {
        self.family[cell as usize]
    }
}

/// A nested family as it grows.
struct Family<'a> {
    system: &'a System,
    /// For each class, the cells that hold it: each lies in the next.
    chains: Vec<Vec<u32>>,
    /// Classes that the cell in hand shares with each cell; 0 between two cells.
    shared: Vec<usize>,
}

impl<'a> Family<'a> {
    fn new(system: &'a System) -> Family<'a> {
        let (classes, cells) = (system.weights().len(), system.cells().len());
        Family { system, chains: vec![Vec::new(); classes], shared: vec![0; cells] }
    }

    fn classes(&self, cell: u32) -> &'a [u32] {
        &self.system.cells()[cell as usize].classes
    }

    /// Adds the cell where it lies inside, around or apart from every cell of the family, and says
    /// whether it does.
    fn takes(&mut self, cell: u32) -> bool {
        let own = self.classes(cell);
        let nests = self.nests(own);
        if nests {
            for &class in own {
                let at = self.place(class, own.len());
                self.chains[class as usize].insert(at, cell);
            }
        }
        nests
    }

    /// Where a cell of this size stands among those around a class: after those that are smaller.
    fn place(&self, class: u32, size: usize) -> usize {
        self.chains[class as usize].partition_point(|&other| self.classes(other).len() < size)
    }

    /// Cells around one class lie in each other. So these classes nest if the smallest cell of at
    /// least their size is the same around each, and the largest smaller one around each lies within
    /// them.
    fn nests(&mut self, own: &[u32]) -> bool {
        let mut around = None;
        let mut touched = Vec::new();
        let mut nests = true;
        for &class in own {
            let at = self.place(class, own.len());
            let chain = &self.chains[class as usize];
            let larger = chain.get(at).copied();
            if *around.get_or_insert(larger) != larger {
                nests = false;
                break;
            }
            if let Some(&smaller) = at.checked_sub(1).and_then(|below| chain.get(below)) {
                let shared = &mut self.shared[smaller as usize];
                if *shared == 0 {
                    touched.push(smaller);
                }
                *shared += 1;
            }
        }
        for smaller in touched {
            let shared = std::mem::take(&mut self.shared[smaller as usize]);
            nests &= shared == self.classes(smaller).len();
        }
        nests
    }
}
