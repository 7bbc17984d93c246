//! The linear programme of one small class, as a primal simplex that grows.
//!
//! Maximises `y_a − Σ_{c≠a} max(0, |y_c| − N(c))` over the perturbations `y` of some classes whose sum over
//! every cell is 0. The prices of the cells at the optimum are the lightest combination: `w_a = 1`,
//! `|w_c| ≤ 1` (`METHOD.md`). Classes can join and cells can be forbidden without starting anew: this, and
//! that it stops once enough is gained, is why it is not a library's. Bounded variables over a `basis`
//! (Chvátal 1983, *Linear Programming*, chapters 7 and 8); Bland's rule when it stalls. Floating point:
//! `proof` alone says what holds.

use foldhash::{HashMap, HashMapExt};

use super::basis::{Basis, Entering, Leaving, Tableau};
use super::classes::Classes;
use super::system::scattered;

/// Below this a price, a gain or a pivot is nothing.
const NOTHING: f64 = 1e-7;

/// What a cell may see once a programme has stalled, at the least; another for each, up to twice as
/// much. Every cell sees nothing at the start, so that most pivots gain nothing (Charnes 1952,
/// *Optimality and degeneracy in linear programming*). Prices do not depend on it, and a perturbation is
/// worked out without it from the classes that are basic.
const PLAY: f64 = 1e-5;

/// What is lacking and may come of that play.
const SLIGHT: f64 = 1e-3;

/// Pivots after which a programme gives up, and pivots without a gain after which cells get their
/// play; after as many again it takes the first variable that it can, not the best.
const PIVOTS: usize = 60_000;
const STALLED: usize = 200;

/// Pivots after which prices are added up anew, so that rounding does not add up.
const FRESH: usize = 100;

/// How a programme ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The perturbation adds to the class what it lacks.
    Reached,
    /// None of these classes does: the combination is the lightest.
    Optimal,
    GaveUp,
}

/// A programme over some of the open classes.
pub(super) struct Simplex<'a> {
    classes: &'a Classes<'a>,
    /// The small class first.
    columns: Vec<Column>,
    /// By column, the prices of its cells together.
    prices: Vec<f64>,
    rows: Vec<Row>,
    row_of: HashMap<u32, u32>,
    basis: Basis,
    /// By place of the basis.
    basic: Vec<Basic>,
    lacking: f64,
    gained: f64,
    pivots: usize,
    /// Pivots since prices were added up.
    stale: usize,
    has_play: bool,
}

/// A class.
struct Column {
    class: u32,
    households: f64,
    /// The value of each piece that is not in the basis.
    values: [Option<f64>; 3],
}

/// A cell.
struct Row {
    cell: u32,
    /// A forbidden cell sees nothing.
    is_forbidden: bool,
    price: f64,
    /// What it would see, while its slack is basic, and the rank of that slack.
    seen: f64,
    rank: u32,
}

/// A basic piece. The first cells and what takes the place of their slacks rank first: of all lightest
/// combinations those are found that weigh on little else.
struct Basic {
    piece: Piece,
    value: f64,
    rank: u32,
}

/// A piece of a class's perturbation: within its households, above or below them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    column: u32,
    piece: usize,
}

const PIECES: [f64; 3] = [1.0, 1.0, -1.0];

/// What a perturbation is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Variable {
    /// What a cell would see.
    Slack(u32),
    Piece(Piece),
}

/// A variable that can grow or shrink, and the gain for each unit.
struct Offer {
    variable: Variable,
    direction: f64,
    gain: f64,
}

/// What stops a variable that enters: the basic one, where, and how fast it moves.
struct Stop {
    variable: Variable,
    leaving: Leaving,
    slope: f64,
    rank: u32,
}

