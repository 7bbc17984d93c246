//! Priority neighbourhoods of a dense territory: anywhere in a divided commune, so that they lie
//! across IRIS, squares and communes, as many as its dwellings ask for.

use std::collections::{BTreeMap, BTreeSet};

use super::super::borders::{Area, Ring, doubled_area, outline};
use super::super::contours::common_areas;
use super::super::dice::Dice;
use super::super::lattice::{Hexagon, Mm};
use super::super::stock::Stock;
use super::super::territory::Territory;
use super::{Qpvs, ring_around};

/// Dwellings of a divided commune for each of its neighbourhoods, about.
const DWELLINGS: f64 = 3_500.0;
/// Least and greatest radius, in millimetres.
const RADIUS: (i64, i64) = (160_000, 420_000);
/// Metres between two of them at least, in millimetres.
const APART: f64 = 20_000.0;
/// How far the middle of a cell may be from a ring that touches it, in millimetres.
const REACH: f64 = 800_000.0;
/// A commune that holds less of a ring than one part in so many has no part of it.
const LEAST_PART: i128 = 40;
/// Tries to find a place that is free.
const TRIES: usize = 20;

/// Adds the neighbourhoods of every divided commune.
pub(super) fn invent(
    all: &mut Qpvs,
    dice: &mut Dice,
    territory: &Territory,
    stock: &Stock,
    counts: &mut [usize],
) {
    let mut circles = Circles::default();
    for commune in (0..territory.communes.len()).filter(|commune| stock.divided[*commune]) {
        let share = stock.dwellings[commune] as f64 / DWELLINGS;
        for _ in 0..share as usize + usize::from(dice.chance(share.fract())) {
            let found = (0..TRIES).find_map(|_| free_place(dice, territory, &circles, commune));
            let Some(Found { cell, circle, ring }) = found else { continue };
            let communes = holders(territory, cell, circle, &ring);
            if !communes.is_empty() && all.push(territory, counts, ring, communes.clone()) {
                circles.add(circle);
                for owner in communes {
                    all.note_near(owner, all.list.len() - 1);
                }
            }
        }
    }
}

struct Found {
    cell: Hexagon,
    circle: Circle,
    ring: Ring,
}

/// A ring around a corner of a cell of the commune, where no other is.
fn free_place(
    dice: &mut Dice,
    territory: &Territory,
    circles: &Circles,
    commune: usize,
) -> Option<Found> {
    let cells = &territory.communes[commune].cells;
    let cell = cells[dice.below(cells.len() as u64) as usize];
    let corner = territory.frame.corner(cell.corners()[dice.below(6) as usize]);
    let shift = |dice: &mut Dice| dice.between(-90_000, 90_000);
    let centre = Mm { x: corner.x + shift(dice), y: corner.y + shift(dice) };
    let circle = Circle { centre, radius: dice.between(RADIUS.0, RADIUS.1) as f64 };
    let ring = ring_around(dice, centre, circle.radius);
    circles.has_room(circle).then_some(Found { cell, circle, ring })
}

/// The communes that hold a part of a ring around a cell, the greatest part first.
fn holders(territory: &Territory, cell: Hexagon, circle: Circle, ring: &Ring) -> Vec<usize> {
    let mut near: BTreeMap<usize, Vec<Hexagon>> = BTreeMap::new();
    for cell in cells_near(territory, cell, circle) {
        if let Some(owner) = territory.owner(cell) {
            near.entry(owner).or_default().push(cell);
        }
    }
    let whole = Area { exterior: ring.clone(), holes: Vec::new() };
    let mut parts: Vec<(i128, usize)> = near
        .into_iter()
        .map(|(owner, cells)| {
            let ground = outline(&territory.frame, &cells, |other| cells.contains(&other));
            let part = common_areas(std::slice::from_ref(&whole), &ground);
            let area: i128 = part.iter().map(|area| doubled_area(&area.exterior)).sum();
            (area, owner)
        })
        .collect();
    parts.retain(|(area, _)| area * LEAST_PART >= doubled_area(ring));
    parts.sort_by_key(|(area, owner)| (std::cmp::Reverse(*area), *owner));
    parts.into_iter().map(|(_, owner)| owner).collect()
}

/// Every cell that a circle around a cell may touch.
fn cells_near(territory: &Territory, start: Hexagon, circle: Circle) -> BTreeSet<Hexagon> {
    let mut found = BTreeSet::from([start]);
    let mut front = vec![start];
    while let Some(cell) = front.pop() {
        for other in cell.neighbours() {
            let middle = territory.frame.ground(other.centre());
            if distance(middle, circle.centre) < circle.radius + REACH && found.insert(other) {
                front.push(other);
            }
        }
    }
    found
}

/// What a ring lies in.
#[derive(Clone, Copy)]
struct Circle {
    centre: Mm,
    /// Millimetres.
    radius: f64,
}

/// Circles that do not touch each other, by the square of their centre.
#[derive(Default)]
struct Circles(BTreeMap<(i64, i64), Vec<Circle>>);

impl Circles {
    /// Wide enough that circles of neighbouring squares alone may touch.
    const SIDE: i64 = 1_000_000;

    fn square(at: Mm) -> (i64, i64) {
        (at.x.div_euclid(Circles::SIDE), at.y.div_euclid(Circles::SIDE))
    }

    fn add(&mut self, circle: Circle) {
        self.0.entry(Circles::square(circle.centre)).or_default().push(circle);
    }

    fn has_room(&self, circle: Circle) -> bool {
        let (x, y) = Circles::square(circle.centre);
        let near = (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (x, y)));
        near.filter_map(|square| self.0.get(&square)).flatten().all(|other| {
            let apart = distance(circle.centre, other.centre);
            apart > circle.radius + other.radius + APART
        })
    }
}

/// Millimetres between two places.
fn distance(a: Mm, b: Mm) -> f64 {
    let (x, y) = ((a.x - b.x) as f64, (a.y - b.y) as f64);
    (x * x + y * y).sqrt()
}
