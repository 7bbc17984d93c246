//! Seeds: one place in each bin of a shaken grid, and what is nearest to which.

use std::collections::HashMap;

use super::super::dice::hashed;
use super::super::lattice::{Frame, Hexagon};

/// The two numbers of a bin.
pub(super) type Bin = (i64, i64);
/// A place of the lattice, in sides of a cell.
pub(super) type Position = (f64, f64);

/// The seeds of communes nearest to the centre, in that order, with the bin of each.
pub(super) fn seeds(frame: &Frame, count: usize, spacing: f64) -> Vec<(Bin, Position)> {
    let (a, b) = frame.radii();
    let (wide, high) = ((1.4 * a / spacing) as i64 + 3, (1.4 * b / spacing) as i64 + 3);
    let mut seeds: Vec<(f64, Bin, Position)> = Vec::new();
    for j in -high..=high {
        for i in -wide..=wide {
            let at = seed_of(frame.seed(), spacing, (i, j), 0.33);
            let wobble = 0.9 + 0.2 * hashed(frame.seed(), &[i, j, 3]);
            seeds.push((frame.eccentricity(at) * wobble, (i, j), at));
        }
    }
    seeds.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    seeds.into_iter().take(count).map(|(_, bin, at)| (bin, at)).collect()
}

/// The place of the seed of a bin: its middle, shaken by up to `shake` of its width.
fn seed_of(seed: u64, spacing: f64, (i, j): Bin, shake: f64) -> Position {
    let shaken = |axis| (2.0 * hashed(seed, &[i, j, axis]) - 1.0) * shake;
    let shift = if j % 2 == 0 { 0.0 } else { 0.5 };
    ((i as f64 + shift + shaken(0)) * spacing, (j as f64 + shaken(1)) * spacing)
}

/// The bin of the nearest seed among those that are wanted, within three bins.
pub(super) fn nearest_bin(
    seed: u64,
    spacing: f64,
    (x, y): Position,
    shake: f64,
    wanted: impl Fn(Bin) -> bool,
) -> Option<Bin> {
    let (i, j) = ((x / spacing).round() as i64, (y / spacing).round() as i64);
    let mut best: Option<(f64, Bin)> = None;
    for bin in (j - 3..=j + 3).flat_map(|j| (i - 3..=i + 3).map(move |i| (i, j))) {
        if !wanted(bin) {
            continue;
        }
        let (u, v) = seed_of(seed, spacing, bin, shake);
        let distance = (u - x) * (u - x) + (v - y) * (v - y);
        if best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, bin));
        }
    }
    best.map(|(_, bin)| bin)
}

/// Each cell near a chosen seed goes to it; the town, the first seed, takes a little more.
pub(super) fn nearest_cells(
    frame: &Frame,
    seeds: &[(Bin, Position)],
    spacing: f64,
) -> HashMap<Hexagon, usize> {
    let numbers: HashMap<Bin, usize> =
        seeds.iter().enumerate().map(|(index, (bin, _))| (*bin, index)).collect();
    let (a, b) = frame.radii();
    let rows = (1.5 * b / 1.5) as i32 + 4;
    let columns = (1.5 * a / 1.7) as i32 + 4;
    let mut owners = HashMap::new();
    for r in -rows..=rows {
        for q in -columns - r / 2 - 1..=columns - r / 2 + 1 {
            let cell = Hexagon { q, r };
            let at = cell.centre();
            // Beyond the outline, capes would be long and thin.
            if frame.eccentricity(at) > 1.1 {
                continue;
            }
            let Some(bin) = nearest_bin(frame.seed(), spacing, at, 0.33, |_| true) else {
                continue;
            };
            let town = seeds[0].1;
            let near_town = (at.0 - town.0).powi(2) + (at.1 - town.1).powi(2);
            if near_town < 0.5 * spacing * spacing {
                owners.insert(cell, 0);
            } else if let Some(index) = numbers.get(&bin) {
                owners.insert(cell, *index);
            }
        }
    }
    owners
}
