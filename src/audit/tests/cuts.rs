//! The cut check against every cut of small graphs, every small combination, the rank test and the
//! cases of the model.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::mincut::{self, Edge};
use super::super::rank;
use super::super::residuals::Residuals;
use super::super::system::System;
use super::{by_cuts, smallest, system};

fn edges(list: &[(u32, u32, u64)]) -> Vec<Edge> {
    list.iter().map(|&(one, two, weight)| Edge { ends: [one, two], weight }).collect()
}

/// Edges in some cut under the threshold: every way to part the nodes is tried.
fn parted(nodes: u32, edges: &[Edge], threshold: u64) -> BTreeSet<u32> {
    let mut all = BTreeSet::new();
    for side in 0..1u32 << nodes {
        let crosses = |edge: &Edge| (side >> edge.ends[0] ^ side >> edge.ends[1]) & 1 == 1;
        let cut: Vec<u32> = (0..).zip(edges).filter(|(_, e)| crosses(e)).map(|(n, _)| n).collect();
        let weight: u64 = cut.iter().map(|edge| edges[*edge as usize].weight).sum();
        if weight < threshold {
            all.extend(cut);
        }
    }
    all
}

#[track_caller]
fn check_graph(nodes: u32, edges: &[Edge], threshold: u64) {
    let verdict = mincut::small_cuts(nodes as usize, 0, edges, threshold);
    assert!(!verdict.more && verdict.undecided == 0);
    for cut in &verdict.cuts {
        let inside = |node: u32| cut.side.binary_search(&node).is_ok();
        let crosses = |edge: &Edge| inside(edge.ends[0]) != inside(edge.ends[1]);
        let around: Vec<u32> =
            (0..).zip(edges).filter(|(_, e)| crosses(e)).map(|(n, _)| n).collect();
        assert_eq!(cut.edges, around, "the edges are those around the side");
        let weight: u64 = around.iter().map(|edge| edges[*edge as usize].weight).sum();
        assert!(weight < threshold && weight > 0 && !inside(0), "{cut:?}");
    }
    let told: BTreeSet<u32> = verdict.cuts.iter().flat_map(|cut| cut.edges.clone()).collect();
    assert_eq!(told, parted(nodes, edges, threshold));
}

#[test]
fn the_small_cuts_of_small_graphs() {
    check_graph(1, &[], 11);
    check_graph(2, &edges(&[(0, 1, 10)]), 11);
    check_graph(2, &edges(&[(0, 1, 10), (1, 0, 1)]), 11);
    // A ring of 6 holds, one of 5 does not.
    check_graph(4, &edges(&[(0, 1, 6), (1, 2, 6), (2, 3, 6), (3, 0, 6)]), 11);
    check_graph(4, &edges(&[(0, 1, 5), (1, 2, 5), (2, 3, 5), (3, 0, 5)]), 11);
    // Two blocks that hold, joined by two light edges.
    check_graph(4, &edges(&[(0, 1, 20), (2, 3, 20), (0, 2, 4), (1, 3, 5)]), 11);
}

#[test]
fn a_flow_that_is_too_long_is_said_to_be_undecided() {
    let ring = edges(&[(0, 1, 6), (1, 2, 6), (2, 3, 6), (3, 0, 6)]);
    let verdict = mincut::within(4, 0, &ring, 11, 3);
    assert_eq!((verdict.cuts.len(), verdict.undecided), (0, 4));
}

/// Whether some combination with coefficients up to 2 breaks the one-eleventh rule, and whether
/// one has a support under the threshold.
fn breaks(system: &System, threshold: u64) -> (bool, bool) {
    let cells: Vec<_> = system.cells().iter().filter(|cell| !cell.classes.is_empty()).collect();
    let (mut eleventh, mut support) = (false, false);
    for number in 0..5u32.pow(cells.len() as u32) {
        let mut vector = vec![0i64; system.weights().len()];
        for (cell, place) in cells.iter().zip(0..) {
            let coefficient = i64::from(number / 5u32.pow(place) % 5) - 2;
            cell.classes.iter().for_each(|class| vector[*class as usize] += coefficient);
        }
        let entries = || vector.iter().map(|v| v.unsigned_abs()).zip(system.weights());
        let most = entries().map(|(v, _)| v).max().unwrap_or(0);
        if most > 0 {
            eleventh |= entries().map(|(v, n)| v * n).sum::<u64>() < threshold * most;
            support |= entries().filter(|(v, _)| *v > 0).map(|(_, n)| n).sum::<u64>() < threshold;
        }
    }
    (eleventh, support)
}

