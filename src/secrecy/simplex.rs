//! The linear programme of one small class, as a primal simplex that grows.
//!
//! Maximises `y_a − Σ_{c≠a} max(0, |y_c| − N(c))` over the perturbations `y` of some classes whose sum over
//! every cell is 0. The prices of the cells at the optimum are the lightest combination: `w_a = 1`,
//! `|w_c| ≤ 1` (`METHOD.md`). Classes can join and cells can be forbidden without starting anew: this, and
//! that it stops once enough is gained, is why it is not a library's. Bounded variables and an
//! explicit inverse (Chvátal 1983, *Linear Programming*, chapters 7 and 8); Bland's rule when it stalls.
//! Floating point: `proof` alone says what holds.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

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
    known: HashSet<u32>,
    rows: Vec<Row>,
    row_of: HashMap<u32, u32>,
    /// One variable for each row, with its value.
    basis: Vec<(Variable, f64)>,
    lacking: f64,
    gained: f64,
    pivots: usize,
    has_play: bool,
}

/// A class.
struct Column {
    class: u32,
    households: f64,
    rows: Box<[u32]>,
    /// The value of each piece that is not in the basis.
    values: [Option<f64>; 3],
}

/// A cell.
struct Row {
    cell: u32,
    /// A forbidden cell sees nothing.
    is_forbidden: bool,
    inverse: Inverse,
}

/// A row's column of the inverse.
enum Inverse {
    /// The row's slack is basic: 1 at its place in the basis, else 0.
    Unit(usize),
    /// By place in the basis.
    Dense(Vec<f64>),
}

/// What a perturbation is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Variable {
    /// What a cell would see.
    Slack(u32),
    /// A piece of a class's perturbation: within its households, above or below them.
    Piece(u32, usize),
}

const PIECES: [f64; 3] = [1.0, 1.0, -1.0];

/// A variable that can grow or shrink, and the gain for each unit.
struct Entering {
    variable: Variable,
    direction: f64,
    gain: f64,
}

