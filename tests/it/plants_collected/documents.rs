//! Plants in documents: each value, each key, each list of one answer of each kind.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Plant;
use super::harvest::{Harvest, LOCAL, path, route};

/// Answers without a shape of their own: bytes alone tell them apart.
const FILES: [&str; 12] = [
    "aide",
    "mentions-legales",
    "donnees-personnelles",
    "accessibilite",
    "api/documents/0123",
    "api/conventions/0123/annexe-3",
    "index.html",
    "openapi.json",
    "sprites/seuil.json",
    "sprites/seuil@2x.png",
    "icon.svg",
    "auth/scope",
];

/// Plants in one answer of each kind that the local account received.
pub fn plants(harvest: &Harvest) -> Vec<Plant> {
    let mut plants = Vec::new();
    let mut met = BTreeSet::new();
    for (name, bytes) in harvest.answers.iter().filter(|(name, _)| name.starts_with(LOCAL)) {
        let plain = path(name);
        if FILES.contains(&plain) {
            plants.extend(file(name, bytes));
        } else if plain == "qgis/commune.qlr" {
            plants.extend(definition(name, bytes));
        } else if plain == "qgis/connections.xml" || plain == "qgis/features.xml" {
            plants.extend(attributes(name, bytes));
        } else if plain.starts_with("ogc/") && bytes.starts_with(b"<") {
            plants.extend(page(name, bytes));
        } else if plain.starts_with("ogc/") && bytes.starts_with(b"fgb") {
            plants.push(Plant::new(name, "", bytes[..bytes.len() - bytes.len() / 3].to_vec()));
        } else if route(name) == "/export/{edition}/{file}" && !plain.contains(".geojson") {
            plants.extend(export(name, bytes));
        } else if plain.contains("f=ndjson") {
            plants.extend(lines(name, bytes));
        } else if let Ok(document) = serde_json::from_slice::<Value>(bytes) {
            // One style of points, one of surfaces, one of each base; one of any other kind.
            let refused = document["type"] == "about:blank";
            let kind = if route(name) == "/styles/{name}" { plain } else { route(name) };
            if met.insert((kind.to_owned(), refused)) {
                plants.extend(fields(name, &document));
                plants.extend(spelt(name, bytes));
            }
        }
    }
    plants
}

/// Every value, key and list of a document, each once whatever its place in a list.
fn fields(name: &str, document: &Value) -> Vec<Plant> {
    // Texts and instants of accounts are free, within their type.
    let is_typed = route(name).starts_with("/api/");
    let is_described =
        ["/schema", "/queryables", "/api"].iter().any(|part| route(name).contains(part))
            && route(name).starts_with("/ogc");
    let mut found = Vec::new();
    let mut met = BTreeSet::new();
    let mut places = vec![Place::default()];
    while let Some(place) = places.pop() {
        let value = document.pointer(&place.pointer).unwrap();
        let first = met.insert(place.pattern.clone());
        let changes = match value {
            Value::Object(map) => {
                // The columns of a schema and the paths of a description are made by one rule each.
                let is_made = ["properties", "paths"].contains(&place.field.as_str());
                let most = if is_described && is_made { 3 } else { usize::MAX };
                let last = map.keys().next_back().filter(|_| map.len() > most);
                let keys = map.keys().take(most).chain(last);
                places.extend(keys.map(|key| place.inside(key, key)));
                vec![]
            }
            Value::Array(items) => {
                places.extend((0..items.len()).map(|at| place.inside(&at.to_string(), "")));
                let mut more = items.clone();
                more.push(items.first().cloned().unwrap_or(json!(7)));
                vec![Value::Array(more)]
            }
            other => others(other).into_iter().take(if is_typed { 2 } else { 1 }).collect(),
        };
        let numbered = changes.into_iter().enumerate();
        let mut changes: Vec<(&str, bool, Value)> =
            numbered.map(|(at, change)| (place.field.as_str(), at == 1, change)).collect();
        if let Value::Object(map) = value {
            let mut more = map.clone();
            more.insert("menages".into(), json!(7));
            changes.push(("menages", false, Value::Object(more)));
            if let Some(last) = map.keys().next_back() {
                let mut fewer = map.clone();
                fewer.shift_remove(last);
                changes.push((last, false, Value::Object(fewer)));
            }
        }
        for (field, is_other_type, change) in changes.into_iter().filter(|_| first) {
            let mut other = document.clone();
            *other.pointer_mut(&place.pointer).unwrap() = change;
            found.push(Plant { is_other_type, ..Plant::new(name, field, other.to_string()) });
        }
    }
    found
}

/// A value of a document: where it is, where values like it are, and the key that it is under.
#[derive(Default)]
struct Place {
    pointer: String,
    pattern: String,
    field: String,
}

impl Place {
    /// A value inside this one; `key` is empty in a list.
    fn inside(&self, step: &str, key: &str) -> Place {
        let field = if key.is_empty() { self.field.clone() } else { key.to_owned() };
        let step = step.replace('~', "~0").replace('/', "~1");
        Place {
            pointer: format!("{}/{step}", self.pointer),
            pattern: format!("{}/{key}", self.pattern),
            field,
        }
    }
}

