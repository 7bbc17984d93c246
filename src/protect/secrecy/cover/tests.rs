//! Random small instances, with every answer tried as the oracle.

use proptest::prelude::*;

use super::component::{by_prices, cheapest};
use super::instance::{Hidden, Instance};
use super::integer::Solver;
use super::prices::Prices;
use super::reduce::{Reduced, reduce};
use super::{Clause, Effort, greedy};
use crate::secrecy::lattice::{Cell, Lattice};
use crate::secrecy::tests::of_places;
use crate::secrecy::universes::Universes;

const PLACES: usize = 4;

fn whole() -> Solver {
    let mut solver = Solver::new();
    solver.begin(Effort::Whole);
    solver
}

/// Three universes in a chain and one under the first alone; costs of places and of universes;
/// clauses of cells.
fn instances() -> impl Strategy<Value = (Vec<u64>, Vec<Clause>)> {
    let costs = prop::collection::vec(1u64..40, PLACES + 4);
    let cells: Vec<Cell> = (0..PLACES as Cell * 4).collect();
    let clause = prop::sample::subsequence(cells, 1..5);
    (costs, prop::collection::vec(clause, 1..14))
}

fn lattice(costs: &[u64]) -> Lattice {
    let above = vec![vec![], vec![0], vec![1], vec![0]];
    let (places, weights) = costs.split_at(PLACES);
    let universes = Universes::linked((0..4).collect(), above, weights.to_vec(), None);
    let places = places.iter().map(|cost| cost * 500).collect();
    let mut lattice = Lattice::of_universes(universes, places, vec![false; PLACES]);
    for cell in 0..PLACES * 4 {
        lattice.admit(cell / PLACES, (cell % PLACES) as u32, true);
    }
    lattice
}

/// Every closed set of nodes that meets every clause.
fn answers(instance: &Instance) -> Vec<Hidden> {
    let mut found: Vec<Hidden> = vec![Vec::new()];
    for nodes in &instance.places {
        let closed = |mask: &u128| {
            let of = |node: u32| &instance.nodes[node as usize];
            let mut nodes = nodes.clone().filter(|&node| mask & instance.bit(node) != 0);
            nodes.all(|node| of(node).closure & !mask == 0)
        };
        let masks: Vec<u128> = (0..1u128 << nodes.len()).filter(closed).collect();
        found = found
            .iter()
            .flat_map(|hidden| masks.iter().map(|&mask| [&hidden[..], &[mask]].concat()))
            .collect();
    }
    found.retain(|hidden| instance.is_met(hidden));
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_cheapest_answer_is_found_and_proved((costs, clauses) in instances()) {
        let lattice = lattice(&costs);
        let instance = Instance::new(&lattice, &clauses.iter().collect::<Vec<_>>());
        let least = answers(&instance).iter().map(|hidden| instance.cost(hidden)).min().unwrap();
        for solved in [cheapest(&instance, &whole()), by_prices(&instance, &whole())] {
            prop_assert!(instance.is_met(&solved.hidden));
            prop_assert_eq!(instance.cost(&solved.hidden), solved.cost);
            prop_assert_eq!((solved.cost, solved.bound), (least, least));
        }
    }

    #[test]
    fn what_prices_settle_is_true_of_every_cheaper_answer((costs, clauses) in instances()) {
        let lattice = lattice(&costs);
        let instance = Instance::new(&lattice, &clauses.iter().collect::<Vec<_>>());
        let answers = answers(&instance);
        let weights: Vec<f64> = instance.nodes.iter().map(|node| node.cost as f64).collect();
        let start = greedy::answer(&instance, vec![0; instance.places.len()], &weights);
        prop_assert!(answers.contains(&start));
        let least = answers.iter().map(|hidden| instance.cost(hidden)).min().unwrap();
        let uppers = [instance.cost(&start), least + instance.unit(), least];
        let priced = [Prices::new(&instance), Prices::by_parts(&instance, 2)];
        for (prices, upper) in priced.iter().flat_map(|prices| uppers.map(|upper| (prices, upper))) {
            let settled = prices.fix_by_reduced_cost(&instance, upper);
            for hidden in &answers {
                let cost = instance.cost(hidden);
                prop_assert!(prices.bound <= cost);
                if cost >= upper {
                    continue;
                }
                let holds = settled.hidden.iter().zip(hidden).all(|(all, own)| all & !own == 0);
                prop_assert!(holds, "{cost} of {upper}");
                for (node, _) in settled.refused.iter().enumerate().filter(|(_, refused)| **refused) {
                    prop_assert!(!instance.is_hidden(hidden, node as u32));
                }
            }
        }
    }

    #[test]
    fn reductions_keep_the_cheapest_cost((costs, clauses) in instances()) {
        let lattice = lattice(&costs);
        let instance = Instance::new(&lattice, &clauses.iter().collect::<Vec<_>>());
        let least = |instance: &Instance| {
            answers(instance).iter().map(|hidden| instance.cost(hidden)).min().unwrap()
        };
        let Reduced { hidden, left, .. } = reduce(&instance);
        prop_assert!(left.clauses.len() <= instance.clauses.len());
        prop_assert_eq!(instance.cost(&hidden) + least(&left), least(&instance));
    }
}

/// A component as wide as those of a conurbation and harder, for its clauses are drawn at random. The
/// bar is that of a whole France.
#[test]
fn a_wide_component_is_answered_within_half_a_percent() {
    let places = 6_000usize;
    let mut state = 7u64;
    let mut next = |most: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    let mut cost = |_| {
        let weight = [1, 1, 1, 4, 20][next(5) as usize];
        (next(60) + 11) * weight * 1_000
    };
    let mut lattice = of_places((0..places).map(&mut cost).collect());
    for place in 0..places as u32 {
        lattice.admit(0, place, true);
    }
    let clauses: Vec<Clause> = (0..4_200)
        .map(|_| {
            let near = next(places as u64 - 30);
            let mut clause: Clause = (0..4).map(|_| (near + next(30)) as Cell).collect();
            clause.sort_unstable();
            clause.dedup();
            clause
        })
        .collect();
    let instance = Instance::new(&lattice, &clauses.iter().collect::<Vec<_>>());
    let widest = instance.apart().iter().map(|part| part.clauses.len()).max();
    assert!(widest > Some(3_000), "{widest:?}");
    let solved = cheapest(&instance, &whole());
    assert!(instance.is_met(&solved.hidden));
    assert!(solved.bound <= solved.cost);
    assert!((solved.cost - solved.bound) * 200 <= solved.cost);
}
