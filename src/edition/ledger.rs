//! The ledger of activations: which edition published each vintage, for ever.
//!
//! Two editions of one vintage, subtracted, show the households that changed between them
//! (`protect/RULES.md`, R8). Until revisions are protected together, a vintage is published by one edition
//! alone, and the ledger remembers which: neither withdrawal nor deletion shortens it.
//!
//! The file is replaced whole, in one step, so a crash leaves the old ledger or the new one and
//! never a torn line. Its last line seals those above: whatever is cut off or edited is found, by
//! line, and stops everything that would publish.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::folder::read_bounded;
use super::{EditionError, EditionId};

/// The file, beside the editions.
pub(super) const NAME: &str = "ledger.txt";

/// Bytes of a ledger: some 700 vintages.
const MAX_BYTES: u64 = 64 << 10;

const HEAD: &str = "seuil ledger 1";
const END: &str = "end ";

/// The editions that were ever activated, one for each vintage, in the order of activation.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    id: EditionId,
    /// The SHA-256 of the edition's manifest, in hexadecimal.
    digest: String,
}

impl Ledger {
    /// The ledger of a folder, of which at least `known` activations were once written down.
    /// `None` where the folder has none and none is known.
    pub(super) fn read(folder: &Path, known: usize) -> Result<Option<Ledger>, EditionError> {
        let path = folder.join(NAME);
        let bytes = match read_bounded(&path, MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(EditionError::Read { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                return if known == 0 { Ok(None) } else { Err(EditionError::NoLedger { path }) };
            }
            Err(source) => {
                return Err(EditionError::UnreadableLedger { path, source: Box::new(source) });
            }
        };
        let ledger = parse(&path, &bytes)?;
        if ledger.entries.len() < known {
            let problem = "où des activations manquent";
            return Err(EditionError::Ledger { path, line: ledger.entries.len() + 2, problem });
        }
        Ok(Some(ledger))
    }

    /// Lists an edition. Once listed, it stays so, and the same one may be listed again.
    pub(super) fn add(&mut self, id: EditionId, digest: &str) -> Result<(), EditionError> {
        match self.check(id, digest) {
            Err(EditionError::NotListed { .. }) => {
                self.entries.push(Entry { id, digest: digest.to_owned() });
                Ok(())
            }
            checked => checked,
        }
    }

    /// Whether this very edition is the one that published its vintage.
    pub(super) fn check(&self, id: EditionId, digest: &str) -> Result<(), EditionError> {
        self.check_id(id)?;
        match self.of(id.vintage()) {
            None => Err(EditionError::NotListed { id }),
            Some(entry) if entry.digest != digest => Err(EditionError::NotTheSame { id }),
            Some(_) => Ok(()),
        }
    }

    /// Whether the vintage was not published by an edition of another name.
    pub(super) fn check_id(&self, id: EditionId) -> Result<(), EditionError> {
        match self.published(id.vintage()) {
            Some(listed) if listed != id => Err(EditionError::Published { id, listed }),
            _ => Ok(()),
        }
    }

    /// The edition that published a vintage.
    pub fn published(&self, vintage: u16) -> Option<EditionId> {
        self.of(vintage).map(|entry| entry.id)
    }

    /// Whether the ledger lists an edition of this name and content.
    pub fn lists(&self, id: EditionId, digest: &str) -> bool {
        self.check(id, digest).is_ok()
    }

    /// The listed editions, the oldest first.
    pub fn ids(&self) -> Vec<EditionId> {
        let mut ids: Vec<EditionId> = self.entries.iter().map(|entry| entry.id).collect();
        ids.sort_unstable();
        ids
    }

    /// How many editions are listed.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The file's content.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{HEAD}\n");
        for Entry { id, digest } in &self.entries {
            text += &format!("{:04} {id} {digest}\n", id.vintage());
        }
        let seal = hex::encode(Sha256::digest(&text));
        text + &format!("{END}{} {seal}\n", self.entries.len())
    }

