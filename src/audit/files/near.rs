//! A grid index of the segments of a border: whether points lie within a few units of it.

use super::plane::squared_distance;
use super::shapes::{BUFFER, EXTENT};

/// The farthest that a vertex may be from its zone's border, in units.
pub const NEAR: f64 = 3.0;
/// Side of the cells in which near segments are looked for.
const CELL: f64 = 64.0;

/// The segments of a border, by the cells of the window that they come near.
pub struct Near<'a> {
    segments: &'a [[[f64; 2]; 2]],
    /// For each cell its segments; empty where so few questions are asked that all are tried.
    cells: Vec<Vec<u32>>,
}

/// Cells on the side of a window.
const CELLS: usize = ((EXTENT + 2.0 * BUFFER) / CELL) as usize + 2;

impl<'a> Near<'a> {
    pub fn new(segments: &'a [[[f64; 2]; 2]], questions: usize) -> Near<'a> {
        let mut cells = Vec::new();
        if segments.len() * questions > 1 << 16 {
            cells = vec![Vec::new(); CELLS * CELLS];
            for (segment, number) in segments.iter().zip(0..) {
                let range = |axis: usize| {
                    let (one, two) = (segment[0][axis], segment[1][axis]);
                    cell(one.min(two) - NEAR)..=cell(one.max(two) + NEAR)
                };
                for row in range(1) {
                    range(0).for_each(|column| cells[row * CELLS + column].push(number));
                }
            }
        }
        Near { segments, cells }
    }

    pub fn holds(&self, at: [f64; 2]) -> bool {
        let near = |segment: &[[f64; 2]; 2]| squared_distance(at, *segment) <= NEAR * NEAR;
        match self.cells.get(cell(at[1]) * CELLS + cell(at[0])) {
            Some(own) => own.iter().any(|number| near(&self.segments[*number as usize])),
            None => self.segments.iter().any(near),
        }
    }
}

fn cell(value: f64) -> usize {
    (((value + BUFFER) / CELL).max(0.0) as usize).min(CELLS - 1)
}
