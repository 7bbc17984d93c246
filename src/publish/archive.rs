//! One scale as PMTiles: every tile of its zooms, MVT, gzip, within a budget of bytes.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::ops::RangeInclusive;
use std::path::Path;

use pmtiles::{Compression, PmTilesWriter, PmtError, TileType};
use serde_json::json;

use super::columns::{Columns, Kind};
use super::cut::{self, Add, CutError, Source};
use super::{Progress, PublishError, TileSizes, staging};
use domain::ManifestScale;
use protect::PublishedScale;

/// The most bytes of a tile, gzip.
pub(super) const MOST_BYTES: usize = 500_000;

/// The finest zoom that a scale may be moved to.
const FINEST_ZOOM: u8 = 16;

/// Writes the scale within the bounds that the manifest says. A zoom with a tile of more than
/// `most` bytes is left out, with all wider ones; where no zoom of the scale is left, the scale
/// moves to finer zooms. Features are never left out. Returns the zooms and the sizes.
pub(super) fn write(
    scale: &PublishedScale,
    entry: &ManifestScale,
    columns: &Columns,
    attribution: &str,
    most: usize,
    progress: &(dyn Fn(Progress) + Sync),
    (mut file, path): (&File, &Path),
) -> Result<TileSizes, PublishError> {
    let properties = |zone: usize, add: &mut Add<'_>| {
        columns.visit(scale, zone, &mut |_, column, value| {
            if column.in_tiles {
                add(&column.name, value);
            }
        });
    };
    let source = Source { name: entry.id.id(), shapes: scale.shapes(), properties: &properties };
    let told = |zoom, done, tiles| progress(Progress { scale: entry.id, zoom, done, tiles });
    let mut zooms = entry.minzoom..=entry.maxzoom;
    loop {
        let filled = fill(&source, entry, &zooms, columns, attribution, most, &told, file);
        let failed = |source| PublishError::Tiles { path: path.into(), source };
        match filled {
            Ok(mut sizes) => {
                sizes.sort_unstable();
                return Ok(TileSizes {
                    scale: entry.id,
                    minzoom: *zooms.start(),
                    maxzoom: *zooms.end(),
                    tiles: sizes.len(),
                    median: sizes.get(sizes.len() / 2).copied().unwrap_or(0),
                    largest: sizes.last().copied().unwrap_or(0),
                });
            }
            Err(Flaw::Heavy(zoom)) if zoom < FINEST_ZOOM => {
                zooms = zoom + 1..=(zoom + 1).max(*zooms.end());
                file.set_len(0).map_err(staging::at(path))?;
                file.seek(SeekFrom::Start(0)).map_err(staging::at(path))?;
            }
            Err(Flaw::Cut(CutError::Empty(zone))) => {
                return Err(PublishError::shape(scale, zone, "géométrie vide"));
            }
            Err(Flaw::Cut(CutError::Wide(zone))) => {
                let problem = "contour trop étendu pour les zooms de cette échelle";
                return Err(PublishError::shape(scale, zone, problem));
            }
            Err(flaw) => return Err(failed(Box::new(flaw))),
        }
    }
}

/// Writes the tiles of the zooms; returns their sizes.
#[expect(clippy::too_many_arguments, reason = "the archive's header is made from all of it")]
fn fill(
    source: &Source<'_>,
    entry: &ManifestScale,
    zooms: &RangeInclusive<u8>,
    columns: &Columns,
    attribution: &str,
    most: usize,
    told: &dyn Fn(u8, usize, usize),
    file: &File,
) -> Result<Vec<usize>, Flaw> {
    let stored = columns.list().iter().filter(|column| column.in_tiles);
    let fields = stored.map(|column| (column.name.as_str(), field(column.kind)));
    let mut writer = archive(entry, zooms, &entry.label, attribution, fields).create(file)?;
    let mut sizes = Vec::new();
    cut::tiles::<Flaw>(source, zooms.clone(), told, &mut |at, bytes| {
        if bytes.len() > most {
            return Err(Flaw::Heavy(at.z()));
        }
        sizes.push(bytes.len());
        Ok(writer.add_tile(at, &bytes)?)
    })?;
    writer.finalize()?;
    Ok(sizes)
}

/// An archive of tiles in gzip, as its header says. Its metadata are what TileJSON 3.0 says of the
/// layer; `fields` are columns with the names of their types.
pub(super) fn archive<'a>(
    entry: &ManifestScale,
    zooms: &RangeInclusive<u8>,
    name: &str,
    attribution: &str,
    fields: impl Iterator<Item = (&'a str, &'static str)>,
) -> PmTilesWriter {
    let fields: serde_json::Map<_, _> =
        fields.map(|(name, kind)| (name.to_owned(), json!(kind))).collect();
    let metadata = json!({
        "name": name,
        "attribution": attribution,
        "type": "overlay",
        "vector_layers": [{
            "id": entry.id.id(),
            "description": entry.label,
            "minzoom": zooms.start(),
            "maxzoom": zooms.end(),
            "fields": fields,
        }],
    });
    let [west, south, east, north] = entry.bounds;
    PmTilesWriter::new(TileType::Mvt)
        .precompressed(Compression::Gzip)
        .min_zoom(*zooms.start())
        .max_zoom(*zooms.end())
        .bounds(west, south, east, north)
        .center((west + east) / 2.0, (south + north) / 2.0)
        .center_zoom(*zooms.start())
        .metadata(metadata.to_string())
}

/// Why an archive could not be written.
#[derive(Debug, thiserror::Error)]
enum Flaw {
    #[error(transparent)]
    Cut(#[from] CutError),
    #[error(transparent)]
    Write(#[from] PmtError),
    #[error("une tuile du zoom {0} dépasse la taille permise")]
    Heavy(u8),
}

fn field(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "String",
        Kind::Truth => "Boolean",
        Kind::Integer | Kind::Number => "Number",
    }
}
