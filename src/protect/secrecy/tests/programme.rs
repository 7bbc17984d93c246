//! A programme solves its core alone: its combination must be as light as that of all its classes.

use proptest::prelude::*;

use super::system;
use crate::secrecy::classes::Classes;
use crate::secrecy::programme::Programme;
use crate::secrecy::simplex::{End, Simplex};

fn systems() -> impl Strategy<Value = (Vec<u64>, Vec<Vec<usize>>)> {
    (6usize..16).prop_flat_map(|atoms| {
        let households = prop::collection::vec(1u64..16, atoms);
        let cell = prop::sample::subsequence((0..atoms).collect::<Vec<_>>(), 1..=atoms / 2);
        (households, prop::collection::vec(cell, 4..12))
    })
}

/// What a combination gives a household of a class.
fn given(combination: &[(u32, f64)], classes: &Classes, class: u32) -> f64 {
    let own = combination.iter().filter(|(cell, _)| classes.cells(class).contains(cell));
    own.map(|(_, weight)| weight).sum()
}

/// Σ |w_c| N(c) over some classes.
fn load(combination: &[(u32, f64)], classes: &Classes, among: &[u32]) -> f64 {
    let own =
        |&class: &u32| given(combination, classes, class).abs() * classes.households(class) as f64;
    among.iter().map(own).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_lies_alone_takes_no_part_and_changes_nothing(
        (households, cells) in systems(),
        step in 1usize..6,
    ) {
        let system = system(&households, &cells);
        let classes = Classes::new(&system);
        let open: Vec<u32> =
            classes.live().filter(|&class| classes.determined_by(class).is_none()).collect();
        prop_assume!(!open.is_empty());
        // So much is lacking that every programme ends at its optimum.
        let threshold = 10_000;
        let mut programme = Programme::new(&classes, open[0], threshold);
        let mut looked_at = 0;
        while looked_at < open.len() {
            looked_at = (looked_at + step).min(open.len());
            let among = &open[..looked_at];
            programme.join(among.iter().copied());
            let mut whole = Simplex::new(&classes, open[0], threshold);
            among[1..].iter().for_each(|&class| whole.join(class));
            let (end, all) = (programme.run(), whole.run());
            prop_assert_eq!(end, all);
            if end == End::Reached {
                return Ok(());
            }
            let combination = programme.combination();
            prop_assert!((given(&combination, &classes, open[0]) - 1.0).abs() < 1e-6);
            for &class in among {
                prop_assert!(given(&combination, &classes, class).abs() < 1.0 + 1e-6);
            }
            let lightest = load(&whole.combination(), &classes, among);
            prop_assert!((load(&combination, &classes, among) - lightest).abs() < 1e-5);
        }
    }
}
