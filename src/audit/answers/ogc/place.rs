//! Whether a zone has a point in a box, told with a margin: what lies on a border is nobody's fault.

/// Degrees within which a border is not told apart: a tenth of a millimetre.
const MARGIN: f64 = 1e-9;

/// The rings of a geometry in well-known binary; a point is a ring of one vertex.
pub(super) fn rings(shape: &[u8]) -> Option<Vec<Vec<[f64; 2]>>> {
    let mut rest = shape;
    let mut rings = Vec::new();
    match kind(&mut rest)? {
        1 => rings.push(vec![vertex(&mut rest)?]),
        6 => {
            for _ in 0..count(&mut rest)? {
                (kind(&mut rest)? == 3).then_some(())?;
                for _ in 0..count(&mut rest)? {
                    let ring: Option<Vec<_>> =
                        (0..count(&mut rest)?).map(|_| vertex(&mut rest)).collect();
                    rings.push(ring?);
                }
            }
        }
        _ => return None,
    }
    Some(rings)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*first)
}

fn kind(rest: &mut &[u8]) -> Option<u32> {
    let [_order] = take(rest)?;
    count(rest)
}

fn count(rest: &mut &[u8]) -> Option<u32> {
    take(rest).map(u32::from_le_bytes)
}

fn vertex(rest: &mut &[u8]) -> Option<[f64; 2]> {
    Some([f64::from_le_bytes(take(rest)?), f64::from_le_bytes(take(rest)?)])
}

/// Whether rings have a point in one of some boxes (west, south, east, north); `None` where it depends on the
/// last digit.
pub(super) fn meets(rings: &[Vec<[f64; 2]>], boxes: &[[f64; 4]]) -> Option<bool> {
    let of = |margin: f64| {
        boxes.iter().any(|[west, south, east, north]| {
            let (across, up) = (margin.min((east - west) / 2.0), margin.min((north - south) / 2.0));
            meets_box(rings, [west + across, south + up, east - across, north - up])
        })
    };
    let (wide, narrow) = (of(-MARGIN), of(MARGIN));
    (wide == narrow).then_some(wide)
}

fn meets_box(rings: &[Vec<[f64; 2]>], [west, south, east, north]: [f64; 4]) -> bool {
    let is_inside = |[x, y]: &[f64; 2]| (west..=east).contains(x) && (south..=north).contains(y);
    if rings.iter().flatten().any(is_inside) {
        return true;
    }
    let corners = [[west, south], [east, south], [east, north], [west, north]];
    let edges = || rings.iter().flat_map(|ring| ring.windows(2));
    let meets_side = |edge: &[[f64; 2]]| {
        (0..4).any(|at| cross([edge[0], edge[1]], [corners[at], corners[(at + 1) % 4]]))
    };
    if edges().any(meets_side) {
        return true;
    }
    // The box lies whole inside or outside: a line to the north of a corner passes borders.
    let [x, y] = corners[0];
    let passed = edges().filter(|edge| {
        let (one, other) = (edge[0], edge[1]);
        (one[0] > x) != (other[0] > x)
            && one[1] + (x - one[0]) * (other[1] - one[1]) / (other[0] - one[0]) > y
    });
    passed.count() % 2 == 1
}

/// Whether two segments have a point in common, but for those that lie on one line.
fn cross(one: [[f64; 2]; 2], other: [[f64; 2]; 2]) -> bool {
    let side = |[from, to]: [[f64; 2]; 2], point: [f64; 2]| {
        (to[0] - from[0]) * (point[1] - from[1]) - (to[1] - from[1]) * (point[0] - from[0])
    };
    let are_apart = |line, [from, to]: [[f64; 2]; 2]| side(line, from) * side(line, to) > 0.0;
    let is_flat = side(one, other[0]) == 0.0 && side(one, other[1]) == 0.0;
    !is_flat && !are_apart(one, other) && !are_apart(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_meets_what_it_holds_touches_or_lies_in_and_borders_are_left_open() {
        let ring = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 1.0], [0.0, 4.0], [0.0, 0.0]];
        let own = [ring.to_vec()];
        for (around, expected) in [
            ([0.2, 0.2, 0.4, 0.4], Some(true)),
            ([-9.0, -9.0, 9.0, 9.0], Some(true)),
            ([-1.0, 0.5, 5.0, 0.6], Some(true)),
            ([1.9, 3.0, 2.1, 3.5], Some(false)),
            ([5.0, 0.0, 6.0, 1.0], Some(false)),
            ([4.0, 1.0, 5.0, 2.0], None),
            ([0.5, 0.5, 0.5, 0.5], Some(true)),
            ([2.0, 3.0, 2.0, 3.0], Some(false)),
        ] {
            assert_eq!(meets(&own, &[around]), expected, "{around:?}");
        }
        let point = [vec![[1.0, 2.0]]];
        assert_eq!(meets(&point, &[[0.0, 0.0, 1.5, 2.5]]), Some(true));
        assert_eq!(meets(&point, &[[0.0, 0.0, 0.5, 2.5]]), Some(false));
        assert_eq!(meets(&point, &[[1.0, 2.0, 1.0, 2.0]]), Some(true));
    }
}
