//! What a client saved, out of gzip where it kept the encoding of the answer.

use std::io::Read;

use flate2::bufread::GzDecoder;

use crate::mismatch::Mismatch;

/// Bytes of one answer, unpacked.
pub const LARGEST: u64 = 256 << 20;

const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The head of what the server packs: no name, no comment, no date.
const PLAIN_HEAD: [u8; 8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0];

/// Unpacks bytes that are in gzip and hands over any others. Where the client itself packed the
/// file (`.gz`), the head is its own affair.
///
/// # Errors
/// A stream that does not unpack, or to more than [`LARGEST`].
pub fn unpack(
    bytes: Vec<u8>,
    packed_by_client: bool,
    flaws: &mut Vec<String>,
) -> Result<Vec<u8>, Mismatch> {
    if !bytes.starts_with(&MAGIC) {
        return Ok(bytes);
    }
    if !packed_by_client && !bytes.starts_with(&PLAIN_HEAD) {
        flaws.push("gzip : un en-tête qui dit autre chose que l'encodage".to_owned());
    }
    let mut rest = &bytes[..];
    let mut plain = Vec::new();
    GzDecoder::new(&mut rest)
        .take(LARGEST + 1)
        .read_to_end(&mut plain)
        .map_err(|error| format!("gzip illisible : {error}"))?;
    if plain.len() as u64 > LARGEST {
        return Err(format!("plus de {LARGEST} octets").into());
    }
    if !rest.is_empty() {
        flaws.push("gzip : octets après la fin".to_owned());
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, GzBuilder};

    use super::*;

    #[track_caller]
    fn check(builder: GzBuilder, tail: &[u8], by_client: bool, expected: usize) {
        let mut encoder = builder.write(Vec::new(), Compression::fast());
        encoder.write_all(b"seuil").unwrap();
        let mut bytes = encoder.finish().unwrap();
        bytes.extend_from_slice(tail);
        let mut flaws = Vec::new();
        assert_eq!(unpack(bytes, by_client, &mut flaws).unwrap(), b"seuil");
        assert_eq!(flaws.len(), expected, "{flaws:?}");
    }

    #[test]
    fn gzip_holds_its_content_and_nothing_beside() {
        check(GzBuilder::new(), b"", false, 0);
        check(GzBuilder::new(), b"7", false, 1);
        check(GzBuilder::new().comment("7 ménages"), b"", false, 1);
        check(GzBuilder::new().mtime(7), b"", false, 1);
        check(GzBuilder::new().filename("87.mvt").mtime(7), b"", true, 0);
        let mut none = Vec::new();
        assert_eq!(unpack(b"plain".to_vec(), false, &mut none).unwrap(), b"plain");
        assert!(unpack(b"\x1f\x8b\x08".to_vec(), false, &mut none).is_err());
    }
}
