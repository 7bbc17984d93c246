//! A FlatGeobuf, byte for byte: header, index, features, and nothing else.

use std::io::Read;

use flatgeobuf::packed_r_tree::{NodeItem, PackedRTree, calc_extent, hilbert_sort};

use domain::Scale;

use super::columns::{Column, Kind};
use super::flat::{Flat, Flaw, Table};
use super::notes::Notes;

/// The first bytes of version 3.0.
const MAGIC: [u8; 8] = [0x66, 0x67, 0x62, 3, 0x66, 0x67, 0x62, 0];
/// Children of a node of the index.
const NODE: u16 = 16;
/// Bytes of a header or a feature.
const LARGEST: usize = 1 << 30;

/// Types of geometry and columns.
const POINT: u8 = 1;
const MULTI_POLYGON: u8 = 6;
const BOOL: u8 = 2;
const LONG: u8 = 7;
const DOUBLE: u8 = 10;
const STRING: u8 = 11;

/// A ring in degrees, closed.
pub type Ring = Vec<[f64; 2]>;

/// One zone as it stands in the file.
pub struct Feature<'a> {
    /// As [`super::columns::Properties`] reads them.
    pub properties: &'a [u8],
    /// The rings of each polygon, the exterior first; of an address, its point alone.
    pub polygons: Vec<Vec<Ring>>,
}

/// What a file must be called, and the columns that it must have.
pub struct Named<'a> {
    pub scale: Scale,
    pub name: &'a str,
    pub columns: &'a [Column],
    /// Whether it may be without a zone, and then without an index.
    pub may_be_empty: bool,
}

/// What a file says beside its features.
pub struct Outline {
    /// The texts of its header that say what they will: description, metadata.
    pub texts: [Option<String>; 2],
    envelope: Option<Vec<f64>>,
    index: Vec<u8>,
    nodes: Vec<NodeItem>,
}

