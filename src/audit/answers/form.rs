//! The form of a manifest, for one that no edition explains: which texts and numbers it may hold.

use domain::{Manifest, Scale, labels_file};
use edition::EditionId;

use super::json::Node;
use super::reference::{AudienceReference, Reference};
use super::shape::Shape;
use crate::files::sentences;

/// Where a scale's tiles may be.
pub const DEEPEST: i64 = 24;
/// The most zones of a scale: addresses of the country are some millions.
pub const MOST_ZONES: i64 = 100_000_000;
/// Steps between the first and the last bound of a legend, at most.
const MOST_STEPS: i64 = 10;

/// The form of a manifest: nothing in it is free but zooms, bounds, numbers of zones, rounded
/// classes and digests.
pub fn manifest<'a>(
    entry: &Node,
    reference: &'a Reference<'_>,
    part: &'a AudienceReference,
) -> Shape<'a> {
    let id = entry.get("id").and_then(Node::text).and_then(|id| id.parse::<EditionId>().ok());
    let (vintage, revision) = id.map_or((0, 0), |id| (id.vintage(), id.revision()));
    let scales = entry.get("scales").map_or(&[][..], Node::items);
    let scale = |node: &Node| reference.scale(node.get("id").and_then(Node::text)?);
    let known: Vec<Scale> = scales.iter().filter_map(scale).collect();
    let rows = scales.iter().map(|node| {
        let label = scale(node).map_or("", Scale::label);
        let least = node.get("minzoom").and_then(Node::whole).unwrap_or(0);
        let mut keys = vec![
            ("id", Shape::text("une échelle", |id| reference.scale(id).is_some())),
            ("label", Shape::Is(label.into())),
            ("minzoom", zoom()),
            ("maxzoom", Shape::whole("un zoom, de minzoom à 24", least, DEEPEST)),
            ("zones", Shape::whole("un nombre de zones", 1, MOST_ZONES)),
            ("bounds", bounds()),
        ];
        let zoning = scale(node).and_then(Scale::zoning);
        keys.extend(zoning.map(|own| ("zoning", Shape::Is(serde_json::json!(own)))));
        Shape::Object(keys.into_iter().map(|(key, shape)| (key.to_owned(), shape)).collect())
    });
    let universes: Vec<&str> =
        part.catalogue.universes().iter().map(|universe| universe.id.as_str()).collect();
    let mut classes: Vec<(String, Shape<'_>)> = part
        .catalogue
        .indicators()
        .iter()
        .map(|one| {
            let (_, _, decimals) = one.unit.scaling();
            let test = move |node: &Node| are_rounded(node, decimals);
            (one.id.clone(), Shape::fits("des bornes rondes qui croissent", test))
        })
        .collect();
    let indicators: Vec<String> = classes.iter().map(|(id, _)| id.clone()).collect();
    classes.sort_by(|one, two| one.0.cmp(&two.0));
    let mut files: Vec<String> =
        ["certificate", "communes", "indicators"].map(|name| format!("{name}.json")).to_vec();
    files.extend(
        known.iter().flat_map(|scale| ["fgb", "pmtiles"].map(|end| format!("{scale}.{end}"))),
    );
    let listed = entry.get("files").map_or(&[][..], Node::entries);
    if listed.iter().any(|(name, _)| name.ends_with(".labels.pmtiles")) {
        files.extend(known.iter().map(|scale| labels_file(*scale)));
    }
    files.sort();
    let digest = |text: &str| {
        text.len() == 64 && text.bytes().all(|byte| b"0123456789abcdef".contains(&byte))
    };
    let files = files.into_iter().map(|name| (name, Shape::text("une empreinte", digest)));
    Shape::object([
        ("id", Shape::text("un identifiant d'édition", |id| id.parse::<EditionId>().is_ok())),
        ("vintage", Shape::Is(vintage.into())),
        ("revision", Shape::Is(revision.into())),
        ("threshold", Shape::whole("un seuil", 11, 1000)),
        ("engine", engine()),
        ("scales", Shape::Row(rows.collect())),
        ("universes", Shape::Is(universes.into())),
        ("indicators", Shape::Is(indicators.into())),
        ("classes", Shape::Object(classes)),
        ("attribution", attribution(entry)),
        ("files", Shape::Object(files.collect())),
    ])
}

