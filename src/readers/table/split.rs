//! Where records end, and chunks of whole records cut out of a stream.
//!
//! A field that begins with a quote ends at the next quote that is not doubled; a quote anywhere
//! else is an ordinary character. Delimiters and line ends inside quotes belong to the field.

use memchr::{memchr, memchr_iter, memchr2, memrchr};

use super::TableError;
use super::source::Source;
use super::value::Reason;

/// Bytes of a chunk: what one task parses.
pub(super) const CHUNK: usize = 1 << 20;

/// The longest record, in bytes. A quote that is never closed costs one line, not the file.
pub(super) const MAX_RECORD: usize = 64 * 1024;

pub(super) const RECORD_TOO_LONG: Reason = "enregistrement trop long ou guillemet jamais fermé";

/// What begins at the start of a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// A record of `end` bytes without its line feed; the next one begins at `next`.
    Whole { end: usize, next: usize },
    /// No record; reading can go on at `next`.
    Broken { next: usize },
    /// More bytes are needed to know.
    Incomplete,
}

/// Finds the end of the record that `bytes` begins with; `last` when nothing follows `bytes`.
///
/// The answer for a slice that stops where a record ends is the answer for any longer slice:
/// the chunks and their parsers agree.
pub(super) fn record(bytes: &[u8], delimiter: u8, last: bool) -> Record {
    record_within(bytes, delimiter, last, MAX_RECORD)
}

fn record_within(bytes: &[u8], delimiter: u8, last: bool, limit: usize) -> Record {
    let line_feed = memchr(b'\n', bytes);
    if line_feed.is_none() && !last {
        return Record::Incomplete;
    }
    let line = line_feed.unwrap_or(bytes.len());
    let after_line = (line + 1).min(bytes.len());
    if memchr(b'"', &bytes[..line]).is_some() {
        quoted(bytes, delimiter, last, limit)
    } else if line > limit {
        Record::Broken { next: after_line }
    } else {
        Record::Whole { end: line, next: after_line }
    }
}

fn quoted(bytes: &[u8], delimiter: u8, last: bool, limit: usize) -> Record {
    let window = &bytes[..bytes.len().min(limit)];
    let is_whole = window.len() == bytes.len();
    let unfinished = |in_quotes: bool| match (is_whole, last) {
        (true, false) => Record::Incomplete,
        (true, true) if !in_quotes => Record::Whole { end: bytes.len(), next: bytes.len() },
        _ => Record::Broken { next: memchr(b'\n', bytes).map_or(bytes.len(), |line| line + 1) },
    };
    let mut at = 0;
    loop {
        let Some(offset) = memchr2(b'"', b'\n', &window[at..]) else {
            return unfinished(false);
        };
        let found = at + offset;
        if window[found] == b'\n' {
            return Record::Whole { end: found, next: found + 1 };
        }
        at = found + 1;
        if opens(window, found, delimiter) {
            match closing_quote(window, at) {
                Some(after) => at = after,
                None => return unfinished(true),
            }
        }
    }
}

/// Whether a quote outside quotes begins a field.
fn opens(record: &[u8], quote: usize, delimiter: u8) -> bool {
    quote.checked_sub(1).is_none_or(|before| record[before] == delimiter)
}

/// The next quote, from a place outside quotes, that begins a field.
pub(super) fn opening_quote(record: &[u8], from: usize, delimiter: u8) -> Option<usize> {
    memchr_iter(b'"', &record[from..])
        .map(|offset| from + offset)
        .find(|quote| opens(record, *quote, delimiter))
}

/// The place after the quote that closes a field whose content begins at `at`.
pub(super) fn closing_quote(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr(b'"', &bytes[at..])? + 1;
        if bytes.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

/// Whole records, one after the other.
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    /// The line of the first record, from 1.
    pub(super) first_line: u64,
}

/// Cuts a stream into chunks that end where a record ends. Where they are cut depends on the
/// bytes alone.
pub(super) struct Splitter {
    source: Source,
    buffer: Vec<u8>,
    line: u64,
}

