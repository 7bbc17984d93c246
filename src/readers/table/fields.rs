//! One record cut into fields.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter};

use super::split::{closing_quote, opening_quote};

/// The fields of one record; the memory is used again for the next one.
#[derive(Default)]
pub(super) struct Fields {
    bytes: Vec<u8>,
    ranges: Vec<Range<usize>>,
}

impl Fields {
    /// Cuts a record, given without its line end.
    pub(super) fn cut(&mut self, record: &[u8], delimiter: u8) {
        let record = record.strip_suffix(b"\r").unwrap_or(record);
        self.bytes.clear();
        self.ranges.clear();
        if memchr(b'"', record).is_some() {
            self.cut_quoted(record, delimiter);
            return;
        }
        self.bytes.extend_from_slice(record);
        let mut start = 0;
        for end in memchr_iter(delimiter, record) {
            self.ranges.push(start..end);
            start = end + 1;
        }
        self.ranges.push(start..record.len());
    }

    /// How many fields the record has.
    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// The bytes of a field, without its quotes; none beyond the last.
    pub(super) fn get(&self, field: usize) -> &[u8] {
        self.ranges.get(field).map_or(&[], |range| &self.bytes[range.clone()])
    }

    fn cut_quoted(&mut self, record: &[u8], delimiter: u8) {
        let mut at = 0;
        let mut start = 0;
        loop {
            let quote = opening_quote(record, at, delimiter);
            let plain = &record[at..quote.unwrap_or(record.len())];
            let moved = self.bytes.len();
            self.bytes.extend_from_slice(plain);
            for offset in memchr_iter(delimiter, plain) {
                self.ranges.push(start..moved + offset);
                start = moved + offset + 1;
            }
            let Some(quote) = quote else {
                self.ranges.push(start..self.bytes.len());
                return;
            };
            let after = closing_quote(record, quote + 1);
            let content = &record[quote + 1..after.map_or(record.len(), |after| after - 1)];
            self.push_unquoted(content);
            at = after.unwrap_or(record.len());
        }
    }

    fn push_unquoted(&mut self, mut content: &[u8]) {
        while let Some(quote) = memchr(b'"', content) {
            self.bytes.extend_from_slice(&content[..=quote]);
            content = content.get(quote + 2..).unwrap_or_default();
        }
        self.bytes.extend_from_slice(content);
    }
}

/// Whether a record, and so each of its fields, is UTF-8 or Windows-1252.
///
/// A record that is valid UTF-8 is UTF-8: French text in Windows-1252 is not, because an accented
/// letter would have to be followed by the right symbols. So the choice needs no look at the
/// rest of the file, and one foreign line cannot spoil the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8,
    Windows1252,
}

impl Charset {
    pub(super) fn of(record: &[u8]) -> Charset {
        match std::str::from_utf8(record) {
            Ok(_) => Charset::Utf8,
            Err(_) => Charset::Windows1252,
        }
    }

    /// The text of a field. Every byte string has one.
    pub(super) fn decode(self, field: &[u8]) -> Cow<'_, str> {
        match self {
            // A quoted field of a valid record is cut at ASCII characters: it is valid too.
            Charset::Utf8 => match std::str::from_utf8(field) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => String::from_utf8_lossy(field),
            },
            Charset::Windows1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling(field).0,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::split::{Record, record};
    use super::*;

    #[track_caller]
    fn check(record: &str, expected: &[&str]) {
        let mut fields = Fields::default();
        fields.cut(record.as_bytes(), b';');
        let found: Vec<_> =
            (0..fields.len()).map(|field| Charset::Utf8.decode(fields.get(field))).collect();
        assert_eq!(found, expected, "{record:?}");
    }

    #[test]
    fn a_record_is_cut_at_delimiters_outside_quotes() {
        check("", &[""]);
        check("a;b\r", &["a", "b"]);
        check(";a;", &["", "a", ""]);
        check("\"a;b\";\"c\"\"d\"", &["a;b", "c\"d"]);
        check("\"a\"b;12 \"bis\"", &["ab", "12 \"bis\""]);
        check("\"a\nb\";c", &["a\nb", "c"]);
        check("\"\"\"\"", &["\""]);
        check("\"open", &["open"]);
    }

    #[test]
    fn a_record_that_is_not_utf8_is_windows_1252() {
        assert_eq!(Charset::of("é;€".as_bytes()), Charset::Utf8);
        assert_eq!(Charset::of(b"\xe9;\x80"), Charset::Windows1252);
        assert_eq!(Charset::Windows1252.decode(b"\xe9\x80"), "é€");
    }

    /// The records of some bytes, blank lines left out; none where a quote is never closed.
    fn records(mut bytes: &[u8]) -> Option<Vec<Vec<Vec<u8>>>> {
        let mut fields = Fields::default();
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let Record::Whole { end, next } = record(bytes, b';', true) else { return None };
            if end > 0 {
                fields.cut(&bytes[..end], b';');
                found.push((0..fields.len()).map(|field| fields.get(field).to_vec()).collect());
            }
            bytes = &bytes[next..];
        }
        Some(found)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        #[test]
        fn records_and_fields_are_those_of_the_csv_crate(
            bytes in proptest::collection::vec(proptest::sample::select(b"\"\"\"\n;a".as_slice()), 0..40),
        ) {
            if let Some(found) = records(&bytes) {
                let mut oracle = csv::ReaderBuilder::new();
                oracle.has_headers(false).flexible(true).delimiter(b';');
                let expected: Vec<Vec<Vec<u8>>> = oracle
                    .from_reader(bytes.as_slice())
                    .into_byte_records()
                    .map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect())
                    .collect();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
