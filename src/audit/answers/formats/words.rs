//! What an exported file may say beside its rows: what its columns mean, of which zones it is and whose.

use std::collections::HashMap;

use domain::Scale;
use serde_json::{Map, Value, json};

use super::super::super::files::columns::{Column, Kind, columns};
use super::super::reference::{AudienceReference, Reference};
use super::super::route::Asked;

/// What a file says of itself, in this order.
const ABOUT: [&str; 10] = [
    "Édition",
    "Échelle",
    "Territoire",
    "Exporté le",
    "Par",
    "Convention",
    "Finalités",
    "Sources",
    "Secret statistique",
    "Empreinte de l'édition",
];
/// What a page of features says of itself.
const ABOUT_PAGE: [&str; 3] = ["Édition", "Échelle", "Sources"];

/// The names of a dictionary's columns.
pub const DICTIONARY: [&str; 6] = ["colonne", "titre", "type", "unité", "source", "définition"];

/// West, south, east, north in degrees; `None` around nothing.
pub type Bounds = Option<[f64; 4]>;

/// A column of a file, and what a dictionary says of it.
pub struct Described {
    pub column: Column,
    unit: String,
    source: String,
}

/// What a file of a scale may say.
pub struct Words<'a> {
    pub scale: Scale,
    /// Whether it is a page of features.
    pub is_page: bool,
    part: &'a AudienceReference,
    digest: Option<&'a str>,
    within: String,
    described: HashMap<String, Described>,
}

impl<'a> Words<'a> {
    pub fn new(reference: &'a Reference<'_>, scale: Scale, asked: &Asked) -> Words<'a> {
        // The wider audience has every column of the other, under the same words.
        let part = &reference.parts[0];
        let within = asked.within.as_ref().map(|(scale, code)| format!("{scale}:{code}"));
        Words {
            scale,
            is_page: asked.plain,
            part,
            digest: reference.digest.as_deref(),
            within: within.unwrap_or_else(|| "tout celui du compte".to_owned()),
            described: described(part, scale),
        }
    }

    /// The column of a name; without title and description where no file has it.
    pub fn column(&self, name: &str) -> Column {
        self.described.get(name).map_or_else(
            || Column {
                name: name.to_owned(),
                title: String::new(),
                description: String::new(),
                kind: Kind::Text,
                in_tiles: false,
            },
            |own| Column {
                name: own.column.name.clone(),
                title: own.column.title.clone(),
                description: own.column.description.clone(),
                ..own.column
            },
        )
    }

    /// The lines of a dictionary of these columns, its header first.
    pub fn dictionary(&self, names: &[String]) -> Vec<Vec<String>> {
        let header = DICTIONARY.map(str::to_owned).to_vec();
        let line = |name: &String| {
            let own = self.described.get(name);
            let column = self.column(name);
            let (unit, source) = own.map(|own| (&own.unit, &own.source)).unzip();
            let kind = match column.kind {
                Kind::Text => "texte",
                Kind::Truth => "booléen",
                Kind::Integer => "entier",
                Kind::Number => "nombre",
            };
            let (unit, source) = (unit.cloned(), source.cloned());
            vec![
                column.name,
                column.title,
                kind.to_owned(),
                unit.unwrap_or_default(),
                source.unwrap_or_default(),
                column.description,
            ]
        };
        std::iter::once(header).chain(names.iter().map(line)).collect()
    }

    /// Whether a name is that of the file: the edition and the scale, `2024r1.commune`.
    pub fn is_name(&self, name: &str) -> bool {
        name.split_once('.').is_some_and(|(id, own)| self.is_edition(id) && own == self.scale.id())
    }

    /// The name of the file, where the edition is known; else the one that was read, if it can be one.
    pub fn name(&self, read: &str) -> String {
        if self.is_name(read) { read.to_owned() } else { format!("….{}", self.scale) }
    }

    /// The data package of a ZIP, which says what was read of the rest.
    pub fn package(&self, name: &str, about: &[(String, String)], names: &[String]) -> Value {
        let scale = self.scale;
        let lines: Map<String, Value> =
            about.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let field = |name: &String| {
            let column = self.column(name);
            let kind = match column.kind {
                Kind::Text => "string",
                Kind::Truth => "boolean",
                Kind::Integer => "integer",
                Kind::Number => "number",
            };
            let (title, description) = (column.title, column.description);
            json!({ "name": name, "title": title, "description": description, "type": kind })
        };
        let fields: Vec<Value> = names.iter().map(field).collect();
        let texts = DICTIONARY.map(|name| json!({ "name": name, "type": "string" })).to_vec();
        let resource = |name: &str, title: &str, fields: Vec<Value>, key: &str| {
            json!({
                "profile": "tabular-data-resource",
                "name": name,
                "path": format!("{name}.csv"),
                "title": title,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "dialect": { "delimiter": ",", "lineTerminator": "\r\n", "header": true },
                "schema": { "fields": fields, "primaryKey": [key], "missingValues": [""] },
            })
        };
        let id = name.split('.').next().unwrap_or_default();
        json!({
            "profile": "tabular-data-package",
            "name": name,
            "title": format!("{} – {id}", scale.label()),
            "about": lines,
            "resources": [
                resource(scale.id(), scale.label(), fields, "code"),
                resource("dictionnaire", "Dictionnaire", texts, "colonne"),
            ],
        })
    }

    /// The lines of a text that says them one below the other.
    pub fn lines(&self, mut text: &str) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        let keys = self.keys();
        for (place, key) in keys.iter().enumerate() {
            let Some(rest) = text.strip_prefix(&format!("{key} : ")) else { break };
            let end = keys.get(place + 1).map(|next| format!("\n{next} : "));
            let end = end.and_then(|end| rest.find(&end));
            let (value, rest) = end.map_or((rest, ""), |end| (&rest[..end], &rest[end + 1..]));
            lines.push(((*key).to_owned(), value.to_owned()));
            text = rest;
        }
        if !text.is_empty() {
            lines.push((text.to_owned(), String::new()));
        }
        lines
    }

    /// What is wrong with what a file says of itself, at a place.
    pub fn about(&self, place: &str, lines: &[(String, String)]) -> Vec<String> {
        let due = self.keys();
        let own: Vec<&str> = lines.iter().map(|(key, _)| key.as_str()).collect();
        let mut flaws = Vec::new();
        if own != due {
            let (own, due) = (own.join(", "), due.join(", "));
            flaws.push(format!("{place} : clés inattendues : {own} ({due})"));
        }
        for (key, value) in lines.iter().filter(|(key, value)| !self.may_say(key, value)) {
            flaws.push(format!("{place} : {key} : {value:?}"));
        }
        flaws
    }

    fn keys(&self) -> &'static [&'static str] {
        if self.is_page { &ABOUT_PAGE } else { &ABOUT }
    }

    /// Who exported it, under which convention and what for is not in the edition.
    fn may_say(&self, key: &str, value: &str) -> bool {
        let manifest = self.part.manifest.as_ref().map(|(_, manifest)| manifest);
        match key {
            "Édition" => self.is_edition(value),
            "Échelle" => value == self.scale.label(),
            "Territoire" => value == self.within,
            "Exporté le" => is_like(value, "0000-00-00T00:00:00Z"),
            "Sources" => manifest.is_none_or(|manifest| value == manifest.attribution),
            "Secret statistique" => manifest.is_none_or(|manifest| {
                value
                    == format!(
                        "aucun chiffre ne porte sur moins de {} ménages ; un chiffre absent est secret \
                         ou ne porte sur personne, les colonnes statut_… le disent",
                        manifest.threshold
                    )
            }),
            "Empreinte de l'édition" => match self.digest {
                Some(digest) => value == digest,
                None => value.len() == 64 && value.bytes().all(|it| it.is_ascii_hexdigit()),
            },
            _ => true,
        }
    }

    fn is_edition(&self, id: &str) -> bool {
        match &self.part.manifest {
            Some((_, manifest)) => manifest.id == id,
            None => id.parse::<edition::EditionId>().is_ok(),
        }
    }
}

