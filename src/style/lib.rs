//! MapLibre styles for clients other than the portal (QGIS, MapLibre).
//!
//! `styles/` says how zones look: the layers (`gabarit.json`), a light and a dark base (`fonds`),
//! one palette per family (`familles`). This crate fills in what depends on the edition: sources,
//! zoom ranges, class bounds and what makes a figure secret.

mod classes;
mod layer_definition;

use rust_embed::RustEmbed;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use domain::{Catalogue, Indicator, Manifest, ManifestScale, Scale};

use classes::{Without, classes_of};

pub use layer_definition::layer_definition;

const TEMPLATE: &str = include_str!("../../styles/gabarit.json");
const LIGHT: &str = include_str!("../../styles/fonds/clair.json");
const DARK: &str = include_str!("../../styles/fonds/sombre.json");

/// The palettes, one per family, and one for families that the built-in catalogue has not.
#[derive(RustEmbed)]
#[folder = "../../styles/familles"]
struct Palettes;

/// The deepest zoom a client shows; tiles are overzoomed up to there.
const DEEPEST: u8 = 24;

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
/// scale at every zoom its tiles have; `.sombre` at the end draws it on a dark base. `None` for
/// any other name. An indicator that is not offered at a scale is drawn at the finest scale that
/// offers it: a few coloured zones among hatched ones are no map.
pub fn style(name: &str, context: &StyleContext) -> Option<Value> {
    let Name { subject, scale, dark } = Name::read(name, context.edition)?;
    let indicator = indicator(subject, scale, context.catalogue)?;
    let offers = |scale| context.catalogue.offers(indicator, scale);
    let drawn = match scale {
        Some(scale) => {
            let asked = context.edition.scale(scale)?;
            let entry =
                if offers(scale) { asked } else { coarser(scale, &offers, context.edition)? };
            vec![(entry, entry.minzoom, DEEPEST)]
        }
        None => turns(context.edition, &offers),
    };
    let template: Value = serde_json::from_str(TEMPLATE).ok()?;
    let base: Map<String, Value> = serde_json::from_str(if dark { DARK } else { LIGHT }).ok()?;
    let mut palette = palette(&indicator.family)?;
    if dark {
        // On a dark base the brightest colour stands for the greatest value.
        palette.reverse();
    }
    let absent = base.get("sans_objet")?.clone();
    let kept = base.get("extreme")?.clone();
    let mut drawing = Drawing { template, base, layers: Vec::new() };
    drawing.layers("fond", Scale::FRANCE, &[], None)?;
    let finest = drawn.iter().map(|(entry, ..)| entry.id).min()?;
    let ground = context.edition.scale(Scale::COMMUNE).filter(|_| finest < Scale::COMMUNE);
    if let Some(entry) = ground {
        drawing.layers("sol", entry.id, &[], Some((entry.minzoom, DEEPEST)))?;
    }
    // The widest first: finer scales are drawn over it.
    for &(entry, from, to) in drawn.iter().rev() {
        let point = entry.id.is_point();
        let without = Without::new(indicator, entry.id, context.catalogue);
        // A point without figure that is not secret; a surface, hatched or not.
        let undrawn = if point { without.nobody() } else { without.absent().clone() };
        let mut classes = vec![(undrawn, absent.clone())];
        classes.extend(classes_of(&palette, &absent, indicator, context.edition));
        for (rank, (filter, color)) in classes.into_iter().enumerate() {
            let rank = if rank == 0 { String::new() } else { format!("-{}", rank - 1) };
            let filled = [("couleur", color), ("filtre", filter), ("rang", rank.into())];
            let kind = if point { "point" } else { "surface" };
            drawing.layers(kind, entry.id, &filled, Some((from, to)))?;
        }
        if let Some(filter) = without.marked() {
            let filled = [("couleur", kept.clone()), ("filtre", filter), ("rang", "-ext".into())];
            drawing.layers(
                if point { "point" } else { "surface" },
                entry.id,
                &filled,
                Some((from, to)),
            )?;
        }
        let filled = [("masque", without.secret())];
        let kind = if point { "point-dessus" } else { "surface-dessus" };
        drawing.layers(kind, entry.id, &filled, Some((from, to)))?;
    }
    let outlines = outlines(&drawn, finest, context.edition);
    for &(scale, width, from) in outlines.iter().rev() {
        let widths = [("largeur", json!(width)), ("largeur_halo", json!(width + 2.2))];
        drawing.layers("limite", scale, &widths, Some((from, DEEPEST)))?;
    }
    for &(entry, from, to) in drawn.iter().filter(|drawn| drawn.0.id.is_named()) {
        let named = [("noms", labels_source(entry.id, context.edition).into())];
        drawing.layers("noms", entry.id, &named, Some((from, to)))?;
    }
    let Manifest { id, vintage, revision, .. } = context.edition;
    let scales = drawn.iter().map(|drawn| drawn.0.id);
    let scales = scales.chain(ground.map(|entry| entry.id)).chain(outlines.iter().map(|it| it.0));
    let mut sources: Map<String, Value> =
        scales.map(|scale| (scale.id().to_owned(), source(scale.id(), context))).collect();
    for (entry, ..) in drawn.iter().filter(|drawn| drawn.0.id.is_named()) {
        let name = labels_source(entry.id, context.edition);
        let labels = source(&name, context);
        sources.insert(name, labels);
    }
    Some(json!({
        "version": 8,
        "name": format!("{} ({vintage}, révision {revision})", indicator.label),
        "metadata": { "seuil:edition": id, "seuil:indicateur": indicator.id },
        "sprite": format!("{}/sprites/seuil", context.base_url),
        "sources": sources,
        "layers": drawing.layers,
    }))
}

