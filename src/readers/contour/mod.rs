//! Contours of zones, from any of the four formats, as valid polygons in degrees.
//!
//! Each format is read into attributes and rings in the file's own coordinates (`raw`); what
//! follows is the same for all: rings are cleaned, checked and nested, then turned into
//! EPSG:4326, and sorted by code.

pub(crate) mod crossing;
pub mod cut;
mod dbf;
mod fgb;
mod field;
mod geojson;
mod gpkg;
mod problem;
mod raw;
pub(crate) mod ring;
mod rings;
mod shp;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::path::Path;

use geo::MultiPolygon;
use rayon::prelude::*;

pub use problem::{ContourError, Flaw, Problem};
pub use ring::crosses_ray;

use super::crs::Crs;
use super::dissolve;
use crossing::Contact;
use domain::{Origin, Scale, ZoneCode};
use raw::{RawFeature, RawLayer};

/// Entities of a file, at the most.
const MOST_ZONES: usize = 100_000;

/// What is known of a file of contours before it is read.
#[derive(Clone, Debug)]
pub struct ContourSpec {
    /// The scale of its zones, which says what their codes look like.
    pub scale: Scale,
    /// The layer of a GeoPackage that has several.
    pub layer: Option<String>,
    /// The field of the code; the official name when absent.
    pub code: Option<String>,
    /// The field of the name; the official one when absent.
    pub name: Option<String>,
    /// The system, as `EPSG:2154`; it wins over what the file says.
    pub crs: Option<String>,
}

impl ContourSpec {
    /// The system that a file says it is in. Where the specification says one, a file may say
    /// nonsense.
    fn declared(&self, found: Result<Option<Crs>, Problem>) -> Result<Option<Crs>, Problem> {
        if self.crs.is_some() { Ok(found.unwrap_or(None)) } else { found }
    }

    /// Everything by its official name.
    pub fn new(scale: Scale) -> ContourSpec {
        ContourSpec { scale, layer: None, code: None, name: None, crs: None }
    }
}

/// One zone of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Contour {
    code: ZoneCode,
    name: String,
    area: MultiPolygon<f64>,
}

impl Contour {
    /// The zone that several make together.
    pub fn united(code: ZoneCode, name: &str, parts: &[&Contour]) -> Contour {
        let areas: Vec<_> = parts.iter().map(|part| part.area()).collect();
        Contour { code, name: name.to_owned(), area: dissolve::union(&areas) }
    }

    /// The code, unique in its file.
    pub fn code(&self) -> &ZoneCode {
        &self.code
    }

    /// The name; the code where the file has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Degrees of EPSG:4326, longitude first; rings closed, exteriors counter-clockwise, holes
    /// clockwise, no ring crosses itself or another. Never empty.
    pub fn area(&self) -> &MultiPolygon<f64> {
        &self.area
    }

    /// The same, without a copy.
    pub fn into_parts(self) -> (ZoneCode, String, MultiPolygon<f64>) {
        (self.code, self.name, self.area)
    }
}

/// The zones of a file, sorted by code.
#[derive(Clone, Debug)]
pub struct Contours {
    crs: Crs,
    overruled: Option<Crs>,
    contours: Vec<Contour>,
}

impl Contours {
    /// The system the file was in.
    pub fn crs(&self) -> Crs {
        self.crs
    }

    /// The system that the file says it is in, where the specification said another.
    pub fn overruled(&self) -> Option<Crs> {
        self.overruled
    }

    /// The zones, sorted by code.
    pub fn as_slice(&self) -> &[Contour] {
        &self.contours
    }

    /// The zone of a code.
    pub fn get(&self, code: &str) -> Option<&Contour> {
        let place = self.contours.binary_search_by(|contour| contour.code.as_str().cmp(code));
        place.ok().map(|index| &self.contours[index])
    }

    /// The zones, sorted by code.
    pub fn into_vec(self) -> Vec<Contour> {
        self.contours
    }
}

/// Reads a file of contours. The format follows from its first bytes, the system from the file,
/// else from the specification.
///
/// # Errors
/// [`ContourError`] for a file that is unreadable, of no known format or system, or whose contours or codes
/// cannot be used; it names the file and what in it.
pub fn read(path: &Path, spec: &ContourSpec) -> Result<Contours, ContourError> {
    read_file(path, spec).map_err(|problem| ContourError::new(path, problem))
}

