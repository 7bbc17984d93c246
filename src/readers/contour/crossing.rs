//! Whether rings cross themselves or one another, by exact predicates.

use geo::{Coord, Orientation};

use super::problem::Flaw;
use super::ring::{Ring, side};

/// Rings that meet in one point without crossing: more of them is not a contour.
const MAX_MEETING: usize = 64;

/// What rings that do not cross have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contact {
    /// Points at most.
    Points,
    /// Two rings run along one another: they should be united.
    Sides,
}

/// One point of a ring, with its neighbours.
struct Vertex {
    at: Coord<f64>,
    previous: usize,
    next: usize,
    ring: usize,
}

/// Looks at every pair of sides whose rectangles meet. Touching at a point is no crossing.
pub(crate) fn contact(rings: &[&Ring]) -> Result<Contact, Flaw> {
    let vertices = vertices(rings);
    check_nodes(&vertices)?;
    let mut order: Vec<usize> = (0..vertices.len()).collect();
    let ends = |edge: usize| (vertices[edge].at, vertices[vertices[edge].next].at);
    let west = |edge: usize| ends(edge).0.x.min(ends(edge).1.x);
    order.sort_by(|&a, &b| west(a).total_cmp(&west(b)).then(a.cmp(&b)));
    let mut contact = Contact::Points;
    // Sides that the sweep line still meets.
    let mut active: Vec<usize> = Vec::new();
    for edge in order {
        let (a, b) = ends(edge);
        let (start, south, north) = (west(edge), a.y.min(b.y), a.y.max(b.y));
        active.retain(|&other| {
            let (c, d) = ends(other);
            c.x.max(d.x) >= start
        });
        for &other in &active {
            let (c, d) = ends(other);
            if c.y.min(d.y) <= north && c.y.max(d.y) >= south {
                match pair(&vertices, edge, other)? {
                    Contact::Sides => contact = Contact::Sides,
                    Contact::Points => {}
                }
            }
        }
        active.push(edge);
    }
    Ok(contact)
}

fn vertices(rings: &[&Ring]) -> Vec<Vertex> {
    let mut vertices = Vec::with_capacity(rings.iter().map(|ring| ring.len()).sum());
    for (number, ring) in rings.iter().enumerate() {
        let first = vertices.len();
        let count = ring.len();
        for (index, &at) in ring.iter().enumerate() {
            vertices.push(Vertex {
                at,
                previous: first + (index + count - 1) % count,
                next: first + (index + 1) % count,
                ring: number,
            });
        }
    }
    vertices
}

/// The contact of the sides that start at two vertices.
fn pair(vertices: &[Vertex], one: usize, two: usize) -> Result<Contact, Flaw> {
    let (a, b) = (&vertices[one], &vertices[vertices[one].next]);
    let (c, d) = (&vertices[two], &vertices[vertices[two].next]);
    if a.next == two || c.next == one {
        // Neighbours along one ring: spikes are gone, so they share their point only.
        return Ok(Contact::Points);
    }
    let crossing = |at: Coord<f64>| Err(Flaw::Crossing { x: at.x, y: at.y });
    let (c_side, d_side) = (side(a.at, b.at, c.at), side(a.at, b.at, d.at));
    let (a_side, b_side) = (side(c.at, d.at, a.at), side(c.at, d.at, b.at));
    let flat = Orientation::Collinear;
    if c_side == flat && d_side == flat {
        return match overlap(a.at, b.at, c.at, d.at) {
            false => Ok(Contact::Points),
            true if a.ring == c.ring => crossing(c.at),
            true => Ok(Contact::Sides),
        };
    }
    if c_side == d_side || a_side == b_side {
        return Ok(Contact::Points);
    }
    if [a_side, b_side, c_side, d_side].iter().all(|&side| side != flat) {
        return crossing(c.at);
    }
    // A vertex on the inner part of the other side: does its ring pass through?
    for (vertex, on, from, to) in [
        (a, a_side, c.at, d.at),
        (b, b_side, c.at, d.at),
        (c, c_side, a.at, b.at),
        (d, d_side, a.at, b.at),
    ] {
        if on == flat && vertex.at != from && vertex.at != to {
            let before = side(from, to, vertices[vertex.previous].at);
            let after = side(from, to, vertices[vertex.next].at);
            if before != flat && after != flat && before != after {
                return crossing(vertex.at);
            }
        }
    }
    Ok(Contact::Points)
}

/// Whether two sides on one line share more than a point.
fn overlap(a: Coord<f64>, b: Coord<f64>, c: Coord<f64>, d: Coord<f64>) -> bool {
    let key = |at: Coord<f64>| (at.x, at.y);
    let sorted = |p: Coord<f64>, q: Coord<f64>| {
        if key(p) <= key(q) { (key(p), key(q)) } else { (key(q), key(p)) }
    };
    let ((low_1, high_1), (low_2, high_2)) = (sorted(a, b), sorted(c, d));
    low_1 < high_2 && low_2 < high_1
}

