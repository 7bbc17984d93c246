//! The basis of a programme of the simplex: which pieces of classes and which cells' slacks it has.
//!
//! Most of a basis are slacks, each alone in its row. What is left, basic pieces by the rows whose slack
//! is not basic, is square: its *kernel*, the only part that is inverted (Chvátal 1983, *Linear
//! Programming*, chapter 24, on basis structure). The rest follows from it by sums over a few rows.

/// A coefficient below this is what rounding left.
const NOTHING: f64 = 1e-11;

/// A variable that enters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Entering {
    /// The slack of a row of the kernel.
    Slack(u32),
    /// A piece of a column, with its sign.
    Piece(u32, f64),
}

/// A variable that leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// The slack of a row.
    Slack(u32),
    /// The piece at a place of the kernel.
    Piece(usize),
}

/// What each basic variable gives up for a unit of one that enters.
pub(super) struct Tableau {
    /// By place of the kernel.
    pub pieces: Vec<f64>,
    /// The rows whose basic slack gives up something, with it.
    pub slacks: Vec<(u32, f64)>,
}

/// A basis over columns of ones.
#[derive(Default)]
pub(super) struct Basis {
    rows: Vec<Row>,
    columns: Vec<Column>,
    /// By place: the column and the sign of its basic piece.
    pieces: Vec<(u32, f64)>,
    /// The rows of the kernel, as many as it has pieces.
    kernel: Vec<u32>,
    /// By row, 0 between two uses; and the rows that are not.
    sums: Vec<f64>,
    touched: Vec<u32>,
}

#[derive(Default)]
struct Row {
    columns: Vec<u32>,
    /// Of a row of the kernel, its column of the inverse, by place.
    inverse: Option<Vec<f64>>,
}

struct Column {
    rows: Box<[u32]>,
    /// Where its basic piece stands.
    place: Option<usize>,
}

impl Basis {
    /// A row, with its slack basic. No column holds it.
    pub(super) fn add_row(&mut self) {
        self.rows.push(Row::default());
        self.sums.push(0.0);
    }

    /// A column of ones in these rows.
    pub(super) fn add_column(&mut self, rows: Box<[u32]>) {
        let column = self.columns.len() as u32;
        rows.iter().for_each(|&row| self.rows[row as usize].columns.push(column));
        self.columns.push(Column { rows, place: None });
    }

    /// The rows of a column.
    pub(super) fn rows_of(&self, column: u32) -> &[u32] {
        &self.columns[column as usize].rows
    }

    /// The columns of a row.
    pub(super) fn columns_of(&self, row: u32) -> &[u32] {
        &self.rows[row as usize].columns
    }

    /// Whether the slack of a row is not basic.
    pub(super) fn is_in_kernel(&self, row: u32) -> bool {
        self.rows[row as usize].inverse.is_some()
    }

    /// What each row weighs in the basis, by row, for a weight of each place.
    pub(super) fn prices(&self, weight: impl Fn(usize) -> f64) -> Vec<f64> {
        let places = (0..self.pieces.len()).map(|place| (place, weight(place)));
        let weighed: Vec<(usize, f64)> = places.filter(|entry| entry.1 != 0.0).collect();
        let price = |row: &Row| {
            let inverse = row.inverse.as_ref()?;
            Some(weighed.iter().map(|&(place, weight)| weight * inverse[place]).sum())
        };
        self.rows.iter().map(|row| price(row).unwrap_or(0.0)).collect()
    }

    /// The value of each place for which every row of the kernel adds up to nothing, with these values
    /// of columns outside the basis.
    pub(super) fn balance(&self, outside: impl Iterator<Item = (u32, f64)>) -> Vec<f64> {
        let mut sums = vec![0.0; self.rows.len()];
        for (column, value) in outside.filter(|entry| entry.1 != 0.0) {
            self.rows_of(column).iter().for_each(|&row| sums[row as usize] += value);
        }
        let mut values = vec![0.0; self.pieces.len()];
        for &row in &self.kernel {
            subtract(&mut values, sums[row as usize], self.inverse(row));
        }
        values
    }

    /// The column of a variable that enters.
    pub(super) fn tableau(&mut self, entering: Entering) -> Tableau {
        let mut pieces = vec![0.0; self.pieces.len()];
        let mut sums = std::mem::take(&mut self.sums);
        let mut touched = std::mem::take(&mut self.touched);
        let mut add = |row: u32, value: f64| {
            let is_basic = self.rows[row as usize].inverse.is_none();
            if is_basic {
                if sums[row as usize] == 0.0 {
                    touched.push(row);
                }
                sums[row as usize] += value;
            }
        };
        match entering {
            Entering::Slack(row) => subtract(&mut pieces, -1.0, self.inverse(row)),
            Entering::Piece(column, sign) => {
                for &row in self.rows_of(column) {
                    match &self.rows[row as usize].inverse {
                        Some(inverse) => subtract(&mut pieces, -sign, inverse),
                        None => add(row, sign),
                    }
                }
            }
        }
        for (value, &(column, sign)) in pieces.iter_mut().zip(&self.pieces) {
            if value.abs() < NOTHING {
                *value = 0.0;
            } else {
                self.rows_of(column).iter().for_each(|&row| add(row, -sign * *value));
            }
        }
        let mut slacks = Vec::with_capacity(touched.len());
        for row in touched.drain(..) {
            // A row whose sum was 0 on the way stands here twice.
            let value = std::mem::take(&mut sums[row as usize]);
            if value.abs() >= NOTHING {
                slacks.push((row, value));
            }
        }
        (self.sums, self.touched) = (sums, touched);
        Tableau { pieces, slacks }
    }