/// Reads a file of so many bytes and hands over its features in their order. What stops the reading is noted.
/// `None` where nothing could be read.
pub fn read(
    (mut reader, length): (impl Read, u64),
    named: &Named<'_>,
    notes: &mut Notes,
    each: &mut dyn FnMut(Feature<'_>, &mut Notes),
) -> std::io::Result<Option<Outline>> {
    let mut magic = [0; 8];
    if length < 12 || reader.read_exact(&mut magic).is_err() || magic != MAGIC {
        notes.add("en-tête : ce n'est pas un FlatGeobuf");
        return Ok(None);
    }
    let mut buffer = Vec::new();
    if !block(&mut reader, &mut buffer)? {
        notes.add("en-tête : coupé");
        return Ok(None);
    }
    let Header { envelope, count, node, texts } = match header(&buffer, named, notes) {
        Ok(found) => found,
        Err(flaw) => {
            notes.add(format_args!("en-tête : {flaw}"));
            return Ok(None);
        }
    };
    // A feature has more than four bytes: a larger number than the file can hold is no number.
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let is_empty = count == 0 && named.may_be_empty;
    if count == 0 && !is_empty || count as u64 > length / 4 {
        notes.add("en-tête, « features_count » : pas le nombre des zones");
        return Ok(None);
    }
    notes.same("en-tête, « index_node_size »", &node, &if is_empty { 0 } else { NODE });
    let size = if is_empty { 0 } else { PackedRTree::index_size(count, NODE) };
    let mut index = vec![0; size];
    if reader.read_exact(&mut index).is_err() {
        notes.add("index : coupé");
        return Ok(None);
    }
    let (mut nodes, mut offset) = (Vec::new(), 0);
    for number in 1..=count {
        if !block(&mut reader, &mut buffer)? {
            notes.add(format_args!("zone {number} de {count} : coupée ou absente"));
            return Ok(None);
        }
        match feature(&buffer, named.scale) {
            Ok(found) => {
                let mut node = NodeItem::create(offset);
                let points = found.polygons.iter().flatten().flatten();
                points.for_each(|at| node.expand_xy(at[0], at[1]));
                nodes.push(node);
                each(found, notes);
            }
            Err(flaw) => {
                notes.add(format_args!("zone {number} : {flaw}"));
                return Ok(None);
            }
        }
        offset += buffer.len() as u64 + 4;
    }
    if reader.read(&mut [0])? != 0 {
        notes.add("des octets suivent la dernière zone");
    }
    Ok(Some(Outline { texts, envelope, index, nodes }))
}

impl Outline {
    /// West, south, east, north of all zones.
    pub fn bounds(&self) -> [f64; 4] {
        let extent = calc_extent(&self.nodes);
        [extent.min_x, extent.min_y, extent.max_x, extent.max_y]
    }

    /// The index is the one that follows from the zones, and so is their order; `by_code` are
    /// their places in the file, sorted by code.
    pub fn check(self, by_code: &[u32], notes: &mut Notes) {
        let bounds = self.bounds();
        notes.same("en-tête, « envelope »", &self.envelope, &Some(bounds.to_vec()));
        if self.nodes.is_empty() {
            return;
        }
        let extent = calc_extent(&self.nodes);
        let place = |place: &u32| NodeItem {
            offset: u64::from(*place),
            ..self.nodes[*place as usize].clone()
        };
        let mut sorted: Vec<NodeItem> = by_code.iter().map(place).collect();
        hilbert_sort(&mut sorted, &extent);
        if sorted.iter().zip(0..).any(|(node, place)| node.offset != place) {
            notes.add("ordre des zones : pas celui de leurs lieux");
        }
        let mut due = Vec::with_capacity(self.index.len());
        let tree = PackedRTree::build(&self.nodes, &extent, NODE);
        let written = tree.is_ok_and(|tree| tree.stream_write(&mut due).is_ok());
        if !written || due != self.index {
            notes.add("index : pas celui des zones");
        }
    }
}

/// Reads a block that its length precedes; `false` where the file ends before.
fn block(reader: &mut impl Read, buffer: &mut Vec<u8>) -> std::io::Result<bool> {
    let mut length = [0; 4];
    if let Err(error) = reader.read_exact(&mut length) {
        return if error.kind() == std::io::ErrorKind::UnexpectedEof {
            Ok(false)
        } else {
            Err(error)
        };
    }
    let length = u32::from_le_bytes(length) as usize;
    buffer.clear();
    if length > LARGEST {
        return Ok(false);
    }
    let read = reader.take(length as u64).read_to_end(buffer)?;
    Ok(read == length)
}

/// What a header gives.
struct Header {
    envelope: Option<Vec<f64>>,
    count: u64,
    node: u16,
    texts: [Option<String>; 2],
}

/// The header: what it says in words and flags is what the scale and the catalogue say.
fn header(bytes: &[u8], named: &Named<'_>, notes: &mut Notes) -> Result<Header, Flaw> {
    let (scale, columns) = (named.scale, named.columns);
    let mut flat = Flat::new(bytes);
    let mut table = flat.root()?;
    notes.same("en-tête, « name »", &flat.text(&mut table, 0)?, &Some(named.name));
    let envelope = flat.bytes(&mut table, 1, 8)?.map(numbers);
    let kind = if scale.is_point() { POINT } else { MULTI_POLYGON };
    let read = flat.scalar::<1>(&mut table, 2)?;
    notes.same("en-tête, « geometry_type »", &read, &Some([kind]));
    for (field, name) in [(3, "has_z"), (4, "has_m"), (5, "has_t"), (6, "has_tm")] {
        let read = flat.scalar::<1>(&mut table, field)?.unwrap_or([0]);
        notes.same(&format!("en-tête, « {name} »"), &read, &[0]);
    }
    let own = flat.children(&mut table, 7)?.unwrap_or_default();
    notes.same("en-tête, nombre de colonnes", &own.len(), &columns.len());
    for (place, column) in own.into_iter().enumerate() {
        header_column(&mut flat, column, (place, columns.get(place)), notes)?;
    }
    let count = flat.scalar::<8>(&mut table, 8)?.map_or(0, u64::from_le_bytes);
    let node = flat.scalar::<2>(&mut table, 9)?.map_or(NODE, u16::from_le_bytes);
    match flat.child(&mut table, 10)? {
        Some(mut crs) => {
            notes.same("en-tête, « crs.org »", &flat.text(&mut crs, 0)?, &Some("EPSG"));
            let code = flat.scalar::<4>(&mut crs, 1)?.map(i32::from_le_bytes);
            notes.same("en-tête, « crs.code »", &code, &Some(4326));
            notes.same("en-tête, « crs.name »", &flat.text(&mut crs, 2)?, &Some("WGS 84"));
            for (field, name) in [(3, "crs.description"), (4, "crs.wkt"), (5, "crs.code_string")] {
                let read = flat.text(&mut crs, field)?;
                notes.same(&format!("en-tête, « {name} »"), &read, &None);
            }
            crs.close()?;
        }
        None => notes.add("en-tête, « crs » : absent"),
    }
    notes.same("en-tête, « title »", &flat.text(&mut table, 11)?, &Some(scale.label()));
    let texts = [flat.text(&mut table, 12)?, flat.text(&mut table, 13)?];
    table.close()?;
    flat.finish()?;
    Ok(Header { envelope, count, node, texts: texts.map(|text| text.map(str::to_owned)) })
}

fn header_column(
    flat: &mut Flat<'_>,
    mut table: Table,
    (place, due): (usize, Option<&Column>),
    notes: &mut Notes,
) -> Result<(), Flaw> {
    let name = flat.text(&mut table, 0)?.unwrap_or_default();
    let at = |field: &str| format!("en-tête, colonne « {name} », « {field} »");
    notes.same(&at("name"), &Some(name), &due.map(|column| column.name.as_str()));
    let kind = due.map(|column| match column.kind {
        Kind::Text => STRING,
        Kind::Truth => BOOL,
        Kind::Integer => LONG,
        Kind::Number => DOUBLE,
    });
    let read = flat.scalar::<1>(&mut table, 1)?.map(|[kind]| kind);
    notes.same(&at("type"), &read, &kind);
    let title = flat.text(&mut table, 2)?;
    notes.same(&at("title"), &title, &due.map(|column| column.title.as_str()));
    let description = flat.text(&mut table, 3)?;
    notes.same(&at("description"), &description, &due.map(|column| column.description.as_str()));
    for (field, name) in [(4, "width"), (5, "precision"), (6, "scale")] {
        let read = flat.scalar::<4>(&mut table, field)?.map_or(-1, i32::from_le_bytes);
        notes.same(&at(name), &read, &-1);
    }
    // Absent is true for `nullable`, false for the others.
    for (field, name, absent, due) in
        [(7, "nullable", 1, u8::from(place != 0)), (8, "unique", 0, 0), (9, "primary_key", 0, 0)]
    {
        let read = flat.scalar::<1>(&mut table, field)?.map_or(absent, |[read]| read);
        notes.same(&at(name), &read, &due);
    }
    notes.same(&at("metadata"), &flat.text(&mut table, 10)?, &None);
    table.close()
}

fn feature(bytes: &[u8], scale: Scale) -> Result<Feature<'_>, Flaw> {
    let mut flat = Flat::new(bytes);
    let mut table = flat.root()?;
    let mut geometry = flat.child(&mut table, 0)?.ok_or("sans géométrie")?;
    let polygons = if scale.is_point() {
        let point = flat.bytes(&mut geometry, 1, 8)?.ok_or("sans point")?;
        let [x, y] = numbers(point)[..] else { return Err("pas un point") };
        vec![vec![vec![[x, y]]]]
    } else {
        let parts = flat.children(&mut geometry, 7)?.ok_or("sans polygone")?;
        parts.into_iter().map(|part| polygon(&mut flat, part)).collect::<Result<_, _>>()?
    };
    geometry.close()?;
    let properties = flat.bytes(&mut table, 1, 1)?.ok_or("sans colonne")?;
    table.close()?;
    flat.finish()?;
    let sound = |at: &[f64; 2]| at[0].abs() <= 180.0 && at[1].abs() <= 90.0;
    match polygons.iter().flatten().flatten().all(sound) {
        true => Ok(Feature { properties, polygons }),
        false => Err("une coordonnée n'est pas sur la Terre"),
    }
}

fn polygon(flat: &mut Flat<'_>, mut part: Table) -> Result<Vec<Ring>, Flaw> {
    let ends = flat.bytes(&mut part, 0, 4)?;
    let all = numbers(flat.bytes(&mut part, 1, 8)?.ok_or("polygone sans sommet")?);
    part.close()?;
    let (points, rest) = all.as_chunks::<2>();
    let ends: Vec<usize> = match ends {
        Some(ends) => {
            let (ends, _) = ends.as_chunks::<4>();
            ends.iter().map(|end| u32::from_le_bytes(*end) as usize).collect()
        }
        None => vec![points.len()],
    };
    if !rest.is_empty() || ends.last() != Some(&points.len()) {
        return Err("polygone coupé");
    }
    let mut start = 0;
    let ring = |end: usize| {
        let ring =
            points.get(start..end).filter(|ring| ring.len() >= 4 && ring.first() == ring.last());
        start = end;
        ring.map(<[_]>::to_vec).ok_or("anneau ouvert")
    };
    ends.into_iter().map(ring).collect()
}

fn numbers(bytes: &[u8]) -> Vec<f64> {
    let (all, _) = bytes.as_chunks::<8>();
    all.iter().map(|number| f64::from_le_bytes(*number)).collect()
}
