//! What a patient reader finds behind the marks of R10 by adding zones up: how many stay between two bounds,
//! and how many are told. For the operator alone: marks are presentation across zones, not protection.
//!
//! The reader knows every published figure, that a part lies between nothing and its whole, how the figures of a
//! family add up, and which zones lie in which. Bounds are narrowed sum by sum until none moves; a linear
//! programme over all sums together could find some more.

use serde::Serialize;

use domain::{Bands, Catalogue, Mark, Scale};

use super::published::PublishedScale;

/// Rounds over all sums, at the most: bounds move by whole numbers, and what has not moved by then is near none.
const ROUNDS: usize = 64;

/// The marks of one family at one scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct WrittenMarks {
    family: String,
    scale: Scale,
    /// Figures that the mask lets out.
    figures: usize,
    bas: usize,
    haut: usize,
    nd: usize,
    /// Of the three, those that a reader who adds zones up knows exactly.
    told: usize,
}

/// A scale and the atoms of each of its zones.
pub(super) type Placed<'a> = (&'a PublishedScale, &'a [Vec<u32>]);

/// The marks of each family at each scale, and how many of them are told; `atoms` is the number of all.
pub(super) fn marks(
    catalogue: &Catalogue,
    scales: &[Placed<'_>],
    atoms: usize,
) -> Vec<WrittenMarks> {
    let kept = catalogue.families().iter().filter(|own| !own.extremes.is_off());
    let kept: Vec<_> =
        kept.filter_map(|own| Some((&own.id, catalogue.bands(&own.id).ok()?))).collect();
    if kept.is_empty() {
        return Vec::new();
    }
    let within = within(scales, atoms);
    let mut found = Vec::new();
    for (family, bands) in kept {
        let cells = narrowed(&bands, scales, &within);
        for ((scale, _), cells) in
            scales.iter().zip(cells).filter(|own| own.0.0.scale().has_marks())
        {
            let mut own = WrittenMarks {
                family: family.clone(),
                scale: scale.scale(),
                figures: 0,
                bas: 0,
                haut: 0,
                nd: 0,
                told: 0,
            };
            for bounds in cells.iter().flatten().flat_map(|cell| &cell.bounds) {
                own.figures += 1;
                own.bas += usize::from(bounds.mark == Some(Mark::Low));
                own.haut += usize::from(bounds.mark == Some(Mark::High));
                own.nd += usize::from(bounds.mark == Some(Mark::Withheld));
                own.told += usize::from(bounds.mark.is_some() && bounds.least == bounds.most);
            }
            found.push(own);
        }
    }
    found
}

/// What a reader knows of one figure.
#[derive(Clone, Copy)]
struct Bounds {
    least: i64,
    most: i64,
    mark: Option<Mark>,
}

/// What a reader knows of a family in one zone: its parts, then its sums.
struct Cell {
    whole: i64,
    bounds: Vec<Bounds>,
}

/// A zone that other zones of one scale lie in: scale and zone, the scale of the others, which they are.
struct Within {
    outer: (usize, usize),
    inner: usize,
    zones: Vec<u32>,
}

/// Which zones of scales with marks lie whole in a zone of a wider scale.
fn within(scales: &[Placed<'_>], atoms: usize) -> Vec<Within> {
    let mut found = Vec::new();
    for (outer, (_, wide)) in scales.iter().enumerate() {
        let mut of_atom: Vec<Option<usize>> = vec![None; atoms];
        for (zone, own) in wide.iter().enumerate() {
            own.iter().for_each(|&atom| of_atom[atom as usize] = Some(zone));
        }
        let marked =
            scales.iter().enumerate().take(outer).filter(|own| own.1.0.scale().has_marks());
        for (inner, (_, fine)) in marked {
            let mut zones: Vec<Vec<u32>> = vec![Vec::new(); wide.len()];
            for (zone, own) in (0..).zip(fine.iter()) {
                let around = own.first().and_then(|&atom| of_atom[atom as usize]);
                if let Some(around) = around
                    && own.iter().all(|&atom| of_atom[atom as usize] == Some(around))
                {
                    zones[around].push(zone);
                }
            }
            let held = zones.into_iter().enumerate().filter(|own| !own.1.is_empty());
            found.extend(held.map(|(zone, zones)| Within { outer: (outer, zone), inner, zones }));
        }
    }
    found
}

/// The cells of a family, by scale and zone, with bounds that no sum narrows.
fn narrowed(bands: &Bands, scales: &[Placed<'_>], within: &[Within]) -> Vec<Vec<Option<Cell>>> {
    let figures: Vec<usize> =
        bands.parts.iter().copied().chain(bands.sums.iter().map(|sum| sum.0)).collect();
    let mut cells: Vec<Vec<Option<Cell>>> = scales
        .iter()
        .map(|(scale, atoms)| (0..atoms.len()).map(|zone| seen(scale, zone, &figures)).collect())
        .collect();
    for _ in 0..ROUNDS {
        let mut moved = false;
        for cell in cells.iter_mut().flatten().flatten() {
            moved |= narrow_inside(bands, cell);
        }
        for own in within {
            moved |= narrow_between(own, &mut cells, figures.len());
        }
        if !moved {
            break;
        }
    }
    cells
}

/// What is published of a family in a zone; nothing where its cell is secret.
fn seen(scale: &PublishedScale, zone: usize, figures: &[usize]) -> Option<Cell> {
    let mut whole = 0;
    let mut bounds = Vec::with_capacity(figures.len());
    for &figure in figures {
        let own = match (scale.figure(zone, figure), scale.mark(zone, figure)) {
            (Some(shown), _) => {
                let (numerator, denominator) = shown.parts()?;
                whole = denominator;
                Bounds { least: numerator, most: numerator, mark: None }
            }
            (None, Some((mark, denominator))) => {
                whole = denominator;
                let few = domain::EXTREME.min(denominator);
                let (least, most) = match mark {
                    Mark::Low => (0, few),
                    Mark::High => (denominator - few, denominator),
                    Mark::Withheld => (0, denominator),
                };
                Bounds { least, most, mark: Some(mark) }
            }
            (None, None) => return None,
        };
        bounds.push(own);
    }
    Some(Cell { whole, bounds })
}

/// The parts of a cell add up to their whole, and to their sums.
fn narrow_inside(bands: &Bands, cell: &mut Cell) -> bool {
    let all: Vec<usize> = (0..bands.parts.len()).collect();
    let mut moved = false;
    if bands.are_whole {
        moved |= add_up((cell.whole, cell.whole), &all, &mut cell.bounds);
    }
    for (at, (_, of)) in bands.sums.iter().enumerate() {
        let sum = bands.parts.len() + at;
        let own = (cell.bounds[sum].least, cell.bounds[sum].most);
        moved |= add_up(own, of, &mut cell.bounds);
        let least = of.iter().map(|&part| cell.bounds[part].least).sum();
        let most = of.iter().map(|&part| cell.bounds[part].most).sum();
        moved |= cell.bounds[sum].narrow(least, most);
    }
    moved
}

/// Narrows the terms of a sum that lies between two bounds.
fn add_up((least, most): (i64, i64), terms: &[usize], bounds: &mut [Bounds]) -> bool {
    let all_least: i64 = terms.iter().map(|&own| bounds[own].least).sum();
    let all_most: i64 = terms.iter().map(|&own| bounds[own].most).sum();
    let mut moved = false;
    for &own in terms {
        let Bounds { least: low, most: high, .. } = bounds[own];
        moved |= bounds[own].narrow(least - (all_most - high), most - (all_least - low));
    }
    moved
}

/// A zone holds the zones that lie in it, and of the rest between nothing and everybody.
fn narrow_between(own: &Within, cells: &mut [Vec<Option<Cell>>], figures: usize) -> bool {
    let (scale, zone) = own.outer;
    let (fine, wide) = cells.split_at_mut(scale);
    let (fine, Some(outer)) = (&mut fine[own.inner], wide[0][zone].as_mut()) else { return false };
    let known = |fine: &[Option<Cell>]| -> i64 {
        own.zones
            .iter()
            .filter_map(|&zone| fine[zone as usize].as_ref())
            .map(|cell| cell.whole)
            .sum()
    };
    let rest = (outer.whole - known(fine)).max(0);
    let mut moved = false;
    for figure in 0..figures {
        let of = |fine: &[Option<Cell>], bound: fn(&Bounds) -> i64| -> i64 {
            let cells = own.zones.iter().filter_map(|&zone| fine[zone as usize].as_ref());
            cells.map(|cell| bound(&cell.bounds[figure])).sum()
        };
        let (least, most) = (of(fine, |own| own.least), of(fine, |own| own.most));
        let around = &mut outer.bounds[figure];
        moved |= around.narrow(least, most + rest);
        let (around_least, around_most) = (around.least, around.most);
        for &zone in &own.zones {
            let Some(cell) = fine[zone as usize].as_mut() else { continue };
            let Bounds { least: low, most: high, .. } = cell.bounds[figure];
            let by_sum = (around_least - rest - (most - high), around_most - (least - low));
            moved |= cell.bounds[figure].narrow(by_sum.0, by_sum.1);
        }
    }
    moved
}

impl Bounds {
    /// Keeps what lies between two more bounds; whether that is less than before.
    fn narrow(&mut self, least: i64, most: i64) -> bool {
        let (low, high) = (self.least.max(least), self.most.min(most));
        let moved = low > self.least || high < self.most;
        // What is published is consistent; nothing is narrowed past what it can be.
        if moved && low <= high {
            (self.least, self.most) = (low, high);
        }
        moved && low <= high
    }
}

#[cfg(test)]
impl WrittenMarks {
    /// Whose marks they are.
    pub(super) fn of(&self) -> (&str, Scale) {
        (&self.family, self.scale)
    }

    /// Figures, low ones, high ones, those that are withheld, those that are told.
    pub(super) fn said(&self) -> [usize; 5] {
        [self.figures, self.bas, self.haut, self.nd, self.told]
    }
}
