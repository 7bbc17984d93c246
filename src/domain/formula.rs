//! The syntax of the catalogue's formulas: integer sums, comparisons and conditions over one record.
//!
//! ```text
//! or      = and { "||" and }            compare = sum [ ("=" | "!=" | "<" | "<=" | ">" | ">=") sum
//! and     = compare { "&&" compare }                  | "in" "(" sum { "," sum } ")" ]
//! sum     = atom { ("+" | "-") atom }   atom    = "!" atom | integer | 'code' | name
//!                                               | "known" "(" name ")" | "(" or ")"
//! ```
//!
//! A missing value makes the sums and comparisons it enters missing; `false && missing` is false
//! and `true || missing` is true. Conditions are 0 or 1. There is no product, and a formula has at
//! most `LIMIT` tokens over 32-bit values, so nothing overflows. What evaluates a formula, and what
//! its names mean, is said elsewhere.

use std::iter::Peekable;
use std::vec::IntoIter;

use crate::fault::{Fault, HasFault};

/// The most tokens a formula may have.
const LIMIT: usize = 256;

/// The deepest nesting of parentheses and negations.
const DEPTH: usize = 32;

/// The text is not a formula.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum BadSyntax {
    #[error("« {0} » n'est pas attendu ici")]
    Unexpected(String),
    #[error("la formule s'arrête trop tôt")]
    Short,
    #[error("la formule dépasse {LIMIT} pas ou {DEPTH} niveaux")]
    Long,
}

impl HasFault for BadSyntax {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// A formula that was read. Chains of one operator lean to the left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// A constant.
    Integer(i32),
    /// A code, with the name that it is compared to.
    Code {
        /// The name on the left of the comparison; `None` where a code is compared to no name.
        name: Option<String>,
        /// The code, without its quotes.
        code: String,
    },
    /// A column, or a constant such as `REFERENCE`.
    Name(String),
    /// Whether a column has a value.
    Known(String),
    /// 1 where it is 0, 0 where it is not; missing where it is missing.
    Not(Box<Expression>),
    /// The sum of both; missing where one is.
    Add(Box<Expression>, Box<Expression>),
    /// The first less the second; missing where one is.
    Subtract(Box<Expression>, Box<Expression>),
    /// 0 or 1; missing where one side is.
    Compare(Box<Expression>, Comparison, Box<Expression>),
    /// Whether the value is one of the list.
    In(Box<Expression>, Vec<Expression>),
    /// 0 where one is 0, even if the other is missing.
    And(Box<Expression>, Box<Expression>),
    /// 1 where one is not 0, even if the other is missing.
    Or(Box<Expression>, Box<Expression>),
}

/// How two sums are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    Different,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// Whether it holds between two values.
    pub fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Comparison::Equal => left == right,
            Comparison::Different => left != right,
            Comparison::Less => left < right,
            Comparison::AtMost => left <= right,
            Comparison::More => left > right,
            Comparison::AtLeast => left >= right,
        }
    }
}

impl Expression {
    /// Reads a formula.
    ///
    /// # Errors
    /// [`BadSyntax`] for text that the grammar does not have, over 256 tokens, or nested deeper than 32.
    pub fn parse(text: &str) -> Result<Expression, BadSyntax> {
        let tokens = tokens(text)?;
        if tokens.len() > LIMIT {
            return Err(BadSyntax::Long);
        }
        let mut parser = Parser { tokens: tokens.into_iter().peekable(), level: 0 };
        let expression = parser.or()?;
        match parser.tokens.next() {
            Some(token) => Err(BadSyntax::Unexpected(token.to_string())),
            None => Ok(expression),
        }
    }

    /// The conditions that must all hold for this one to hold.
    pub fn conjuncts(&self) -> Vec<&Expression> {
        match self {
            Expression::And(left, right) => {
                let mut all = left.conjuncts();
                all.extend(right.conjuncts());
                all
            }
            other => vec![other],
        }
    }

    /// Calls `each` with every name that the formula reads; `known` says whether it only asks if
    /// the column has a value.
    pub fn names<'e>(&'e self, each: &mut dyn FnMut(&'e str, bool)) {
        match self {
            Expression::Integer(_) | Expression::Code { .. } => {}
            Expression::Name(name) => each(name, false),
            Expression::Known(name) => each(name, true),
            Expression::Not(inner) => inner.names(each),
            Expression::In(value, list) => {
                value.names(each);
                list.iter().for_each(|entry| entry.names(each));
            }
            Expression::Add(left, right)
            | Expression::Subtract(left, right)
            | Expression::Compare(left, _, right)
            | Expression::And(left, right)
            | Expression::Or(left, right) => {
                left.names(each);
                right.names(each);
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Integer(i32),
    Code(String),
    Name(String),
    Sign(&'static str),
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::Integer(value) => write!(f, "{value}"),
            Token::Code(code) => write!(f, "'{code}'"),
            Token::Name(name) => f.write_str(name),
            Token::Sign(sign) => f.write_str(sign),
        }
    }
}

/// Longer signs come before their beginnings.
const SIGNS: [&str; 14] =
    ["&&", "||", "!=", "<=", ">=", "=", "<", ">", "!", "+", "-", "(", ")", ","];

fn tokens(text: &str) -> Result<Vec<Token>, BadSyntax> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let unexpected = || BadSyntax::Unexpected(first.to_string());
        let length = if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            found.push(Token::Sign(sign));
            sign.len()
        } else if first == '\'' {
            let end = rest[1..].find('\'').ok_or(BadSyntax::Short)?;
            found.push(Token::Code(rest[1..=end].to_owned()));
            end + 2
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            found.push(Token::Integer(rest[..end].parse().map_err(|_| unexpected())?));
            end
        } else if first.is_ascii_alphabetic() {
            let inside = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            let end = rest.find(|c| !inside(c)).unwrap_or(rest.len());
            found.push(Token::Name(rest[..end].to_owned()));
            end
        } else {
            return Err(unexpected());
        };
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
    level: usize,
}

