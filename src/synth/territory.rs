//! The fictive territory: which cells make a commune, which communes an EPCI, a département and a
//! région, and the traps of geography (an enclave, an exclave, an island).

use std::collections::HashMap;

use super::dice::hashed;
use super::lattice::{Cell, Frame, Mm};
use super::names::{Names, of};

/// Cells of a commune, on average.
const CELLS: f64 = 7.0;
/// Communes of a département, on average, where there are several.
const PER_DEPARTEMENT: usize = 360;
/// Communes of an EPCI along each axis, on average.
const EPCI_ACROSS: f64 = 4.0;
/// An EPCI with fewer communes goes to its neighbours.
const LEAST_EPCI: usize = 5;
/// The area of a cell, in squares of its side.
const CELL_AREA: f64 = 2.598_076;

/// Where real départements would be: code and région. The first two are the default territory.
const DEPARTEMENTS: [(&str, &str); 94] = [
    ("85", "52"),
    ("49", "52"),
    ("44", "52"),
    ("53", "52"),
    ("72", "52"),
    ("22", "53"),
    ("29", "53"),
    ("35", "53"),
    ("56", "53"),
    ("14", "28"),
    ("27", "28"),
    ("50", "28"),
    ("61", "28"),
    ("76", "28"),
    ("02", "32"),
    ("59", "32"),
    ("60", "32"),
    ("62", "32"),
    ("80", "32"),
    ("75", "11"),
    ("77", "11"),
    ("78", "11"),
    ("91", "11"),
    ("92", "11"),
    ("93", "11"),
    ("94", "11"),
    ("95", "11"),
    ("08", "44"),
    ("10", "44"),
    ("51", "44"),
    ("52", "44"),
    ("54", "44"),
    ("55", "44"),
    ("57", "44"),
    ("67", "44"),
    ("68", "44"),
    ("88", "44"),
    ("18", "24"),
    ("28", "24"),
    ("36", "24"),
    ("37", "24"),
    ("41", "24"),
    ("45", "24"),
    ("21", "27"),
    ("25", "27"),
    ("39", "27"),
    ("58", "27"),
    ("70", "27"),
    ("71", "27"),
    ("89", "27"),
    ("90", "27"),
    ("16", "75"),
    ("17", "75"),
    ("19", "75"),
    ("23", "75"),
    ("24", "75"),
    ("33", "75"),
    ("40", "75"),
    ("47", "75"),
    ("64", "75"),
    ("79", "75"),
    ("86", "75"),
    ("87", "75"),
    ("01", "84"),
    ("03", "84"),
    ("07", "84"),
    ("15", "84"),
    ("26", "84"),
    ("38", "84"),
    ("42", "84"),
    ("43", "84"),
    ("63", "84"),
    ("69", "84"),
    ("73", "84"),
    ("74", "84"),
    ("09", "76"),
    ("11", "76"),
    ("12", "76"),
    ("30", "76"),
    ("31", "76"),
    ("32", "76"),
    ("34", "76"),
    ("46", "76"),
    ("48", "76"),
    ("65", "76"),
    ("66", "76"),
    ("81", "76"),
    ("82", "76"),
    ("04", "93"),
    ("05", "93"),
    ("06", "93"),
    ("13", "93"),
    ("83", "93"),
    ("84", "93"),
];

/// A commune: a set of cells, one connected piece but for the exclave.
#[derive(Clone, Debug)]
pub(super) struct Commune {
    pub(super) code: String,
    pub(super) nom: String,
    pub(super) cells: Vec<Cell>,
    /// `None`: the island is in no EPCI, as islands of the west are.
    pub(super) epci: Option<usize>,
    pub(super) departement: usize,
}

/// An EPCI.
#[derive(Clone, Debug)]
pub(super) struct Epci {
    pub(super) siren: String,
    pub(super) nom: String,
    pub(super) nature: &'static str,
    /// Its chief commune, in [`Territory::communes`].
    pub(super) seat: usize,
}

/// A département and its région.
#[derive(Clone, Debug)]
pub(super) struct Departement {
    pub(super) code: &'static str,
    pub(super) nom: String,
    pub(super) region: &'static str,
}

