//! Large cells, and the classes that lie in the same of them.
//!
//! Combinations often add a large cell and take others away that cover nearly all of it. What is
//! left is found without a look at every class: classes that lie in the same large cells are one
//! bundle, and bundles that lie in the same larger cells are one again, level by level.

use foldhash::{HashMap, HashMapExt};

use super::system::System;

/// A cell that holds at most so many parts is small: of level 0. Each level above is [`FACTOR`]
/// times as large.
const SMALL: usize = 32;
const FACTOR: usize = 8;

/// No bundle.
const NONE: u32 = u32::MAX;

/// The bundles of a system, and the open classes of each, kept up to date as classes come and go.
pub(super) struct Bundles {
    /// By cell.
    levels: Vec<u8>,
    /// By level but the first.
    known: Vec<HashMap<Box<[u32]>, u32>>,
    all: Vec<Bundle>,
    /// By cell, the bundles of its level that it ever held; none of a small one.
    of_cell: Vec<Vec<u32>>,
    /// By class, its bundle and where it stands in it.
    places: Vec<(u32, u32)>,
}

/// Classes that lie in the same cells of a level and of those above.
pub(super) struct Bundle {
    pub level: u8,
    /// Those cells.
    pub cells: Box<[u32]>,
    /// The bundles of the level below that are part of it and hold an open class; of the lowest
    /// level, the open classes.
    pub held: Vec<u32>,
    /// The bundle of the level above, and where it stands in it.
    place: (u32, u32),
}

impl Bundles {
    /// No class is known yet.
    pub(super) fn new(system: &System) -> Bundles {
        let level = |cell: u32| {
            let sizes = std::iter::successors(Some(SMALL), |size| size.checked_mul(FACTOR));
            sizes.take_while(|&size| system.parts_of(cell).len() > size).count() as u8
        };
        let levels: Vec<u8> = (0..system.cells().len() as u32).map(level).collect();
        let highest = levels.iter().copied().max().unwrap_or(0);
        Bundles {
            known: vec![HashMap::new(); usize::from(highest)],
            all: Vec::new(),
            of_cell: vec![Vec::new(); levels.len()],
            places: Vec::new(),
            levels,
        }
    }

    /// The next class, with the cells that hold it. It is not open yet.
    pub(super) fn register(&mut self, cells: &[u32]) {
        let bundle = self.bundle_of(1, cells);
        self.places.push((bundle, 0));
    }

    /// The bundle of a level that lies in the cells of it and above.
    fn bundle_of(&mut self, level: u8, cells: &[u32]) -> u32 {
        let Some(known) = self.known.get(usize::from(level) - 1) else { return NONE };
        let is_above = |cell: &u32| self.levels[*cell as usize] >= level;
        let cells: Box<[u32]> = cells.iter().copied().filter(is_above).collect();
        if cells.is_empty() {
            return NONE;
        }
        if let Some(&bundle) = known.get(&cells) {
            return bundle;
        }
        let above = self.bundle_of(level + 1, &cells);
        let bundle = self.all.len() as u32;
        self.known[usize::from(level) - 1].insert(cells.clone(), bundle);
        for &cell in &cells {
            if self.level(cell) == level {
                self.of_cell[cell as usize].push(bundle);
            }
        }
        self.all.push(Bundle { level, cells, held: Vec::new(), place: (above, 0) });
        bundle
    }

    /// A class is open now.
    pub(super) fn open(&mut self, class: u32) {
        let (mut held, mut above) = (class, self.places[class as usize].0);
        while above != NONE {
            let bundle = &mut self.all[above as usize];
            let (level, at) = (bundle.level, bundle.held.len() as u32);
            bundle.held.push(held);
            self.place(level, held).1 = at;
            if at > 0 {
                return;
            }
            (held, above) = (above, self.all[above as usize].place.0);
        }
    }

    /// A class is not open any more.
    pub(super) fn close(&mut self, class: u32) {
        let mut place = self.places[class as usize];
        while place.0 != NONE {
            let bundle = &mut self.all[place.0 as usize];
            bundle.held.swap_remove(place.1 as usize);
            let (level, is_empty, next) = (bundle.level, bundle.held.is_empty(), bundle.place);
            if let Some(&moved) = bundle.held.get(place.1 as usize) {
                self.place(level, moved).1 = place.1;
            }
            if !is_empty {
                return;
            }
            place = next;
        }
    }

    /// Where that which a bundle of a level holds stands.
    fn place(&mut self, level: u8, held: u32) -> &mut (u32, u32) {
        match level {
            1 => &mut self.places[held as usize],
            _ => &mut self.all[held as usize].place,
        }
    }

    /// The level of a cell; 0 is a small one.
    pub(super) fn level(&self, cell: u32) -> u8 {
        self.levels[cell as usize]
    }

    /// The bundles of a large cell, of its level, that hold an open class.
    pub(super) fn of_cell(&self, cell: u32) -> impl Iterator<Item = u32> + '_ {
        let bundles = self.of_cell[cell as usize].iter().copied();
        bundles.filter(|&bundle| !self.bundle(bundle).held.is_empty())
    }

    /// A bundle.
    pub(super) fn bundle(&self, bundle: u32) -> &Bundle {
        &self.all[bundle as usize]
    }
}