/// Atoms with households, a zone of three in either zoning (0 for none), and what is published of
/// the zones and of the unions of two zones.
fn territory(atoms: &[(u64, [usize; 2])], published: &[bool]) -> System {
    const ZONES: [&[usize]; 5] = [&[1], &[2], &[3], &[1, 2], &[1, 2, 3]];
    let cells: Vec<Vec<String>> = [0, 1]
        .into_iter()
        .flat_map(|zoning| ZONES.map(|zones| (zoning, zones)))
        .zip(published)
        .filter(|(_, published)| **published)
        .map(|((zoning, zones), _)| {
            let held = (0..atoms.len()).filter(|atom| zones.contains(&atoms[*atom].1[zoning]));
            held.map(|atom| atom.to_string()).collect()
        })
        .collect();
    let named: Vec<(String, u64)> =
        (0..atoms.len()).map(|atom| (atom.to_string(), atoms[atom].0)).collect();
    system(&named, &cells)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn the_flows_find_the_edges_of_every_small_cut(
        list in prop::collection::vec((0u32..7, 1u32..7, 1u64..9), 0..14),
        threshold in 2u64..14,
    ) {
        let edge = |(one, step, weight)| Edge { ends: [one, (one + step) % 7], weight };
        let edges: Vec<Edge> = list.into_iter().map(edge).collect();
        check_graph(7, &edges, threshold);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn in_two_nested_families_cuts_supports_and_the_eleventh_are_one(
        atoms in prop::collection::vec((1u64..13, [0usize..4, 0usize..4]), 1..10),
        published in prop::collection::vec(prop::bool::weighted(0.6), 10),
    ) {
        let mut published = published;
        // Six cells are 15,625 combinations.
        let mut kept = 0;
        published.iter_mut().for_each(|own| {
            *own &= kept < 6;
            kept += usize::from(*own);
        });
        let system = territory(&atoms, &published);
        let (found, left_out) = by_cuts(&system, 11);
        prop_assert_eq!(left_out, 0);
        let least = smallest(&system, 11);
        prop_assert_eq!(least.is_some(), !found.is_empty());
        prop_assert_eq!(breaks(&system, 11), (!found.is_empty(), !found.is_empty()));
        let residuals = Residuals::new(&system);
        let told: BTreeSet<u32> = found.into_iter().flatten().collect();
        let sets = rank::test(&system, &residuals, 11).exposed;
        prop_assert_eq!(told, sets.into_iter().flatten().collect::<BTreeSet<u32>>());
    }

    #[test]
    fn whatever_the_zonings_a_cut_is_an_exposed_set(
        weights in prop::collection::vec(1u64..13, 1..9),
        cells in prop::collection::vec(prop::collection::vec(any::<bool>(), 9), 1..8),
    ) {
        let parts = weights.iter().enumerate().map(|(atom, weight)| {
            let own = cells.iter().zip(0..).filter(|(cell, _)| cell[atom]);
            (*weight, own.map(|(_, number)| number).collect::<Vec<u32>>())
        });
        let system = System::new((0..cells.len() as u32).map(|cell| (cell, 0)).collect(), super::parts(parts));
        let (found, left_out) = by_cuts(&system, 11);
        let least = smallest(&system, 11);
        for set in &found {
            let weight: u64 = set.iter().map(|class| system.weights()[*class as usize]).sum();
            prop_assert!(least.is_some_and(|least| least <= weight));
        }
        prop_assert!(left_out > 0 || least.is_some() != found.is_empty());
    }
}

#[test]
fn the_ground_is_one_node_for_both_families() {
    // Three groups in a row; neither zoning holds all, and the one in both is told by none.
    let atoms = [(20, [1, 0]), (3, [1, 1]), (20, [0, 1])];
    let published = [true, false, false, false, false, true];
    let system = territory(&atoms, &published);
    assert_eq!(by_cuts(&system, 11), (vec![], 0));
    assert_eq!(smallest(&system, 11), None);
}

#[test]
fn where_the_rank_test_gives_up_the_cuts_decide() {
    // A ring of zones in two zonings, whose groups of 6 are told by none.
    let ring = |households: u64| -> System {
        let atoms: Vec<(String, u64)> = (0..40).map(|at| (at.to_string(), households)).collect();
        let zone = |first: usize| vec![first.to_string(), ((first + 1) % 40).to_string()];
        let cells: Vec<_> = (0..20).map(|at| 2 * at).chain((0..20).map(|at| 2 * at + 1)).collect();
        system(&atoms, &cells.into_iter().map(zone).collect::<Vec<_>>())
    };
    for (households, is_exposed) in [(6, false), (5, true)] {
        let system = ring(households);
        let verdict = rank::within(&system, &Residuals::new(&system), 11, 0);
        assert!(verdict.exposed.is_empty());
        assert_eq!(verdict.undecided, [40]);
        let (found, left_out) = by_cuts(&system, 11);
        assert_eq!((!found.is_empty(), left_out), (is_exposed, 0));
    }
}
