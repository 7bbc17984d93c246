//! What each column means, as rows of texts.

use features::Kind;

use super::Sheet;

/// The names of the dictionary's columns.
pub(super) const HEADER: [&str; 6] = ["colonne", "titre", "type", "unité", "source", "définition"];

/// A line for each column of a file.
pub(super) fn lines(sheet: &Sheet) -> impl Iterator<Item = [String; 6]> {
    sheet.placed_columns().map(|column| {
        [
            column.name.clone(),
            column.title.clone(),
            kind(column.kind).to_owned(),
            column.unit.clone(),
            column.source.clone(),
            column.description.clone(),
        ]
    })
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "texte",
        Kind::Truth => "booléen",
        Kind::Integer => "entier",
        Kind::Number => "nombre",
    }
}
