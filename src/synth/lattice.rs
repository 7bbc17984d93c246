//! The base lattice of the fictive territory: hexagons with jittered corners, on a plane in whole millimetres.
//!
//! Three cells meet at every corner and never four, so the outline of any set of cells is made of
//! simple rings that do not touch each other.

use super::dice::hashed;

const HALF_SQRT_3: f64 = 0.866_025_403_784_438_6;

/// How far a corner may stray from its place, along each axis, in sides of a cell.
const SHAKE: f64 = 0.26;

/// The area of a cell, in squares of its side.
const CELL_AREA: f64 = 2.598_076;

/// A place in EPSG:2154, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Mm {
    pub(super) x: i64,
    pub(super) y: i64,
}

impl Mm {
    /// Metres, as a contour file wants them.
    pub(super) fn metres(self) -> (f64, f64) {
        (self.x as f64 / 1000.0, self.y as f64 / 1000.0)
    }
}

/// A cell, in axial coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Hexagon {
    pub(super) q: i32,
    pub(super) r: i32,
}

/// A corner: the north or the south corner of exactly one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Corner {
    cell: Hexagon,
    south: bool,
}

impl Hexagon {
    /// The centre, in sides of a cell.
    pub(super) fn centre(self) -> (f64, f64) {
        let (q, r) = (f64::from(self.q), f64::from(self.r));
        (2.0 * HALF_SQRT_3 * (q + r / 2.0), 1.5 * r)
    }

    /// The cell whose centre is nearest in its row.
    pub(super) fn at(x: f64, y: f64) -> Hexagon {
        let r = (y / 1.5).round();
        Hexagon { q: (x / (2.0 * HALF_SQRT_3) - r / 2.0).round() as i32, r: r as i32 }
    }

    /// The six neighbours, counter-clockwise, the north-eastern first.
    pub(super) fn neighbours(self) -> [Hexagon; 6] {
        let Hexagon { q, r } = self;
        [(q, r + 1), (q - 1, r + 1), (q - 1, r), (q, r - 1), (q + 1, r - 1), (q + 1, r)]
            .map(|(q, r)| Hexagon { q, r })
    }

    /// The six corners, counter-clockwise; side `i` goes from corner `i` to the next one and
    /// faces neighbour `i`.
    pub(super) fn corners(self) -> [Corner; 6] {
        let [north_east, north_west, _, south_west, south_east, _] = self.neighbours();
        [
            Corner { cell: north_east, south: true },
            Corner { cell: self, south: false },
            Corner { cell: north_west, south: true },
            Corner { cell: south_west, south: false },
            Corner { cell: self, south: true },
            Corner { cell: south_east, south: false },
        ]
    }
}

/// Where the lattice lies on the ground.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    seed: u64,
    centre: Mm,
    /// Millimetres in the side of a cell, before the plane is stretched.
    side: f64,
    /// Half axes of the territory, in sides of a cell.
    radii: (f64, f64),
    grain: Grain,
}

/// How large cells are beside communes, and how often their sides are broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grain {
    /// Seven cells make a commune; a side is broken into 16.
    Coarse,
    /// 37 cells make a commune; a side is broken into four.
    Fine,
}

impl Grain {
    /// Cells of a commune, on average.
    fn cells(self) -> f64 {
        match self {
            Grain::Coarse => 7.0,
            Grain::Fine => 37.0,
        }
    }

    /// The area of so many communes, in squares of the side of a cell.
    pub(super) fn area(self, communes: f64) -> f64 {
        communes * self.cells() * CELL_AREA
    }

    /// The distance between the seeds of neighbouring communes, in sides of a cell.
    pub(super) fn spacing(self) -> f64 {
        self.area(1.0).sqrt()
    }

    /// How many times the parts of a side are halved.
    pub(super) fn levels(self) -> usize {
        match self {
            Grain::Coarse => 4,
            Grain::Fine => 2,
        }
    }
}

impl Frame {
    /// A territory of half axes `radii`, in sides of a cell; `half_width` millimetres on the
    /// ground from its centre to its eastern end.
    pub(super) fn new(
        seed: u64,
        centre: Mm,
        half_width: f64,
        radii: (f64, f64),
        grain: Grain,
    ) -> Frame {
        Frame { seed, centre, side: half_width / radii.0, radii, grain }
    }

    pub(super) fn grain(&self) -> Grain {
        self.grain
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// How far a place of the lattice is from the centre, squared; 1 on the outline.
    pub(super) fn eccentricity(&self, (x, y): (f64, f64)) -> f64 {
        let (a, b) = (x / self.radii.0, y / self.radii.1);
        a * a + b * b
    }

    /// Half axes, in sides of a cell.
    pub(super) fn radii(&self) -> (f64, f64) {
        self.radii
    }

    /// The ground of a place of the lattice. Cells are smaller near the centre, as communes are
    /// near a town.
    pub(super) fn ground(&self, (x, y): (f64, f64)) -> Mm {
        let stretch = self.side * (0.72 + 0.28 * self.eccentricity((x, y)).min(1.0));
        Mm {
            x: self.centre.x + (x * stretch).round() as i64,
            y: self.centre.y + (y * stretch).round() as i64,
        }
    }

    /// The ground of a corner.
    pub(super) fn corner(&self, corner: Corner) -> Mm {
        let (x, y) = corner.cell.centre();
        let key = corner.key();
        let shake = |axis| (2.0 * hashed(self.seed, &[key, axis]) - 1.0) * SHAKE;
        let side = if corner.south { -1.0 } else { 1.0 };
        self.ground((x + shake(0), y + side + shake(1)))
    }

    /// The least distance from the middle of a cell near the centre to its sides, roughly, in
    /// millimetres.
    pub(super) fn inner_radius(&self) -> f64 {
        self.side * 0.72 * (HALF_SQRT_3 - SHAKE)
    }
}

impl Corner {
    /// A number of its own.
    pub(super) fn key(self) -> i64 {
        let (q, r) = (i64::from(self.cell.q), i64::from(self.cell.r));
        ((q << 32) ^ (r & 0x7FFF_FFFF)) * 2 + i64::from(self.south)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_side_in_opposite_directions() {
        let cell = Hexagon { q: 3, r: -2 };
        for (index, neighbour) in cell.neighbours().into_iter().enumerate() {
            let ours = (cell.corners()[index], cell.corners()[(index + 1) % 6]);
            let there = (index + 3) % 6;
            assert_eq!(neighbour.neighbours()[there], cell);
            let theirs = (neighbour.corners()[there], neighbour.corners()[(there + 1) % 6]);
            assert_eq!(ours, (theirs.1, theirs.0));
        }
    }

    #[test]
    fn a_cell_is_found_at_its_centre() {
        for (q, r) in [(0, 0), (5, -7), (-4, 3)] {
            let cell = Hexagon { q, r };
            let (x, y) = cell.centre();
            assert_eq!(Hexagon::at(x, y), cell);
        }
    }
}
