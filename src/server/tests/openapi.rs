//! Every answer of the server's tests, held against what `/openapi.json` says of its operation.
//!
//! Schemas are read by a few lines here, which know the words that the document uses and refuse any other:
//! a library for them asks for other features of what nearly every crate of the program stands on. The
//! client that asks the running server (`tests/it/clients_openapi.rs`) reads them by a library of its own.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{LazyLock, Mutex};

use axum::http::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::house::{Answer, House};
use crate::DemoAccount;

static API: LazyLock<Api> = LazyLock::new(Api::read);

/// The document, each operation with what it may answer.
struct Api {
    document: Value,
    operations: Vec<Operation>,
}

struct Operation {
    /// As in `GET /editions`.
    name: String,
    answers: BTreeMap<u16, Vec<Body>>,
}

/// What an answer may hold, one of several.
struct Body {
    /// Without parameters.
    kind: String,
    /// Where its schema stands in the document.
    place: String,
}

/// What the answers of a house have shown.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Successes and objects of the document.
    shown: Mutex<BTreeSet<String>>,
    /// Digests of answers that were held already: most of many thousand are alike, and whoever asks waits.
    held: Mutex<HashSet<[u8; 32]>>,
}

impl Api {
    fn read() -> Api {
        let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/openapi.json");
        let text = std::fs::read(place).unwrap();
        let document: Value = serde_json::from_slice(&text).unwrap();
        let mut operations = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let responses = format!("/paths/{}/{method}/responses", escaped(path));
                let answers = operation["responses"].as_object().unwrap().iter();
                let answers = answers.map(|(status, response)| {
                    let place = match response["$ref"].as_str() {
                        Some(named) => named.trim_start_matches('#').to_owned(),
                        None => format!("{responses}/{status}"),
                    };
                    let response = document.pointer(&place).unwrap();
                    let bodies = response["content"].as_object().into_iter().flatten();
                    let bodies = bodies.map(|(kind, body)| {
                        let place = format!("{place}/content/{}/schema", escaped(kind));
                        assert!(body["schema"].is_object(), "{place}: no schema");
                        Body { kind: essence(kind).into(), place }
                    });
                    (status.parse().unwrap(), bodies.collect())
                });
                let name = format!("{} {path}", method.to_uppercase());
                operations.push(Operation { answers: answers.collect(), name });
            }
        }
        Api { document, operations }
    }

    /// The operation of a request: the one with the fewest variable parts.
    fn operation(&self, method: &Method, path: &str) -> Option<&Operation> {
        let method = if method == Method::HEAD { "GET" } else { method.as_str() };
        let fits =
            |one: &&Operation| one.name.strip_prefix(method).is_some_and(|own| matches(own, path));
        let variable = |one: &&Operation| one.name.matches('{').count();
        self.operations.iter().filter(fits).min_by_key(variable)
    }
}

impl Seen {
    /// Holds an answer against its operation.
    ///
    /// # Panics
    /// Where the document does not say what the answer is.
    pub(super) fn hold(&self, method: &Method, path: &str, answer: &Answer) {
        let path =
            match path.strip_prefix("/k/").and_then(|rest| rest.find('/').map(|at| &rest[at..])) {
                Some(rest) => rest,
                None => path,
            };
        let Some(operation) = API.operation(method, path) else { return };
        let Operation { name, answers } = operation;
        let status = answer.status.as_u16();
        let bodies =
            answers.get(&status).unwrap_or_else(|| panic!("{name}: {status} is not described"));
        if method == Method::HEAD {
            return;
        }
        let kind = answer.header("content-type");
        if bodies.is_empty() {
            assert!(answer.body.is_empty(), "{name}, {status}: a body that is not described");
            return;
        }
        let body = bodies.iter().find(|body| body.kind == essence(kind));
        let body = body.unwrap_or_else(|| panic!("{name}, {status}: {kind:?} is not described"));
        let mut digest = Sha256::new_with_prefix(&answer.body);
        digest.update(&body.place);
        digest.update(name);
        if !self.held.lock().unwrap().insert(digest.finalize().into()) {
            return;
        }
        let values: Vec<Value> = match essence(kind) {
            "application/x-ndjson" => lines(&answer.plain()),
            kind if kind.ends_with("json") && !is_file(body) => vec![answer.json()],
            _ => return,
        };
        let mut seen = self.shown.lock().unwrap();
        if answer.status.is_success() {
            seen.insert(name.clone());
        }
        for value in values {
            let wrong = Check { seen: &mut seen }.value(&body.place, &value);
            assert_eq!(wrong, None, "{name}, {status}: {value}");
        }
    }

