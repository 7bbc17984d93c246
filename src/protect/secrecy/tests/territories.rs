//! Small territories with known answers.

use std::sync::Arc;

use proptest::prelude::*;

use crate::aggregate::{RawScale, RawTable};
use domain::{Catalogue, Detail, Scale, Shape, Zone};

use crate::secrecy::{Published, Rules};

/// A territory written by hand: households per atom, zones as lists of atoms.
#[derive(Debug)]
pub(super) struct Territory {
    pub(super) households: Vec<u32>,
    zones: Vec<(Scale, String, Vec<u32>)>,
}

impl Territory {
    /// Every household is a dwelling, surveyed, that answered; `movers` of them moved in
    /// recently; `values` are those of the only indicator of the catalogue at each atom.
    pub(super) fn raw(&self, movers: impl Fn(u32) -> u32, values: impl Fn(u32) -> i64) -> RawTable {
        let universes = 4;
        let counts_at = |atom: u32| {
            let all = self.households[atom as usize];
            [all, all, all, movers(atom).min(all)]
        };
        let sum = |atoms: &[u32], universe: usize| {
            atoms.iter().map(|&atom| u64::from(counts_at(atom)[universe])).sum::<u64>()
        };
        let scale = |scale: Scale| {
            let mut zones: Vec<_> = self.zones.iter().filter(|zone| zone.0 == scale).collect();
            zones.sort_by(|left, right| left.1.cmp(&right.1));
            let atoms: Vec<Vec<u32>> = zones.iter().map(|zone| zone.2.clone()).collect();
            RawScale {
                scale,
                zones: zones.iter().map(|zone| plain_zone(&zone.1)).collect(),
                shapes: zones.iter().map(|_| Shape::Point((2.0, 49.0).into())).collect(),
                counts: atoms
                    .iter()
                    .flat_map(|zone| (0..universes).map(|u| sum(zone, u)))
                    .collect(),
                sums: atoms
                    .iter()
                    .flat_map(|zone| {
                        [zone.iter().map(|&atom| values(atom)).sum(), sum(zone, 2) as i64]
                    })
                    .collect(),
                atoms,
            }
        };
        let counts: Vec<u32> = (0..self.households.len() as u32).flat_map(counts_at).collect();
        let scales = Scale::built_in().map(scale).collect();
        RawTable::of_counts(scales, &catalogue(), &counts)
    }

    /// The codes of the zones whose cells are all published.
    fn published(&self) -> Vec<String> {
        codes(&protect(self.raw(|_| 0, |_| 1), catalogue(), &rules()))
    }
}

fn protect(raw: RawTable, catalogue: Arc<Catalogue>, rules: &Rules) -> Published {
    crate::secrecy::protect(raw, None, catalogue, rules, &|_| ()).0
}

fn codes(published: &Published) -> Vec<String> {
    let mut codes = Vec::new();
    for scale in published.scales() {
        for (index, zone) in scale.zones().iter().enumerate() {
            if !scale.is_secret(index) {
                codes.push(zone.code.to_string());
            }
        }
    }
    codes
}

fn plain_zone(code: &str) -> Zone {
    Zone {
        code: code.parse().unwrap(),
        nom: String::new(),
        communes: vec![],
        situe: vec![],
        detail: Detail::None,
    }
}

/// Register, surveyed, respondents, and one indicator of each.
pub(super) fn catalogue() -> Arc<Catalogue> {
    Arc::new(
        Catalogue::from_toml(include_str!("../../../../tests/data/small_catalogue.toml")).unwrap(),
    )
}

fn rules() -> Rules {
    Rules::built_in(&catalogue()).unwrap()
}

fn zone(scale: Scale, code: &str, atoms: &[u32]) -> (Scale, String, Vec<u32>) {
    (scale, code.to_owned(), atoms.to_vec())
}

/// The worked example: addresses a..e with 12, 3, `c`, 6, 9 households.
fn worked_example(c: u32) -> Territory {
    let addresses = ["a", "b", "c", "d", "e"].iter().zip(0..);
    let mut zones: Vec<_> =
        addresses.map(|(code, atom)| zone(Scale::ADRESSE, code, &[atom])).collect();
    zones.push(zone(Scale::IRIS, "I1", &[0, 1, 2]));
    zones.push(zone(Scale::IRIS, "I2", &[3, 4]));
    zones.push(zone(Scale::COMMUNE, "C", &[0, 1, 2, 3, 4]));
    Territory { households: vec![12, 3, c, 6, 9], zones }
}

