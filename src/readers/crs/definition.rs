//! The coordinate reference systems that are read, as EPSG defines them.

/// How plane coordinates follow from longitude and latitude. Angles in degrees, lengths in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Projection {
    Geographic,
    /// Lambert conformal conic with two standard parallels.
    Lambert {
        lat_0: f64,
        lat_1: f64,
        lat_2: f64,
        x_0: f64,
        y_0: f64,
    },
    /// Lambert azimuthal equal area, the projection of the European grid.
    EqualArea,
    /// Universal transverse Mercator.
    Utm {
        zone: u8,
        south: bool,
    },
    WebMercator,
}

/// One system. Every datum of the list agrees with WGS 84 to better than a metre, and EPSG gives
/// the null transformation between them.
#[derive(Debug)]
pub(super) struct Definition {
    pub epsg: u32,
    pub name: &'static str,
    pub projection: Projection,
    pub ellipsoid: &'static str,
    /// West, south, east, north of the area of use in degrees, with a margin: coordinates outside
    /// it are in another system.
    pub domain: [f64; 4],
}

const FRANCE: [f64; 4] = [-10.5, 40.5, 11.0, 52.5];
const EUROPE: [f64; 4] = [-36.0, 24.0, 45.0, 85.0];

/// Longitude of the origin of every Lambert system of the list.
pub(super) const LAMBERT_LON_0: f64 = 3.0;

/// Every system of the list.
pub(super) fn definitions() -> Vec<Definition> {
    let grs80 = |epsg, name, projection, domain| Definition {
        epsg,
        name,
        projection,
        ellipsoid: "+ellps=GRS80",
        domain,
    };
    let wgs84 = |epsg, name, projection, domain| Definition {
        epsg,
        name,
        projection,
        ellipsoid: "+ellps=WGS84",
        domain,
    };
    let utm = |zone, south| Projection::Utm { zone, south };
    let lambert_93 =
        Projection::Lambert { lat_0: 46.5, lat_1: 49.0, lat_2: 44.0, x_0: 7e5, y_0: 6.6e6 };
    let mut all = vec![
        grs80(2154, "RGF93 / Lambert-93", lambert_93, FRANCE),
        grs80(4171, "RGF93", Projection::Geographic, FRANCE),
        grs80(4258, "ETRS89", Projection::Geographic, EUROPE),
        wgs84(4326, "WGS 84", Projection::Geographic, [-180.0, -90.0, 180.0, 90.0]),
        Definition {
            epsg: 3857,
            name: "WGS 84 / Pseudo-Mercator",
            projection: Projection::WebMercator,
            ellipsoid: "+a=6378137 +b=6378137",
            domain: [-180.0, -85.06, 180.0, 85.06],
        },
        grs80(3035, "ETRS89-extended / LAEA Europe", Projection::EqualArea, EUROPE),
        grs80(5490, "RGAF09 / UTM 20N", utm(20, false), [-64.0, 13.5, -57.0, 19.0]),
        wgs84(32620, "WGS 84 / UTM 20N", utm(20, false), [-66.5, 0.0, -57.0, 84.0]),
        grs80(2972, "RGFG95 / UTM 22N", utm(22, false), [-55.5, 1.5, -49.0, 9.5]),
        grs80(2975, "RGR92 / UTM 40S", utm(40, true), [51.0, -26.5, 59.0, -18.0]),
        grs80(4471, "RGM04 / UTM 38S", utm(38, true), [43.0, -15.0, 47.5, -11.0]),
    ];
    const CONFORMAL: [&str; 9] = [
        "RGF93 / CC42",
        "RGF93 / CC43",
        "RGF93 / CC44",
        "RGF93 / CC45",
        "RGF93 / CC46",
        "RGF93 / CC47",
        "RGF93 / CC48",
        "RGF93 / CC49",
        "RGF93 / CC50",
    ];
    for (zone, name) in (0u32..).zip(CONFORMAL) {
        let lat_0 = 42.0 + f64::from(zone);
        let projection = Projection::Lambert {
            lat_0,
            lat_1: lat_0 - 0.75,
            lat_2: lat_0 + 0.75,
            x_0: 1.7e6,
            y_0: 1.2e6 + 1e6 * f64::from(zone),
        };
        // A neighbouring zone differs by a million metres in y: a margin of four degrees in
        // latitude takes in a whole region and still tells the zones apart.
        let domain = [FRANCE[0], lat_0 - 4.0, FRANCE[2], lat_0 + 4.0];
        all.push(grs80(3942 + zone, name, projection, domain));
    }
    all
}

impl Definition {
    /// The definition in the notation of PROJ. No datum is named: between the systems of the list
    /// there is no shift to apply.
    pub(super) fn proj_string(&self) -> String {
        let projection = match self.projection {
            Projection::Geographic => "+proj=longlat".to_owned(),
            Projection::Lambert { lat_0, lat_1, lat_2, x_0, y_0 } => format!(
                "+proj=lcc +lat_0={lat_0} +lon_0={LAMBERT_LON_0} +lat_1={lat_1} +lat_2={lat_2} +x_0={x_0} +y_0={y_0}"
            ),
            Projection::EqualArea => {
                "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000".to_owned()
            }
            Projection::Utm { zone, south } => {
                format!("+proj=utm +zone={zone}{}", if south { " +south" } else { "" })
            }
            Projection::WebMercator => "+proj=merc +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1".into(),
        };
        format!("{projection} {} +units=m +no_defs", self.ellipsoid)
    }

    /// Longitude and latitude on the same ellipsoid.
    pub(super) fn pivot_string(&self) -> String {
        format!("+proj=longlat {} +no_defs", self.ellipsoid)
    }
}
