//! A tile that was saved, judged layer by layer; what it says of zones is kept for the rules.

use std::collections::BTreeSet;

use crate::mismatch::Mismatch;
use domain::Scale;

use super::super::seen::{Seen, Value};
use super::super::shown::Union;
use super::super::{BadCollection, Finding};
use super::tile::{self, Found};
use super::{Judge, ONE_MASK, wire};

impl Judge<'_> {
    pub(super) fn tile(
        &mut self,
        (path, account): (&str, &str),
        (scale, at): (Option<Scale>, (u8, u32, u32)),
        bytes: &[u8],
        union: &mut Union,
        findings: &mut Vec<Finding>,
    ) -> Result<Found, BadCollection> {
        let number = self.number(account);
        let content = |problem: Mismatch| BadCollection::Content {
            path: path.into(),
            problem: problem.to_string(),
        };
        let reference = &self.reference;
        let scale_of = |id: &str| reference.scale(id);
        let mut found = Found { audiences: [true; 2], ..Found::default() };
        let layers = tile::layers(bytes, scale, &scale_of, &mut found.problems).map_err(content)?;
        let parts = &self.reference.parts;
        for (own, layer) in &layers {
            match &self.reference.stored {
                Some(stored) => {
                    let manifest = parts[0].manifest.as_ref().map(|(_, manifest)| manifest);
                    let entry = manifest.and_then(|manifest| manifest.scale(*own));
                    let within =
                        entry.is_some_and(|entry| (entry.minzoom..=entry.maxzoom).contains(&at.0));
                    let stored = if within { stored.tile(*own, at)? } else { None };
                    let mut ignored = Vec::new();
                    let stored = stored.unwrap_or_default();
                    let stored =
                        tile::layers(&stored, None, &scale_of, &mut ignored).map_err(content)?;
                    match stored.first() {
                        Some((_, stored)) => {
                            let columns = parts.each_ref().map(|part| &part.columns);
                            tile::against(layer, stored, columns, &mut found);
                        }
                        None => found
                            .problems
                            .push(format!("couche {own} : l'édition n'a pas cette tuile")),
                    }
                }
                None => tile::alone(*own, layer, parts, &mut found),
            }
            for words in self.agreement.add(number, *own, at, layer) {
                findings.push(Finding::new(ONE_MASK, format!("{path} : {words}")));
            }
            for feature in &layer.features {
                if let Some(code) = tile::code(layer, feature) {
                    self.kept.give(account, *own, code);
                }
                if let Some(seen) = self.seen(layer, feature) {
                    union.add(*own, seen, findings);
                }
            }
        }
        if found.problems.is_empty() && found.audiences == [false; 2] {
            found.problems.push("public : des colonnes de deux publics dans une tuile".to_owned());
        }
        Ok(found)
    }

    /// Label points: codes and names of some zones of the tile that the edition stores.
    pub(super) fn labels(
        &mut self,
        (path, account): (&str, &str),
        (scale, at): (Scale, (u8, u32, u32)),
        bytes: &[u8],
        findings: &mut Vec<Finding>,
    ) -> Result<Found, BadCollection> {
        let number = self.number(account);
        let content = |problem: Mismatch| BadCollection::Content {
            path: path.into(),
            problem: problem.to_string(),
        };
        let reference = &self.reference;
        let scale_of = |id: &str| reference.scale(id);
        let mut found = Found { audiences: [true; 2], ..Found::default() };
        let layers =
            tile::layers(bytes, Some(scale), &scale_of, &mut found.problems).map_err(content)?;
        for (own, layer) in &layers {
            match &self.reference.stored {
                Some(stored) => {
                    let stored = stored.labels(*own, at)?.unwrap_or_default();
                    let mut ignored = Vec::new();
                    let stored =
                        tile::layers(&stored, None, &scale_of, &mut ignored).map_err(content)?;
                    let read: BTreeSet<String> = tile::LABELLED.map(str::to_owned).into();
                    match stored.first() {
                        Some((_, stored)) => {
                            tile::against(layer, stored, [&read, &read], &mut found);
                        }
                        None => found
                            .problems
                            .push(format!("couche {own} : l'édition n'a pas ces noms")),
                    }
                }
                None => tile::labels_alone(layer, &self.reference.parts, &mut found),
            }
            let mut words = self.labels.add(number, *own, at, layer);
            for feature in &layer.features {
                let Some(code) = tile::code(layer, feature) else { continue };
                let nom =
                    layer.properties(feature).into_iter().find_map(|(key, value)| match value {
                        wire::Value::Text(text) if key == "nom" => Some(text),
                        _ => None,
                    });
                let nom = nom.unwrap_or_default();
                let known = self.names.entry((*own, code.to_owned()));
                if known.or_insert_with(|| nom.to_owned()) != nom {
                    words.push(format!("{own} {code} : nom : pas le même partout"));
                }
            }
            let words = words.into_iter().map(|words| format!("{path} : {words}"));
            findings.extend(words.map(|words| Finding::new(ONE_MASK, words)));
        }
        Ok(found)
    }

    /// What a feature says, as far as the catalogue has columns for it; the rest was named.
    fn seen(&self, layer: &wire::Layer<'_>, feature: &wire::Feature<'_>) -> Option<Seen> {
        let mut seen = self.columns.blank();
        for (key, value) in layer.properties(feature) {
            let value = match value {
                wire::Value::Text(text) => Value::Text(text),
                wire::Value::Truth(truth) => Value::Truth(truth),
                wire::Value::Unsigned(number) => Value::Integer(i64::try_from(number).ok()?),
                wire::Value::Double(number) => Value::Number(number),
                wire::Value::Other => continue,
            };
            // A column of no catalogue was named already.
            let _ = self.columns.put(&mut seen, key, &value);
        }
        (!seen.code.is_empty()).then_some(seen)
    }
}