/// The communes of the traps, in [`Territory::communes`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Traps {
    pub(super) town: usize,
    pub(super) enclave: usize,
    pub(super) exclave: usize,
    /// The piece that lies apart.
    pub(super) exclave_cell: Cell,
    pub(super) island: usize,
}

/// The whole territory; communes in the order of their codes.
pub(super) struct Territory {
    pub(super) frame: Frame,
    pub(super) communes: Vec<Commune>,
    pub(super) epcis: Vec<Epci>,
    pub(super) departements: Vec<Departement>,
    pub(super) traps: Traps,
    owners: HashMap<Cell, usize>,
}

impl Territory {
    /// The commune of a cell.
    pub(super) fn owner(&self, cell: Cell) -> Option<usize> {
        self.owners.get(&cell).copied()
    }

    /// Invents a territory of about so many communes (at least 20).
    pub(super) fn invent(seed: u64, communes: usize) -> Territory {
        let frame = frame(seed, communes);
        let ground = Ground::grow(&frame, communes);
        let mut names = Names::new(seed);
        let groups = ground.epcis();
        let departements = ground.departements(&groups);
        let noms: Vec<String> = (0..ground.cells.len())
            .map(|index| match index {
                _ if index == ground.island => "L'Île-d'Yverne".to_owned(),
                _ => names.commune(),
            })
            .collect();
        name_all(frame, ground, groups, departements, noms, &mut names)
    }
}

fn frame(seed: u64, communes: usize) -> Frame {
    let b = (communes as f64 * CELLS * CELL_AREA / (std::f64::consts::PI * 1.2)).sqrt();
    // 100 communes are 60 km across, and France is the most there is room for.
    let half_width = (30e6 * (communes as f64 / 100.0).sqrt()).min(430e6);
    let centre = if communes <= 1000 {
        Mm { x: 420_000_000, y: 6_640_000_000 }
    } else {
        Mm { x: 690_000_000, y: 6_600_000_000 }
    };
    Frame::new(seed, centre, half_width, (1.2 * b, b))
}

/// Communes without names: the order is that of growth, the town first.
struct Ground {
    frame: Frame,
    seeds: Vec<(f64, f64)>,
    cells: Vec<Vec<Cell>>,
    owners: HashMap<Cell, usize>,
    enclave: (usize, Cell),
    exclave: (usize, Cell),
    island: usize,
}

impl Ground {
    fn grow(frame: &Frame, communes: usize) -> Ground {
        let spacing = (CELLS * CELL_AREA).sqrt();
        let seeds = seeds(frame, communes.saturating_sub(2).max(18), spacing);
        let owners = nearest_cells(frame, &seeds, spacing);
        let mut ground = Ground {
            frame: frame.clone(),
            seeds: seeds.into_iter().map(|(_, at)| at).collect(),
            cells: Vec::new(),
            owners,
            enclave: (0, Cell { q: 0, r: 0 }),
            exclave: (0, Cell { q: 0, r: 0 }),
            island: 0,
        };
        let (a, b) = frame.radii();
        ground.enclave = ground.ring(Cell::at(0.42 * a, -0.32 * b), None);
        let stranger = ground.stranger(Cell::at(-0.38 * a, 0.42 * b));
        ground.exclave = ground.ring(Cell::at(-0.38 * a, 0.42 * b), Some(stranger));
        ground.island = ground.island();
        ground.join_pieces();
        ground.drop_empty();
        ground
    }

    /// Surrounds a cell by one commune and gives it to another one, a new one by default.
    fn ring(&mut self, cell: Cell, stranger: Option<usize>) -> (usize, Cell) {
        let host = self.owners.get(&cell).copied().unwrap_or(0);
        for neighbour in cell.neighbours() {
            self.owners.insert(neighbour, host);
        }
        let stranger = stranger.unwrap_or_else(|| {
            self.seeds.push(cell.centre());
            self.seeds.len() - 1
        });
        self.owners.insert(cell, stranger);
        (stranger, cell)
    }

