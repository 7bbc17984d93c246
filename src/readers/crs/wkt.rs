//! Coordinate systems described in well-known text: WKT 1, WKT 2 and the dialect of Esri `.prj`
//! files, which names no authority.

use unicode_normalization::UnicodeNormalization;

use super::definition::{Definition, LAMBERT_LON_0, Projection, definitions};
use super::{Crs, UnknownCrs, clipped};

/// Nodes of a description, and their nesting: real ones have a few dozen.
const MAX_NODES: usize = 2_000;
const MAX_DEPTH: usize = 32;

/// Finds the listed system that a description means.
pub(super) fn recognise(text: &str) -> Result<Crs, UnknownCrs> {
    let root = parse(text).ok_or(UnknownCrs::Unreadable)?;
    let root = root.horizontal();
    let name = clipped(root.name().unwrap_or(&root.keyword));
    let datum = root.find(&["DATUM", "GEODETICDATUM", "TRF", "ENSEMBLE"]);
    let datum_name = letters(datum.and_then(Node::name).unwrap_or_default());
    let ntf = |name: &str| name.starts_with("ntf") || name.starts_with("dntf");
    if datum_name.contains("nouvelletriangulation") || ntf(&datum_name) || ntf(&letters(&name)) {
        return Err(UnknownCrs::Ntf(name));
    }
    if let Some(epsg) = root.epsg() {
        return Crs::from_epsg(epsg);
    }
    let known = |definition: &Definition| {
        datum_names(definition.epsg).iter().any(|known| datum_name.contains(known))
    };
    // A datum without a name of its own on the ellipsoid of the French ones: the parameters of
    // Lambert-93 and of the nine zones are those of nothing else.
    let unnamed = ["unknown", "unnamed", "undefined", "notspecified", "grs", "iugg", "basedon"];
    let is_unnamed = datum_name.is_empty() || unnamed.iter().any(|word| datum_name.contains(word));
    let on_grs80 = is_unnamed && datum.is_some_and(is_grs80);
    let found = definitions().into_iter().find(|definition| {
        let is_lambert = matches!(definition.projection, Projection::Lambert { .. });
        (known(definition) || on_grs80 && is_lambert) && fits(root, definition)
    });
    found.map_or(Err(UnknownCrs::Other(name)), |definition| Crs::from_epsg(definition.epsg))
}

/// Whether a datum is on the ellipsoid GRS 80.
fn is_grs80(datum: &Node) -> bool {
    let ellipsoid = datum.find(&["SPHEROID", "ELLIPSOID"]);
    ellipsoid.is_some_and(|own| match own.numbers[..] {
        [axis, inverse, ..] => axis == 6_378_137.0 && (inverse - 298.257_222_101).abs() < 1e-6,
        _ => false,
    })
}

/// Whether the description has the method and the parameters of a definition.
fn fits(root: &Node, definition: &Definition) -> bool {
    let projected = root.keyword.starts_with("PROJ");
    let is = |wanted: f64, names: &[&str]| match root.parameter(names) {
        Some(value) => (value - wanted).abs() < 1e-6,
        None => wanted == 0.0,
    };
    let method = letters(root.find(&["PROJECTION", "METHOD"]).and_then(Node::name).unwrap_or(""));
    let origin = |x: f64, y: f64| {
        is(x, &["falseeasting", "eastingatfalseorigin"])
            && is(y, &["falsenorthing", "northingatfalseorigin"])
    };
    let centre = |lon: f64, lat: f64| {
        is(
            lon,
            &[
                "centralmeridian",
                "longitudeoforigin",
                "longitudeofcenter",
                "longitudeofnaturalorigin",
                "longitudeoffalseorigin",
            ],
        ) && is(
            lat,
            &[
                "latitudeoforigin",
                "latitudeofcenter",
                "latitudeofnaturalorigin",
                "latitudeoffalseorigin",
            ],
        )
    };
    let metres = || {
        let unit = root.children.iter().rev().find(|node| node.keyword.ends_with("UNIT"));
        unit.and_then(|unit| unit.numbers.first()).is_none_or(|&factor| factor == 1.0)
    };
    match definition.projection {
        Projection::Geographic => !projected,
        _ if !projected || !metres() => false,
        Projection::Lambert { lat_0, lat_1, lat_2, x_0, y_0 } => {
            let parallels = root.parameters(&[
                "standardparallel",
                "latitudeofststandardparallel",
                "latitudeofndstandardparallel",
            ]);
            let has = |value: f64| parallels.iter().any(|found| (found - value).abs() < 1e-6);
            method.starts_with("lambertconformalconic")
                && has(lat_1)
                && has(lat_2)
                && centre(LAMBERT_LON_0, lat_0)
                && origin(x_0, y_0)
        }
        Projection::EqualArea => {
            method.starts_with("lambertazimuthalequalarea")
                && centre(10.0, 52.0)
                && origin(4_321_000.0, 3_210_000.0)
        }
        Projection::Utm { zone, south } => {
            method.starts_with("transversemercator")
                && centre(f64::from(zone) * 6.0 - 183.0, 0.0)
                && origin(500_000.0, if south { 10_000_000.0 } else { 0.0 })
                && is(0.9996, &["scalefactor", "scalefactoratnaturalorigin"])
        }
        Projection::WebMercator => {
            let spherical = method.contains("auxiliarysphere") || method.contains("pseudomercator");
            let named = letters(root.name().unwrap_or("")).contains("pseudomercator");
            (spherical || named && method.starts_with("mercator"))
                && centre(0.0, 0.0)
                && origin(0.0, 0.0)
        }
    }
}

