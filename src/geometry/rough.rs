//! An invented coverage that is hard to draw.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use domain::Shape;

/// Cells of a lattice whose borders wander, with islets: every border is drawn twice from the same
/// vertices. A cell is `size` degrees wide.
pub fn rough(side: i32, bends: i32, size: f64) -> Vec<Shape> {
    // A number between -1 and 1 that depends on its argument alone.
    let noise = |x: i32, y: i32, salt: i32| {
        let mixed =
            x.wrapping_mul(73_856_093) ^ y.wrapping_mul(19_349_663) ^ salt.wrapping_mul(83_492_791);
        f64::from(mixed.wrapping_mul(0x9E37_79B1_u32 as i32) >> 8) / f64::from(1 << 23)
    };
    let corner = |x: i32, y: i32| {
        let (dx, dy) = (noise(x, y, 1), noise(x, y, 2));
        (f64::from(x) + 0.2 * dx, f64::from(y) + 0.2 * dy)
    };
    let place = |(x, y): (f64, f64)| Coord { x: -4.0 + size * x, y: 42.5 + 0.65 * size * y };
    // Always from the lower left corner; the teeth of a border stay within a tenth of a cell.
    let border = |from: (i32, i32), to: (i32, i32)| {
        let (a, b) = (corner(from.0, from.1), corner(to.0, to.1));
        let across = (a.1 - b.1, b.0 - a.0);
        (0..=bends).map(move |step| {
            let part = f64::from(step) / f64::from(bends);
            let tooth = match step {
                0 => 0.0,
                step if step == bends => 0.0,
                // Near a corner teeth are small, or two borders would cross.
                step => {
                    0.2 * part.min(1.0 - part) * noise(from.0 * 31 + step, from.1 * 17 + to.0, 3)
                }
            };
            place((
                a.0 + (b.0 - a.0) * part + across.0 * tooth,
                a.1 + (b.1 - a.1) * part + across.1 * tooth,
            ))
        })
    };
    let cell = |x: i32, y: i32| {
        let back = |line: Vec<Coord<f64>>| line.into_iter().rev().collect::<Vec<_>>();
        let sides = [
            border((x, y), (x + 1, y)).collect(),
            border((x + 1, y), (x + 1, y + 1)).collect(),
            back(border((x, y + 1), (x + 1, y + 1)).collect()),
            back(border((x, y), (x, y + 1)).collect()),
        ];
        let mut ring: Vec<Coord<f64>> = sides.concat();
        ring.dedup();
        let mut shape = vec![Polygon::new(LineString(ring), vec![])];
        if (x + y) % 3 == 0 {
            // An enclave near the border belongs to the cell beside.
            let middle = (f64::from(x) + 0.5, f64::from(y) + 0.5);
            let islet = [(0.0, 0.0), (0.1, 0.01), (0.09, 0.07), (0.02, 0.06), (0.0, 0.0)];
            let islet = islet.map(|(dx, dy)| place((middle.0 + dx, middle.1 + dy)));
            shape[0].interiors_push(LineString(islet.to_vec()));
            return [shape, vec![Polygon::new(LineString(islet.to_vec()), vec![])]];
        }
        [shape, vec![]]
    };
    let cells = (0..side * side).flat_map(|index| cell(index % side, index / side));
    cells.filter(|cell| !cell.is_empty()).map(|cell| Shape::Area(MultiPolygon(cell))).collect()
}
