//! The auditor's own placement of dwellings against what the rules say and, over invented registers,
//! against the build's: two programs that share readers alone agree on every zone.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use config::Config;
use domain::{CommuneCode, Shape};
use ingest::{Geography, dwellings, place, zones};
use readers::crs::Crs;
use readers::official::{CommuneTable, EpciTable, Official};
use readers::reject::Rejections;

use super::super::source::{Sources, joined};

const EPCI: &str = "CODGEO;LIBGEO;EPCI;LIBEPCI;NATURE_EPCI;DEP;REG;EPT;LIBEPT\n\
    95018;Argenteuil;200054781;Métropole du Grand Paris;METRO;95;11;200057990;Boucle Nord de Seine\n\
    95063;Bezons;200058485;CA Saint Germain Boucles de Seine;CA;95;11;;\n\
    95127;Cergy;249500109;CA de Cergy-Pontoise;CA;95;11;;\n\
    75056;Paris;200054781;Métropole du Grand Paris;METRO;75;11;;\n";

const CONFIG: &str = r#"[build]
vintage = 2024
revision = 1
threshold = 11
out = "editions"
record = "records"
dwellings = ["rpls.csv"]
households = ["ops.csv"]
epci = "epci.csv"
[build.zones.commune]
path = "commune.geojson"
[build.zones.iris]
path = "iris.geojson"
[build.zones.qpv]
path = "qpv.geojson"
[build.zones.arrondissement]
path = "arrondissement.geojson"
"#;

/// Code, west, south, east, north. Argenteuil's IRIS stop some 18 to 110 m before the border of the
/// commune; two QPV lie over one another, and over two communes.
const COMMUNES: &[(&str, [f64; 4])] = &[
    ("95018", [2.20, 48.90, 2.22, 48.92]),
    ("95063", [2.22, 48.90, 2.24, 48.92]),
    ("75056", [2.24, 48.90, 2.26, 48.92]),
    ("99999", [2.26, 48.90, 2.27, 48.92]),
];
const IRIS: &[(&str, [f64; 4])] = &[
    ("950180101", [2.201, 48.901, 2.21, 48.91]),
    ("950180102", [2.21, 48.901, 2.2195, 48.91]),
    ("950180103", [2.201, 48.91, 2.21, 48.9198]),
    ("950180104", [2.21, 48.91, 2.2195, 48.9198]),
    ("950630000", [2.22, 48.90, 2.24, 48.92]),
    ("751010101", [2.24, 48.90, 2.25, 48.92]),
    ("751020101", [2.25, 48.90, 2.26, 48.92]),
];
const QPV: &[(&str, [f64; 4])] = &[
    ("QN09501M", [2.215, 48.905, 2.225, 48.912]),
    ("QN09502M", [2.22, 48.91, 2.23, 48.915]),
    ("QN07501M", [2.245, 48.905, 2.252, 48.91]),
];
const ARRONDISSEMENTS: &[(&str, [f64; 4])] = &[("75101", [2.24, 48.90, 2.25, 48.92])];

fn geojson(field: &str, zones: &[(&str, [f64; 4])]) -> String {
    let feature = |(code, [west, south, east, north]): &(&str, [f64; 4])| {
        format!(
            r#"{{"type":"Feature","properties":{{"{field}":"{code}","nom":"Le {code}"}},"geometry":
            {{"type":"Polygon","coordinates":[[[{west},{south}],[{east},{south}],[{east},{north}],
            [{west},{north}],[{west},{south}]]]}}}}"#
        )
    };
    let features: Vec<String> = zones.iter().map(feature).collect();
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

/// A dwelling as the register writes it.
#[derive(Clone, Debug)]
struct Row {
    depcom: &'static str,
    degrees: Option<[f64; 2]>,
    epsg: &'static str,
    iris: &'static str,
    qpv: &'static str,
    street: &'static str,
}

fn row(depcom: &'static str, at: [f64; 2], iris: &'static str, qpv: &'static str) -> Row {
    Row { depcom, degrees: Some(at), epsg: "2154", iris, qpv, street: "RUE A" }
}