    /// A commune a few cells to the east of the owner of a cell, with cells of its own there.
    fn stranger(&self, cell: Cell) -> usize {
        let host = self.owners.get(&cell);
        (3..30)
            .filter_map(|step| self.owners.get(&Cell { q: cell.q + step, r: cell.r }))
            .find(|owner| Some(*owner) != host)
            .copied()
            .unwrap_or(0)
    }

    /// Puts an island of three cells off the western shore, and returns it.
    fn island(&mut self) -> usize {
        let west = self.owners.keys().filter(|cell| cell.r == 0).map(|cell| cell.q).min();
        let mut q = west.unwrap_or(0) - 3;
        loop {
            let cells = [(q, 0), (q - 1, 0), (q - 1, 1)].map(|(q, r)| Cell { q, r });
            let dry = cells
                .iter()
                .flat_map(|cell| cell.neighbours())
                .any(|cell| self.owners.contains_key(&cell));
            if !dry {
                let island = self.seeds.len();
                self.seeds.push(cells[0].centre());
                self.owners.extend(cells.map(|cell| (cell, island)));
                return island;
            }
            q -= 1;
        }
    }

    /// Gives pieces that lie apart from their commune to the commune they touch most, but for the
    /// exclave. The pieces that surround the traps stay.
    fn join_pieces(&mut self) {
        self.list_cells();
        let kept: Vec<Cell> =
            [self.enclave.1, self.exclave.1].iter().flat_map(|cell| cell.neighbours()).collect();
        for commune in 0..self.cells.len() {
            let mut pieces = pieces(&self.cells[commune]);
            pieces.retain(|piece| !piece.contains(&self.exclave.1) || piece.len() > 1);
            pieces.sort_by_key(|piece| (piece.iter().any(|cell| kept.contains(cell)), piece.len()));
            pieces.pop();
            for piece in pieces {
                if let Some(owner) = self.most_touched(&piece, commune) {
                    self.owners.extend(piece.into_iter().map(|cell| (cell, owner)));
                }
            }
        }
        self.list_cells();
    }

    fn most_touched(&self, piece: &[Cell], not: usize) -> Option<usize> {
        let mut touched: Vec<usize> = piece
            .iter()
            .flat_map(|cell| cell.neighbours())
            .filter_map(|cell| self.owners.get(&cell).copied())
            .filter(|owner| *owner != not)
            .collect();
        touched.sort_unstable();
        let most = touched.chunk_by(|a, b| a == b).max_by_key(|run| (run.len(), run[0]))?;
        Some(most[0])
    }

    fn list_cells(&mut self) {
        self.cells = vec![Vec::new(); self.seeds.len()];
        for (cell, owner) in &self.owners {
            self.cells[*owner].push(*cell);
        }
        for cells in &mut self.cells {
            cells.sort_unstable();
        }
    }

    /// A trap may have taken all the cells of a commune.
    fn drop_empty(&mut self) {
        let mut place = Vec::with_capacity(self.cells.len());
        let mut next = 0;
        for cells in &self.cells {
            place.push(next);
            next += usize::from(!cells.is_empty());
        }
        let mut full = self.cells.iter().map(|cells| !cells.is_empty());
        self.seeds.retain(|_| full.next().unwrap_or(true));
        self.cells.retain(|cells| !cells.is_empty());
        for owner in self.owners.values_mut() {
            *owner = place[*owner];
        }
        for trap in [&mut self.enclave.0, &mut self.exclave.0, &mut self.island] {
            *trap = place[*trap];
        }
    }