/// Rings may pass through one point, but not across one another there.
fn check_nodes(vertices: &[Vertex]) -> Result<(), Flaw> {
    let mut order: Vec<usize> = (0..vertices.len()).collect();
    let compare = |&a: &usize, &b: &usize| {
        let (a, b) = (vertices[a].at, vertices[b].at);
        a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y))
    };
    order.sort_by(|a, b| compare(a, b).then(a.cmp(b)));
    for meeting in order.chunk_by(|&a, &b| vertices[a].at == vertices[b].at) {
        let at = vertices[meeting[0]].at;
        let flaw = Flaw::Crossing { x: at.x, y: at.y };
        if meeting.len() > MAX_MEETING {
            return Err(flaw);
        }
        for (index, &one) in meeting.iter().enumerate() {
            if meeting[..index].iter().any(|&two| cross_at(vertices, one, two)) {
                return Err(flaw);
            }
        }
    }
    Ok(())
}

/// Whether two paths through one point change sides there. Paths that leave along one another
/// are seen by their sides instead.
fn cross_at(vertices: &[Vertex], one: usize, two: usize) -> bool {
    let at = vertices[one].at;
    let ways = |vertex: usize| {
        (vertices[vertices[vertex].previous].at, vertices[vertices[vertex].next].at)
    };
    let ((from, to), (other_from, other_to)) = (ways(one), ways(two));
    let along = |p: Coord<f64>, q: Coord<f64>| {
        let (u, v) = (p - at, q - at);
        side(at, p, q) == Orientation::Collinear && u.x * v.x + u.y * v.y > 0.0
    };
    let shared = [other_from, other_to].iter().any(|&way| along(way, from) || along(way, to));
    !shared && between(at, from, other_from, to) != between(at, from, other_to, to)
}

/// Whether the direction `way` lies in the turn from `from` to `to`, counter-clockwise.
pub(crate) fn between(at: Coord<f64>, from: Coord<f64>, way: Coord<f64>, to: Coord<f64>) -> bool {
    let left = |p, q| side(at, p, q) == Orientation::CounterClockwise;
    match side(at, from, to) {
        Orientation::CounterClockwise => left(from, way) && left(way, to),
        Orientation::Clockwise => !(left(to, way) && left(way, from)),
        Orientation::Collinear => left(from, way),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rings: &[&[(i32, i32)]], expected: Option<Contact>) {
        let point = |&(x, y): &(i32, i32)| Coord { x: f64::from(x), y: f64::from(y) };
        let rings: Vec<Ring> = rings.iter().map(|ring| ring.iter().map(point).collect()).collect();
        for turned in 0..2 {
            let rings: Vec<Ring> =
                rings
                    .iter()
                    .map(|ring| {
                        if turned == 0 {
                            ring.clone()
                        } else {
                            ring.iter().rev().copied().collect()
                        }
                    })
                    .collect();
            assert_eq!(contact(&rings.iter().collect::<Vec<_>>()).ok(), expected, "{rings:?}");
        }
    }

    #[test]
    fn a_ring_that_crosses_itself_is_refused_in_every_way_of_crossing() {
        // Through the middle of sides, through a shared vertex, through a vertex on a side, along
        // a side.
        check(&[&[(0, 0), (2, 2), (2, 0), (0, 2)]], None);
        check(&[&[(0, 0), (1, 1), (2, 2), (2, 0), (1, 1), (0, 2)]], None);
        check(&[&[(0, 0), (2, 2), (2, 0), (1, 1), (0, 2)]], None);
        check(&[&[(0, 0), (4, 0), (4, 2), (3, 0), (1, 0), (1, 2)]], None);
    }

    #[test]
    fn a_ring_that_touches_itself_at_a_point_is_accepted() {
        check(&[&[(0, 0), (1, 1), (2, 0), (2, 2), (1, 1), (0, 2)]], Some(Contact::Points));
        check(&[&[(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)]], Some(Contact::Points));
    }

    #[test]
    fn rings_that_touch_share_sides_or_cross_are_told_apart() {
        let square: &[(i32, i32)] = &[(0, 0), (4, 0), (4, 4), (0, 4)];
        check(&[square, &[(1, 1), (2, 1), (2, 2)]], Some(Contact::Points));
        check(&[square, &[(4, 4), (5, 4), (5, 5)]], Some(Contact::Points));
        check(&[square, &[(4, 0), (8, 0), (8, 4), (4, 4)]], Some(Contact::Sides));
        check(&[square, &[(4, 1), (8, 1), (8, 2), (4, 2)]], Some(Contact::Sides));
        check(&[square, &[(2, 2), (8, 2), (8, 3), (2, 3)]], None);
    }
}
