//! What a document must be: held against one that was saved, part by part.

use serde_json::Value;

use super::json::{Node, join};

/// Characters of a value that a finding quotes.
const MOST_QUOTED: usize = 40;

/// What one value must be.
pub enum Shape<'a> {
    /// This value, spelt as the server spells it.
    Is(Value),
    /// A value that passes a test, which has a name.
    Fits(&'static str, Box<dyn Fn(&Node) -> bool + 'a>),
    /// A list of any length.
    Each(Box<Shape<'a>>),
    /// A list of this length.
    Row(Vec<Shape<'a>>),
    /// An object with these keys, in this order.
    Object(Vec<(String, Shape<'a>)>),
}

impl<'a> Shape<'a> {
    /// An object with these keys, in this order.
    pub fn object<const N: usize>(pairs: [(&str, Shape<'a>); N]) -> Shape<'a> {
        Shape::Object(pairs.into_iter().map(|(key, shape)| (key.to_owned(), shape)).collect())
    }

    /// A value that passes a test.
    pub fn fits(words: &'static str, test: impl Fn(&Node) -> bool + 'a) -> Shape<'a> {
        Shape::Fits(words, Box::new(test))
    }

    /// A text that passes a test.
    pub fn text(words: &'static str, test: impl Fn(&str) -> bool + 'a) -> Shape<'a> {
        Shape::fits(words, move |node| node.text().is_some_and(&test))
    }

    /// A whole number within bounds.
    pub fn whole(words: &'static str, least: i64, most: i64) -> Shape<'a> {
        Shape::fits(words, move |node| {
            node.whole().is_some_and(|number| (least..=most).contains(&number))
        })
    }

    /// A list of any length.
    pub fn each(shape: Shape<'a>) -> Shape<'a> {
        Shape::Each(Box::new(shape))
    }

    /// Where a document is something else, by the path of each field.
    pub fn check(&self, node: &Node) -> Vec<String> {
        let mut found = Vec::new();
        self.walk(node, "", &mut found);
        found
    }

    fn walk(&self, node: &Node, path: &str, found: &mut Vec<String>) {
        match self {
            Shape::Is(value) => equal(value, node, path, found),
            Shape::Fits(words, test) => {
                if !test(node) {
                    found.push(said(path, &format!("{}, attendu {words}", quoted(node))));
                }
            }
            Shape::Each(shape) => match node {
                Node::List(items) => {
                    for (at, item) in items.iter().enumerate() {
                        shape.walk(item, &format!("{path}[{at}]"), found);
                    }
                }
                _ => found.push(said(path, &format!("{}, attendu une liste", quoted(node)))),
            },
            Shape::Row(shapes) => {
                let Node::List(items) = node else {
                    found.push(said(path, &format!("{}, attendu une liste", quoted(node))));
                    return;
                };
                if items.len() != shapes.len() {
                    found.push(said(
                        path,
                        &format!("{} éléments, attendu {}", items.len(), shapes.len()),
                    ));
                }
                for (at, (shape, item)) in shapes.iter().zip(items).enumerate() {
                    shape.walk(item, &format!("{path}[{at}]"), found);
                }
            }
            Shape::Object(shapes) => {
                let Node::Object(pairs) = node else {
                    found.push(said(path, &format!("{}, attendu un objet", quoted(node))));
                    return;
                };
                let names: Vec<&str> = shapes.iter().map(|(key, _)| key.as_str()).collect();
                keys(&names, pairs, path, found);
                for (key, shape) in shapes {
                    if let Some(value) = node.get(key) {
                        shape.walk(value, &join(path, key), found);
                    }
                }
            }
        }
    }
}

/// The values are the same, down to how numbers are written.
fn equal(value: &Value, node: &Node, path: &str, found: &mut Vec<String>) {
    let same = match (value, node) {
        (Value::Null, Node::Null) => true,
        (Value::Bool(one), Node::Truth(other)) => one == other,
        (Value::Number(one), Node::Number(other)) => one.to_string() == *other,
        (Value::String(one), Node::Text(other)) => one == other,
        (Value::Array(values), Node::List(items)) => {
            if values.len() != items.len() {
                let words = format!("{} éléments, attendu {}", items.len(), values.len());
                found.push(said(path, &words));
            }
            for (at, (value, item)) in values.iter().zip(items).enumerate() {
                equal(value, item, &format!("{path}[{at}]"), found);
            }
            return;
        }
        (Value::Object(map), Node::Object(pairs)) => {
            let names: Vec<&str> = map.keys().map(String::as_str).collect();
            keys(&names, pairs, path, found);
            for (key, value) in map {
                if let Some(own) = node.get(key) {
                    equal(value, own, &join(path, key), found);
                }
            }
            return;
        }
        _ => false,
    };
    if !same {
        found.push(said(path, &format!("{}, attendu {}", quoted(node), short(value.to_string()))));
    }
}

fn keys(names: &[&str], pairs: &[(String, Node)], path: &str, found: &mut Vec<String>) {
    let mut whole = true;
    for (key, _) in pairs.iter().filter(|(key, _)| !names.contains(&key.as_str())) {
        found.push(said(&join(path, key), "clé inattendue"));
        whole = false;
    }
    for name in names.iter().filter(|name| !pairs.iter().any(|(key, _)| key == *name)) {
        found.push(said(&join(path, name), "clé absente"));
        whole = false;
    }
    if whole && !pairs.iter().map(|(key, _)| key.as_str()).eq(names.iter().copied()) {
        found.push(said(path, "clés dans un autre ordre"));
    }
}

fn said(path: &str, words: &str) -> String {
    if path.is_empty() { words.to_owned() } else { format!("{path} : {words}") }
}

fn quoted(node: &Node) -> String {
    short(match node {
        Node::Number(number) => number.clone(),
        Node::List(_) => "une liste".into(),
        Node::Object(_) => "un objet".into(),
        other => other.value().to_string(),
    })
}

fn short(text: String) -> String {
    match text.char_indices().nth(MOST_QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::json::read;
    use super::*;

    #[track_caller]
    fn check(shape: &Shape<'_>, text: &str, expected: &[&str]) {
        assert_eq!(shape.check(&read(text.as_bytes()).unwrap().root), expected, "{text}");
    }

    #[test]
    fn a_field_that_is_something_else_is_named() {
        let shape = Shape::Is(json!({ "a": [1.5, { "b": null }], "c": "x" }));
        check(&shape, "{\"a\":[1.5,{\"b\":null}],\"c\":\"x\"}", &[]);
        check(&shape, "{\"a\":[1.50,{\"b\":null}],\"c\":\"x\"}", &["a[0] : 1.50, attendu 1.5"]);
        check(&shape, "{\"a\":[1.5,{\"b\":0}],\"c\":\"x\"}", &["a[1].b : 0, attendu null"]);
        check(&shape, "{\"c\":\"x\",\"a\":[1.5,{\"b\":null}]}", &["clés dans un autre ordre"]);
        check(
            &shape,
            "{\"a\":[1.5],\"d\":3}",
            &["d : clé inattendue", "c : clé absente", "a : 1 éléments, attendu 2"],
        );
    }
}
