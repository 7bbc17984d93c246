//! One member of gzip and nothing else: no name, no comment, no date, no second member.

use flate2::{Crc, Decompress, FlushDecompress, Status};

/// The only head that the engine writes: deflate, no flag, no date, system unknown.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// Check sum and length at the end.
const TAIL: usize = 8;
/// Bytes of one member, unpacked.
const LARGEST: usize = 256 << 20;

/// The bytes that a member holds.
pub fn unpack(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let body = bytes.strip_prefix(&HEAD).ok_or("l'en-tête gzip n'est pas celui du moteur")?;
    let Some((body, tail)) = body.split_last_chunk::<TAIL>() else { return Err("gzip coupé") };
    let mut inflate = Decompress::new(false);
    let mut plain = Vec::with_capacity((4 * body.len()).clamp(1 << 10, 16 << 20));
    loop {
        let read = inflate.total_in() as usize;
        let status = inflate
            .decompress_vec(&body[read..], &mut plain, FlushDecompress::Finish)
            .map_err(|_| "gzip illisible")?;
        if status == Status::StreamEnd {
            break;
        }
        if plain.len() < plain.capacity() || plain.len() > LARGEST {
            return Err("gzip coupé, ou trop long");
        }
        plain.reserve(plain.len().max(1 << 10));
    }
    if inflate.total_in() as usize != body.len() {
        return Err("des octets suivent le membre gzip");
    }
    let mut sum = Crc::new();
    sum.update(&plain);
    let mut expected = sum.sum().to_le_bytes().to_vec();
    expected.extend((plain.len() as u32).to_le_bytes());
    if expected != tail { Err("la somme de contrôle gzip est fausse") } else { Ok(plain) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, GzBuilder};

    use super::*;

    fn pack(builder: GzBuilder, plain: &[u8]) -> Vec<u8> {
        let mut gzip = builder.write(Vec::new(), Compression::new(4));
        gzip.write_all(plain).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn a_member_alone_is_read_and_anything_beside_it_is_refused() {
        let long = vec![7; 1 << 21];
        for plain in [&b""[..], b"zone", &long] {
            let sound = pack(GzBuilder::new(), plain);
            assert_eq!(unpack(&sound).unwrap(), plain);
            let member = pack(GzBuilder::new(), b"9");
            for more in [&b"9"[..], &[0; 8], &member] {
                assert!(unpack(&[&sound[..], more].concat()).is_err());
            }
            assert!(unpack(&sound[..sound.len() - 1]).is_err());
        }
        let named = [
            GzBuilder::new().filename("9"),
            GzBuilder::new().comment("9"),
            GzBuilder::new().extra("9"),
            GzBuilder::new().mtime(9),
            GzBuilder::new().operating_system(9),
        ];
        for builder in named {
            assert!(unpack(&pack(builder, b"zone")).is_err());
        }
    }
}