/// The sources of an edition, as its own manifest implies them.
fn attribution<'a>(entry: &Node) -> Shape<'a> {
    let manifest: Option<Manifest> = serde_json::from_value(entry.value()).ok();
    let known = manifest.map(|manifest| {
        [true, false].map(|has_survey| sentences::attributions(&manifest, has_survey))
    });
    Shape::text("les sources de l'édition", move |text| {
        known.iter().flatten().flatten().any(|own| own == text)
    })
}

pub fn sentence<'a>(reference: &'a Reference<'_>) -> Shape<'a> {
    let known = reference.known.sentences;
    Shape::text("une phrase que le programme connaît", move |text| {
        known.iter().any(|one| one == text)
    })
}

pub fn engine<'a>() -> Shape<'a> {
    Shape::text("le programme et sa version", |text| {
        let version = text.strip_prefix("seuil ").unwrap_or("");
        let parts: Vec<&str> = version.split('.').collect();
        parts.len() == 3 && parts.iter().all(|part| part.parse::<u16>().is_ok())
    })
}

pub fn zoom<'a>() -> Shape<'a> {
    Shape::whole("un zoom", 0, DEEPEST)
}

pub fn bounds<'a>() -> Shape<'a> {
    let degrees = |most: f64| {
        Shape::fits("une coordonnée", move |node: &Node| {
            node.number().is_some_and(|number| number.abs() <= most)
        })
    };
    Shape::Row(vec![degrees(180.0), degrees(90.0), degrees(180.0), degrees(90.0)])
}

/// Bounds of classes: rising, none of them 0, multiples of a step of 1, 2 or 5 that follows from
/// their spread and is wider than the last decimal of a figure. So none is a figure as it stands.
fn are_rounded(node: &Node, decimals: u32) -> bool {
    let hundredths = |node: &Node| {
        let number = node.number()? * 100.0;
        ((number - number.round()).abs() < 1e-6 && number > 0.0).then_some(number.round() as i64)
    };
    let Node::List(items) = node else { return false };
    let bounds: Option<Vec<i64>> = items.iter().map(hundredths).collect();
    let Some(bounds) = bounds.filter(|bounds| bounds.len() < 5) else { return false };
    let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else { return true };
    let least = 2 * 10_i64.pow(2_u32.saturating_sub(decimals));
    let steps = (0..8).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_i64.pow(power)));
    let fits = |step: i64| {
        step >= least
            && bounds.iter().all(|bound| bound % step == 0)
            && last - first <= MOST_STEPS * step
    };
    bounds.is_sorted_by(|one, two| one < two) && steps.into_iter().any(fits)
}

#[cfg(test)]
mod tests {
    use super::super::json::read;
    use super::*;

    #[track_caller]
    fn check(bounds: &str, decimals: u32, expected: bool) {
        let root = read(bounds.as_bytes()).unwrap().root;
        assert_eq!(are_rounded(&root, decimals), expected, "{bounds}");
    }

    #[test]
    fn bounds_of_classes_are_round_and_rise() {
        check("[]", 1, true);
        check("[12.0,14.0,15.5,16.0]", 1, true);
        check("[5.1,5.2]", 2, true);
        check("[37.4,41.3,45.0,52.0]", 1, false);
        check("[14.0,12.0]", 1, false);
        check("[0.1,12.0]", 1, false);
        check("[1.0,2.0,3.0,4.0,5.0]", 1, false);
        check("[\"7\"]", 1, false);
    }
}
