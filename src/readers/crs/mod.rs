//! Coordinate reference systems: which are read, and the way to and from degrees of EPSG:4326.

mod definition;
mod wkt;

use std::fmt;
use std::sync::LazyLock;

use geo::Coord;
use proj4rs::proj::Proj;
use proj4rs::transform::transform;

use definition::{Definition, Projection, definitions};
use domain::{CommuneCode, Fault, HasFault};

/// The coordinate system is not one that is read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum UnknownCrs {
    #[error(
        "le système NTF ({0}) demande une grille de décalage et n'est pas lu ; convertir avec ogr2ogr -t_srs EPSG:2154"
    )]
    Ntf(String),
    #[error(
        "système de coordonnées non pris en charge : {0} ; convertir avec ogr2ogr -t_srs EPSG:2154 (ou EPSG:4326)"
    )]
    Other(String),
    #[error("système de coordonnées illisible ; écrire par exemple EPSG:2154")]
    Unreadable,
}

impl HasFault for UnknownCrs {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

/// Coordinates that cannot be in the system they are said to be in. The message holds no
/// coordinate: it may be the place of a household.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "des coordonnées sortent du domaine de {0} : elles sont dans un autre système, ou x et y sont échangés"
)]
pub struct OutsideCrs(pub Crs);

impl HasFault for OutsideCrs {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

struct Entry {
    definition: Definition,
    plane: Proj,
    pivot: Proj,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let proj =
        |text: String| Proj::from_proj_string(&text).expect("a test compares every definition");
    let entry = |definition: Definition| Entry {
        plane: proj(definition.proj_string()),
        pivot: proj(definition.pivot_string()),
        definition,
    };
    definitions().into_iter().map(entry).collect()
});