impl<'a> Simplex<'a> {
    /// The programme of a class, alone as yet.
    pub(super) fn new(classes: &'a Classes<'a>, class: u32, threshold: u64) -> Simplex<'a> {
        let mut simplex = Simplex {
            classes,
            columns: Vec::new(),
            prices: Vec::new(),
            rows: Vec::new(),
            row_of: HashMap::new(),
            basis: Basis::default(),
            basic: Vec::new(),
            lacking: threshold.saturating_sub(classes.households(class)) as f64,
            gained: 0.0,
            pivots: 0,
            stale: 0,
            has_play: false,
        };
        simplex.join(class);
        simplex
    }

    /// A class joins.
    pub(super) fn join(&mut self, class: u32) {
        let cells = self.classes.cells(class);
        let rows: Box<[u32]> = cells.iter().map(|&cell| self.row(cell)).collect();
        let price = rows.iter().map(|&row| self.rows[row as usize].price).sum();
        let households = self.classes.households(class) as f64;
        // The small class gains from the first household on: it has one piece.
        let values = if self.columns.is_empty() { [Some(0.0), None, None] } else { [Some(0.0); 3] };
        self.columns.push(Column { class, households, values });
        self.prices.push(price);
        self.basis.add_column(rows);
    }

    /// The row of a cell. A new one holds none of the classes so far: its slack is basic, at 0.
    fn row(&mut self, cell: u32) -> u32 {
        let new = self.rows.len() as u32;
        let row = *self.row_of.entry(cell).or_insert(new);
        if row == new {
            self.rows.push(Row { cell, is_forbidden: false, price: 0.0, seen: 0.0, rank: new });
            self.basis.add_row();
        }
        row
    }

    /// The combination must do without these cells.
    pub(super) fn forbid(&mut self, is_forbidden: impl Fn(u32) -> bool) {
        self.rows.iter_mut().for_each(|row| row.is_forbidden |= is_forbidden(row.cell));
    }

    /// The weight of each cell in the lightest combination.
    pub(super) fn combination(&self) -> Vec<(u32, f64)> {
        let prices = self.prices();
        self.rows.iter().zip(prices).map(|(row, price)| (row.cell, price)).collect()
    }

    /// The perturbation of each class.
    pub(super) fn perturbation(&self) -> Vec<(u32, f64)> {
        let mut all: Vec<(u32, f64)> = self
            .columns
            .iter()
            .map(|column| {
                let pieces = column.values.iter().zip(PIECES);
                (column.class, pieces.map(|(value, sign)| sign * value.unwrap_or(0.0)).sum())
            })
            .collect();
        // What the other classes give every cell, the basic ones take away.
        let outside = (0..).zip(&all).map(|(column, &(_, given))| (column, given));
        let balance = self.basis.balance(outside);
        for (&Basic { piece: Piece { column, piece }, .. }, value) in self.basic.iter().zip(balance)
        {
            all[column as usize].1 += PIECES[piece] * value;
        }
        all
    }

    /// Goes on to the optimum, or until enough is gained.
    pub(super) fn run(&mut self) -> End {
        let mut stalled = 0;
        while self.gained < self.lacking - if self.has_play { SLIGHT } else { NOTHING } {
            if self.pivots == PIVOTS {
                return End::GaveUp;
            }
            self.pivots += 1;
            if stalled > STALLED && !self.has_play {
                (self.has_play, stalled) = (true, 0);
            }
            if self.stale >= FRESH {
                self.refresh();
            }
            let Some(offer) = self.offer(stalled > STALLED) else { return End::Optimal };
            let gain = self.enter(&offer, stalled > STALLED);
            stalled = if gain > NOTHING { 0 } else { stalled + 1 };
            self.gained += gain;
        }
        End::Reached
    }

    /// The price of each row: what its cell weighs in the combination.
    fn prices(&self) -> Vec<f64> {
        self.basis.prices(|place| gain(self.basic[place].piece))
    }

    /// Adds prices up anew.
    fn refresh(&mut self) {
        let prices = self.prices();
        self.rows.iter_mut().zip(prices).for_each(|(row, price)| row.price = price);
        for (number, price) in (0..).zip(&mut self.prices) {
            let rows = self.basis.rows_of(number).iter();
            *price = rows.map(|&row| self.rows[row as usize].price).sum();
        }
        self.stale = 0;
    }

    fn bounds(&self, variable: Variable) -> (f64, f64) {
        match variable {
            Variable::Slack(row) if self.rows[row as usize].is_forbidden => {
                (f64::NEG_INFINITY, f64::INFINITY)
            }
            Variable::Slack(_) if !self.has_play => (0.0, 0.0),
            Variable::Slack(row) => {
                let share = scattered(self.rows[row as usize].cell) as f64 / u64::MAX as f64;
                let play = PLAY * (1.0 + share);
                (-play, play)
            }
            Variable::Piece(Piece { column: column @ 1.., piece: 0 }) => {
                let households = self.columns[column as usize].households;
                (-households, households)
            }
            Variable::Piece(_) => (0.0, f64::INFINITY),
        }
    }

    /// The variable outside the basis that gains most by the unit, or the first that gains.
    fn offer(&self, is_first: bool) -> Option<Offer> {
        let mut best = None;
        // What the next one must gain at the least.
        let mut least = NOTHING;
        for (row, Row { is_forbidden, price, .. }) in (0..).zip(&self.rows) {
            if *is_forbidden && price.abs() > least && self.basis.is_in_kernel(row) {
                best = self.offered(Variable::Slack(row), 0.0, -price);
                least = price.abs() + NOTHING;
                if is_first {
                    return best;
                }
            }
        }
        for (number, &price) in (0..).zip(&self.prices) {
            // No piece gains more than the price, but the small class's.
            if price.abs() <= least && number > 0 {
                continue;
            }
            for (piece, value) in self.columns[number as usize].values.iter().enumerate() {
                let Some(value) = value else { continue };
                let own = Piece { column: number, piece };
                let gain = gain(own) - PIECES[piece] * price;
                if gain.abs() <= least {
                    continue;
                }
                if let Some(offer) = self.offered(Variable::Piece(own), *value, gain) {
                    (best, least) = (Some(offer), gain.abs() + NOTHING);
                    if is_first {
                        return best;
                    }
                }
            }
        }
        best
    }

    /// A variable as an offer, unless it is at the bound that it would have to pass.
    fn offered(&self, variable: Variable, value: f64, gain: f64) -> Option<Offer> {
        let (low, high) = self.bounds(variable);
        let is_free = if gain > 0.0 { value < high } else { value > low };
        is_free.then_some(Offer { variable, direction: gain.signum(), gain: gain.abs() })
    }

    /// Moves a variable as far as the basis lets it, and puts it in the place of what stopped it.
    /// Returns what was gained.
    fn enter(&mut self, offer: &Offer, is_first: bool) -> f64 {
        let &Offer { variable, direction, gain } = offer;
        let entering = match variable {
            Variable::Slack(row) => Entering::Slack(row),
            Variable::Piece(Piece { column, piece }) => Entering::Piece(column, PIECES[piece]),
        };
        let tableau = self.basis.tableau(entering);
        let (least, most) = self.bounds(variable);
        let start = self.value(variable);
        let own = if direction > 0.0 { most - start } else { start - least };
        let (mut reach, stop) = self.stop(own, direction, &tableau, is_first);
        if reach == f64::INFINITY {
            // Nothing stops it: as far as is needed.
            reach = (self.lacking - self.gained) / gain;
        }
        let moved = direction * reach;
        for (basic, slope) in self.basic.iter_mut().zip(&tableau.pieces) {
            basic.value -= slope * moved;
        }
        for &(row, slope) in &tableau.slacks {
            self.rows[row as usize].seen -= slope * moved;
        }
        match stop {
            None => self.store(variable, Some(start + moved)),
            Some(stop) => {
                self.replace(&stop, variable, start + moved);
                let changes = self.basis.exchange(entering, stop.leaving, &tableau);
                self.reprice(entering, direction * gain, changes);
            }
        }
        gain * reach
    }

    /// How far a variable can move, and the basic one that stops it first, unless its own bound does,
    /// `own` away. Among those that stop it at once: the firmest pivot, of these the first by
    /// rank, or the first variable.
    fn stop(
        &self,
        own: f64,
        direction: f64,
        tableau: &Tableau,
        is_first: bool,
    ) -> (f64, Option<Stop>) {
        let mut reach = own;
        let mut best: Option<Stop> = None;
        let mut compare = |value: f64, given: f64, mut stop: Stop| {
            let slope = -direction * given;
            if slope.abs() < NOTHING {
                return;
            }
            let (least, most) = self.bounds(stop.variable);
            let room = if slope < 0.0 { value - least } else { most - value };
            let limit = room.max(0.0) / slope.abs();
            let is_nearer = limit < reach - NOTHING;
            let is_as_near = limit < reach + NOTHING;
            let is_better = best.as_ref().is_some_and(|best| {
                let firmer = slope.abs() - best.slope.abs();
                match is_first {
                    true => stop.variable < best.variable,
                    false => firmer > NOTHING || firmer > -NOTHING && stop.rank < best.rank,
                }
            });
            if is_nearer || is_as_near && is_better {
                reach = reach.min(limit);
                stop.slope = slope;
                best = Some(stop);
            }
        };
        for (place, (basic, &given)) in self.basic.iter().zip(&tableau.pieces).enumerate() {
            let &Basic { piece, value, rank } = basic;
            let (variable, leaving) = (Variable::Piece(piece), Leaving::Piece(place));
            compare(value, given, Stop { variable, leaving, slope: 0.0, rank });
        }
        for &(row, given) in &tableau.slacks {
            let &Row { seen, rank, .. } = &self.rows[row as usize];
            let (variable, leaving) = (Variable::Slack(row), Leaving::Slack(row));
            compare(seen, given, Stop { variable, leaving, slope: 0.0, rank });
        }
        (reach, best)
    }

    /// Puts a variable in the place of the one that stopped it, which stays at its bound, whatever
    /// rounding made of it.
    fn replace(&mut self, stop: &Stop, entering: Variable, value: f64) {
        let (least, most) = self.bounds(stop.variable);
        self.store(stop.variable, Some(if stop.slope < 0.0 { least } else { most }));
        self.store(entering, None);
        let rank = stop.rank;
        match (entering, stop.leaving) {
            (Variable::Piece(piece), Leaving::Piece(place)) => {
                self.basic[place] = Basic { piece, value, rank };
            }
            (Variable::Piece(piece), Leaving::Slack(_)) => {
                self.basic.push(Basic { piece, value, rank });
            }
            (Variable::Slack(_), Leaving::Piece(place)) => {
                self.basic.swap_remove(place);
            }
            (Variable::Slack(_), Leaving::Slack(_)) => {}
        }
        if let Variable::Slack(row) = entering {
            let row = &mut self.rows[row as usize];
            (row.seen, row.rank) = (value, rank);
        }
    }

    /// Prices follow an exchange: each row's by so much for each unit gained.
    fn reprice(&mut self, entering: Entering, gain: f64, changes: Vec<(u32, f64)>) {
        self.stale += 1;
        for (row, change) in changes {
            let own = &mut self.rows[row as usize];
            let before = own.price;
            // A basic slack has no price.
            own.price = if entering == Entering::Slack(row) { 0.0 } else { before + gain * change };
            let change = own.price - before;
            for &column in self.basis.columns_of(row) {
                self.prices[column as usize] += change;
            }
        }
    }

    fn value(&self, variable: Variable) -> f64 {
        match variable {
            Variable::Slack(_) => 0.0,
            Variable::Piece(Piece { column, piece }) => {
                self.columns[column as usize].values[piece].unwrap_or(0.0)
            }
        }
    }

    fn store(&mut self, variable: Variable, value: Option<f64>) {
        if let Variable::Piece(Piece { column, piece }) = variable {
            self.columns[column as usize].values[piece] = value;
        }
    }
}

/// What a unit of a piece adds to the objective.
fn gain(piece: Piece) -> f64 {
    match piece {
        Piece { column: 1.., piece: 0 } => 0.0,
        Piece { column: 0, .. } => 1.0,
        Piece { .. } => -1.0,
    }
}
