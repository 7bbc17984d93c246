//! JSON as it was saved, with everything that its bytes could say: the spelling of each number, the
//! order of keys, keys that stand twice, spaces, what follows the end.

use crate::mismatch::Mismatch;

/// Lists and objects within each other, at most.
const DEEPEST: usize = 64;

/// A value, with numbers as they are written.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Null,
    Truth(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// A document, and what its bytes say beyond its values.
pub struct Document {
    pub root: Node,
    pub flaws: Vec<String>,
}

/// Takes a document apart.
///
/// # Errors
/// Bytes that are no JSON at all.
pub fn read(bytes: &[u8]) -> Result<Document, Mismatch> {
    let text = std::str::from_utf8(bytes).map_err(|_| "n'est pas de l'UTF-8".to_owned())?;
    let mut reader = Reader { text, at: 0, flaws: Vec::new() };
    let root = reader.value("", 0)?;
    reader.space();
    if reader.at < text.len() {
        reader.flaw("octets après la fin du document");
    }
    Ok(Document { root, flaws: reader.flaws })
}

impl Node {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Node::Object(pairs) => pairs.iter().find(|(own, _)| own == key).map(|(_, node)| node),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number written as such.
    pub fn whole(&self) -> Option<i64> {
        match self {
            Node::Number(number) => number.parse().ok(),
            _ => None,
        }
    }

    pub fn number(&self) -> Option<f64> {
        match self {
            Node::Number(number) => number.parse().ok(),
            _ => None,
        }
    }

    /// The keys of an object with their values; none of anything else.
    pub fn entries(&self) -> &[(String, Node)] {
        if let Node::Object(pairs) = self { pairs } else { &[] }
    }

    /// The elements of a list; nothing for any other value.
    pub fn items(&self) -> &[Node] {
        match self {
            Node::List(items) => items,
            _ => &[],
        }
    }

    /// The value as `serde_json` holds it.
    pub fn value(&self) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Node::Null => Value::Null,
            Node::Truth(truth) => Value::Bool(*truth),
            Node::Number(number) => serde_json::from_str(number).unwrap_or(Value::Null),
            Node::Text(text) => Value::String(text.clone()),
            Node::List(items) => items.iter().map(Node::value).collect(),
            Node::Object(pairs) => {
                Value::Object(pairs.iter().map(|(key, node)| (key.clone(), node.value())).collect())
            }
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    flaws: Vec<String>,
}

impl Reader<'_> {
    fn flaw(&mut self, words: &str) {
        if !self.flaws.iter().any(|known| known == words) {
            self.flaws.push(words.to_owned());
        }
    }

    fn broken<T>(&self) -> Result<T, Mismatch> {
        Err(format!("n'est pas du JSON, à l'octet {}", self.at).into())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        let before = self.at;
        while self.peek().is_some_and(|byte| b" \t\r\n".contains(&byte)) {
            self.at += 1;
        }
        if self.at > before {
            self.flaw("espaces entre les valeurs : le serveur n'en écrit pas");
        }
    }

    fn takes(&mut self, sign: u8) -> bool {
        self.space();
        let found = self.peek() == Some(sign);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, path: &str, depth: usize) -> Result<Node, Mismatch> {
        if depth > DEEPEST {
            return self.broken();
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.object(path, depth),
            Some(b'[') => self.list(path, depth),
            Some(b'"') => self.quoted(path).map(Node::Text),
            _ => self.word(),
        }
    }

    fn object(&mut self, path: &str, depth: usize) -> Result<Node, Mismatch> {
        self.at += 1;
        let mut pairs: Vec<(String, Node)> = Vec::new();
        if self.takes(b'}') {
            return Ok(Node::Object(pairs));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return self.broken();
            }
            let key = self.quoted(path)?;
            if !self.takes(b':') {
                return self.broken();
            }
            let inside = join(path, &key);
            let value = self.value(&inside, depth + 1)?;
            if pairs.iter().any(|(known, _)| *known == key) {
                self.flaw(&format!("{inside} : cette clé y est deux fois"));
            }
            pairs.push((key, value));
            if self.takes(b'}') {
                return Ok(Node::Object(pairs));
            }
            if !self.takes(b',') {
                return self.broken();
            }
        }
    }

    fn list(&mut self, path: &str, depth: usize) -> Result<Node, Mismatch> {
        self.at += 1;
        let mut items = Vec::new();
        if self.takes(b']') {
            return Ok(Node::List(items));
        }
        loop {
            items.push(self.value(&format!("{path}[{}]", items.len()), depth + 1)?);
            if self.takes(b']') {
                return Ok(Node::List(items));
            }
            if !self.takes(b',') {
                return self.broken();
            }
        }
    }

    fn quoted(&mut self, path: &str) -> Result<String, Mismatch> {
        let bytes = self.text.as_bytes();
        let mut end = self.at + 1;
        while bytes.get(end).is_some_and(|byte| *byte != b'"') {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let Some(written) = self.text.get(self.at..end + 1) else { return self.broken() };
        let Ok(text) = serde_json::from_str::<String>(written) else { return self.broken() };
        self.at = end + 1;
        // One text has many spellings: which one was chosen could say something.
        if serde_json::to_string(&text).is_ok_and(|plain| plain != written) {
            self.flaw(&format!("{path} : un texte écrit autrement que le serveur ne l'écrit"));
        }
        Ok(text)
    }

    fn word(&mut self) -> Result<Node, Mismatch> {
        let rest = &self.text[self.at..];
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        let length = rest.bytes().take_while(|byte| plain(*byte)).count();
        let word = &rest[..length];
        let node = match word {
            "null" => Node::Null,
            "true" => Node::Truth(true),
            "false" => Node::Truth(false),
            _ if serde_json::from_str::<serde_json::Number>(word).is_ok() => {
                Node::Number(word.to_owned())
            }
            _ => return self.broken(),
        };
        self.at += length;
        Ok(node)
    }
}

/// `scales[0].bounds`.
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(read(text.as_bytes()).unwrap().flaws, expected, "{text}");
    }

    #[test]
    fn what_bytes_say_beyond_values_is_a_flaw() {
        check("{\"a\":[1,-2.5e3,\"é\\n\",null,true]}", &[]);
        check("{\"a\":{\"b\":1,\"b\":1}}", &["a.b : cette clé y est deux fois"]);
        check("[1, 2]", &["espaces entre les valeurs : le serveur n'en écrit pas"]);
        check("[1]x", &["octets après la fin du document"]);
        check("[\"\\u0061\"]", &["[0] : un texte écrit autrement que le serveur ne l'écrit"]);
    }

    #[test]
    fn what_is_no_json_is_an_error_and_deep_lists_are_no_overflow() {
        let deep = "[".repeat(100_000);
        for text in ["", "{", "[1", "{\"a\"}", "\"\\", "01", "nul", "[1,]", "\"é", &deep] {
            assert!(read(text.as_bytes()).is_err(), "{text:.20}");
        }
        assert!(read(b"\xff").is_err());
    }
}
