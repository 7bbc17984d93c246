//! Shapefile: `.shp` read through its `.shx`, with the attributes of the `.dbf`, the encoding of
//! the `.cpg` and the system of the `.prj`. The library that reads the contours reserves memory
//! for the counts of a record without touching it, and checks them against its length.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use geo::Coord;
use shapefile::{Error, PolygonRing, Shape, ShapeReader};

use super::ContourSpec;
use super::dbf;
use super::field::choose;
use super::problem::Problem;
use super::raw::{RawFeature, RawLayer, point};
use super::ring::{Ring, Role};
use crate::crs::Crs;

/// The first four bytes of `.shp` and `.shx`.
pub(super) const MAGIC: [u8; 4] = [0, 0, 0x27, 0x0a];

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
        layer.crs = spec.declared(Crs::from_wkt(&wkt).map(Some).map_err(Problem::Crs))?;
    }
    let mut table = dbf::read(&table, cpg.as_deref())?;
    let fields = choose(spec.scale, spec.code.as_deref(), spec.name.as_deref(), &table.names())?;
    let mut shapes = open(path, &index)?;
    let count = shapes.shape_count().map_err(|error| failed(error, "index illisible".into()))?;
    if table.len() != count {
        let counts = format!("{} lignes pour {count} contours", table.len());
        return Err(Problem::Broken("Shapefile", counts));
    }
    for record in 0..count {
        let shape = shapes.read_nth_shape(record).unwrap_or(Err(Error::MissingIndexFile));
        let unreadable = || format!("contour {} illisible", record + 1);
        let shape = shape.map_err(|error| failed(error, unreadable()))?;
        let Some((code, name)) = table.cells(record, fields) else { continue };
        layer.push(RawFeature { code, name, rings: rings(shape, record + 1)? })?;
    }
    Ok(layer)
}

fn open(path: &Path, index: &Path) -> Result<ShapeReader<BufReader<File>>, Problem> {
    let index = File::open(index).map_err(Problem::Read)?;
    if index.metadata().map_err(Problem::Read)?.len() > MAX_INDEX {
        return Err(Problem::Limit(MAX_INDEX as usize, "octets dans le .shx"));
    }
    let file = File::open(path).map_err(Problem::Read)?;
    ShapeReader::with_shx(BufReader::new(file), BufReader::new(index))
        .map_err(|error| failed(error, "en-tête ou index illisible".into()))
}

/// A failure of the disk is not the file's.
fn failed(error: Error, what: String) -> Problem {
    match error {
        Error::IoError(error) if error.kind() != ErrorKind::UnexpectedEof => Problem::Read(error),
        _ => Problem::Broken(".shp", what),
    }
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

/// The rings of a record. Which are holes follows from their nesting: many programs wind them
/// against the specification.
fn rings(shape: Shape, number: usize) -> Result<Vec<(Ring, Role)>, Problem> {
    match shape {
        Shape::NullShape => Ok(Vec::new()),
        Shape::Polygon(area) => Ok(unsaid(area.rings(), |at| point(at.x, at.y))),
        Shape::PolygonM(area) => Ok(unsaid(area.rings(), |at| point(at.x, at.y))),
        Shape::PolygonZ(area) => Ok(unsaid(area.rings(), |at| point(at.x, at.y))),
        other => Err(Problem::NotPolygon { feature: number, kind: other.shapetype().to_string() }),
    }
}

fn unsaid<P>(rings: &[PolygonRing<P>], place: fn(&P) -> Coord<f64>) -> Vec<(Ring, Role)> {
    rings.iter().map(|ring| (ring.points().iter().map(place).collect(), Role::Unsaid)).collect()
}
