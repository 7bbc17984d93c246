//! What the operator opens: the public data of the register beside the mask, whole communes in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use crate::aggregate::{RawScale, RawTable};
use crate::secrecy::{Published, Rules, protect};
use domain::{Catalogue, Detail, Opening, Scale, Shape, Zone};

/// Register, landlords that did not oppose, rents known, surveyed; an indicator of each regime.
const CATALOGUE: &str = include_str!("../../../../tests/data/register_catalogue.toml");
const UNIVERSES: [&str; 4] = ["logements", "logements_no", "loyers", "menages"];
const INDICATORS: [&str; 5] = ["ouvert", "restreint", "restreint_no", "loyer", "enquete"];

/// One address: its zones, and its dwellings in each universe.
#[derive(Clone, Debug)]
struct Address {
    zones: Vec<(Scale, String)>,
    counts: [u32; 4],
}

fn address(zones: &[(Scale, &str)], counts: [u32; 4]) -> Address {
    Address {
        zones: zones.iter().map(|(scale, code)| (*scale, (*code).to_owned())).collect(),
        counts,
    }
}

/// Zones of every scale, each with its atoms.
fn zones(addresses: &[Address]) -> BTreeMap<(Scale, String), Vec<u32>> {
    let mut zones: BTreeMap<(Scale, String), Vec<u32>> = BTreeMap::new();
    for (address, atom) in addresses.iter().zip(0..) {
        for zone in &address.zones {
            zones.entry(zone.clone()).or_default().push(atom);
        }
    }
    zones
}

/// Numerator 1 and denominator all members, for each indicator.
fn raw(addresses: &[Address]) -> RawTable {
    let zones = zones(addresses);
    let scale = |scale: Scale| {
        let own: Vec<_> = zones.iter().filter(|zone| zone.0.0 == scale).collect();
        let atoms: Vec<Vec<u32>> = own.iter().map(|zone| zone.1.clone()).collect();
        let count = |atoms: &[u32], universe: usize| {
            atoms
                .iter()
                .map(|&atom| u64::from(addresses[atom as usize].counts[universe]))
                .sum::<u64>()
        };
        let sums = |atoms: &[u32]| [0, 0, 1, 2, 3].map(|universe| count(atoms, universe) as i64);
        RawScale {
            scale,
            zones: own
                .iter()
                .map(|zone| Zone {
                    code: zone.0.1.parse().unwrap(),
                    nom: String::new(),
                    communes: vec![],
                    situe: vec![],
                    detail: Detail::None,
                })
                .collect(),
            shapes: own.iter().map(|_| Shape::Point((2.0, 49.0).into())).collect(),
            counts: atoms
                .iter()
                .flat_map(|zone| (0..4).map(|universe| count(zone, universe)))
                .collect(),
            sums: atoms.iter().flat_map(|zone| sums(zone)).flat_map(|sum| [1, sum]).collect(),
            atoms,
        }
    };
    let counts: Vec<u32> = addresses.iter().flat_map(|address| address.counts).collect();
    let catalogue = Catalogue::from_toml(CATALOGUE).unwrap();
    RawTable::of_counts(Scale::built_in().map(scale).collect(), &catalogue, &counts)
}

fn publish(addresses: &[Address], open: &[Opening]) -> Published {
    let catalogue = Arc::new(Catalogue::from_toml(CATALOGUE).unwrap());
    let open: BTreeSet<Opening> = open.iter().copied().collect();
    let rules = Rules::built_in(&catalogue).unwrap().opening(&open, &catalogue).unwrap();
    protect(raw(addresses), None, catalogue, &rules, &|_| ()).0
}

/// The published cells as `code universe`, those of opened communes with a star; counts and figures
/// that are shown as `code n_universe` and `code indicator`.
fn seen(published: &Published) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut cells, mut shown) = (BTreeSet::new(), BTreeSet::new());
    for scale in published.scales() {
        for (index, zone) in scale.zones().iter().enumerate() {
            for (own, universe) in UNIVERSES.iter().enumerate() {
                if scale.is_published(index, own) {
                    let star = if scale.is_opened(index, own) { "*" } else { "" };
                    cells.insert(format!("{} {universe}{star}", zone.code));
                }
                if scale.count(index, own).is_some() {
                    shown.insert(format!("{} n_{universe}", zone.code));
                }
            }
            for (own, indicator) in INDICATORS.iter().enumerate() {
                if scale.figure(index, own).is_some() {
                    shown.insert(format!("{} {indicator}", zone.code));
                }
            }
        }
    }
    (cells, shown)
}

