//! One scale as PMTiles: every tile of its zooms, MVT, gzip.

use std::fs::File;
use std::path::Path;

use pmtiles::{Compression, PmTilesWriter, PmtError, TileType};
use serde_json::json;

use super::columns::{Column, Kind, visit};
use super::cut::{self, Add, CutError, Source};
use super::{Progress, PublishError};
use crate::domain::ManifestScale;
use crate::secrecy::PublishedScale;

/// Writes the scale, within the zooms and the bounds that the manifest says.
pub(super) fn write(
    scale: &PublishedScale,
    entry: &ManifestScale,
    columns: &[Column],
    attribution: &str,
    progress: &(dyn Fn(Progress) + Sync),
    file: &File,
    path: &Path,
) -> Result<(), PublishError> {
    let properties = |zone: usize, add: &mut Add<'_>| {
        visit(scale, zone, &mut |column, value| {
            let column = &columns[column];
            if column.in_tiles {
                add(&column.name, value);
            }
        });
    };
    let source = Source { name: entry.id.id(), shapes: scale.shapes(), properties: &properties };
    let told = |zoom, done, tiles| progress(Progress { scale: entry.id, zoom, done, tiles });
    let [west, south, east, north] = entry.bounds;
    let filled = || -> Result<(), Flaw> {
        let mut writer = PmTilesWriter::new(TileType::Mvt)
            .precompressed(Compression::Gzip)
            .min_zoom(entry.minzoom)
            .max_zoom(entry.maxzoom)
            .bounds(west, south, east, north)
            .center((west + east) / 2.0, (south + north) / 2.0)
            .center_zoom(entry.minzoom)
            .metadata(metadata(entry, columns, attribution))
            .create(file)?;
        cut::tiles::<Flaw>(&source, entry.minzoom..=entry.maxzoom, &told, &mut |at, bytes| {
            Ok(writer.add_tile(at, &bytes)?)
        })?;
        Ok(writer.finalize()?)
    };
    filled().map_err(|flaw| match flaw {
        Flaw::Cut(CutError::Empty(zone)) => PublishError::shape(scale, zone, "géométrie vide"),
        Flaw::Cut(CutError::Wide(zone)) => {
            PublishError::shape(scale, zone, "contour trop étendu pour les zooms de cette échelle")
        }
        flaw => PublishError::Tiles { path: path.into(), source: Box::new(flaw) },
    })
}

/// Why an archive could not be written.
#[derive(Debug, thiserror::Error)]
enum Flaw {
    #[error(transparent)]
    Cut(#[from] CutError),
    #[error(transparent)]
    Write(#[from] PmtError),
}

/// The metadata of the archive: what TileJSON 3.0 says of the layer.
fn metadata(entry: &ManifestScale, columns: &[Column], attribution: &str) -> String {
    let fields: serde_json::Map<_, _> = columns
        .iter()
        .filter(|column| column.in_tiles)
        .map(|column| (column.name.clone(), json!(field(column.kind))))
        .collect();
    json!({
        "name": entry.label,
        "attribution": attribution,
        "type": "overlay",
        "vector_layers": [{
            "id": entry.id.id(),
            "description": entry.label,
            "minzoom": entry.minzoom,
            "maxzoom": entry.maxzoom,
            "fields": fields,
        }],
    })
    .to_string()
}

fn field(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "String",
        Kind::Truth => "Boolean",
        Kind::Integer | Kind::Number => "Number",
    }
}
