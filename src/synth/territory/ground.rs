//! Communes without names: cells given to seeds, then the traps of geography.

use std::collections::HashMap;

use super::super::lattice::{Frame, Hexagon};
use super::seeds::{nearest_cells, seeds};

/// Communes without names: the order is that of growth, the town first.
pub(super) struct Ground {
    pub(super) frame: Frame,
    pub(super) seeds: Vec<(f64, f64)>,
    pub(super) cells: Vec<Vec<Hexagon>>,
    pub(super) owners: HashMap<Hexagon, usize>,
    pub(super) enclave: (usize, Hexagon),
    pub(super) exclave: (usize, Hexagon),
    pub(super) island: usize,
}

impl Ground {
    /// Grows about so many communes.
    pub(super) fn grow(frame: &Frame, communes: usize) -> Ground {
        let spacing = frame.grain().spacing();
        let seeds = seeds(frame, communes.saturating_sub(2).max(18), spacing);
        let owners = nearest_cells(frame, &seeds, spacing);
        let mut ground = Ground {
            frame: frame.clone(),
            seeds: seeds.into_iter().map(|(_, at)| at).collect(),
            cells: Vec::new(),
            owners,
            enclave: (0, Hexagon { q: 0, r: 0 }),
            exclave: (0, Hexagon { q: 0, r: 0 }),
            island: 0,
        };
        let (a, b) = frame.radii();
        ground.enclave = ground.ring(Hexagon::at(0.42 * a, -0.32 * b), None);
        let stranger = ground.stranger(Hexagon::at(-0.38 * a, 0.42 * b));
        ground.exclave = ground.ring(Hexagon::at(-0.38 * a, 0.42 * b), Some(stranger));
        ground.island = ground.island();
        ground.join_pieces();
        ground.drop_empty();
        ground
    }

    /// Surrounds a cell by one commune and gives it to another one, a new one by default.
    fn ring(&mut self, cell: Hexagon, stranger: Option<usize>) -> (usize, Hexagon) {
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
    fn stranger(&self, cell: Hexagon) -> usize {
        let host = self.owners.get(&cell);
        (3..30)
            .filter_map(|step| self.owners.get(&Hexagon { q: cell.q + step, r: cell.r }))
            .find(|owner| Some(*owner) != host)
            .copied()
            .unwrap_or(0)
    }

    /// Puts an island of three cells off the western shore, and returns it.
    fn island(&mut self) -> usize {
        let west = self.owners.keys().filter(|cell| cell.r == 0).map(|cell| cell.q).min();
        let mut q = west.unwrap_or(0) - 3;
        loop {
            let cells = [(q, 0), (q - 1, 0), (q - 1, 1)].map(|(q, r)| Hexagon { q, r });
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
        let kept: Vec<Hexagon> =
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

    fn most_touched(&self, piece: &[Hexagon], not: usize) -> Option<usize> {
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
}

/// The connected pieces of a sorted set of cells.
fn pieces(cells: &[Hexagon]) -> Vec<Vec<Hexagon>> {
    let mut left: std::collections::BTreeSet<Hexagon> = cells.iter().copied().collect();
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