/// What a zone shows.
fn of<'s>(code: &str, all: &'s BTreeSet<String>) -> Vec<&'s str> {
    let own = all.iter().filter_map(|cell| cell.strip_prefix(code)?.strip_prefix(' '));
    own.collect()
}

/// A commune of 4 dwellings beside one of 40 and one of 12 of which 8 are surveyed; a carreau over
/// the border holds half of the 4.
fn neighbours() -> Vec<Address> {
    vec![
        address(&[(Scale::ADRESSE, "a"), (Scale::COMMUNE, "C1"), (Scale::EPCI, "E")], [22; 4]),
        address(
            &[
                (Scale::ADRESSE, "b"),
                (Scale::CARREAU, "K"),
                (Scale::COMMUNE, "C1"),
                (Scale::EPCI, "E"),
            ],
            [18; 4],
        ),
        address(
            &[
                (Scale::ADRESSE, "c"),
                (Scale::CARREAU, "K"),
                (Scale::COMMUNE, "C2"),
                (Scale::IRIS, "I2"),
                (Scale::EPCI, "E"),
            ],
            [2; 4],
        ),
        address(
            &[
                (Scale::ADRESSE, "d"),
                (Scale::COMMUNE, "C2"),
                (Scale::IRIS, "I2"),
                (Scale::EPCI, "E"),
            ],
            [2; 4],
        ),
        address(
            &[(Scale::ADRESSE, "e"), (Scale::COMMUNE, "C3"), (Scale::EPCI, "E")],
            [12, 12, 12, 8],
        ),
    ]
}

#[test]
fn an_opened_commune_is_shown_with_its_twin_and_what_cuts_it_is_secret() {
    let (cells, shown) = seen(&publish(&neighbours(), &[Opening::Communes]));
    for twin in ["C2", "I2"] {
        assert_eq!(of(twin, &cells), ["logements*", "loyers*"]);
        let expected =
            ["loyer", "n_logements", "n_logements_no", "n_loyers", "ouvert", "restreint"];
        assert_eq!(of(twin, &shown), expected, "no domain, and nothing of households");
    }
    assert_eq!(of("K", &shown), Vec::<&str>::new(), "it holds half of the commune");
    assert_eq!(of("c", &shown), Vec::<&str>::new());
    // The bar of surveyed households alone is lifted; their number is not told.
    assert_eq!(of("C3", &cells), ["logements*", "loyers*"]);
    assert!(!of("C3", &shown).contains(&"n_menages"));
    for whole in ["C1", "E"] {
        assert_eq!(of(whole, &cells), UNIVERSES);
    }
}

#[test]
fn nothing_is_opened_by_default() {
    let (cells, shown) = seen(&publish(&neighbours(), &[]));
    assert!(cells.iter().all(|cell| !cell.ends_with('*')));
    for small in ["C2", "C3", "c", "d"] {
        assert_eq!(of(small, &shown), Vec::<&str>::new());
    }
}

#[test]
fn a_commune_that_a_domain_divides_is_not_opened() {
    let mut addresses = neighbours();
    // Three of the four are of landlords that opposed.
    (addresses[2].counts[1], addresses[3].counts[1]) = (1, 0);
    let (cells, _) = seen(&publish(&addresses, &[Opening::Communes]));
    assert_eq!(of("C2", &cells), Vec::<&str>::new());
    // All of them: their cell tells nothing of the others.
    (addresses[2].counts[1], addresses[3].counts[1]) = (0, 0);
    let (cells, _) = seen(&publish(&addresses, &[Opening::Communes]));
    assert_eq!(of("C2", &cells), ["logements*", "loyers*"]);
}

