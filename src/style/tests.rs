//! Styles of a made-up edition: which layers, from which sources, at which zooms.

use std::collections::BTreeMap;

use domain::ManifestScale;

use super::*;
use crate::palette::Palettes;

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
        let paint = |id: &str| &layers.iter().find(|layer| layer["id"] == id).unwrap()["paint"]["fill-color"];
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
        let marked: Vec<&Value> =
            layers.iter().filter(|own| own["filter"] == json!(["has", "aide_apl_ext"])).collect();
        assert_eq!(marked.len(), 1, "{name}");
        let colour = |layer: &Value| {
            let paint = &layer["paint"];
            let own = paint["fill-color"].as_str().or(paint["circle-color"].as_str());
            own.map(str::to_owned)
        };
        let others = layers.iter().filter(|own| own["id"] != marked[0]["id"]);
        assert!(colour(marked[0]).is_some());
        assert!(others.clone().all(|own| colour(own) != colour(marked[0])), "{name}");
        let hatched = layers.iter().find(|own| own["id"].as_str().unwrap().ends_with("-secret"));
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
        let drawn = |layer: &&Value| layer["paint"][property].is_string() && layer["id"] != "sol";
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
        for layer in [light, dark].iter().flat_map(|style| style["layers"].as_array().unwrap()) {
            let named = [&layer["paint"]["fill-pattern"], &layer["layout"]["icon-image"]];
            for name in named.into_iter().filter_map(Value::as_str) {
                assert!(index[name]["width"].is_u64(), "{name}");
            }
        }
    }
}
