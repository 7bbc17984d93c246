//! The FlatGeobuf of a scale: its columns, and its features one by one.

use std::io::{self, BufReader, Read};

use bytes::Bytes;
use flatgeobuf::packed_r_tree::PackedRTree;
use flatgeobuf::{
    ColumnType, Feature, Geometry, GeometryType, size_prefixed_root_as_feature,
    size_prefixed_root_as_header,
};

use super::columns::{Column, Kind};
use super::row::Value;
use edition::{EditionError, ZoneFile};

/// The first bytes of version 3, whatever the patch.
const MAGIC: [u8; 7] = *b"fgb\x03fgb";

/// Bytes of a header, and of a feature, that are read.
const MAX_HEADER: u64 = 16 << 20;
const MAX_FEATURE: u32 = 256 << 20;

/// Zones of a scale: France has 600,000 addresses.
const MAX_FEATURES: u64 = 8 << 20;

/// Bytes read at once where the whole file is walked.
const CHUNK: usize = 1 << 20;

/// What stands before the features.
pub(super) struct Layout {
    pub(super) columns: Vec<Column>,
    pub(super) count: usize,
    /// Where the first feature begins.
    start: u64,
    is_point: bool,
}

/// Why a part of the file is not what it should be.
pub(super) type Flaw = &'static str;

/// What is done with each feature, its offset given.
pub(super) type EachFeature<'a> = dyn FnMut(u64, &[u8]) -> Result<(), Flaw> + 'a;

impl Layout {
    /// Reads the header.
    pub(super) fn read(file: &ZoneFile) -> Result<Layout, EditionError> {
        let flaw = |problem: Flaw| file.unreadable(problem);
        let head = file.bytes(0, 12)?;
        if head.len() < 12 || head[..7] != MAGIC {
            return Err(flaw("ce n'est pas du FlatGeobuf 3"));
        }
        let length = u64::from(u32_at(&head, 8).unwrap_or(0));
        if !(8..=MAX_HEADER).contains(&length) {
            return Err(flaw("en-tête d'une longueur impossible"));
        }
        let bytes = file.bytes(8, length as usize + 4)?;
        let header = size_prefixed_root_as_header(&bytes).map_err(|_| flaw("en-tête illisible"))?;
        let (count, node) = (header.features_count(), header.index_node_size());
        if !(1..=MAX_FEATURES).contains(&count) || node < 2 {
            return Err(flaw("nombre de zones impossible, ou fichier sans index"));
        }
        let is_point = match header.geometry_type() {
            GeometryType::Point => true,
            GeometryType::MultiPolygon => false,
            _ => return Err(flaw("ni points ni surfaces")),
        };
        let mut columns = Vec::new();
        for column in header.columns().into_iter().flatten() {
            let kind = match column.type_() {
                ColumnType::String => Kind::Text,
                ColumnType::Bool => Kind::Truth,
                ColumnType::Long => Kind::Integer,
                ColumnType::Double => Kind::Number,
                _ => return Err(flaw("colonne d'un type inattendu")),
            };
            columns.push(Column {
                name: column.name().into(),
                title: column.title().unwrap_or_default().into(),
                description: column.description().unwrap_or_default().into(),
                kind,
            });
        }
        let index = PackedRTree::index_size(count as usize, node) as u64;
        Ok(Layout { columns, count: count as usize, start: 12 + length + index, is_point })
    }

    /// Whether the zones are points.
    pub(super) fn is_point(&self) -> bool {
        self.is_point
    }

    /// Hands over every feature with its offset and its length, in the order of the file.
    pub(super) fn walk(
        &self,
        file: &ZoneFile,
        each: &mut EachFeature<'_>,
    ) -> Result<(), EditionError> {
        let flaw = |problem: Flaw| file.unreadable(problem);
        let cut = |_: io::Error| flaw("zone coupée");
        let mut reader =
            BufReader::with_capacity(CHUNK, Walk { file, offset: self.start, failed: None });
        let (mut offset, mut buffer) = (self.start, Vec::new());
        for _ in 0..self.count {
            buffer.resize(4, 0);
            let read = reader.read_exact(&mut buffer).map_err(cut);
            let size = u32_at(&buffer, 0).unwrap_or(0);
            if read.is_ok() && size > MAX_FEATURE {
                return Err(flaw("zone d'une longueur impossible"));
            }
            buffer.resize(4 + size as usize, 0);
            let read = read.and_then(|()| reader.read_exact(&mut buffer[4..]).map_err(cut));
            if let Err(error) = read {
                return Err(reader.get_mut().failed.take().unwrap_or(error));
            }
            each(offset, &buffer).map_err(flaw)?;
            offset += buffer.len() as u64;
        }
        if offset != file.length()? {
            return Err(flaw("des octets suivent la dernière zone"));
        }
        Ok(())
    }