/// One of the systems that are read. Cheap to copy, shared by threads.
#[derive(Clone, Copy)]
pub struct Crs(&'static Entry);

impl Crs {
    /// The system of an EPSG number: 2154, 4171, 4258, 4326, 3857, 3035, 3942 to 3950, 5490,
    /// 32620, 2972, 2975 or 4471.
    ///
    /// # Errors
    /// [`UnknownCrs`] for a system that is not read.
    pub fn from_epsg(epsg: u32) -> Result<Crs, UnknownCrs> {
        if let Some(entry) = ENTRIES.iter().find(|entry| entry.definition.epsg == epsg) {
            return Ok(Crs(entry));
        }
        let text = format!("EPSG:{epsg}");
        // NTF: geographic, the Lambert zones I to IV and their carto and Paris variants.
        match epsg {
            4275 | 4807 | 27561..=27564 | 27571..=27574 | 27581..=27584 | 27591..=27594 => {
                Err(UnknownCrs::Ntf(text))
            }
            _ => Err(UnknownCrs::Other(text)),
        }
    }

    /// The system a text names: `EPSG:2154`, `2154`, `urn:ogc:def:crs:EPSG::2154`,
    /// `http://www.opengis.net/def/crs/EPSG/0/2154`, `urn:ogc:def:crs:OGC:1.3:CRS84`.
    ///
    /// # Errors
    /// [`UnknownCrs`] for a system that is not read, or text that names none.
    pub fn from_text(text: &str) -> Result<Crs, UnknownCrs> {
        let upper = text.trim().to_ascii_uppercase();
        if upper.ends_with("CRS84") {
            return Ok(Crs::wgs84());
        }
        let number = upper.rsplit([':', '/']).next().unwrap_or(&upper);
        let named = upper.contains("EPSG") || number == upper;
        match number.parse() {
            Ok(epsg) if named => Crs::from_epsg(epsg),
            _ if upper.contains("NTF") => Err(UnknownCrs::Ntf(clipped(text))),
            _ if upper.is_empty() => Err(UnknownCrs::Unreadable),
            _ => Err(UnknownCrs::Other(clipped(text))),
        }
    }

    /// The system that a WKT text (first or second edition, Esri's dialect) describes, by its
    /// authority or by its parameters.
    ///
    /// # Errors
    /// [`UnknownCrs`] for a system that is not read, or text that is no WKT.
    pub fn from_wkt(text: &str) -> Result<Crs, UnknownCrs> {
        wkt::recognise(text)
    }

    /// EPSG:4326 in the order longitude, latitude.
    pub fn wgs84() -> Crs {
        Crs::listed(4326)
    }

    /// The system in which the register and the official files place this commune.
    pub fn local(commune: &CommuneCode) -> Crs {
        Crs::listed(match commune.departement() {
            "971" | "972" | "977" | "978" => 5490,
            "973" => 2972,
            "974" => 2975,
            "976" => 4471,
            _ => 2154,
        })
    }

    /// The system of the square grid over this commune: EPSG:3035 in Europe, the local one
    /// overseas (INSEE, "données carroyées").
    pub fn grid(commune: &CommuneCode) -> Crs {
        let local = Crs::local(commune);
        if local.epsg() == 2154 { Crs::listed(3035) } else { local }
    }

    /// The EPSG number.
    pub fn epsg(self) -> u32 {
        self.0.definition.epsg
    }

    /// Whether coordinates are longitude and latitude in degrees.
    pub fn is_geographic(self) -> bool {
        self.0.definition.projection == Projection::Geographic
    }

    /// Longitude and latitude in degrees of EPSG:4326.
    ///
    /// # Errors
    /// [`OutsideCrs`] for coordinates outside the system's area of use.
    pub fn to_wgs84(self, x: f64, y: f64) -> Result<(f64, f64), OutsideCrs> {
        if !x.is_finite() || !y.is_finite() {
            return Err(OutsideCrs(self));
        }
        let mut at = (x, y);
        if !self.is_geographic() {
            transform(&self.0.plane, &self.0.pivot, &mut at).map_err(|_| OutsideCrs(self))?;
            at = (at.0.to_degrees(), at.1.to_degrees());
        }
        if self.holds(at.0, at.1) { Ok(at) } else { Err(OutsideCrs(self)) }
    }

    /// Coordinates in this system of a place given in degrees of EPSG:4326.
    ///
    /// # Errors
    /// [`OutsideCrs`] for a place outside the system's area of use.
    pub fn from_wgs84(self, lon: f64, lat: f64) -> Result<(f64, f64), OutsideCrs> {
        if !self.holds(lon, lat) {
            return Err(OutsideCrs(self));
        }
        let mut at = (lon, lat);
        if !self.is_geographic() {
            at = (at.0.to_radians(), at.1.to_radians());
            transform(&self.0.pivot, &self.0.plane, &mut at).map_err(|_| OutsideCrs(self))?;
        }
        if at.0.is_finite() && at.1.is_finite() { Ok(at) } else { Err(OutsideCrs(self)) }
    }

    /// Coordinates of this system in another one; unchanged, to the bit, when both are the same.
    ///
    /// # Errors
    /// [`OutsideCrs`] for a place outside the area of use of one of both.
    pub fn convert(self, to: Crs, x: f64, y: f64) -> Result<(f64, f64), OutsideCrs> {
        let (lon, lat) = self.to_wgs84(x, y)?;
        if self == to { Ok((x, y)) } else { to.from_wgs84(lon, lat) }
    }

    /// Turns many points into degrees in place. A point gives the same degrees whatever its
    /// neighbours, so shared borders stay shared.
    ///
    /// # Errors
    /// [`OutsideCrs`] for the first that is outside; those before it are converted.
    pub fn all_to_wgs84(self, points: &mut [Coord<f64>]) -> Result<(), OutsideCrs> {
        for point in points {
            (point.x, point.y) = self.to_wgs84(point.x, point.y)?;
        }
        Ok(())
    }

    fn listed(epsg: u32) -> Crs {
        Crs::from_epsg(epsg).expect("the number is one of the list")
    }

    fn holds(self, lon: f64, lat: f64) -> bool {
        let [west, south, east, north] = self.0.definition.domain;
        (west..=east).contains(&lon) && (south..=north).contains(&lat)
    }
}

/// The start of a text from a file, short enough for a message.
fn clipped(text: &str) -> String {
    text.trim().chars().filter(|char| !char.is_control()).take(80).collect()
}

impl PartialEq for Crs {
    fn eq(&self, other: &Crs) -> bool {
        self.epsg() == other.epsg()
    }
}

impl Eq for Crs {}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EPSG:{} ({})", self.epsg(), self.0.definition.name)
    }
}

