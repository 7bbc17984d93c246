//! Shapefile: `.shp` read through its `.shx`, with the attributes of the `.dbf`, the encoding of
//! the `.cpg` and the system of the `.prj` (Esri, "Shapefile Technical Description", 1998).

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::ContourSpec;
use super::bytes::Bytes;
use super::dbf;
use super::field::{Cell, choose};
use super::problem::Problem;
use super::raw::{RawFeature, RawLayer, point};
use super::ring::{Ring, Role};
use crate::ingest::crs::Crs;

/// The first four bytes of `.shp` and `.shx`.
pub(super) const MAGIC: [u8; 4] = [0, 0, 0x27, 0x0a];

const HEADER: u64 = 100;
/// Bytes of one small companion file.
const MAX_TEXT: u64 = 1 << 20;
/// Bytes of an index: 8 for each entity.
const MAX_INDEX: u64 = 1 << 24;

/// Reads the entities of a Shapefile.
pub(super) fn read(path: &Path, spec: &ContourSpec) -> Result<RawLayer, Problem> {
    let index = companion(path, "shx").ok_or(Problem::Companion("shx"))?;
    let table = companion(path, "dbf").ok_or(Problem::Companion("dbf"))?;
    let cpg = companion(path, "cpg").map(|cpg| text(&cpg)).transpose()?;
    let prj = companion(path, "prj").map(|prj| text(&prj)).transpose()?;
    let mut layer = RawLayer::default();
    if let Some(wkt) = prj.filter(|wkt| !wkt.trim().is_empty()) {
        layer.crs = Some(Crs::from_wkt(&wkt).map_err(Problem::Crs)?);
    }
    let table = dbf::read(&table, cpg.as_deref())?;
    let fields = choose(spec.scale, spec.code.as_deref(), spec.name.as_deref(), table.names())?;
    let places = places(&index)?;
    if table.len() != places.len() {
        let counts = format!("{} lignes pour {} contours", table.len(), places.len());
        return Err(Problem::Broken("Shapefile", counts));
    }
    let mut file = File::open(path).map_err(Problem::Read)?;
    let size = file.metadata().map_err(Problem::Read)?.len();
    for (record, (offset, length)) in places.into_iter().enumerate() {
        let content = content(&mut file, size, offset, length)
            .map_err(Problem::Read)?
            .ok_or_else(|| broken(record + 1))?;
        if table.is_deleted(record) {
            continue;
        }
        let name = fields.name.map_or(Cell::Null, |column| table.cell(record, column));
        let rings = rings(&content, record + 1)?;
        layer.push(RawFeature { code: table.cell(record, fields.code), name, rings })?;
    }
    Ok(layer)
}

fn broken(record: usize) -> Problem {
    Problem::Broken(".shp", format!("contour {record} illisible"))
}

/// The file beside the `.shp` with another extension, in small or capital letters.
fn companion(path: &Path, extension: &str) -> Option<PathBuf> {
    [extension.to_owned(), extension.to_ascii_uppercase()]
        .into_iter()
        .map(|extension| path.with_extension(extension))
        .find(|path| path.is_file())
}

fn text(path: &Path) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Problem::Read)?;
    file.take(MAX_TEXT).read_to_end(&mut bytes).map_err(Problem::Read)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Offset and length in bytes of every record, from the index.
fn places(index: &Path) -> Result<Vec<(u64, u64)>, Problem> {
    let broken = || Problem::Broken(".shx", "index illisible".into());
    let mut bytes = Vec::new();
    let file = File::open(index).map_err(Problem::Read)?;
    file.take(MAX_INDEX + 1).read_to_end(&mut bytes).map_err(Problem::Read)?;
    if bytes.len() as u64 > MAX_INDEX {
        return Err(Problem::Limit(MAX_INDEX as usize, "octets dans le .shx"));
    }
    let body = bytes.get(HEADER as usize..).filter(|_| bytes.starts_with(&MAGIC));
    let body = body.filter(|body| body.len() % 8 == 0).ok_or_else(broken)?;
    let mut body = Bytes::new(body, false);
    let mut places = Vec::new();
    while !body.is_empty() {
        // Both are counted in words of two bytes.
        let mut words = || body.u32().map(|words| u64::from(words) * 2).ok_or_else(broken);
        places.push((words()?, words()?));
    }
    Ok(places)
}

/// The bytes of a record; `None` where the file is too short for it.
fn content(
    file: &mut File,
    size: u64,
    offset: u64,
    length: u64,
) -> std::io::Result<Option<Vec<u8>>> {
    // Eight bytes of number and length come before the content.
    if offset < HEADER || offset + 8 + length > size {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = vec![0; 8 + length as usize];
    file.read_exact(&mut bytes)?;
    let mut header = Bytes::new(bytes.get(4..8).unwrap_or_default(), false);
    let agrees = header.u32().is_some_and(|words| u64::from(words) * 2 == length);
    Ok(agrees.then(|| bytes.split_off(8)))
}

/// The rings of a record. Which are holes follows from their nesting: many programs wind them
/// against the specification.
fn rings(content: &[u8], number: usize) -> Result<Vec<(Ring, Role)>, Problem> {
    let mut bytes = Bytes::new(content, true);
    let kind = match bytes.u32() {
        Some(0) => return Ok(Vec::new()),
        // Polygon, with Z, with M: what follows the plane points is left unread.
        Some(5 | 15 | 25) => return polygon(&mut bytes).ok_or_else(|| broken(number)),
        Some(1 | 11 | 21) => "Point",
        Some(3 | 13 | 23) => "PolyLine",
        Some(8 | 18 | 28) => "MultiPoint",
        Some(31) => "MultiPatch",
        _ => return Err(broken(number)),
    };
    Err(Problem::NotPolygon { feature: number, kind: kind.into() })
}

fn polygon(bytes: &mut Bytes) -> Option<Vec<(Ring, Role)>> {
    bytes.take(32)?;
    let parts = bytes.count(4)?;
    let points = bytes.count(16)?;
    let starts: Vec<usize> =
        (0..parts).map(|_| bytes.u32().map(|start| start as usize)).collect::<Option<_>>()?;
    let all: Ring =
        (0..points).map(|_| Some(point(bytes.f64()?, bytes.f64()?))).collect::<Option<_>>()?;
    let ends = starts.iter().copied().skip(1).chain([points]);
    let ring = |(start, end): (usize, usize)| Some((all.get(start..end)?.to_vec(), Role::Unsaid));
    starts.iter().copied().zip(ends).map(ring).collect()
}
