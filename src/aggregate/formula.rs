//! The formulas of the catalogue: integer sums, comparisons and conditions over one record.
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
//! most [`LIMIT`] steps over 32-bit values, so nothing overflows.

use std::iter::Peekable;
use std::vec::IntoIter;

/// The most steps a formula may have.
const LIMIT: usize = 256;

/// The deepest nesting of parentheses and negations.
const DEPTH: usize = 32;

/// A value that is not known.
const MISSING: i64 = i64::MIN;

/// The formula cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadFormula {
    #[error("« {0} » n'est pas attendu ici")]
    Unexpected(String),
    #[error("la formule s'arrête trop tôt")]
    Short,
    #[error("« {0} » n'est ni une colonne du schéma ni un nom connu")]
    Name(String),
    #[error("« {0} » n'est pas une valeur de la colonne à laquelle on la compare")]
    Code(String),
    #[error("la formule dépasse {LIMIT} pas ou {DEPTH} niveaux")]
    Long,
}

/// What the names of a formula mean.
pub trait Names {
    /// The place of a column's value in the slots given to [`Formula::value`].
    fn slot(&self, name: &str) -> Option<usize>;
    /// The integer that stands for a code of a column.
    fn code(&self, column: &str, code: &str) -> Option<i32>;
    /// The value of a name that is the same for every record.
    fn constant(&self, name: &str) -> Option<i32>;
}

/// A formula ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Formula {
    steps: Vec<Step>,
    depth: usize,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Constant(i64),
    Slot(usize),
    Known(usize),
    Not,
    Add,
    Subtract,
    Compare(Comparison),
    /// Whether the value under the `n` others on the stack is one of them.
    In(usize),
    And,
    Or,
}

