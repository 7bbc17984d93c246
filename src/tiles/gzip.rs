//! Compression, always the same bytes for the same content.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::TileError;

/// The largest tile in memory, decompressed. The densest ones are a few megabytes.
const LIMIT: u64 = 64 << 20;

/// Compresses, without the date or the name of anything.
///
/// # Errors
/// None in practice: memory is written to.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>, TileError> {
    compress(bytes, 6)
}

/// The same for somebody who waits: on the tiles of Val-d'Oise a twentieth larger in less than a
/// third of the time.
pub(super) fn quick_gzip(bytes: &[u8]) -> Result<Vec<u8>, TileError> {
    compress(bytes, 2)
}

fn compress(bytes: &[u8], level: u32) -> Result<Vec<u8>, TileError> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::new(level));
    encoder.write_all(bytes).map_err(TileError::Gzip)?;
    encoder.finish().map_err(TileError::Gzip)
}

/// Decompresses at most 64 MiB.
///
/// # Errors
/// [`TileError::Gzip`] for other bytes, [`TileError::TooLarge`] beyond the limit.
pub fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, TileError> {
    let mut plain = Vec::with_capacity(bytes.len() * 3);
    MultiGzDecoder::new(bytes).take(LIMIT + 1).read_to_end(&mut plain).map_err(TileError::Gzip)?;
    if plain.len() as u64 > LIMIT {
        return Err(TileError::TooLarge { limit: LIMIT });
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compressed_comes_back_and_a_bomb_does_not() {
        for packed in [gzip(b"seuil"), quick_gzip(b"seuil")] {
            assert_eq!(gunzip(&packed.unwrap()).unwrap(), b"seuil");
        }
        let bomb = gzip(&vec![0; LIMIT as usize + 1]).unwrap();
        assert!(matches!(gunzip(&bomb), Err(TileError::TooLarge { .. })));
        assert!(matches!(gunzip(b"seuil"), Err(TileError::Gzip(_))));
    }
}