/// What the name of a style asks for.
struct Name<'a> {
    subject: &'a str,
    scale: Option<Scale>,
    dark: bool,
}

impl<'a> Name<'a> {
    fn read(name: &'a str, edition: &Manifest) -> Option<Name<'a>> {
        let (name, dark) = match name.strip_suffix(".sombre") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (subject, scale) = match name.split_once('.') {
            Some((subject, scale)) => (subject, Some(edition.named(scale)?)),
            None => (name, None),
        };
        Some(Name { subject, scale, dark })
    }
}

/// The indicator of a name; of a family, the first that is offered at the scale, else the first.
fn indicator<'a>(
    subject: &str,
    scale: Option<Scale>,
    catalogue: &'a Catalogue,
) -> Option<&'a Indicator> {
    let indicators = catalogue.indicators();
    if catalogue.families().iter().any(|family| family.id == subject) {
        let mut members = indicators.iter().filter(|indicator| indicator.family == subject);
        let offered =
            |indicator: &&Indicator| scale.is_none_or(|scale| catalogue.offers(indicator, scale));
        members.clone().find(offered).or_else(|| members.next())
    } else {
        indicators.iter().find(|indicator| indicator.id == subject)
    }
}

/// The finest scale above one that does not offer an indicator: a nested one, for it covers the
/// territory, else any.
fn coarser<'a>(
    scale: Scale,
    offers: &dyn Fn(Scale) -> bool,
    edition: &'a Manifest,
) -> Option<&'a ManifestScale> {
    let above = |wider: &&ManifestScale| wider.id > scale && offers(wider.id);
    let mut nested = ordered(edition).filter(|entry| entry.id.takes_turns());
    nested.find(above).or_else(|| ordered(edition).find(above))
}

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

fn palette(family: &str) -> Option<Vec<Value>> {
    let file = Palettes::get(&format!("{family}.json")).or_else(|| Palettes::get("defaut.json"))?;
    let palette: Palette = serde_json::from_slice(&file.data).ok()?;
    (palette.couleurs.len() > 1).then(|| palette.couleurs.into_iter().map(Value::String).collect())
}

