//! Which extremes an edition must keep back, read from the rules for the auditor: by its own hand, not the
//! build's.

use std::collections::BTreeMap;

use domain::{Catalogue, Extremes};

/// What the program's own rules say.
const BUILT_IN: &str = include_str!("../../data/rules.toml");

/// A catalogue with the extremes that a rules file keeps back; what it does not name is as in the program's.
///
/// # Errors
/// Text that is no rules file, or a family of it that is neither `off`, `high` nor `both`.
pub fn with_extremes(
    catalogue: Catalogue,
    rules: Option<&str>,
) -> Result<Catalogue, toml::de::Error> {
    let mut kept = BTreeMap::new();
    for text in [Some(BUILT_IN), rules].into_iter().flatten() {
        let file: toml::Table = toml::from_str(text)?;
        for (family, word) in
            file.get("extremes").and_then(toml::Value::as_table).into_iter().flatten()
        {
            kept.insert(family.clone(), word.clone().try_into::<Extremes>()?);
        }
    }
    Ok(catalogue.with_extremes(|family| kept.get(family).copied().unwrap_or_default()))
}
