//! Who sees the columns that formulas read (`data/schema.toml`): everybody, whoever holds the
//! restricted register, or nobody outside the survey.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::Kind;

/// The columns of the input files; `readers::table` reads the rest of it.
const SCHEMA: &str = include_str!("../../data/schema.toml");

/// How a household's formula names a column of its dwelling.
pub const OF_DWELLING: &str = "LOGEMENT.";

/// The column that says whether a dwelling lies in a QPV: made where dwellings are placed.
pub const IN_QPV: &str = "EN_QPV";

/// The column that says which dwellings are not open data (CCH R411-4). Files without it have none.
pub const EXEMPT: &str = "SEM_EXONEREE";

/// The month of 1 January of the vintage, and its year.
pub const CONSTANTS: [&str; 2] = ["REFERENCE", "VINTAGE"];

/// A column of one of the two input files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Column {
    /// The kind of record that holds it.
    pub kind: Kind,
    /// Its name in `data/schema.toml`, without the prefix of [`OF_DWELLING`].
    pub name: String,
}

/// Who sees the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// Everybody: it is in the register's open file.
    ByAll,
    /// Whoever holds the restricted register.
    BySome,
    /// Nobody but who made the survey.
    ByNone,
}

impl Column {
    /// The column that a name stands for in the formulas of a universe of `kind`; `None` for a
    /// constant.
    pub fn named(name: &str, kind: Kind) -> Option<Column> {
        if CONSTANTS.contains(&name) {
            return None;
        }
        Some(match (kind, name.strip_prefix(OF_DWELLING)) {
            (Kind::Menage, Some(name)) => Column { kind: Kind::Logement, name: name.to_owned() },
            _ => Column { kind, name: name.to_owned() },
        })
    }

    /// Who sees its values. A column of the survey that the register has too is seen there.
    pub fn seen(&self) -> Seen {
        match (register().get(self.name.as_str()), self.kind) {
            (Some(true), Kind::Logement) => Seen::ByAll,
            (_, Kind::Logement) | (Some(_), Kind::Menage) => Seen::BySome,
            (None, Kind::Menage) => Seen::ByNone,
        }
    }
}

/// The columns of the register, and whether its open file has them.
fn register() -> &'static HashMap<String, bool> {
    #[derive(Deserialize)]
    struct File {
        table: Vec<Table>,
    }
    #[derive(Deserialize)]
    struct Table {
        id: String,
        column: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        name: String,
        #[serde(default)]
        open: bool,
    }
    static REGISTER: OnceLock<HashMap<String, bool>> = OnceLock::new();
    REGISTER.get_or_init(|| {
        let file: File = toml::from_str(SCHEMA).expect("a test reads the built-in schema");
        let register = file.table.into_iter().filter(|table| table.id == "dwellings");
        let columns = register.flat_map(|table| table.column);
        let known = columns.map(|column| (column.name, column.open));
        known.chain([(IN_QPV.to_owned(), true)]).collect()
    })
}

#[cfg(test)]
mod tests;
