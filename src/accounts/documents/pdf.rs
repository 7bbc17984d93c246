//! What is taken for a PDF.

use crate::AccessError;

/// Bytes of a document, at most.
pub const MAX_DOCUMENT: usize = 10 << 20;
/// Bytes before the end in which the last cross-reference is named.
const TAIL: usize = 1024;

/// Checks that a file begins as a PDF does, at its very first byte, and ends as one, with nothing
/// behind it: programs that look for the header anywhere in the first kilobyte (ISO 32000 lets
/// them) would take a page of HTML before it for a PDF too. What is between is not read: nothing
/// here opens a document, and browsers are told to save it and to run nothing.
pub(super) fn check(bytes: &[u8]) -> Result<(), AccessError> {
    if bytes.len() > MAX_DOCUMENT {
        return Err(AccessError::DocumentTooLong);
    }
    let version = bytes.strip_prefix(b"%PDF-").and_then(|rest| rest.first_chunk::<3>());
    let begins = version.is_some_and(|[major, point, minor]| {
        matches!(major, b'1' | b'2') && *point == b'.' && minor.is_ascii_digit()
    });
    let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
    let ends = tail.trim_ascii_end().ends_with(b"%%EOF");
    let refers = tail.windows(9).any(|window| window == b"startxref");
    if begins && ends && refers { Ok(()) } else { Err(AccessError::NotPdf) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pdf_begins_and_ends_as_one() {
        let check = |text: &str, expected: bool| {
            assert_eq!(check(text.as_bytes()).is_ok(), expected, "{text:?}");
        };
        check("%PDF-1.7\n1 0 obj\nstartxref\n9\n%%EOF\n", true);
        check("%PDF-2.0\r\nstartxref\r\n9\r\n%%EOF\r\n\r\n", true);
        check("", false);
        check("%PDF-", false);
        check("%PDF-1.7", false);
        check("%PDF-1.7\n%%EOF", false);
        check("%PDF-3.0\nstartxref\n9\n%%EOF", false);
        check("%PDF-1.7\nstartxref\n9\n", false);
        // Pages of HTML before, behind, and with a PDF's name.
        check("<html><script>x</script>%PDF-1.7\nstartxref\n9\n%%EOF", false);
        check("\n%PDF-1.7\nstartxref\n9\n%%EOF", false);
        check("%PDF-1.7\nstartxref\n9\n%%EOF\n<html><script>x</script>", false);
        check("GIF89a%PDF-1.7\nstartxref\n9\n%%EOF", false);
        let padding: String = (0..2_000).map(|_| ' ').collect();
        check(&format!("%PDF-1.7\nstartxref\n9\n%%EOF{padding}"), false);
    }

    #[test]
    fn a_byte_more_than_ten_mebibytes_is_too_many() {
        let mut bytes = b"%PDF-1.7\n".to_vec();
        let end = b"startxref\n9\n%%EOF";
        bytes.resize(MAX_DOCUMENT - end.len(), b'x');
        bytes.extend_from_slice(end);
        assert!(check(&bytes).is_ok());
        bytes.insert(9, b'x');
        assert!(matches!(check(&bytes), Err(AccessError::DocumentTooLong)));
    }
}