#[test]
fn an_address_that_leaves_seven_neighbours_is_hidden() {
    assert_eq!(worked_example(4).published(), ["I1", "I2", "C"]);
}

#[test]
fn an_address_that_leaves_eleven_neighbours_is_shown() {
    assert_eq!(worked_example(8).published(), ["a", "I1", "I2", "C"]);
}

#[test]
fn twins_share_their_fate() {
    let mut territory = worked_example(8);
    territory.zones.push(zone(Scale::QPV, "Q", &[0]));
    assert_eq!(territory.published(), ["a", "I1", "I2", "Q", "C"]);
    let mut territory = worked_example(4);
    territory.zones.push(zone(Scale::QPV, "Q", &[0]));
    // The twins weigh 7 × 12, more than 4 × 19 for the IRIS: but without the IRIS the 7 would be
    // left in the commune, so the twins go, together.
    assert_eq!(territory.published(), ["I1", "I2", "C"]);
}

#[test]
fn a_carreau_across_two_communes_protects_its_own_rest() {
    let territory = Territory {
        households: vec![20, 5, 30, 40],
        zones: vec![
            zone(Scale::ADRESSE, "a", &[0]),
            zone(Scale::CARREAU, "K", &[0, 1]),
            zone(Scale::COMMUNE, "C1", &[0, 2]),
            zone(Scale::COMMUNE, "C2", &[1, 3]),
        ],
    };
    assert_eq!(territory.published(), ["K", "C1", "C2"]);
}

#[test]
fn a_count_is_shown_where_its_parent_is_and_a_domain_never_leaves_too_few() {
    let territory = worked_example(8);
    // Movers: 5, 3, 3, 0, 6. The commune less IRIS 1 would tell of the 6 of IRIS 2, so the
    // cheaper of both, IRIS 1, is secret though it holds 11.
    let movers = |atom| [5, 3, 3, 0, 6][atom as usize];
    let published = protect(territory.raw(movers, |_| 1), catalogue(), &rules());
    let universe = catalogue().universe_index("emmenages").unwrap();
    let shown = |scale: Scale, index: usize| {
        let scale = published.scales().iter().find(|entry| entry.scale() == scale).unwrap();
        (scale.is_published(index, universe), scale.count(index, universe))
    };
    assert_eq!(shown(Scale::COMMUNE, 0), (true, Some(17)));
    assert_eq!(shown(Scale::IRIS, 0), (false, Some(11)), "the count is a figure of its parent");
    assert_eq!(shown(Scale::IRIS, 1), (false, Some(6)));
    assert_eq!(shown(Scale::ADRESSE, 1), (false, None), "no parent, no count");
    let leaves_ten = |atom| [12, 1, 0, 0, 5][atom as usize];
    let published = protect(territory.raw(leaves_ten, |_| 1), catalogue(), &rules());
    let iris = published.scales().iter().find(|entry| entry.scale() == Scale::IRIS).unwrap();
    assert!(iris.is_published(0, universe - 1) && !iris.is_published(0, universe));
}

/// A zone that holds another and five households more: both cannot be shown.
#[track_caller]
fn check_five_are_left(inner: Scale, outer: Scale) {
    let territory = Territory {
        households: vec![15, 16, 5, 40],
        zones: vec![zone(inner, "inner", &[0, 1]), zone(outer, "outer", &[0, 1, 2])],
    };
    assert_eq!(territory.published().len(), 1, "{inner} in {outer}");
}

