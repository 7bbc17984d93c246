//! Geometry of the plane of the tiles, y growing southwards.

use std::f64::consts::PI;

/// Degrees to parts of the world's side, y growing southwards (EPSG:3857).
pub fn project([longitude, latitude]: [f64; 2]) -> [f64; 2] {
    let north = latitude.to_radians().tan().asinh();
    [longitude / 360.0 + 0.5, (0.5 - north / (2.0 * PI)).clamp(0.0, 1.0)]
}

/// Twice the area, positive where the ring turns with the sun on a plane whose y grows southwards.
pub fn twice_area(ring: &[[f64; 2]]) -> f64 {
    let Some(&[x, y]) = ring.first() else { return 0.0 };
    let cross =
        |from: &[f64; 2], to: &[f64; 2]| (from[0] - x) * (to[1] - y) - (to[0] - x) * (from[1] - y);
    ring.windows(2).map(|pair| cross(&pair[0], &pair[1])).sum()
}

/// The area of a ring whose last vertex is not repeated.
pub fn area_of(ring: &[[i32; 2]]) -> f64 {
    let real: Vec<[f64; 2]> = ring.iter().chain(ring.first()).map(|at| at.map(f64::from)).collect();
    twice_area(&real) / 2.0
}

/// The part of a closed ring where `depth` is not negative, closed.
pub fn cut(ring: &[[f64; 2]], depth: impl Fn([f64; 2]) -> f64) -> Vec<[f64; 2]> {
    let mut kept = Vec::with_capacity(ring.len() + 4);
    let Some(&first) = ring.first() else { return kept };
    if depth(first) >= 0.0 {
        kept.push(first);
    }
    for pair in ring.windows(2) {
        let (before, after) = (depth(pair[0]), depth(pair[1]));
        if (before < 0.0) != (after < 0.0) {
            let part = before / (before - after);
            kept.push([0, 1].map(|axis| pair[0][axis] + part * (pair[1][axis] - pair[0][axis])));
        }
        if after >= 0.0 {
            kept.push(pair[1]);
        }
    }
    if kept.first() != kept.last() {
        kept.extend(kept.first().copied());
    }
    kept
}

/// The length of a segment inside a square; `None` where none of it is.
pub fn length_inside([from, to]: [[f64; 2]; 2], low: f64, high: f64) -> Option<f64> {
    let (mut start, mut end) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        let along = to[axis] - from[axis];
        let [first, last] = [low, high].map(|bound| (bound - from[axis]) / along);
        if along == 0.0 {
            if from[axis] < low || from[axis] > high {
                return None;
            }
        } else {
            start = start.max(first.min(last));
            end = end.min(first.max(last));
        }
    }
    let length = (to[0] - from[0]).hypot(to[1] - from[1]);
    (start <= end).then_some(length * (end - start))
}

/// From a place to a segment.
pub fn squared_distance(at: [f64; 2], [from, to]: [[f64; 2]; 2]) -> f64 {
    let (along, off) =
        ([0, 1].map(|axis| to[axis] - from[axis]), [0, 1].map(|axis| at[axis] - from[axis]));
    let length = along[0] * along[0] + along[1] * along[1];
    let part = match length > 0.0 {
        true => ((off[0] * along[0] + off[1] * along[1]) / length).clamp(0.0, 1.0),
        false => 0.0,
    };
    let rest = [0, 1].map(|axis| off[axis] - part * along[axis]);
    rest[0] * rest[0] + rest[1] * rest[1]
}
