//! The squares of the grid, made again: which one holds a point, and the corners of one.

use domain::{CommuneCode, ZoneCode};
use readers::crs::Crs;

/// Parts of each side of a square in degrees: a straight side of the grid is a curve there.
const PARTS: u32 = 4;
/// The widest step of a grid, in metres.
const MOST: u32 = 100_000;

/// The code of the square of so many metres that holds a point, given in metres of the local system
/// of its commune: the corner at its south-west, in the system of the grid. `None` beyond the grid.
pub fn holding(commune: &CommuneCode, [x, y]: [f64; 2], step: u32) -> Option<ZoneCode> {
    let grid = Crs::grid(commune);
    let (east, north) = Crs::local(commune).convert(grid, x, y).ok()?;
    let corner = |metres: f64| {
        let whole = metres.floor() as i64;
        u32::try_from(whole - whole.rem_euclid(i64::from(step))).ok()
    };
    let (east, north) = (corner(east)?, corner(north)?);
    format!("CRS{}RES{step}mN{north}E{east}", grid.epsg()).parse().ok()
}

/// The ring of a square in degrees, from its south-west corner counter-clockwise; `None` for what is
/// not the code of one.
pub fn ring(code: &str) -> Option<Vec<[f64; 2]>> {
    let (epsg, rest) = code.strip_prefix("CRS")?.split_once("RES")?;
    let (step, rest) = rest.split_once("mN")?;
    let (north, east) = rest.split_once('E')?;
    let grid = Crs::from_epsg(whole(epsg)?).ok().filter(|grid| !grid.is_geographic())?;
    let [step, north, east] = [whole(step)?, whole(north)?, whole(east)?];
    if !(1..=MOST).contains(&step) || [north, east].iter().any(|corner| corner % step != 0) {
        return None;
    }
    let along = |corner: u32, part: u32| {
        f64::from(corner) + f64::from(step) * f64::from(part) / f64::from(PARTS)
    };
    let corners = [[0, 0], [PARTS, 0], [PARTS, PARTS], [0, PARTS], [0, 0]];
    let mut ring = Vec::new();
    for pair in corners.windows(2) {
        for part in 0..PARTS {
            let [i, j] = [0, 1].map(|axis| {
                let (from, to): (u32, u32) = (pair[0][axis], pair[1][axis]);
                if to > from {
                    part
                } else if to < from {
                    PARTS - part
                } else {
                    from
                }
            });
            let (longitude, latitude) = grid.to_wgs84(along(east, i), along(north, j)).ok()?;
            ring.push([longitude, latitude]);
        }
    }
    ring.push(ring[0]);
    Some(ring)
}

/// A number written in the one way that a code has.
fn whole(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_lies_in_its_square_and_on_a_side_in_the_one_north_or_east() {
        // PROJ: 652084.42, 6862305.46 in EPSG:2154 is 3760771.8, 2889484.8 in EPSG:3035.
        let paris = "75101".parse().unwrap();
        let (x, y) = Crs::local(&paris).from_wgs84(2.3522, 48.8566).unwrap();
        let code = holding(&paris, [x, y], 200).unwrap();
        assert_eq!(code.as_str(), "CRS3035RES200mN2889400E3760600");
        // Overseas the grid is in the local system.
        let guadeloupe = "97105".parse().unwrap();
        let on_a_side = holding(&guadeloupe, [640_000.0, 1_770_000.0], 200).unwrap();
        assert_eq!(on_a_side.as_str(), "CRS5490RES200mN1770000E640000");
        let below = holding(&guadeloupe, [639_999.9, 1_769_999.9], 200).unwrap();
        assert_eq!(below.as_str(), "CRS5490RES200mN1769800E639800");
    }

    #[test]
    fn a_square_has_its_corners_and_what_is_no_code_has_none() {
        let ring = ring("CRS3035RES200mN2889400E3760600").unwrap();
        assert_eq!((ring.len(), ring[0]), (17, ring[16]));
        let crs = Crs::from_epsg(3035).unwrap();
        let (longitude, latitude) = crs.to_wgs84(3_760_800.0, 2_889_600.0).unwrap();
        assert_eq!(ring[8], [longitude, latitude]);
        for code in [
            "95018",
            "CRS3035RES200mN2889401E3760600",
            "CRS3035RES0mN0E0",
            "CRS4326RES200mN200E200",
            "CRS3035RES200mN4294967200E3760600",
            "CRS3035RES200mN02889400E3760600",
            "CRS3035RES200mN+2889400E3760600",
        ] {
            assert_eq!(super::ring(code), None, "{code}");
        }
    }
}
