//! FlatBuffers read byte for byte: what is asked for is marked as read, and what nobody asked for
//! is refused, since it could say anything.

/// A buffer, and which of its bytes are explained.
pub struct Flat<'a> {
    bytes: &'a [u8],
    /// Explained parts, as first byte and end.
    read: Vec<(usize, usize)>,
}

/// A table of a buffer.
pub struct Table {
    at: usize,
    /// Where each field lies in the table; 0 where it is absent.
    fields: Vec<u16>,
    /// Fields that were asked for.
    asked: Vec<bool>,
}

/// Why a buffer cannot be read.
pub type Flaw = &'static str;

const CUT: Flaw = "champ hors du fichier";
/// Zero bytes that align what follows, at most.
const MOST_PADDING: usize = 7;

impl<'a> Flat<'a> {
    pub fn new(bytes: &'a [u8]) -> Flat<'a> {
        Flat { bytes, read: Vec::new() }
    }

    /// The table at the root.
    pub fn root(&mut self) -> Result<Table, Flaw> {
        let at = self.follow(0)?;
        self.table(at)
    }

    /// A table that a field points at.
    pub fn child(&mut self, table: &mut Table, field: usize) -> Result<Option<Table>, Flaw> {
        let Some(at) = table.place(field) else { return Ok(None) };
        let at = self.follow(at)?;
        self.table(at).map(Some)
    }

    /// The tables of a vector.
    pub fn children(
        &mut self,
        table: &mut Table,
        field: usize,
    ) -> Result<Option<Vec<Table>>, Flaw> {
        let Some(at) = table.place(field) else { return Ok(None) };
        let (start, length) = self.vector(at, 4)?;
        let tables = (0..length).map(|index| {
            let at = start + 4 * index;
            let to = at.checked_add(self.number::<4>(at)?).ok_or(CUT)?;
            self.table(to)
        });
        tables.collect::<Result<_, _>>().map(Some)
    }

    /// The bytes of a vector whose elements have a size.
    pub fn bytes(
        &mut self,
        table: &mut Table,
        field: usize,
        size: usize,
    ) -> Result<Option<&'a [u8]>, Flaw> {
        let Some(at) = table.place(field) else { return Ok(None) };
        let (start, length) = self.vector(at, size)?;
        Ok(Some(&self.bytes[start..start + length * size]))
    }

    /// A text; its end is marked by a zero byte.
    pub fn text(&mut self, table: &mut Table, field: usize) -> Result<Option<&'a str>, Flaw> {
        let Some(at) = table.place(field) else { return Ok(None) };
        let (start, length) = self.vector(at, 1)?;
        if self.bytes.get(start + length) != Some(&0) {
            return Err("texte sans fin");
        }
        self.read.push((start + length, start + length + 1));
        let text = std::str::from_utf8(&self.bytes[start..start + length]);
        text.map(Some).map_err(|_| "texte qui n'est pas de l'UTF-8")
    }

    /// A scalar of so many bytes.
    pub fn scalar<const N: usize>(
        &mut self,
        table: &mut Table,
        field: usize,
    ) -> Result<Option<[u8; N]>, Flaw> {
        let Some(at) = table.place(field) else { return Ok(None) };
        self.mark(at, N)?;
        let bytes = self.bytes[at..at + N].try_into();
        bytes.map(Some).map_err(|_| CUT)
    }

    /// Refuses bytes that nothing explains: but zeros that align, everything was read once.
    pub fn finish(mut self) -> Result<(), Flaw> {
        self.read.sort_unstable();
        // Tables of the same fields share the list of where these are.
        self.read.dedup();
        let mut next = 0;
        let end = (self.bytes.len(), self.bytes.len());
        for (from, to) in self.read.into_iter().chain([end]) {
            if from < next {
                return Err("deux champs au même endroit");
            }
            let between = &self.bytes[next..from];
            if between.len() > MOST_PADDING || between.iter().any(|byte| *byte != 0) {
                return Err("octets que rien n'explique");
            }
            next = to;
        }
        Ok(())
    }

    fn table(&mut self, at: usize) -> Result<Table, Flaw> {
        self.mark(at, 4)?;
        let back = i32::from_le_bytes(self.array(at)?);
        let list = i64::try_from(at).map_err(|_| CUT)? - i64::from(back);
        let list = usize::try_from(list).map_err(|_| CUT)?;
        let length = self.number::<2>(list)?;
        if length < 4 || length % 2 != 0 {
            return Err("table sans liste de champs");
        }
        self.mark(list, length)?;
        let fields: Vec<u16> = (2..length / 2)
            .map(|slot| self.number::<2>(list + 2 * slot).map(|at| at as u16))
            .collect::<Result<_, _>>()?;
        let asked = vec![false; fields.len()];
        Ok(Table { at, fields, asked })
    }

    fn follow(&mut self, at: usize) -> Result<usize, Flaw> {
        self.mark(at, 4)?;
        at.checked_add(self.number::<4>(at)?).ok_or(CUT)
    }

    /// First byte and number of elements of the vector that an offset points at.
    fn vector(&mut self, at: usize, size: usize) -> Result<(usize, usize), Flaw> {
        let at = self.follow(at)?;
        let length = self.number::<4>(at)?;
        self.mark(at, length.checked_mul(size).and_then(|bytes| bytes.checked_add(4)).ok_or(CUT)?)?;
        Ok((at + 4, length))
    }

    fn mark(&mut self, from: usize, length: usize) -> Result<(), Flaw> {
        let to = from.checked_add(length).filter(|to| *to <= self.bytes.len()).ok_or(CUT)?;
        if to > from {
            self.read.push((from, to));
        }
        Ok(())
    }

    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], Flaw> {
        let bytes = at.checked_add(N).and_then(|to| self.bytes.get(at..to)).ok_or(CUT)?;
        bytes.try_into().map_err(|_| CUT)
    }

    fn number<const N: usize>(&self, at: usize) -> Result<usize, Flaw> {
        let bytes: [u8; N] = self.array(at)?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }
}

impl Table {
    /// Where a field lies, if the table has it.
    fn place(&mut self, field: usize) -> Option<usize> {
        let offset = self.fields.get(field).copied().filter(|offset| *offset != 0)?;
        self.asked[field] = true;
        Some(self.at + usize::from(offset))
    }

    /// Refuses a field that nobody asked for.
    pub fn close(self) -> Result<(), Flaw> {
        let mut fields = self.fields.iter().zip(&self.asked);
        match fields.any(|(offset, asked)| *offset != 0 && !asked) {
            true => Err("champ inattendu"),
            false => Ok(()),
        }
    }
}
