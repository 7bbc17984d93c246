//! From the text of a schema to tables that can be relied on.

use std::collections::HashMap;

use serde::Deserialize;

use super::super::value;
use super::{BadSchema, Column, ColumnSchema, IntegerColumn, Kind, TableSchema, TextColumn};

/// The tables of a schema, checked.
pub(super) fn tables(text: &str) -> Result<Vec<TableSchema>, BadSchema> {
    let file: SchemaFile = toml::from_str(text)?;
    let mut tables: Vec<TableSchema> = Vec::new();
    for unchecked in file.table {
        if tables.iter().any(|table| table.id == unchecked.id) {
            return Err(BadSchema::Table(unchecked.id));
        }
        tables.push(check_table(unchecked)?);
    }
    Ok(tables)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaFile {
    table: Vec<UncheckedTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UncheckedTable {
    id: String,
    label: String,
    column: Vec<UncheckedColumn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UncheckedColumn {
    name: String,
    #[serde(default)]
    labels: Vec<String>,
    kind: Kind,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    sentinels: Vec<String>,
    /// Who sees it is for the catalogue to know (`domain::columns`).
    #[serde(default, rename = "open")]
    _open: bool,
}

fn check_table(unchecked: UncheckedTable) -> Result<TableSchema, BadSchema> {
    let UncheckedTable { id, label, column } = unchecked;
    let mut table = TableSchema {
        id,
        label,
        columns: Vec::new(),
        headers: HashMap::new(),
        integers: 0,
        texts: 0,
    };
    for unchecked in column {
        for header in std::iter::once(&unchecked.name).chain(&unchecked.labels) {
            let column = table.columns.len();
            let earlier = table.headers.insert(value::fold(header), column);
            // Spellings that differ by an accent alone are one: no fault.
            if earlier.is_some_and(|earlier| earlier != column) {
                return Err(BadSchema::Header { table: table.id, header: header.clone() });
            }
        }
        let handle = match unchecked.kind {
            Kind::Text { .. } => {
                table.texts += 1;
                Column::Text(TextColumn(table.texts - 1))
            }
            _ => {
                table.integers += 1;
                Column::Integer(IntegerColumn(table.integers - 1))
            }
        };
        let name = unchecked.name.clone();
        let column = check_column(unchecked, handle).map_err(|problem| BadSchema::Column {
            table: table.id.clone(),
            column: name,
            problem,
        })?;
        table.columns.push(column);
    }
    Ok(table)
}

fn check_column(unchecked: UncheckedColumn, handle: Column) -> Result<ColumnSchema, &'static str> {
    let UncheckedColumn { name, labels, kind, required, sentinels, .. } = unchecked;
    check_kind(&kind)?;
    let mut unknown_values = Vec::new();
    let mut unknown_texts = Vec::new();
    for sentinel in &sentinels {
        match &kind {
            Kind::Text { .. } | Kind::Code(_) => unknown_texts.push(value::fold(sentinel)),
            kind => {
                let value = value::scaled(kind, sentinel);
                unknown_values.push(value.map_err(|_| "valeur inconnue illisible")?);
            }
        }
    }
    Ok(ColumnSchema { name, labels, kind, required, unknown_values, unknown_texts, handle })
}

fn check_kind(kind: &Kind) -> Result<(), &'static str> {
    let fits = |bound: i32, digits: u32| {
        10_i32.checked_pow(digits).and_then(|scale| bound.checked_mul(scale)).is_some()
    };
    match kind {
        Kind::Text { max } if *max == 0 || *max > 1000 => Err("une longueur va de 1 à 1000"),
        Kind::Integer { min, max } | Kind::Decimal { min, max, .. } if min > max => {
            Err("le minimum dépasse le maximum")
        }
        Kind::Integer { min, .. } if *min == value::MISSING => Err("minimum réservé"),
        Kind::Decimal { digits, min, max, .. } if !fits(*min, *digits) || !fits(*max, *digits) => {
            Err("les bornes ne tiennent pas dans 32 bits")
        }
        Kind::Code(values) if values.is_empty() => Err("liste de codes vide"),
        Kind::Code(values) => {
            let mut folded: Vec<String> = values.iter().map(|value| value::fold(value)).collect();
            folded.sort();
            let distinct = folded.windows(2).all(|pair| pair[0] != pair[1]);
            if distinct { Ok(()) } else { Err("code en double") }
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(column: &str, expected: &str) {
        let text = format!(
            "[[table]]\nid = \"t\"\nlabel = \"t\"\n[[table.column]]\nname = \"A\"\n{column}"
        );
        let message = TableSchema::from_toml(&text).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }

    #[test]
    fn a_schema_that_cannot_be_is_refused() {
        refused("kind = { integer = { min = 2, max = 1 } }", "minimum");
        refused("kind = { decimal = { digits = 9, min = 0, max = 9 } }", "32 bits");
        refused("kind = { code = [\"é\", \"E\"] }", "double");
        refused("kind = \"month\"\nsentinels = [\"13/1900\"]", "inconnue");
        refused(
            "kind = \"flag\"\n[[table.column]]\nname = \"a\"\nkind = \"flag\"",
            "deux colonnes",
        );
        refused("kind = \"month\"\nlabel = \"a\"", "unknown field");
    }
}
