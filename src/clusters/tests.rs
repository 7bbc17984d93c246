use proptest::prelude::*;

use super::dual;
use super::instance::Instance;
use super::subsets;
use super::{Site, divide};

fn sites(least: usize, most: usize) -> impl Strategy<Value = Vec<Site>> {
    let site = (0..2000i32, 0..2000i32, 1..10u32, prop::option::of(any::<bool>()));
    let site =
        site.prop_map(|(x, y, dwellings, is_collective)| Site { x, y, dwellings, is_collective });
    prop::collection::vec(site, least..=most)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Prices against every subset.
    #[test]
    fn a_proved_division_is_the_cheapest_of_all(sites in sites(4, 11)) {
        prop_assume!(sites.iter().map(|site| site.dwellings).sum::<u32>() >= 11);
        let instance = Instance::new(&sites, 11);
        let least = instance.total(&subsets::cheapest(&instance));
        let (groups, bound) = dual::search(&instance);
        prop_assert!(bound <= least);
        prop_assert_eq!(instance.total(&groups), least);
        prop_assert_eq!(bound, least);
    }

    #[test]
    fn each_address_is_in_one_unit_that_holds_enough(sites in sites(1, 40), large in 0..4usize) {
        let mut sites = sites;
        sites.iter_mut().take(large).for_each(|site| site.dwellings += 10);
        let division = divide(&sites, 11);
        let mut members: Vec<usize> = division.units.iter().flat_map(|unit| unit.members.clone()).collect();
        members.sort_unstable();
        prop_assert_eq!(members, (0..sites.len()).collect::<Vec<_>>());
        prop_assert!(division.bound <= division.cost);
        let held = |members: &[usize]| members.iter().map(|&at| sites[at].dwellings).sum::<u32>();
        for unit in &division.units {
            prop_assert!(unit.members.contains(&unit.main));
            prop_assert!(held(&unit.members) >= 11 || division.units.len() == 1);
        }
        // An address that holds enough takes others only where they have no other way.
        let small: Vec<usize> = (0..sites.len()).filter(|&at| sites[at].dwellings < 11).collect();
        if held(&small) >= 11 {
            let is_mixed = |unit: &super::Unit| {
                unit.members.len() > 1 && unit.members.iter().any(|&at| sites[at].dwellings >= 11)
            };
            prop_assert!(!division.units.iter().any(is_mixed));
        }
    }

    #[test]
    fn the_same_addresses_give_the_same_units(sites in sites(14, 40)) {
        prop_assert_eq!(divide(&sites, 11), divide(&sites, 11));
    }
}

#[test]
fn thousands_of_addresses_in_one_place_are_divided_in_bounded_time() {
    let site = |at: i32| Site { x: at % 70, y: at / 70, dwellings: 1, is_collective: None };
    let sites: Vec<Site> = (0..5000).map(site).collect();
    let division = divide(&sites, 11);
    let held: usize = division.units.iter().map(|unit| unit.members.len()).sum();
    assert_eq!(held, sites.len());
    assert!(division.units.iter().all(|unit| unit.members.len() >= 11));
    // A threshold that only all of them reach makes one unit of them.
    assert_eq!(divide(&sites[..300], 300).units.len(), 1);
}

#[test]
fn a_small_address_joins_the_smallest_of_the_large_ones() {
    let site = |x, dwellings| Site { x, y: 0, dwellings, is_collective: None };
    let division = divide(&[site(0, 40), site(100, 3), site(900, 12)], 11);
    let members: Vec<&[usize]> = division.units.iter().map(|unit| &unit.members[..]).collect();
    assert_eq!(members, [&[0][..], &[1, 2]]);
    assert_eq!(division.units[1].main, 2);
    assert_eq!(division.cost, 3 * (800 + 300));
}

#[test]
fn a_house_joins_houses_rather_than_a_nearer_building() {
    let site = |x, collective| Site { x, y: 0, dwellings: 6, is_collective: Some(collective) };
    let division = divide(&[site(0, false), site(50, true), site(200, false), site(260, true)], 11);
    let members: Vec<&[usize]> = division.units.iter().map(|unit| &unit.members[..]).collect();
    assert_eq!(members, [[0, 2], [1, 3]]);
}
