//! Cuts the tiles of one scale, zoom after zoom, in the order of PMTiles ids.
//!
//! Every value in a tile is the zone's own: nothing is added, averaged, clustered or dropped. A
//! zone is in every tile that it meets, buffer included, under the same id and with the same
//! figures at every zoom.

use std::ops::{Range, RangeInclusive};

use pmtiles::{TileCoord, TileId};
use rayon::prelude::*;

use super::columns::Value;
use super::encode::Encoder;
use domain::Shape;
use geometry::grid::MAX_ZOOM;
use geometry::{DrawError, Drawn, Junctions};

/// Simplification under the finest zoom, in grid units: an eighth of a pixel of a 512 pixel tile.
const TOLERANCE: f64 = 1.0;

/// Simplification at the finest zoom, which readers enlarge: what rounding loses anyway.
const FINEST_TOLERANCE: f64 = 0.5;

/// Tiles, and zones in tiles, that are worked on together: what bounds the memory.
const BATCH_TILES: usize = 512;
const BATCH_PIECES: usize = 50_000;

/// What is cut: the zones of a scale, as the tiles see them.
pub(super) struct Source<'a> {
    /// Name of the layer.
    pub(super) name: &'a str,
    pub(super) shapes: &'a [Shape],
    /// Hands over each property of a zone.
    pub(super) properties: &'a (dyn Fn(usize, &mut Add<'_>) + Sync),
}

/// Takes a property: its name, its value.
pub(super) type Add<'a> = dyn FnMut(&str, Value<'_>) + 'a;

