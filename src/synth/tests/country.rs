//! The structure of a piece of the fictive France, a sixty-fourth and a tenth of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::super::address::Address;
use super::super::borders::doubled_area;
use super::super::contours::commune_areas;
use super::super::run::Invention;
use super::{addresses, invent, invention};
use crate::{DEFAULT_SEED, Geometry};

const SMALL: u64 = 4_600_000 / 64;

/// A tenth, without its rows: large enough for several départements and conurbations.
static TENTH: LazyLock<Invention> =
    LazyLock::new(|| invention(DEFAULT_SEED, 460_000, Geometry::Easy));

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

#[test]
fn communes_tile_without_gap_or_overlap() {
    let invention = invention(3, SMALL, Geometry::Easy);
    let territory = &invention.territory;
    assert_eq!(territory.communes.len(), 545);
    let mut sides = BTreeSet::new();
    let mut area = 0;
    for commune in 0..territory.communes.len() {
        for own in commune_areas(territory, commune) {
            for ring in std::iter::once(&own.exterior).chain(&own.holes) {
                area += doubled_area(ring);
                for side in ring.windows(2) {
                    assert!(sides.insert((side[0], side[1])), "an overlap");
                }
            }
        }
    }
    // Sides with nobody across make the outlines of the mainland and of the island, and no other.
    let mut next: BTreeMap<_, _> =
        sides.iter().filter(|(a, b)| !sides.contains(&(*b, *a))).copied().collect();
    let mut outlines = Vec::new();
    while let Some((start, mut end)) = next.pop_first() {
        let mut ring = vec![start];
        while let Some(after) = next.remove(&end) {
            ring.push(end);
            end = after;
        }
        assert_eq!(end, start, "an open outline");
        ring.push(start);
        outlines.push(doubled_area(&ring));
    }
    assert_eq!(outlines.len(), 2, "a gap");
    assert_eq!(outlines.iter().sum::<i128>(), area);
}

#[test]
fn a_third_of_the_communes_with_stock_are_under_the_threshold() {
    let stock = &TENTH.stock.dwellings;
    let mut stocked: Vec<u64> = stock.iter().copied().filter(|count| *count > 0).collect();
    stocked.sort_unstable();
    assert_eq!(stock.iter().sum::<u64>(), 540_000);
    assert!((percent(stocked.len(), stock.len()) - 47.9).abs() < 1.0);
    let few = stocked.iter().filter(|count| **count < 11).count();
    assert!((percent(few, stocked.len()) - 33.0).abs() < 1.0, "{few}");
    assert!((20..=24).contains(&stocked[stocked.len() / 2]));
}

#[test]
fn addresses_follow_the_law_of_the_country() {
    let all = addresses(&TENTH);
    let dwellings: u64 = all.iter().map(|(_, address)| address.dwellings).sum();
    assert_eq!(dwellings, 540_000);
    let mean = dwellings as f64 / all.len() as f64;
    assert!((9.0..10.3).contains(&mean), "{mean}");
    let of = |low, high| {
        let within = |(_, address): &&(usize, Address)| (low..=high).contains(&address.dwellings);
        percent(all.iter().filter(within).count(), all.len())
    };
    assert!((of(1, 1) - 42.5).abs() < 3.0, "{}", of(1, 1));
    assert!((of(5, 10) - 25.0).abs() < 3.0, "{}", of(5, 10));
    assert!(of(10, 10) > 3.0 * of(9, 9), "the spike at ten");
    assert_eq!(of(448, u64::MAX), 0.0);
    let held = |wanted: &dyn Fn(&Address) -> bool| -> f64 {
        let held = all.iter().filter(|(_, address)| wanted(address));
        100.0 * held.map(|(_, address)| address.dwellings as f64).sum::<f64>() / dwellings as f64
    };
    let unplaced = held(&|address| address.at.is_none());
    assert!((1.0..2.0).contains(&unplaced), "{unplaced}");
    let in_qpv = held(&|address| address.qpv.is_some());
    assert!((26.0..34.0).contains(&in_qpv), "{in_qpv}");
}

#[test]
fn carreaux_chain_the_communes_of_a_conurbation() {
    let mut carreaux: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
    for (commune, address) in addresses(&TENTH) {
        if let Some(at) = address.at {
            let carreau = TENTH.projections.carreau(at).unwrap();
            carreaux.entry(carreau).or_default().insert(commune);
        }
    }
    // The communes that carreaux join to the town, one after the other.
    let mut chained = BTreeSet::from([TENTH.territory.traps.town]);
    loop {
        let joined: Vec<usize> = carreaux
            .values()
            .filter(|communes| communes.iter().any(|commune| chained.contains(commune)))
            .flatten()
            .copied()
            .collect();
        let before = chained.len();
        chained.extend(joined);
        if chained.len() == before {
            break;
        }
    }
    assert!(chained.len() >= 10, "{}", chained.len());
}

#[test]
fn groups_nest_cross_and_nest_twice() {
    let territory = &TENTH.territory;
    let mut epcis: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for commune in &territory.communes {
        if let Some(epci) = commune.epci {
            epcis.entry(epci).or_default().insert(commune.departement);
        }
    }
    let crossing = epcis.values().filter(|departements| departements.len() > 1).count();
    assert!((2..=epcis.len() / 10).contains(&crossing), "{crossing} of {}", epcis.len());
    let per_epci = territory.communes.len() as f64 / epcis.len() as f64;
    assert!((24.0..32.0).contains(&per_epci), "{per_epci}");
    let town = &territory.communes[territory.traps.town];
    let inside: Vec<_> =
        territory.communes.iter().filter(|commune| commune.ept.is_some()).collect();
    assert!(inside.iter().all(|commune| commune.epci == town.epci));
    assert_eq!(town.ept, None);
    let epts: BTreeSet<_> = inside.iter().map(|commune| commune.ept).collect();
    assert!(epts.len() >= 2 && epts.len() == territory.epts.len());
    assert_eq!(territory.departements.len(), 10);
}

#[test]
fn divided_communes_and_qpv_are_as_many_as_in_the_country() {
    let (territory, stock) = (&TENTH.territory, &TENTH.stock);
    let iris: usize = (0..territory.communes.len())
        .map(
            |commune| {
                if stock.divided[commune] { territory.communes[commune].cells.len() } else { 1 }
            },
        )
        .sum();
    assert!((4_600..5_200).contains(&iris), "{iris}");
    let qpvs = TENTH.qpvs.list();
    assert!((125..175).contains(&qpvs.len()), "{}", qpvs.len());
    let crossing = qpvs.iter().filter(|qpv| qpv.communes.len() > 1).count();
    assert!((2..20).contains(&crossing), "{crossing}");
}

#[test]
fn a_piece_of_the_country_is_written_the_same_whatever_the_threads() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let write = |out: &std::path::Path, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| invent(out, SMALL, 11)).unwrap()
    };
    assert_eq!(write(one.path(), 1), write(other.path(), 4));
    let bytes = |root: &std::path::Path| super::tree(root).into_values().collect::<Vec<_>>();
    assert!(bytes(one.path()) == bytes(other.path()));
}
