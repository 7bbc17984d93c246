//! The layers of a style, from the template in `styles/gabarit.json` and a base in `styles/fonds`.

use serde_json::{Map, Value};

use domain::Scale;

const TEMPLATE: &str = include_str!("../../styles/gabarit.json");
const LIGHT: &str = include_str!("../../styles/fonds/clair.json");
const DARK: &str = include_str!("../../styles/fonds/sombre.json");

/// The layers of a style on their way.
pub(super) struct Drawing {
    template: Value,
    base: Map<String, Value>,
    layers: Vec<Value>,
}

impl Drawing {
    /// No layer yet, on a light or a dark base. Nothing where the files are no documents.
    pub(super) fn new(is_dark: bool) -> Option<Drawing> {
        Some(Drawing {
            template: serde_json::from_str(TEMPLATE).ok()?,
            base: serde_json::from_str(if is_dark { DARK } else { LIGHT }).ok()?,
            layers: Vec::new(),
        })
    }

    /// What the base says of a placeholder.
    pub(super) fn base(&self, name: &str) -> Option<Value> {
        self.base.get(name).cloned()
    }

    /// The layers, the lowest first.
    pub(super) fn into_layers(self) -> Vec<Value> {
        self.layers
    }

    /// Adds what the template has under `kind`, its placeholders filled from `given`, else from
    /// the base.
    pub(super) fn layers(
        &mut self,
        kind: &str,
        scale: Scale,
        given: &[(&str, Value)],
        zooms: Option<(u8, u8)>,
    ) -> Option<()> {
        let template = self.template.get(kind)?;
        let mut layers = template.as_array().cloned().unwrap_or_else(|| vec![template.clone()]);
        for layer in &mut layers {
            fill(layer, &|name| {
                let given = given.iter().find(|given| given.0 == name).map(|given| &given.1);
                given.or_else(|| self.base.get(name)).cloned()
            });
            name(layer, scale, given);
            if let (Some(layer), Some((from, to))) = (layer.as_object_mut(), zooms) {
                layer.insert("minzoom".into(), from.into());
                layer.insert("maxzoom".into(), to.into());
            }
        }
        self.layers.extend(layers);
        Some(())
    }
}

/// Replaces each string that is a placeholder as a whole, `{name}`.
fn fill(value: &mut Value, found: &dyn Fn(&str) -> Option<Value>) {
    match value {
        Value::String(text) => {
            let name = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            if let Some(new) = name.and_then(found) {
                *value = new;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, found)),
        Value::Object(map) => map.values_mut().for_each(|item| fill(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Writes the scale into the names of a layer and of its source, and the rank of a class.
fn name(layer: &mut Value, scale: Scale, given: &[(&str, Value)]) {
    let rank = given.iter().find(|given| given.0 == "rang").and_then(|given| given.1.as_str());
    for key in ["id", "source", "source-layer"] {
        if let Some(Value::String(text)) = layer.get_mut(key) {
            *text = text.replace("{echelle}", scale.id()).replace("{rang}", rank.unwrap_or(""));
        }
    }
}
