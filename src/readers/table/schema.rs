//! What the columns of the input files are: `data/schema.toml`, read once and checked.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::value;
use domain::{Fault, HasFault};

mod check;

/// The built-in schema.
const BUILT_IN: &str = include_str!("../../../data/schema.toml");

/// What the fields of a column hold, and what integer stands for them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Kind {
    /// Text of at most `max` characters.
    Text { max: usize },
    /// A whole number.
    Integer { min: i32, max: i32 },
    /// The value × 10^digits. The bounds are in units.
    Decimal {
        digits: u32,
        min: i32,
        max: i32,
        #[serde(default)]
        rounding: Rounding,
    },
    /// Year × 12 + month − 1.
    Month,
    /// 0 or 1.
    Flag,
    /// The place in the list, from 1.
    Code(Vec<String>),
}

/// What becomes of the digits that a decimal column does not keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Rounding {
    /// To the nearest, half away from zero.
    #[default]
    Nearest,
    /// Towards minus infinity: keeps half-open bands with whole bounds exact.
    Down,
}

/// One column of a table.
#[derive(Clone, Debug)]
pub(super) struct ColumnSchema {
    pub(super) name: String,
    /// Its other spellings, as messages show them.
    pub(super) labels: Vec<String>,
    pub(super) kind: Kind,
    pub(super) required: bool,
    /// Scaled values that mean "unknown", for every kind but text.
    pub(super) unknown_values: Vec<i64>,
    /// Folded texts that mean "unknown", for text and codes.
    pub(super) unknown_texts: Vec<String>,
    pub(super) handle: Column,
}

/// A column, as the blocks of its table know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Whole numbers.
    Integer(IntegerColumn),
    /// Texts and codes.
    Text(TextColumn),
}

/// A column whose fields are integers: see [`super::Block::integers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntegerColumn(pub(super) usize);

/// A column whose fields are texts: see [`super::Block::text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextColumn(pub(super) usize);

/// The columns of one input file.
#[derive(Clone, Debug)]
pub struct TableSchema {
    id: String,
    label: String,
    columns: Vec<ColumnSchema>,
    /// Folded header → place in `columns`.
    headers: HashMap<String, usize>,
    integers: usize,
    texts: usize,
}

/// The schema says something that cannot be.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum BadSchema {
    #[error("schéma illisible : {0}")]
    Toml(#[from] toml::de::Error),
    #[error("la table « {0} » est déclarée deux fois")]
    Table(String),
    #[error("table « {table} » : l'en-tête « {header} » désigne deux colonnes")]
    Header { table: String, header: String },
    #[error("table « {table} », colonne « {column} » : {problem}")]
    Column { table: String, column: String, problem: &'static str },
}

impl HasFault for BadSchema {
    fn fault(&self) -> Fault {
        Fault::Environment
    }
}

impl TableSchema {
    /// The register of dwellings (RPLS).
    pub fn dwellings() -> &'static TableSchema {
        built_in("dwellings")
    }

    /// The survey of households (OPS).
    pub fn households() -> &'static TableSchema {
        built_in("households")
    }

    pub(crate) fn epci() -> &'static TableSchema {
        built_in("epci")
    }

    pub(crate) fn communes() -> &'static TableSchema {
        built_in("communes")
    }

    pub(crate) fn movements() -> &'static TableSchema {
        built_in("mouvements")
    }

    /// Reads and checks the tables of a schema.
    ///
    /// # Errors
    /// [`BadSchema`] for text that is no schema, or one that contradicts itself.
    pub fn from_toml(text: &str) -> Result<Vec<TableSchema>, BadSchema> {
        check::tables(text)
    }

    /// The identifier in `schema.toml`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What people call the file, in French.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The technical names of the columns, in the order of the schema.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The handle of a column by its technical name.
    pub fn column(&self, name: &str) -> Option<Column> {
        self.columns.iter().find(|column| column.name == name).map(|column| column.handle)
    }

    /// The handle of a column of integers by its technical name.
    pub fn integer(&self, name: &str) -> Option<IntegerColumn> {
        match self.column(name)? {
            Column::Integer(column) => Some(column),
            Column::Text(_) => None,
        }
    }

    /// The handle of a column of texts by its technical name.
    pub fn text(&self, name: &str) -> Option<TextColumn> {
        match self.column(name)? {
            Column::Text(column) => Some(column),
            Column::Integer(_) => None,
        }
    }

    /// The integer that stands for a value of a column of codes: `code(compo, "MONO")` is 2.
    pub fn code(&self, column: IntegerColumn, value: &str) -> Option<i32> {
        let column =
            self.columns.iter().find(|candidate| candidate.handle == Column::Integer(column))?;
        match &column.kind {
            Kind::Code(values) => value::code(values, value),
            _ => None,
        }
    }

    pub(super) fn columns(&self) -> &[ColumnSchema] {
        &self.columns
    }

    /// The place of the column that a header names, in either dialect.
    pub(super) fn header(&self, text: &str) -> Option<usize> {
        self.headers.get(&value::fold(text)).copied()
    }

    pub(super) fn integer_count(&self) -> usize {
        self.integers
    }

    pub(super) fn text_count(&self) -> usize {
        self.texts
    }
}

fn built_in(id: &str) -> &'static TableSchema {
    static TABLES: OnceLock<Vec<TableSchema>> = OnceLock::new();
    TABLES
        .get_or_init(|| TableSchema::from_toml(BUILT_IN).expect("a test reads the built-in schema"))
        .iter()
        .find(|table| table.id == id)
        .expect("a test looks every table up")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_schema_holds_every_table() {
        assert!(TableSchema::dwellings().text("DEPCOM").is_some());
        assert!(TableSchema::households().integer("PCT_PLAFOND").is_some());
        assert!(TableSchema::epci().text("CODGEO").is_some());
        assert!(TableSchema::communes().integer("TYPE").is_some());
        assert!(TableSchema::movements().text("COM_AP").is_some());
    }

    #[test]
    fn a_header_is_known_in_both_dialects() {
        let table = TableSchema::dwellings();
        for (technical, label) in [
            ("DEPCOM", "Code Commune"),
            ("LIBCOM", "Libéllé Commune"),
            ("PLG_IRIS2024_CODE", "Code IRIS - Code de la zone"),
            ("CONSTRUCT", "ANNEE D’ACHEVEMENT de la construction"),
        ] {
            assert!(table.header(technical).is_some(), "{technical}");
            assert_eq!(table.header(technical), table.header(label), "{label}");
        }
        assert_eq!(table.header("Région - Code de la zone"), None);
    }

    #[test]
    fn a_code_has_its_place_in_the_list() {
        let table = TableSchema::households();
        let compo = table.integer("COMPO").unwrap();
        assert_eq!(table.code(compo, "SEUL"), Some(1));
        assert_eq!(table.code(compo, "AUTRE"), Some(4));
        assert_eq!(table.code(compo, "DUO"), None);
        assert_eq!(table.code(table.integer("APL").unwrap(), "1"), None);
    }
}
