//! The contours of the fictive territory, one format of the trade for each scale: GeoPackage for
//! the communes, Shapefile for the IRIS, GeoJSON for QPV, départements and régions, FlatGeobuf for
//! the EPCI.

mod flatgeobuf;
mod geojson;
mod geopackage;
mod shapefile;

use geo::{BooleanOps, Coord, LineString, MultiPolygon, Polygon};

use std::path::Path;

use super::SynthError;
use super::borders::{Area, Ring, doubled_area, outline};
use super::lattice::{Hexagon, Mm};
use super::project::Projections;
use super::qpv::Qpvs;
use super::quarters::Quarters;
use super::territory::Territory;

/// Twice a square metre: what is smaller is a splinter of rounding.
const LEAST_DOUBLED: i128 = 2_000_000;

/// A zone to be written: code, name, one more name where the format has it, polygons.
pub(super) struct Contour {
    pub(super) code: String,
    pub(super) nom: String,
    pub(super) of: String,
    pub(super) areas: Vec<Area>,
}

/// The code of an IRIS of a divided commune, by its number.
pub(super) fn iris_code(commune: &str, number: usize) -> String {
    format!("{commune}{:04}", 101 + number)
}

/// Writes every contour file of a territory into a directory.
pub(super) fn write(
    directory: &Path,
    territory: &Territory,
    quarters: &Quarters,
    qpvs: &Qpvs,
    projections: &Projections,
) -> Result<(), SynthError> {
    geopackage::write(&directory.join("communes.gpkg"), territory)?;
    shapefile::write(&directory.join("iris.shp"), iris(territory, quarters))?;
    let qpvs = qpvs_by_commune(territory, qpvs);
    geojson::write(
        &directory.join("qpv.geojson"),
        ["code_qp", "lib_qp", "lib_com"],
        qpvs.into_iter(),
        projections,
    )?;
    flatgeobuf::write(&directory.join("epci.fgb"), epcis(territory), projections)?;
    geojson::write(
        &directory.join("departements.geojson"),
        ["INSEE_DEP", "NOM", "INSEE_REG"],
        departements(territory).into_iter(),
        projections,
    )?;
    geojson::write(
        &directory.join("regions.geojson"),
        ["INSEE_REG", "NOM", "PAYS"],
        regions(territory).into_iter(),
        projections,
    )
}

/// The polygons of a commune.
pub(super) fn commune_areas(territory: &Territory, commune: usize) -> Vec<Area> {
    let cells = &territory.communes[commune].cells;
    outline(&territory.frame, cells, |cell| territory.owner(cell) == Some(commune))
}

/// The IRIS of the divided communes, one by one.
fn iris<'a>(
    territory: &'a Territory,
    quarters: &'a Quarters,
) -> impl Iterator<Item = Contour> + 'a {
    (0..territory.communes.len()).flat_map(move |number| {
        let commune = &territory.communes[number];
        let cells = quarters.cells(territory, number).into_iter();
        cells.enumerate().map(move |(index, cells)| Contour {
            code: iris_code(&commune.code, index),
            nom: format!(
                "{} {}",
                ["Centre", "Les Près", "La Gare", "L'Étang"][index % 4],
                index + 1
            ),
            of: commune.nom.clone(),
            areas: outline(&territory.frame, &cells, |other| cells.contains(&other)),
        })
    })
}

/// The polygons of a group of communes.
fn union(territory: &Territory, wanted: impl Fn(usize) -> bool) -> Vec<Area> {
    let cells: Vec<Hexagon> = (0..territory.communes.len())
        .filter(|commune| wanted(*commune))
        .flat_map(|commune| territory.communes[commune].cells.iter().copied())
        .collect();
    outline(&territory.frame, &cells, |cell| territory.owner(cell).is_some_and(&wanted))
}

