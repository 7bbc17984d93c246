//! The keys that documents are encrypted with: a file beside the configuration, never the database.
//!
//! The file holds one key a line, 64 hexadecimal digits; empty lines and those that begin with `#`
//! say nothing. The last key encrypts, all of them decrypt. To change keys: add one
//! ([`DocumentKeys::add`]), encrypt every document anew under it, then take the older lines away.
//! The file is read at each use, so no server has to be started again.

use std::path::{Path, PathBuf};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use crate::AccessError;

/// Bytes of the file, at most.
const MAX_FILE: u64 = 64 << 10;
/// Bytes of a key.
const KEY: usize = 32;

/// Bytes of a sealed document beside its own: a nonce and a tag.
pub const OVERHEAD: usize = NONCE_LEN + 16;

/// Where the keys are; nowhere, where the operator named no file.
#[derive(Clone, Debug, Default)]
pub struct DocumentKeys {
    path: Option<PathBuf>,
}

/// One key, and what the database calls it.
pub(super) struct DocumentKey {
    pub(super) id: String,
    key: LessSafeKey,
}

/// What a ciphertext is bound to: under another name, convention or kind it does not open.
pub(super) struct Bound<'a> {
    pub(super) document: &'a str,
    pub(super) convention: &'a str,
    pub(super) kind: &'a str,
}

impl DocumentKeys {
    /// The keys of a file, which is read when they are needed.
    pub fn of(path: Option<PathBuf>) -> DocumentKeys {
        DocumentKeys { path }
    }

    /// Adds a new key to the file, which is made where it is missing, readable by its owner alone.
    /// From then on it encrypts; those before still decrypt. Gives what the database calls it.
    ///
    /// # Errors
    ///
    /// [`AccessError::NoDocumentKey`] where no file was named, [`AccessError::Key`] where it cannot
    /// be written or holds something else.
    pub fn add(&self) -> Result<String, AccessError> {
        use std::io::Write;
        let path = self.path.as_deref().ok_or(AccessError::NoDocumentKey)?;
        let failed = |source| AccessError::Key { path: path.to_owned(), source };
        let before = if path.exists() { read(path)? } else { Vec::new() };
        let mut bytes = [0; KEY];
        getrandom::fill(&mut bytes)?;
        let mut options = std::fs::OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        // Written by hand, the last line may not end.
        let start = if before.is_empty() { "" } else { "\n" };
        let line = format!("{start}{}\n", hex::encode(bytes));
        file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(id(&bytes))
    }

    /// The key that encrypts.
    pub(super) fn newest(&self) -> Result<DocumentKey, AccessError> {
        self.all()?.pop().ok_or(AccessError::NoDocumentKey)
    }

    /// The key of an id.
    pub(super) fn find(&self, id: &str) -> Result<DocumentKey, AccessError> {
        self.all()?.into_iter().find(|key| key.id == id).ok_or(AccessError::LostDocumentKey)
    }

    fn all(&self) -> Result<Vec<DocumentKey>, AccessError> {
        match self.path.as_deref() {
            Some(path) if path.exists() => read(path),
            _ => Err(AccessError::NoDocumentKey),
        }
    }
}

impl DocumentKey {
    /// Nonce, ciphertext and tag, in the place of what is sealed: no second copy of it is made where
    /// its vector has [`OVERHEAD`] to spare.
    pub(super) fn seal(
        &self,
        plain: impl Into<Vec<u8>>,
        to: &Bound<'_>,
    ) -> Result<Vec<u8>, AccessError> {
        let mut nonce = [0; NONCE_LEN];
        // At random: a key would have to seal four billion documents before two share one.
        getrandom::fill(&mut nonce)?;
        let mut sealed: Vec<u8> = plain.into();
        sealed.reserve_exact(OVERHEAD);
        sealed.splice(0..0, nonce);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce, to.data(), &mut sealed[NONCE_LEN..])
            .map_err(|_| AccessError::Hash)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// What was sealed, unless a bit of it or of what it is bound to was changed.
    pub(super) fn open(&self, mut sealed: Vec<u8>, to: &Bound<'_>) -> Result<Vec<u8>, AccessError> {
        let altered = || AccessError::DocumentAltered;
        let nonce = *sealed.first_chunk::<NONCE_LEN>().ok_or_else(altered)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let plain = self
            .key
            .open_within(nonce, to.data(), &mut sealed, NONCE_LEN..)
            .map_err(|_| altered())?
            .len();
        sealed.truncate(plain);
        Ok(sealed)
    }
}

