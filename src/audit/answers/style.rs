//! A map style, made again from the manifest: every layer, filter, colour and bound that the style
//! of that name has. Written from `styles/` and the rules of the documentation, not from the
//! server's code.

use std::collections::BTreeSet;

use rust_embed::RustEmbed;
use serde_json::{Map, Value, json};

use domain::{Catalogue, Indicator, Manifest, ManifestScale, Scale};

use super::reference::AudienceReference;
use crate::extremes::{is_kept_back, keeps_back};

const TEMPLATE: &str = include_str!("../../../styles/gabarit.json");
const LIGHT: &str = include_str!("../../../styles/fonds/clair.json");
const DARK: &str = include_str!("../../../styles/fonds/sombre.json");

#[derive(RustEmbed)]
#[folder = "../../styles/familles"]
struct Palettes;

/// Tiles are drawn larger than they are up to there.
const DEEPEST: u8 = 24;

/// The style of a name under a base; `None` where there is none, or without a manifest.
pub fn style(name: &str, base_url: &str, part: &AudienceReference) -> Option<Value> {
    let (_, manifest) = part.manifest.as_ref()?;
    let (name, dark) = name.strip_suffix(".sombre").map_or((name, false), |name| (name, true));
    let (subject, scale) = match name.split_once('.') {
        Some((subject, scale)) => (subject, Some(manifest.named(scale)?)),
        None => (name, None),
    };
    let indicator = subject_of(subject, scale, part)?;
    let offered = |scale: Scale| part.offers(indicator, scale);
    let drawn = match scale {
        Some(scale) => {
            let asked = manifest.scale(scale)?;
            let entry = if offered(scale) { asked } else { wider(scale, &offered, manifest)? };
            vec![Turn { entry, from: entry.minzoom, to: DEEPEST }]
        }
        None => turns(manifest, &offered),
    };
    let mut sheet = Sheet::new(dark)?;
    let colours = colours(&indicator.family, dark)?;
    let finest = drawn.iter().map(|turn| turn.entry.id).min()?;
    let ground = manifest.scale(Scale::COMMUNE).filter(|_| finest < Scale::COMMUNE);
    sheet.put("fond", None, &[]);
    if let Some(entry) = ground {
        sheet.put("sol", Some((entry.id, entry.minzoom, DEEPEST)), &[]);
    }
    for turn in drawn.iter().rev() {
        turn.draw(&mut sheet, indicator, &colours, manifest, &part.catalogue);
    }
    let outlined = outlined(&drawn, finest, manifest);
    for (scale, width, from) in outlined.iter().rev() {
        let widths = [("largeur", json!(width)), ("largeur_halo", json!(width + 2.2))];
        sheet.put("limite", Some((*scale, *from, DEEPEST)), &widths);
    }
    let named = || drawn.iter().filter(|turn| turn.entry.id.is_named());
    // Names stand at label points, where the edition has them.
    let labels = |scale: Scale| match manifest.has_labels(scale) {
        true => format!("{scale}.labels"),
        false => scale.to_string(),
    };
    for turn in named() {
        let source = [("noms", labels(turn.entry.id).into())];
        sheet.put("noms", Some((turn.entry.id, turn.from, turn.to)), &source);
    }
    let shown = drawn.iter().map(|turn| turn.entry.id).chain(ground.map(|entry| entry.id));
    let mut sources = Map::new();
    let shown = shown.chain(outlined.iter().map(|outline| outline.0)).map(|own| own.to_string());
    for name in shown.chain(named().map(|turn| labels(turn.entry.id))) {
        let url = format!("{base_url}/tiles/{}/{name}.json", manifest.id);
        let source = json!({ "type": "vector", "url": url, "attribution": manifest.attribution });
        sources.insert(name, source);
    }
    let title =
        format!("{} ({}, révision {})", indicator.label, manifest.vintage, manifest.revision);
    Some(json!({
        "version": 8,
        "name": title,
        "metadata": { "seuil:edition": manifest.id, "seuil:indicateur": indicator.id },
        "sprite": format!("{base_url}/sprites/seuil"),
        "sources": sources,
        "layers": sheet.layers,
    }))
}

/// The indicator of that name, or of the family of that name the first that the scale offers, else
/// the first.
fn subject_of<'a>(
    subject: &str,
    scale: Option<Scale>,
    part: &'a AudienceReference,
) -> Option<&'a Indicator> {
    let AudienceReference { catalogue, .. } = part;
    if !catalogue.families().iter().any(|family| family.id == subject) {
        return catalogue.indicators().iter().find(|indicator| indicator.id == subject);
    }
    let family: Vec<&Indicator> =
        catalogue.indicators().iter().filter(|indicator| indicator.family == subject).collect();
    let offered = family.iter().find(|one| scale.is_none_or(|scale| part.offers(one, scale)));
    offered.or_else(|| family.first()).copied()
}

