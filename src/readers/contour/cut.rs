//! Zones cut along the borders of communes, and divided into what lies in some other zone and what
//! does not.

use std::collections::BTreeMap;

use geo::orient::Direction;
use geo::{
    Area, BooleanOps, BoundingRect, Contains, Coord, Intersects, MultiPolygon, Orient, Polygon,
};
use rayon::prelude::*;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use domain::{CommuneCode, Fault, HasFault, ZoneCode};

use super::Contour;
use crate::dissolve;

/// Metres: a part whose mean width is less is a border that two files draw apart.
const LEAST_WIDTH: f64 = 10.0;
/// Metres in a degree of latitude, about.
const DEGREE: f64 = 111_320.0;

/// The part of a zone that lies in a commune.
#[derive(Clone, Debug)]
pub struct CutZone {
    /// The commune.
    pub commune: CommuneCode,
    /// `<code>_<commune>`, `<name> (<name of the commune>)`, and what both hold.
    pub contour: Contour,
}

/// A code that leaves no room for that of a commune behind it.
#[derive(Debug, thiserror::Error)]
#[error("« {0} » : un code de zone coupée par commune a 58 caractères au plus")]
pub struct TooLong(pub ZoneCode);

impl HasFault for TooLong {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

/// The parts of zones, sorted by code. What lies in no commune is in none of them.
///
/// # Errors
/// [`TooLong`] for the first code of more than 58 characters.
pub fn by_commune(
    zones: &[Contour],
    communes: &BTreeMap<CommuneCode, Contour>,
) -> Result<Vec<CutZone>, TooLong> {
    let boxed = communes.iter().filter_map(|own| Some(GeomWithData::new(bounds(own.1)?, own)));
    let tree = RTree::bulk_load(boxed.collect());
    let parts: Vec<Vec<CutZone>> = zones
        .par_iter()
        .map(|zone| {
            let Some(around) = bounds(zone) else { return Ok(Vec::new()) };
            let around = AABB::from_corners(around.lower(), around.upper());
            let near = tree.locate_in_envelope_intersecting(&around).map(|entry| entry.data);
            near.filter_map(|(code, commune)| part(zone, *code, commune).transpose()).collect()
        })
        .collect::<Result<_, TooLong>>()?;
    let mut parts = parts.concat();
    parts.sort_by(|one, other| one.contour.code.cmp(&other.contour.code));
    Ok(parts)
}

/// Zones that divide others.
pub struct Dividers<'a>(RTree<GeomWithData<Rectangle<[f64; 2]>, &'a Contour>>);

