//! The words of an expression.

use super::BadFilter;

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name or a key word, as it is written.
    Word(String),
    /// A name between double quotes: never a key word.
    Quoted(String),
    /// A text between single quotes.
    Text(String),
    Number(f64),
    /// A sign of one or two characters.
    Sign(&'static str),
}

/// Signs, the longer first.
const SIGNS: [&str; 9] = ["<>", "<=", ">=", "=", "<", ">", "(", ")", ","];

/// Cuts a text into words.
///
/// # Errors
/// [`BadFilter::Syntax`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, BadFilter> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '\'' => {
                let (text, after) = quoted(rest, '\'')?;
                (Token::Text(text), after)
            }
            '"' => {
                let (name, after) = quoted(rest, '"')?;
                (Token::Quoted(name), after)
            }
            '0'..='9' | '.' | '+' | '-' => number(rest)?,
            _ if is_start(first) => {
                let end = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
                (Token::Word(rest[..end].to_owned()), &rest[end..])
            }
            _ => {
                let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
                let sign = sign.ok_or(BadFilter::Syntax)?;
                (Token::Sign(sign), &rest[sign.len()..])
            }
        };
        found.push(token);
        rest = after.trim_start();
    }
    Ok(found)
}

fn is_start(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_' || letter == ':'
}

fn is_part(letter: char) -> bool {
    is_start(letter) || letter.is_numeric() || letter == '.'
}

/// A text between quotes; the quote itself stands twice in it or behind a backslash.
fn quoted(rest: &str, quote: char) -> Result<(String, &str), BadFilter> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|(_, letter)| *letter);
        if (letter == quote || letter == '\\' && quote == '\'') && next == Some(quote) {
            text.push(quote);
            letters.next();
        } else if letter == quote {
            return Ok((text, &rest[at + 1..]));
        } else {
            text.push(letter);
        }
    }
    Err(BadFilter::Syntax)
}

fn number(rest: &str) -> Result<(Token, &str), BadFilter> {
    let bytes = rest.as_bytes();
    let digits = |mut at: usize| {
        let start = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        (at, at - start)
    };
    let signed = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let (mut end, mut count) = digits(signed);
    if bytes.get(end) == Some(&b'.') {
        let (after, more) = digits(end + 1);
        (end, count) = (after, count + more);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let (after, more) = digits(end + 1 + signed);
        if more == 0 {
            return Err(BadFilter::Syntax);
        }
        end = after;
    }
    let follows = rest[end..].chars().next();
    let number: f64 = rest[..end].parse().map_err(|_| BadFilter::Syntax)?;
    if count == 0 || follows.is_some_and(is_part) || !number.is_finite() {
        return Err(BadFilter::Syntax);
    }
    Ok((Token::Number(number), &rest[end..]))
}
