//! The documents about an edition: manifests, catalogue, certificate, TileJSON.

use serde_json::{Map, Value, json};

use domain::{ManifestScale, Opening, Scale};
use edition::EditionId;

use super::form::{MOST_ZONES, bounds, engine, manifest, sentence, zoom};
use super::json::Node;
use super::reference::{AudienceReference, OWN, Reference};
use super::shape::Shape;
use super::tile::LABELLED;

/// `/editions`. With an edition, its own manifest is the one of its identifier; the others, and all
/// without an edition, must have the form of one.
pub fn editions(root: &Node, reference: &Reference<'_>, part: &AudienceReference) -> Vec<String> {
    let own = part.manifest.as_ref();
    let shapes = root.items().iter().map(|entry| {
        let id = entry.get("id").and_then(Node::text);
        match own {
            Some((document, manifest)) if id == Some(&manifest.id) => Shape::Is(document.clone()),
            _ => manifest(entry, reference, part),
        }
    });
    let mut found = Shape::Row(shapes.collect()).check(root);
    if !matches!(root, Node::List(_)) {
        return found;
    }
    let ids = root.items().iter().map(|entry| entry.get("id").and_then(Node::text));
    let ids: Vec<Option<EditionId>> = ids.map(|id| id?.parse().ok()).collect();
    let order = |id: &EditionId| (id.vintage(), id.revision());
    let rising = ids.is_sorted_by(|one, two| match (one, two) {
        (Some(one), Some(two)) => order(one) < order(two),
        _ => true,
    });
    if !rising {
        found.push("les éditions ne vont pas de la plus ancienne à la dernière".to_owned());
    }
    let named =
        |manifest: &domain::Manifest| ids.iter().flatten().any(|id| id.to_string() == manifest.id);
    if reference.has_edition() && own.is_some_and(|(_, manifest)| !named(manifest)) {
        found.push("id : l'édition auditée n'y est pas".to_owned());
    }
    found
}

/// `/editions/{edition}/certificate`.
pub fn certificate(
    root: &Node,
    reference: &Reference<'_>,
    part: &AudienceReference,
) -> Vec<String> {
    if let Some(certificate) = &part.certificate {
        return Shape::Is(certificate.clone()).check(root);
    }
    let rule = |text: &str| {
        text.strip_prefix('R')
            .is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
    };
    let universes = |node: &Node| {
        let rows = part.catalogue.universes().iter().zip(node.items()).map(|(universe, row)| {
            let mut keys = vec![
                ("universe".to_owned(), Shape::Is(universe.id.clone().into())),
                ("published".to_owned(), Shape::whole("un nombre de zones", 0, MOST_ZONES)),
                ("visible".to_owned(), Shape::whole("un nombre de contributeurs", 0, MOST_ZONES)),
            ];
            if row.get("opened").is_some() {
                let opened = Shape::whole("un nombre de zones", 1, MOST_ZONES);
                keys.push(("opened".to_owned(), opened));
            }
            Shape::Object(keys)
        });
        Shape::Row(rows.collect())
    };
    let scales = root.get("scales").map_or(&[][..], Node::items).iter().map(|node| {
        Shape::object([
            ("scale", Shape::text("une échelle", |id| reference.scale(id).is_some())),
            ("zones", Shape::whole("un nombre de zones", 0, MOST_ZONES)),
            ("universes", node.get("universes").map_or(Shape::Row(Vec::new()), universes)),
        ])
    });
    let mut keys = vec![
        ("engine".to_owned(), engine()),
        ("threshold".to_owned(), Shape::whole("un seuil", 11, 1000)),
        ("rules".to_owned(), Shape::each(Shape::text("une règle", rule))),
        (
            "r2".to_owned(),
            Shape::text("full ou universes", |r2| ["full", "universes"].contains(&r2)),
        ),
        ("limits".to_owned(), Shape::each(sentence(reference))),
        ("scales".to_owned(), Shape::Row(scales.collect())),
    ];
    if let Some(opened) = root.get("opened") {
        let rows = opened.items().iter().map(|node| {
            let opening: Option<Opening> =
                node.get("opening").and_then(Node::text).and_then(|word| word.parse().ok());
            Shape::Is(opening.map_or(
                Value::Null,
                |opening| json!({ "opening": opening, "warning": opening.warning() }),
            ))
        });
        keys.push(("opened".to_owned(), Shape::Row(rows.collect())));
    }
    Shape::Object(keys).check(root)
}