fn read_file(path: &Path, spec: &ContourSpec) -> Result<Contours, Problem> {
    let configured = spec.crs.as_deref().map(Crs::from_text).transpose().map_err(Problem::Crs)?;
    let layer = match format(path)? {
        Format::FlatGeobuf => fgb::read(path, spec),
        Format::GeoPackage => gpkg::read(path, spec),
        Format::GeoJson => geojson::read(path, spec),
        Format::Shapefile => shp::read(path, spec),
    }?;
    // The operator knows better than a file: exports often carry the system of the program.
    let crs = configured.or(layer.crs).ok_or(Problem::NoCrs)?;
    let overruled = layer.crs.filter(|file| *file != crs);
    let contours = contours(layer, crs, spec.scale)?;
    Ok(Contours { crs, overruled, contours })
}

enum Format {
    FlatGeobuf,
    GeoPackage,
    GeoJson,
    Shapefile,
}

fn format(path: &Path) -> Result<Format, Problem> {
    let mut start = Vec::new();
    let file = std::fs::File::open(path).map_err(Problem::Read)?;
    file.take(1024).read_to_end(&mut start).map_err(Problem::Read)?;
    if start.is_empty() {
        return Err(Problem::EmptyFile);
    }
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).trim_ascii_start();
    if start.starts_with(&fgb::MAGIC) {
        Ok(Format::FlatGeobuf)
    } else if start.starts_with(b"SQLite format 3\0") {
        Ok(Format::GeoPackage)
    } else if start.starts_with(&shp::MAGIC) {
        Ok(Format::Shapefile)
    } else if text.starts_with(b"{") {
        Ok(Format::GeoJson)
    } else {
        Err(Problem::Format)
    }
}

/// Checks the entities on all cores; the first problem in the order of the file is the one told.
fn contours(layer: RawLayer, crs: Crs, scale: Scale) -> Result<Vec<Contour>, Problem> {
    let features = layer.into_features();
    if features.is_empty() {
        return Err(Problem::NoFeature);
    }
    if features.len() > MOST_ZONES {
        return Err(Problem::Limit(MOST_ZONES, "zones"));
    }
    let checked: Vec<Result<Contour, Problem>> = features
        .into_par_iter()
        .enumerate()
        .map(|(index, feature)| contour(feature, index + 1, crs, scale))
        .collect();
    let mut contours = checked.into_iter().collect::<Result<Vec<_>, _>>()?;
    // A stable sort: the parts of a zone keep the order of the file.
    contours.sort_by(|a, b| a.code.cmp(&b.code));
    merge(contours, scale)
}

/// The zone of one entity, in degrees.
fn contour(feature: RawFeature, number: usize, crs: Crs, scale: Scale) -> Result<Contour, Problem> {
    let code = feature.code.code(scale).ok_or(Problem::Code(number))?;
    let name = feature.name.text().unwrap_or(code.as_str()).to_owned();
    let mut rings = Vec::with_capacity(feature.rings.len());
    for (points, role) in feature.rings {
        if points.iter().any(|at| !at.x.is_finite() || !at.y.is_finite()) {
            return Err(Problem::Geometry(number));
        }
        if let Some(ring) = ring::cleaned(points) {
            rings.push((ring, role));
        }
    }
    let flawed = |flaw| Problem::Flaw { code: code.clone(), flaw };
    let borders: Vec<_> = rings.iter().map(|(ring, _)| ring).collect();
    let contact = crossing::contact(&borders).map_err(flawed)?;
    for (ring, _) in &mut rings {
        crs.all_to_wgs84(ring)
            .map_err(|outside| Problem::Outside { code: code.clone(), outside })?;
    }
    let mut area = ring::nested(rings).map_err(flawed)?;
    if contact == Contact::Sides {
        // Parts that touch along a side are one.
        let parts: Vec<_> = area.into_iter().map(|part| MultiPolygon::new(vec![part])).collect();
        area = dissolve::union(&parts.iter().collect::<Vec<_>>());
    }
    if area.0.is_empty() {
        return Err(Problem::NoGeometry(number));
    }
    Ok(Contour { code, name, area })
}

/// One contour for each code. A QPV may be delivered as one entity per commune; anywhere else,
/// two entities with one code are a mistake.
fn merge(sorted: Vec<Contour>, scale: Scale) -> Result<Vec<Contour>, Problem> {
    let mut merged = Vec::with_capacity(sorted.len());
    let mut rest = sorted.into_iter().peekable();
    while let Some(first) = rest.next() {
        let mut parts = Vec::new();
        while let Some(part) = rest.next_if(|next| next.code == first.code) {
            parts.push(part.area);
        }
        if parts.is_empty() {
            merged.push(first);
        } else if scale.origin() == Origin::Contours {
            let all: Vec<_> = std::iter::once(&first.area).chain(&parts).collect();
            let area = dissolve::union(&all);
            merged.push(Contour { area, ..first });
        } else {
            return Err(Problem::Twice(first.code, scale));
        }
    }
    Ok(merged)
}