    /// The operations that answer JSON, and the objects, that no answer showed.
    pub(super) fn missing(&self) -> Vec<String> {
        let mut all = BTreeSet::new();
        for Operation { name, answers } in &API.operations {
            let successes = answers.range(200..300).flat_map(|(_, bodies)| bodies);
            if successes.into_iter().any(|body| body.kind.ends_with("json") && !is_file(body)) {
                all.insert(name.clone());
            }
        }
        for name in API.document["components"]["schemas"].as_object().unwrap().keys() {
            objects(&format!("/components/schemas/{name}"), &mut all);
        }
        let seen = self.shown.lock().unwrap();
        all.difference(&seen).cloned().collect()
    }
}

/// Whether a body is bytes to be saved, whatever is in them.
fn is_file(body: &Body) -> bool {
    API.document.pointer(&body.place).is_some_and(|schema| schema["type"] == "string")
}

/// Holds values against schemas of the document, and notes every object that it comes by.
struct Check<'s> {
    seen: &'s mut BTreeSet<String>,
}

impl Check<'_> {
    /// What is wrong with a value, for the schema at a place of the document.
    fn value(&mut self, place: &str, value: &Value) -> Option<String> {
        let schema = API.document.pointer(place).unwrap().as_object().unwrap();
        let wrong = |what: &str| Some(format!("{place}, {what}: {value:.200}"));
        let bound = |limit: &Value, holds: fn(f64, f64) -> bool| {
            value.as_f64().is_none_or(|number| holds(number, limit.as_f64().unwrap()))
        };
        let length = value.as_array().map_or(0, Vec::len) as u64;
        for (word, said) in schema {
            let holds = match word.as_str() {
                "$ref" => {
                    let named = said.as_str().unwrap().trim_start_matches('#');
                    return self.value(named, value);
                }
                "type" => match said.as_array() {
                    Some(kinds) => kinds.iter().any(|kind| is_a(value, kind)),
                    None => is_a(value, said),
                },
                "enum" => said.as_array().unwrap().contains(value),
                "const" => said == value,
                "minimum" => bound(said, |number, limit| number >= limit),
                "maximum" => bound(said, |number, limit| number <= limit),
                "minItems" => !value.is_array() || length >= said.as_u64().unwrap(),
                "maxItems" => !value.is_array() || length <= said.as_u64().unwrap(),
                "required" => value.as_object().is_none_or(|map| {
                    said.as_array()
                        .unwrap()
                        .iter()
                        .all(|name| map.contains_key(name.as_str().unwrap()))
                }),
                "oneOf" => {
                    let branches = 0..said.as_array().unwrap().len();
                    let mut fits = branches.filter(|number| {
                        self.value(&format!("{place}/oneOf/{number}"), value).is_none()
                    });
                    fits.next().is_some() && fits.next().is_none()
                }
                "items" | "properties" | "additionalProperties" => true,
                // Said to people, or to other readers of the document.
                "description" | "format" | "pattern" => true,
                other => panic!("{place}: {other} is no word that this test reads"),
            };
            if !holds {
                return wrong(word);
            }
        }
        match value {
            Value::Array(items) if schema.contains_key("items") => {
                items.iter().find_map(|item| self.value(&format!("{place}/items"), item))
            }
            Value::Object(map) => {
                let wrong = map.iter().find_map(|(name, value)| {
                    let own = format!("{place}/properties/{}", escaped(name));
                    if API.document.pointer(&own).is_some() {
                        return self.value(&own, value);
                    }
                    match schema.get("additionalProperties") {
                        Some(Value::Bool(true)) => None,
                        None if schema.contains_key("oneOf") => None,
                        Some(Value::Object(_)) => {
                            self.value(&format!("{place}/additionalProperties"), value)
                        }
                        _ => Some(format!("{place}: {name} is not described")),
                    }
                });
                if wrong.is_none() && schema.contains_key("properties") {
                    self.seen.insert(place.to_owned());
                }
                wrong
            }
            _ => None,
        }
    }
}

