//! Attacks that broke the promise once: each on a territory made for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::aggregate::{Membership, RawScale, RawTable, Tallies};
use crate::secrecy::{Published, Rules, protect};
use domain::{Catalogue, Detail, Kind, Opening, Scale, Shape, Zone};

const CATALOGUE: &str = include_str!("../../../../tests/data/attack_catalogue.toml");

/// An address: its zones, and for each list of universes the records that belong to exactly these.
/// A household's list names its dwelling's universes too.
struct Address<'a> {
    zones: &'a [(Scale, &'a str)],
    dwellings: &'a [(&'a str, u32)],
    households: &'a [(&'a str, u32)],
}

fn catalogue() -> Arc<Catalogue> {
    Arc::new(Catalogue::from_toml(CATALOGUE).unwrap())
}

fn membership(catalogue: &Catalogue, names: &str) -> Membership {
    let bit = |id: &str| 1 << catalogue.universe_index(id).unwrap_or_else(|| panic!("{id}"));
    names.split(' ').map(bit).sum()
}

fn raw(addresses: &[Address], catalogue: &Catalogue) -> RawTable {
    let records = |list: &dyn Fn(&Address) -> Vec<(Membership, u32)>| -> Vec<_> {
        let of = addresses.iter().zip(0u32..);
        of.flat_map(|(address, atom)| {
            list(address).into_iter().map(move |(own, count)| (atom, own, count))
        })
        .collect()
    };
    let read = |list: &[(&str, u32)]| -> Vec<(Membership, u32)> {
        list.iter().map(|(names, count)| (membership(catalogue, names), *count)).collect()
    };
    let tallies = Tallies::new(
        addresses.len(),
        records(&|address| read(address.dwellings)),
        records(&|address| read(address.households)),
    );
    let kinds: Vec<Kind> = catalogue.universes().iter().map(|own| own.kind).collect();
    let counts = tallies.counts(&kinds);
    let mut zones: BTreeMap<(Scale, &str), Vec<u32>> = BTreeMap::new();
    for (address, atom) in addresses.iter().zip(0..) {
        address.zones.iter().for_each(|zone| zones.entry(*zone).or_default().push(atom));
    }
    let scale = |scale: Scale| {
        let own: Vec<_> = zones.iter().filter(|zone| zone.0.0 == scale).collect();
        let sum = |atoms: &[u32], universe: usize| -> u64 {
            let of = |&atom: &u32| u64::from(counts[atom as usize * kinds.len() + universe]);
            atoms.iter().map(of).sum()
        };
        let zone = |code: &str| Zone {
            code: code.parse().unwrap(),
            nom: String::new(),
            communes: vec![],
            situe: vec![],
            detail: Detail::None,
        };
        RawScale {
            scale,
            zones: own.iter().map(|entry| zone(entry.0.1)).collect(),
            shapes: own.iter().map(|_| Shape::Point((2.0, 49.0).into())).collect(),
            counts: own
                .iter()
                .flat_map(|entry| (0..kinds.len()).map(|universe| sum(entry.1, universe)))
                .collect(),
            sums: own.iter().flat_map(|_| [1, 2].repeat(catalogue.indicators().len())).collect(),
            atoms: own.iter().map(|entry| entry.1.clone()).collect(),
        }
    };
    RawTable::new(Scale::built_in().map(scale).collect(), &kinds, tallies)
}

fn publish(addresses: &[Address], open: &[Opening]) -> Published {
    let catalogue = catalogue();
    let open: BTreeSet<Opening> = open.iter().copied().collect();
    let rules = Rules::built_in(&catalogue).unwrap().opening(&open, &catalogue).unwrap();
    protect(raw(addresses, &catalogue), None, catalogue, &rules, &|_| ()).0
}

/// Whether a zone's cell is published; and its count, where shown.
fn cell(published: &Published, zone: &str, universe: &str) -> (bool, Option<u64>) {
    let index = published.catalogue().universe_index(universe).unwrap();
    let found = published.scales().iter().find_map(|scale| {
        let at = scale.zones().iter().position(|own| own.code.as_str() == zone)?;
        Some((scale.is_published(at, index), scale.count(at, index)))
    });
    found.unwrap_or_else(|| panic!("{zone}"))
}

fn shown(published: &Published, zone: &str, universe: &str) -> bool {
    cell(published, zone, universe).0
}

#[test]
fn a_commune_less_an_iris_never_says_one_of_one_let_dwelling() {
    let all = "logements mobilite";
    let (c, nord, sud) = ((Scale::COMMUNE, "C"), (Scale::IRIS, "NORD"), (Scale::IRIS, "SUD"));
    let published = publish(
        &[
            Address { zones: &[c, nord], dwellings: &[(all, 30)], households: &[] },
            Address {
                zones: &[c, sud],
                dwellings: &[(all, 1), ("logements", 19)],
                households: &[],
            },
        ],
        &[],
    );
    assert!(shown(&published, "NORD", "logements") && shown(&published, "SUD", "logements"));
    assert!(!(shown(&published, "C", "mobilite") && shown(&published, "NORD", "mobilite")));
    assert!(!shown(&published, "SUD", "mobilite"));
}