/// Another value of the same type, and one of another type.
fn others(value: &Value) -> [Value; 2] {
    match value {
        Value::String(text) => [json!(format!("{text}7")), json!(7)],
        Value::Bool(truth) => [json!(!truth), json!(7)],
        Value::Number(number) => match number.as_i64() {
            Some(number) => [json!(number + 1), json!("7")],
            None => [json!(number.as_f64().unwrap() + 0.5), json!("7")],
        },
        _ => [json!(7), json!("7")],
    }
}

/// The same values in other bytes.
fn spelt(name: &str, bytes: &[u8]) -> Vec<Plant> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let mut spelt = vec![("espaces", format!("{text}\n")), ("après la fin", format!("{text}7"))];
    if let (Some(rest), Some(end)) = (text.strip_prefix('{'), text.find("\":")) {
        spelt.push(("deux fois", format!("{{{}\":null,{rest}", &text[1..end])));
    }
    let plant = |(field, text): (&str, String)| Plant::new(name, field, text);
    spelt.into_iter().map(plant).collect()
}

/// A line less at the front (nothing to see in it), a line twice, another figure, spaces.
fn lines(name: &str, bytes: &[u8]) -> Vec<Plant> {
    let text = std::str::from_utf8(bytes).unwrap();
    let first = text.lines().next().unwrap();
    let zones: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut cells = zones.iter().flat_map(|zone| zone.as_object().unwrap());
    let (key, count) = cells.find(|(_, own)| own.is_i64()).unwrap();
    let other = format!("\"{key}\":{}", count.as_i64().unwrap() + 1);
    let plant = |field: &str, text: String| Plant::new(name, field, text);
    vec![
        plant("zones", format!("{first}\n{text}")),
        plant(key, text.replacen(&format!("\"{key}\":{count}"), &other, 1)),
        plant("espaces", text.replacen("\":", "\": ", 1)),
        plant("", text.trim_end().to_owned()),
    ]
}

/// Bytes of a file that are made others.
const FLIPS: usize = 24;

/// A file that is cut; of CSV a cell, a line and a column more; of formats that say more than rows, bytes all over.
fn export(name: &str, bytes: &[u8]) -> Vec<Plant> {
    if !name.contains("within=") {
        return vec![];
    }
    let cut = bytes[..bytes.len() - bytes.len() / 3].to_vec();
    let mut plants = vec![Plant::new(name, "", cut)];
    match name.split_once("/commune.").and_then(|(_, ending)| ending.split('?').next()) {
        Some("gpkg") => plants.extend(written_into(name, bytes)),
        Some("xlsx" | "parquet" | "fgb" | "zip") => plants.extend(flips(name, bytes)),
        _ => {}
    }
    if name.contains(".csv?") {
        let text = std::str::from_utf8(bytes).unwrap();
        let mut lines = text.split_inclusive("\r\n");
        let (head, first) = (lines.next().unwrap(), lines.next().unwrap());
        let after = &text[head.len() + first.len()..];
        let sign = if name.contains("rfc4180") { "," } else { ";" };
        let column = head.trim_start_matches('\u{feff}').split(sign).nth(1).unwrap().trim_end();
        let plant = |field: &str, text: String| Plant::new(name, field, text);
        let numbered = text.lines().enumerate();
        let wider: String = numbered
            .map(|(at, line)| {
                let more = if at == 0 { "menages" } else { "7" };
                format!("{}{sign}{more}\r\n", line.trim_end())
            })
            .collect();
        plants.extend([
            plant("lignes", format!("{text}{first}")),
            plant("", format!("{text}\r\n")),
            plant(column, format!("{head}{}{after}", first.replacen(sign, &format!("{sign}7"), 1))),
            plant("menages", wider),
        ]);
    }
    plants
}

/// Bytes that are others, all over a file that is made again byte for byte.
fn flips(name: &str, bytes: &[u8]) -> Vec<Plant> {
    let flip = |part: usize| {
        let mut other = bytes.to_vec();
        other[(bytes.len() - 1) * part / FLIPS] ^= 0x10;
        Plant::new(name, "", other)
    };
    (0..=FLIPS).map(flip).collect()
}

/// What a statement does to a GeoPackage, and where the auditor must find it.
const STATEMENTS: [(&str, &str); 12] = [
    ("gpkg_contents", "UPDATE gpkg_contents SET description = description || ' 7'"),
    ("gpkg_contents", "UPDATE gpkg_contents SET identifier = '7'"),
    ("last_change", "UPDATE gpkg_contents SET last_change = '7 ménages, 7 mén. deux.'"),
    ("gpkg_contents", "UPDATE gpkg_contents SET min_x = min_x - 1"),
    ("gpkg_data_columns", "UPDATE gpkg_data_columns SET title = '7' WHERE column_name = 'nom'"),
    (
        "gpkg_data_column_constraints",
        "INSERT INTO gpkg_data_column_constraints (constraint_name, constraint_type, value) \
         VALUES ('a', 'enum', '7')",
    ),
    ("sqlite_sequence", "UPDATE sqlite_sequence SET seq = seq + 7"),
    ("gpkg_spatial_ref_sys", "UPDATE gpkg_spatial_ref_sys SET description = '7'"),
    ("sql", "ALTER TABLE gpkg_extensions ADD COLUMN menages INTEGER"),
    (
        "sql",
        "CREATE TRIGGER rtree_commune_geom_insert AFTER INSERT ON commune WHEN 7 < 8 BEGIN SELECT 7; END",
    ),
    ("en-tête", "UPDATE commune SET geom = substr(geom, 1, 39) || x'07' || substr(geom, 41)"),
    ("user_version", "PRAGMA user_version = 7"),
];