#[test]
fn whatever_lies_whole_in_a_zone_counts_as_its_part() {
    let pairs = [
        (Scale::EPCI, Scale::DEPARTEMENT),
        (Scale::EPCI, Scale::REGION),
        (Scale::EPT, Scale::DEPARTEMENT),
        (Scale::DEPARTEMENT, Scale::REGION),
        (Scale::CARREAU, Scale::IRIS),
        (Scale::CARREAU, Scale::ARRONDISSEMENT),
        (Scale::CARREAU, Scale::QPV),
        (Scale::CARREAU, Scale::EPCI),
        (Scale::CARREAU, Scale::DEPARTEMENT),
        (Scale::QPV, Scale::IRIS),
        (Scale::QPV, Scale::CARREAU),
        (Scale::QPV, Scale::ARRONDISSEMENT),
        (Scale::QPV, Scale::EPCI),
        (Scale::QPV, Scale::REGION),
        (Scale::IRIS, Scale::QPV),
        (Scale::IRIS, Scale::CARREAU),
        (Scale::COMMUNE, Scale::CARREAU),
        (Scale::COMMUNE, Scale::QPV),
        (Scale::ADRESSE, Scale::FRANCE),
    ];
    for (inner, outer) in pairs {
        check_five_are_left(inner, outer);
    }
}

#[test]
fn a_qpv_across_two_communes_is_a_part_of_their_epci() {
    let territory = Territory {
        households: vec![20, 30, 5],
        zones: vec![
            zone(Scale::QPV, "Q", &[0, 1]),
            zone(Scale::COMMUNE, "C1", &[0]),
            zone(Scale::COMMUNE, "C2", &[1, 2]),
            zone(Scale::EPCI, "E", &[0, 1, 2]),
        ],
    };
    assert_eq!(territory.published(), ["C1", "C2", "E"]);
}

#[test]
fn an_epci_beside_a_commune_of_another_departement_s_epci_leaves_too_few() {
    let territory = Territory {
        households: vec![30, 5, 40],
        zones: vec![
            zone(Scale::COMMUNE, "C1", &[0]),
            zone(Scale::COMMUNE, "C2", &[1]),
            zone(Scale::COMMUNE, "C3", &[2]),
            zone(Scale::EPCI, "E1", &[0]),
            zone(Scale::EPCI, "E2", &[1, 2]),
            zone(Scale::DEPARTEMENT, "D1", &[0, 1]),
            zone(Scale::DEPARTEMENT, "D2", &[2]),
        ],
    };
    let published = territory.published();
    let shown = |code: &str| published.iter().any(|known| known == code);
    assert!(!(shown("E1") && shown("D1")), "{published:?}");
    assert!(!(shown("E2") && shown("D2")), "{published:?}");
}

#[test]
fn a_secret_figure_is_absent() {
    let published = protect(worked_example(4).raw(|_| 0, |_| 1), catalogue(), &rules());
    let adresse = &published.scales()[0];
    assert_eq!((adresse.figure(0, 0), adresse.count(0, 2)), (None, None));
}

/// Random addresses in IRIS in communes in EPCI, with carreaux that ignore them.
pub(super) fn territories() -> impl Strategy<Value = Territory> {
    prop::collection::vec((0u32..25, 0u32..9, 0u32..7), 1..40).prop_map(|addresses| {
        let mut zones = Vec::new();
        let mut group = |scale: Scale, key: &dyn Fn(u32, u32) -> u32| {
            let mut groups = std::collections::BTreeMap::<u32, Vec<u32>>::new();
            for (atom, (_, iris, carreau)) in addresses.iter().enumerate() {
                groups.entry(key(*iris, *carreau)).or_default().push(atom as u32);
            }
            zones.extend(
                groups.into_iter().map(|(key, atoms)| (scale, format!("{scale}{key}"), atoms)),
            );
        };
        group(Scale::CARREAU, &|_, carreau| carreau);
        group(Scale::IRIS, &|iris, _| iris);
        group(Scale::COMMUNE, &|iris, _| iris / 3);
        group(Scale::EPCI, &|iris, _| iris / 6);
        for atom in 0..addresses.len() as u32 {
            zones.push((Scale::ADRESSE, format!("a{atom}"), vec![atom]));
        }
        Territory { households: addresses.iter().map(|address| address.0).collect(), zones }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// R6 (b): the mask depends on membership only.
    #[test]
    fn the_values_do_not_move_the_mask(territory in territories(), seed in 1i64..1000) {
        let mask = |values: &dyn Fn(u32) -> i64| {
            codes(&protect(territory.raw(|_| 0, values), catalogue(), &rules()))
        };
        prop_assert_eq!(mask(&|_| 0), mask(&|atom| i64::from(atom) * seed % 11));
    }
}
