//! Borders and the traps of geography, for several seeds and sizes.

use std::collections::{BTreeMap, BTreeSet};

use geo::Validation;

use super::super::borders::{Area, contains, doubled_area, outline};
use super::super::contours::{common_areas, commune_areas, polygons};
use super::super::dice::Dice;
use super::super::lattice::Mm;
use super::super::run::Invention;
use super::invention;
use crate::Geometry;

const CASES: [(u64, u64); 6] =
    [(58_000, 20_240_101), (58_000, 1), (58_000, 2), (2_000, 3), (9_000, 4), (120_000, 5)];

/// The least dense territories, and larger ones.
const DENSE: [(u64, u64, Geometry); 5] = [
    (20_000, 1, Geometry::Dense),
    (20_000, 2, Geometry::Conurbation),
    (20_000, 3, Geometry::Conurbation),
    (58_000, 4, Geometry::Dense),
    (120_000, 5, Geometry::Conurbation),
];

fn each_case(check: impl Fn(&Invention)) {
    for (households, seed, geometry) in DENSE {
        eprintln!("{households} households, seed {seed}, {geometry:?}");
        check(&invention(seed, households, geometry));
    }
    each_easy_case(check);
}

fn each_easy_case(check: impl Fn(&Invention)) {
    let small = (20..60).map(|seed| (2_000, seed));
    for (households, seed) in CASES.into_iter().chain(small) {
        eprintln!("{households} households, seed {seed}");
        check(&invention(seed, households, Geometry::Easy));
    }
}

fn rings(areas: &[Area]) -> impl Iterator<Item = &Vec<Mm>> {
    areas.iter().flat_map(|area| std::iter::once(&area.exterior).chain(&area.holes))
}

fn doubled(areas: &[Area]) -> i128 {
    rings(areas).map(|ring| doubled_area(ring)).sum()
}

/// Every directed side belongs to one zone only, so zones do not overlap; areas sum up, so
/// nothing is left out.
#[test]
fn communes_are_a_valid_coverage_with_shared_vertices() {
    each_case(|invention| {
        let territory = &invention.territory;
        let mut sides = BTreeSet::new();
        let mut sum = 0;
        for commune in 0..territory.communes.len() {
            let areas = commune_areas(territory, commune);
            assert!(polygons(&areas).is_valid(), "{}", territory.communes[commune].code);
            sum += doubled(&areas);
            for ring in rings(&areas) {
                for side in ring.windows(2) {
                    assert!(sides.insert((side[0], side[1])), "two zones on one side of a border");
                }
            }
        }
        let cells: Vec<_> =
            territory.communes.iter().flat_map(|commune| commune.cells.clone()).collect();
        let whole = outline(&territory.frame, &cells, |cell| territory.owner(cell).is_some());
        assert!(polygons(&whole).is_valid());
        assert_eq!(sum, doubled(&whole));
        let border = rings(&whole).map(|ring| ring.len() - 1).sum::<usize>();
        let lonely = sides.iter().filter(|(a, b)| !sides.contains(&(*b, *a))).count();
        assert_eq!(lonely, border, "an inner border has a zone on both sides");
    });
}

#[test]
fn the_iris_of_a_commune_tile_it() {
    each_case(|invention| {
        let territory = &invention.territory;
        let divided = invention.stock.divided.iter().filter(|divided| **divided).count();
        assert!(divided >= 8, "{divided}");
        for commune in (0..territory.communes.len()).filter(|c| invention.stock.divided[*c]) {
            let areas = commune_areas(territory, commune);
            let mut sum = 0;
            for cell in &territory.communes[commune].cells {
                let iris = outline(&territory.frame, &[*cell], |other| other == *cell);
                assert!(polygons(&iris).is_valid());
                sum += doubled(&iris);
            }
            assert_eq!(sum, doubled(&areas));
        }
    });
}

