//! The documents as `data/ogc` has them, and what their placeholders stand for.

use std::sync::LazyLock;

use serde_json::Value;

pub(super) static DOCUMENTS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../data/ogc/documents.json")).unwrap_or_default()
});
pub(super) static API: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../data/ogc/api.json")).unwrap_or_default()
});

/// Each placeholder with its text.
pub(super) struct Texts(Vec<(&'static str, String)>);

impl Texts {
    pub(super) fn of(base: &str) -> Texts {
        Texts(vec![("{base}", base.to_owned())])
    }

    pub(super) fn with(mut self, name: &'static str, text: &str) -> Texts {
        self.0.push((name, text.to_owned()));
        self
    }

    /// The value with its placeholders replaced; what replaces one is not looked at again.
    pub(super) fn fill(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(map) => {
                map.iter().map(|(key, value)| (self.text(key), self.fill(value))).collect()
            }
            _ => value.clone(),
        }
    }

    fn text(&self, template: &str) -> String {
        let first = self
            .0
            .iter()
            .filter_map(|(name, text)| template.find(name).map(|at| (at, name.len(), text)));
        match first.min_by_key(|found| found.0) {
            None => template.to_owned(),
            Some((at, length, text)) => {
                let rest = self.text(&template[at + length..]);
                format!("{}{text}{rest}", &template[..at])
            }
        }
    }
}
