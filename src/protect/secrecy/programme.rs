//! The classes that the programme of one small class looks at, and its core.
//!
//! A class that lies alone in some cell, of all that are looked at, cannot be perturbed; without it
//! others lie alone. What is left is the core, the only part that a `simplex` solves. A combination
//! of the core becomes one of all classes: the cell in which a class was alone takes back what the
//! others give it. This is what `peeling` does with the classes of a system.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::classes::Classes;
use super::simplex::{End, Simplex};

/// A programme over some of the open classes, the small one first.
pub(super) struct Programme<'a> {
    classes: &'a Classes<'a>,
    threshold: u64,
    columns: Vec<Column>,
    known: HashSet<u32>,
    rows: Vec<Row>,
    row_of: HashMap<u32, u32>,
    /// Columns outside the core, each with the row in which it is alone but for those before it.
    alone: Vec<(u32, u32)>,
    /// Whether any cell is forbidden.
    is_restricted: bool,
    /// Nothing while the small class is outside the core.
    core: Option<Simplex<'a>>,
}

/// A class.
struct Column {
    class: u32,
    rows: Box<[u32]>,
    is_in_core: bool,
}

/// A cell.
struct Row {
    cell: u32,
    /// How many open classes it holds, looked at or not.
    size: usize,
    /// A forbidden cell takes nothing back.
    is_forbidden: bool,
    left: Left,
}

/// The columns of a row that are left: how many, and the exclusive or of their numbers.
#[derive(Clone, Copy, Default)]
struct Left {
    count: u32,
    mixed: u32,
}

impl Left {
    fn add(&mut self, column: u32) {
        self.count += 1;
        self.mixed ^= column;
    }

    fn remove(&mut self, column: u32) {
        self.count -= 1;
        self.mixed ^= column;
    }

    /// The only column that is left.
    fn only(self) -> Option<u32> {
        (self.count == 1).then_some(self.mixed)
    }
}

impl<'a> Programme<'a> {
    /// The programme of a class, alone as yet.
    pub(super) fn new(classes: &'a Classes<'a>, class: u32, threshold: u64) -> Programme<'a> {
        let mut programme = Programme {
            classes,
            threshold,
            columns: Vec::new(),
            known: HashSet::new(),
            rows: Vec::new(),
            row_of: HashMap::new(),
            alone: Vec::new(),
            is_restricted: false,
            core: None,
        };
        programme.join([class]);
        programme
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
            let column = self.columns.len() as u32;
            let cells = self.classes.cells(class);
            let rows: Box<[u32]> = cells.iter().map(|&cell| self.row(cell)).collect();
            rows.iter().for_each(|&row| self.rows[row as usize].left.add(column));
            self.columns.push(Column { class, rows, is_in_core: false });
        }
    }

    fn row(&mut self, cell: u32) -> u32 {
        let new = self.rows.len() as u32;
        let row = *self.row_of.entry(cell).or_insert(new);
        if row == new {
            let size = self.classes.open_of(cell).len();
            self.rows.push(Row { cell, size, is_forbidden: false, left: Left::default() });
        }
        row
    }

    /// The combination must do without these cells.
    pub(super) fn forbid(&mut self, is_forbidden: impl Fn(u32) -> bool) {
        self.rows.iter_mut().for_each(|row| row.is_forbidden |= is_forbidden(row.cell));
        self.is_restricted = true;
    }

    /// Goes on to the optimum, or until enough is gained.
    pub(super) fn run(&mut self) -> End {
        self.peel();
        let Some(core) = &mut self.core else { return End::Optimal };
        if self.is_restricted {
            core.forbid(|cell| self.rows[self.row_of[&cell] as usize].is_forbidden);
        }
        core.run()
    }

    /// Finds the core. It only grows: a class that lies alone may have others beside it once they join.
    fn peel(&mut self) {
        let mut left: Vec<Left> = self.rows.iter().map(|row| row.left).collect();
        let is_alone = |row: u32, left: &[Left]| {
            let column = left[row as usize].only();
            column.filter(|_| !self.rows[row as usize].is_forbidden)
        };
        let rows = 0..self.rows.len() as u32;
        let mut waiting: Vec<u32> = rows.filter_map(|row| is_alone(row, &left)).rev().collect();
        self.alone.clear();
        while let Some(column) = waiting.pop() {
            let own = &self.columns[column as usize].rows;
            // The smallest cell takes back what it must without weighing on many others.
            let alone = own.iter().copied().filter(|&row| is_alone(row, &left) == Some(column));
            let smallest = alone.min_by_key(|&row| (self.rows[row as usize].size, row));
            // Nothing if the column has been taken out already.
            let Some(row) = smallest else { continue };
            self.alone.push((column, row));
            for &row in own {
                left[row as usize].remove(column);
                waiting.extend(is_alone(row, &left));
            }
        }
        let mut is_out = vec![false; self.columns.len()];
        self.alone.iter().for_each(|&(column, _)| is_out[column as usize] = true);
        if is_out.first() == Some(&true) {
            return;
        }
        for (column, is_out) in self.columns.iter_mut().zip(is_out) {
            if !is_out && !column.is_in_core {
                column.is_in_core = true;
                match &mut self.core {
                    Some(core) => core.join(column.class),
                    None => {
                        self.core = Some(Simplex::new(self.classes, column.class, self.threshold));
                    }
                }
            }
        }
    }

    /// The weight of each cell in the lightest combination.
    pub(super) fn combination(&self) -> Vec<(u32, f64)> {
        let mut weights = vec![0.0; self.rows.len()];
        for (cell, weight) in self.core.iter().flat_map(Simplex::combination) {
            weights[self.row_of[&cell] as usize] = weight;
        }
        for &(column, row) in self.alone.iter().rev() {
            let given: f64 =
                self.columns[column as usize].rows.iter().map(|&row| weights[row as usize]).sum();
            // The small class is given all, others nothing.
            let wanted = if column == 0 { 1.0 } else { 0.0 };
            weights[row as usize] += wanted - given;
        }
        self.rows.iter().zip(weights).map(|(row, weight)| (row.cell, weight)).collect()
    }

    /// The perturbation of each class of the core; that of the others is nothing.
    pub(super) fn perturbation(&self) -> Vec<(u32, f64)> {
        self.core.iter().flat_map(Simplex::perturbation).collect()
    }
}
