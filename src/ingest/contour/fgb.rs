//! FlatGeobuf 3, feature by feature. Each block is checked against what is left of the file before
//! it is read, and by the FlatBuffers verifier after.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flatgeobuf::{
    ColumnType, Geometry, GeometryType, Header, size_prefixed_root_as_feature,
    size_prefixed_root_as_header,
};

use super::ContourSpec;
use super::bytes::Bytes;
use super::field::{Cell, Fields, choose};
use super::problem::Problem;
use super::raw::{RawFeature, RawLayer, point, role};
use super::ring::{Ring, Role};
use crate::ingest::crs::Crs;

/// The first bytes of a file: the fourth is the version, the eighth the patch level.
pub(super) const MAGIC: [u8; 4] = *b"fgb\x03";

/// Bytes of a header, and of one node of the spatial index.
const MAX_HEADER: u64 = 10 << 20;
const NODE: u64 = 40;

/// Reads every feature of a file.
pub(super) fn read(path: &Path, spec: &ContourSpec) -> Result<RawLayer, Problem> {
    let file = File::open(path).map_err(Problem::Read)?;
    let left = file.metadata().map_err(Problem::Read)?.len();
    let mut blocks = Blocks { reader: BufReader::new(file), left };
    blocks.skip(8)?;
    let header = blocks.next(MAX_HEADER)?.ok_or_else(|| broken("il n'y a pas d'en-tête"))?;
    let header = size_prefixed_root_as_header(&header).map_err(|_| broken("en-tête illisible"))?;
    let names: Vec<String> =
        header.columns().iter().flatten().map(|column| column.name().to_owned()).collect();
    let fields = choose(spec.scale, spec.code.as_deref(), spec.name.as_deref(), &names)?;
    let mut layer = RawLayer::in_crs(declared_crs(&header)?);
    blocks.skip(index_size(&header).ok_or_else(|| broken("index illisible"))?)?;
    while let Some(block) = blocks.next(u64::MAX)? {
        let feature = feature(&block, &header, fields, layer.next_number())?;
        layer.push(feature)?;
    }
    let expected = header.features_count();
    if expected != 0 && expected != layer.next_number() as u64 - 1 {
        return Err(broken("il manque des entités"));
    }
    Ok(layer)
}

fn broken(what: &str) -> Problem {
    Problem::Broken("FlatGeobuf", what.to_owned())
}

/// The blocks of a file, each behind its length.
struct Blocks {
    reader: BufReader<File>,
    left: u64,
}

impl Blocks {
    fn skip(&mut self, count: u64) -> Result<(), Problem> {
        self.left = self.left.checked_sub(count).ok_or_else(|| broken("fin prématurée"))?;
        self.reader.seek(SeekFrom::Current(count as i64)).map_err(Problem::Read)?;
        Ok(())
    }

    /// The next block with its length before it; `None` at the end of the file.
    fn next(&mut self, limit: u64) -> Result<Option<Vec<u8>>, Problem> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut size = [0; 4];
        self.left = self.left.checked_sub(4).ok_or_else(|| broken("fin prématurée"))?;
        self.reader.read_exact(&mut size).map_err(Problem::Read)?;
        let length = u64::from(u32::from_le_bytes(size));
        if length > limit || length < 8 {
            return Err(broken("bloc illisible"));
        }
        self.left = self.left.checked_sub(length).ok_or_else(|| broken("fin prématurée"))?;
        let mut block = vec![0; 4 + length as usize];
        block[..4].copy_from_slice(&size);
        self.reader.read_exact(&mut block[4..]).map_err(Problem::Read)?;
        Ok(Some(block))
    }
}

/// Bytes of the spatial index: nodes from the leaves up to one root.
fn index_size(header: &Header) -> Option<u64> {
    let (mut level, node_size) = (header.features_count(), u64::from(header.index_node_size()));
    if level == 0 || node_size == 0 {
        return Some(0);
    }
    if node_size == 1 {
        return None;
    }
    let mut nodes = level;
    while level > 1 {
        level = level.div_ceil(node_size);
        nodes = nodes.checked_add(level)?;
    }
    // The format keeps a root above a single leaf too.
    if header.features_count() == 1 {
        nodes = 2;
    }
    nodes.checked_mul(NODE)
}