    /// Where each column's value begins in the bytes of a feature.
    pub(super) fn values(
        &self,
        bytes: &[u8],
        each: &mut dyn FnMut(usize, usize),
    ) -> Result<(), Flaw> {
        let feature = feature(bytes)?;
        let properties = feature.properties().ok_or("zone sans colonne")?.bytes();
        // The vector lies inside the buffer that it was read from.
        let start = properties.as_ptr().addr().wrapping_sub(bytes.as_ptr().addr());
        let end = start.checked_add(properties.len()).filter(|end| *end <= bytes.len());
        let end = end.ok_or("colonnes hors de la zone")?;
        let mut at = start;
        while at < end {
            let place = bytes.get(at..at + 2).ok_or("colonne coupée")?;
            let place = usize::from(u16::from_le_bytes([place[0], place[1]]));
            let kind = self.columns.get(place).ok_or("colonne inconnue")?.kind;
            at += 2;
            let length = match kind {
                Kind::Truth => 1,
                Kind::Integer | Kind::Number => 8,
                Kind::Text => 4 + u32_at(bytes, at).ok_or("colonne coupée")? as usize,
            };
            each(place, at);
            at = at.checked_add(length).filter(|next| *next <= end).ok_or("colonne coupée")?;
        }
        Ok(())
    }
}

/// A feature of a buffer that begins with its length.
pub(super) fn feature(bytes: &[u8]) -> Result<Feature<'_>, Flaw> {
    size_prefixed_root_as_feature(bytes).map_err(|_| "zone illisible")
}

/// The value of a kind that begins at a place.
pub(super) fn value(bytes: &[u8], at: usize, kind: Kind) -> Option<Value<'_>> {
    let eight = || bytes.get(at..at + 8)?.try_into().ok();
    Some(match kind {
        Kind::Text => {
            let length = u32_at(bytes, at)? as usize;
            Value::Text(std::str::from_utf8(bytes.get(at + 4..at + 4 + length)?).ok()?)
        }
        Kind::Truth => Value::Truth(*bytes.get(at)? != 0),
        Kind::Integer => Value::Integer(i64::from_le_bytes(eight()?)),
        Kind::Number => Value::Number(f64::from_le_bytes(eight()?)),
    })
}

/// West, south, east, north of a geometry; `None` where it has no vertex.
pub(super) fn bounds(geometry: &Geometry<'_>) -> Option<[f64; 4]> {
    let mut found: Option<[f64; 4]> = None;
    let mut add = |part: &Geometry<'_>| {
        let Some(numbers) = part.xy() else { return };
        let mut numbers = numbers.iter();
        while let (Some(x), Some(y)) = (numbers.next(), numbers.next()) {
            let [west, south, east, north] = found.unwrap_or([x, y, x, y]);
            found = Some([west.min(x), south.min(y), east.max(x), north.max(y)]);
        }
    };
    add(geometry);
    for part in geometry.parts().into_iter().flatten() {
        add(&part);
    }
    found
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// The file from an offset on, as a stream.
struct Walk<'a> {
    file: &'a ZoneFile,
    offset: u64,
    /// What the stream could not say.
    failed: Option<EditionError>,
}

impl Read for Walk<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = match self.file.length() {
            Ok(length) => length.saturating_sub(self.offset),
            Err(_) => 0,
        };
        if left == 0 {
            return Ok(0);
        }
        let read: Bytes = match self.file.bytes(self.offset, into.len()) {
            Ok(read) => read,
            Err(error) => {
                self.failed = Some(error);
                return Err(io::Error::other("fichier illisible"));
            }
        };
        into[..read.len()].copy_from_slice(&read);
        self.offset += read.len() as u64;
        Ok(read.len())
    }
}
