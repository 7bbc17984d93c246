//! JSON documents as the engine writes them: one text for each content.

use serde::Serialize;
use serde_json::Value;

/// Whether the bytes are those that the engine writes for a document: no key twice, no space, no
/// byte more.
pub fn is_canonical(bytes: &[u8], document: &impl Serialize) -> bool {
    let written = serde_json::to_vec_pretty(document);
    written.is_ok_and(|written| bytes.strip_suffix(b"\n") == Some(&written[..]))
}

/// Where a document is first not the one that is due.
pub fn difference(read: &Value, due: &Value) -> Option<String> {
    let at = path(read, due)?;
    let step = |text: &str| {
        if text.is_empty() { "le document".to_owned() } else { format!("« {text} »") }
    };
    Some(format!("{} n'est pas ce qui est attendu", step(at.trim_start_matches('.'))))
}

fn path(read: &Value, due: &Value) -> Option<String> {
    match (read, due) {
        (Value::Object(read), Value::Object(due)) => {
            let inner = read.iter().find_map(|(key, value)| match due.get(key) {
                Some(other) => path(value, other).map(|rest| format!(".{key}{rest}")),
                None => Some(format!(".{key}")),
            });
            let missing = || due.keys().find(|key| !read.contains_key(*key));
            let moved = || read.keys().zip(due.keys()).find(|(one, other)| one != other);
            let key = || missing().or_else(|| moved().map(|pair| pair.0));
            inner.or_else(|| key().map(|key| format!(".{key}")))
        }
        (Value::Array(read), Value::Array(due)) => {
            let mut pairs = read.iter().zip(due).zip(0..);
            let inner = pairs.find_map(|((one, other), place)| {
                path(one, other).map(|rest| format!(".{}{rest}", name(one, place)))
            });
            inner.or_else(|| (read.len() != due.len()).then(|| ".longueur".to_owned()))
        }
        _ => (read != due).then(String::new),
    }
}

/// An element of a list by its identifier, where it has one.
fn name(element: &Value, place: usize) -> String {
    let id = ["id", "scale", "universe", "code"].iter().find_map(|key| element.get(key)?.as_str());
    id.map_or_else(|| place.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_difference_is_named_by_its_path() {
        let due = json!({ "universes": [{ "id": "a", "domain_of": "b" }, { "id": "b" }], "n": 1 });
        assert_eq!(difference(&due, &due), None);
        let at = |change: &dyn Fn(&mut Value)| {
            let mut read = due.clone();
            change(&mut read);
            path(&read, &due).unwrap()
        };
        assert_eq!(at(&|read| read["n"] = json!(2)), ".n");
        assert_eq!(at(&|read| read["more"] = json!(2)), ".more");
        assert_eq!(
            at(&|read| read["universes"][0] = json!({ "id": "a" })),
            ".universes.a.domain_of"
        );
        assert_eq!(at(&|read| read["universes"][1]["id"] = json!("c")), ".universes.c.id");
        assert_eq!(at(&|read| read["universes"] = json!([])), ".universes.longueur");
    }
}