fn write(folder: &Path, rows: &[Row]) {
    let mut text = "DEPCOM;ID_RPLS;X;Y;EPSG;PLG_IRIS2024_CODE;PLG_QP24;NOMVOIE\n".to_owned();
    for (row, number) in rows.iter().zip(0..) {
        let crs = Crs::from_epsg(row.epsg.parse().unwrap_or(2154)).unwrap();
        let place = row.degrees.map(|[longitude, latitude]| {
            let (x, y) = crs.from_wgs84(longitude, latitude).unwrap();
            format!("{x:.1};{y:.1}")
        });
        let place = place.unwrap_or(";".to_owned());
        let Row { depcom, epsg, iris, qpv, street, .. } = row;
        writeln!(text, "{depcom};L{number};{place};{epsg};{iris};{qpv};{street}").unwrap();
    }
    for (name, text) in [
        ("rpls.csv", text),
        ("seuil.toml", CONFIG.to_owned()),
        ("epci.csv", EPCI.to_owned()),
        ("commune.geojson", geojson("insee_com", COMMUNES)),
        ("iris.geojson", geojson("code_iris", IRIS)),
        ("qpv.geojson", geojson("code_qp", QPV)),
        ("arrondissement.geojson", geojson("insee_arm", ARRONDISSEMENTS)),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

/// What either program says of a zone.
#[derive(Clone, Debug, PartialEq)]
struct Said {
    key: String,
    texts: [String; 3],
    polygons: Vec<Vec<Vec<[f64; 2]>>>,
    atoms: Vec<u32>,
}

/// The zones, and the atom of each row that is kept.
type Placement = (Vec<Said>, Vec<u32>);

fn columns() -> Vec<String> {
    vec!["EN_QPV".to_owned()]
}

fn input(folder: &Path) -> (Config, Vec<PathBuf>, Rejections) {
    let config = Config::read(&folder.join("seuil.toml")).unwrap();
    (config, vec![folder.join("rpls.csv")], Rejections::create(&folder.join("records")).unwrap())
}

fn audited(folder: &Path) -> (Placement, Vec<i32>) {
    let (config, files, mut rejections) = input(folder);
    let build = config.build.as_ref().unwrap();
    let from = (&config, build);
    let sources =
        Sources::read(from, &files, &columns(), &mut rejections, &|_, _| {}, &|_| {}).unwrap();
    let zones = sources.zones(&Default::default());
    let said = zones.iter().map(|zone| Said {
        key: format!("{} {}", zone.scale, zone.code),
        texts: [zone.nom.clone(), joined(&zone.communes), joined(&zone.situe)],
        polygons: zone.polygons(),
        atoms: zone.atoms.clone(),
    });
    let rows = 0..sources.register.len();
    let atoms = rows.clone().map(|row| sources.placed.of(row as u32)).collect();
    let in_qpv = rows.map(|row| sources.register.values(row)[0]).collect();
    ((said.collect(), atoms), in_qpv)
}

fn built(folder: &Path) -> (Placement, Vec<i32>) {
    let (config, files, mut rejections) = input(folder);
    let official =
        Official::new(EpciTable::read(&folder.join("epci.csv")).unwrap(), CommuneTable::built_in());
    let geography = Geography::read(&config, official).unwrap();
    let (mut register, _) =
        dwellings::read(&files, &columns(), &geography, &mut rejections, &|_, _| {}).unwrap();
    let (atoms, _) = place(&mut register, &columns(), &geography, 200).unwrap();
    let mut said = Vec::new();
    for set in zones(&atoms, &geography).unwrap() {
        for ((zone, shape), atoms) in set.zones.iter().zip(&set.shapes).zip(set.atoms) {
            let list = |codes: &[CommuneCode]| {
                codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            };
            let polygons = match shape {
                Shape::Point(at) => vec![vec![vec![[at.x, at.y]]]],
                Shape::Area(area) => {
                    let ring = |ring: &geo::LineString<f64>| {
                        ring.0.iter().map(|at| [at.x, at.y]).collect()
                    };
                    let rings = |polygon: &geo::Polygon<f64>| {
                        let all = std::iter::once(polygon.exterior()).chain(polygon.interiors());
                        all.map(ring).collect()
                    };
                    area.iter().map(rings).collect()
                }
            };
            said.push(Said {
                key: format!("{} {}", set.scale, zone.code),
                texts: [zone.nom.clone(), list(&zone.communes), list(&zone.situe)],
                polygons,
                atoms,
            });
        }
    }
    let rows = 0..register.len();
    let of = rows.clone().map(|row| atoms.of_dwelling(&register, row as u32)).collect();
    let in_qpv = rows.map(|row| register.value(0, row)).collect();
    ((said, of), in_qpv)
}

/// The zones of a scale that hold the dwelling of each row, as the auditor places it.
fn zones_of(rows: &[Row], scale: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), rows);
    let ((said, of), _) = audited(folder.path());
    let own = |atom: &u32| {
        let found = said.iter().find_map(|zone| {
            let code = zone.key.strip_prefix(scale)?.strip_prefix(' ')?;
            zone.atoms.contains(atom).then(|| code.to_owned())
        });
        found.unwrap_or_default()
    };
    of.iter().map(own).collect()
}