impl<'a> Dividers<'a> {
    /// From contours in the order of their codes.
    pub fn new(zones: &'a [Contour]) -> Dividers<'a> {
        let boxed = zones.iter().filter_map(|own| Some(GeomWithData::new(bounds(own)?, own)));
        Dividers(RTree::bulk_load(boxed.collect()))
    }

    /// What of an area lies in some of them, and what lies in none. Slivers of both, where two files draw
    /// one border, are left out; an area of which one part is a sliver is whole the other part.
    pub fn divide(&self, whole: &MultiPolygon<f64>) -> [MultiPolygon<f64>; 2] {
        let nothing = || MultiPolygon::new(Vec::new());
        let Some(around) = whole.bounding_rect() else { return [nothing(), nothing()] };
        let around = AABB::from_corners(around.min().into(), around.max().into());
        let near = self.0.locate_in_envelope_intersecting(&around).map(|entry| entry.data);
        let mut near: Vec<&Contour> = near.filter(|own| own.area.intersects(whole)).collect();
        near.sort_by(|one, other| one.code.cmp(&other.code));
        if near.is_empty() {
            return [nothing(), whole.clone()];
        }
        let united = dissolve::union(&near.iter().map(|own| &own.area).collect::<Vec<_>>());
        let inside = match whole.contains(&united) {
            true => united.clone(),
            false => without_slivers(whole.intersection(&united)),
        };
        if inside.0.is_empty() {
            return [nothing(), whole.clone()];
        }
        let outside = without_slivers(whole.difference(&united));
        if outside.0.is_empty() {
            return [whole.clone(), nothing()];
        }
        [inside, outside]
    }
}

fn bounds(contour: &Contour) -> Option<Rectangle<[f64; 2]>> {
    let bounds = contour.area.bounding_rect()?;
    Some(Rectangle::from_corners(bounds.min().into(), bounds.max().into()))
}

fn part(zone: &Contour, code: CommuneCode, commune: &Contour) -> Result<Option<CutZone>, TooLong> {
    if !zone.area.intersects(&commune.area) {
        return Ok(None);
    }
    // The general algorithm moves points a little: a zone that is whole stays as it is.
    let area = match commune.area.contains(&zone.area) {
        true => zone.area.clone(),
        false => without_slivers(zone.area.intersection(&commune.area)),
    };
    if area.0.is_empty() {
        return Ok(None);
    }
    let name = format!("{} ({})", zone.name, commune.name);
    let code_of_part = format!("{}_{code}", zone.code);
    let part = code_of_part.parse().map_err(|_| TooLong(zone.code.clone()))?;
    Ok(Some(CutZone { commune: code, contour: Contour { code: part, name, area } }))
}

fn without_slivers(area: MultiPolygon<f64>) -> MultiPolygon<f64> {
    let is_large = |part: &Polygon<f64>| {
        let latitude = part.exterior().0.first().map_or(0.0, |at| at.y);
        let metres = [DEGREE * latitude.to_radians().cos(), DEGREE];
        let sides = part.exterior().0.windows(2);
        let length = |side: &[Coord<f64>]| {
            ((side[1].x - side[0].x) * metres[0]).hypot((side[1].y - side[0].y) * metres[1])
        };
        let around: f64 = sides.map(length).sum();
        2.0 * part.unsigned_area() * metres[0] * metres[1] >= LEAST_WIDTH * around
    };
    let parts = area.orient(Direction::Default).into_iter().filter(is_large);
    MultiPolygon::new(parts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::LineString;

    fn square(code: &str, x: f64, y: f64, size: f64) -> Contour {
        let ring = vec![(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)];
        let area = MultiPolygon::new(vec![Polygon::new(LineString::from(ring), vec![])]);
        Contour { code: code.parse().unwrap(), name: format!("nom {code}"), area }
    }

    fn communes() -> BTreeMap<CommuneCode, Contour> {
        let communes = [square("95001", 2.0, 49.0, 0.1), square("95002", 2.1, 49.0, 0.1)];
        communes.into_iter().map(|own| (own.code.as_str().parse().unwrap(), own)).collect()
    }

    #[track_caller]
    fn check(zone: Contour, expected: &[(&str, f64)]) {
        let parts = by_commune(&[zone], &communes()).unwrap();
        let found: Vec<(&str, f64)> = parts
            .iter()
            .map(|part| (part.contour.code().as_str(), part.contour.area().unsigned_area()))
            .collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (one, other) in found.iter().zip(expected) {
            assert!(one.0 == other.0 && (one.1 - other.1).abs() < 1e-9, "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_zone_is_cut_where_communes_meet_and_kept_where_it_is_whole() {
        check(square("Q", 2.05, 49.02, 0.08), &[("Q_95001", 0.004), ("Q_95002", 0.0024)]);
        let whole = square("Q", 2.02, 49.02, 0.05);
        let parts = by_commune(std::slice::from_ref(&whole), &communes()).unwrap();
        assert_eq!(parts[0].contour.area(), whole.area());
        assert_eq!(parts[0].contour.name(), "nom Q (nom 95001)");
    }

    #[test]
    fn slivers_and_what_lies_in_no_commune_are_left_out() {
        // A metre over the border.
        check(square("Q", 2.05, 49.02, 0.050_01), &[("Q_95001", 0.05 * 0.050_01)]);
        check(square("Q", 3.0, 49.0, 0.1), &[]);
    }

    #[test]
    fn what_lies_in_some_zone_and_what_does_not_are_all_of_an_area() {
        let whole = square("95001", 2.0, 49.0, 0.1);
        let divided = |zones: &[Contour]| {
            let parts = Dividers::new(zones).divide(whole.area());
            parts.map(|part| (part.unsigned_area() * 1e6).round() as i64)
        };
        assert_eq!(divided(&[]), [0, 10_000]);
        assert_eq!(divided(&[square("Q", 2.02, 49.02, 0.05)]), [2_500, 7_500]);
        // Two that overlap, and one that reaches beyond.
        let two = [square("Q1", 2.02, 49.02, 0.05), square("Q2", 2.05, 49.02, 0.08)];
        assert_eq!(divided(&two), [5_500, 4_500]);
        // A border that two files draw apart, on either side.
        assert_eq!(divided(&[square("Q", 2.099_99, 49.0, 0.1)]), [0, 10_000]);
        assert_eq!(divided(&[square("Q", 1.99, 48.99, 0.109_99)]), [10_000, 0]);
        assert_eq!(divided(&[square("Q", 3.0, 49.0, 0.1)]), [0, 10_000]);
    }

    #[test]
    fn a_code_without_room_is_refused() {
        let zone = square(&"a".repeat(59), 2.02, 49.02, 0.05);
        assert!(by_commune(&[zone], &communes()).is_err());
    }
}