/// The scale that stands for one that does not offer an indicator: the finest wider one that does,
/// of those that cover the territory, else of all.
fn wider<'a>(
    scale: Scale,
    offered: &dyn Fn(Scale) -> bool,
    manifest: &'a Manifest,
) -> Option<&'a ManifestScale> {
    let fits = |wider: &Scale| *wider > scale && offered(*wider);
    let all: BTreeSet<Scale> = manifest.scales.iter().map(|entry| entry.id).collect();
    let turns = |wider: &Scale| wider.takes_turns() && fits(wider);
    let found = all.iter().copied().find(turns).or_else(|| all.iter().copied().find(fits));
    manifest.scale(found?)
}

/// A scale and the zooms where it is drawn.
struct Turn<'a> {
    entry: &'a ManifestScale,
    from: u8,
    to: u8,
}

/// A scale is drawn up to where the next finer one begins, one zoom into that one's tiles.
fn turns<'a>(manifest: &'a Manifest, offered: &dyn Fn(Scale) -> bool) -> Vec<Turn<'a>> {
    let mut there: Vec<&ManifestScale> = manifest.scales.iter().collect();
    there.retain(|entry| entry.id.takes_turns() && offered(entry.id));
    there.sort_by_key(|entry| entry.id);
    let widest = there.last().map(|entry| entry.id);
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for entry in there {
        let to = turns.last().map_or(DEEPEST, |finer| finer.from);
        let late = u8::from(Some(entry.id) != widest);
        let from = entry.minzoom.saturating_add(late);
        if from < to {
            turns.push(Turn { entry, from, to });
        }
    }
    turns
}

fn outlined(drawn: &[Turn<'_>], finest: Scale, manifest: &Manifest) -> Vec<(Scale, f64, u8)> {
    let first = drawn.iter().map(|turn| turn.from).min().unwrap_or(0);
    let mut found = Vec::new();
    let mut coarser: Vec<&ManifestScale> = manifest.scales.iter().collect();
    coarser.retain(|entry| entry.id > finest);
    coarser.sort_by_key(|entry| entry.id);
    for entry in coarser {
        let scale = entry.id;
        let Some(width) = scale.outline().map(|tenths| f64::from(tenths) / 10.0) else { continue };
        let own = drawn.iter().find(|turn| turn.entry.id == scale);
        let from = own.map_or(entry.minzoom.max(first), |turn| turn.to);
        if from < DEEPEST {
            found.push((scale, width, from));
        }
    }
    found
}

impl Turn<'_> {
    /// Zones without figure, then 0 and each class, then what hatches a secret.
    fn draw(
        &self,
        sheet: &mut Sheet,
        indicator: &Indicator,
        colours: &[String],
        manifest: &Manifest,
        catalogue: &Catalogue,
    ) {
        let at = Some((self.entry.id, self.from, self.to));
        let is_point = self.entry.id.is_point();
        let (kind, over) =
            if is_point { ("point", "point-dessus") } else { ("surface", "surface-dessus") };
        let absent = json!(["!", ["has", indicator.id]]);
        let (nobody, mut secret) = without(indicator, self.entry.id, catalogue);
        let is_kept = keeps_back(self.entry.id) && is_kept_back(catalogue, indicator);
        let blank = sheet.base.get("sans_objet").cloned().unwrap_or_default();
        let first = if is_point { nobody } else { absent };
        let rank = |rank: usize| format!("-{rank}").into();
        sheet.put(kind, at, &[("couleur", blank), ("filtre", first), ("rang", "".into())]);
        let value = json!(["to-number", ["get", indicator.id]]);
        let zero = json!(["all", ["has", indicator.id], ["==", value, 0]]);
        let colour = |place: usize| Value::from(colours[place].clone());
        sheet.put(kind, at, &[("couleur", colour(0)), ("filtre", zero), ("rang", rank(0))]);
        let shades = colours.len() - 1;
        let bounds = manifest.classes.get(&indicator.id).map_or(&[][..], Vec::as_slice);
        let bounds = &bounds[..bounds.len().min(shades - 1)];
        for class in 0..=bounds.len() {
            let mut filter = vec![json!("all"), json!(["has", indicator.id])];
            filter.push(json!(["!=", value, 0]));
            if class > 0 {
                filter.push(json!([">", value, bounds[class - 1]]));
            }
            if class < bounds.len() {
                filter.push(json!(["<=", value, bounds[class]]));
            }
            // Fewer classes than shades are spread over all of them.
            let shade = match bounds.len() {
                0 => (shades - 1) / 2,
                count => (2 * class * (shades - 1) + count) / (2 * count),
            };
            let given = [
                ("couleur", colour(1 + shade)),
                ("filtre", filter.into()),
                ("rang", rank(class + 1)),
            ];
            sheet.put(kind, at, &given);
        }
        // A zone whose figure a mark stands for has a colour of its own, and is not hatched.
        if is_kept {
            let mark = json!(["has", format!("{}_ext", indicator.id)]);
            let own = sheet.base.get("extreme").cloned().unwrap_or_default();
            let given = [("couleur", own), ("filtre", mark.clone()), ("rang", "-ext".into())];
            sheet.put(kind, at, &given);
            if let Some(conditions) = secret.as_array_mut() {
                conditions.insert(2, json!(["!", mark]));
            }
        }
        sheet.put(over, at, &[("masque", secret)]);
    }
}

