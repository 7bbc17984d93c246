//! Combinations laid on systems whose cells have several sizes, bundle by bundle and class by class.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use proptest::prelude::*;

use super::super::exchange::exchanges;
use super::super::proof::{SafetyCertificate, Witness};
use super::{Classes, system};

const ATOMS: usize = 700;

/// Cells of every size: all atoms, halves and pieces of them, and pieces that cross these.
fn cells() -> Vec<Vec<usize>> {
    let pieces = |size: usize| {
        (0..ATOMS.div_ceil(size)).map(move |piece| {
            let own = piece * size..((piece + 1) * size).min(ATOMS);
            own.collect::<Vec<usize>>()
        })
    };
    let crossing = |step: usize| (0..step).map(move |at| (at..ATOMS).step_by(step).collect());
    let sizes = [ATOMS, 350, 100, 50, 20, 4];
    sizes.into_iter().flat_map(pieces).chain([2, 9, 17].into_iter().flat_map(crossing)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_combination_is_laid_on_the_classes_that_it_weighs_on(
        households in prop::collection::vec(0u64..6, ATOMS),
        toggled in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..60), 1..4),
        weights in prop::collection::vec((any::<prop::sample::Index>(), -2i64..=2), 1..8),
        least in 0u128..2,
    ) {
        let system = system(&households, &cells());
        let count = system.cells().len();
        let mut classes = Classes::new(&system);
        for cells in &toggled {
            classes.toggle(&cells.iter().map(|cell| cell.index(count) as u32).collect::<Vec<_>>());
        }
        let weights: BTreeMap<u32, i64> =
            weights.iter().map(|(cell, weight)| (cell.index(count) as u32, *weight)).collect();
        let given = |class: u32| -> i128 {
            let cells = classes.cells(class).iter();
            cells.map(|cell| i128::from(weights.get(cell).copied().unwrap_or(0))).sum()
        };
        let mut expected: Vec<(u32, i128)> = classes
            .live()
            .filter(|&class| classes.determined_by(class).is_none())
            .map(|class| (class, given(class)))
            .filter(|entry| entry.1.unsigned_abs() > least)
            .collect();
        let mut seen = Vec::new();
        let end = Witness::new(weights.clone()).visit(&classes, least, &mut |class, weight| {
            seen.push((class, weight));
            ControlFlow::Continue(())
        });
        prop_assert!(end.is_continue());
        expected.sort_unstable();
        seen.sort_unstable();
        prop_assert_eq!(seen, expected);
    }
}

#[test]
fn four_classes_exchange_households() {
    // Ten at each corner but the first, where rows and columns are published.
    let system = system(&[3, 10, 10, 10], &[vec![0, 1], vec![2, 3], vec![0, 2], vec![1, 3]]);
    let classes = Classes::new(&system);
    let small = classes.live().find(|&class| classes.households(class) == 3).unwrap();
    let near = classes.around(small, 4);
    let found = exchanges(&classes, &near, 11).unwrap();
    assert!(SafetyCertificate::new(1, &found, &classes).proves(small, &classes, 11));
    assert_eq!(exchanges(&classes, &near, 14), None, "ten can be exchanged, not eleven");
}