impl Splitter {
    pub(super) fn new(source: Source) -> Splitter {
        Splitter { source, buffer: Vec::new(), line: 1 }
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    pub(super) fn into_source(self) -> Source {
        self.source
    }

    /// The line of the next byte, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The next bytes, and whether nothing follows them.
    pub(super) fn head(&mut self) -> Result<(&[u8], bool), TableError> {
        self.source.fill(&mut self.buffer, CHUNK)?;
        Ok((&self.buffer, self.buffer.len() < CHUNK))
    }

    /// Passes over some of the bytes that [`Splitter::head`] showed.
    pub(super) fn skip(&mut self, length: usize) {
        let skipped = self.buffer.drain(..length);
        self.line += skipped.filter(|byte| *byte == b'\n').count() as u64;
    }

    /// At most `count` chunks; none at the end of the stream.
    pub(super) fn batch(&mut self, count: usize, delimiter: u8) -> Result<Vec<Chunk>, TableError> {
        let mut chunks = Vec::new();
        while chunks.len() < count {
            let (head, last) = self.head()?;
            let cut = if last { head.len() } else { last_record_end(head, delimiter, MAX_RECORD) };
            if cut == 0 && last {
                break;
            }
            if cut == 0 {
                let path = self.source.path().into();
                return Err(TableError::NoLineEnd { path, line: self.line });
            }
            let rest = self.buffer.split_off(cut);
            let bytes = std::mem::replace(&mut self.buffer, rest);
            let first_line = self.line;
            self.line += memchr_iter(b'\n', &bytes).count() as u64;
            chunks.push(Chunk { bytes, first_line });
        }
        Ok(chunks)
    }
}

/// The place after the last whole record of bytes that others follow.
fn last_record_end(bytes: &[u8], delimiter: u8, limit: usize) -> usize {
    if memchr(b'"', bytes).is_none() {
        return memrchr(b'\n', bytes).map_or(0, |at| at + 1);
    }
    let mut at = 0;
    loop {
        match record_within(&bytes[at..], delimiter, false, limit) {
            Record::Whole { next, .. } | Record::Broken { next } => at += next,
            Record::Incomplete => return at,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(bytes: &str, last: bool, expected: Record) {
        assert_eq!(record(bytes.as_bytes(), b';', last), expected, "{bytes:?}");
    }

    #[test]
    fn a_record_ends_at_a_line_feed_outside_quotes() {
        check("a;b\nc", false, Record::Whole { end: 3, next: 4 });
        check("a;\"b\nc\";d\ne", false, Record::Whole { end: 9, next: 10 });
        check("a;\"b\"\"\n\"\nc", false, Record::Whole { end: 8, next: 9 });
        check("12 \"bis\nb", false, Record::Whole { end: 7, next: 8 });
        check("a;b", false, Record::Incomplete);
        check("a;b", true, Record::Whole { end: 3, next: 3 });
        check("a;\"b\nc", false, Record::Incomplete);
        check("a;\"b\"", true, Record::Whole { end: 5, next: 5 });
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_one_line() {
        check("a;\"b\nc;d\n", true, Record::Broken { next: 5 });
        let long = format!("a;\"b\n{}", "c;d\n".repeat(MAX_RECORD));
        check(&long, false, Record::Broken { next: 5 });
        check(&"a".repeat(MAX_RECORD + 1), true, Record::Broken { next: MAX_RECORD + 1 });
    }

    #[test]
    fn a_chunk_ends_where_a_record_ends() {
        assert_eq!(last_record_end(b"a\nb\nc", b';', MAX_RECORD), 4);
        assert_eq!(last_record_end(b"a\n\"b\nc", b';', MAX_RECORD), 2);
        assert_eq!(last_record_end(b"abc", b';', MAX_RECORD), 0);
    }

    /// Where the records of some bytes begin, and whether they are whole.
    fn records(bytes: &[u8], limit: usize) -> Vec<(usize, bool)> {
        let mut at = 0;
        let mut found = Vec::new();
        while at < bytes.len() {
            let (whole, next) = match record_within(&bytes[at..], b';', true, limit) {
                Record::Whole { next, .. } => (true, next),
                Record::Broken { next } => (false, next),
                Record::Incomplete => panic!("nothing follows"),
            };
            found.push((at, whole));
            at += next;
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        #[test]
        fn records_are_the_same_wherever_the_stream_is_cut(
            bytes in proptest::collection::vec(proptest::sample::select(b"\"\"\n\n;a".as_slice()), 0..80),
            seen in 0..80_usize,
            limit in 4..24_usize,
        ) {
            let head = &bytes[..seen.min(bytes.len())];
            let cut = last_record_end(head, b';', limit);
            let mut parts = records(&bytes[..cut], limit);
            parts.extend(records(&bytes[cut..], limit).iter().map(|(at, whole)| (at + cut, *whole)));
            prop_assert_eq!(parts, records(&bytes, limit));
        }
    }
}
