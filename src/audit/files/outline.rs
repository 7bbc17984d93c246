//! Whether the outline of a group of addresses is the part of their carreaux that is nearer to them than
//! to any other address of the same carreau, within 60 m of one: looked at from each vertex, and from
//! places around each address.

use std::collections::HashMap;

use domain::{CommuneCode, Scale};
use readers::crs::Crs;

use super::fgb::Ring;
use crate::source::{MadeZone, Sources};

/// Metres that an outline goes from its addresses, and the radius of the circle that it holds for sure.
const REACH: f64 = 60.0;
const SURE: f64 = 58.8;
/// Metres by which a border may be elsewhere.
const SLACK: f64 = 0.2;
/// Circles around an address on which places are looked at, in metres; so many on each.
const CIRCLES: [f64; 4] = [3.0, 15.0, 35.0, 55.0];
const PLACES: usize = 12;

/// The addresses of the sources, and which are in which group.
#[derive(Default)]
pub struct Outlines {
    addresses: Vec<Address>,
    /// The addresses of each carreau.
    carreaux: HashMap<String, Vec<u32>>,
    /// The addresses of each group.
    groups: HashMap<String, Vec<u32>>,
    /// The group of each address.
    group_of: HashMap<u32, String>,
}

struct Address {
    commune: CommuneCode,
    /// In metres of the commune's system.
    at: [f64; 2],
    carreau: String,
}

impl Outlines {
    pub fn new(made: &[MadeZone<'_>], sources: &Sources) -> Outlines {
        let mut outlines = Outlines::default();
        let mut numbers: HashMap<u32, u32> = HashMap::new();
        for (atom, number) in sources.placed.atoms.iter().zip(0u32..) {
            let Some(address) = &atom.address else { continue };
            let own = outlines.addresses.len() as u32;
            numbers.insert(number, own);
            outlines.carreaux.entry(address.carreau.clone()).or_default().push(own);
            outlines.addresses.push(Address {
                commune: atom.commune,
                at: address.point.map(|value| f64::from(value) / 10.0),
                carreau: address.carreau.clone(),
            });
        }
        for zone in made.iter().filter(|zone| zone.scale == Scale::GRAPPE) {
            let own: Vec<u32> =
                zone.atoms.iter().filter_map(|atom| numbers.get(atom).copied()).collect();
            outlines.group_of.extend(own.iter().map(|&at| (at, zone.code.clone())));
            outlines.groups.insert(zone.code.clone(), own);
        }
        outlines
    }

    /// What is wrong with the outline of a group.
    pub fn problem(&self, code: &str, polygons: &[Vec<Ring>]) -> Option<&'static str> {
        let members = self.groups.get(code)?;
        let local = Crs::local(&self.addresses[*members.first()? as usize].commune);
        let metres = |at: &[f64; 2]| {
            let (x, y) = Crs::wgs84().convert(local, at[0], at[1]).ok()?;
            Some([x, y])
        };
        let drawn: Option<Vec<Vec<Vec<[f64; 2]>>>> = polygons
            .iter()
            .map(|rings| rings.iter().map(|ring| ring.iter().map(metres).collect()).collect())
            .collect();
        let Some(drawn) = drawn else {
            return Some("géométrie : pas celle des sources, hors de tout système de coordonnées");
        };
        for vertex in drawn.iter().flatten().flatten() {
            if !self.is_near(members, *vertex) {
                return Some(
                    "géométrie : pas celle des sources, un sommet hors des abords de ses adresses",
                );
            }
        }
        let is_wrong = |member: &u32| {
            let places = around(self.addresses[*member as usize].at);
            let mut said = places.filter_map(|at| Some((at, self.belongs(code, *member, at)?)));
            said.any(|(at, is_due)| is_inside(&drawn, at) != is_due)
        };
        members.iter().any(is_wrong).then_some(
            "géométrie : pas celle des sources, ce n'est pas ce qui est le plus près de ses adresses",
        )
    }

    /// Whether a vertex may be on the border: near a member, in its carreau, and not nearer to others.
    fn is_near(&self, members: &[u32], at: [f64; 2]) -> bool {
        members.iter().any(|&member| {
            let own = &self.addresses[member as usize];
            let away = distance(own.at, at);
            let mut others = self.carreaux[&own.carreau].iter();
            away <= REACH + SLACK
                && within(&own.carreau, own.commune, at).is_some_and(|depth| depth >= -SLACK)
                && others
                    .all(|&other| distance(self.addresses[other as usize].at, at) >= away - SLACK)
        })
    }

    /// Whether a place in a member's carreau is the group's; nothing where a border is too near to say.
    fn belongs(&self, code: &str, member: u32, at: [f64; 2]) -> Option<bool> {
        let own = &self.addresses[member as usize];
        let depth = within(&own.carreau, own.commune, at)?;
        if depth < SLACK {
            return None;
        }
        let mut nearest: Vec<(f64, bool)> = self.carreaux[&own.carreau]
            .iter()
            .map(|&other| {
                let is_own = self.group_of.get(&other).is_some_and(|group| group == code);
                (distance(self.addresses[other as usize].at, at), is_own)
            })
            .collect();
        nearest.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (away, is_own) = *nearest.first()?;
        let stranger = nearest.iter().find(|other| other.1 != is_own);
        let is_clear = stranger.is_none_or(|other| other.0 - away > 2.0 * SLACK);
        if !is_clear || (SURE - SLACK..=REACH + SLACK).contains(&away) {
            return None;
        }
        Some(is_own && away < SURE)
    }
}

fn distance(one: [f64; 2], other: [f64; 2]) -> f64 {
    ((one[0] - other[0]).powi(2) + (one[1] - other[1]).powi(2)).sqrt()
}

/// Places around an address.
fn around(at: [f64; 2]) -> impl Iterator<Item = [f64; 2]> {
    CIRCLES.into_iter().flat_map(move |radius| {
        (0..PLACES).map(move |turn| {
            let angle = std::f64::consts::TAU * (turn as f64 + 0.3) / PLACES as f64;
            [at[0] + radius * angle.cos(), at[1] + radius * angle.sin()]
        })
    })
}

/// How deep in a carreau a place is, in metres; negative outside.
fn within(carreau: &str, commune: CommuneCode, at: [f64; 2]) -> Option<f64> {
    let (grid, rest) = carreau.strip_prefix("CRS")?.split_once("RES")?;
    let (step, rest) = rest.split_once("mN")?;
    let (north, east) = rest.split_once('E')?;
    let number = |text: &str| text.parse::<f64>().ok();
    let grid = Crs::from_epsg(grid.parse().ok()?).ok()?;
    let (x, y) = Crs::local(&commune).convert(grid, at[0], at[1]).ok()?;
    let (step, north, east) = (number(step)?, number(north)?, number(east)?);
    let sides = [x - east, east + step - x, y - north, north + step - y];
    Some(sides.into_iter().fold(f64::INFINITY, f64::min))
}

/// Whether a place is inside some polygons, by crossings of a ray.
fn is_inside(polygons: &[Vec<Vec<[f64; 2]>>], at: [f64; 2]) -> bool {
    let mut is_inside = false;
    for side in polygons.iter().flatten().flat_map(|ring| ring.windows(2)) {
        let ([ax, ay], [bx, by]) = (side[0], side[1]);
        if (ay > at[1]) != (by > at[1]) && at[0] < ax + (at[1] - ay) / (by - ay) * (bx - ax) {
            is_inside = !is_inside;
        }
    }
    is_inside
}