    /// The EPCI of each commune, numbered from 0; the island has none.
    fn epcis(&self) -> Vec<Option<usize>> {
        let spacing = EPCI_ACROSS * (CELLS * CELL_AREA).sqrt();
        let seed = self.frame.seed() ^ 0x0E9C_1000;
        let bin = |at| nearest_bin(seed, spacing, at, 0.3, |_| true);
        let first: Vec<_> = self.seeds.iter().map(|at| bin(*at)).collect();
        let mut sizes: HashMap<(i64, i64), usize> = HashMap::new();
        for bin in first.iter().flatten() {
            *sizes.entry(*bin).or_default() += 1;
        }
        let large = |bin: (i64, i64)| sizes.get(&bin).is_some_and(|size| *size >= LEAST_EPCI);
        let mut numbers = HashMap::new();
        let mut groups = Vec::with_capacity(self.seeds.len());
        for at in &self.seeds {
            // Where all are small, what is left is one EPCI.
            let bin = nearest_bin(seed, spacing, *at, 0.3, large).unwrap_or((0, 0));
            let next = numbers.len();
            groups.push(Some(*numbers.entry(bin).or_insert(next)));
        }
        let host = self.owners[&self.enclave.1.neighbours()[0]];
        groups[self.enclave.0] = groups[host];
        groups[self.island] = None;
        groups
    }

    /// The département of each commune: blocks of whole EPCI, but for the easternmost EPCI, whose
    /// east is in a neighbour, the last département.
    fn departements(&self, groups: &[Option<usize>]) -> Vec<usize> {
        let epcis = groups.iter().flatten().max().map_or(0, |last| last + 1);
        let mut members = vec![Vec::new(); epcis];
        for (commune, group) in groups.iter().enumerate() {
            if let Some(group) = group {
                members[*group].push(commune);
            }
        }
        let middle = |group: usize| {
            let sum = members[group].iter().fold((0.0, 0.0), |sum, commune| {
                (sum.0 + self.seeds[*commune].0, sum.1 + self.seeds[*commune].1)
            });
            let count = members[group].len().max(1) as f64;
            (sum.0 / count, sum.1 / count)
        };
        let blocks = (self.seeds.len() / PER_DEPARTEMENT).clamp(1, DEPARTEMENTS.len() - 1);
        let mut epci_block = vec![0; epcis];
        let mut all: Vec<(usize, (f64, f64), usize)> =
            (0..epcis).map(|group| (group, middle(group), members[group].len())).collect();
        split(&mut all, 0, blocks, &mut epci_block);
        let mut found: Vec<usize> = groups
            .iter()
            .map(|group| group.map_or(epci_block[0], |group| epci_block[group]))
            .collect();
        let east = (0..epcis).max_by(|a, b| middle(*a).0.total_cmp(&middle(*b).0)).unwrap_or(0);
        let mut crossing = members[east].clone();
        crossing.sort_by(|a, b| self.seeds[*b].0.total_cmp(&self.seeds[*a].0));
        crossing.truncate((crossing.len() * 2 / 5).max(2));
        for commune in crossing {
            found[commune] = blocks;
        }
        found
    }
}

/// Cuts a set of EPCI (number, middle, communes) into `blocks` parts of like size, across its
/// longer axis, and again.
fn split(
    epcis: &mut [(usize, (f64, f64), usize)],
    first: usize,
    blocks: usize,
    found: &mut [usize],
) {
    if blocks <= 1 || epcis.len() <= 1 {
        for (epci, _, _) in epcis {
            found[*epci] = first;
        }
        return;
    }
    let extent = |axis: fn(&(f64, f64)) -> f64| {
        let all = || epcis.iter().map(|(_, at, _)| axis(at));
        all().fold(f64::MIN, f64::max) - all().fold(f64::MAX, f64::min)
    };
    let wide = extent(|at| at.0) > extent(|at| at.1);
    epcis.sort_by(
        |(_, a, _), (_, b, _)| {
            if wide { a.0.total_cmp(&b.0) } else { a.1.total_cmp(&b.1) }
        },
    );
    let total: usize = epcis.iter().map(|(_, _, size)| size).sum();
    let half = blocks / 2;
    let mut sum = 0;
    let cut = epcis
        .iter()
        .position(|(_, _, size)| {
            sum += size;
            sum * blocks >= total * half
        })
        .map_or(1, |index| (index + 1).clamp(1, epcis.len() - 1));
    let (low, high) = epcis.split_at_mut(cut);
    split(low, first, half, found);
    split(high, first + half, blocks - half, found);
}

