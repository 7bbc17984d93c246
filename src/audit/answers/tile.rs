//! A tile that was saved: held against the one that the edition stores or, without it, against
//! what any tile may say and what others received.

use std::collections::{BTreeSet, HashMap};

use crate::mismatch::Mismatch;
use domain::{CommuneCode, Indicator, Mark, Scale, Unit, ZoneCode};

use super::geometry::{self, EXTENT};
use super::reference::AudienceReference;
use super::wire::{Feature, Layer, Value, read, write};

/// Characters of a zone's name.
const MOST_NAMED: usize = 200;

/// What label points say, in this order.
pub const LABELLED: [&str; 2] = ["code", "nom"];

/// What was found of one tile.
#[derive(Default)]
pub struct Found {
    pub problems: Vec<String>,
    /// Audiences that this tile may be for.
    pub audiences: [bool; 2],
}

/// The layers of a tile, and what its bytes say beyond them. `scale_of` knows scales by their identifiers.
pub fn layers<'a>(
    bytes: &'a [u8],
    scale: Option<Scale>,
    scale_of: &dyn Fn(&str) -> Option<Scale>,
    problems: &mut Vec<String>,
) -> Result<Vec<(Scale, Layer<'a>)>, Mismatch> {
    let mut flaws = Vec::new();
    let layers = read(bytes, &mut flaws)?;
    if flaws.is_empty() && write(&layers) != bytes {
        flaws.push("octets : la tuile est écrite autrement que le serveur ne l'écrit".to_owned());
    }
    problems.append(&mut flaws);
    let mut named: Vec<(Scale, Layer<'a>)> = Vec::new();
    for layer in layers {
        let name = layer.name;
        let Some(own) = scale_of(name) else {
            problems.push(format!("couche « {name} » inconnue"));
            continue;
        };
        if scale.is_some_and(|scale| scale != own) {
            problems.push(format!("couche {own} dans une autre échelle"));
        }
        if named.last().is_some_and(|(last, _)| *last >= own) {
            problems.push(format!("couche {own} deux fois, ou dans un autre ordre"));
        }
        if layer.version != Some(2) {
            problems.push(format!("couche {own} : version"));
        }
        if layer.extent != Some(EXTENT) {
            problems.push(format!("couche {own} : étendue"));
        }
        if layer.features.is_empty() {
            problems.push(format!("couche {own} sans aucune zone"));
        }
        named.push((own, layer));
    }
    Ok(named)
}

/// Holds a layer against the one that is stored: its zones are some of those, in their order, each
/// as it is there, but for the columns of an audience.
pub fn against(
    layer: &Layer<'_>,
    stored: &Layer<'_>,
    columns: [&BTreeSet<String>; 2],
    found: &mut Found,
) {
    let places: HashMap<&str, usize> = stored
        .features
        .iter()
        .enumerate()
        .filter_map(|(place, feature)| Some((code(stored, feature)?, place)))
        .collect();
    let mut last = None;
    for feature in &layer.features {
        let Some(code) = code(layer, feature) else {
            found.problems.push("code : une zone sans code".to_owned());
            continue;
        };
        let at = format!("{} {code}", layer.name);
        let Some(place) = places.get(code) else {
            found.problems.push(format!("{at} : code : la tuile de l'édition n'a pas cette zone"));
            continue;
        };
        if last.is_some_and(|last| last >= *place) {
            found.problems.push(format!("{at} : zone deux fois, ou dans un autre ordre"));
        }
        last = Some(*place);
        let own = &stored.features[*place];
        let parts_of = [
            ("identifiant", feature.id != own.id),
            ("type de géométrie", feature.kind != own.kind),
            ("géométrie", feature.geometry != own.geometry),
        ];
        for (name, _) in parts_of.iter().filter(|(_, differs)| *differs) {
            found.problems.push(format!("{at} : {name} : ce n'est pas celui de l'édition"));
        }
        let (shown, whole) = (layer.properties(feature), stored.properties(own));
        let mut any = false;
        for (columns, may) in columns.iter().zip(&mut found.audiences) {
            let expected = whole.iter().filter(|(key, _)| columns.contains(*key));
            let same = expected.eq(shown.iter());
            any |= same;
            *may &= same;
        }
        if !any {
            differences(&at, &shown, &whole, columns, &mut found.problems);
        }
    }
}

/// Names each column that differs from what the nearest audience reads.
fn differences(
    at: &str,
    shown: &[(&str, Value<'_>)],
    whole: &[(&str, Value<'_>)],
    columns: [&BTreeSet<String>; 2],
    problems: &mut Vec<String>,
) {
    let of_part = columns.map(|columns| {
        let mut found = Vec::new();
        let mut met = BTreeSet::new();
        for (key, value) in shown {
            let own = whole.iter().find(|(own, _)| own == key && columns.contains(*key));
            if !met.insert(*key) {
                found.push(format!("{at} : {key} : colonne deux fois"));
            } else if own.is_none() {
                found.push(format!("{at} : {key} : l'édition ne le dit pas"));
            } else if own.is_some_and(|(_, own)| own != value) {
                found.push(format!("{at} : {key} : ce n'est pas ce que dit l'édition"));
            }
        }
        let expected = whole.iter().filter(|(key, _)| columns.contains(*key));
        for (key, _) in expected.filter(|(key, _)| !met.contains(key)) {
            found.push(format!("{at} : {key} : absent"));
        }
        found
    });
    let [one, two] = of_part;
    let mut nearest = if one.len() <= two.len() { one } else { two };
    if nearest.is_empty() {
        nearest.push(format!("{at} : colonnes dans un autre ordre"));
    }
    problems.append(&mut nearest);
}

/// Holds a layer against what any tile may say.
pub fn alone(scale: Scale, layer: &Layer<'_>, parts: &[AudienceReference; 2], found: &mut Found) {
    let mut codes = BTreeSet::new();
    for feature in &layer.features {
        let properties = layer.properties(feature);
        let code = code(layer, feature).unwrap_or_default();
        let at = format!("{scale} {code}");
        if !codes.insert(code) {
            found.problems.push(format!("{at} : zone deux fois dans une tuile"));
        }
        if feature.id.is_none() {
            found.problems.push(format!("{at} : identifiant absent"));
        }
        if let Err(problem) = geometry::check(scale, feature) {
            found.problems.push(format!("{at} : géométrie : {problem}"));
        }
        let mut met = BTreeSet::new();
        for (key, value) in &properties {
            for (part, may) in parts.iter().zip(&mut found.audiences) {
                *may &= part.offers_column(key, scale);
            }
            if !met.insert(*key) {
                found.problems.push(format!("{at} : {key} : colonne deux fois"));
            }
            if !parts.iter().any(|part| part.offers_column(key, scale)) {
                found.problems.push(format!("{at} : {key} : colonne inconnue à cette échelle"));
            } else if !is_plausible(scale, key, value, parts) {
                found.problems.push(format!("{at} : {key} : ce qu'aucune zone ne dit"));
            }
        }
        for column in ["code", "secret"] {
            if !met.contains(column) && parts.iter().all(|part| part.columns.contains(column)) {
                found.problems.push(format!("{at} : {column} : absent"));
            }
        }
        if met.contains("communes") && met.contains("situe") {
            found.problems.push(format!("{at} : communes et situe à la fois"));
        }
    }
}

/// Holds a layer of label points against what any may say: a code, a name, a point in the tile.
pub fn labels_alone(layer: &Layer<'_>, parts: &[AudienceReference; 2], found: &mut Found) {
    let mut codes = BTreeSet::new();
    for feature in &layer.features {
        let code = code(layer, feature).unwrap_or_default();
        let at = format!("{} {code}", layer.name);
        if code.is_empty() || !codes.insert(code) {
            found.problems.push(format!("{at} : code : absent, ou zone deux fois dans une tuile"));
        }
        if feature.id.is_none() {
            found.problems.push(format!("{at} : identifiant absent"));
        }
        if let Err(problem) = geometry::check(Scale::ADRESSE, feature) {
            found.problems.push(format!("{at} : géométrie : {problem}"));
        }
        let mut last = None;
        for (key, value) in layer.properties(feature) {
            if !LABELLED.contains(&key) || last.is_some_and(|last| last >= key) {
                found.problems.push(format!("{at} : {key} : un nom ne le dit pas, ou deux fois"));
            } else if !is_plausible(Scale::ADRESSE, key, &value, parts) {
                found.problems.push(format!("{at} : {key} : ce qu'aucune zone ne dit"));
            }
            last = Some(key);
        }
    }
}

/// Whether a column may say this of some zone.
fn is_plausible(
    scale: Scale,
    column: &str,
    value: &Value<'_>,
    parts: &[AudienceReference; 2],
) -> bool {
    let mut indicators = parts.iter().flat_map(|part| part.catalogue.indicators());
    let mut indicator = || indicators.find(|one| one.id == column);
    match (column, value) {
        ("code", Value::Text(text)) => text.parse::<ZoneCode>().is_ok(),
        ("nom", Value::Text(text)) => {
            (1..=MOST_NAMED).contains(&text.chars().count()) && !text.chars().any(char::is_control)
        }
        ("communes", Value::Text(_)) if scale.is_reference() => false,
        ("communes" | "situe", Value::Text(text)) => are_communes(text),
        ("secret" | "reste", Value::Truth(_)) => true,
        ("grappe", Value::Text(text)) => text.parse::<ZoneCode>().is_ok(),
        (_, Value::Text(text)) if column.ends_with("_ext") => Mark::of(text).is_some(),
        ("adresses" | "logements", Value::Unsigned(_)) => true,
        (_, Value::Unsigned(_)) => column.starts_with("n_"),
        (_, Value::Double(number)) => indicator().is_some_and(|one| is_printed(one, *number)),
        _ => false,
    }
}

/// Codes of communes, sorted, each once.
fn are_communes(text: &str) -> bool {
    let codes: Vec<&str> = text.split(' ').collect();
    codes.iter().all(|code| code.parse::<CommuneCode>().is_ok())
        && codes.is_sorted_by(|one, two| one < two)
}

/// A figure has the decimals of its unit, no sign, and a share is not over all.
fn is_printed(indicator: &Indicator, number: f64) -> bool {
    let (_, _, decimals) = indicator.unit.scaling();
    let scaled = number * 10_f64.powi(decimals as i32);
    let most = if indicator.unit == Unit::Pourcent { 100.0 } else { 1e6 };
    (scaled - scaled.round()).abs() < 1e-6 && (0.0..=most).contains(&number)
}

/// The code of a zone.
pub fn code<'a>(layer: &Layer<'a>, feature: &Feature<'_>) -> Option<&'a str> {
    layer.properties(feature).into_iter().find_map(|(key, value)| match value {
        Value::Text(text) if key == "code" && !text.is_empty() => Some(text),
        _ => None,
    })
}