#[test]
fn there_is_an_enclave_an_exclave_and_an_island() {
    each_case(|invention| {
        let territory = &invention.territory;
        let traps = territory.traps;
        let areas = |commune| commune_areas(territory, commune);
        let enclave = areas(traps.enclave);
        assert_eq!((enclave.len(), territory.communes[traps.enclave].cells.len()), (1, 1));
        let hosts = |cell: super::super::lattice::Hexagon| {
            let owners = cell.neighbours().map(|cell| territory.owner(cell));
            owners.into_iter().collect::<BTreeSet<_>>()
        };
        let host = hosts(territory.communes[traps.enclave].cells[0]);
        assert_eq!(host.len(), 1);
        let host = host.first().copied().flatten().unwrap();
        assert!(areas(host).iter().any(|area| !area.holes.is_empty()));
        assert_eq!(hosts(traps.exclave_cell).len(), 1);
        assert_ne!(hosts(traps.exclave_cell).first().copied().flatten(), Some(traps.exclave));
        assert_eq!(territory.owner(traps.exclave_cell), Some(traps.exclave));
        assert_eq!(areas(traps.exclave).len(), 2, "the exclave and the rest");
        let island = &territory.communes[traps.island];
        let around = island.cells.iter().flat_map(|cell| cell.neighbours());
        assert!(around.filter_map(|cell| territory.owner(cell)).all(|owner| owner == traps.island));
        assert_eq!(island.epci, None);
    });
}

#[test]
fn an_epci_crosses_into_the_neighbouring_departement() {
    each_case(|invention| {
        let mut departements: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for commune in &invention.territory.communes {
            if let Some(epci) = commune.epci {
                departements.entry(epci).or_default().insert(commune.departement);
            }
        }
        assert!(departements.values().any(|list| list.len() == 2));
    });
}

#[test]
fn a_qpv_lies_in_two_communes_and_another_in_two_iris() {
    each_easy_case(|invention| {
        let territory = &invention.territory;
        let qpvs = invention.qpvs.list();
        let crossing = &qpvs[0];
        assert_eq!(crossing.communes.len(), 2);
        let ring = Area { exterior: crossing.ring.clone(), holes: Vec::new() };
        for commune in &crossing.communes {
            let part =
                common_areas(std::slice::from_ref(&ring), &commune_areas(territory, *commune));
            assert!(polygons(&part).is_valid());
            assert!(doubled(&part) * 20 > doubled_area(&ring.exterior), "a sliver");
        }
        assert!(qpvs.iter().all(|qpv| {
            let area = Area { exterior: qpv.ring.clone(), holes: Vec::new() };
            polygons(&[area]).is_valid()
        }));
        let over_iris = qpvs[1..].iter().any(|qpv| {
            let cells = &territory.communes[qpv.communes[0]].cells;
            let holds = |cell: &&super::super::lattice::Hexagon| {
                let areas = outline(&territory.frame, &[**cell], |other| other == **cell);
                qpv.ring.iter().any(|at| contains(&areas[0].exterior, *at))
            };
            cells.iter().filter(holds).count() >= 2
        });
        assert!(over_iris);
    });
}

#[test]
fn pinned_addresses_are_on_an_iris_border_and_in_a_shared_carreau() {
    each_case(|invention| {
        let territory = &invention.territory;
        let pinned = &invention.pinned.list;
        let vertices = |cell| {
            let areas = outline(&territory.frame, &[cell], |other| other == cell);
            areas[0].exterior.clone()
        };
        let town = territory.traps.town;
        assert!(invention.stock.divided[town]);
        let on_border = pinned.iter().filter_map(|(_, address)| address.at).any(|at| {
            let cells = &territory.communes[town].cells;
            cells.iter().filter(|cell| vertices(**cell).contains(&at)).count() == 2
        });
        assert!(on_border);
        let mut carreaux: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
        for (commune, address) in pinned {
            if let Some(at) = address.at {
                let carreau = invention.projections.carreau(at).unwrap();
                carreaux.entry(carreau).or_default().insert(*commune);
            }
        }
        assert!(carreaux.values().any(|communes| communes.len() == 2));
        assert!(pinned.iter().any(|(_, address)| address.at.is_none()));
        for full in [10, 11] {
            assert!(pinned.iter().any(|(_, address)| address.full && address.dwellings == full));
        }
        assert!(pinned.iter().any(|(commune, address)| {
            let cell = territory.communes[*commune].cells[address.cell];
            cell == territory.traps.exclave_cell
        }));
    });
}

#[test]
fn addresses_lie_in_their_commune_and_hold_its_dwellings() {
    each_case(|invention| {
        let territory = &invention.territory;
        for commune in 0..territory.communes.len() {
            let addresses = invention.addresses(&mut Dice::new(1, commune as u64), commune);
            let sum: u64 = addresses.iter().map(|address| address.dwellings).sum();
            assert_eq!(sum, invention.stock.dwellings[commune]);
            let areas = commune_areas(territory, commune);
            for at in addresses.iter().filter_map(|address| address.at) {
                let inside = areas.iter().any(|area| {
                    contains(&area.exterior, at)
                        && !area.holes.iter().any(|hole| contains(hole, at))
                });
                assert!(inside);
            }
        }
    });
}