#[test]
fn a_dwelling_lies_where_the_rules_say() {
    let inside = [2.205, 48.905];
    let iris = |rows: &[Row]| zones_of(rows, "iris");
    // Geometry without a code; the register's code wins; a code that no contour has does not.
    assert_eq!(iris(&[row("95018", inside, "", "")]), ["950180101"]);
    assert_eq!(iris(&[row("95018", inside, "950180104", "")]), ["950180104"]);
    assert_eq!(iris(&[row("95018", inside, "0104", "")]), ["950180104"]);
    assert_eq!(iris(&[row("95018", inside, "950189999", "")]), ["950180101"]);
    assert_eq!(iris(&[row("95018", inside, "751010101", "")]), ["950180101"]);
    // Most dwellings of an address, the smallest of equals.
    let at = |code| row("95018", inside, code, "");
    assert_eq!(iris(&[at("0103"), at("0104"), at("0104")]), ["950180104"; 3]);
    assert_eq!(iris(&[at("0104"), at("0103")]), ["950180103"; 2]);
    // A ten-thousandth of a degree of longitude is 7.3 m: 36 m from an IRIS, then 73 m.
    assert_eq!(iris(&[row("95018", [2.2005, 48.905], "", "")]), ["950180101"]);
    assert_eq!(iris(&[row("95018", [2.2, 48.905], "", "")]), [""]);
    // An undivided commune has one, wherever the point is.
    assert_eq!(iris(&[row("95063", inside, "950180101", "")]), ["950630000"]);
    let nowhere = Row { degrees: None, ..row("95018", inside, "0102", "QN09502M") };
    assert_eq!(iris(std::slice::from_ref(&nowhere)), ["950180102"]);
    assert_eq!(zones_of(std::slice::from_ref(&nowhere), "qpv"), ["QN09502M"]);
    assert_eq!(zones_of(std::slice::from_ref(&nowhere), "carreau"), [""]);
    assert_eq!(iris(&[Row { iris: "", ..nowhere }]), [""]);

    let qpv = |rows: &[Row]| zones_of(rows, "qpv");
    let both = [2.222, 48.911];
    assert_eq!(qpv(&[row("95063", both, "", "")]), ["QN09501M"]);
    assert_eq!(qpv(&[row("95063", both, "", "QN07501M")]), ["QN07501M"]);
    assert_eq!(qpv(&[row("95063", both, "", "HZ")]), [""]);
    assert_eq!(qpv(&[row("95063", both, "", "QN99999M")]), ["QN09501M"]);

    let paris = [row("75101", [2.245, 48.91], "", ""), row("75102", [2.255, 48.91], "", "")];
    assert_eq!(zones_of(&paris, "commune"), ["75056"; 2]);
    assert_eq!(zones_of(&paris, "arrondissement"), ["75101", ""]);
    assert_eq!(zones_of(&paris, "iris"), ["751010101", "751020101"]);
    // A register that codes the city as one: the point says which arrondissement, where one is drawn.
    let city = [row("75056", [2.245, 48.91], "", ""), row("75056", [2.255, 48.91], "", "")];
    assert_eq!(zones_of(&city, "arrondissement"), ["75101", ""]);
}

fn any_row() -> impl Strategy<Value = Row> {
    let place = prop_oneof![
        // Few places, so that addresses have several dwellings; some beyond every commune.
        6 => (0..40i32, 0..12i32).prop_map(|(x, y)| {
            Some([2.1993 + 0.0017 * f64::from(x), 48.8997 + 0.0018 * f64::from(y)])
        }),
        2 => (2.199..2.262, 48.899..48.921).prop_map(|(x, y)| Some([x, y])),
        2 => Just(None),
    ];
    let depcom =
        prop::sample::select(vec!["95018", "95063", "75101", "75102", "75056", "97105", "x"]);
    let epsg = prop::sample::select(vec!["2154", "2154", "", "3857", "4326"]);
    let iris = prop::sample::select(vec![
        "",
        "",
        "950180101",
        "0102",
        "950180103",
        "950180104",
        "950630000",
        "751010101",
        "HZ",
        "9",
    ]);
    let qpv = prop::sample::select(vec!["", "", "HZ", "QN09501M", "QN09502M", "QN07501M", "QN1"]);
    let street = prop::sample::select(vec!["", "RUE A", "RUE B", "ALLEE"]);
    (depcom, place, epsg, iris, qpv, street).prop_map(
        |(depcom, degrees, epsg, iris, qpv, street)| Row {
            depcom,
            degrees,
            epsg,
            iris,
            qpv,
            street,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_auditor_and_the_build_place_every_dwelling_alike(
        rows in prop::collection::vec(any_row(), 1..250),
    ) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &rows);
        let (own, own_qpv) = audited(folder.path());
        let (build, build_qpv) = built(folder.path());
        prop_assert_eq!(own.1, build.1);
        prop_assert_eq!(own_qpv, build_qpv);
        prop_assert_eq!(own.0.len(), build.0.len());
        for (one, other) in own.0.into_iter().zip(build.0) {
            prop_assert_eq!(one, other);
        }
    }
}