/// A tile, or a zone, that cannot be cut.
#[derive(Debug, thiserror::Error)]
pub(super) enum CutError {
    /// The zone, by its place, has no vertex.
    #[error("géométrie vide")]
    Empty(usize),
    #[error("géométrie trop étendue pour un zoom")]
    Wide(usize),
    #[error("tuile non encodée")]
    Encode(#[from] mvt::Error),
    #[error("coordonnées de tuile")]
    Coordinates(#[from] pmtiles::PmtError),
}

impl From<DrawError> for CutError {
    fn from(error: DrawError) -> CutError {
        match error {
            DrawError::Empty(zone) => CutError::Empty(zone),
            DrawError::Wide(zone) => CutError::Wide(zone),
        }
    }
}

/// Cuts every tile of the zooms and hands each over, gzip, in rising order of PMTiles ids; tiles
/// without any zone are left out. The same bytes whatever the number of threads. `progress`
/// learns how many tiles of how many a zoom has done.
pub(super) fn tiles<E: From<CutError>>(
    source: &Source<'_>,
    zooms: RangeInclusive<u8>,
    progress: &dyn Fn(u8, usize, usize),
    each: &mut dyn FnMut(TileCoord, Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let finest = *zooms.end();
    let junctions = Junctions::of(source.shapes);
    for zoom in zooms {
        let tolerance = if zoom == finest { FINEST_TOLERANCE } else { TOLERANCE };
        let level = Level::new(source, &junctions, zoom, tolerance)?;
        let tiles = level.tiles();
        let mut done = 0;
        for batch in level.batches(&tiles) {
            let cut: Vec<Option<Vec<u8>>> = tiles[batch.clone()]
                .par_iter()
                .map(|tile| level.cut(source, tile))
                .collect::<Result<_, CutError>>()?;
            for (tile, bytes) in tiles[batch.clone()].iter().zip(cut) {
                if let Some(bytes) = bytes {
                    each(level.coordinates(tile)?, bytes)?;
                }
            }
            done += batch.len();
            progress(zoom, done, tiles.len());
        }
    }
    Ok(())
}

/// A zoom: every zone drawn on its grid, and which tiles each meets.
struct Level {
    zoom: u8,
    drawn: Vec<Drawn>,
    /// (PMTiles id, zone), sorted: the zones of a tile follow one another.
    meetings: Vec<(u64, u32)>,
}

impl Level {
    fn new(
        source: &Source<'_>,
        junctions: &Junctions,
        zoom: u8,
        tolerance: f64,
    ) -> Result<Level, CutError> {
        let zoom = zoom.min(MAX_ZOOM);
        let drawn = geometry::draw(source.shapes, junctions, zoom, tolerance)?;
        let met: Vec<Vec<(u64, u32)>> = drawn
            .par_iter()
            .enumerate()
            .map(|(zone, drawn)| meetings(zone, drawn, zoom))
            .collect::<Result<_, _>>()?;
        let mut meetings = met.concat();
        meetings.par_sort_unstable();
        meetings.dedup();
        Ok(Level { zoom, drawn, meetings })
    }

    /// The part of `meetings` that each tile owns, in the order of ids.
    fn tiles(&self) -> Vec<Range<usize>> {
        let mut start = 0;
        self.meetings
            .chunk_by(|left, right| left.0 == right.0)
            .map(|tile| {
                let range = start..start + tile.len();
                start = range.end;
                range
            })
            .collect()
    }

    /// Cuts the list of tiles into parts that are worked on together.
    fn batches(&self, tiles: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut batches = Vec::new();
        let (mut start, mut pieces) = (0, 0);
        for (index, tile) in tiles.iter().enumerate() {
            pieces += tile.len();
            if pieces >= BATCH_PIECES || index + 1 - start >= BATCH_TILES {
                batches.push(start..index + 1);
                (start, pieces) = (index + 1, 0);
            }
        }
        if start < tiles.len() {
            batches.push(start..tiles.len());
        }
        batches
    }

    fn coordinates(&self, tile: &Range<usize>) -> Result<TileCoord, CutError> {
        Ok(TileCoord::from(TileId::new(self.meetings[tile.start].0)?))
    }

    fn cut(&self, source: &Source<'_>, tile: &Range<usize>) -> Result<Option<Vec<u8>>, CutError> {
        let at = self.coordinates(tile)?;
        let mut encoder = Encoder::new(source.name);
        for &(_, zone) in &self.meetings[tile.clone()] {
            let index = zone as usize;
            if let Some(piece) = self.drawn[index].piece(at.x(), at.y(), self.zoom) {
                encoder.add(u64::from(zone) + 1, &piece, |add| (source.properties)(index, add))?;
            }
        }
        Ok(encoder.finish()?)
    }
}

/// The tiles that a zone may meet: those of the rectangles of its polygons.
fn meetings(zone: usize, drawn: &Drawn, zoom: u8) -> Result<Vec<(u64, u32)>, CutError> {
    let id = u32::try_from(zone).map_err(|_| CutError::Wide(zone))?;
    let mut met = Vec::new();
    for bounds in drawn.bounds() {
        let [columns, rows] = bounds.tiles(zoom);
        for x in columns.0..=columns.1 {
            for y in rows.0..=rows.1 {
                met.push((TileId::from(TileCoord::new(zoom, x, y)?).value(), id));
            }
        }
    }
    Ok(met)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read;

    use geo::{Coord, LineString, MultiPolygon, Polygon};
    use geozero::mvt::{Message, Tile};

    use super::*;
    use geometry::{Piece, ring};

    /// A coverage of `side`² cells with wavy shared borders, around Cergy.
    fn coverage(side: usize) -> Vec<Shape> {
        let node = |x: f64, y: f64| Coord {
            x: 2.0 + 0.01 * (x + 0.08 * (y * 9.0).sin()),
            y: 49.0 + 0.007 * (y + 0.08 * (x * 7.0).sin()),
        };
        let edge = |from: (f64, f64), to: (f64, f64)| {
            (0..16).map(move |step| {
                let part = f64::from(step) / 16.0;
                node(from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part)
            })
        };
        let cell = |x: f64, y: f64| {
            let corners = [(x, y), (x + 1.0, y), (x + 1.0, y + 1.0), (x, y + 1.0), (x, y)];
            let ring: Vec<_> = corners.windows(2).flat_map(|two| edge(two[0], two[1])).collect();
            Shape::Area(MultiPolygon(vec![Polygon::new(LineString(ring), vec![])]))
        };
        (0..side * side).map(|index| cell((index % side) as f64, (index / side) as f64)).collect()
    }

    fn points(count: usize) -> Vec<Shape> {
        let place = |index: usize| Coord {
            x: 2.0 + 0.2 * (index as f64 * 0.618_034).fract(),
            y: 49.0 + 0.14 * (index as f64 * 0.754_878).fract(),
        };
        (0..count).map(|index| Shape::Point(place(index))).collect()
    }

    fn properties(zone: usize, add: &mut Add<'_>) {
        add("code", Value::Text(&format!("{zone:05}")));
        add("secret", Value::Truth(zone.is_multiple_of(3)));
        for (indicator, name) in NAMES.iter().enumerate() {
            let share = (zone * 7 + indicator * 131) % 1000;
            add(name, Value::Number(share as f64 / 10.0));
        }
    }

    const NAMES: [&str; 30] = [
        "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b0", "b1", "b2", "b3", "b4",
        "b5", "b6", "b7", "b8", "b9", "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9",
    ];

    type Pyramid = BTreeMap<(u8, u32, u32), Vec<u8>>;

    fn pyramid(shapes: &[Shape], zooms: RangeInclusive<u8>) -> Pyramid {
        let source = Source { name: "iris", shapes, properties: &properties };
        let mut all = Pyramid::new();
        let mut last = None;
        tiles::<CutError>(&source, zooms, &|_, _, _| (), &mut |at, bytes| {
            let id = TileId::from(at).value();
            assert!(last < Some(id), "tiles come in the order of their ids");
            last = Some(id);
            all.insert((at.z(), at.x(), at.y()), bytes);
            Ok(())
        })
        .unwrap();
        all
    }

    fn decode(gzip: &[u8]) -> Tile {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(gzip).read_to_end(&mut plain).unwrap();
        Tile::decode(plain.as_slice()).unwrap()
    }

    #[test]
    fn every_zone_is_at_every_zoom_with_the_same_properties() {
        let mut shapes = coverage(12);
        // The smallest contour there can be, at the finest zoom too.
        let at = Coord { x: 2.05, y: 49.05 };
        let dot = LineString(vec![at, Coord { x: at.x + 1e-7, ..at }, at]);
        shapes.push(Shape::Area(MultiPolygon(vec![Polygon::new(dot, vec![])])));
        let mut seen: BTreeMap<(u8, u64), BTreeMap<String, String>> = BTreeMap::new();
        for ((zoom, _, _), bytes) in pyramid(&shapes, 5..=13) {
            let tile = decode(&bytes);
            let layer = &tile.layers[0];
            let ids: Vec<_> = layer.features.iter().map(|feature| feature.id.unwrap()).collect();
            assert!(ids.is_sorted());
            for feature in &layer.features {
                let values = feature.tags.chunks(2).map(|tag| {
                    let value = &layer.values[tag[1] as usize];
                    (layer.keys[tag[0] as usize].clone(), format!("{value:?}"))
                });
                let values: BTreeMap<_, _> = values.collect();
                let first = seen.entry((zoom, feature.id.unwrap())).or_insert(values.clone());
                assert_eq!(*first, values);
            }
        }
        assert_eq!(seen.len(), 9 * shapes.len());
        for ((_, id), values) in &seen {
            assert_eq!(*values, seen[&(5, *id)]);
        }
    }

    /// The outline of `coverage(side)`, made of the same vertices.
    fn outline(cells: &[Shape], side: usize) -> Shape {
        let ring = |x: usize, y: usize| match &cells[y * side + x] {
            Shape::Area(area) => area.0[0].exterior().0.clone(),
            Shape::Point(_) => Vec::new(),
        };
        let last = side - 1;
        let mut outline = Vec::new();
        outline.extend((0..side).flat_map(|x| ring(x, 0)[0..16].to_vec()));
        outline.extend((0..side).flat_map(|y| ring(last, y)[16..32].to_vec()));
        outline.extend((0..side).rev().flat_map(|x| ring(x, last)[32..48].to_vec()));
        outline.extend((0..side).rev().flat_map(|y| ring(0, y)[48..64].to_vec()));
        Shape::Area(MultiPolygon(vec![Polygon::new(LineString(outline), vec![])]))
    }

    #[test]
    fn simplified_neighbours_leave_no_gap_and_no_overlap() {
        let side = 12;
        let mut shapes = coverage(side);
        shapes.push(outline(&shapes, side));
        for (zoom, tolerance) in [(8, 1.0), (10, 5.0), (12, 20.0), (13, 0.5)] {
            let source = Source { name: "iris", shapes: &shapes, properties: &properties };
            let level = Level::new(&source, &Junctions::of(&shapes), zoom, tolerance).unwrap();
            let (outline, cells) = level.drawn.split_last().unwrap();
            let sum: i128 = cells.iter().map(Drawn::surface).sum();
            assert_eq!(sum, outline.surface(), "zoom {zoom}");
        }
    }

    #[test]
    fn the_pieces_of_a_coverage_fill_each_tile_once() {
        let shapes = coverage(12);
        let source = Source { name: "iris", shapes: &shapes, properties: &properties };
        let level = Level::new(&source, &Junctions::of(&shapes), 13, TOLERANCE).unwrap();
        let mut inner = 0;
        for tile in level.tiles() {
            let at = level.coordinates(&tile).unwrap();
            let area: i128 = level.meetings[tile]
                .iter()
                .filter_map(|met| level.drawn[met.1 as usize].piece(at.x(), at.y(), 13))
                .map(|piece| match piece {
                    Piece::Rings(rings) => rings.iter().map(|ring| ring::area(ring)).sum(),
                    Piece::Point(_) => 0,
                })
                .sum();
            let full = 2 * (4096 + 128_i128).pow(2);
            assert!(area <= full, "{area}");
            inner += usize::from(area == full);
        }
        assert!(inner > 0, "some tile must lie inside the coverage");
    }

    #[test]
    fn the_number_of_threads_changes_no_byte() {
        let shapes: Vec<_> = coverage(9).into_iter().chain(points(500)).collect();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| pyramid(&shapes, 8..=12))
        };
        assert!(with(1) == with(2));
    }

    #[test]
    fn a_point_belongs_to_one_tile_and_to_the_buffers_around() {
        let shapes = points(2_000);
        let mut inside = vec![0; shapes.len()];
        for bytes in pyramid(&shapes, 13..=13).values() {
            for feature in &decode(bytes).layers[0].features {
                let unzip = |value: u32| (value >> 1) as i32 ^ -((value & 1) as i32);
                let at = [unzip(feature.geometry[1]), unzip(feature.geometry[2])];
                assert!(at.iter().all(|value| (-64..=4160).contains(value)));
                inside[feature.id.unwrap() as usize - 1] +=
                    u32::from(at.iter().all(|value| (0..4096).contains(value)));
            }
        }
        assert!(inside.iter().all(|&count| count == 1));
    }

    #[test]
    fn a_zone_as_wide_as_the_world_is_refused_at_a_fine_zoom() {
        let ring = vec![(-170.0, -80.0), (170.0, -80.0), (0.0, 80.0), (-170.0, -80.0)];
        let world = Shape::Area(MultiPolygon(vec![Polygon::new(LineString::from(ring), vec![])]));
        let shapes = [world];
        let source = Source { name: "iris", shapes: &shapes, properties: &properties };
        let none = Junctions::of(&[]);
        assert!(matches!(Level::new(&source, &none, 14, 1.0), Err(CutError::Wide(0))));
        assert!(Level::new(&source, &none, 4, 1.0).is_ok());
    }
}