fn is_a(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("{other}: no type"),
    }
}

/// The places of the objects that a schema describes, its own and those inside.
fn objects(place: &str, found: &mut BTreeSet<String>) {
    let schema = API.document.pointer(place).unwrap();
    if let Some(properties) = schema["properties"].as_object() {
        found.insert(place.to_owned());
        properties
            .keys()
            .for_each(|name| objects(&format!("{place}/properties/{}", escaped(name)), found));
    }
    for inner in
        ["items", "additionalProperties"].into_iter().filter(|inner| schema[inner].is_object())
    {
        objects(&format!("{place}/{inner}"), found);
    }
    for number in 0..schema["oneOf"].as_array().map_or(0, Vec::len) {
        objects(&format!("{place}/oneOf/{number}"), found);
    }
}

/// A name as a JSON pointer writes it.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn essence(kind: &str) -> &str {
    kind.split(';').next().unwrap_or_default().trim()
}

fn matches(own: &str, path: &str) -> bool {
    let (mut own, mut path) = (own.trim().split('/'), path.split('/'));
    loop {
        match (own.next(), path.next()) {
            (None, None) => return true,
            (Some(own), Some(part)) if own == part || own.starts_with('{') && !part.is_empty() => {}
            _ => return false,
        }
    }
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

#[test]
fn every_success_has_a_body_or_none_and_every_object_says_what_else_it_may_hold() {
    for Operation { name, answers } in &API.operations {
        let mut successes = answers.range(200..400).peekable();
        assert!(successes.peek().is_some(), "{name}");
        for (status, bodies) in successes {
            assert_eq!(bodies.is_empty(), matches!(status, 204 | 304), "{name}, {status}");
        }
    }
    let mut places = BTreeSet::new();
    for name in API.document["components"]["schemas"].as_object().unwrap().keys() {
        objects(&format!("/components/schemas/{name}"), &mut places);
    }
    assert!(places.len() > 60, "{}", places.len());
    for place in places {
        let schema = API.document.pointer(&place).unwrap();
        assert!(!schema["additionalProperties"].is_null(), "{place}");
        let known = &schema["properties"];
        for name in schema["required"].as_array().unwrap() {
            assert!(known[name.as_str().unwrap()].is_object(), "{place}: {name}");
        }
    }
}

#[tokio::test]
async fn a_demonstration_describes_its_accounts() {
    let account = DemoAccount { email: "a@x.fr".into(), password: "x".into(), label: "A".into() };
    let house = House::with("https://carto.example.fr", vec![account]).await;
    house.anonymous("/api/demo").await;
    assert!(!house.seen.missing().contains(&"GET /api/demo".to_owned()));
}

#[tokio::test]
#[should_panic(expected = "not described")]
async fn an_answer_that_is_not_described_fails() {
    let house = House::new().await;
    let mut answer = house.anonymous("/health").await;
    answer.status = axum::http::StatusCode::IM_A_TEAPOT;
    house.seen.hold(&Method::GET, "/health", &answer);
}

#[tokio::test]
#[should_panic(expected = "households is not described")]
async fn a_field_that_is_not_described_fails() {
    let house = House::new().await;
    let mut answer = house.anonymous("/health").await;
    answer.body = br#"{"status":"ok","households":9}"#.to_vec();
    house.seen.hold(&Method::GET, "/health", &answer);
}
