//! One zone as a reader is given it, and the zones one after another.

use std::sync::Arc;

use bytes::Bytes;
use flatgeobuf::Geometry;

use super::columns::Shown;
use super::layout::{feature, value};
use super::store::Table;
use super::{FeatureError, Selection};

/// The value of a column. What is absent, because it is secret or over nobody, has none.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "each holds what its name says")]
pub enum Value<'a> {
    Text(&'a str),
    Truth(bool),
    Integer(i64),
    Number(f64),
}

/// A zone: its columns as the edition publishes them, its geometry, its place.
pub struct Row {
    bytes: Bytes,
    /// Where the value of each shown column begins; `ABSENT` where it has none.
    places: Box<[u32]>,
    shown: Arc<Shown>,
    point: Option<[f64; 2]>,
    bounds: [f64; 4],
}

/// The place of a value that is not there.
const ABSENT: u32 = u32::MAX;

impl Row {
    /// The value of a shown column, by its place. Most are absent, which files ask of every cell.
    #[inline]
    pub fn value(&self, column: usize) -> Option<Value<'_>> {
        let at = *self.places.get(column).filter(|at| **at != ABSENT)?;
        value(&self.bytes, at as usize, self.shown.columns()[column].kind)
    }

    /// Whether a shown column has a value, by its place.
    #[inline]
    pub fn has(&self, column: usize) -> bool {
        self.places.get(column).is_some_and(|at| *at != ABSENT)
    }

    /// The code of the zone.
    pub fn code(&self) -> &str {
        match self.value(0) {
            Some(Value::Text(code)) => code,
            _ => "",
        }
    }

    /// Its geometry in degrees, as the edition holds it.
    pub fn geometry(&self) -> Option<Geometry<'_>> {
        feature(&self.bytes).ok()?.geometry()
    }

    /// Where its name stands, in degrees; `None` in an edition without label points.
    pub fn point(&self) -> Option<[f64; 2]> {
        self.point
    }

    /// Its bytes in memory, about.
    pub fn weight(&self) -> usize {
        self.bytes.len() + 4 * self.places.len()
    }

    /// West, south, east, north in degrees.
    pub fn bounds(&self) -> [f64; 4] {
        self.bounds
    }
}

/// The zones of a selection in their order, read one by one. It waits for the disk: not to be walked on a thread of
/// the server.
pub struct Rows {
    table: Arc<Table>,
    selection: Selection,
    /// How many of those that lead are passed.
    led: usize,
    next: usize,
    left: usize,
}

impl Rows {
    pub(super) fn new(selection: &Selection, after: Option<&str>, limit: usize) -> Rows {
        let table = Arc::clone(selection.table());
        let index = table.index();
        let lead = selection.lead();
        let in_lead = |code| lead.iter().position(|row| index.code(*row) == code);
        let (led, next) = match after.map(|code| (in_lead(code), index.after(code))) {
            None => (0, 0),
            Some((Some(place), _)) => (place + 1, 0),
            Some((None, next)) => (lead.len(), next),
        };
        Rows { table, selection: selection.clone(), led, next, left: limit }
    }

    /// The place of the next zone in the index; it is passed over then.
    fn advance(&mut self) -> Option<usize> {
        if self.left == 0 {
            return None;
        }
        while let Some(row) = self.selection.lead().get(self.led).copied() {
            self.led += 1;
            if self.selection.shows(row) {
                self.left -= 1;
                return Some(row);
            }
        }
        while self.next < self.table.index().len() {
            let row = self.next;
            self.next += 1;
            if self.follows(row) {
                self.left -= 1;
                return Some(row);
            }
        }
        None
    }

    /// Whether a zone is one of those behind the ones that lead.
    fn follows(&self, row: usize) -> bool {
        self.selection.shows(row) && !self.selection.lead().contains(&row)
    }

    /// Whether another zone follows those that were given.
    pub fn has_more(&self) -> bool {
        let mut lead = self.selection.lead().iter().skip(self.led);
        let mut rows = self.next..self.table.index().len();
        lead.any(|row| self.selection.shows(*row)) || rows.any(|row| self.follows(row))
    }
}

impl Iterator for Rows {
    type Item = Result<Row, FeatureError>;

    fn next(&mut self) -> Option<Result<Row, FeatureError>> {
        self.advance().map(|row| read(&self.table, self.selection.shared_shown(), row))
    }
}

/// A zone of the file.
pub(super) fn read(table: &Table, shown: &Arc<Shown>, row: usize) -> Result<Row, FeatureError> {
    let index = table.index();
    let file = table.file()?;
    let (offset, length) = index.place(row);
    let bytes = file.bytes(offset, length)?;
    let mut places = vec![ABSENT; shown.columns().len()].into_boxed_slice();
    let mut each = |of_file: usize, at: usize| {
        if let Some(place) = shown.place(of_file) {
            places[place] = at as u32;
        }
    };
    index.layout.values(&bytes, &mut each).map_err(|flaw| file.unreadable(flaw))?;
    let (point, bounds) = (index.point(row), index.bounds(row));
    Ok(Row { bytes, places, shown: Arc::clone(shown), point, bounds })
}

/// The bytes of a zone of which nothing but the geometry is read.
pub(super) struct ShapeBytes(Bytes);

impl ShapeBytes {
    pub(super) fn geometry(&self) -> Option<Geometry<'_>> {
        feature(&self.0).ok()?.geometry()
    }
}

/// The geometry of a zone of the file.
pub(super) fn read_shape(table: &Table, row: usize) -> Result<ShapeBytes, FeatureError> {
    let (offset, length) = table.index().place(row);
    Ok(ShapeBytes(table.file()?.bytes(offset, length)?))
}
