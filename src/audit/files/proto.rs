//! Protobuf as the engine writes it: each number in its shortest form, each field of a known
//! number and type, in rising order. There is one way to write a message, so none is left to hide in.

pub type Flaw = &'static str;

/// The fields of a message that are left to read.
pub struct Message<'a>(pub &'a [u8]);

/// What a field holds.
pub enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Eight([u8; 8]),
}

impl<'a> Message<'a> {
    /// The next field and its number; `None` at the end.
    pub fn next(&mut self) -> Result<Option<(u64, Field<'a>)>, Flaw> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let head = number(&mut self.0)?;
        let field = match head & 7 {
            0 => Field::Number(number(&mut self.0)?),
            1 => {
                let (eight, rest) = self.0.split_first_chunk::<8>().ok_or("champ coupé")?;
                self.0 = rest;
                Field::Eight(*eight)
            }
            2 => {
                let length = usize::try_from(number(&mut self.0)?).map_err(|_| "champ coupé")?;
                let (bytes, rest) = self.0.split_at_checked(length).ok_or("champ coupé")?;
                self.0 = rest;
                Field::Bytes(bytes)
            }
            _ => return Err("type de champ inattendu"),
        };
        Ok(Some((head >> 3, field)))
    }
}

/// A number in base 128, in its shortest form.
pub fn number(bytes: &mut &[u8]) -> Result<u64, Flaw> {
    let mut value = 0_u64;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        let part = u64::from(byte & 0x7f);
        if place == 9 && part > 1 {
            return Err("nombre trop long");
        }
        value |= part << (7 * place);
        if byte & 0x80 == 0 {
            if *byte == 0 && place > 0 {
                return Err("nombre écrit plus long qu'il n'est");
            }
            *bytes = &bytes[place + 1..];
            return Ok(value);
        }
    }
    Err("nombre coupé")
}

/// A list of numbers that fills its bytes.
pub fn numbers(mut bytes: &[u8]) -> Result<Vec<u32>, Flaw> {
    let mut list = Vec::with_capacity(bytes.len());
    while !bytes.is_empty() {
        list.push(u32::try_from(number(&mut bytes)?).map_err(|_| "nombre trop grand")?);
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_form() {
        for (bytes, value) in [(&[0][..], 0), (&[0x7f], 127), (&[0x80, 1], 128), (&[0xff; 9], 0)] {
            let read = number(&mut &bytes[..]);
            assert_eq!(read.ok(), (bytes.len() < 9).then_some(value));
        }
        for bytes in [&[0x80, 0][..], &[0x82, 0x80, 0], &[], &[0x80]] {
            assert!(number(&mut &bytes[..]).is_err(), "{bytes:?}");
        }
        let most = [[0xff; 9].as_slice(), &[1]].concat();
        assert_eq!(number(&mut &most[..]), Ok(u64::MAX));
        let more = [[0xff; 9].as_slice(), &[2]].concat();
        assert!(number(&mut &more[..]).is_err());
    }

    #[test]
    fn a_field_of_another_wire_type_is_refused() {
        assert!(Message(&[0x0d, 0, 0, 0, 0]).next().is_err());
        assert!(Message(&[0x0a, 9, 0]).next().is_err());
        assert!(Message(&[]).next().is_ok_and(|end| end.is_none()));
    }
}
