//! TileJSON 3.0: what a map client asks before its first tile.

use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::tiles::LABELS;
use domain::{Audience, Manifest, ManifestScale, Scale};
use edition::Edition;
use request::named::Named;
use request::{Problem, Reader, answer};

/// `/tiles/{edition}/{scale}.json`, and `/tiles/{edition}/{scale}.labels.json` for the points where names
/// stand.
pub(super) async fn one_scale(
    reader: Reader,
    Named((name, scale)): Named<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let scale = scale.strip_suffix(".json").ok_or_else(Problem::not_found)?;
    let labels = scale.strip_suffix(LABELS);
    let scale = labels.unwrap_or(scale);
    let (edition, view) = reader.edition(&name)?;
    let scale = edition.named(scale).ok_or_else(Problem::not_found)?;
    let manifest = edition.manifest(view.audience());
    let entry = manifest.scale(scale).ok_or_else(Problem::not_found)?;
    let tiles = format!("{}/tiles/{}/{scale}", reader.base(), edition.id());
    let document = match labels {
        Some(_) if !edition.has_labels(scale) => None,
        Some(_) => {
            let name = format!("{} : noms – {}", entry.label, edition.id());
            let fields = |_: Scale| {
                Map::from_iter(["code", "nom"].map(|name| (name.to_owned(), "String".into())))
            };
            tilejson(&name, &format!("{tiles}{LABELS}"), manifest, &fields, &[entry])
        }
        None => {
            let name = format!("{} – {}", entry.label, edition.id());
            let fields = |scale| fields(edition, view.audience(), scale);
            tilejson(&name, &tiles, manifest, &fields, &[entry])
        }
    };
    answer::json(&headers, &document.ok_or_else(Problem::not_found)?)
}

/// `/tiles/{edition}.json`.
pub(super) async fn all_scales(
    reader: Reader,
    Named(name): Named<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = name.strip_suffix(".json").ok_or_else(Problem::not_found)?;
    let (edition, view) = reader.edition(name)?;
    let scales: Vec<&ManifestScale> = edition.manifest(view.audience()).scales.iter().collect();
    let tiles = format!("{}/tiles/{}", reader.base(), edition.id());
    let name = format!("Occupation du parc social – {}", edition.id());
    let manifest = edition.manifest(view.audience());
    let fields = |scale| fields(edition, view.audience(), scale);
    let document = tilejson(&name, &tiles, manifest, &fields, &scales);
    answer::json(&headers, &document.ok_or_else(Problem::not_found)?)
}

/// `None` without any scale.
fn tilejson(
    name: &str,
    tiles: &str,
    manifest: &Manifest,
    fields: &dyn Fn(Scale) -> Map<String, Value>,
    scales: &[&ManifestScale],
) -> Option<Value> {
    let layer = |scale: &&ManifestScale| {
        json!({
            "id": scale.id,
            "description": scale.label,
            "minzoom": scale.minzoom,
            "maxzoom": scale.maxzoom,
            "fields": fields(scale.id),
        })
    };
    Some(json!({
        "tilejson": "3.0.0",
        "name": name,
        "version": "1.0.0",
        "attribution": manifest.attribution,
        "scheme": "xyz",
        "tiles": [format!("{tiles}/{{z}}/{{x}}/{{y}}.mvt")],
        "minzoom": scales.iter().map(|scale| scale.minzoom).min()?,
        "maxzoom": scales.iter().map(|scale| scale.maxzoom).max()?,
        "bounds": scales.iter().map(|scale| scale.bounds).reduce(union)?,
        "vector_layers": scales.iter().map(layer).collect::<Vec<_>>(),
    }))
}

/// Column → its type, in the words that tilers agreed on, for every column of the scale that the
/// audience may read. What a column says is in `/editions/{edition}/indicators`.
fn fields(edition: &Edition, audience: Audience, scale: Scale) -> Map<String, Value> {
    let catalogue = edition.catalogue(audience);
    let kind = |column: &str| -> Option<&'static str> {
        if let Some(universe) =
            column.strip_prefix("n_").and_then(|id| catalogue.universe_index(id))
        {
            return catalogue.universes()[universe].is_offered(scale).then_some("Number");
        }
        let own = |scale: Scale| {
            let found = scale.own_columns().iter().find(|own| own.0 == column);
            found.map(|own| own.1)
        };
        if Scale::built_in().any(|other| own(other).is_some()) {
            return own(scale);
        }
        let indicator =
            |id: &str| catalogue.indicators().iter().find(|indicator| indicator.id == id);
        if let Some(marked) = column.strip_suffix("_ext").and_then(indicator) {
            return catalogue.has_marks(marked, scale).then_some("String");
        }
        match indicator(column) {
            Some(indicator) => catalogue.offers(indicator, scale).then_some("Number"),
            None if column == "secret" => Some("Boolean"),
            None => Some("String"),
        }
    };
    let columns = edition.columns(audience).into_iter();
    columns.filter_map(|column| Some((column.to_owned(), kind(column)?.into()))).collect()
}

fn union(one: [f64; 4], other: [f64; 4]) -> [f64; 4] {
    [one[0].min(other[0]), one[1].min(other[1]), one[2].max(other[2]), one[3].max(other[3])]
}