impl Parser {
    fn takes(&mut self, sign: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Sign(found) if *found == sign)).is_some()
    }

    fn expect(&mut self, sign: &str) -> Result<(), BadSyntax> {
        if self.takes(sign) {
            return Ok(());
        }
        Err(self.tokens.next().map_or(BadSyntax::Short, |t| BadSyntax::Unexpected(t.to_string())))
    }

    fn or(&mut self) -> Result<Expression, BadSyntax> {
        let mut whole = self.and()?;
        while self.takes("||") {
            whole = Expression::Or(whole.into(), self.and()?.into());
        }
        Ok(whole)
    }

    fn and(&mut self) -> Result<Expression, BadSyntax> {
        let mut whole = self.compare()?;
        while self.takes("&&") {
            whole = Expression::And(whole.into(), self.compare()?.into());
        }
        Ok(whole)
    }

    fn compare(&mut self) -> Result<Expression, BadSyntax> {
        let name = match self.tokens.peek() {
            Some(Token::Name(name)) => Some(name.clone()),
            _ => None,
        };
        let left = self.sum(None)?;
        let signs = [
            ("=", Comparison::Equal),
            ("!=", Comparison::Different),
            ("<=", Comparison::AtMost),
            (">=", Comparison::AtLeast),
            ("<", Comparison::Less),
            (">", Comparison::More),
        ];
        for (sign, comparison) in signs {
            if self.takes(sign) {
                let right = self.sum(name.as_deref())?;
                return Ok(Expression::Compare(left.into(), comparison, right.into()));
            }
        }
        if self.tokens.next_if(|token| *token == Token::Name("in".into())).is_none() {
            return Ok(left);
        }
        self.expect("(")?;
        let mut list = Vec::new();
        loop {
            list.push(self.sum(name.as_deref())?);
            if !self.takes(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(Expression::In(left.into(), list))
    }

    fn sum(&mut self, compared: Option<&str>) -> Result<Expression, BadSyntax> {
        let mut whole = self.atom(compared)?;
        loop {
            if self.takes("+") {
                whole = Expression::Add(whole.into(), self.atom(compared)?.into());
            } else if self.takes("-") {
                whole = Expression::Subtract(whole.into(), self.atom(compared)?.into());
            } else {
                return Ok(whole);
            }
        }
    }

    /// `compared` is the name that a code is compared to.
    fn atom(&mut self, compared: Option<&str>) -> Result<Expression, BadSyntax> {
        self.level += 1;
        if self.level > DEPTH {
            return Err(BadSyntax::Long);
        }
        let atom = match self.tokens.next().ok_or(BadSyntax::Short)? {
            Token::Sign("!") => Expression::Not(self.atom(None)?.into()),
            Token::Sign("(") => {
                let inner = self.or()?;
                self.expect(")")?;
                inner
            }
            Token::Integer(value) => Expression::Integer(value),
            Token::Code(code) => Expression::Code { name: compared.map(str::to_owned), code },
            Token::Name(name) if name == "known" => {
                self.expect("(")?;
                let known = match self.tokens.next().ok_or(BadSyntax::Short)? {
                    Token::Name(name) => Expression::Known(name),
                    other => return Err(BadSyntax::Unexpected(other.to_string())),
                };
                self.expect(")")?;
                known
            }
            Token::Name(name) => Expression::Name(name),
            other => return Err(BadSyntax::Unexpected(other.to_string())),
        };
        self.level -= 1;
        Ok(atom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in ["", "A +", "A B", "(A", "A € 2", "99999999999", "known(1)", "A = "] {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
        assert_eq!(Expression::parse(&"(".repeat(200)).unwrap_err(), BadSyntax::Long);
        assert_eq!(Expression::parse(&"A + ".repeat(300)).unwrap_err(), BadSyntax::Long);
    }

    #[test]
    fn a_conjunction_is_the_list_of_its_conditions() {
        let read = Expression::parse("A = 1 && (B > 2 && known(C)) && (D = 1 || E = 1)").unwrap();
        assert_eq!(read.conjuncts().len(), 4);
        let mut names = Vec::new();
        read.names(&mut |name, known| names.push((name, known)));
        assert_eq!(names, [("A", false), ("B", false), ("C", true), ("D", false), ("E", false)]);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[AB()&|=<>+!'inxy0-9 ,-]{0,40}") {
            if let Ok(read) = Expression::parse(&text) {
                read.names(&mut |_, _| ());
            }
        }
    }
}