/// The scales of an edition, the finest first.
fn ordered(edition: &Manifest) -> impl Iterator<Item = &ManifestScale> {
    let mut scales: Vec<&ManifestScale> = edition.scales.iter().collect();
    scales.sort_by_key(|entry| entry.id);
    scales.into_iter()
}

type Drawn<'a> = (&'a ManifestScale, u8, u8);

/// The scales whose outlines are drawn over finer zones, each from the zoom where a finer scale
/// takes its turn.
fn outlines(drawn: &[Drawn<'_>], finest: Scale, edition: &Manifest) -> Vec<(Scale, f64, u8)> {
    let first = drawn.iter().map(|drawn| drawn.1).min().unwrap_or(0);
    let wider = ordered(edition).filter(|entry| entry.id > finest);
    wider
        .filter_map(|entry| {
            let (scale, width) = (entry.id, f64::from(entry.id.outline()?) / 10.0);
            let turn = drawn.iter().find(|drawn| drawn.0.id == scale);
            let from = turn.map_or(first.max(entry.minzoom), |turn| turn.2);
            (from < DEEPEST).then_some((scale, width, from))
        })
        .collect()
}

/// The scales that take turns, the finest first, each with the zooms where it is drawn, of those
/// that offer what is drawn. A finer scale leaves one zoom level of its tiles to the wider one, as the portal does.
fn turns<'a>(edition: &'a Manifest, offers: &dyn Fn(Scale) -> bool) -> Vec<Drawn<'a>> {
    let mut upper = DEEPEST;
    let mut turns = Vec::new();
    let offered = |entry: &&ManifestScale| entry.id.takes_turns() && offers(entry.id);
    let nested: Vec<_> = ordered(edition).filter(offered).collect();
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

/// Where the names of a scale stand: its label points, or the zones themselves of an edition that has
/// none.
fn labels_source(scale: Scale, edition: &Manifest) -> String {
    if edition.has_labels(scale) { format!("{scale}.labels") } else { scale.to_string() }
}

fn source(name: &str, context: &StyleContext) -> Value {
    let StyleContext { base_url, edition, .. } = context;
    json!({
        "type": "vector",
        "url": format!("{base_url}/tiles/{}/{name}.json", edition.id),
        "attribution": edition.attribution,
    })
}

/// The layers of a style on their way.
struct Drawing {
    template: Value,
    base: Map<String, Value>,
    layers: Vec<Value>,
}