impl<'a> Simplex<'a> {
    /// The programme of a class, alone as yet.
    pub(super) fn new(classes: &'a Classes<'a>, class: u32, threshold: u64) -> Simplex<'a> {
        let mut simplex = Simplex {
            classes,
            columns: Vec::new(),
            known: HashSet::new(),
            rows: Vec::new(),
            row_of: HashMap::new(),
            basis: Vec::new(),
            lacking: threshold.saturating_sub(classes.households(class)) as f64,
            gained: 0.0,
            pivots: 0,
            has_play: false,
        };
        simplex.join([class]);
        simplex
    }

    /// Whether a class is among those looked at.
    pub(super) fn holds(&self, class: u32) -> bool {
        self.known.contains(&class)
    }

    /// Classes join.
    pub(super) fn join(&mut self, classes: impl IntoIterator<Item = u32>) {
        for class in classes {
            if !self.known.insert(class) {
                continue;
            }
            let cells = self.classes.cells(class);
            let rows = cells.iter().map(|&cell| self.row(cell)).collect();
            let households = self.classes.households(class) as f64;
            // The small class gains from the first household on: it has one piece.
            let values =
                if self.columns.is_empty() { [Some(0.0), None, None] } else { [Some(0.0); 3] };
            self.columns.push(Column { class, households, rows, values });
        }
        let rows = self.rows.len();
        for row in &mut self.rows {
            if let Inverse::Dense(inverse) = &mut row.inverse {
                inverse.resize(rows, 0.0);
            }
        }
    }

    /// The row of a cell. A new one holds none of the classes so far: its slack is basic, at 0.
    fn row(&mut self, cell: u32) -> u32 {
        let new = self.rows.len() as u32;
        let row = *self.row_of.entry(cell).or_insert(new);
        if row == new {
            let inverse = Inverse::Unit(new as usize);
            self.rows.push(Row { cell, is_forbidden: false, inverse });
            self.basis.push((Variable::Slack(new), 0.0));
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
        let mut basic = vec![0.0; self.basis.len()];
        for (column, &(_, given)) in self.columns.iter().zip(&all) {
            if given != 0.0 {
                column.rows.iter().for_each(|&row| self.subtract(row, given, &mut basic));
            }
        }
        for (&(variable, _), value) in self.basis.iter().zip(basic) {
            if let Variable::Piece(column, piece) = variable {
                all[column as usize].1 += PIECES[piece] * value;
            }
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
            let Some(entering) = self.entering(stalled > STALLED) else { return End::Optimal };
            let gain = self.enter(&entering, stalled > STALLED);
            stalled = if gain > NOTHING { 0 } else { stalled + 1 };
            self.gained += gain;
        }
        End::Reached
    }

    fn prices(&self) -> Vec<f64> {
        let costly = self.basis.iter().enumerate();
        let costly: Vec<(usize, f64)> = costly
            .map(|(place, (variable, _))| (place, self.gain(*variable)))
            .filter(|entry| entry.1 != 0.0)
            .collect();
        let price = |row: &Row| match &row.inverse {
            // A slack gains nothing.
            Inverse::Unit(_) => 0.0,
            Inverse::Dense(inverse) => {
                costly.iter().map(|(place, gain)| gain * inverse[*place]).sum::<f64>()
            }
        };
        self.rows.iter().map(price).collect()
    }

    /// What a unit of a variable adds to the objective.
    fn gain(&self, variable: Variable) -> f64 {
        match variable {
            Variable::Slack(_) | Variable::Piece(1.., 0) => 0.0,
            Variable::Piece(0, _) => 1.0,
            Variable::Piece(..) => -1.0,
        }
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
            Variable::Piece(column @ 1.., 0) => {
                let households = self.columns[column as usize].households;
                (-households, households)
            }
            Variable::Piece(..) => (0.0, f64::INFINITY),
        }
    }

    /// The variable outside the basis that gains most by the unit, or the first that gains.
    fn entering(&self, is_first: bool) -> Option<Entering> {
        let prices = self.prices();
        let mut best: Option<Entering> = None;
        let mut offer = |variable: Variable, value: f64, gain: f64| {
            let (least, most) = self.bounds(variable);
            let direction = if gain > 0.0 { 1.0 } else { -1.0 };
            let has_room = if gain > 0.0 { value < most } else { value > least };
            let gain = gain.abs();
            if has_room && gain > best.as_ref().map_or(NOTHING, |best| best.gain + NOTHING) {
                best = Some(Entering { variable, direction, gain });
            }
            is_first && best.is_some()
        };
        for (row, (Row { is_forbidden, inverse, .. }, price)) in
            (0..).zip(self.rows.iter().zip(&prices))
        {
            let is_offered = *is_forbidden && matches!(inverse, Inverse::Dense(_));
            if is_offered && offer(Variable::Slack(row), 0.0, -price) {
                return best;
            }
        }
        for (number, column) in (0..).zip(&self.columns) {
            let weight: f64 = column.rows.iter().map(|&row| prices[row as usize]).sum();
            for (piece, value) in column.values.iter().enumerate() {
                let Some(value) = value else { continue };
                let variable = Variable::Piece(number, piece);
                let gain = self.gain(variable) - PIECES[piece] * weight;
                if offer(variable, *value, gain) {
                    return best;
                }
            }
        }
        best
    }

    /// Moves a variable as far as the basis lets it, and puts it in the place of what stopped it.
    /// Returns what was gained.
    fn enter(&mut self, entering: &Entering, is_first: bool) -> f64 {
        let &Entering { variable, direction, gain } = entering;
        let slopes = self.slopes(variable, direction);
        let (least, most) = self.bounds(variable);
        let start = self.value(variable);
        let own = if direction > 0.0 { most - start } else { start - least };
        let mut reach = own;
        let mut leaving: Option<usize> = None;
        for (place, &slope) in slopes.iter().enumerate() {
            if slope.abs() < NOTHING {
                continue;
            }
            let (variable, value) = self.basis[place];
            let (least, most) = self.bounds(variable);
            let room = if slope < 0.0 { value - least } else { most - value };
            let limit = room.max(0.0) / slope.abs();
            let is_nearer = limit < reach - NOTHING;
            // Among those that stop it at once: the firmest pivot, or the first variable.
            let is_as_near = limit < reach + NOTHING;
            let is_better = leaving.is_some_and(|best: usize| {
                if is_first {
                    variable < self.basis[best].0
                } else {
                    slope.abs() > slopes[best].abs() + NOTHING
                }
            });
            if is_nearer || is_as_near && is_better {
                reach = reach.min(limit);
                leaving = Some(place);
            }
        }
        if reach == f64::INFINITY {
            // Nothing stops it: as far as is needed.
            reach = (self.lacking - self.gained) / gain;
        }
        for (entry, slope) in self.basis.iter_mut().zip(&slopes) {
            entry.1 += slope * reach;
        }
        let value = start + direction * reach;
        match leaving {
            None => self.store(variable, Some(value)),
            Some(place) => self.exchange(place, variable, value, direction, &slopes),
        }
        gain * reach
    }

    /// How the basic variables move with one that enters.
    fn slopes(&self, variable: Variable, direction: f64) -> Vec<f64> {
        let mut slopes = vec![0.0; self.basis.len()];
        match variable {
            Variable::Slack(row) => self.subtract(row, direction, &mut slopes),
            Variable::Piece(column, piece) => {
                let rows = self.columns[column as usize].rows.iter();
                rows.for_each(|&row| self.subtract(row, direction * PIECES[piece], &mut slopes));
            }
        }
        slopes
    }

    /// Takes a row's column of the inverse away, so many times.
    fn subtract(&self, row: u32, times: f64, from: &mut [f64]) {
        match &self.rows[row as usize].inverse {
            Inverse::Unit(place) => from[*place] -= times,
            Inverse::Dense(inverse) => {
                from.iter_mut().zip(inverse).for_each(|(slope, entry)| *slope -= times * entry);
            }
        }
    }

    fn exchange(
        &mut self,
        place: usize,
        variable: Variable,
        value: f64,
        direction: f64,
        slopes: &[f64],
    ) {
        let left = self.basis[place].0;
        let (least, most) = self.bounds(left);
        // At its bound, whatever rounding made of it.
        let bound = if slopes[place] < 0.0 { least } else { most };
        self.store(left, Some(bound));
        self.store(variable, None);
        self.basis[place] = (variable, value);
        let pivot = -direction * slopes[place];
        let moving: Vec<(usize, f64)> = slopes
            .iter()
            .enumerate()
            .filter(|entry| *entry.1 != 0.0)
            .map(|(place, slope)| (place, direction * slope))
            .collect();
        for row in &mut self.rows {
            match &mut row.inverse {
                Inverse::Unit(at) if *at == place => {
                    let mut inverse = vec![0.0; slopes.len()];
                    inverse[place] = 1.0;
                    row.inverse = Inverse::Dense(inverse);
                }
                Inverse::Unit(_) => continue,
                Inverse::Dense(_) => {}
            }
            let Inverse::Dense(inverse) = &mut row.inverse else { continue };
            let factor = inverse[place] / pivot;
            if factor == 0.0 {
                continue;
            }
            moving.iter().for_each(|&(place, slope)| inverse[place] += factor * slope);
            inverse[place] = factor;
        }
        if let Variable::Slack(row) = variable {
            self.rows[row as usize].inverse = Inverse::Unit(place);
        }
    }

    fn value(&self, variable: Variable) -> f64 {
        match variable {
            Variable::Slack(_) => 0.0,
            Variable::Piece(column, piece) => {
                self.columns[column as usize].values[piece].unwrap_or(0.0)
            }
        }
    }

    fn store(&mut self, variable: Variable, value: Option<f64>) {
        if let Variable::Piece(column, piece) = variable {
            self.columns[column as usize].values[piece] = value;
        }
    }
}
