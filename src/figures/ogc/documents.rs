//! The documents of `/ogc`. What does not depend on a reader stands in `data/ogc`, with placeholders in
//! its texts: `{base}`, `{collection}`, `{edition}`, `{scale}`, `{label}`, `{attribution}`.

use std::f64::consts::PI;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use domain::{ManifestScale, Scale};
use edition::EditionId;
use features::{Kind, Queryable, Selection};

static DOCUMENTS: LazyLock<Value> =
    LazyLock::new(|| read(include_str!("../../../data/ogc/documents.json")));
static API: LazyLock<Value> = LazyLock::new(|| read(include_str!("../../../data/ogc/api.json")));

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// What the placeholders stand for.
pub(super) struct Place<'p> {
    texts: Vec<(&'static str, &'p str)>,
    edition: String,
}

impl<'p> Place<'p> {
    /// For documents of no collection.
    pub(super) fn of(base: &'p str) -> Place<'p> {
        Place { texts: vec![("{base}", base)], edition: String::new() }
    }

    pub(super) fn of_collection(
        base: &'p str,
        collection: &'p str,
        edition: EditionId,
        entry: &'p ManifestScale,
        attribution: &'p str,
    ) -> Place<'p> {
        let texts = vec![
            ("{base}", base),
            ("{collection}", collection),
            ("{scale}", entry.id.id()),
            ("{label}", entry.label.as_str()),
            ("{attribution}", attribution),
        ];
        Place { texts, edition: edition.to_string() }
    }

    /// A value with its placeholders filled, each where it stands in the template alone.
    fn fill(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.fill_text(text).into(),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(map) => {
                map.iter().map(|(key, value)| (self.fill_text(key), self.fill(value))).collect()
            }
            other => other.clone(),
        }
    }

    fn fill_text(&self, template: &str) -> String {
        let (mut text, mut rest) = (String::new(), template);
        while let Some(at) = rest.find('{') {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            let edition = ("{edition}", self.edition.as_str());
            let mut all = self.texts.iter().chain([&edition]);
            match all.find(|(name, _)| rest.starts_with(name)) {
                Some((name, value)) => {
                    text.push_str(value);
                    rest = &rest[name.len()..];
                }
                None => {
                    text.push('{');
                    rest = &rest[1..];
                }
            }
        }
        text.push_str(rest);
        text
    }
}

/// A document of `data/ogc/documents.json`.
pub(super) fn filled(name: &str, place: &Place<'_>) -> Value {
    place.fill(&DOCUMENTS[name])
}

/// A collection of so many visible zones, which lie within bounds.
pub(super) fn collection(place: &Place<'_>, bounds: Option<[f64; 4]>, count: usize) -> Value {
    let mut document = filled("collection", place);
    match (bounds, document.as_object_mut()) {
        (Some(bounds), _) => document["extent"]["spatial"]["bbox"] = json!([bounds]),
        (None, Some(map)) => {
            map.shift_remove("extent");
        }
        _ => {}
    }
    document["itemCount"] = count.into();
    document
}

/// The description of the interface: the paths of zones once for each collection.
pub(super) fn api(place: &Place<'_>, collections: &[String]) -> Value {
    let mut document = place.fill(&API);
    let mut paths = Map::new();
    for (path, operations) in API["paths"].as_object().into_iter().flatten() {
        if !path.contains("{collection}") {
            paths.insert(path.clone(), operations.clone());
            continue;
        }
        for collection in collections {
            let mut operations = operations.clone();
            let name = format!(
                "{}_{collection}",
                operations["get"]["operationId"].as_str().unwrap_or_default()
            );
            operations["get"]["operationId"] = name.into();
            paths.insert(path.replace("{collection}", collection), operations);
        }
    }
    document["paths"] = paths.into();
    document
}

/// The type of each property.
pub(super) fn schema(place: &Place<'_>, selection: &Selection) -> Value {
    let mut document = filled("schema", place);
    let mut properties = properties(selection);
    if let Some(code) = properties.get_mut("code") {
        code["x-ogc-role"] = "id".into();
    }
    properties.insert("geometry".into(), geometry(selection.scale()));
    document["properties"] = properties.into();
    document
}

/// The same of a whole feature.
pub(super) fn feature_schema(place: &Place<'_>, selection: &Selection) -> Value {
    let mut document = filled("feature", place);
    document["properties"]["properties"]["properties"] = properties(selection).into();
    document
}

/// What a filter may read.
pub(super) fn queryables(place: &Place<'_>, scale: Scale) -> Value {
    let mut document = filled("queryables", place);
    let mut properties = Map::new();
    for (column, title) in Queryable::ALL.into_iter().zip(["Code", "Nom", "Communes"]) {
        properties.insert(column.name().into(), json!({ "title": title, "type": "string" }));
    }
    properties.insert("geometry".into(), geometry(scale));
    document["properties"] = properties.into();
    document
}

/// The tiles of a scale: in each zoom those that its zones lie in.
pub(super) fn tileset(place: &Place<'_>, entry: &ManifestScale) -> Value {
    let mut document = filled("tileset", place);
    let limits = (entry.minzoom..=entry.maxzoom).map(|zoom| limits(zoom, entry.bounds));
    document["tileMatrixSetLimits"] = limits.collect();
    document
}

fn properties(selection: &Selection) -> Map<String, Value> {
    let columns = selection.shown().columns().iter();
    let described = columns.map(|column| {
        let kind = match column.kind {
            Kind::Text => "string",
            Kind::Truth => "boolean",
            Kind::Integer => "integer",
            Kind::Number => "number",
        };
        let own = json!({ "title": column.title, "description": column.description, "type": kind });
        (column.name.to_string(), own)
    });
    described.collect()
}

fn geometry(scale: Scale) -> Value {
    let format = if scale.is_point() { "geometry-point" } else { "geometry-multipolygon" };
    json!({ "title": "Géométrie", "format": format, "x-ogc-role": "primary-geometry" })
}

/// The first and the last row and column of a zoom.
fn limits(zoom: u8, [west, south, east, north]: [f64; 4]) -> Value {
    let side = f64::from(zoom).exp2();
    let whole = |place: f64| place.floor().clamp(0.0, side - 1.0) as u32;
    let column = |degrees: f64| whole((degrees + 180.0) / 360.0 * side);
    let row = |degrees: f64| {
        let turn = degrees.clamp(-85.0511, 85.0511).to_radians().tan().asinh();
        whole((1.0 - turn / PI) / 2.0 * side)
    };
    json!({
        "tileMatrix": zoom.to_string(),
        "minTileRow": row(north),
        "maxTileRow": row(south),
        "minTileCol": column(west),
        "maxTileCol": column(east),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_are_there_and_nothing_fills_what_was_filled() {
        for name in ["landing", "conformance", "collection", "schema", "tileset", "grid"] {
            assert!(DOCUMENTS[name].is_object(), "{name}");
        }
        assert!(API["paths"].is_object());
        let place = Place::of("https://x.fr/{collection}");
        let document = filled("landing", &place);
        assert_eq!(document["links"][0]["href"], "https://x.fr/{collection}/ogc");
    }
}