impl fmt::Debug for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EPSG:{}", self.epsg())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(EPSG, longitude, latitude, x, y)` as PROJ 9.1 computes them (`gdaltransform`).
    const REFERENCE: [(u32, f64, f64, f64, f64); 17] = [
        (2154, 2.3522, 48.8566, 652469.022709136, 6862035.25942008),
        (3035, 2.3522, 48.8566, 3760771.86483801, 2889484.8019008),
        (3857, 2.3522, 48.8566, 261845.706243938, 6250564.34954313),
        (3942, 2.3522, 43.8566, 1647894.91106888, 1406467.84699789),
        (3943, 2.3522, 43.8566, 1647916.60657352, 2295365.40282481),
        (3944, 2.3522, 46.8566, 1650541.77667803, 3517782.64877714),
        (3945, 2.3522, 48.8566, 1652357.94543339, 4629218.19380723),
        (3946, 2.3522, 48.8566, 1652408.02393465, 5517893.61487453),
        (3947, 2.3522, 48.8566, 1652442.84639212, 6406648.58551433),
        (3948, 2.3522, 48.8566, 1652462.69941271, 7295447.86866943),
        (3949, 2.3522, 48.8566, 1652467.86892446, 8184256.86914706),
        (3950, 2.3522, 48.8566, 1652458.64129972, 9073041.65496445),
        (5490, -61.5, 16.2, 660342.312388862, 1791644.13149472),
        (32620, -61.5, 16.2, 660342.312388657, 1791644.13155148),
        (2972, -52.3, 4.9, 355855.43844099, 541750.163564085),
        (2975, 55.5, -21.1, 344197.575409796, 7666050.71104201),
        (4471, 45.2, -12.8, 521705.54803132, 8584972.96246799),
    ];

    #[test]
    fn every_projection_agrees_with_proj_to_a_tenth_of_a_millimetre() {
        for (epsg, lon, lat, x, y) in REFERENCE {
            let crs = Crs::from_epsg(epsg).unwrap();
            let (east, north) = crs.from_wgs84(lon, lat).unwrap();
            assert!((east - x).abs() < 1e-4 && (north - y).abs() < 1e-4, "{crs} {east} {north}");
            let (back_lon, back_lat) = crs.to_wgs84(x, y).unwrap();
            assert!((back_lon - lon).abs() < 1e-9 && (back_lat - lat).abs() < 1e-9, "{crs}");
        }
    }

    #[test]
    fn every_listed_number_is_read_and_goes_there_and_back() {
        let listed = [2154, 4171, 4258, 4326, 3857, 3035, 5490, 32620, 2972, 2975, 4471];
        for epsg in listed.into_iter().chain(3942..=3950) {
            let crs = Crs::from_epsg(epsg).unwrap();
            let [west, south, east, north] = crs.0.definition.domain;
            let (lon, lat) = (west * 0.4 + east * 0.6, south * 0.6 + north * 0.4);
            let (x, y) = crs.from_wgs84(lon, lat).unwrap();
            let (lon_2, lat_2) = crs.to_wgs84(x, y).unwrap();
            assert!((lon - lon_2).abs() < 1e-8 && (lat - lat_2).abs() < 1e-8, "{crs}");
        }
    }

    #[test]
    fn texts_name_systems() {
        for (text, epsg) in [
            ("EPSG:2154", 2154),
            ("epsg:3949", 3949),
            ("2154", 2154),
            ("urn:ogc:def:crs:EPSG::4471", 4471),
            ("urn:ogc:def:crs:EPSG:9.9:4326", 4326),
            ("http://www.opengis.net/def/crs/EPSG/0/4258", 4258),
            ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
            ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", 4326),
        ] {
            assert_eq!(Crs::from_text(text).unwrap().epsg(), epsg, "{text}");
        }
        for text in ["", "EPSG:", "EPSG:abc", "IGNF:2154x", "é", "EPSG:99999999999"] {
            assert!(Crs::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ntf_is_refused_by_name_with_what_to_do() {
        for epsg in [27572, 4275, 27561, 4807] {
            let message = Crs::from_epsg(epsg).unwrap_err().to_string();
            assert!(message.contains("NTF") && message.contains("ogr2ogr"), "{message}");
        }
        assert!(matches!(Crs::from_epsg(2970), Err(UnknownCrs::Other(_))));
    }

    #[test]
    fn coordinates_of_another_system_are_noticed() {
        let lambert = Crs::from_epsg(2154).unwrap();
        assert!(lambert.to_wgs84(2.35, 48.85).is_err());
        assert!(lambert.to_wgs84(6_862_035.0, 652_469.0).is_err());
        assert!(lambert.to_wgs84(f64::NAN, 0.0).is_err());
        assert!(lambert.to_wgs84(1e300, -1e300).is_err());
        assert!(Crs::wgs84().to_wgs84(652_469.0, 6_862_035.0).is_err());
        assert!(Crs::from_epsg(3949).unwrap().to_wgs84(652_469.0, 6_862_035.0).is_err());
    }

    #[test]
    fn a_commune_uses_the_system_of_its_territory() {
        for (commune, local, grid) in [
            ("95018", 2154, 3035),
            ("2A004", 2154, 3035),
            ("97105", 5490, 5490),
            ("97701", 5490, 5490),
            ("97302", 2972, 2972),
            ("97411", 2975, 2975),
            ("97608", 4471, 4471),
        ] {
            let commune = commune.parse().unwrap();
            assert_eq!(Crs::local(&commune).epsg(), local);
            assert_eq!(Crs::grid(&commune).epsg(), grid);
        }
    }
}
