//! Writes an edition: FlatGeobuf, PMTiles, catalogue, communes, certificate, manifest. Complete or
//! absent.
//!
//! Every figure comes from a [`PublishedScale`] and is written as it stands there: this module
//! adds, averages and estimates nothing.

mod archive;
mod columns;
mod cut;
mod encode;
mod fgb;
mod labels;
mod staging;
mod summary;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use geo::{CoordsIter, Rect};
use serde::Serialize;

use domain::{
    Certificate, CommuneRow, Fault, HasFault, Manifest, ManifestScale, Scale, Shape, labels_file,
};
use protect::{Published, PublishedScale};

use columns::Columns;
use staging::Staging;

pub use summary::certificate;

/// The program that makes an edition, with its version.
pub const ENGINE: &str = concat!("seuil ", env!("CARGO_PKG_VERSION"));

/// What an edition is, beyond its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// The year that the survey speaks of, on 1 January.
    pub vintage: u16,
    /// Which publication of the vintage it is.
    pub revision: u16,
    /// The sources, as maps must name them.
    pub attribution: String,
    /// What was proved; [`certificate`] makes it.
    pub certificate: Certificate,
    /// What became of the groups of addresses of the edition before: the text of `grappes.csv`.
    pub grappes: Option<String>,
}

impl Meta {
    /// The name of the edition: `2024r1`.
    pub fn id(&self) -> String {
        format!("{}r{}", self.vintage, self.revision)
    }
}

/// How far the tiles of a scale are: `done` of the `tiles` of a zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The scale that is being cut.
    pub scale: Scale,
    /// The zoom level that is being cut.
    pub zoom: u8,
    /// Tiles of that zoom that are made.
    pub done: usize,
    /// Tiles that it will have, empty ones left out.
    pub tiles: usize,
}

/// An edition that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its folder, under its final name.
    pub path: PathBuf,
    /// One entry per scale, the finest first.
    pub tiles: Vec<TileSizes>,
}

/// What the tiles of a scale weigh, in bytes of gzip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileSizes {
    /// Whose tiles they are.
    pub scale: Scale,
    /// The first zoom level of the archive; more than the scale's usual one where a tile of a wider
    /// one would be over the limit.
    pub minzoom: u8,
    /// The last zoom level of the archive.
    pub maxzoom: u8,
    /// Tiles of all zoom levels.
    pub tiles: usize,
    /// The size that half of them do not exceed.
    pub median: usize,
    /// The size of the largest.
    pub largest: usize,
}

impl fmt::Display for TileSizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TileSizes { scale, minzoom, maxzoom, tiles, median, largest } = self;
        let [median, largest] = [median, largest].map(|bytes| *bytes as f64 / 1000.0);
        write!(
            f,
            "tuiles {scale}, zooms {minzoom} à {maxzoom} : {tiles}, médiane {median:.1} ko, \
             au plus {largest:.1} ko"
        )
    }
}