    /// Puts one variable in the place of another. Returns, by row whose price it changes, by how much
    /// for each unit that the one that enters gains. A piece that leaves for a slack gives its place to
    /// the last one.
    pub(super) fn exchange(
        &mut self,
        entering: Entering,
        leaving: Leaving,
        tableau: &Tableau,
    ) -> Vec<(u32, f64)> {
        let mut changes = self.pivot_row(leaving, tableau);
        for &(row, factor) in &changes {
            if let Some(inverse) = &mut self.rows[row as usize].inverse {
                subtract(inverse, factor, &tableau.pieces);
            }
        }
        if let Leaving::Slack(row) = leaving {
            let factor = tableau.slack(row).recip();
            let mut inverse = vec![0.0; self.pieces.len()];
            subtract(&mut inverse, factor, &tableau.pieces);
            self.rows[row as usize].inverse = Some(inverse);
            self.kernel.push(row);
            changes.push((row, factor));
        }
        if let Leaving::Piece(place) = leaving {
            self.columns[self.pieces[place].0 as usize].place = None;
        }
        match (entering, leaving) {
            (Entering::Piece(column, sign), _) => {
                let place = match leaving {
                    Leaving::Piece(place) => place,
                    Leaving::Slack(_) => self.widen(),
                };
                self.pieces[place] = (column, sign);
                self.columns[column as usize].place = Some(place);
                for &row in &self.kernel {
                    if let Some(inverse) = &mut self.rows[row as usize].inverse {
                        inverse[place] = 0.0;
                    }
                }
                for &(row, factor) in &changes {
                    if let Some(inverse) = &mut self.rows[row as usize].inverse {
                        inverse[place] = factor;
                    }
                }
            }
            (Entering::Slack(_), Leaving::Piece(place)) => self.narrow(place),
            (Entering::Slack(_), Leaving::Slack(_)) => {}
        }
        if let Entering::Slack(row) = entering {
            self.rows[row as usize].inverse = None;
            self.kernel.retain(|&other| other != row);
        }
        changes
    }

    /// The row of the inverse where a variable leaves, over the pivot; without zeros.
    fn pivot_row(&self, leaving: Leaving, tableau: &Tableau) -> Vec<(u32, f64)> {
        let entries = |entry: &dyn Fn(&[f64]) -> f64, pivot: f64| {
            let rows = self.kernel.iter().map(|&row| (row, entry(self.inverse(row)) / pivot));
            rows.filter(|entry| entry.1 != 0.0).collect()
        };
        match leaving {
            Leaving::Piece(place) => entries(&|inverse| inverse[place], tableau.pieces[place]),
            Leaving::Slack(row) => {
                let place = |&column: &u32| self.columns[column as usize].place;
                let held: Vec<(usize, f64)> = self
                    .columns_of(row)
                    .iter()
                    .filter_map(place)
                    .map(|place| (place, self.pieces[place].1))
                    .collect();
                let entry = |inverse: &[f64]| -> f64 {
                    -held.iter().map(|&(place, sign)| sign * inverse[place]).sum::<f64>()
                };
                entries(&entry, tableau.slack(row))
            }
        }
    }

    /// One more place.
    fn widen(&mut self) -> usize {
        for &row in &self.kernel {
            if let Some(inverse) = &mut self.rows[row as usize].inverse {
                inverse.push(0.0);
            }
        }
        self.pieces.push((0, 0.0));
        self.pieces.len() - 1
    }

    /// A place less: the last one stands there now.
    fn narrow(&mut self, place: usize) {
        for &row in &self.kernel {
            if let Some(inverse) = &mut self.rows[row as usize].inverse {
                inverse.swap_remove(place);
            }
        }
        self.pieces.swap_remove(place);
        if let Some(&(moved, _)) = self.pieces.get(place) {
            self.columns[moved as usize].place = Some(place);
        }
    }

    fn inverse(&self, row: u32) -> &[f64] {
        self.rows[row as usize].inverse.as_deref().unwrap_or(&[])
    }
}

impl Tableau {
    /// What the slack of a row gives up.
    fn slack(&self, row: u32) -> f64 {
        self.slacks.iter().find(|entry| entry.0 == row).map_or(0.0, |entry| entry.1)
    }
}

/// Takes a list away from another, so many times.
fn subtract(from: &mut [f64], times: f64, list: &[f64]) {
    if times != 0.0 {
        from.iter_mut().zip(list).for_each(|(entry, other)| *entry -= times * other);
    }
}