impl Bound<'_> {
    fn data(&self) -> Aad<String> {
        // Identifiers hold no line end, so no two are written alike.
        let Bound { document, convention, kind } = self;
        Aad::from(format!("seuil document 1\n{document}\n{convention}\n{kind}"))
    }
}

fn read(path: &Path) -> Result<Vec<DocumentKey>, AccessError> {
    use std::io::Read;
    let failed = |source| AccessError::Key { path: path.to_owned(), source };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MAX_FILE).read_to_string(&mut text).map_err(failed)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys = lines.filter(|line| !line.starts_with('#')).map(key).collect::<Option<Vec<_>>>();
    let said = "une clé s'écrit en 64 chiffres hexadécimaux, une par ligne";
    keys.ok_or_else(|| failed(std::io::Error::other(said)))
}

fn key(line: &str) -> Option<DocumentKey> {
    let bytes: [u8; KEY] = hex::decode(line).ok()?.try_into().ok()?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).ok()?);
    Some(DocumentKey { id: id(&bytes), key })
}

/// The first half of a digest: enough to tell keys apart, and nothing of the key.
fn id(key: &[u8; KEY]) -> String {
    let mut sha = Sha256::new();
    sha.update("seuil document key\n");
    sha.update(key);
    hex::encode(&sha.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(document: &str) -> Bound<'_> {
        Bound { document, convention: "c1", kind: "convention" }
    }

    #[test]
    fn a_ciphertext_opens_as_it_was_sealed_and_not_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let keys = DocumentKeys::of(Some(folder.path().join("documents.key")));
        assert!(matches!(keys.newest(), Err(AccessError::NoDocumentKey)));
        keys.add().unwrap();
        let key = keys.newest().unwrap();
        let sealed = key.seal(b"%PDF-1.7 canari", &bound("d1")).unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"canari"));
        let open = |sealed: &[u8], to: &Bound<'_>| key.open(sealed.to_vec(), to);
        assert_eq!(open(&sealed, &bound("d1")).unwrap(), b"%PDF-1.7 canari");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&changed, &bound("d1")).is_err(), "byte {at}");
            assert!(open(&sealed[..at], &bound("d1")).is_err(), "{at} bytes");
        }
        assert!(open(&sealed, &bound("d2")).is_err());
        let (document, convention, kind) = ("d1", "c2", "convention");
        assert!(open(&sealed, &Bound { document, convention, kind }).is_err());
        let (convention, kind) = ("c1", "attestation");
        assert!(open(&sealed, &Bound { document, convention, kind }).is_err());
        // Twice the same bytes are never the same ciphertext.
        assert_ne!(sealed, key.seal(b"%PDF-1.7 canari", &bound("d1")).unwrap());
        assert_eq!(open(&key.seal(b"", &bound("d1")).unwrap(), &bound("d1")).unwrap(), b"");
    }

    #[test]
    fn a_new_key_encrypts_and_the_old_ones_still_decrypt() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("documents.key");
        let keys = DocumentKeys::of(Some(path.clone()));
        let first = keys.add().unwrap();
        // As somebody would write it by hand: a word above, no line end.
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("# 2026\n{}", text.trim())).unwrap();
        let sealed = keys.newest().unwrap().seal(b"x", &bound("d1")).unwrap();
        let second = keys.add().unwrap();
        assert_ne!(first, second);
        assert_eq!(keys.newest().unwrap().id, second);
        assert_eq!(keys.find(&first).unwrap().open(sealed.clone(), &bound("d1")).unwrap(), b"x");
        assert!(keys.find(&second).unwrap().open(sealed, &bound("d1")).is_err());
        std::fs::write(&path, "").unwrap();
        assert!(matches!(keys.newest(), Err(AccessError::NoDocumentKey)));
        assert!(matches!(
            keys.find(&first),
            Err(AccessError::NoDocumentKey | AccessError::LostDocumentKey)
        ));
        std::fs::write(&path, "pas une clé\n").unwrap();
        assert!(matches!(keys.newest(), Err(AccessError::Key { .. })));
        assert!(matches!(DocumentKeys::default().add(), Err(AccessError::NoDocumentKey)));
    }
}