fn declared_crs(header: &Header) -> Result<Option<Crs>, Problem> {
    let Some(crs) = header.crs() else { return Ok(None) };
    let epsg = crs.org().is_none_or(|org| org.eq_ignore_ascii_case("EPSG"));
    let found = match (u32::try_from(crs.code()), crs.wkt()) {
        (Ok(code), _) if code > 0 && epsg => Crs::from_epsg(code),
        (_, Some(wkt)) if !wkt.is_empty() => Crs::from_wkt(wkt),
        _ => return Ok(None),
    };
    found.map(Some).map_err(Problem::Crs)
}

fn feature(
    block: &[u8],
    header: &Header,
    fields: Fields,
    number: usize,
) -> Result<RawFeature, Problem> {
    let feature = size_prefixed_root_as_feature(block).map_err(|_| broken("entité illisible"))?;
    let properties = feature.properties().map(|bytes| bytes.bytes()).unwrap_or_default();
    let (code, name) =
        attributes(properties, header, fields).ok_or_else(|| broken("attributs illisibles"))?;
    let mut rings = Vec::new();
    if let Some(geometry) = feature.geometry() {
        let kind = match header.geometry_type() {
            GeometryType::Unknown => geometry.type_(),
            kind => kind,
        };
        let read = match kind {
            GeometryType::Polygon => polygon(&geometry, &mut rings),
            GeometryType::MultiPolygon => {
                let parts = geometry.parts();
                parts.iter().flatten().try_for_each(|part| polygon(&part, &mut rings))
            }
            other => {
                let kind = other.variant_name().unwrap_or("inconnu").to_owned();
                return Err(Problem::NotPolygon { feature: number, kind });
            }
        };
        read.ok_or(Problem::Geometry(number))?;
    }
    Ok(RawFeature { code, name, rings })
}

fn polygon(geometry: &Geometry, rings: &mut Vec<(Ring, Role)>) -> Option<()> {
    let Some(xy) = geometry.xy() else { return Some(()) };
    let values: Vec<f64> = xy.iter().collect();
    let points: Ring = values.chunks_exact(2).map(|at| point(at[0], at[1])).collect();
    let ends: Vec<usize> = match geometry.ends() {
        Some(ends) if !ends.is_empty() => ends.iter().map(|end| end as usize).collect(),
        _ => vec![points.len()],
    };
    let mut start = 0;
    for (index, end) in ends.into_iter().enumerate() {
        rings.push((points.get(start..end)?.to_vec(), role(index)));
        start = end;
    }
    Some(())
}

/// The cells of the two fields. Every value before them is read for its length.
fn attributes(properties: &[u8], header: &Header, fields: Fields) -> Option<(Cell, Cell)> {
    let columns: Vec<ColumnType> =
        header.columns().iter().flatten().map(|column| column.type_()).collect();
    let mut bytes = Bytes::new(properties, true);
    let (mut code, mut name) = (Cell::Null, Cell::Null);
    while !bytes.is_empty() {
        let column = usize::from(bytes.u16()?);
        let value = value(&mut bytes, *columns.get(column)?)?;
        if fields.name == Some(column) {
            name = value.clone();
        }
        if fields.code == column {
            code = value;
        }
    }
    Some((code, name))
}

fn value(bytes: &mut Bytes, kind: ColumnType) -> Option<Cell> {
    let signed = |value: i64| Cell::Number(value.to_string());
    Some(match kind {
        ColumnType::Byte => signed(i64::from(bytes.u8()? as i8)),
        ColumnType::UByte => signed(i64::from(bytes.u8()?)),
        ColumnType::Bool => bytes.u8().map(|_| Cell::Null)?,
        ColumnType::Short => signed(i64::from(bytes.u16()? as i16)),
        ColumnType::UShort => signed(i64::from(bytes.u16()?)),
        ColumnType::Int => signed(i64::from(bytes.u32()? as i32)),
        ColumnType::UInt => signed(i64::from(bytes.u32()?)),
        ColumnType::Long => signed(bytes.u64()? as i64),
        ColumnType::ULong => Cell::Number(bytes.u64()?.to_string()),
        ColumnType::Float => Cell::number(f64::from(bytes.f32()?)),
        ColumnType::Double => Cell::number(bytes.f64()?),
        ColumnType::String | ColumnType::Json | ColumnType::DateTime => {
            let length = bytes.count(1)?;
            Cell::Text(std::str::from_utf8(bytes.take(length)?).ok()?.to_owned())
        }
        ColumnType::Binary => {
            let length = bytes.count(1)?;
            bytes.take(length).map(|_| Cell::Null)?
        }
        _ => return None,
    })
}
