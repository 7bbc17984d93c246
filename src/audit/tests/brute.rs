//! Every set of classes of small territories, by rational elimination, as the oracle.

use proptest::prelude::*;

use domain::{Kind, Scale};

use super::super::count::{Mask, Members};
use super::super::membership::{Layer, Membership};
use super::super::parts::Parts;
use super::super::shown::ShownZone;
use super::super::system::System;
use super::super::truth::{TrueZone, Truth};
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
pub(super) fn brute(system: &System, threshold: u64) -> Option<u64> {
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

    #[test]
    fn crossing_domains_of_dwellings_and_households_are_no_exception(
        atoms in prop::collection::vec(
            (prop::collection::vec((0u8..8, 1u32..7), 1..4), prop::collection::vec(any::<bool>(), 6), 0usize..3, 0usize..2),
            1..4,
        ),
        hidden in prop::collection::vec(prop::bool::weighted(0.3), 24),
    ) {
        // A filter of dwellings, two domains of it that cross, and households joined to it.
        let kinds = [Kind::Logement, Kind::Logement, Kind::Logement, Kind::Menage];
        let (mut dwellings, mut households, mut records) = (Vec::new(), Vec::new(), Vec::new());
        for ((parts, answered, ..), atom) in atoms.iter().zip(0u32..) {
            let (mut own, mut answers) = (Vec::new(), Vec::new());
            for ((bits, count), is_answered) in parts.iter().zip(answered) {
                // Bit 2 says that a household may live there without its dwelling in the filter.
                let mask = match bits & 4 {
                    0 => 1 | Mask::from(bits & 3) << 1,
                    _ => 0,
                };
                own.push((mask, *count));
                let number = if *is_answered { (*count).min(2) } else { 0 };
                answers.push((mask | 8, number));
                records.extend((0..*count).map(|at| {
                    (atom, mask | Mask::from(at < number) << 3)
                }));
            }
            dwellings.push(own);
            households.push(answers);
        }
        let zones: Vec<(Scale, Vec<u32>)> = (0..3)
            .map(|zone| (Scale::IRIS, 2, zone))
            .chain((0..2).map(|zone| (Scale::QPV, 3, zone)))
            .map(|(scale, which, zone)| {
                let held = atoms.iter().zip(0..).filter(|(own, _)| {
                    zone == if which == 2 { own.2 } else { own.3 }
                });
                (scale, held.map(|(_, atom)| atom).collect())
            })
            .chain([(Scale::COMMUNE, (0..atoms.len() as u32).collect())])
            .collect();
        let shown: Vec<(u32, ShownZone)> = zones.iter().zip(0..).map(|((scale, _), number)| {
            let published = (0..4).map(|own| !hidden[number as usize * 4 + own]).collect();
            (number, ShownZone {
                scale: *scale,
                code: number.to_string(),
                communes: String::new(),
                published,
                counts: vec![None; 4],
            })
        }).collect();
        let named = zones.iter().zip(0..).map(|((scale, atoms), number): (_, u32)| TrueZone {
            scale: *scale,
            code: number.to_string(),
            communes: String::new(),
            atoms: atoms.clone(),
        });
        let members = [Members::of(&dwellings), Members::of(&households)];
        let truth = Truth::of(named.collect(), kinds.to_vec(), members);
        let layer = Layer { universes: vec![0, 1, 2, 3], ..Layer::default() };
        let parts = Parts::new(&truth, &layer.universes);
        let system = Membership::new(&shown, &truth).system(&shown, &layer, &truth, &parts);
        // The same from each record by itself.
        let mut cells = Vec::new();
        for (number, zone) in &shown {
            cells.extend((0..4).filter(|own| zone.published[*own]).map(|own| (*number, own)));
        }
        let alone = records.iter().map(|(atom, mask)| {
            let holds = |(zone, own): &(u32, usize)| {
                mask >> own & 1 == 1 && zones[*zone as usize].1.contains(atom)
            };
            (1, (0..).zip(&cells).filter(|(_, cell)| holds(cell)).map(|(at, _)| at).collect())
        });
        let expected = System::new(cells.clone(), super::parts(alone));
        let classes = |system: &System| {
            let mut all: Vec<_> =
                system.cells_of_classes().into_iter().zip(system.weights().to_vec()).collect();
            all.sort();
            all
        };
        prop_assert_eq!(classes(&system), classes(&expected));
        let least = smallest(&system, 11);
        if system.weights().len() < 12 {
            prop_assert_eq!(least, brute(&system, 11));
        }
        // What crosses is left out of two families; what is found is exposed.
        let (found, left_out) = super::by_cuts(&system, 11);
        prop_assert!(found.is_empty() || least.is_some());
        prop_assert!(left_out > 0 || least.is_some() != found.is_empty());
    }
}
