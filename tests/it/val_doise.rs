//! Val-d'Oise: real dwelling points and contours, invented occupants. The expected figures were
//! counted from the points by other means.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use geo::{BoundingRect, Distance, Euclidean, Geometry, MapCoords};

use super::figures::{Zone, fgb, tile_zones};
use super::territory::{Shared, Territory, cover, rows};
use super::util::{Server, shared};

/// The register that `seuil synth --points` writes.
pub const REGISTER: &str = "rpls/rpls_1.csv.gz";

/// Occupants of the real points, and the configuration that names the official files; `None`
/// where they are absent.
pub fn points() -> Option<Territory> {
    let folder = shared()?;
    let points = folder.join("val-doise/points_rpls_2025.csv");
    let territory = Territory::invent(&["--points", points.to_str().unwrap()]);
    territory.edit("seuil.toml", |_| configuration(&folder));
    Some(territory)
}

/// The same with its edition, which tests that run at once share.
fn val_doise() -> Option<Arc<Territory>> {
    static SHARED: Shared = Shared::new();
    shared()?;
    Some(SHARED.get(|| {
        let territory = points().unwrap();
        territory.build();
        territory
    }))
}

/// Contours in three formats and two CRS, under the official names of their fields.
fn configuration(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap();
    let folder = folder.to_str().unwrap();
    let mut text = format!(
        "[build]\nvintage = 2024\nrevision = 1\nthreshold = 11\nout = \"editions\"\n\
         record = \"records\"\nactivate = true\ndwellings = [\"rpls/*.csv.gz\"]\nhouseholds = [\"ops_2024.csv\"]\n\
         epci = \"{folder}/epci_composition_2026.csv\"\ncommunes = \"{folder}/communes_2026.csv\"\n"
    );
    for (scale, file) in [
        ("commune", "communes.gpkg"),
        ("iris", "contours_iris.shp"),
        ("qpv", "qpv_2024.geojson"),
        ("epci", "epci.geojson"),
        ("departement", "departement.geojson"),
    ] {
        text += &format!("[build.zones.{scale}]\npath = \"{folder}/val-doise/{file}\"\n");
    }
    text + "[serve]\nlisten = \"127.0.0.1:0\"\neditions = \"editions\"\n\
            [accounts]\ndatabase = \"sqlite:comptes.db\"\n"
}

fn populated(zones: &BTreeMap<String, Zone>) -> usize {
    zones.values().filter(|zone| !zone.text("communes").is_empty()).count()
}

fn sum(zones: &BTreeMap<String, Zone>, column: &str) -> u64 {
    zones.values().filter_map(|zone| zone.count(column)).sum()
}

#[test]
fn val_doise_has_the_figures_that_were_counted_from_its_points() {
    let Some(territory) = val_doise() else { return };
    let zones = |scale: &str| territory.zones(scale);
    assert_eq!(zones("adresse").len(), 13_775, "one pair of 13,776 points merges at 0.1 m");
    assert_eq!(sum(&zones("france"), "n_logements"), 132_028);
    assert_eq!(sum(&zones("departement"), "n_logements"), 132_028);
    assert_eq!(populated(&zones("carreau")), 2_243);
    assert_eq!(populated(&zones("qpv")), 42);
    assert_eq!(sum(&zones("qpv"), "n_logements"), 57_683);

    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    let mut communes: BTreeMap<String, u64> = BTreeMap::new();
    for row in rows(&territory.input().join(REGISTER)) {
        *sizes.entry(super::protection::address(&row).unwrap()).or_default() += 1;
        *communes.entry(row["DEPCOM"].clone()).or_default() += 1;
    }
    let mut sizes: Vec<u64> = sizes.into_values().collect();
    sizes.sort_unstable();
    assert_eq!((sizes[sizes.len() / 2], *sizes.last().unwrap()), (5, 447));
    let shown = zones("commune");
    assert_eq!((populated(&shown), communes.len()), (107, 107));
    let small: Vec<_> = communes.iter().filter(|(_, dwellings)| **dwellings < 11).collect();
    assert_eq!(small.len(), 14);
    for (code, _) in small {
        assert!(shown[code].is_secret() && shown[code].count("n_logements").is_none(), "{code}");
    }
}