#[test]
fn a_commune_whose_opening_would_isolate_a_neighbour_stays_closed() {
    let town = |code: &'static str, counts| {
        address(&[(Scale::ADRESSE, code), (Scale::COMMUNE, code), (Scale::EPCI, "E")], counts)
    };
    // The commune of 8 is divided by a domain: E − T − S would tell of it.
    let addresses = [town("T", [40; 4]), town("S", [4; 4]), town("D", [8, 3, 8, 8])];
    let (cells, _) = seen(&publish(&addresses, &[Opening::Communes]));
    let register = |code| cells.contains(&format!("{code} logements"));
    assert!(register("T") && register("E") && of("S", &cells).is_empty(), "{cells:?}");
}

#[test]
fn a_filter_opens_below_one_that_is_shown() {
    let mut addresses = neighbours();
    // Fourteen dwellings, twelve surveyed, six rents: the rents alone are under the threshold.
    for (address, counts) in addresses[2..4].iter_mut().zip([[7, 7, 3, 6], [7, 7, 3, 6]]) {
        address.counts = counts;
    }
    addresses[4].counts = [12; 4];
    let (cells, shown) = seen(&publish(&addresses, &[Opening::Communes]));
    assert_eq!(of("C2", &cells), ["logements", "logements_no", "loyers*", "menages"]);
    assert!(of("C2", &shown).contains(&"n_menages"));
}

#[test]
fn public_data_stand_in_every_zone_and_nothing_else_changes() {
    let (cells, shown) = seen(&publish(&neighbours(), &[]));
    let (same, more) = seen(&publish(&neighbours(), &[Opening::RplsOuvert]));
    assert_eq!(cells, same);
    let zones = zones(&neighbours());
    let public = zones
        .keys()
        .flat_map(|(_, code)| [format!("{code} n_logements"), format!("{code} ouvert")]);
    assert_eq!(more, shown.into_iter().chain(public).collect());
    assert!(more.contains("c ouvert") && !more.contains("c n_menages"));
}

/// Combinations with weights from −2 to 2 of the published cells of a filter and its domain, in
/// which a household outside opened communes carries more than its share.
fn brute_force_exposes(addresses: &[Address], published: &Published, universes: &[usize]) -> bool {
    let filter = universes[0];
    let zones = zones(addresses);
    let mut cells: BTreeSet<Vec<i64>> = BTreeSet::new();
    let mut is_open = vec![false; addresses.len()];
    for scale in published.scales() {
        for (index, zone) in scale.zones().iter().enumerate() {
            let atoms = &zones[&(scale.scale(), zone.code.to_string())];
            for (domain, &universe) in universes.iter().enumerate() {
                if !scale.is_published(index, universe) {
                    continue;
                }
                // Two parts at each address: outside the domain, and inside.
                let cell = (0..addresses.len() as u32 * 2).map(|part| {
                    i64::from(atoms.contains(&(part / 2)) && (domain == 0 || part % 2 == 1))
                });
                cells.insert(cell.collect());
                let count = atoms.iter().map(|&atom| addresses[atom as usize].counts[filter]);
                if scale.is_opened(index, universe) && count.sum::<u32>() < 11 {
                    atoms.iter().for_each(|&atom| is_open[atom as usize] = true);
                }
            }
        }
    }
    let members: Vec<i64> = addresses
        .iter()
        .flat_map(|address| {
            let inside = universes
                .get(1)
                .map_or(0, |&domain| address.counts[domain].min(address.counts[filter]));
            [address.counts[filter] - inside, inside].map(i64::from)
        })
        .collect();
    let cells: Vec<Vec<i64>> = cells.into_iter().collect();
    if cells.is_empty() || cells.len() > 8 {
        return false;
    }
    let mut weights = vec![-2i64; cells.len()];
    loop {
        let spread = (0..members.len()).filter(|&part| members[part] > 0).map(|part| {
            let weight: i64 =
                cells.iter().zip(&weights).map(|(cell, weight)| cell[part] * weight).sum();
            (part, weight.abs())
        });
        let spread: Vec<(usize, i64)> = spread.collect();
        let protected = spread.iter().filter(|(part, _)| !is_open[part / 2]);
        let largest = protected.map(|entry| entry.1).max().unwrap_or(0);
        let total: i64 = spread.iter().map(|&(part, weight)| weight * members[part]).sum();
        if largest > 0 && total < 11 * largest {
            return true;
        }
        let Some(next) = weights.iter().position(|weight| *weight < 2) else { return false };
        weights[..next].fill(-2);
        weights[next] += 1;
    }
}

