//! A sparse matrix modulo a prime, whose rows are eliminated column by column.
//!
//! Columns are groups of classes that are 0 together in every vector of the row space.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::field;

/// Sorted by column, no zero.
type Row = Vec<(u32, u64)>;

/// Rows over weighted columns.
#[derive(Clone, Debug, Default)]
pub struct Sparse {
    rows: Vec<Row>,
    /// The rows that hold each column.
    holders: Vec<Vec<u32>>,
    columns: Vec<Column>,
    /// Entries touched so far: what a search may spend.
    work: u64,
}

/// A group of classes.
#[derive(Clone, Debug)]
pub struct Column {
    pub weight: u64,
    pub classes: Vec<u32>,
    /// Whether the search has decided that the vector is not 0 here.
    pub paid: bool,
}

impl Sparse {
    /// Rows of zeros and ones over columns of these weights.
    pub fn new(weights: &[u64], rows: Vec<Vec<u32>>) -> Sparse {
        let columns = weights
            .iter()
            .zip(0..)
            .map(|(&weight, class)| Column { weight, classes: vec![class], paid: false })
            .collect();
        let rows = rows.into_iter().map(|row| row.into_iter().map(|column| (column, 1)).collect());
        Sparse::from_parts(rows.collect(), columns)
    }

    fn from_parts(rows: Vec<Row>, columns: Vec<Column>) -> Sparse {
        let mut holders = vec![Vec::new(); columns.len()];
        for (row, number) in rows.iter().zip(0..) {
            row.iter().for_each(|(column, _)| holders[*column as usize].push(number));
        }
        Sparse { rows, holders, columns, work: 0 }
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub fn column_mut(&mut self, column: usize) -> &mut Column {
        &mut self.columns[column]
    }

    pub fn work(&self) -> u64 {
        self.work
    }

    /// The columns that some row holds.
    pub fn live(&self) -> impl Iterator<Item = usize> {
        (0..self.columns.len()).filter(|column| !self.holders[*column].is_empty())
    }

    pub fn is_live(&self, column: usize) -> bool {
        !self.holders[column].is_empty()
    }

    /// Keeps of the row space the vectors that are 0 in these columns. Columns with few rows go
    /// first, so that nested families fill nothing in.
    pub fn vanish(&mut self, columns: impl Iterator<Item = usize>) -> bool {
        let mut wanted = vec![false; self.columns.len()];
        let mut queue = BinaryHeap::new();
        for column in columns.filter(|column| self.is_live(*column)) {
            wanted[column] = true;
            queue.push(Reverse((self.holders[column].len(), column)));
        }
        let changed = !queue.is_empty();
        while let Some(Reverse((count, column))) = queue.pop() {
            let now = self.holders[column].len();
            if now == 0 {
                continue;
            }
            if now != count {
                queue.push(Reverse((now, column)));
                continue;
            }
            self.pivot(column, |touched, holders| {
                if wanted[touched] && holders > 0 {
                    queue.push(Reverse((holders, touched)));
                }
            });
        }
        changed
    }

    /// Takes out the shortest row of a column, after it has cleared the column of the others.
    fn pivot(&mut self, column: usize, mut touched: impl FnMut(usize, usize)) {
        let of = |row: &u32| self.rows[*row as usize].len();
        let Some(number) = self.holders[column].iter().copied().min_by_key(of) else { return };
        let pivot = std::mem::take(&mut self.rows[number as usize]);
        for (other, _) in &pivot {
            let holders = &mut self.holders[*other as usize];
            holders.retain(|row| *row != number);
            touched(*other as usize, holders.len());
        }
        let entry = |row: &Row| {
            let at = row.binary_search_by_key(&(column as u32), |(column, _)| *column);
            at.map_or(0, |at| row[at].1)
        };
        let scale = field::inverse(entry(&pivot));
        for row in self.holders[column].clone() {
            let before = std::mem::take(&mut self.rows[row as usize]);
            let factor = field::mul(entry(&before), scale);
            self.work += (before.len() + pivot.len()) as u64;
            let mut after = Vec::with_capacity(before.len() + pivot.len());
            merge(&before, &pivot, factor, &mut after, |column, appears| {
                let holders = &mut self.holders[column as usize];
                if appears {
                    holders.push(row);
                } else {
                    holders.retain(|holder| *holder != row);
                }
                touched(column as usize, holders.len());
            });
            self.rows[row as usize] = after;
        }
    }

    /// Makes one column of those that are proportional in every row: a vector of the row space is
    /// 0 in all of them or in none. Returns whether any were.
    pub fn tie(&mut self) -> bool {
        let mut vectors: Vec<Row> = vec![Vec::new(); self.columns.len()];
        for (row, number) in self.rows.iter().zip(0..) {
            self.work += row.len() as u64;
            row.iter().for_each(|(column, value)| vectors[*column as usize].push((number, *value)));
        }
        let mut first: HashMap<Row, usize> = HashMap::new();
        let mut tied = vec![None; self.columns.len()];
        for (column, mut vector) in vectors.into_iter().enumerate() {
            let Some((_, lead)) = vector.first().copied() else { continue };
            let scale = field::inverse(lead);
            vector.iter_mut().for_each(|(_, value)| *value = field::mul(*value, scale));
            match first.entry(vector) {
                std::collections::hash_map::Entry::Vacant(slot) => {
                    slot.insert(column);
                }
                std::collections::hash_map::Entry::Occupied(slot) => {
                    tied[column] = Some(*slot.get());
                }
            }
        }
        if tied.iter().all(Option::is_none) {
            return false;
        }
        for row in &mut self.rows {
            row.retain(|(column, _)| tied[*column as usize].is_none());
        }
        for (column, into) in tied.into_iter().enumerate() {
            let Some(into) = into else { continue };
            self.holders[column].clear();
            let classes = std::mem::take(&mut self.columns[column].classes);
            let weight = std::mem::take(&mut self.columns[column].weight);
            let paid = std::mem::take(&mut self.columns[column].paid);
            let target = &mut self.columns[into];
            target.classes.extend(classes);
            target.weight += weight;
            target.paid |= paid;
        }
        true
    }

    /// The parts of the matrix that share no column, each with its own numbers.
    pub fn components(&self) -> Vec<Sparse> {
        let mut component = vec![usize::MAX; self.columns.len()];
        let mut is_met = vec![false; self.rows.len()];
        let mut parts = Vec::new();
        for start in self.live() {
            if component[start] != usize::MAX {
                continue;
            }
            component[start] = parts.len();
            let (mut queue, mut columns, mut rows) = (vec![start], Vec::new(), Vec::new());
            while let Some(column) = queue.pop() {
                columns.push(column);
                for &row in &self.holders[column] {
                    if std::mem::replace(&mut is_met[row as usize], true) {
                        continue;
                    }
                    rows.push(row as usize);
                    for (next, _) in &self.rows[row as usize] {
                        if component[*next as usize] == usize::MAX {
                            component[*next as usize] = parts.len();
                            queue.push(*next as usize);
                        }
                    }
                }
            }
            rows.sort_unstable();
            columns.sort_unstable();
            parts.push((rows, columns));
        }
        parts
            .into_iter()
            .map(|(rows, columns)| {
                let number = |column: u32| columns.partition_point(|own| *own < column as usize);
                let own = |row: usize| {
                    let row = self.rows[row].iter();
                    row.map(|(column, value)| (number(*column) as u32, *value)).collect()
                };
                let rows = rows.into_iter().map(own).collect();
                let own = columns.iter().map(|column| self.columns[*column].clone()).collect();
                Sparse::from_parts(rows, own)
            })
            .collect()
    }
}

/// `before − factor × pivot`; says which columns appear and disappear.
fn merge(
    before: &Row,
    pivot: &Row,
    factor: u64,
    after: &mut Row,
    mut change: impl FnMut(u32, bool),
) {
    let (mut left, mut right) = (before.iter().peekable(), pivot.iter().peekable());
    loop {
        let (here, there) = (left.peek().map(|e| e.0), right.peek().map(|e| e.0));
        let column = match (here, there) {
            (None, None) => return,
            (Some(one), None) | (None, Some(one)) => one,
            (Some(one), Some(two)) => one.min(two),
        };
        let own = left.next_if(|entry| entry.0 == column).map_or(0, |entry| entry.1);
        let taken = right.next_if(|entry| entry.0 == column).map_or(0, |entry| entry.1);
        let value = field::sub(own, field::mul(factor, taken));
        if value != 0 {
            after.push((column, value));
        }
        if (own == 0) != (value == 0) {
            change(column, own == 0);
        }
    }
}