/// `/tiles/{edition}.json`, `/tiles/{edition}/{scale}.json` and, of label points,
/// `/tiles/{edition}/{scale}.labels.json`, under a base that was checked.
pub fn tilejson(
    root: &Node,
    (scale, is_labels): (Option<Scale>, bool),
    (base, id): (&str, &str),
    part: &AudienceReference,
) -> Vec<String> {
    let manifest = part.manifest.as_ref().map(|(_, manifest)| manifest);
    let (name, tiles) = match scale {
        Some(scale) if is_labels => (
            format!("{} : noms – {id}", scale.label()),
            format!("{base}/tiles/{id}/{scale}.labels"),
        ),
        Some(scale) => (format!("{} – {id}", scale.label()), format!("{base}/tiles/{id}/{scale}")),
        None => (format!("Occupation du parc social – {id}"), format!("{base}/tiles/{id}")),
    };
    let layers = root.get("vector_layers").map_or(&[][..], Node::items);
    let entries: Vec<(Scale, Option<&ManifestScale>)> = match (manifest, scale) {
        (Some(manifest), _) => manifest
            .scales
            .iter()
            .filter(|entry| scale.is_none_or(|scale| scale == entry.id))
            .map(|entry| (entry.id, Some(entry)))
            .collect(),
        (None, Some(scale)) => vec![(scale, None)],
        (None, None) => {
            let ids = layers.iter().filter_map(|layer| layer.get("id").and_then(Node::text));
            let mut scales: Vec<Scale> = ids.filter_map(|id| id.parse().ok()).collect();
            scales.sort();
            scales.dedup();
            scales.into_iter().map(|scale| (scale, None)).collect()
        }
    };
    if entries.is_empty() {
        return vec!["l'édition n'a pas cette échelle".to_owned()];
    }
    let whole: Option<Vec<&ManifestScale>> = entries.iter().map(|(_, entry)| *entry).collect();
    let whole = whole.filter(|whole| !whole.is_empty());
    let minzoom = whole.as_ref().and_then(|all| all.iter().map(|one| one.minzoom).min());
    let maxzoom = whole.as_ref().and_then(|all| all.iter().map(|one| one.maxzoom).max());
    let around = whole.as_ref().and_then(|all| all.iter().map(|one| one.bounds).reduce(union));
    let rows = entries.iter().map(|(scale, entry)| {
        Shape::object([
            ("id", Shape::Is(scale.id().into())),
            ("description", Shape::Is(scale.label().into())),
            ("minzoom", entry.map_or_else(zoom, |entry| Shape::Is(entry.minzoom.into()))),
            ("maxzoom", entry.map_or_else(zoom, |entry| Shape::Is(entry.maxzoom.into()))),
            ("fields", Shape::Is(Value::Object(fields(*scale, is_labels, part)))),
        ])
    });
    let attribution = match manifest {
        Some(own) => Shape::Is(own.attribution.clone().into()),
        None => {
            Shape::text("des sources connues (donner l'édition, ou collecter /editions)", |text| {
                is_attribution(text, id)
            })
        }
    };
    Shape::object([
        ("tilejson", Shape::Is("3.0.0".into())),
        ("name", Shape::Is(name.into())),
        ("version", Shape::Is("1.0.0".into())),
        ("attribution", attribution),
        ("scheme", Shape::Is("xyz".into())),
        ("tiles", Shape::Is(json!([format!("{tiles}/{{z}}/{{x}}/{{y}}.mvt")]))),
        ("minzoom", minzoom.map_or_else(zoom, |zoom| Shape::Is(zoom.into()))),
        ("maxzoom", maxzoom.map_or_else(zoom, |zoom| Shape::Is(zoom.into()))),
        ("bounds", around.map_or_else(bounds, |own| Shape::Is(json!(own)))),
        ("vector_layers", Shape::Row(rows.collect())),
    ])
    .check(root)
}

/// Whether a text names sources as an edition of built-in scales does.
fn is_attribution(text: &str, id: &str) -> bool {
    let end = format!(" ; à citer « Seuil, édition {id} » ; aucun chiffre sur moins de ");
    let Some((sources, threshold)) = text.split_once(&end) else { return false };
    let year = id.split('r').next().unwrap_or_default();
    let register = format!("RPLS au 1er janvier {year} (SDES) ; contours IGN");
    let sources = sources.strip_prefix(&format!("OPS {year}, ")).unwrap_or(sources);
    let contours = ["", ", INSEE (IRIS)", ", ANCT (QPV)", ", INSEE (IRIS), ANCT (QPV)"];
    let threshold = threshold.strip_suffix(" ménages").and_then(|text| text.parse::<u32>().ok());
    sources.strip_prefix(&register).is_some_and(|rest| contours.contains(&rest))
        && threshold.is_some_and(|threshold| (11..=1000).contains(&threshold))
}

/// The types that TileJSON gives the columns of a scale.
fn fields(scale: Scale, is_labels: bool, part: &AudienceReference) -> Map<String, Value> {
    let is_said = |column: &&String| !is_labels || LABELLED.contains(&column.as_str());
    let columns =
        part.columns.iter().filter(is_said).filter(|column| part.offers_column(column, scale));
    let kind = |column: &str| match column {
        "code" | "nom" | "communes" | "situe" => "String",
        "secret" => "Boolean",
        mark if mark.ends_with("_ext") => "String",
        other => OWN.iter().find(|own| own.1 == other).map_or("Number", |own| own.2),
    };
    columns.map(|column| (column.clone(), kind(column).into())).collect()
}

fn union(one: [f64; 4], other: [f64; 4]) -> [f64; 4] {
    [one[0].min(other[0]), one[1].min(other[1]), one[2].max(other[2]), one[3].max(other[3])]
}

/// Where two texts differ: the line, and the attribute of it.
pub fn lines(expected: &str, found: &str) -> Vec<String> {
    let (mut own, mut other) = (expected.split('\n'), found.split('\n'));
    let mut problems = Vec::new();
    for number in 1.. {
        let (one, two) = match (own.next(), other.next()) {
            (None, None) => break,
            (one, two) => (one.unwrap_or_default(), two.unwrap_or_default()),
        };
        if one != two {
            let mut pairs = one.split("\" ").zip(two.split("\" "));
            let differs = pairs.find(|(one, two)| one != two);
            let name = differs.map_or("", |(one, _)| one.split('=').next().unwrap_or_default());
            problems.push(format!("ligne {number} : {} : autre texte", name.trim()));
        }
    }
    problems
}
