//! One point for each zone of a scale, where its name stands: at each zoom it is in exactly one tile,
//! without a buffer, and the larger zones of a tile come first, as clients place names in that order.
//!
//! Points, ranks and names follow from contours and codes alone. `communes` and `situe` are stored
//! for the server, which shows a name with its zone and gives `code` and `nom` alone.

use std::fs::File;
use std::ops::{Range, RangeInclusive};
use std::path::Path;

use pmtiles::{PmtError, TileCoord, TileId};
use rayon::prelude::*;

use super::PublishError;
use super::archive::archive;
use super::columns::Columns;
use super::encode::Encoder;
use domain::ManifestScale;
use geometry::grid::{EXTENT, MAX_ZOOM, corner, snap};
use geometry::{Piece, Pole};
use protect::PublishedScale;

/// The columns that are stored: those that say which zone it is.
const STORED: [&str; 4] = ["code", "nom", "communes", "situe"];

/// Tiles that are made together: what bounds the memory.
const BATCH: usize = 512;

/// Writes the label points of a scale for the zooms that the manifest gives it.
pub(super) fn write(
    scale: &PublishedScale,
    entry: &ManifestScale,
    columns: &Columns,
    attribution: &str,
    (file, path): (&File, &Path),
) -> Result<(), PublishError> {
    let failed = |source: Flaw| PublishError::Tiles { path: path.into(), source: Box::new(source) };
    let poles: Vec<Option<Pole>> = scale.shapes().par_iter().map(Pole::of).collect();
    if let Some(zone) = poles.iter().position(Option::is_none) {
        return Err(PublishError::shape(scale, zone, "géométrie vide"));
    }
    let poles: Vec<Pole> = poles.into_iter().flatten().collect();
    // The largest zones first; zones stand in the order of their codes.
    let mut ranked: Vec<u32> = (0..).take(poles.len()).collect();
    ranked.sort_by(|one, other| {
        let area = |zone: &u32| poles[*zone as usize].area;
        area(other).total_cmp(&area(one)).then(one.cmp(other))
    });
    let zooms = entry.minzoom..=entry.maxzoom;
    let labels = Labels { scale, columns, poles: &poles, ranked: &ranked };
    labels.fill(entry, &zooms, attribution, file).map_err(failed)
}

struct Labels<'a> {
    scale: &'a PublishedScale,
    columns: &'a Columns,
    poles: &'a [Pole],
    /// Zones, the largest first.
    ranked: &'a [u32],
}

/// Why the points could not be written.
#[derive(Debug, thiserror::Error)]
enum Flaw {
    #[error(transparent)]
    Write(#[from] PmtError),
    #[error("tuile non encodée")]
    Encode(#[from] mvt::Error),
}

impl Labels<'_> {
    fn fill(
        &self,
        entry: &ManifestScale,
        zooms: &RangeInclusive<u8>,
        attribution: &str,
        file: &File,
    ) -> Result<(), Flaw> {
        let name = format!("{} : noms", entry.label);
        let fields = STORED.into_iter().map(|column| (column, "String"));
        let mut writer = archive(entry, zooms, &name, attribution, fields).create(file)?;
        for zoom in zooms.clone() {
            let owners = self.owners(zoom)?;
            let tiles: Vec<Range<usize>> = tiles(&owners);
            for batch in tiles.chunks(BATCH) {
                let made: Vec<(TileCoord, Option<Vec<u8>>)> = batch
                    .par_iter()
                    .map(|tile| self.tile(zoom, &owners[tile.clone()]))
                    .collect::<Result<_, Flaw>>()?;
                for (at, bytes) in made {
                    if let Some(bytes) = bytes {
                        writer.add_tile(at, &bytes)?;
                    }
                }
            }
        }
        Ok(writer.finalize()?)
    }

    /// (PMTiles id, rank) of each zone at a zoom, sorted: the tile that owns its point.
    fn owners(&self, zoom: u8) -> Result<Vec<(u64, u32)>, Flaw> {
        let last = (1_u32 << zoom.min(MAX_ZOOM)) - 1;
        let owner = |(rank, zone): (u32, &u32)| {
            let at = self.vertex(zoom, *zone);
            let [x, y] = at.map(|value| value.div_euclid(EXTENT).max(0).unsigned_abs().min(last));
            Ok((TileId::from(TileCoord::new(zoom, x, y)?).value(), rank))
        };
        let mut owners = (0..).zip(self.ranked).map(owner).collect::<Result<Vec<_>, PmtError>>()?;
        owners.sort_unstable();
        Ok(owners)
    }

    fn vertex(&self, zoom: u8, zone: u32) -> [i32; 2] {
        let pole = self.poles[zone as usize].at;
        snap(pole * f64::from(1_u32 << zoom.min(MAX_ZOOM)))
    }

    /// A tile from its zones, by rank.
    fn tile(&self, zoom: u8, owners: &[(u64, u32)]) -> Result<(TileCoord, Option<Vec<u8>>), Flaw> {
        let at = TileCoord::from(TileId::new(owners[0].0)?);
        let corner = corner(at.x(), at.y());
        let mut encoder = Encoder::new(self.scale.scale().id());
        for (_, rank) in owners {
            let zone = self.ranked[*rank as usize];
            let vertex = self.vertex(zoom, zone);
            let piece = Piece::Point([0, 1].map(|axis| vertex[axis] - corner[axis]));
            encoder.add(u64::from(zone) + 1, &piece, |add| {
                self.columns.visit_place(self.scale, zone as usize, &mut |_, column, value| {
                    add(&column.name, value);
                });
            })?;
        }
        Ok((at, encoder.finish()?))
    }
}

/// The part of the list that each tile has.
fn tiles(owners: &[(u64, u32)]) -> Vec<Range<usize>> {
    let mut start = 0;
    owners
        .chunk_by(|left, right| left.0 == right.0)
        .map(|tile| {
            let range = start..start + tile.len();
            start = range.end;
            range
        })
        .collect()
}