/// Whether a text has a digit where the model has one, and is the same elsewhere.
pub fn is_like(text: &str, model: &str) -> bool {
    let fits = |(own, due): (u8, u8)| own == due || own.is_ascii_digit() && due == b'0';
    text.len() == model.len() && text.bytes().zip(model.bytes()).all(fits)
}

/// Every column that a file of a scale may have, by name.
fn described(part: &AudienceReference, scale: Scale) -> HashMap<String, Described> {
    let catalogue = &part.catalogue;
    let indicator = |id: &str| catalogue.indicators().iter().find(|one| one.id == id);
    let of_edition = columns(catalogue, scale).into_iter().map(|column| {
        let name = column.name.as_str();
        let part = ["_num", "_den", "_ext"].iter().find_map(|end| name.strip_suffix(end));
        let (unit, source) = match (indicator(name), part.and_then(indicator)) {
            (Some(own), _) => (own.unit.symbol().to_owned(), own.source.clone()),
            (None, Some(own)) => (String::new(), own.source.clone()),
            (None, None) => Default::default(),
        };
        Described { column, unit, source }
    });
    let column = |name: String, title: String, description: String, kind| Column {
        name,
        title,
        description,
        kind,
        in_tiles: false,
    };
    let statuses = catalogue.universes().iter().map(|universe| {
        let description = "diffusé : les chiffres sont donnés ; secret : ils sont couverts par le secret \
                           statistique ; sans objet : personne n'est compté";
        let (name, title) =
            (format!("statut_{}", universe.id), format!("{} : statut", universe.label));
        let column = column(name, title, description.to_owned(), Kind::Text);
        Described { column, unit: String::new(), source: String::new() }
    });
    let places = [("x", "Longitude"), ("y", "Latitude")].into_iter().map(|(name, title)| {
        let description = format!("{title} du point où se place le nom, en degrés (WGS 84)");
        let column = column(name.to_owned(), title.to_owned(), description, Kind::Number);
        Described { column, unit: "°".to_owned(), source: String::new() }
    });
    let all = of_edition.chain(statuses).chain(places);
    all.map(|described| (described.column.name.clone(), described)).collect()
}

/// The bounds of what lies in envelopes: west, east, south and north.
pub fn bounds(envelopes: impl Iterator<Item = Option<[f64; 4]>>) -> Bounds {
    let all = envelopes.flatten().reduce(|all, own| {
        [all[0].min(own[0]), all[1].max(own[1]), all[2].min(own[2]), all[3].max(own[3])]
    });
    all.map(|[west, east, south, north]| [west, south, east, north])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_like_a_model_digit_by_digit() {
        let instant = "0000-00-00T00:00:00Z";
        assert!(is_like("2026-12-01T08:30:00Z", instant));
        for other in ["2026-12-01T08:30:00Z7", "2026-12-01T08:30:0aZ", "2026-12-01 08:30:00Z", ""] {
            assert!(!is_like(other, instant), "{other}");
        }
    }

    #[test]
    fn bounds_are_those_of_all_that_has_any() {
        let all = [None, Some([2.0, 3.0, 48.0, 49.0]), Some([1.0, 2.5, 48.5, 50.0])];
        assert_eq!(bounds(all.into_iter()), Some([1.0, 48.0, 3.0, 50.0]));
        assert_eq!(bounds([None].into_iter()), None);
    }
}