#[derive(Clone, Copy, Debug)]
enum Comparison {
    Equal,
    Different,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Formula {
    /// Reads a formula.
    pub fn parse(text: &str, names: &dyn Names) -> Result<Formula, BadFormula> {
        let tokens = tokens(text)?;
        if tokens.len() > LIMIT {
            return Err(BadFormula::Long);
        }
        let mut parser =
            Parser { tokens: tokens.into_iter().peekable(), names, steps: Vec::new(), level: 0 };
        parser.or()?;
        match parser.tokens.next() {
            Some(token) => Err(BadFormula::Unexpected(token.to_string())),
            // No step pushes more than one value.
            None => Ok(Formula { depth: parser.steps.len(), steps: parser.steps }),
        }
    }

    /// The value of the formula for one record, or `None` if it is not known. `slots` holds the
    /// record's values, `missing` those that are absent; `stack` is scratch space.
    pub fn value(&self, slots: &[i32], missing: i32, stack: &mut Vec<i64>) -> Option<i64> {
        stack.clear();
        stack.reserve(self.depth);
        for step in &self.steps {
            let value = match *step {
                Step::Constant(value) => value,
                Step::Slot(slot) if slots[slot] == missing => MISSING,
                Step::Slot(slot) => i64::from(slots[slot]),
                Step::Known(slot) => i64::from(slots[slot] != missing),
                Step::Not => match pop(stack) {
                    MISSING => MISSING,
                    value => i64::from(value == 0),
                },
                Step::Add => with_both(stack, |left, right| left + right),
                Step::Subtract => with_both(stack, |left, right| left - right),
                Step::Compare(comparison) => {
                    with_both(stack, |left, right| i64::from(comparison.holds(left, right)))
                }
                Step::In(count) => is_in(stack, count),
                Step::And => {
                    let (right, left) = (pop(stack), pop(stack));
                    if left == 0 || right == 0 { 0 } else { left.min(right).min(1) }
                }
                Step::Or => {
                    let (right, left) = (pop(stack), pop(stack));
                    let is_true = |value: i64| value != 0 && value != MISSING;
                    if is_true(left) || is_true(right) { 1 } else { left.min(right) }
                }
            };
            stack.push(value);
        }
        Some(pop(stack)).filter(|value| *value != MISSING)
    }

    /// Whether the formula is known and not 0.
    pub fn holds(&self, slots: &[i32], missing: i32, stack: &mut Vec<i64>) -> bool {
        self.value(slots, missing, stack).is_some_and(|value| value != 0)
    }
}

/// The parser pushes an operand before each operator, so the stack is never empty here.
fn pop(stack: &mut Vec<i64>) -> i64 {
    stack.pop().unwrap_or(MISSING)
}

fn with_both(stack: &mut Vec<i64>, combine: impl Fn(i64, i64) -> i64) -> i64 {
    let (right, left) = (pop(stack), pop(stack));
    if left == MISSING || right == MISSING { MISSING } else { combine(left, right) }
}

fn is_in(stack: &mut Vec<i64>, count: usize) -> i64 {
    let members = stack.len() - count;
    let value = stack[members - 1];
    let list = &stack[members..];
    let answer = if value == MISSING {
        MISSING
    } else if list.contains(&value) {
        1
    } else if list.contains(&MISSING) {
        MISSING
    } else {
        0
    };
    stack.truncate(members - 1);
    answer
}

impl Comparison {
    fn holds(self, left: i64, right: i64) -> bool {
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

fn tokens(text: &str) -> Result<Vec<Token>, BadFormula> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let unexpected = || BadFormula::Unexpected(first.to_string());
        let length = if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            found.push(Token::Sign(sign));
            sign.len()
        } else if first == '\'' {
            let end = rest[1..].find('\'').ok_or(BadFormula::Short)?;
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

struct Parser<'a> {
    tokens: Peekable<IntoIter<Token>>,
    names: &'a dyn Names,
    steps: Vec<Step>,
    level: usize,
}

impl Parser<'_> {
    fn takes(&mut self, sign: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Sign(found) if *found == sign)).is_some()
    }

    fn expect(&mut self, sign: &str) -> Result<(), BadFormula> {
        if self.takes(sign) {
            return Ok(());
        }
        Err(self.tokens.next().map_or(BadFormula::Short, |t| BadFormula::Unexpected(t.to_string())))
    }

    fn or(&mut self) -> Result<(), BadFormula> {
        self.and()?;
        while self.takes("||") {
            self.and()?;
            self.steps.push(Step::Or);
        }
        Ok(())
    }

    fn and(&mut self) -> Result<(), BadFormula> {
        self.compare()?;
        while self.takes("&&") {
            self.compare()?;
            self.steps.push(Step::And);
        }
        Ok(())
    }

    fn compare(&mut self) -> Result<(), BadFormula> {
        let column = match self.tokens.peek() {
            Some(Token::Name(name)) => Some(name.clone()),
            _ => None,
        };
        self.sum(None)?;
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
                self.sum(column.as_deref())?;
                self.steps.push(Step::Compare(comparison));
                return Ok(());
            }
        }
        if self.tokens.next_if(|token| *token == Token::Name("in".into())).is_some() {
            self.expect("(")?;
            let mut count = 0;
            loop {
                self.sum(column.as_deref())?;
                count += 1;
                if !self.takes(",") {
                    break;
                }
            }
            self.expect(")")?;
            self.steps.push(Step::In(count));
        }
        Ok(())
    }

    fn sum(&mut self, column: Option<&str>) -> Result<(), BadFormula> {
        self.atom(column)?;
        loop {
            let step = if self.takes("+") {
                Step::Add
            } else if self.takes("-") {
                Step::Subtract
            } else {
                return Ok(());
            };
            self.atom(column)?;
            self.steps.push(step);
        }
    }

    /// `column` is the one a code is compared to.
    fn atom(&mut self, column: Option<&str>) -> Result<(), BadFormula> {
        self.level += 1;
        if self.level > DEPTH {
            return Err(BadFormula::Long);
        }
        let step = match self.tokens.next().ok_or(BadFormula::Short)? {
            Token::Sign("!") => {
                self.atom(None)?;
                Some(Step::Not)
            }
            Token::Sign("(") => {
                self.or()?;
                self.expect(")")?;
                None
            }
            Token::Integer(value) => Some(Step::Constant(value.into())),
            Token::Code(code) => {
                let value = column.and_then(|column| self.names.code(column, &code));
                Some(Step::Constant(value.ok_or(BadFormula::Code(code))?.into()))
            }
            Token::Name(name) if name == "known" => {
                self.expect("(")?;
                let slot = match self.tokens.next().ok_or(BadFormula::Short)? {
                    Token::Name(name) => self.names.slot(&name).ok_or(BadFormula::Name(name))?,
                    other => return Err(BadFormula::Unexpected(other.to_string())),
                };
                self.expect(")")?;
                Some(Step::Known(slot))
            }
            Token::Name(name) => match self.names.constant(&name) {
                Some(value) => Some(Step::Constant(value.into())),
                None => Some(Step::Slot(self.names.slot(&name).ok_or(BadFormula::Name(name))?)),
            },
            other => return Err(BadFormula::Unexpected(other.to_string())),
        };
        self.steps.extend(step);
        self.level -= 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Toy;

    impl Names for Toy {
        fn slot(&self, name: &str) -> Option<usize> {
            ["A", "B", "LETTRE"].into_iter().position(|known| known == name)
        }

        fn code(&self, column: &str, code: &str) -> Option<i32> {
            (column == "LETTRE")
                .then(|| ["x", "y"].into_iter().position(|known| known == code))?
                .map(|at| at as i32 + 1)
        }

        fn constant(&self, name: &str) -> Option<i32> {
            (name == "REFERENCE").then_some(100)
        }
    }

    /// A is 7, B is missing, LETTRE is 'y'.
    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        let formula = Formula::parse(text, &Toy).unwrap();
        assert_eq!(formula.value(&[7, i32::MIN, 2], i32::MIN, &mut Vec::new()), expected, "{text}");
    }

    #[test]
    fn sums_and_comparisons_follow_arithmetic() {
        check("1", Some(1));
        check("A + 2 - 4", Some(5));
        check("REFERENCE - A < 94 && A >= 7", Some(1));
        check("A < 7 || A > 7", Some(0));
        check("!(A = 7)", Some(0));
        check("A != 7 || A = 7 && A in (1, 7)", Some(1));
        check("LETTRE = 'y'", Some(1));
        check("LETTRE in ('x')", Some(0));
    }

    #[test]
    fn a_missing_value_is_never_zero() {
        check("B", None);
        check("B + 1", None);
        check("B = 0", None);
        check("!(B = 0)", None);
        check("known(B)", Some(0));
        check("known(B) && B = 0", Some(0));
        check("B = 0 || A = 7", Some(1));
        check("B = 0 && A = 7", None);
        check("B in (0, 1)", None);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in [
            "",
            "A +",
            "A B",
            "(A",
            "C",
            "A = 'x'",
            "LETTRE = 'z'",
            "A € 2",
            "99999999999",
            "known(1)",
        ] {
            assert!(Formula::parse(text, &Toy).is_err(), "{text}");
        }
        assert_eq!(Formula::parse(&"(".repeat(200), &Toy).unwrap_err(), BadFormula::Long);
        assert_eq!(Formula::parse(&"A + ".repeat(300), &Toy).unwrap_err(), BadFormula::Long);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[AB()&|=<>+!'inxy0-9 ,-]{0,40}") {
            if let Ok(formula) = Formula::parse(&text, &Toy) {
                formula.value(&[7, i32::MIN, 2], i32::MIN, &mut Vec::new());
            }
        }
    }
}
