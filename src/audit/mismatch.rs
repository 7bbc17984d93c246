//! What does not hold of the bytes of a file or an answer.

use std::borrow::Cow;

/// Bytes that cannot be what they should be, in the words of a finding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Mismatch(Cow<'static, str>);

impl From<&'static str> for Mismatch {
    fn from(words: &'static str) -> Mismatch {
        Mismatch(words.into())
    }
}

impl From<String> for Mismatch {
    fn from(words: String) -> Mismatch {
        Mismatch(words.into())
    }
}