/// Parts of the datum's name, letters only, as EPSG, Esri and GDAL write it.
fn datum_names(epsg: u32) -> &'static [&'static str] {
    match epsg {
        2154 | 4171 | 3942..=3950 => {
            &["rgf", "reseaugeodesiquefrancaise", "reseaugeodesiquefrancais"]
        }
        4258 | 3035 => &["etrs", "europeanterrestrial"],
        4326 | 3857 | 32620 => &["wgs", "worldgeodeticsystem"],
        5490 => &["rgaf", "antilles"],
        2972 => &["rgfg", "reseaugeodesiquefrancaisguyane"],
        2975 => &["rgr", "reunion"],
        4471 => &["rgm", "mayotte"],
        _ => &[],
    }
}

/// Lower-case ASCII letters of a name, without accents, digits and separators.
fn letters(name: &str) -> String {
    name.nfd().map(|char| char.to_ascii_lowercase()).filter(char::is_ascii_lowercase).collect()
}

/// `KEYWORD["name", 1.0, CHILD[…]]`.
#[derive(Debug, Default)]
struct Node {
    keyword: String,
    strings: Vec<String>,
    numbers: Vec<f64>,
    children: Vec<Node>,
}

impl Node {
    fn name(&self) -> Option<&str> {
        self.strings.first().map(String::as_str)
    }

    /// The horizontal part of a compound or bound system.
    fn horizontal(&self) -> &Node {
        let mut node = self;
        for _ in 0..MAX_DEPTH {
            let inside = match node.keyword.as_str() {
                "COMPD_CS" | "COMPOUNDCRS" | "BOUNDCRS" | "SOURCECRS" => node.children.first(),
                _ => None,
            };
            match inside {
                Some(inside) => node = inside,
                None => break,
            }
        }
        node
    }

    /// The first node with one of these keywords, at any depth.
    fn find(&self, keywords: &[&str]) -> Option<&Node> {
        if keywords.contains(&self.keyword.as_str()) {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(keywords))
    }

    /// The EPSG number of the node itself, not of its parts.
    fn epsg(&self) -> Option<u32> {
        let authority = |node: &&Node| {
            matches!(node.keyword.as_str(), "AUTHORITY" | "ID")
                && node.name().is_some_and(|name| name.eq_ignore_ascii_case("EPSG"))
        };
        let node = self.children.iter().find(authority)?;
        let text = node.strings.get(1).and_then(|text| text.parse().ok());
        text.or_else(|| node.numbers.first().map(|&number| number as u32))
    }

    fn parameter(&self, names: &[&str]) -> Option<f64> {
        self.parameters(names).first().copied()
    }

    fn parameters(&self, names: &[&str]) -> Vec<f64> {
        let mut found = Vec::new();
        for child in &self.children {
            if child.keyword == "PARAMETER" {
                let name = letters(child.name().unwrap_or_default());
                if names.contains(&name.as_str()) {
                    found.extend(child.numbers.first());
                }
            } else if child.keyword == "CONVERSION" {
                found.extend(child.parameters(names));
            }
        }
        found
    }
}

