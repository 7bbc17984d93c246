//! MapLibre styles for clients other than the portal (QGIS, MapLibre).
//!
//! The template `styles/gabarit.json` says how zones look; this module fills in what depends on
//! the edition: sources, zoom ranges, class bounds and what makes a figure secret.

use std::str::FromStr;

use serde_json::{Map, Value, json};

use crate::domain::{Catalogue, Indicator, Manifest, ManifestScale, Scale};

const TEMPLATE: &str = include_str!("../../styles/gabarit.json");

/// The deepest zoom a client shows; tiles are overzoomed up to there.
const DEEPEST: u8 = 24;

/// The nested scales that take turns along the zoom, the finest first.
const NESTED: [Scale; 6] =
    [Scale::Adresse, Scale::Iris, Scale::Commune, Scale::Epci, Scale::Departement, Scale::Region];

/// What a style is made from.
pub struct StyleContext<'a> {
    /// The address of the service as the client reaches it, without a final slash.
    pub base_url: &'a str,
    /// The edition whose tiles the style draws.
    pub edition: &'a Manifest,
    /// The catalogue of that edition, or what its reader may see of it.
    pub catalogue: &'a Catalogue,
}

/// The style `name`, a MapLibre style specification document (version 8).
///
/// `name` is the id of a family (drawn with its first indicator) or of an indicator, alone for
/// scales that follow the zoom, or followed by a point and a scale (`ressources.commune`) for one
/// scale at every zoom its tiles have. `None` for any other name.
pub fn style(name: &str, context: &StyleContext) -> Option<Value> {
    let (subject, scale) = match name.split_once('.') {
        Some((subject, scale)) => (subject, Some(Scale::from_str(scale).ok()?)),
        None => (name, None),
    };
    let indicator = indicator(subject, context.catalogue)?;
    let drawn = match scale {
        Some(scale) => {
            let entry = context.edition.scale(scale)?;
            vec![(entry, entry.minzoom, DEEPEST)]
        }
        None => turns(context.edition),
    };
    let template: Value = serde_json::from_str(TEMPLATE).ok()?;
    let mut sources = Map::new();
    let mut layers = vec![template.get("fond")?.clone()];
    // The widest first: finer scales are drawn over it.
    for &(entry, from, to) in drawn.iter().rev() {
        sources.insert(entry.id.id().into(), source(entry.id, context));
        layers.extend(scale_layers(&template, entry.id, indicator, context, (from, to))?);
    }
    let Manifest { id, vintage, revision, .. } = context.edition;
    Some(json!({
        "version": 8,
        "name": format!("{} ({vintage}, révision {revision})", indicator.label),
        "metadata": { "seuil:edition": id, "seuil:indicateur": indicator.id },
        "sprite": format!("{}/sprites/seuil", context.base_url),
        "sources": sources,
        "layers": layers,
    }))
}

fn indicator<'a>(subject: &str, catalogue: &'a Catalogue) -> Option<&'a Indicator> {
    let indicators = catalogue.indicators();
    if catalogue.families().iter().any(|family| family.id == subject) {
        indicators.iter().find(|indicator| indicator.family == subject)
    } else {
        indicators.iter().find(|indicator| indicator.id == subject)
    }
}

/// The scales that take turns, the finest first, each with the zooms where it is drawn. A finer
/// scale leaves one zoom level of its tiles to the wider one, as the portal does.
fn turns(edition: &Manifest) -> Vec<(&ManifestScale, u8, u8)> {
    let mut upper = DEEPEST;
    let mut turns = Vec::new();
    let nested: Vec<_> = NESTED.into_iter().filter_map(|scale| edition.scale(scale)).collect();
    for (place, entry) in nested.iter().enumerate() {
        let widest = place + 1 == nested.len();
        let lower = if widest { entry.minzoom } else { entry.minzoom.saturating_add(1) };
        if lower < upper {
            turns.push((*entry, lower, upper));
            upper = lower;
        }
    }
    turns
}

