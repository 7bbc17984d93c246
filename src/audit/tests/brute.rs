//! Every set of classes of small territories, by rational elimination, as the oracle.

use proptest::prelude::*;

use super::super::system::System;
use super::smallest;

/// The rank of an integer matrix, without any division that leaves a remainder (Bareiss).
fn rank(mut rows: Vec<Vec<i128>>) -> usize {
    let (mut rank, mut last) = (0, 1);
    let columns = rows.first().map_or(0, Vec::len);
    for column in 0..columns {
        let Some(pivot) = (rank..rows.len()).find(|row| rows[*row][column] != 0) else { continue };
        rows.swap(rank, pivot);
        for row in rank + 1..rows.len() {
            for other in column + 1..columns {
                rows[row][other] = (rows[row][other] * rows[rank][column]
                    - rows[row][column] * rows[rank][other])
                    / last;
            }
            rows[row][column] = 0;
        }
        last = rows[rank][column];
        rank += 1;
    }
    rank
}

/// Households of the smallest set of classes whose columns carry rank by themselves.
fn brute(system: &System, threshold: u64) -> Option<u64> {
    let classes = system.weights().len();
    let matrix = |without: u32| -> Vec<Vec<i128>> {
        let entry = |cell: &super::super::system::Cell, class: u32| {
            i128::from(without >> class & 1 == 0 && cell.classes.contains(&class))
        };
        let row = |cell| (0..classes as u32).map(|class| entry(cell, class)).collect();
        system.cells().iter().map(row).collect()
    };
    let whole = rank(matrix(0));
    let sets = (1..1u32 << classes).filter_map(|set| {
        let held = (0..classes).filter(|class| set >> class & 1 == 1);
        let weight: u64 = held.map(|class| system.weights()[class]).sum();
        (weight < threshold && rank(matrix(set)) < whole).then_some(weight)
    });
    sets.min()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn the_rank_test_finds_what_brute_force_finds(
        weights in prop::collection::vec(1u64..13, 1..9),
        cells in prop::collection::vec(prop::collection::vec(any::<bool>(), 9), 1..8),
    ) {
        let parts = weights.iter().enumerate().map(|(atom, weight)| {
            let own = cells.iter().zip(0..).filter(|(cell, _)| cell[atom]);
            (*weight, own.map(|(_, number)| number).collect::<Vec<u32>>())
        });
        let system = System::new((0..cells.len() as u32).map(|cell| (cell, 0)).collect(), super::parts(parts));
        prop_assert_eq!(smallest(&system, 11), brute(&system, 11));
    }

    #[test]
    fn zonings_of_a_territory_and_a_domain_are_no_exception(
        places in prop::collection::vec((1u64..9, 0u64..5, 0usize..3, 0usize..3, 0usize..2), 2..6),
        hidden in prop::collection::vec(any::<bool>(), 18),
    ) {
        // Three zonings, each with all households and with a domain; some cells are hidden.
        let mut numbers = [None; 18];
        let mut named = Vec::new();
        for (cell, number) in numbers.iter_mut().enumerate().filter(|(cell, _)| !hidden[*cell]) {
            *number = Some(named.len() as u32);
            named.push((cell as u32, cell % 2));
        }
        let parts = places.iter().flat_map(|(others, domain, one, two, three)| {
            let zones = [*one, 3 + two, 6 + three];
            let of = |domains: &[usize]| -> Vec<u32> {
                let cells = zones.iter().flat_map(|zone| domains.iter().map(move |d| zone * 2 + d));
                let mut own: Vec<u32> = cells.filter_map(|cell| numbers[cell]).collect();
                own.sort_unstable();
                own
            };
            [(*others, of(&[0])), (*domain, of(&[0, 1]))]
        });
        let parts: Vec<_> = parts.collect();
        let system = System::new(named, super::parts(parts.into_iter()));
        prop_assert_eq!(smallest(&system, 11), brute(&system, 11));
    }
}
