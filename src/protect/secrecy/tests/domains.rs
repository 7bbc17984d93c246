//! Groups that domains divide: what proves them at once, and what does not.

use proptest::prelude::*;

use super::super::flow::circulation;
use super::super::proof::SafetyCertificate;
use super::super::system::Family;
use super::exact::exposes;
use super::{Classes, Group, Judgement, Seat, System, is_exposed, judge};

const THRESHOLD: u64 = 11;

/// Households of some groups of addresses, by the domains that they belong to: place `d` of a group has
/// those of the domains whose bits `d` has. Each group is published, and each domain over all of them.
#[derive(Debug)]
struct Block {
    groups: Vec<Vec<u64>>,
}

impl Block {
    fn new(groups: &[&[u64]]) -> Block {
        Block { groups: groups.iter().map(|own| own.to_vec()).collect() }
    }

    fn kinds(&self) -> usize {
        self.groups[0].len()
    }

    fn households(&self) -> Vec<u64> {
        self.groups.concat()
    }

    /// The atoms of each group, then of each domain.
    fn cells(&self) -> Vec<Vec<usize>> {
        let kinds = self.kinds();
        let atoms = 0..self.groups.len() * kinds;
        let groups = (0..self.groups.len())
            .map(|group| (group * kinds..(group + 1) * kinds).collect::<Vec<_>>());
        let domains = (0..kinds.ilog2()).map(|domain| {
            atoms.clone().filter(|atom| (atom % kinds) >> domain & 1 == 1).collect::<Vec<_>>()
        });
        groups.chain(domains).collect()
    }

    fn system(&self) -> System {
        let (cells, count) = (self.cells(), self.groups.len() as u32);
        let group = |(atom, households): (usize, u64)| {
            let own = (0..).zip(&cells).filter(|(_, atoms)| atoms.contains(&atom));
            let cells = own.map(|(cell, _)| cell).collect();
            Group { households, cells, seat: Seat { atom: atom as u32, members: 1 } }
        };
        System::new(self.households().into_iter().enumerate().map(group), |cell| {
            (Family { scale: 0, level: (cell + 1).saturating_sub(count) as u8 }, 1)
        })
    }

    /// The rule of domains (`METHOD.md`).
    fn divides_well(&self) -> bool {
        let held = |group: &Vec<u64>, kinds: usize| -> u64 {
            (0..group.len()).filter(|kind| kinds >> kind & 1 == 1).map(|kind| group[kind]).sum()
        };
        let all = (1 << self.kinds()) - 1;
        let least = |kinds: usize| -> u64 {
            let of = |group| held(group, kinds).min(held(group, all & !kinds));
            self.groups.iter().map(of).sum()
        };
        let is_full = |group| held(group, all) == 0 || held(group, all) >= THRESHOLD;
        self.groups.iter().all(is_full)
            && (1..all).all(|kinds| least(kinds) == 0 || least(kinds) >= THRESHOLD)
    }

    fn is_exposed(&self) -> bool {
        let system = self.system();
        let found = is_exposed(&system, &vec![true; self.cells().len()], THRESHOLD);
        if self.households().len() <= 8 {
            let (households, cells) = (self.households(), self.cells());
            assert_eq!(found, exposes(&households, &cells, &vec![true; cells.len()], THRESHOLD));
        }
        found
    }
}

/// Up to five groups, divided by one domain or by two.
fn blocks() -> impl Strategy<Value = Block> {
    (1usize..3, 1usize..6).prop_flat_map(|(domains, groups)| {
        let kinds = prop::collection::vec(prop_oneof![0u64..9, 9u64..30], 1 << domains);
        prop::collection::vec(kinds, groups).prop_map(|groups| Block { groups })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn groups_that_domains_divide_well_are_proved_by_a_circulation(block in blocks()) {
        let system = block.system();
        let classes = Classes::new(&system);
        let small = |class: &u32| classes.households(*class) < THRESHOLD;
        for class in classes.live().filter(small).filter(|_| block.divides_well()) {
            let nearest = classes.around(class, 30);
            let found = circulation(&classes, &nearest, THRESHOLD);
            let found = found.map(|own| SafetyCertificate::new(1, &own, &classes));
            prop_assert!(found.is_some_and(|own| own.proves(class, &classes, THRESHOLD)));
            prop_assert!(matches!(judge(&classes, class, THRESHOLD), Judgement::Safe(_)));
        }
    }

    /// With one domain the rule is the whole truth.
    #[test]
    fn groups_that_one_domain_does_not_divide_well_are_exposed(block in blocks()) {
        if block.kinds() == 2 {
            prop_assert_eq!(block.is_exposed(), !block.divides_well());
        }
    }
}

#[test]
fn each_domain_dividing_well_by_itself_is_not_enough() {
    let both = Block::new(&[&[20, 4, 4, 20]]);
    assert!(!both.divides_well() && both.is_exposed());
    // Either domain alone.
    let alone = Block::new(&[&[24, 24]]);
    assert!(alone.divides_well() && !alone.is_exposed());
}

#[test]
fn a_group_under_the_threshold_voids_the_rule() {
    let groups: [&[u64]; 3] = [&[8, 4]; 3];
    let full = Block::new(&groups);
    assert!(full.divides_well() && !full.is_exposed());
    let rest: &[u64] = &[3, 2];
    let voided = Block::new(&[&groups[..], &[rest]].concat());
    assert!(!voided.divides_well() && voided.is_exposed());
}
