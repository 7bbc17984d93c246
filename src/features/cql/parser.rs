//! From words to an expression, by recursive descent: the depth is bounded by parentheses alone.

use super::tokens::{Token, tokens};
use super::{BadFilter, Comparison, DEEPEST, MAX_FILTER, MOST_COSTLY, Node, Pattern, Scalar};
use crate::filter::{Area, Queryable};

/// The name of the geometry in filters.
const GEOMETRY: &str = "geometry";

/// Words that are no names.
const KEY_WORDS: [&str; 16] = [
    "AND",
    "OR",
    "NOT",
    "TRUE",
    "FALSE",
    "NULL",
    "IS",
    "IN",
    "LIKE",
    "BETWEEN",
    "CASEI",
    "ACCENTI",
    "BBOX",
    "POINT",
    "DATE",
    "TIMESTAMP",
];

pub(super) fn read(text: &str) -> Result<Node, BadFilter> {
    if text.len() > MAX_FILTER {
        return Err(BadFilter::Long);
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, costly: 0 };
    let node = parser.any(0)?;
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(BadFilter::Syntax),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    costly: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Result<Token, BadFilter> {
        let token = self.tokens.get(self.at).cloned().ok_or(BadFilter::Syntax)?;
        self.at += 1;
        Ok(token)
    }

    /// Whether the next word is this key word.
    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(own)) if own.eq_ignore_ascii_case(word))
    }

    /// Passes over a key word, where it is the next.
    fn takes(&mut self, word: &str) -> bool {
        let is_next = self.is_word(word);
        self.at += usize::from(is_next);
        is_next
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Token::Sign(own)) if *own == sign);
        self.at += usize::from(is_next);
        is_next
    }

    fn sign(&mut self, sign: &str) -> Result<(), BadFilter> {
        if self.takes_sign(sign) { Ok(()) } else { Err(BadFilter::Syntax) }
    }

    /// Whether a key word with a parenthesis comes next; both are passed over.
    fn calls(&mut self, word: &str) -> bool {
        let opens = self.tokens.get(self.at + 1) == Some(&Token::Sign("("));
        let is_next = opens && self.is_word(word);
        self.at += if is_next { 2 } else { 0 };
        is_next
    }

    /// Counts something that is worked out for each zone.
    fn costs(&mut self) -> Result<(), BadFilter> {
        self.costly += 1;
        if self.costly > MOST_COSTLY { Err(BadFilter::Costly) } else { Ok(()) }
    }

    fn any(&mut self, depth: usize) -> Result<Node, BadFilter> {
        let mut nodes = vec![self.all(depth)?];
        while self.takes("OR") {
            nodes.push(self.all(depth)?);
        }
        Ok(one_or(nodes, Node::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Node, BadFilter> {
        let mut nodes = vec![self.factor(depth)?];
        while self.takes("AND") {
            nodes.push(self.factor(depth)?);
        }
        Ok(one_or(nodes, Node::All))
    }

    fn factor(&mut self, depth: usize) -> Result<Node, BadFilter> {
        if self.takes("NOT") {
            return Ok(Node::Not(Box::new(self.primary(depth)?)));
        }
        self.primary(depth)
    }

    fn primary(&mut self, depth: usize) -> Result<Node, BadFilter> {
        if self.takes_sign("(") {
            if depth == DEEPEST {
                return Err(BadFilter::Deep);
            }
            let node = self.any(depth + 1)?;
            self.sign(")")?;
            return Ok(node);
        }
        if self.takes("TRUE") {
            return Ok(Node::Literal(true));
        }
        if self.takes("FALSE") {
            return Ok(Node::Literal(false));
        }
        if self.calls("S_INTERSECTS") {
            return self.meets();
        }
        let own = self.scalar(depth)?;
        self.predicate(own, depth)
    }

    /// What is said of a scalar.
    fn predicate(&mut self, own: Scalar, depth: usize) -> Result<Node, BadFilter> {
        if self.takes("IS") {
            let is_not = self.takes("NOT");
            return match self.takes("NULL") {
                true => Ok(not_if(is_not, Node::IsNull(own))),
                false => Err(BadFilter::Syntax),
            };
        }
        let is_not = self.takes("NOT");
        if self.takes("LIKE") {
            self.costs()?;
            let pattern = Pattern::new(&self.pattern(depth)?);
            return Ok(not_if(is_not, Node::Like(own, pattern)));
        }
        if self.takes("IN") {
            self.sign("(")?;
            let mut list = vec![self.scalar(depth)?];
            while self.takes_sign(",") {
                list.push(self.scalar(depth)?);
            }
            self.sign(")")?;
            return Ok(not_if(is_not, Node::In(own, list)));
        }
        if self.takes("BETWEEN") {
            let low = self.scalar(depth)?;
            if !self.takes("AND") {
                return Err(BadFilter::Syntax);
            }
            let high = self.scalar(depth)?;
            return Ok(not_if(is_not, Node::Between(own, low, high)));
        }
        if is_not {
            return Err(BadFilter::Syntax);
        }
        let comparison = match self.next()? {
            Token::Sign("=") => Comparison::Equal,
            Token::Sign("<>") => Comparison::Different,
            Token::Sign("<") => Comparison::Less,
            Token::Sign("<=") => Comparison::LessOrEqual,
            Token::Sign(">") => Comparison::More,
            Token::Sign(">=") => Comparison::MoreOrEqual,
            _ => return Err(BadFilter::Syntax),
        };
        let other = self.scalar(depth)?;
        Ok(Node::Compare(own, comparison, other))
    }

    /// A column, a text, or one of them without regard to case.
    fn scalar(&mut self, depth: usize) -> Result<Scalar, BadFilter> {
        if self.calls("CASEI") {
            if depth == DEEPEST {
                return Err(BadFilter::Deep);
            }
            let inner = self.scalar(depth + 1)?;
            self.sign(")")?;
            if let Scalar::Text(text) = inner {
                return Ok(Scalar::Text(text.to_lowercase()));
            }
            self.costs()?;
            return Ok(Scalar::Folded(Box::new(inner)));
        }
        let (name, is_quoted) = match self.next()? {
            Token::Text(text) => return Ok(Scalar::Text(text)),
            Token::Number(_) => return Err(BadFilter::Type),
            Token::Word(name) => (name, false),
            Token::Quoted(name) => (name, true),
            Token::Sign(_) => return Err(BadFilter::Syntax),
        };
        let is_key = |word: &&str| name.eq_ignore_ascii_case(word);
        if !is_quoted && KEY_WORDS.iter().any(is_key) {
            return Err(BadFilter::Syntax);
        }
        match Queryable::named(&name) {
            Some(column) => Ok(Scalar::Column(column)),
            None if name == GEOMETRY => Err(BadFilter::Type),
            None => Err(BadFilter::Property),
        }
    }

    /// A text, or one without regard to case: the pattern is in lower case then, as what it is compared with.
    fn pattern(&mut self, depth: usize) -> Result<String, BadFilter> {
        if self.calls("CASEI") {
            if depth == DEEPEST {
                return Err(BadFilter::Deep);
            }
            let pattern = self.pattern(depth + 1)?;
            self.sign(")")?;
            return Ok(pattern.to_lowercase());
        }
        match self.next()? {
            Token::Text(text) => Ok(text),
            _ => Err(BadFilter::Syntax),
        }
    }

    /// The two sides of `S_INTERSECTS`: the geometry and a place, in any order.
    fn meets(&mut self) -> Result<Node, BadFilter> {
        self.costs()?;
        let one = self.place()?;
        self.sign(",")?;
        let other = self.place()?;
        self.sign(")")?;
        match (one, other) {
            (None, Some(area)) | (Some(area), None) => Ok(Node::Meets(area)),
            _ => Err(BadFilter::Type),
        }
    }

    /// A box or a point; `None` for the geometry of the zone.
    fn place(&mut self) -> Result<Option<Area>, BadFilter> {
        if self.calls("BBOX") {
            let mut numbers = vec![self.number()?];
            while self.takes_sign(",") {
                numbers.push(self.number()?);
            }
            self.sign(")")?;
            return Area::new(&numbers).map(Some).map_err(|_| BadFilter::Type);
        }
        if self.calls("POINT") {
            let (x, y) = (self.number()?, self.number()?);
            self.sign(")")?;
            return Area::new(&[x, y, x, y]).map(Some).map_err(|_| BadFilter::Type);
        }
        match self.next()? {
            Token::Word(name) | Token::Quoted(name) if name == GEOMETRY => Ok(None),
            Token::Word(name) | Token::Quoted(name) if Queryable::named(&name).is_some() => {
                Err(BadFilter::Type)
            }
            Token::Word(_) if self.peek() == Some(&Token::Sign("(")) => Err(BadFilter::Type),
            Token::Word(_) | Token::Quoted(_) => Err(BadFilter::Property),
            _ => Err(BadFilter::Syntax),
        }
    }

    fn number(&mut self) -> Result<f64, BadFilter> {
        match self.next()? {
            Token::Number(number) => Ok(number),
            _ => Err(BadFilter::Syntax),
        }
    }
}

fn one_or(mut nodes: Vec<Node>, many: impl Fn(Vec<Node>) -> Node) -> Node {
    match (nodes.len(), nodes.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            nodes.extend(last);
            many(nodes)
        }
    }
}

fn not_if(is_not: bool, node: Node) -> Node {
    if is_not { Node::Not(Box::new(node)) } else { node }
}
