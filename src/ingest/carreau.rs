//! The square grid: from a place to the id of its carreau, and from the id to its square.
//!
//! A carreau is named by the corner of INSEE's grid at its south-west, `CRS3035RES200mN{y}E{x}`,
//! in metres of the grid's system; nothing else about it is stored.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use domain::{CommuneCode, Fault, HasFault, ZoneCode};
use readers::crs::{Crs, OutsideCrs};

/// Segments on each side of a square in degrees: a straight side of the grid is a curve there,
/// and neighbours must bend alike.
const SEGMENTS: u32 = 4;

/// The carreau cannot be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum BadCarreau {
    #[error(transparent)]
    Outside(#[from] OutsideCrs),
    #[error("« {0} » n'est pas l'identifiant d'un carreau, comme CRS3035RES200mN2904800E3750600")]
    Id(String),
    #[error("le pas de la grille va de 1 à 100000 mètres")]
    Step,
}

impl HasFault for BadCarreau {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

/// The carreau of `grid_m` metres that holds a place of a commune, given as `(x, y)` in any
/// system. A place on a side belongs to the carreau north or east of it.
///
/// # Errors
/// [`BadCarreau`] where the place is outside the European grid, or the step is none.
pub fn carreau_id(
    commune: &CommuneCode,
    crs: Crs,
    x: f64,
    y: f64,
    grid_m: u32,
) -> Result<ZoneCode, BadCarreau> {
    if !(1..=100_000).contains(&grid_m) {
        return Err(BadCarreau::Step);
    }
    let grid = Crs::grid(commune);
    let (east, north) = crs.convert(grid, x, y)?;
    let corner = |value: f64| (value / f64::from(grid_m)).floor() * f64::from(grid_m);
    let (east, north) = (corner(east), corner(north));
    let id = format!("CRS{}RES{grid_m}mN{north}E{east}", grid.epsg());
    // A corner south or west of the origin has a sign, which the id has no room for.
    if east < 0.0 || north < 0.0 {
        return Err(OutsideCrs(grid).into());
    }
    id.parse().map_err(|_| BadCarreau::Id(id))
}

/// The square of a carreau in degrees of EPSG:4326, counter-clockwise, each side in a few
/// segments. Two neighbours have the same points on their common side, to the bit.
///
/// # Errors
/// [`BadCarreau::Id`] for a code that names no square.
pub fn carreau_square(id: &ZoneCode) -> Result<MultiPolygon<f64>, BadCarreau> {
    let (grid, step, north, east) =
        parts(id.as_str()).ok_or_else(|| BadCarreau::Id(id.as_str().to_owned()))?;
    let at = |corner: u32, k: u32| {
        f64::from(corner) + f64::from(step) * f64::from(k) / f64::from(SEGMENTS)
    };
    let south_side = (0..SEGMENTS).map(|k| (k, 0));
    let east_side = (0..SEGMENTS).map(|k| (SEGMENTS, k));
    let north_side = (0..SEGMENTS).map(|k| (SEGMENTS - k, SEGMENTS));
    let west_side = (0..=SEGMENTS).map(|k| (0, SEGMENTS - k));
    let mut ring = Vec::with_capacity(4 * SEGMENTS as usize + 1);
    for (i, j) in south_side.chain(east_side).chain(north_side).chain(west_side) {
        let (lon, lat) = grid.to_wgs84(at(east, i), at(north, j))?;
        ring.push(Coord { x: lon, y: lat });
    }
    Ok(MultiPolygon::new(vec![Polygon::new(LineString::new(ring), Vec::new())]))
}

/// System, step, north and east of an id.
fn parts(id: &str) -> Option<(Crs, u32, u32, u32)> {
    let rest = id.strip_prefix("CRS")?;
    let (epsg, rest) = rest.split_once("RES")?;
    let (step, rest) = rest.split_once("mN")?;
    let (north, east) = rest.split_once('E')?;
    let number = |text: &str| -> Option<u32> {
        let plain = !text.starts_with('0') || text == "0";
        if plain && text.bytes().all(|byte| byte.is_ascii_digit()) {
            text.parse().ok()
        } else {
            None
        }
    };
    let (step, north, east) = (number(step)?, number(north)?, number(east)?);
    let grid = Crs::from_epsg(number(epsg)?).ok().filter(|grid| !grid.is_geographic())?;
    let aligned = (1..=100_000).contains(&step) && north % step == 0 && east % step == 0;
    // The far corner still fits the type.
    let fits = north.checked_add(step).is_some() && east.checked_add(step).is_some();
    (aligned && fits).then_some((grid, step, north, east))
}

#[cfg(test)]
mod tests {
    use geo::{BoundingRect, Centroid};