impl Drawing {
    /// Adds what the template has under `kind`, its placeholders filled from `given`, else from
    /// the base.
    fn layers(
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
            zoning: None,
        };
        Manifest {
            id: "2024r1".into(),
            vintage: 2024,
            revision: 1,
            threshold: 11,
            engine: "seuil".into(),
            scales: [Scale::ADRESSE, Scale::GRAPPE, Scale::CARREAU, Scale::IRIS]
                .into_iter()
                .chain([Scale::COMMUNE, Scale::EPCI])
                .map(scale)
                .collect(),
            universes: vec![],
            indicators: vec![],
            classes: BTreeMap::from([("tx_reponse".into(), vec![70.0, 80.0, 85.5, 90.0])]),
            attribution: "Essai".into(),
            files: BTreeMap::new(),
        }
    }

    fn made(name: &str) -> Option<Value> {
        made_with(name, Catalogue::built_in())
    }

    /// The same with a catalogue whose recent movers are offered from the IRIS upward.
    fn made_from_iris(name: &str) -> Option<Value> {
        let mut document = serde_json::to_value(Catalogue::built_in()).unwrap();
        for universe in document["universes"].as_array_mut().unwrap() {
            if universe["id"].as_str().unwrap().contains("_emm") {
                universe["finest"] = "iris".into();
            }
        }
        made_with(name, Catalogue::from_json(document.to_string().as_bytes()).unwrap())
    }

    fn made_with(name: &str, catalogue: Catalogue) -> Option<Value> {
        let edition = manifest();
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
        let expected = [("epci", 6, 9), ("commune", 9, 11), ("iris", 11, 13), ("grappe", 13, 24)]
            .map(|(scale, from, to)| (scale.to_owned(), from, to));
        let style = made("reponse").unwrap();
        let drawn = |layer: &&Value| layer["id"] == layer["source"];
        let layers: Vec<Value> =
            style["layers"].as_array().unwrap().iter().filter(drawn).cloned().collect();
        assert_eq!(ranges(&json!({ "layers": layers })), expected);
    }

    #[test]
    fn names_stand_at_label_points_where_the_edition_has_them() {
        let mut edition = manifest();
        let named = edition.scales.iter().map(|entry| domain::labels_file(entry.id));
        edition.files = named.map(|name| (name, String::new())).collect();
        let catalogue = Catalogue::built_in();
        let base_url = "https://carto.example.fr";
        let context = StyleContext { base_url, edition: &edition, catalogue: &catalogue };
        let style = style("reponse", &context).unwrap();
        let layers = style["layers"].as_array().unwrap();
        let names = layers.iter().find(|layer| layer["id"] == "commune-noms").unwrap();
        assert_eq!(
            (&names["source"], &names["source-layer"]),
            (&json!("commune.labels"), &json!("commune"))
        );
        let url = "https://carto.example.fr/tiles/2024r1/commune.labels.json";
        assert_eq!(style["sources"]["commune.labels"]["url"], url);
        assert!(made("reponse").unwrap()["sources"].get("commune.labels").is_none());
    }

    #[test]
    fn outlines_begin_where_a_finer_scale_is_drawn() {
        let style = made("reponse").unwrap();
        let from = |id: &str| {
            let layers = style["layers"].as_array().unwrap();
            layers.iter().find(|layer| layer["id"] == id).map(|layer| layer["minzoom"].clone())
        };
        assert_eq!(from("epci-limite"), Some(json!(9)));
        assert_eq!(from("commune-limite"), Some(json!(11)));
        assert_eq!(from("iris-limite"), None);
    }

    #[test]
    fn one_scale_is_drawn_wherever_its_tiles_are_over_the_outlines_of_wider_ones() {
        let style = made("tx_reponse.carreau").unwrap();
        let sources: Vec<_> = style["sources"].as_object().unwrap().keys().collect();
        assert_eq!(sources, ["carreau", "commune", "epci"]);
        let layers = style["layers"].as_array().unwrap();
        let carreau = layers.iter().find(|layer| layer["id"] == "carreau").unwrap();
        assert_eq!((&carreau["minzoom"], &carreau["maxzoom"]), (&json!(11), &json!(24)));
    }

    #[test]
    fn a_family_starts_at_the_first_scale_that_offers_it() {
        let style = made_from_iris("ressources_emm").unwrap();
        let drawn = |layer: &&Value| layer["id"] == layer["source"];
        let layers: Vec<Value> =
            style["layers"].as_array().unwrap().iter().filter(drawn).cloned().collect();
        let expected = [("epci", 6, 9), ("commune", 9, 11), ("iris", 11, 24)]
            .map(|(scale, from, to)| (scale.to_owned(), from, to));
        assert_eq!(ranges(&json!({ "layers": layers })), expected);
        assert!(style["sources"].get("adresse").is_none(), "its tiles are not even asked for");
        // Families that every scale offers are drawn as before.
        assert_eq!(made_from_iris("reponse"), made("reponse"));
    }

    #[test]
    fn a_scale_that_does_not_offer_an_indicator_gives_way_to_the_finest_that_does() {
        for scale in ["adresse", "carreau"] {
            for subject in ["ressources_emm", "res_inf20_emm"] {
                let style = made_from_iris(&format!("{subject}.{scale}")).unwrap();
                assert_eq!(Some(&style), made_from_iris(&format!("{subject}.iris")).as_ref());
            }
        }
        assert!(made_from_iris("ressources_emm.qpv").is_none(), "the edition has no such scale");
    }

    #[test]
    fn every_family_has_a_palette_of_six_colours_and_every_palette_a_family() {
        let catalogue = Catalogue::built_in();
        let mut families: Vec<String> =
            catalogue.families().iter().map(|family| format!("{}.json", family.id)).collect();
        families.push("defaut.json".into());
        families.sort();
        let mut files: Vec<String> = Palettes::iter().map(|name| name.into_owned()).collect();
        files.sort();
        assert_eq!(files, families);
        for file in files {
            let colours = palette(file.strip_suffix(".json").unwrap()).unwrap();
            let distinct: std::collections::HashSet<_> =
                colours.iter().filter_map(Value::as_str).collect();
            assert_eq!(distinct.len(), 6, "{file}");
        }
    }

    #[test]
    fn secret_zero_and_not_applicable_look_different_on_both_bases() {
        for name in ["reponse.commune", "reponse.commune.sombre"] {
            let style = made(name).unwrap();
            let layers = style["layers"].as_array().unwrap();
            let paint = |id: &str| {
                &layers.iter().find(|layer| layer["id"] == id).unwrap()["paint"]["fill-color"]
            };
            let base = &layers[0]["paint"]["background-color"];
            let looks = [paint("commune"), paint("commune-0"), paint("commune-1"), base];
            let distinct: std::collections::HashSet<_> =
                looks.into_iter().filter_map(Value::as_str).collect();
            assert_eq!(distinct.len(), 4, "{name}");
            let zero = layers.iter().find(|layer| layer["id"] == "commune-0").unwrap();
            let value = json!(["to-number", ["get", "tx_reponse"]]);
            assert_eq!(zero["filter"], json!(["all", ["has", "tx_reponse"], ["==", value, 0]]));
            let hatched = layers.iter().find(|layer| layer["id"] == "commune-secret").unwrap();
            assert!(hatched["paint"]["fill-pattern"].as_str().unwrap().starts_with("secret"));
        }
        assert_ne!(made("reponse"), made("reponse.sombre"));
    }

    #[test]
    fn a_mark_is_neither_hatched_nor_coloured_by_a_value() {
        let catalogue = || Catalogue::built_in().with_extremes(|_| domain::Extremes::Both);
        for name in ["aide_apl.carreau", "aide_apl.grappe.sombre", "aide_apl.adresse"] {
            let style = made_with(name, catalogue()).unwrap();
            let layers = style["layers"].as_array().unwrap();
            let marked: Vec<&Value> = layers
                .iter()
                .filter(|own| own["filter"] == json!(["has", "aide_apl_ext"]))
                .collect();
            assert_eq!(marked.len(), 1, "{name}");
            let colour = |layer: &Value| {
                let paint = &layer["paint"];
                let own = paint["fill-color"].as_str().or(paint["circle-color"].as_str());
                own.map(str::to_owned)
            };
            let others = layers.iter().filter(|own| own["id"] != marked[0]["id"]);
            assert!(colour(marked[0]).is_some());
            assert!(others.clone().all(|own| colour(own) != colour(marked[0])), "{name}");
            let hatched =
                layers.iter().find(|own| own["id"].as_str().unwrap().ends_with("-secret"));
            let filter = hatched.unwrap()["filter"].as_array().unwrap();
            assert!(filter.contains(&json!(["!", ["has", "aide_apl_ext"]])), "{name}");
        }
        let wide = made_with("aide_apl.commune", catalogue()).unwrap();
        assert!(!wide.to_string().contains("_ext"), "no commune has a mark");
    }

    #[test]
    fn unknown_names_have_no_style() {
        for name in [
            "",
            ".",
            ".sombre",
            "reponse.",
            "reponse.qpv",
            "reponse.commune.x",
            "reponse.sombre.commune",
            "inconnu",
            "../reponse",
        ] {
            assert!(made(name).is_none(), "{name}");
        }
    }

    #[test]
    fn no_placeholder_is_left_and_addresses_keep_their_prefix() {
        let text = made("reponse").unwrap().to_string();
        assert!(!made("reponse.sombre").unwrap().to_string().contains("\"{"));
        assert!(!text.contains("\"{"), "{text}");
        assert!(text.contains("https://carto.example.fr/k/jeton/tiles/2024r1/commune.json"));
        assert!(text.contains("https://carto.example.fr/k/jeton/sprites/seuil"));
    }

    #[test]
    fn every_class_is_a_layer_with_a_colour_and_the_values_of_its_own() {
        for (style, property) in
            [("reponse.commune", "fill-color"), ("reponse.adresse", "circle-color")]
        {
            let style = made(style).unwrap();
            let drawn =
                |layer: &&Value| layer["paint"][property].is_string() && layer["id"] != "sol";
            let layers: Vec<&Value> =
                style["layers"].as_array().unwrap().iter().filter(drawn).collect();
            let colors: std::collections::HashSet<_> =
                layers.iter().filter_map(|layer| layer["paint"][property].as_str()).collect();
            assert_eq!((layers.len(), colors.len()), (7, 7), "{property}");
            // Each value lies in one class: comparisons with it are all true in one filter.
            for value in [0.0, 0.1, 70.0, 70.1, 80.0, 85.5, 90.0, 100.0] {
                let holds = |part: &Value| match (part[0].as_str(), part[2].as_f64()) {
                    (Some("=="), Some(bound)) => value == bound,
                    (Some("!="), Some(bound)) => value != bound,
                    (Some(">"), Some(bound)) => value > bound,
                    (Some("<="), Some(bound)) => value <= bound,
                    (Some("has"), None) => true,
                    _ => false,
                };
                let within =
                    |layer: &&&Value| layer["filter"].as_array().unwrap().iter().skip(1).all(holds);
                assert_eq!(layers[1..].iter().filter(within).count(), 1, "{value}");
            }
        }
    }

    #[test]
    fn filters_hold_only_what_every_client_reads() {
        fn check(filter: &Value) {
            let parts = filter.as_array().unwrap();
            let operator = parts[0].as_str().unwrap();
            match operator {
                "all" | "any" => parts[1..].iter().for_each(check),
                "!" => assert_eq!(parts[1][0], "has", "{filter}"),
                "has" => {}
                _ => assert!(["==", "!=", ">", "<="].contains(&operator), "{filter}"),
            }
        }
        let mut seen = 0;
        for name in ["reponse", "reponse.adresse", "reponse.carreau", "reponse.epci"] {
            let style = made(name).unwrap();
            for layer in style["layers"].as_array().unwrap() {
                if let Some(filter) = layer.get("filter") {
                    check(filter);
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "the test must see the filters it judges, it saw {seen}");
    }

    #[test]
    fn the_sprite_holds_every_picture_that_the_styles_name() {
        for bytes in [
            include_bytes!("../../styles/sprites/seuil.json").as_slice(),
            include_bytes!("../../styles/sprites/seuil@2x.json"),
        ] {
            let index: Value = serde_json::from_slice(bytes).unwrap();
            let (light, dark) = (made("reponse").unwrap(), made("reponse.sombre").unwrap());
            for layer in [light, dark].iter().flat_map(|style| style["layers"].as_array().unwrap())
            {
                let named = [&layer["paint"]["fill-pattern"], &layer["layout"]["icon-image"]];
                for name in named.into_iter().filter_map(Value::as_str) {
                    assert!(index[name]["width"].is_u64(), "{name}");
                }
            }
        }
    }
}