fn source(scale: Scale, context: &StyleContext) -> Value {
    let StyleContext { base_url, edition, .. } = context;
    json!({ "type": "vector", "url": format!("{base_url}/tiles/{}/{scale}.json", edition.id) })
}

fn scale_layers(
    template: &Value,
    scale: Scale,
    indicator: &Indicator,
    context: &StyleContext,
    (from, to): (u8, u8),
) -> Option<Vec<Value>> {
    let kind = if scale == Scale::Adresse { "point" } else { "surface" };
    let color = color(template, indicator, context.edition)?;
    let secret = secret(indicator, scale, context.catalogue);
    let mut layers = template.get(kind)?.as_array()?.clone();
    for layer in &mut layers {
        fill(layer, scale, &color, &secret);
        let layer = layer.as_object_mut()?;
        layer.insert("minzoom".into(), from.into());
        layer.insert("maxzoom".into(), to.into());
    }
    Some(layers)
}

/// Replaces the placeholders of the template.
fn fill(value: &mut Value, scale: Scale, color: &Value, secret: &Value) {
    match value {
        Value::String(text) if text == "{couleur}" => *value = color.clone(),
        Value::String(text) if text == "{secret}" => *value = secret.clone(),
        Value::String(text) => *text = text.replace("{echelle}", scale.id()),
        Value::Array(items) => {
            items.iter_mut().for_each(|item| fill(item, scale, color, secret));
        }
        Value::Object(map) => map.values_mut().for_each(|item| fill(item, scale, color, secret)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A `case` expression over the class bounds; a bound belongs to the class below it.
fn color(template: &Value, indicator: &Indicator, edition: &Manifest) -> Option<Value> {
    let palette = template.get("palette")?.as_array()?;
    let absent = template.get("sans_objet")?;
    let bounds = edition.classes.get(&indicator.id).map_or(&[][..], Vec::as_slice);
    let last = palette.len().checked_sub(1)?;
    let bounds = &bounds[..bounds.len().min(last)];
    // Fewer classes than colours are spread over the whole palette.
    let shade = |class: usize| {
        let place = if bounds.is_empty() {
            last / 2
        } else {
            (2 * class * last + bounds.len()) / (2 * bounds.len())
        };
        palette[place].clone()
    };
    let mut case = vec![json!("case"), json!(["!", ["has", indicator.id]]), absent.clone()];
    for (class, bound) in bounds.iter().enumerate() {
        case.push(json!(["<=", ["to-number", ["get", indicator.id]], bound]));
        case.push(shade(class));
    }
    case.push(shade(bounds.len()));
    Some(Value::Array(case))
}

/// Which zones are hatched: the figure is absent, although the zone has dwellings and no universe
/// around the indicator is known to be empty.
fn secret(indicator: &Indicator, scale: Scale, catalogue: &Catalogue) -> Value {
    let mut universes = vec![indicator.universe.as_str()];
    let mut next = 0;
    // A catalogue has finitely many universes and each enters once.
    while let Some(id) = universes.get(next).copied() {
        let universe = catalogue.universes().iter().find(|universe| universe.id == id);
        for parent in universe.into_iter().flat_map(|universe| &universe.parents) {
            if !universes.contains(&parent.as_str()) {
                universes.push(parent);
            }
        }
        next += 1;
    }
    let mut nobody = vec![json!("any")];
    nobody.extend(universes.iter().map(|id| json!(["==", ["get", format!("n_{id}")], 0])));
    if !scale.is_reference() {
        // Up to the commune, a zone lists the communes where it has dwellings.
        nobody.push(json!(["==", ["coalesce", ["get", "communes"], ""], ""]));
    }
    json!(["all", ["!", ["has", indicator.id]], ["!", nobody]])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn manifest() -> Manifest {
        let scale = |id: Scale| ManifestScale {
            id,
            label: id.label().into(),
            minzoom: *id.default_zooms().start(),
            maxzoom: *id.default_zooms().end(),
            zones: 1,
            bounds: [1.6, 48.9, 2.6, 49.3],
        };
        Manifest {
            id: "2024r1".into(),
            vintage: 2024,
            revision: 1,
            threshold: 11,
            engine: "seuil".into(),
            scales: [Scale::Adresse, Scale::Carreau, Scale::Iris, Scale::Commune, Scale::Epci]
                .map(scale)
                .into(),
            universes: vec![],
            indicators: vec![],
            classes: BTreeMap::from([("tx_reponse".into(), vec![70.0, 80.0, 85.5, 90.0])]),
            attribution: "Essai".into(),
            files: BTreeMap::new(),
        }
    }

    fn made(name: &str) -> Option<Value> {
        let (edition, catalogue) = (manifest(), Catalogue::built_in());
        let context = StyleContext {
            base_url: "https://carto.example.fr/k/jeton",
            edition: &edition,
            catalogue: &catalogue,
        };
        style(name, &context)
    }

    fn ranges(style: &Value) -> Vec<(String, u64, u64)> {
        let layers = style["layers"].as_array().unwrap();
        let mut ranges: Vec<_> = layers
            .iter()
            .filter_map(|layer| {
                let source = layer["source"].as_str()?.to_owned();
                Some((source, layer["minzoom"].as_u64()?, layer["maxzoom"].as_u64()?))
            })
            .collect();
        ranges.dedup();
        ranges
    }

    #[test]
    fn scales_take_turns_without_gap_or_overlap() {
        let expected = [("epci", 6, 9), ("commune", 9, 11), ("iris", 11, 13), ("adresse", 13, 24)]
            .map(|(scale, from, to)| (scale.to_owned(), from, to));
        assert_eq!(ranges(&made("reponse").unwrap()), expected);
    }

    #[test]
    fn one_scale_is_drawn_wherever_its_tiles_are() {
        let style = made("tx_reponse.carreau").unwrap();
        assert_eq!(ranges(&style), [("carreau".to_owned(), 11, 24)]);
        assert_eq!(style["sources"].as_object().unwrap().len(), 1);
    }

    #[test]
    fn unknown_names_have_no_style() {
        for name in
            ["", ".", "reponse.", "reponse.qpv", "reponse.commune.x", "inconnu", "../reponse"]
        {
            assert!(made(name).is_none(), "{name}");
        }
    }

    #[test]
    fn no_placeholder_is_left_and_addresses_keep_their_prefix() {
        let text = made("reponse").unwrap().to_string();
        assert!(!text.contains("{echelle}") && !text.contains("{couleur}"));
        assert!(!text.contains("{secret}"));
        assert!(text.contains("https://carto.example.fr/k/jeton/tiles/2024r1/commune.json"));
        assert!(text.contains("https://carto.example.fr/k/jeton/sprites/seuil"));
    }

    #[test]
    fn every_bound_is_drawn_with_a_colour_of_its_own() {
        let style = made("reponse.commune").unwrap();
        let case = style["layers"][1]["paint"]["fill-color"].as_array().unwrap();
        let bounds: Vec<f64> = case.iter().filter_map(|item| item[2].as_f64()).collect();
        assert_eq!(bounds, [70.0, 80.0, 85.5, 90.0]);
        let colors: std::collections::HashSet<_> =
            case.iter().skip(1).filter_map(Value::as_str).collect();
        assert_eq!(colors.len(), 6);
    }

    #[test]
    fn the_sprite_holds_every_picture_that_the_styles_name() {
        for bytes in [
            include_bytes!("../../styles/sprites/seuil.json").as_slice(),
            include_bytes!("../../styles/sprites/seuil@2x.json"),
        ] {
            let index: Value = serde_json::from_slice(bytes).unwrap();
            for layer in made("reponse").unwrap()["layers"].as_array().unwrap() {
                let named = [&layer["paint"]["fill-pattern"], &layer["layout"]["icon-image"]];
                for name in named.into_iter().filter_map(Value::as_str) {
                    assert!(index[name]["width"].is_u64(), "{name}");
                }
            }
        }
    }
}
