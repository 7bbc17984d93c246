//! Where a page of a collection begins: the edition, the scale and the last code of the page before, closed
//! with a digest of these and of the question.
//!
//! What it names is nothing that its holder was not given, and it opens nothing: rows are chosen by the
//! reader's own view. The digest refuses a cursor of another edition, collection or question, and one that
//! was written by hand.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use edition::EditionId;

use domain::Scale;

/// Bytes of the digest that are kept.
const KEPT: usize = 8;

/// Letters of a cursor, at most: codes are short.
const LONGEST: usize = 600;

/// What a cursor is bound to.
pub(super) struct Question<'q> {
    pub(super) edition: EditionId,
    pub(super) scale: Scale,
    /// The filter, as it was asked for.
    pub(super) filter: &'q str,
}

impl Question<'_> {
    /// The cursor behind a code.
    pub(super) fn cursor(&self, code: &str) -> String {
        let Question { edition, scale, .. } = self;
        let digest = self.digest(code);
        URL_SAFE_NO_PAD.encode(format!("{edition}.{scale}\n{code}\n{digest}"))
    }

    /// The code that a cursor of this question begins behind; `None` for any other text.
    pub(super) fn code(&self, cursor: &str) -> Option<String> {
        if cursor.len() > LONGEST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let code = std::str::from_utf8(&bytes).ok()?.split('\n').nth(1)?;
        (self.cursor(code) == cursor).then(|| code.to_owned())
    }

    fn digest(&self, code: &str) -> String {
        let Question { edition, scale, filter } = self;
        let mut sha = Sha256::new();
        sha.update(format!("seuil-cursor-1\n{edition}.{scale}\n{code}\n{filter}"));
        hex::encode(&sha.finalize()[..KEPT])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_of_one_question_and_is_not_written_by_hand() {
        let of = |edition: &str, scale, filter| Question {
            edition: edition.parse().unwrap(),
            scale,
            filter,
        };
        let own = of("2024r1", Scale::COMMUNE, "code=95018");
        let cursor = own.cursor("95018");
        assert_eq!(own.code(&cursor).as_deref(), Some("95018"));
        for other in [
            of("2024r2", Scale::COMMUNE, "code=95018"),
            of("2024r1", Scale::IRIS, "code=95018"),
            of("2024r1", Scale::COMMUNE, ""),
        ] {
            assert_eq!(other.code(&cursor), None);
        }
        let by_hand = URL_SAFE_NO_PAD.encode("2024r1.commune\n95019\n0011223344556677");
        let padded = format!("{cursor}=");
        for text in ["", "95018", "é", by_hand.as_str(), padded.as_str(), &"A".repeat(10_000)] {
            assert_eq!(own.code(text), None, "{text:.20}");
        }
    }
}