/// Reads the bracket structure; `None` where it is not one.
fn parse(text: &str) -> Option<Node> {
    let mut stack = vec![Node::default()];
    let mut word = String::new();
    let mut nodes = 0;
    let mut chars = text.trim_start_matches('\u{feff}').chars();
    while let Some(char) = chars.next() {
        match char {
            '"' => {
                let string: String = chars.by_ref().take_while(|&char| char != '"').collect();
                stack.last_mut()?.strings.push(string);
            }
            '[' | '(' => {
                nodes += 1;
                if nodes > MAX_NODES || stack.len() > MAX_DEPTH {
                    return None;
                }
                let keyword = std::mem::take(&mut word).to_ascii_uppercase();
                stack.push(Node { keyword, ..Node::default() });
            }
            ',' | ']' | ')' => {
                let node = stack.last_mut()?;
                let number = std::mem::take(&mut word).parse::<f64>().ok();
                node.numbers.extend(number.filter(|number| number.is_finite()));
                if char != ',' && stack.len() > 1 {
                    let node = stack.pop()?;
                    stack.last_mut()?.children.push(node);
                }
            }
            char if char.is_whitespace() => {}
            char => word.push(char),
        }
    }
    let mut roots = stack.into_iter().next()?.children;
    (roots.len() == 1).then(|| roots.remove(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wkt: &str, epsg: Option<u32>) {
        assert_eq!(recognise(wkt).ok().map(Crs::epsg), epsg, "{wkt}");
    }

    const ESRI_LAMBERT_93: &str = r#"PROJCS["RGF_1993_Lambert_93",GEOGCS["GCS_RGF_1993",DATUM["D_RGF_1993",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic"],PARAMETER["False_Easting",700000.0],PARAMETER["False_Northing",6600000.0],PARAMETER["Central_Meridian",3.0],PARAMETER["Standard_Parallel_1",49.0],PARAMETER["Standard_Parallel_2",44.0],PARAMETER["Latitude_Of_Origin",46.5],UNIT["Meter",1.0]]"#;

    #[test]
    fn esri_descriptions_without_authority_are_recognised_by_their_parameters() {
        check(ESRI_LAMBERT_93, Some(2154));
        check(&ESRI_LAMBERT_93.replace("6600000.0", "6600001.0"), None);
        check(&ESRI_LAMBERT_93.replace("\"Meter\",1.0", "\"Foot\",0.3048"), None);
        check(
            r#"PROJCS["RGR92_UTM_40S",GEOGCS["GCS_RGR_1992",DATUM["D_RGR_1992",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",10000000.0],PARAMETER["Central_Meridian",57.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#,
            Some(2975),
        );
        check(
            r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#,
            Some(4326),
        );
        check(
            r#"PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Mercator_Auxiliary_Sphere"],PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",0.0],PARAMETER["Standard_Parallel_1",0.0],PARAMETER["Auxiliary_Sphere_Type",0.0],UNIT["Meter",1.0]]"#,
            Some(3857),
        );
    }

    #[test]
    fn lambert_93_on_a_datum_without_a_name_is_recognised_by_its_parameters() {
        let unnamed = ESRI_LAMBERT_93
            .replace("GCS_RGF_1993", "GCS_GRS 1980(IUGG, 1980)")
            .replace("D_RGF_1993", "D_unknown");
        check(&unnamed, Some(2154));
        check(&unnamed.replace("298.257222101", "293.46602"), None);
        check(&unnamed.replace("6600000.0", "6600001.0"), None);
        check(&unnamed.replace("D_unknown", "D_European_1950"), None);
    }

    #[test]
    fn an_authority_is_believed_and_ntf_is_refused() {
        check(r#"PROJCRS["x",BASEGEOGCRS["y",DATUM["z"]],ID["EPSG",3949]]"#, Some(3949));
        check(r#"PROJCS["x",GEOGCS["y",DATUM["z"]],AUTHORITY["EPSG","5490"]]"#, Some(5490));
        check(r#"COMPD_CS["c",PROJCS["x",AUTHORITY["EPSG","2154"]],VERT_CS["v"]]"#, Some(2154));
        let ntf = r#"PROJCS["NTF_Lambert_Zone_II",GEOGCS["GCS_NTF",DATUM["D_NTF"]]]"#;
        assert!(matches!(recognise(ntf), Err(UnknownCrs::Ntf(_))));
    }

    #[test]
    fn nonsense_is_an_error() {
        for text in ["", "[", "]]]", "A[\"", "A[B[C[", &"A[".repeat(5000), "A[],B[]", "é[ü]"] {
            assert!(recognise(text).is_err());
        }
    }
}