fn epcis(territory: &Territory) -> impl Iterator<Item = Contour> + '_ {
    let mut members = vec![Vec::new(); territory.epcis.len()];
    for commune in &territory.communes {
        if let Some(epci) = commune.epci {
            members[epci].extend(commune.cells.iter().copied());
        }
    }
    territory.epcis.iter().enumerate().map(move |(index, epci)| {
        let of = |cell| territory.owner(cell).and_then(|owner| territory.communes[owner].epci);
        let areas = outline(&territory.frame, &members[index], |cell| of(cell) == Some(index));
        Contour { code: epci.siren.clone(), nom: epci.nom.clone(), of: epci.nature.into(), areas }
    })
}

fn departements(territory: &Territory) -> Vec<Contour> {
    let communes = &territory.communes;
    (0..territory.departements.len())
        .map(|index| {
            let departement = &territory.departements[index];
            Contour {
                code: departement.code.into(),
                nom: departement.nom.clone(),
                of: departement.region.into(),
                areas: union(territory, |commune| communes[commune].departement == index),
            }
        })
        .collect()
}

fn regions(territory: &Territory) -> Vec<Contour> {
    let mut codes: Vec<&str> =
        territory.departements.iter().map(|departement| departement.region).collect();
    codes.sort_unstable();
    codes.dedup();
    let region =
        |commune: usize| territory.departements[territory.communes[commune].departement].region;
    codes
        .into_iter()
        .map(|code| Contour {
            code: code.into(),
            nom: region_name(code),
            of: "Pays fictif".into(),
            areas: union(territory, |commune| region(commune) == code),
        })
        .collect()
}

/// The invented name of a région.
pub(super) fn region_name(code: &str) -> String {
    let first = ["Pays d'Ouest-Marche", "Hautes-Landes-d'Or", "Terres-Éloignées", "Grand-Bocage"];
    let number = code.parse::<usize>().unwrap_or(0);
    if code == "52" { first[0].into() } else { format!("{} {code}", first[number % 4]) }
}

/// One feature per commune, as the State delivers a QPV that crosses communes.
fn qpvs_by_commune(territory: &Territory, qpvs: &Qpvs) -> Vec<Contour> {
    let mut contours = Vec::new();
    for qpv in qpvs.list() {
        let whole = Area { exterior: qpv.ring.clone(), holes: Vec::new() };
        for commune in &qpv.communes {
            let areas = if qpv.communes.len() == 1 {
                vec![whole.clone()]
            } else {
                common_areas(std::slice::from_ref(&whole), &commune_areas(territory, *commune))
            };
            contours.push(Contour {
                code: qpv.code.clone(),
                nom: qpv.nom.clone(),
                of: territory.communes[*commune].nom.clone(),
                areas,
            });
        }
    }
    contours
}

/// What two sets of polygons share.
pub(super) fn common_areas(ours: &[Area], theirs: &[Area]) -> Vec<Area> {
    let shared = polygons(ours).intersection(&polygons(theirs));
    let ring = |line: &LineString| -> Ring {
        let whole = |metres: f64| (metres * 1000.0).round() as i64;
        line.0.iter().map(|at| Mm { x: whole(at.x), y: whole(at.y) }).collect()
    };
    shared
        .0
        .iter()
        .map(|polygon| Area {
            exterior: ring(polygon.exterior()),
            holes: polygon.interiors().iter().map(ring).collect(),
        })
        // Whole millimetres may have closed the thinnest of splinters.
        .filter(|area| doubled_area(&area.exterior) >= LEAST_DOUBLED)
        .collect()
}

/// The same polygons in metres.
pub(super) fn polygons(areas: &[Area]) -> MultiPolygon {
    let line =
        |ring: &Ring| -> LineString { ring.iter().map(|at| Coord::from(at.metres())).collect() };
    areas
        .iter()
        .map(|area| Polygon::new(line(&area.exterior), area.holes.iter().map(line).collect()))
        .collect()
}

fn failed(path: &Path, error: impl std::fmt::Display) -> SynthError {
    SynthError::Contours { path: path.into(), message: error.to_string() }
}
