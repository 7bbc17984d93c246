//! The colours of a family's classes.

use rust_embed::RustEmbed;
use serde::Deserialize;
use serde_json::Value;

/// The palettes, one per family, and one for families that the built-in catalogue has not.
#[derive(RustEmbed)]
#[folder = "../../styles/familles"]
pub(super) struct Palettes;

/// One file of `styles/familles`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Palette {
    /// Its name and where it comes from.
    #[expect(dead_code, reason = "for those who read the file")]
    palette: String,
    #[expect(dead_code, reason = "for those who read the file")]
    source: String,
    /// The colour of zero, then of the classes, rising.
    couleurs: Vec<String>,
}

/// The colour of zero, then of the classes, rising.
pub(super) fn palette(family: &str) -> Option<Vec<Value>> {
    let file = Palettes::get(&format!("{family}.json")).or_else(|| Palettes::get("defaut.json"))?;
    let palette: Palette = serde_json::from_slice(&file.data).ok()?;
    (palette.couleurs.len() > 1).then(|| palette.couleurs.into_iter().map(Value::String).collect())
}
