//! What makes dense territories hard: how many IRIS and neighbourhoods there are, and what crosses
//! what.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use geo::Validation;

use super::super::address::Address;
use super::super::borders::{Area, contains, doubled_area, outline};
use super::super::contours::commune_areas;
use super::super::contours::polygons;
use super::super::run::Invention;
use super::{Record, addresses, dwellings, invention, tree};
use crate::{DEFAULT_SEED, Geometry, Options, Summary, SynthError, run};
use domain::{Fault, HasFault};

/// Large enough for the structure of a conurbation: 117,000 dwellings.
const HOUSEHOLDS: u64 = 100_000;

static CONURBATION: LazyLock<Invention> =
    LazyLock::new(|| invention(DEFAULT_SEED, HOUSEHOLDS, Geometry::Conurbation));

/// A quarter of France.
static QUARTER: LazyLock<Invention> =
    LazyLock::new(|| invention(DEFAULT_SEED, 1_150_000, Geometry::Dense));

fn write(out: &Path, households: u64, geometry: Geometry) -> Result<Summary, SynthError> {
    let options = Options {
        out: out.to_owned(),
        households: Some(households),
        seed: 7,
        points: None,
        geometry,
    };
    run(&options, &mut |_, _| {})
}

/// In how many of the second each of the first lies.
fn crossing<A: Ord, B: Ord>(pairs: impl Iterator<Item = (A, B)>) -> (usize, usize) {
    let mut found: BTreeMap<A, BTreeSet<B>> = BTreeMap::new();
    for (one, other) in pairs {
        found.entry(one).or_default().insert(other);
    }
    (found.values().filter(|others| others.len() > 1).count(), found.len())
}

#[test]
fn iris_tile_their_commune_in_one_piece_each_and_hold_hundreds_of_dwellings() {
    let Invention { territory, stock, quarters, .. } = &*CONURBATION;
    let mut iris = 0;
    for commune in (0..territory.communes.len()).filter(|commune| stock.divided[*commune]) {
        let mut sum = 0;
        for cells in quarters.cells(territory, commune) {
            let areas = outline(&territory.frame, &cells, |other| cells.contains(&other));
            assert!(areas.len() == 1 && polygons(&areas).is_valid());
            let rings =
                areas.iter().flat_map(|area| [&area.exterior].into_iter().chain(&area.holes));
            sum += rings.map(|ring| doubled_area(ring)).sum::<i128>();
            iris += 1;
        }
        let whole = commune_areas(territory, commune);
        let rings = whole.iter().flat_map(|area| [&area.exterior].into_iter().chain(&area.holes));
        assert_eq!(sum, rings.map(|ring| doubled_area(ring)).sum::<i128>());
    }
    let per_iris = stock.dwellings.iter().sum::<u64>() / iris;
    assert!((300..600).contains(&per_iris), "{per_iris}");
}

#[test]
fn everything_crosses_everything() {
    let Invention { territory, quarters, qpvs, projections, .. } = &*CONURBATION;
    let all = addresses(&CONURBATION);
    let placed =
        || all.iter().filter_map(|(commune, address)| Some((*commune, address, address.at?)));
    let carreau = |at| projections.carreau(at).unwrap();
    let iris = |commune: usize, address: &Address| (commune, quarters.of(commune, address.cell));
    let qpv =
        || placed().filter_map(|(commune, address, at)| Some((address.qpv?, commune, address, at)));
    // A third of the squares, and most neighbourhoods, are cut by IRIS; many neighbourhoods by
    // communes, and squares by neighbourhoods.
    let (cut, squares) = crossing(placed().map(|(c, address, at)| (carreau(at), iris(c, address))));
    assert!(cut * 3 > squares, "{cut} of {squares}");
    let (cut, found) = crossing(qpv().map(|(number, c, address, _)| (number, iris(c, address))));
    assert!(cut * 10 > found * 9, "{cut} of {found}");
    let (cut, _) = crossing(qpv().map(|(number, commune, ..)| (number, commune)));
    assert!(cut * 8 > found, "{cut} of {found}");
    let (cut, held) = crossing(
        placed().filter_map(|(_, address, at)| Some((carreau(at), address.qpv?))).chain(
            placed()
                .filter(|(_, address, _)| address.qpv.is_none())
                .map(|(_, _, at)| (carreau(at), usize::MAX)),
        ),
    );
    assert!(cut * 10 > held, "{cut} of {held}");
    let (several, communes) = crossing(qpv().map(|(number, commune, ..)| (commune, number)));
    assert!(several * 2 > communes, "{several} of {communes}");
    // Each address lies in the ring that it names, and in no other.
    for (_, address, at) in placed() {
        for (number, other) in qpvs.list().iter().enumerate() {
            let inside = contains(&other.ring, at);
            assert!(address.qpv != Some(number) || inside);
        }
    }
    assert!(territory.communes.len() >= 30);
}