/// The seeds of communes nearest to the centre, in that order, with the bin of each.
fn seeds(frame: &Frame, count: usize, spacing: f64) -> Vec<((i64, i64), (f64, f64))> {
    let (a, b) = frame.radii();
    let (wide, high) = ((1.4 * a / spacing) as i64 + 3, (1.4 * b / spacing) as i64 + 3);
    let mut seeds: Vec<(f64, (i64, i64), (f64, f64))> = Vec::new();
    for j in -high..=high {
        for i in -wide..=wide {
            let at = seed_of(frame.seed(), spacing, (i, j), 0.33);
            let wobble = 0.9 + 0.2 * hashed(frame.seed(), &[i, j, 3]);
            seeds.push((frame.eccentricity(at) * wobble, (i, j), at));
        }
    }
    seeds.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    seeds.into_iter().take(count).map(|(_, bin, at)| (bin, at)).collect()
}

/// The place of the seed of a bin: its middle, shaken by up to `shake` of its width.
fn seed_of(seed: u64, spacing: f64, (i, j): (i64, i64), shake: f64) -> (f64, f64) {
    let shaken = |axis| (2.0 * hashed(seed, &[i, j, axis]) - 1.0) * shake;
    let shift = if j % 2 == 0 { 0.0 } else { 0.5 };
    ((i as f64 + shift + shaken(0)) * spacing, (j as f64 + shaken(1)) * spacing)
}

/// The bin of the nearest seed among those that are wanted, within three bins.
fn nearest_bin(
    seed: u64,
    spacing: f64,
    (x, y): (f64, f64),
    shake: f64,
    wanted: impl Fn((i64, i64)) -> bool,
) -> Option<(i64, i64)> {
    let (i, j) = ((x / spacing).round() as i64, (y / spacing).round() as i64);
    let mut best: Option<(f64, (i64, i64))> = None;
    for bin in (j - 3..=j + 3).flat_map(|j| (i - 3..=i + 3).map(move |i| (i, j))) {
        if !wanted(bin) {
            continue;
        }
        let (u, v) = seed_of(seed, spacing, bin, shake);
        let distance = (u - x) * (u - x) + (v - y) * (v - y);
        if best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, bin));
        }
    }
    best.map(|(_, bin)| bin)
}

/// Each cell near a chosen seed goes to it; the town, the first seed, takes a little more.
fn nearest_cells(
    frame: &Frame,
    seeds: &[((i64, i64), (f64, f64))],
    spacing: f64,
) -> HashMap<Cell, usize> {
    let numbers: HashMap<(i64, i64), usize> =
        seeds.iter().enumerate().map(|(index, (bin, _))| (*bin, index)).collect();
    let (a, b) = frame.radii();
    let rows = (1.5 * b / 1.5) as i32 + 4;
    let columns = (1.5 * a / 1.7) as i32 + 4;
    let mut owners = HashMap::new();
    for r in -rows..=rows {
        for q in -columns - r / 2 - 1..=columns - r / 2 + 1 {
            let cell = Cell { q, r };
            let at = cell.centre();
            // Beyond the outline, capes would be long and thin.
            if frame.eccentricity(at) > 1.1 {
                continue;
            }
            let Some(bin) = nearest_bin(frame.seed(), spacing, at, 0.33, |_| true) else {
                continue;
            };
            let town = seeds[0].1;
            let near_town = (at.0 - town.0).powi(2) + (at.1 - town.1).powi(2);
            if near_town < 0.5 * spacing * spacing {
                owners.insert(cell, 0);
            } else if let Some(index) = numbers.get(&bin) {
                owners.insert(cell, *index);
            }
        }
    }
    owners
}

/// The connected pieces of a sorted set of cells.
fn pieces(cells: &[Cell]) -> Vec<Vec<Cell>> {
    let mut left: std::collections::BTreeSet<Cell> = cells.iter().copied().collect();
    let mut pieces = Vec::new();
    while let Some(start) = left.pop_first() {
        let mut piece = vec![start];
        let mut next = 0;
        while next < piece.len() {
            let neighbours = piece[next].neighbours();
            piece.extend(neighbours.into_iter().filter(|cell| left.remove(cell)));
            next += 1;
        }
        pieces.push(piece);
    }
    pieces
}