    use super::*;

    const PLACES: [(&str, f64, f64, &str); 6] = [
        ("95018", 2.2499, 48.9478, "CRS3035"),
        ("75101", 2.3522, 48.8566, "CRS3035"),
        ("97105", -61.73, 16.0, "CRS5490"),
        ("97302", -52.3, 4.9, "CRS2972"),
        ("97411", 55.45, -20.9, "CRS2975"),
        ("97608", 45.2, -12.8, "CRS4471"),
    ];

    #[test]
    fn a_square_holds_the_place_it_was_made_from_and_gives_its_id_back() {
        for (commune, lon, lat, prefix) in PLACES {
            let commune = commune.parse().unwrap();
            for step in [200, 1000, 7] {
                let id = carreau_id(&commune, Crs::wgs84(), lon, lat, step).unwrap();
                assert!(id.as_str().starts_with(prefix), "{id}");
                let square = carreau_square(&id).unwrap();
                let bounds = square.bounding_rect().unwrap();
                let within = (bounds.min().x..=bounds.max().x).contains(&lon)
                    && (bounds.min().y..=bounds.max().y).contains(&lat);
                assert!(within, "{id}");
                let middle = square.centroid().unwrap();
                let again = carreau_id(&commune, Crs::wgs84(), middle.x(), middle.y(), step);
                assert_eq!(again.unwrap(), id);
            }
        }
    }

    #[test]
    fn the_corner_is_the_one_south_west_of_the_place() {
        // PROJ: 2.3522 48.8566 is 3760771.865 2889484.802 in EPSG:3035.
        let commune = "75101".parse().unwrap();
        let id = carreau_id(&commune, Crs::wgs84(), 2.3522, 48.8566, 200).unwrap();
        assert_eq!(id.as_str(), "CRS3035RES200mN2889400E3760600");
        let local = Crs::from_epsg(3035).unwrap();
        let on_corner = carreau_id(&commune, local, 3_760_600.0, 2_889_400.0, 200).unwrap();
        assert_eq!(on_corner, id);
        let below = carreau_id(&commune, local, 3_760_599.99, 2_889_399.99, 200).unwrap();
        assert_eq!(below.as_str(), "CRS3035RES200mN2889200E3760400");
    }

    #[test]
    fn neighbours_share_their_side_to_the_bit() {
        let square = |id: &str| carreau_square(&id.parse().unwrap()).unwrap().0.remove(0);
        let west = square("CRS3035RES200mN2889400E3760600");
        let east = square("CRS3035RES200mN2889400E3760800");
        let shared = |point: &&Coord<f64>| east.exterior().0.contains(point);
        assert_eq!(west.exterior().0.iter().filter(shared).count(), 5);
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for id in [
            "95018",
            "CRS3035RES200mN2889401E3760600",
            "CRS3035RES0mN0E0",
            "CRS4326RES200mN200E200",
            "CRS3035RES200mN4294967200E3760600",
            "CRS3035RES200mN0E0",
            "CRS27572RES200mN200E200",
            "CRS3035RES200mN02889400E3760600",
        ] {
            assert!(carreau_square(&id.parse().unwrap()).is_err(), "{id}");
        }
    }
}
