//! The register in memory: one row per dwelling, columns of 32-bit integers, and the spot each
//! dwelling stands on.

use std::collections::HashMap;

use domain::CommuneCode;

/// A dwelling's own column that no file holds: 1 inside a quartier prioritaire, else 0. It is
/// known once dwellings are placed.
pub use domain::columns::IN_QPV;

/// No code, in the columns of code numbers.
pub(super) const NONE: u32 = u32::MAX;

/// Where the register says a dwelling is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Spot {
    /// Decimetres in the local coordinate system of the commune.
    Placed { commune: CommuneCode, x: i32, y: i32 },
    /// Without coordinates.
    Unplaced { commune: CommuneCode, arrondissement: Option<CommuneCode>, iris: u32, qpv: u32 },
}

/// What is known of a spot beside its dwellings.
#[derive(Clone, Debug)]
pub(super) struct SpotInfo {
    pub spot: Spot,
    /// The arrondissement municipal of the register's code, if it is one.
    pub arrondissement: Option<CommuneCode>,
    /// The smallest address text of its dwellings: it does not depend on the order of rows.
    pub address: String,
}

/// Every kept dwelling.
#[derive(Default)]
pub struct Register {
    spots: HashMap<Spot, u32>,
    infos: Vec<SpotInfo>,
    /// For each dwelling: its spot, and the numbers of its IRIS and QPV codes or [`NONE`].
    rows: Vec<Row>,
    /// One vector per column that a formula reads.
    columns: Vec<Vec<i32>>,
    ids: HashMap<Box<str>, u32>,
    codes: Vec<Box<str>>,
    moved: Moved,
    code_numbers: HashMap<Box<str>, u32>,
}

/// Kept dwellings whose code of commune is no code of today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Those whose code follows the movements of communes.
    pub dwellings: usize,
    /// Those among them whose commune was split: their point says which part.
    pub by_point: usize,
}

/// One dwelling's place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub spot: u32,
    pub iris: u32,
    pub qpv: u32,
}

impl Register {
    /// An empty register with so many columns.
    pub(super) fn new(columns: usize) -> Register {
        Register { columns: vec![Vec::new(); columns], ..Register::default() }
    }

    /// Number of dwellings.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no dwelling.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Dwellings whose code of commune is no code of today.
    pub fn moved(&self) -> Moved {
        self.moved
    }

    /// Counts a dwelling whose code became so many communes; 0 for a code of today.
    pub(super) fn count_moved(&mut self, successors: usize) {
        self.moved.dwellings += usize::from(successors > 0);
        self.moved.by_point += usize::from(successors > 1);
    }

    /// One value of a dwelling; `MISSING` where it is not known.
    pub fn value(&self, column: usize, dwelling: usize) -> i32 {
        self.columns[column][dwelling]
    }

    /// The dwelling of an `ID_RPLS`.
    pub fn dwelling(&self, id: &str) -> Option<u32> {
        self.ids.get(id).copied()
    }

    pub(super) fn knows(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    /// The number that stands for a code; the empty text has none.
    pub(super) fn code_number(&mut self, code: &str) -> u32 {
        if code.is_empty() {
            return NONE;
        }
        if let Some(&number) = self.code_numbers.get(code) {
            return number;
        }
        let number = self.codes.len() as u32;
        self.codes.push(code.into());
        self.code_numbers.insert(code.into(), number);
        number
    }

    /// The code behind a number.
    pub(super) fn code(&self, number: u32) -> Option<&str> {
        self.codes.get(number as usize).map(AsRef::as_ref)
    }

    /// The number of a spot, new or known.
    pub(super) fn spot(
        &mut self,
        spot: Spot,
        arrondissement: Option<CommuneCode>,
        address: &str,
    ) -> u32 {
        let next = self.infos.len() as u32;
        let number = *self.spots.entry(spot).or_insert(next);
        if number == next {
            self.infos.push(SpotInfo { spot, arrondissement, address: address.to_owned() });
            return number;
        }
        let info = &mut self.infos[number as usize];
        if !address.is_empty() && (info.address.is_empty() || address < info.address.as_str()) {
            address.clone_into(&mut info.address);
        }
        info.arrondissement = info.arrondissement.max(arrondissement);
        number
    }

    /// Adds a dwelling; `values` are those of the columns.
    pub(super) fn push(&mut self, id: &str, row: Row, values: impl IntoIterator<Item = i32>) {
        if !id.is_empty() {
            self.ids.insert(id.into(), self.rows.len() as u32);
        }
        self.rows.push(row);
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.push(value);
        }
    }

    pub(super) fn infos(&self) -> &[SpotInfo] {
        &self.infos
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Fills a column that no file holds.
    pub(super) fn fill(&mut self, column: usize, value: impl Fn(Row) -> i32) {
        self.columns[column] = self.rows.iter().map(|row| value(*row)).collect();
    }
}