#[test]
fn the_traps_of_the_real_contours_are_reported_and_avoided() {
    let Some(territory) = val_doise() else { return };
    let report = fs::read_to_string(territory.input().join("records/2024r1/import.txt")).unwrap();
    for left_out in ["epci special-95018", "epci special-95063", "commune 95282"] {
        assert!(report.contains(left_out), "{report}");
    }
    let communes = territory.zones("commune");
    assert!(communes.len() == 183 && !communes.contains_key("95282"));

    // The Métropole has no contour of its own: it is made of its communes.
    let epcis = fgb(&territory.edition().join("epci.fgb"));
    assert!(epcis.keys().all(|code| code.bytes().all(|byte| byte.is_ascii_digit())));
    let (metropole, outline) = &epcis["200054781"];
    let (argenteuil, inside) = &fgb(&territory.edition().join("commune.fgb"))["95018"];
    assert_eq!(metropole.count("n_logements"), argenteuil.count("n_logements"));
    let (outer, inner) = (outline.bounding_rect().unwrap(), inside.bounding_rect().unwrap());
    for (outer, inner) in [(outer.min(), inner.min()), (outer.max(), inner.max())] {
        assert!((outer.x - inner.x).abs() < 1e-6 && (outer.y - inner.y).abs() < 1e-6);
    }
}

#[test]
fn points_outside_every_iris_belong_to_the_nearest_one() {
    let Some(territory) = val_doise() else { return };
    let quarters: BTreeMap<_, _> = fgb(&territory.edition().join("iris.fgb"))
        .into_iter()
        .filter(|(code, _)| code.starts_with("95018"))
        .map(|(code, (zone, area))| (code, (zone, in_metres(&area))))
        .collect();
    assert!(quarters.len() == 37 && !quarters.contains_key("950180000"));
    let addresses = fgb(&territory.edition().join("adresse.fgb"));
    let mut expected: BTreeMap<&str, u64> = BTreeMap::new();
    let mut outside = BTreeSet::new();
    for row in rows(&territory.input().join(REGISTER)).filter(|row| row["DEPCOM"] == "95018") {
        let code = row["PLG_IRIS2024_CODE"].as_str();
        let code = if code.is_empty() {
            let key = super::protection::address(&row).unwrap();
            let at = in_metres(&addresses[&key].1);
            let far = |area: &Geometry| Euclidean.distance(area, &at);
            let nearest =
                quarters.iter().min_by(|(_, one), (_, two)| far(&one.1).total_cmp(&far(&two.1)));
            let (code, (_, area)) = nearest.unwrap();
            assert!((0.5..50.0).contains(&far(area)), "{} m", far(area));
            outside.insert(key);
            code
        } else {
            quarters.get_key_value(code).unwrap().0
        };
        *expected.entry(code).or_default() += 1;
    }
    assert_eq!(outside.len(), 5);
    let mut shown = 0;
    for (code, (zone, _)) in &quarters {
        let Some(count) = zone.count("n_logements") else { continue };
        assert_eq!(Some(&count), expected.get(code.as_str()), "{code}");
        shown += 1;
    }
    assert!(shown >= 30, "{shown} IRIS are shown");
}

/// Degrees near Argenteuil, in metres: true to a thousandth over a few kilometres.
fn in_metres(shape: &Geometry) -> Geometry {
    let degree = 111_200.0;
    let across = degree * 48.94_f64.to_radians().cos();
    shape.map_coords(|at| geo::Coord { x: at.x * across, y: at.y * degree })
}

#[test]
fn the_agglomeration_of_cergy_pontoise_fetches_its_tiles() {
    let Some(territory) = val_doise() else { return };
    let token = territory.account("anne@agglo.fr", "epci:249500109");
    let server = Server::start(&territory.config());
    let table = shared().unwrap().join("epci_composition_2026.csv");
    let mine: BTreeSet<String> = rows(&table)
        .filter(|row| row["EPCI"] == "249500109" && row["DEP"] == "95")
        .map(|row| row["CODGEO"].clone())
        .collect();
    let zones = territory.zones("adresse");
    let about = server.get("/tiles/2024r1/adresse.json", Some(&token)).json();
    let bounds = std::array::from_fn(|index| about["bounds"][index].as_f64().unwrap());
    let mut seen = BTreeSet::new();
    for (x, y) in cover(bounds, 12) {
        let tile = server.get(&format!("/tiles/2024r1/12/{x}/{y}.mvt"), Some(&token));
        for (_, zone) in tile_zones(&tile.body).remove("adresse").into_iter().flatten() {
            assert!(zone.text("communes").split(' ').all(|code| mine.contains(code)));
            let code = zone.text("code");
            assert_eq!(zone.count("n_repondants"), zones[code].count("n_repondants"), "{code}");
            assert_eq!(zone.number("res_inf20"), zones[code].number("res_inf20"), "{code}");
            seen.insert(code.to_owned());
        }
    }
    let expected = zones.values().filter(|zone| mine.contains(zone.text("communes")));
    assert_eq!(seen.len(), expected.count());
    assert!(seen.len() > 500, "{}", seen.len());
}
