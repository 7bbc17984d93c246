//! Names of people.

use std::fmt;
use std::str::FromStr;

use domain::{Fault, HasFault};

/// Characters of a name, at most.
const MAX: usize = 120;

/// The text is no name. The message never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("un nom a de 1 à 120 caractères, sans caractère de contrôle")]
pub struct BadName;

impl HasFault for BadName {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

/// The name of a person: 1 to 120 characters, none of control, trimmed. It is personal: `Debug`
/// hides it and there is no `Display`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<str>);

impl Name {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Name, BadName> {
        let text = text.trim();
        // The bytes are compared first: counting characters must not read a text without end.
        let fits = text.len() <= 4 * MAX && (1..=MAX).contains(&text.chars().count());
        if fits && !text.chars().any(hides) { Ok(Name(text.into())) } else { Err(BadName) }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(…)")
    }
}

/// Characters of control, and those that turn or hide the text around them in a letter or a list.
pub(crate) fn hides(one: char) -> bool {
    one.is_control()
        || matches!(one, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_1_to_120_visible_characters() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(text.parse::<Name>().ok().as_ref().map(Name::as_str), expected, "{text:?}");
        };
        check(" Anne Le Goff\n", Some("Anne Le Goff"));
        let longest = "é".repeat(120);
        check(&longest, Some(&longest));
        for text in ["", "  ", &"é".repeat(121), "a\nb", "a\u{0}b", "a\u{202e}b", "a\u{200b}b"] {
            check(text, None);
        }
        assert_eq!(format!("{:?}", "Anne".parse::<Name>()), "Ok(Name(…))");
    }
}