/// What is wrong with an edition whose communes are opened.
fn broken(addresses: &[Address], published: &Published) -> Option<String> {
    let zones = zones(addresses);
    let count = |atoms: &[u32], universe: usize| -> u32 {
        atoms.iter().map(|&atom| addresses[atom as usize].counts[universe]).sum()
    };
    for scale in published.scales() {
        for (index, zone) in scale.zones().iter().enumerate() {
            let atoms = &zones[&(scale.scale(), zone.code.to_string())];
            let is_commune = zones.iter().any(|(key, own)| key.0 == Scale::COMMUNE && own == atoms);
            let survey = scale.is_published(index, 3);
            for (own, universe) in UNIVERSES.iter().enumerate() {
                let said = || Some(format!("{} {universe}", zone.code));
                let held = count(atoms, own);
                let is_opened = scale.is_opened(index, own);
                if scale.is_published(index, own) && held < 11 && !is_opened {
                    return said();
                }
                if is_opened && (!is_commune || held == 0 || own % 2 == 1) {
                    return said();
                }
                let says_households = survey || scale.count(index, 3).is_some();
                if is_opened && own == 0 && says_households {
                    return said();
                }
                if !is_opened || held >= 11 {
                    continue;
                }
                // Nothing else of its system holds a part of it.
                let domains: &[usize] = if own == 0 { &[0, 1] } else { &[2] };
                for other in published.scales() {
                    for (place, others) in other.zones().iter().enumerate() {
                        let theirs = &zones[&(other.scale(), others.code.to_string())];
                        let both: Vec<u32> =
                            theirs.iter().copied().filter(|atom| atoms.contains(atom)).collect();
                        let cuts = |&domain: &usize| {
                            other.is_published(place, domain)
                                && (1..held).contains(&count(&both, domain))
                        };
                        if domains.iter().any(cuts) {
                            return Some(format!("{} cuts {}", others.code, zone.code));
                        }
                    }
                }
            }
        }
    }
    None
}

fn territories() -> impl Strategy<Value = Vec<Address>> {
    let size = prop_oneof![0u32..6, 0u32..25];
    let one = (size, 0u32..=2, 0u32..=100, 0u32..=100, 0u32..4, 0u32..3);
    prop::collection::vec(one, 1..7).prop_map(|list| {
        let mut addresses = Vec::new();
        for ((size, opposed, rents, surveyed, commune, carreau), at) in list.into_iter().zip(0..) {
            let zones = [
                (Scale::ADRESSE, format!("a{at}")),
                (Scale::CARREAU, format!("k{carreau}")),
                (Scale::COMMUNE, format!("c{commune}")),
                (Scale::EPCI, format!("e{}", commune / 3)),
            ];
            // All, none or a part of an address is of landlords that did not oppose.
            let others = [size, 0, size / 2][opposed as usize];
            let counts = [size, others, size * rents / 100, size * surveyed.max(60) / 100];
            addresses.push(Address { zones: zones.to_vec(), counts });
        }
        addresses
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn opened_communes_are_whole_and_expose_no_neighbour(addresses in territories()) {
        let published = publish(&addresses, &[Opening::Communes]);
        prop_assert_eq!(broken(&addresses, &published), None);
        for system in [&[0usize, 1][..], &[2], &[3]] {
            prop_assert!(!brute_force_exposes(&addresses, &published, system), "{system:?}");
        }
    }

    #[test]
    fn the_mask_is_the_same_with_the_public_data_opened(addresses in territories(), communes: bool) {
        let mut open = if communes { vec![Opening::Communes] } else { vec![] };
        let (cells, shown) = seen(&publish(&addresses, &open));
        open.push(Opening::RplsOuvert);
        let (same, more) = seen(&publish(&addresses, &open));
        prop_assert_eq!(cells, same);
        let added = more.difference(&shown);
        prop_assert!(added.into_iter().all(|one| one.ends_with(" ouvert") || one.ends_with(" n_logements")));
    }
}