fn name_all(
    frame: Frame,
    ground: Ground,
    groups: Vec<Option<usize>>,
    blocks: Vec<usize>,
    noms: Vec<String>,
    names: &mut Names,
) -> Territory {
    let count = blocks.iter().max().map_or(1, |last| last + 1);
    // The neighbour is the second département; the others follow.
    let rank = |block: usize| match block {
        0 => 0,
        _ if block == count - 1 => 1,
        _ => block + 1,
    };
    let mut order: Vec<usize> = (0..noms.len()).collect();
    order.sort_by(|a, b| {
        let key = |index: usize| (rank(blocks[index]), noms[index].as_str(), index);
        key(*a).cmp(&key(*b))
    });
    let mut place = vec![0; order.len()];
    let mut communes: Vec<Commune> = Vec::with_capacity(order.len());
    let mut number = 0;
    for (index, old) in order.iter().enumerate() {
        place[*old] = index;
        let departement = rank(blocks[*old]);
        let same = communes.last().is_some_and(|last| last.departement == departement);
        number = if same { number + 1 } else { 1 };
        let code = format!("{}{number:03}", DEPARTEMENTS[departement].0);
        let (nom, cells) = (noms[*old].clone(), ground.cells[*old].clone());
        communes.push(Commune { code, nom, cells, epci: groups[*old], departement });
    }
    let epcis = name_epcis(&ground, &groups, &place, &noms, names);
    let departements = (0..count)
        .map(|index| {
            let (code, region) = DEPARTEMENTS[index];
            let way = ["Haute", "Basse", "Val", "Pays"][(index / 14 + index) % 4];
            let river = names.river(index * 5 + 3);
            let nom = match way {
                "Val" | "Pays" => format!("{way}-{}", of("de", river)),
                _ => format!("{way}-{river}"),
            };
            Departement { code, nom, region }
        })
        .collect();
    let traps = Traps {
        town: place[0],
        enclave: place[ground.enclave.0],
        exclave: place[ground.exclave.0],
        exclave_cell: ground.exclave.1,
        island: place[ground.island],
    };
    let owners = ground.owners.into_iter().map(|(cell, old)| (cell, place[old])).collect();
    Territory { frame, communes, epcis, departements, traps, owners }
}

fn name_epcis(
    ground: &Ground,
    groups: &[Option<usize>],
    place: &[usize],
    noms: &[String],
    names: &mut Names,
) -> Vec<Epci> {
    let count = groups.iter().flatten().max().map_or(0, |last| last + 1);
    // The town, commune 0, is the seat of its EPCI; elsewhere the largest commune is.
    let mut largest = vec![usize::MAX; count];
    for (commune, group) in groups.iter().enumerate() {
        let Some(group) = group else { continue };
        let best = &mut largest[*group];
        let larger = |than: usize| ground.cells[commune].len() > ground.cells[than].len();
        if *best == usize::MAX || (*best != 0 && larger(*best)) {
            *best = commune;
        }
    }
    largest
        .into_iter()
        .enumerate()
        .map(|(index, seat)| {
            let town = groups.first().copied().flatten() == Some(index);
            let river = names.river(index * 3 + 1);
            let (nature, nom) = if town {
                ("CA", format!("CA {} Agglomération", noms[seat]))
            } else if index % 3 == 0 {
                ("CC", format!("CC du Pays {}", of("de", &noms[seat]).replacen('-', " ", 1)))
            } else {
                ("CC", format!("CC {} et {river}", noms[seat]))
            };
            Epci { siren: siren(index), nom, nature, seat: place[seat] }
        })
        .collect()
}

/// A nine-digit number whose last digit closes the check of SIREN numbers (Luhn).
pub(super) fn siren(index: usize) -> String {
    with_check_digit(&format!("2009{:04}", (index * 7 + 101) % 10_000))
}

/// Appends the digit that makes the Luhn sum a multiple of ten.
pub(super) fn with_check_digit(digits: &str) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            if index % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}
