//! CQL2 in its text encoding (OGC 21-065r2), as far as codes, names, communes and places go: comparisons,
//! `LIKE`, `IN`, `BETWEEN`, `IS NULL`, `CASEI`, `S_INTERSECTS` with a box or a point, `AND`, `OR`, `NOT`.

mod parser;
mod tokens;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Ordering;

use super::filter::{Area, Queryable};
use domain::{Fault, HasFault};

/// Bytes of an expression.
pub const MAX_FILTER: usize = 2_048;

/// Parentheses and functions within each other, at most.
const DEEPEST: usize = 24;

/// `LIKE`, `CASEI` of a column and `S_INTERSECTS` of an expression, at most: each is worked out for each zone.
const MOST_COSTLY: usize = 8;

/// Why a text is no expression. None of them repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is wrong")]
pub enum BadFilter {
    #[error("un filtre a au plus 2048 octets")]
    Long,
    #[error("un filtre a au plus 24 parenthèses imbriquées")]
    Deep,
    #[error("un filtre a au plus huit LIKE, CASEI et S_INTERSECTS")]
    Costly,
    #[error("un filtre s'écrit en CQL2 (texte)")]
    Syntax,
    #[error("un filtre ne lit que code, nom, communes et geometry")]
    Property,
    #[error("un filtre ne compare que des textes, et un lieu à BBOX ou POINT")]
    Type,
}

impl HasFault for BadFilter {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// An expression that is true, false, or unknown of a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression(Node);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Any(Vec<Node>),
    All(Vec<Node>),
    Not(Box<Node>),
    Literal(bool),
    Compare(Scalar, Comparison, Scalar),
    Between(Scalar, Scalar, Scalar),
    Like(Scalar, Pattern),
    In(Scalar, Vec<Scalar>),
    IsNull(Scalar),
    Meets(Area),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Different,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

#[derive(Clone, Debug, PartialEq)]
enum Scalar {
    Column(Queryable),
    Text(String),
    /// Without regard to case.
    Folded(Box<Scalar>),
}

/// What `LIKE` compares with.
#[derive(Clone, Debug, PartialEq)]
struct Pattern {
    pieces: Vec<Piece>,
    /// Letters that a text must have at least.
    least: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// `%`: any letters.
    Any,
    /// `_`: one letter.
    One,
    Letter(char),
}

/// The value of a column of one zone.
type Values<'v, 't> = dyn Fn(Queryable) -> Option<&'t str> + 'v;

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`BadFilter`].
    pub fn read(text: &str) -> Result<Expression, BadFilter> {
        parser::read(text).map(Expression)
    }

    /// Whether it is true of a zone; `None` where a column that has no value leaves it unknown.
    pub(super) fn holds<'t>(
        &'t self,
        values: &Values<'_, 't>,
        is_in: &dyn Fn(&Area) -> bool,
    ) -> Option<bool> {
        self.0.holds(values, is_in)
    }
}

impl Node {
    fn holds<'t>(&'t self, values: &Values<'_, 't>, is_in: &dyn Fn(&Area) -> bool) -> Option<bool> {
        match self {
            Node::Any(nodes) => decided(nodes.iter().map(|node| node.holds(values, is_in)), true),
            Node::All(nodes) => decided(nodes.iter().map(|node| node.holds(values, is_in)), false),
            Node::Not(node) => node.holds(values, is_in).map(|truth| !truth),
            Node::Literal(truth) => Some(*truth),
            Node::Compare(one, comparison, other) => {
                Some(comparison.holds((*one.value(values)?).cmp(&*other.value(values)?)))
            }
            Node::Between(own, low, high) => {
                let own = own.value(values)?;
                let (low, high) = (low.value(values)?, high.value(values)?);
                Some(low <= own && own <= high)
            }
            Node::Like(own, pattern) => Some(pattern.holds(&own.value(values)?)),
            Node::In(own, list) => {
                let own = own.value(values)?;
                let is = |other: &'t Scalar| Some(other.value(values)? == own);
                decided(list.iter().map(is), true)
            }
            Node::IsNull(own) => Some(own.value(values).is_none()),
            Node::Meets(area) => Some(is_in(area)),
        }
    }
}

/// Whether one of some answers is `truth`: else the opposite, or unknown where one is.
fn decided(answers: impl Iterator<Item = Option<bool>>, truth: bool) -> Option<bool> {
    let mut found = Some(!truth);
    for answer in answers {
        match answer {
            Some(own) if own == truth => return Some(truth),
            None => found = None,
            Some(_) => {}
        }
    }
    found
}

impl Scalar {
    fn value<'t>(&'t self, values: &Values<'_, 't>) -> Option<Cow<'t, str>> {
        match self {
            Scalar::Column(column) => values(*column).map(Cow::Borrowed),
            Scalar::Text(text) => Some(Cow::Borrowed(text)),
            Scalar::Folded(inner) => Some(Cow::Owned(inner.value(values)?.to_lowercase())),
        }
    }
}

impl Comparison {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Comparison::Equal => ordering.is_eq(),
            Comparison::Different => ordering.is_ne(),
            Comparison::Less => ordering.is_lt(),
            Comparison::LessOrEqual => ordering.is_le(),
            Comparison::More => ordering.is_gt(),
            Comparison::MoreOrEqual => ordering.is_ge(),
        }
    }
}

impl Pattern {
    /// `%` is any letters, `_` one, and `\` before them makes them letters.
    fn new(text: &str) -> Pattern {
        let (mut pieces, mut letters) = (Vec::new(), text.chars());
        while let Some(letter) = letters.next() {
            pieces.push(match letter {
                '%' if pieces.last() == Some(&Piece::Any) => continue,
                '%' => Piece::Any,
                '_' => Piece::One,
                '\\' => Piece::Letter(letters.next().unwrap_or('\\')),
                letter => Piece::Letter(letter),
            });
        }
        let least = pieces.iter().filter(|piece| **piece != Piece::Any).count();
        Pattern { pieces, least }
    }

    /// Goes back to the last `%` alone: the time is bounded by the square of the text's length, whatever the
    /// pattern.
    fn holds(&self, text: &str) -> bool {
        if text.chars().take(self.least).count() < self.least {
            return false;
        }
        let (mut at, mut rest) = (0, text.chars());
        let mut back = None;
        loop {
            let piece = self.pieces.get(at);
            if piece == Some(&Piece::Any) {
                at += 1;
                back = Some((at, rest.clone()));
                continue;
            }
            let mut after = rest.clone();
            match (piece, after.next()) {
                (None, None) => return true,
                (Some(_), None) => return false,
                (Some(piece), Some(letter))
                    if *piece == Piece::One || *piece == Piece::Letter(letter) =>
                {
                    at += 1;
                    rest = after;
                    continue;
                }
                _ => {}
            }
            let Some((to, from)) = &mut back else { return false };
            from.next();
            (at, rest) = (*to, from.clone());
        }
    }
}