#[test]
fn neighbourhoods_do_not_touch_each_other() {
    let rings: Vec<Area> = CONURBATION
        .qpvs
        .list()
        .iter()
        .map(|qpv| Area { exterior: qpv.ring.clone(), holes: Vec::new() })
        .collect();
    assert!(rings.len() > 20, "{}", rings.len());
    for (index, ring) in rings.iter().enumerate() {
        assert!(polygons(std::slice::from_ref(ring)).is_valid());
        for other in &rings[..index] {
            let shared = super::super::contours::common_areas(
                std::slice::from_ref(ring),
                std::slice::from_ref(other),
            );
            assert!(shared.is_empty());
        }
    }
}

#[test]
fn a_quarter_of_the_dense_country_has_conurbations_of_the_size_of_real_ones() {
    let Invention { territory, stock, .. } = &*QUARTER;
    let total: u64 = stock.dwellings.iter().sum();
    assert!(total.abs_diff(1_350_000) < 1_000, "{total}");
    let in_dense: u64 = stock.dwellings.iter().filter(|count| **count >= 1_500).sum();
    assert!(in_dense * 10 > total * 6, "{in_dense}");
    // The metropolis holds about a fifth.
    let town = territory.communes[territory.traps.town].epci;
    let metropolis: u64 = (0..territory.communes.len())
        .filter(|commune| territory.communes[*commune].epci == town)
        .map(|commune| stock.dwellings[commune])
        .sum();
    assert!((total / 8..total / 2).contains(&metropolis), "{metropolis}");
}

#[test]
fn a_tenth_of_the_rows_of_dense_communes_have_no_iris_code_and_landlords_have_estates() {
    let out = tempfile::tempdir().unwrap();
    write(out.path(), 20_000, Geometry::Conurbation).unwrap();
    let mut register = dwellings(out.path());
    let mut answers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &register {
        answers.entry(&row["SIRET_BAILLEUR"]).or_default().insert(&row["OPPOSITION"]);
    }
    assert!(answers.values().all(|answers| answers.len() == 1), "{answers:?}");
    let mut held: BTreeMap<String, u64> = BTreeMap::new();
    for row in &register {
        *held.entry(row["DEPCOM"].clone()).or_default() += 1;
    }
    register.retain(|row| held[&row["DEPCOM"]] >= 1_500);
    let share = |wanted: &dyn Fn(&Record) -> bool| {
        100 * register.iter().filter(|row| wanted(row)).count() / register.len()
    };
    let missing = share(&|row| row["PLG_IRIS2024_CODE"].is_empty());
    assert!((8..14).contains(&missing), "{missing}");
    let missing = share(&|row| row["PLG_QP24"].is_empty());
    assert!((8..14).contains(&missing), "{missing}");
    // Where one address is of the landlord that opposed, its square mostly is.
    let opposed = |row: &Record| row["OPPOSITION"] == "1";
    let everywhere =
        register.iter().filter(|row| opposed(row)).count() as f64 / register.len() as f64;
    let mut squares: BTreeMap<(i64, i64), (f64, f64)> = BTreeMap::new();
    for row in register.iter().filter(|row| !row["X"].is_empty()) {
        let [x, y] = ["X", "Y"].map(|axis| super::metres(&row[axis]) as i64 / 350);
        let (own, all) = squares.entry((x, y)).or_default();
        *own += f64::from(opposed(row));
        *all += 1.0;
    }
    // The share beside a dwelling that is opposed.
    let beside: f64 = squares.values().map(|(own, all)| own * own / all).sum::<f64>()
        / squares.values().map(|(own, _)| own).sum::<f64>();
    assert!(beside > 4.0 * everywhere, "{beside} beside {everywhere}");
}

#[test]
fn dense_territories_are_written_the_same_whatever_the_threads() {
    for geometry in [Geometry::Dense, Geometry::Conurbation] {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = |out: &Path, threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| write(out, 20_000, geometry)).unwrap()
        };
        assert_eq!(write(one.path(), 1), write(other.path(), 4));
        let bytes = |root: &Path| tree(root).into_values().collect::<Vec<_>>();
        assert!(bytes(one.path()) == bytes(other.path()));
    }
}

#[test]
fn a_geometry_that_is_none_and_a_territory_without_room_are_refused() {
    let error = "Dense".parse::<Geometry>().unwrap_err();
    assert_eq!(error.fault(), Fault::Usage);
    assert!(error.to_string().contains("conurbation"), "{error}");
    let out = tempfile::tempdir().unwrap();
    for geometry in [Geometry::Dense, Geometry::Conurbation] {
        for households in [0, 19_999, 6_000_001, u64::MAX] {
            assert_eq!(write(out.path(), households, geometry).unwrap_err().fault(), Fault::Usage);
        }
        let options = Options {
            out: out.path().to_owned(),
            households: None,
            seed: 1,
            points: Some("points.csv".into()),
            geometry,
        };
        assert_eq!(run(&options, &mut |_, _| {}).unwrap_err().fault(), Fault::Usage);
    }
    assert!(tree(out.path()).is_empty());
}
