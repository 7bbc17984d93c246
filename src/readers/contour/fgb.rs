//! FlatGeobuf 3, read by the library of the format, which verifies the FlatBuffers tables.
//!
//! What it does not verify is checked before it looks: the lengths by which it sizes its buffers
//! (it fills up to four gigabytes with zeros before it reads), and the ends of rings and lengths of
//! attributes by which it slices bytes (it panics beyond them).

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flatgeobuf::packed_r_tree::PackedRTree;
use flatgeobuf::{
    ColumnType, FallibleStreamingIterator, FeatureProperties, FgbFeature, FgbReader, Geometry,
    Header,
};
use geozero::{ColumnValue, PropertyProcessor};

use super::ContourSpec;
use super::field::{Cell, Fields, choose};
use super::problem::Problem;
use super::raw::{RawFeature, RawLayer};
use super::rings::rings;
use crate::crs::Crs;

/// The first bytes of a file: the fourth is the version, the eighth the patch level.
pub(super) const MAGIC: [u8; 4] = *b"fgb\x03";

/// Reads every feature of a file.
pub(super) fn read(path: &Path, spec: &ContourSpec) -> Result<RawLayer, Problem> {
    let mut file = BufReader::new(File::open(path).map_err(Problem::Read)?);
    let size = file.get_ref().metadata().map_err(Problem::Read)?.len();
    let reader = FgbReader::open(&mut file).map_err(failed)?;
    let header = reader.header();
    let columns = header.columns();
    let names: Vec<String> =
        columns.iter().flatten().map(|column| column.name().to_owned()).collect();
    let kinds: Vec<ColumnType> = columns.iter().flatten().map(|column| column.type_()).collect();
    let fields = choose(spec.scale, spec.code.as_deref(), spec.name.as_deref(), &names)?;
    let mut layer = RawLayer::in_crs(spec.declared(declared_crs(&header))?);
    let (expected, index) = (header.features_count(), index_size(&header, size)?);
    drop(reader);
    let found = check_lengths(&mut file, index, size)?;
    if expected != 0 && expected != found {
        return Err(broken("il manque des entités"));
    }
    file.rewind().map_err(Problem::Read)?;
    let reader = FgbReader::open(file).map_err(failed)?;
    let mut features = reader.select_all().map_err(failed)?;
    while let Some(feature) = features.next().map_err(failed)? {
        let feature = read_feature(feature, &kinds, fields, layer.next_number())?;
        layer.push(feature)?;
    }
    Ok(layer)
}

fn broken(what: &str) -> Problem {
    Problem::Broken("FlatGeobuf", what.to_owned())
}

fn failed(error: flatgeobuf::Error) -> Problem {
    match error {
        flatgeobuf::Error::IO(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            Problem::Read(error)
        }
        _ => broken("en-tête ou entité illisible"),
    }
}

/// Bytes of the spatial index. The library's sum overflows for a count beyond what a file holds.
fn index_size(header: &Header, size: u64) -> Result<u64, Problem> {
    let (count, node) = (header.features_count(), header.index_node_size());
    if count == 0 || node == 0 {
        return Ok(0);
    }
    let items = usize::try_from(count).ok().filter(|_| count <= size && node > 1);
    Ok(PackedRTree::index_size(items.ok_or_else(|| broken("index illisible"))?, node) as u64)
}

