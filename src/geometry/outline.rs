//! The zones of a scale on the grid of a zoom: projected, simplified and snapped together, so that
//! neighbours keep one border.

use geo::{Coord, LineString, MultiPolygon};
use rayon::prelude::*;

use super::borders::Junctions;
use super::drawn::Drawn;
use super::grid::{self, Bounds, Vertex};
use super::{noding, simplify};
use domain::Shape;

/// How often vertices are given back to borders that simplification made cross.
const ROUNDS: usize = 6;

/// The most tiles that one zone may meet at one zoom: a commune of Guyane meets a hundred.
const MAX_TILES_PER_ZONE: u64 = 1 << 16;

/// A zone, by its place, that cannot be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrawError {
    /// It has no vertex.
    Empty(usize),
    /// It meets too many tiles.
    Wide(usize),
}

/// Draws every zone; `tolerance` in grid units.
///
/// # Errors
/// [`DrawError::Empty`] for an area without a vertex, [`DrawError::Wide`] for a zone that meets too
/// many tiles.
pub fn draw(
    shapes: &[Shape],
    junctions: &Junctions,
    zoom: u8,
    tolerance: f64,
) -> Result<Vec<Drawn>, DrawError> {
    let outlines: Vec<Vec<Outline<'_>>> = shapes
        .par_iter()
        .enumerate()
        .map(|(zone, shape)| outlines(zone, shape, junctions, zoom, tolerance))
        .collect::<Result<_, _>>()?;
    let mut rings = Vec::new();
    let counts: Vec<usize> = outlines.iter().map(Vec::len).collect();
    let mut outlines: Vec<Outline<'_>> = outlines.into_iter().flatten().collect();
    for _ in 0..ROUNDS {
        rings = outlines.par_iter().map(|outline| outline.places(zoom)).collect();
        let crossing = noding::crossings(&rings);
        if !restore(&mut outlines, &crossing) {
            break;
        }
    }
    drop(outlines);
    let noded = noding::node(rings);
    let mut first = 0;
    let ranges: Vec<_> = counts
        .into_iter()
        .map(|count| {
            first += count;
            first - count..first
        })
        .collect();
    let drawn = shapes.par_iter().zip(ranges).map(|(shape, range)| match shape {
        Shape::Point(at) => Drawn::Point(snapped(*at, zoom)),
        Shape::Area(area) => {
            Drawn::area(&noded[range], first_vertex(area).map_or([0; 2], |at| snapped(at, zoom)))
        }
    });
    Ok(drawn.collect())
}

fn snapped(at: Coord<f64>, zoom: u8) -> Vertex {
    grid::snap(grid::project(at, zoom))
}

fn first_vertex(area: &MultiPolygon<f64>) -> Option<Coord<f64>> {
    area.iter().find_map(|polygon| polygon.exterior().0.first().copied())
}

/// One ring, and which of its vertices are kept, rising.
struct Outline<'a> {
    vertices: &'a [Coord<f64>],
    kept: Vec<u32>,
    /// Whether the ring is walked backwards, for its interior to lie on the right side.
    turned: bool,
}

fn outlines<'a>(
    zone: usize,
    shape: &'a Shape,
    junctions: &Junctions,
    zoom: u8,
    tolerance: f64,
) -> Result<Vec<Outline<'a>>, DrawError> {
    let Shape::Area(area) = shape else { return Ok(Vec::new()) };
    if first_vertex(area).is_none() {
        return Err(DrawError::Empty(zone));
    }
    let mut tiles = 0;
    let mut found = Vec::new();
    for polygon in area.iter() {
        let exterior = std::iter::once((polygon.exterior(), true));
        for (line, outer) in exterior.chain(polygon.interiors().iter().map(|hole| (hole, false))) {
            let projected: Vec<_> = line.0.iter().map(|at| grid::project(*at, zoom)).collect();
            if outer {
                tiles += met(&projected, zoom);
            }
            if tiles > MAX_TILES_PER_ZONE {
                return Err(DrawError::Wide(zone));
            }
            let keep = |index: usize| junctions.hold(line.0[index]);
            let kept = simplify::ring(&projected, keep, tolerance);
            found.push(Outline {
                vertices: open(line),
                // A ring has fewer than 2^32 vertices: they would not fit in memory.
                kept: kept.into_iter().map(|index| index as u32).collect(),
                turned: (area_of(&projected) > 0.0) != outer,
            });
        }
    }
    Ok(found)
}

/// How many tiles the rectangle of a ring meets.
fn met(projected: &[Coord<f64>], zoom: u8) -> u64 {
    let snapped: Vec<Vertex> = projected.iter().map(|at| grid::snap(*at)).collect();
    let tiles = |bounds: Bounds| {
        let count = |(first, last): (u32, u32)| u64::from(last - first) + 1;
        bounds.tiles(zoom).map(count).into_iter().product()
    };
    Bounds::of(&snapped).map_or(0, tiles)
}

/// The vertices of a ring without the repeated last, as `simplify` counts them.
fn open(line: &LineString<f64>) -> &[Coord<f64>] {
    match line.0.as_slice() {
        [first, inner @ .., last] if first == last => &line.0[..=inner.len()],
        vertices => vertices,
    }
}

/// Twice the signed area.
fn area_of(ring: &[Coord<f64>]) -> f64 {
    let Some(&origin) = ring.first() else { return 0.0 };
    let part = |pair: &[Coord<f64>]| {
        let (a, b) = (pair[0] - origin, pair[1] - origin);
        a.x * b.y - a.y * b.x
    };
    ring.windows(2).map(part).sum()
}

impl Outline<'_> {
    fn places(&self, zoom: u8) -> Vec<Coord<f64>> {
        let place = |&index: &u32| grid::project(self.vertices[index as usize], zoom);
        let mut places: Vec<_> = self.kept.iter().map(place).collect();
        if self.turned {
            places.reverse();
        }
        places
    }
}

/// Gives its vertices back to each segment that crosses another, counted over all outlines.
/// Whether any was given back.
fn restore(outlines: &mut [Outline<'_>], crossing: &[u32]) -> bool {
    let (mut first, mut given) = (0, false);
    let mut next = 0;
    for outline in outlines {
        let length = outline.kept.len();
        let end = next
            + crossing[next..].iter().take_while(|&&at| (at as usize) < first + length).count();
        let mut wanted: Vec<usize> = crossing[next..end]
            .iter()
            .map(|&at| at as usize - first)
            // Backwards, the segment after the last vertex but one is the first of the ring.
            .map(|at| if outline.turned { (2 * length - 2 - at) % length } else { at })
            .collect();
        wanted.sort_unstable();
        (first, next) = (first + length, end);
        if wanted.is_empty() {
            continue;
        }
        let total = outline.vertices.len() as u32;
        let mut kept = Vec::with_capacity(length);
        let mut before = Vec::new();
        for (place, &from) in outline.kept.iter().enumerate() {
            kept.push(from);
            if wanted.binary_search(&place).is_err() {
                continue;
            }
            match outline.kept.get(place + 1) {
                Some(&to) => kept.extend(from + 1..to),
                None => {
                    kept.extend(from + 1..total);
                    before.extend(0..outline.kept[0]);
                }
            }
        }
        before.extend(kept);
        given |= before.len() > length;
        outline.kept = before;
    }
    given
}
