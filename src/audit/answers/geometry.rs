//! The geometry of a zone in a tile, for one that no edition explains.

use crate::mismatch::Mismatch;
use domain::Scale;

use super::wire::{Feature, numbers};

/// Units of a tile's side.
pub const EXTENT: u64 = 4096;
/// How far a shape may reach beyond the tile.
const MOST_BEYOND: i64 = 4096;

/// The commands of a geometry: points for addresses, closed rings for any other scale.
pub fn check(scale: Scale, feature: &Feature<'_>) -> Result<(), Mismatch> {
    let numbers = numbers(feature.geometry)?;
    let (mut at, mut place) = ([0_i64; 2], 0);
    let mut open = 0;
    let is_point = scale.is_point();
    if feature.kind != if is_point { 1 } else { 3 } {
        return Err("d'un autre type".into());
    }
    if numbers.is_empty() {
        return Err("vide".into());
    }
    while let Some(head) = numbers.get(place) {
        let (command, count) = (head & 7, usize::try_from(head >> 3).unwrap_or(usize::MAX));
        place += 1;
        match (command, is_point) {
            (1, _) if open == 0 && count == 1 => open = usize::from(!is_point),
            (2, false) if open == 1 && count >= 2 => open = 2,
            (7, false) if open == 2 && count == 1 => {
                open = 0;
                continue;
            }
            _ => return Err("commande inattendue".into()),
        }
        let steps = numbers.get(place..).and_then(|rest| rest.get(..count.checked_mul(2)?));
        for (step, axis) in steps.ok_or("coupée")?.iter().zip([0, 1].into_iter().cycle()) {
            let signed = (step >> 1) as i64 ^ -((step & 1) as i64);
            at[axis] = at[axis].saturating_add(signed);
            if !(-MOST_BEYOND..=EXTENT as i64 + MOST_BEYOND).contains(&at[axis]) {
                return Err("hors de la tuile".into());
            }
        }
        place += 2 * count;
    }
    if open == 0 { Ok(()) } else { Err("anneau ouvert".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn said(scale: Scale, kind: u64, geometry: &[u8], expected: Result<(), &'static str>) {
        let feature = Feature { kind, geometry, ..Feature::default() };
        assert_eq!(check(scale, &feature), expected.map_err(Mismatch::from), "{geometry:?}");
    }

    #[test]
    fn an_address_is_a_point_and_any_other_zone_closed_rings() {
        let ring = [9, 0, 0, 18, 8, 0, 0, 8, 15];
        said(Scale::ADRESSE, 1, &[9, 6, 8], Ok(()));
        said(Scale::IRIS, 3, &ring, Ok(()));
        said(Scale::IRIS, 3, &[&ring[..], &ring[..]].concat(), Ok(()));
        said(Scale::IRIS, 2, &ring, Err("d'un autre type"));
        said(Scale::IRIS, 3, &ring[..8], Err("anneau ouvert"));
        said(Scale::IRIS, 3, &ring[..6], Err("coupée"));
        said(Scale::ADRESSE, 1, &[9, 6, 8, 9, 6, 8], Ok(()));
        said(Scale::ADRESSE, 1, &ring, Err("commande inattendue"));
        said(Scale::ADRESSE, 1, &[9, 0x80, 0x80, 4, 0], Err("hors de la tuile"));
        said(Scale::ADRESSE, 1, &[], Err("vide"));
    }
}