/// A GeoPackage that somebody wrote into. Without its triggers, which call functions of other programs.
fn written_into(name: &str, bytes: &[u8]) -> Vec<Plant> {
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    let plant = |(field, statement): &(&str, &str)| {
        std::fs::write(&path, bytes).unwrap();
        let database = rusqlite::Connection::open(&path).unwrap();
        let triggers = ["insert", "update1", "update2", "update3", "update4", "delete"];
        for end in triggers {
            database.execute_batch(&format!("DROP TRIGGER rtree_commune_geom_{end}")).unwrap();
        }
        database.execute_batch(statement).unwrap();
        database.close().unwrap();
        Plant::new(name, field, std::fs::read(&path).unwrap())
    };
    STATEMENTS.iter().map(plant).collect()
}

/// One byte more, one byte other.
fn file(name: &str, bytes: &[u8]) -> Vec<Plant> {
    let mut more = bytes.to_vec();
    more.push(b'7');
    let mut plants = vec![Plant::new(name, "", more)];
    if let Some(last) = bytes.last() {
        let mut other = bytes.to_vec();
        *other.last_mut().unwrap() = last ^ 1;
        plants.push(Plant::new(name, "octet", other));
    }
    plants
}

/// Every kind of attribute and of element of a layer definition, once, with a figure more.
fn definition(name: &str, bytes: &[u8]) -> Vec<Plant> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let lines: Vec<&str> = text.split('\n').collect();
    let (mut plants, mut met) = (Vec::new(), BTreeSet::new());
    for (number, line) in lines.iter().enumerate() {
        let mut changed = Vec::new();
        for part in line.split("=\"").collect::<Vec<_>>().windows(2) {
            let key = part[0].rsplit([' ', '<']).next().unwrap().to_owned();
            let value = part[1].split('"').next().unwrap();
            let other =
                line.replacen(&format!("{key}=\"{value}\""), &format!("{key}=\"{value}7\""), 1);
            changed.push((key, other));
        }
        if let Some((tag, _)) = line.strip_prefix('<').and_then(|line| line.split_once('>')) {
            let end = format!("</{tag}>");
            if let Some(inside) = line.strip_suffix(&end) {
                changed.push((tag.to_owned(), format!("{inside}7{end}")));
            }
        }
        for (field, other) in changed.into_iter().filter(|(field, _)| met.insert(field.clone())) {
            let mut planted = lines.clone();
            planted[number] = &other;
            plants.push(Plant::new(name, &field, planted.join("\n")));
        }
    }
    plants.push(Plant::new(name, "ligne", format!("{text}<!-- 7 -->\n")));
    assert!(plants.len() > 25, "{}", plants.len());
    plants
}

/// A page with other figures, another text, a value more, a comment.
fn page(name: &str, bytes: &[u8]) -> Vec<Plant> {
    let text = std::str::from_utf8(bytes).unwrap();
    let plant = |text: String| Plant::new(name, "", text);
    let mut plants = vec![
        plant(text.replacen("<dl>", "<dl><dt>menages</dt><dd><code>7</code></dd>", 1)),
        plant(text.replacen("</main>", "<!-- 7 --></main>", 1)),
        plant(text.replacen("<span>", "<span>7", 1)),
        plant(format!("{text}7")),
    ];
    if let Some((before, after)) = text.split_once("<dt>n_logements</dt><dd><code>") {
        plants.push(plant(format!("{before}<dt>n_logements</dt><dd><code>1{after}")));
    }
    plants
}

/// Each attribute of one connection, a connection less, a line more.
fn attributes(name: &str, bytes: &[u8]) -> Vec<Plant> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let line = text.lines().nth(2).unwrap();
    let is_one = text.lines().count() == 4;
    let plant = |field: &str, text: String| Plant::new(name, field, text);
    let mut plants = vec![plant("ligne", format!("{text}<!-- 7 -->\n"))];
    if !is_one {
        plants.push(plant("ligne", text.replacen(&format!("{line}\n"), "", 1)));
    }
    let attributes = line.trim().trim_start_matches("<vectorTile ").trim_start_matches("<wfs ");
    for attribute in attributes.split("\" ") {
        let (key, value) = attribute.split_once("=\"").unwrap();
        let value = value.split('"').next().unwrap();
        let other = format!(" {key}=\"{value}7\"");
        plants.push(plant(key, text.replacen(&format!(" {key}=\"{value}\""), &other, 1)));
    }
    assert!(plants.len() > 10, "{line}");
    plants
}