/// Follows the lengths of the features, from the end of the header to that of the file, and counts
/// them. An empty table takes eight bytes.
fn check_lengths(file: &mut BufReader<File>, index: u64, size: u64) -> Result<u64, Problem> {
    let early = || broken("fin prématurée");
    let at = file.stream_position().map_err(Problem::Read)?;
    let mut at = at.checked_add(index).filter(|at| *at <= size).ok_or_else(early)?;
    file.seek(SeekFrom::Start(at)).map_err(Problem::Read)?;
    let mut count = 0;
    while at < size {
        let mut length = [0; 4];
        file.read_exact(&mut length).map_err(|_| early())?;
        let length = u32::from_le_bytes(length);
        at += 4 + u64::from(length);
        if at > size || length < 8 {
            return Err(early());
        }
        file.seek_relative(i64::from(length)).map_err(Problem::Read)?;
        count += 1;
    }
    Ok(count)
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

fn read_feature(
    feature: &FgbFeature,
    kinds: &[ColumnType],
    fields: Fields,
    number: usize,
) -> Result<RawFeature, Problem> {
    let properties = feature.fbs_feature().properties();
    let mut cells = Cells { fields, code: Cell::Null, name: Cell::Null };
    properties
        .is_none_or(|bytes| are_whole(bytes.bytes(), kinds).is_some())
        .then(|| feature.process_properties(&mut cells))
        .and_then(Result::ok)
        .ok_or_else(|| broken("attributs illisibles"))?;
    let rings = match feature.geometry() {
        None => Vec::new(),
        Some(geometry) if !is_whole(&geometry) => return Err(Problem::Geometry(number)),
        Some(_) => rings(feature, number)?,
    };
    Ok(RawFeature { code: cells.code, name: cells.name, rings })
}

/// Whether the rings of a polygon, or of the parts of one, end in order within its points.
fn is_whole(geometry: &Geometry) -> bool {
    let values = geometry.xy().map_or(0, |xy| xy.len());
    let mut last = 0;
    let ordered = geometry.ends().iter().flatten().all(|end| {
        let follows = last <= end;
        last = end;
        follows
    });
    values.is_multiple_of(2)
        && ordered
        && last as usize <= values / 2
        && geometry.parts().iter().flatten().all(|part| is_whole(&part))
}

/// Follows the lengths of the attributes; `None` where they do not end with the bytes.
fn are_whole(mut rest: &[u8], kinds: &[ColumnType]) -> Option<()> {
    while !rest.is_empty() {
        let (column, value) = rest.split_first_chunk()?;
        let length = match *kinds.get(usize::from(u16::from_le_bytes(*column)))? {
            ColumnType::Byte | ColumnType::UByte | ColumnType::Bool => 1,
            ColumnType::Short | ColumnType::UShort => 2,
            ColumnType::Int | ColumnType::UInt | ColumnType::Float => 4,
            ColumnType::Long | ColumnType::ULong | ColumnType::Double => 8,
            ColumnType::String | ColumnType::Json | ColumnType::DateTime | ColumnType::Binary => {
                4 + u32::from_le_bytes(*value.first_chunk()?) as usize
            }
            _ => return None,
        };
        rest = value.get(length..)?;
    }
    Some(())
}

/// The cells of the two fields.
struct Cells {
    fields: Fields,
    code: Cell,
    name: Cell,
}

impl PropertyProcessor for Cells {
    fn property(
        &mut self,
        column: usize,
        _: &str,
        value: &ColumnValue,
    ) -> geozero::error::Result<bool> {
        if self.fields.name == Some(column) {
            self.name = cell(value);
        }
        if self.fields.code == column {
            self.code = cell(value);
        }
        Ok(false)
    }
}

fn cell(value: &ColumnValue) -> Cell {
    match value {
        ColumnValue::Byte(_)
        | ColumnValue::UByte(_)
        | ColumnValue::Short(_)
        | ColumnValue::UShort(_)
        | ColumnValue::Int(_)
        | ColumnValue::UInt(_)
        | ColumnValue::Long(_)
        | ColumnValue::ULong(_) => Cell::Number(value.to_string()),
        ColumnValue::Float(value) => Cell::number(f64::from(*value)),
        ColumnValue::Double(value) => Cell::number(*value),
        ColumnValue::String(text) | ColumnValue::Json(text) | ColumnValue::DateTime(text) => {
            Cell::Text((*text).to_owned())
        }
        ColumnValue::Bool(_) | ColumnValue::Binary(_) => Cell::Null,
    }
}