/// The filters of zones without figure: those with nobody to count, and those that are secret.
fn without(indicator: &Indicator, scale: Scale, catalogue: &Catalogue) -> (Value, Value) {
    let absent = json!(["!", ["has", indicator.id]]);
    let (mut any, mut all) = (vec![json!("any")], vec![json!("all"), absent.clone()]);
    let mut around = vec![indicator.universe.clone()];
    let mut next = 0;
    while let Some(id) = around.get(next).cloned() {
        next += 1;
        let count = format!("n_{id}");
        let number = json!(["to-number", ["get", count]]);
        any.push(json!(["all", ["has", count], ["==", number, 0]]));
        all.push(json!(["any", ["!", ["has", count]], ["!=", number, 0]]));
        let universe = catalogue.universes().iter().find(|universe| universe.id == id);
        for parent in universe.map_or(&[][..], |universe| &universe.parents[..]) {
            if !around.contains(parent) {
                around.push(parent.clone());
            }
        }
    }
    if !scale.is_reference() {
        any.extend([json!(["!", ["has", "communes"]]), json!(["==", ["get", "communes"], ""])]);
        all.extend([json!(["has", "communes"]), json!(["!=", ["get", "communes"], ""])]);
    }
    (json!(["all", absent, any]), Value::Array(all))
}

/// The colour of 0, then those of the classes.
fn colours(family: &str, dark: bool) -> Option<Vec<String>> {
    let file = Palettes::get(&format!("{family}.json")).or_else(|| Palettes::get("defaut.json"))?;
    let document: Value = serde_json::from_slice(&file.data).ok()?;
    let list = document["couleurs"].as_array()?.iter();
    let mut colours: Vec<String> =
        list.filter_map(|colour| colour.as_str().map(str::to_owned)).collect();
    if dark {
        colours.reverse();
    }
    (colours.len() > 1).then_some(colours)
}

/// The layers so far.
struct Sheet {
    template: Value,
    base: Map<String, Value>,
    layers: Vec<Value>,
}

impl Sheet {
    fn new(dark: bool) -> Option<Sheet> {
        Some(Sheet {
            template: serde_json::from_str(TEMPLATE).ok()?,
            base: serde_json::from_str(if dark { DARK } else { LIGHT }).ok()?,
            layers: Vec::new(),
        })
    }

    /// Adds the layers of one part of the template.
    fn put(&mut self, kind: &str, at: Option<(Scale, u8, u8)>, given: &[(&str, Value)]) {
        let parts = match &self.template[kind] {
            Value::Array(parts) => parts.clone(),
            part => vec![part.clone()],
        };
        let rank = given.iter().find(|(name, _)| *name == "rang");
        let rank = rank.and_then(|(_, rank)| rank.as_str()).unwrap_or("");
        for mut part in parts {
            self.fill(&mut part, given);
            let scale = at.map_or(Scale::FRANCE, |(scale, ..)| scale).id();
            for key in ["id", "source", "source-layer"] {
                if let Some(Value::String(text)) = part.get_mut(key) {
                    *text = text.replace("{echelle}", scale).replace("{rang}", rank);
                }
            }
            if let (Some((_, from, to)), Some(layer)) = (at, part.as_object_mut()) {
                layer.insert("minzoom".into(), from.into());
                layer.insert("maxzoom".into(), to.into());
            }
            self.layers.push(part);
        }
    }

    /// Texts that are `{a name}` as a whole are what that name is given.
    fn fill(&self, value: &mut Value, given: &[(&str, Value)]) {
        match value {
            Value::String(text) => {
                let name = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
                let name = name.unwrap_or_default().to_owned();
                let own = given.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
                if let Some(found) = own.or_else(|| self.base.get(&name)) {
                    *value = found.clone();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.fill(item, given)),
            Value::Object(map) => map.values_mut().for_each(|item| self.fill(item, given)),
            _ => {}
        }
    }
}
