//! What is stored, read back by the rules that it was written by.

use std::str::FromStr;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::AccessError;
use rights::Right;

/// A stored text as the value that it stands for.
///
/// # Errors
///
/// [`AccessError::Corrupt`] names the column whose text the rules refuse.
pub(super) fn parsed<T: FromStr>(row: &AnyRow, column: &'static str) -> Result<T, AccessError> {
    read(&row.try_get::<String, _>(column)?, column)
}

/// The same where nothing may be stored.
pub(super) fn parsed_or_none<T: FromStr>(
    row: &AnyRow,
    column: &'static str,
) -> Result<Option<T>, AccessError> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| read(&text, column)).transpose()
}

/// A text of a named column.
pub(super) fn read<T: FromStr>(text: &str, column: &'static str) -> Result<T, AccessError> {
    text.parse().map_err(|_| AccessError::Corrupt { column })
}

/// A right, of a row that holds `territory` and `finest`.
pub(super) fn right(row: &AnyRow) -> Result<Right, AccessError> {
    let (territory, finest) = (parsed(row, "territory")?, parsed(row, "finest")?);
    Right::new(territory, finest).map_err(|_| AccessError::Corrupt { column: "territory" })
}

/// An identifier without meaning: 16 random bytes in hexadecimal.
pub(super) fn new_id() -> Result<String, AccessError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

/// What a broken uniqueness means, in the words of who asked.
pub(super) fn taken(error: sqlx::Error, meaning: AccessError) -> AccessError {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => meaning,
        _ => error.into(),
    }
}