#[test]
fn france_less_a_commune_never_tells_another_s_five_households() {
    let surveyed = "logements menages";
    let france = (Scale::FRANCE, "FR");
    let published = publish(
        &[
            Address {
                zones: &[france, (Scale::COMMUNE, "95001")],
                dwellings: &[("logements", 15)],
                households: &[(surveyed, 5)],
            },
            Address {
                zones: &[france, (Scale::COMMUNE, "60001")],
                dwellings: &[("logements", 40)],
                households: &[(surveyed, 40)],
            },
        ],
        &[],
    );
    let count = |zone: &str| cell(&published, zone, "menages").1;
    assert_eq!(count("95001"), None);
    assert!(count("FR").is_none() || count("60001").is_none());
    // A new building without any household is about nobody.
    let published = publish(
        &[Address {
            zones: &[(Scale::ADRESSE, "a")],
            dwellings: &[("logements", 30)],
            households: &[],
        }],
        &[],
    );
    assert_eq!(cell(&published, "a", "logements"), (true, Some(30)));
    assert_eq!(cell(&published, "a", "menages"), (false, Some(0)));
}

#[test]
fn an_opened_commune_s_households_are_not_given_back_by_its_neighbours() {
    let epci = (Scale::EPCI, "200058519");
    let both = "logements mobilite menages";
    let commune = |code: &'static str| [epci, (Scale::COMMUNE, code)];
    let (a, b, c) = (commune("95001"), commune("95002"), commune("95003"));
    let published = publish(
        &[
            Address {
                zones: &a,
                dwellings: &[("logements mobilite", 48)],
                households: &[(both, 48)],
            },
            Address {
                zones: &b,
                dwellings: &[("logements mobilite", 57)],
                households: &[(both, 57)],
            },
            Address {
                zones: &c,
                dwellings: &[("logements mobilite", 3)],
                households: &[(both, 2)],
            },
        ],
        &[Opening::Communes],
    );
    assert_eq!(cell(&published, "95003", "menages").1, None);
    let counts = ["200058519", "95001", "95002"].map(|zone| cell(&published, zone, "menages").1);
    assert!(counts.contains(&None), "107 − 48 − 57 = 2");
}

#[test]
fn the_answers_of_three_small_dwellings_are_not_told_by_the_eligible_ones() {
    // 15 surveyed, 3 of them in two rooms; the composition known for 14, of which 11 eligible.
    let large = "logements logements_trois_pieces menages menages_trois_pieces";
    let answered =
        "logements logements_trois_pieces menages menages_trois_pieces composition grands";
    let published = publish(
        &[Address {
            zones: &[(Scale::ADRESSE, "a")],
            dwellings: &[("logements logements_trois_pieces", 12), ("logements", 3)],
            households: &[(answered, 11), (large, 1), ("logements menages composition", 3)],
        }],
        &[],
    );
    assert_eq!(cell(&published, "a", "composition"), (true, Some(14)));
    assert_eq!(cell(&published, "a", "grands"), (false, None), "14 − 11 = 3 in two rooms");
}

#[test]
fn who_moved_and_did_not_answer_is_not_the_difference_of_two_dates() {
    let dated = "logements mobilite";
    let published = publish(
        &[Address {
            zones: &[(Scale::COMMUNE, "C")],
            dwellings: &[(dated, 40)],
            households: &[
                ("logements mobilite menages bail", 37),
                ("logements mobilite menages", 3),
            ],
        }],
        &[],
    );
    assert!(shown(&published, "C", "menages"));
    assert!(!(shown(&published, "C", "mobilite") && shown(&published, "C", "bail")));
}

/// Which of two addresses is hidden tells nothing of how many answered there: whole survey rows of two
/// addresses with as many dwellings are exchanged, and the mask is the same.
#[test]
fn the_mask_tells_no_inequality_of_answers() {
    let c = (Scale::COMMUNE, "C");
    let own = "logements menages composition";
    let mask = |first: u32, second: u32| {
        let address = |code: &'static [(Scale, &'static str)], answered| Address {
            zones: code,
            dwellings: &[("logements", 20)],
            households: match answered {
                12 => &[("logements menages composition", 12), ("logements menages", 8)],
                _ => &[("logements menages composition", 14), ("logements menages", 6)],
            },
        };
        let few = Address {
            zones: &[c],
            dwellings: &[("logements", 12)],
            households: &[(own, 5), ("logements menages", 7)],
        };
        let published = publish(
            &[
                address(&[(Scale::COMMUNE, "C"), (Scale::ADRESSE, "a")], first),
                address(&[(Scale::COMMUNE, "C"), (Scale::ADRESSE, "b")], second),
                few,
            ],
            &[],
        );
        ["a", "b", "C"].map(|zone| shown(&published, zone, "composition"))
    };
    let found = mask(12, 14);
    assert_eq!(found.iter().filter(|shown| **shown).count(), 2, "one of them is hidden");
    assert_eq!(found, mask(14, 12));
}