    fn of(&self, vintage: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id.vintage() == vintage)
    }
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Ledger, EditionError> {
    let path: PathBuf = path.into();
    let bad = |line, problem| EditionError::Ledger { path: path.clone(), line, problem };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        bad(before + 1, "qui n'est pas du texte")
    })?;
    let mut ledger = Ledger::default();
    for (above, line) in text.lines().enumerate().skip(1) {
        if line.starts_with(END) {
            break;
        }
        let entry = parse_entry(line).ok_or_else(|| {
            bad(above + 1, "dont une ligne n'est pas « millésime édition empreinte »")
        })?;
        if ledger.of(entry.id.vintage()).is_some() {
            return Err(bad(above + 1, "où un millésime est deux fois"));
        }
        ledger.entries.push(entry);
    }
    // A sound file is, byte for byte, what would be written for its entries.
    let expected = ledger.text();
    if text == expected {
        return Ok(ledger);
    }
    let lines = text.split_inclusive('\n').zip(expected.split_inclusive('\n'));
    let sound = lines.take_while(|(found, expected)| found == expected).count();
    Err(bad(sound + 1, "incomplet ou modifié à la main"))
}

fn parse_entry(line: &str) -> Option<Entry> {
    let mut parts = line.split(' ');
    let (vintage, id, digest) = (parts.next()?, parts.next()?, parts.next()?);
    let id: EditionId = id.parse().ok()?;
    let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let plain = parts.next().is_none()
        && vintage == format!("{:04}", id.vintage())
        && digest.len() == 64
        && digest.bytes().all(hexadecimal);
    plain.then(|| Entry { id, digest: digest.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> EditionId {
        text.parse().unwrap()
    }

    fn two() -> Ledger {
        let mut ledger = Ledger::default();
        ledger.add(id("2024r1"), &"a1".repeat(32)).unwrap();
        ledger.add(id("2022r3"), &"b2".repeat(32)).unwrap();
        ledger
    }

    fn line_of(bytes: &[u8]) -> usize {
        match parse(Path::new(NAME), bytes) {
            Err(EditionError::Ledger { line, .. }) => line,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for ledger in [Ledger::default(), two()] {
            let text = ledger.text();
            assert_eq!(parse(Path::new(NAME), text.as_bytes()).unwrap().text(), text);
        }
    }

    #[test]
    fn a_vintage_is_published_by_one_edition_of_one_content() {
        let mut ledger = two();
        ledger.add(id("2024r1"), &"a1".repeat(32)).unwrap();
        assert_eq!(ledger.len(), 2, "the same edition again");
        let listed = id("2024r1");
        assert!(matches!(
            ledger.add(id("2024r2"), &"a1".repeat(32)),
            Err(EditionError::Published { listed: one, .. }) if one == listed
        ));
        let rebuilt = ledger.add(id("2024r1"), &"c3".repeat(32));
        assert!(matches!(rebuilt, Err(EditionError::NotTheSame { .. })));
        let unknown = ledger.check(id("2026r1"), &"a1".repeat(32));
        assert!(matches!(unknown, Err(EditionError::NotListed { .. })));
        assert_eq!(ledger.ids(), [id("2022r3"), id("2024r1")]);
    }

    #[test]
    fn a_ledger_cut_at_any_byte_is_refused() {
        let text = two().text();
        for end in 0..text.len() {
            let line = line_of(&text.as_bytes()[..end]);
            let whole = text[..end].matches('\n').count();
            assert!((1..=whole + 1).contains(&line), "cut at {end}: line {line}");
        }
    }

    #[test]
    fn a_ledger_with_any_byte_changed_is_refused() {
        let text = two().text();
        for at in 0..text.len() {
            for bit in [1, 4, 0x80] {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= bit;
                line_of(&bytes);
            }
        }
    }

    #[test]
    fn a_line_removed_added_or_repeated_is_named() {
        let text = two().text();
        let lines: Vec<&str> = text.lines().collect();
        let file = |lines: &[&str]| (lines.join("\n") + "\n").into_bytes();
        assert_eq!(line_of(&file(&[lines[0], lines[1], lines[3]])), 3, "the seal is not its own");
        assert_eq!(line_of(&file(&[lines[0], lines[1], lines[1], lines[3]])), 3);
        assert_eq!(line_of(&file(&[&lines[..], &["2026 2026r1"]].concat())), 5);
        assert_eq!(line_of(&file(&[lines[0], "2024 2022r3 x", lines[3]])), 2);
    }
}