/// The edition could not be written. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
pub enum PublishError {
    #[error("{path} : l'édition {id} existe déjà et ne se réécrit pas ; augmenter build.revision")]
    Exists { id: String, path: PathBuf },
    #[error("{path} : écriture impossible")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("échelle {scale}, zone {code} : {problem}")]
    Shape { scale: Scale, code: String, problem: &'static str },
    #[error("{path} : FlatGeobuf non écrit")]
    Fgb { path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("{path} : tuiles non écrites")]
    Tiles { path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("{path} : JSON non écrit")]
    Json { path: PathBuf, source: serde_json::Error },
}

impl HasFault for PublishError {
    fn fault(&self) -> Fault {
        match self {
            PublishError::Exists { .. } => Fault::Usage,
            PublishError::Shape { .. } => Fault::Input,
            _ => Fault::Environment,
        }
    }
}

/// Writes the edition as `<out>/<id>/`. The files are made in a hidden
/// directory beside it, which takes its final name once all are on disk; an edition that exists
/// is never touched. The same input gives the same bytes, whatever the number of threads.
///
/// # Errors
/// [`PublishError::Exists`] for an id already there, [`PublishError::Shape`] for a zone without a
/// usable shape (no vertex, a coordinate that is not a number, a contour where a point is due);
/// the others come from the disk.
pub fn write(
    published: &Published,
    communes: &[CommuneRow],
    meta: &Meta,
    out: &Path,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Written, PublishError> {
    for scale in published.scales() {
        check_shapes(scale)?;
    }
    let id = meta.id();
    let staging = Staging::open(out, &id)?;
    let mut files = Vec::new();
    let (mut scales, mut tiles) = (Vec::new(), Vec::new());
    for scale in published.scales().iter().filter(|scale| !scale.zones().is_empty()) {
        let entry = entry(scale);
        let columns = Columns::new(published.catalogue(), scale.scale());
        let (fgb, archive) = write_scale(&staging, scale, &entry, &columns, meta, progress);
        let (archive, sizes) = archive?;
        files.extend([fgb?.0, archive]);
        let entry = ManifestScale { minzoom: sizes.minzoom, maxzoom: sizes.maxzoom, ..entry };
        let labels = staging.store(&labels_file(entry.id), |file, path| {
            labels::write(scale, &entry, &columns, &meta.attribution, (file, path))
        });
        files.push(labels?.0);
        scales.push(entry);
        tiles.push(sizes);
    }
    let mut communes = communes.to_vec();
    communes.sort_by_key(|row| row.code);
    files.push(store_json(&staging, "indicators.json", published.catalogue().as_ref())?.0);
    files.push(store_json(&staging, "communes.json", &communes)?.0);
    files.push(store_json(&staging, "certificate.json", &meta.certificate)?.0);
    if let Some(text) = &meta.grappes {
        files.push(
            staging
                .store(domain::LOOKUP, |mut file, path| {
                    file.write_all(text.as_bytes()).map_err(staging::at(path))
                })?
                .0,
        );
    }
    let catalogue = published.catalogue();
    let manifest = Manifest {
        id,
        vintage: meta.vintage,
        revision: meta.revision,
        threshold: published.threshold(),
        engine: ENGINE.into(),
        scales,
        universes: catalogue.universes().iter().map(|universe| universe.id.clone()).collect(),
        indicators: catalogue.indicators().iter().map(|entry| entry.id.clone()).collect(),
        classes: summary::classes(published),
        attribution: meta.attribution.clone(),
        files: files.into_iter().collect(),
    };
    store_json(&staging, "manifest.json", &manifest)?;
    Ok(Written { path: staging.finish()?, tiles })
}

/// Name and digest of a file, with what was said of it.
type Stored<T = ()> = Result<((String, String), T), PublishError>;

/// Both files of a scale, at the same time.
fn write_scale(
    staging: &Staging,
    scale: &PublishedScale,
    entry: &ManifestScale,
    columns: &Columns,
    meta: &Meta,
    progress: &(dyn Fn(Progress) + Sync),
) -> (Stored, Stored<TileSizes>) {
    let fgb = || {
        let name = format!("{}.fgb", entry.id);
        staging.store(&name, |file, path| fgb::write(scale, columns, file, path))
    };
    let tiles = || {
        let name = format!("{}.pmtiles", entry.id);
        staging.store(&name, |file, path| {
            let most = archive::MOST_BYTES;
            archive::write(scale, entry, columns, &meta.attribution, most, progress, (file, path))
        })
    };
    rayon::join(fgb, tiles)
}

fn store_json(staging: &Staging, name: &str, document: &impl Serialize) -> Stored {
    staging.store(name, |mut file, path| {
        let mut bytes = serde_json::to_vec_pretty(document)
            .map_err(|source| PublishError::Json { path: path.into(), source })?;
        bytes.push(b'\n');
        file.write_all(&bytes).map_err(staging::at(path))
    })
}

/// What the manifest says of a scale.
fn entry(scale: &PublishedScale) -> ManifestScale {
    let zooms = scale.scale().default_zooms();
    let bounds = scale.shapes().iter().map(Shape::bounds).reduce(|left, right| {
        let (low, high) = (left.min(), left.max());
        let (other_low, other_high) = (right.min(), right.max());
        Rect::new(
            (low.x.min(other_low.x), low.y.min(other_low.y)),
            (high.x.max(other_high.x), high.y.max(other_high.y)),
        )
    });
    let bounds =
        bounds.map_or([0.0; 4], |all| [all.min().x, all.min().y, all.max().x, all.max().y]);
    ManifestScale {
        id: scale.scale(),
        label: scale.scale().label().into(),
        minzoom: *zooms.start(),
        maxzoom: *zooms.end(),
        zones: scale.zones().len(),
        bounds,
        zoning: scale.scale().zoning(),
    }
}

fn check_shapes(scale: &PublishedScale) -> Result<(), PublishError> {
    for (zone, shape) in scale.shapes().iter().enumerate() {
        let refuse = |problem| Err(PublishError::shape(scale, zone, problem));
        let finite = match shape {
            Shape::Point(at) => at.x.is_finite() && at.y.is_finite(),
            Shape::Area(area) => area.coords_iter().all(|at| at.x.is_finite() && at.y.is_finite()),
        };
        match shape {
            _ if !finite => return refuse("une coordonnée n'est pas un nombre"),
            Shape::Area(_) if scale.scale().is_point() => {
                return refuse("une adresse est un point");
            }
            Shape::Point(_) if !scale.scale().is_point() => {
                return refuse("il faut un contour, pas un point");
            }
            Shape::Area(area) if area.iter().all(|polygon| polygon.exterior().0.is_empty()) => {
                return refuse("géométrie vide");
            }
            _ => {}
        }
    }
    Ok(())
}

impl PublishError {
    fn shape(scale: &PublishedScale, zone: usize, problem: &'static str) -> PublishError {
        let code = scale.zones()[zone].code.to_string();
        PublishError::Shape { scale: scale.scale(), code, problem }
    }
}
