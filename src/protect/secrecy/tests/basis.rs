//! The basis of a programme against what it stands for: after every exchange, what a variable that
//! enters takes from the basic ones adds up, row by row, to its column.

use proptest::prelude::*;

use crate::secrecy::basis::{Basis, Entering, Leaving, Tableau};

const ROWS: u32 = 6;

/// What the test knows of a basis: by row whether its slack is basic, by place the basic piece.
struct Known {
    columns: Vec<Vec<u32>>,
    is_slack_basic: Vec<bool>,
    pieces: Vec<(u32, f64)>,
}

impl Known {
    fn column(&self, entering: Entering) -> Vec<f64> {
        let (rows, sign) = match entering {
            Entering::Slack(row) => (vec![row], 1.0),
            Entering::Piece(column, sign) => (self.columns[column as usize].clone(), sign),
        };
        (0..ROWS).map(|row| if rows.contains(&row) { sign } else { 0.0 }).collect()
    }

    fn sum(&self, tableau: &Tableau) -> Vec<f64> {
        let mut sum = vec![0.0; ROWS as usize];
        for (&value, &(column, sign)) in tableau.pieces.iter().zip(&self.pieces) {
            for (sum, entry) in sum.iter_mut().zip(self.column(Entering::Piece(column, sign))) {
                *sum += value * entry;
            }
        }
        tableau.slacks.iter().for_each(|&(row, value)| sum[row as usize] += value);
        sum
    }

    fn exchange(&mut self, entering: Entering, leaving: Leaving) {
        match leaving {
            Leaving::Slack(row) => self.is_slack_basic[row as usize] = false,
            Leaving::Piece(place) => {
                self.pieces.swap_remove(place);
            }
        }
        match (entering, leaving) {
            (Entering::Slack(row), _) => self.is_slack_basic[row as usize] = true,
            (Entering::Piece(column, sign), Leaving::Slack(_)) => self.pieces.push((column, sign)),
            (Entering::Piece(column, sign), Leaving::Piece(place)) => {
                self.pieces.push((column, sign));
                let last = self.pieces.len() - 1;
                self.pieces.swap(place, last);
            }
        }
    }
}

fn near(left: &[f64], right: &[f64]) -> bool {
    left.iter().zip(right).all(|(left, right)| (left - right).abs() < 1e-6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_column_is_the_sum_of_what_it_takes_from_the_basis(
        columns in prop::collection::vec(prop::sample::subsequence((0..ROWS).collect::<Vec<_>>(), 1..5), 1..9),
        steps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), 0..40),
    ) {
        let mut basis = Basis::default();
        (0..ROWS).for_each(|_| basis.add_row());
        columns.iter().for_each(|rows| basis.add_column(rows.clone().into()));
        let mut known =
            Known { columns, is_slack_basic: vec![true; ROWS as usize], pieces: Vec::new() };
        let weights = |place: usize| (place + 1) as f64;
        for (entering, leaving, is_minus) in steps {
            let sign = if is_minus { -1.0 } else { 1.0 };
            let free = (0..known.columns.len() as u32)
                .filter(|column| known.pieces.iter().all(|piece| piece.0 != *column))
                .map(|column| Entering::Piece(column, sign));
            let slacks = (0..ROWS).filter(|&row| !known.is_slack_basic[row as usize]);
            let all: Vec<Entering> = free.chain(slacks.map(Entering::Slack)).collect();
            let entering = all[entering.index(all.len())];
            let tableau = basis.tableau(entering);
            prop_assert!(near(&known.sum(&tableau), &known.column(entering)));
            // Any basic variable that gives up enough may leave.
            let pieces = tableau.pieces.iter().enumerate();
            let pieces = pieces.map(|(place, value)| (Leaving::Piece(place), *value));
            let slacks = tableau.slacks.iter().map(|&(row, value)| (Leaving::Slack(row), value));
            let firm: Vec<Leaving> = pieces
                .chain(slacks)
                .filter(|entry| entry.1.abs() > 1e-3)
                .map(|entry| entry.0)
                .collect();
            let leaving = firm[leaving.index(firm.len())];
            let before = basis.prices(weights);
            let changes = basis.exchange(entering, leaving, &tableau);
            known.exchange(entering, leaving);
            // The price of each basic piece is its weight, that of a basic slack 0.
            let prices = basis.prices(weights);
            for (place, &(column, sign)) in known.pieces.iter().enumerate() {
                let rows = known.columns[column as usize].iter();
                let price: f64 = rows.map(|&row| prices[row as usize]).sum();
                prop_assert!((sign * price - weights(place)).abs() < 1e-6);
            }
            for row in 0..ROWS {
                let is_basic = known.is_slack_basic[row as usize];
                prop_assert_eq!(basis.is_in_kernel(row), !is_basic);
                prop_assert!(!is_basic || prices[row as usize] == 0.0);
            }
            // Where no other place changes its weight, prices change as the exchange says.
            if let (Entering::Piece(..), Leaving::Slack(_)) = (entering, leaving) {
                let rows = known.column(entering);
                let paid: f64 = before.iter().zip(&rows).map(|(price, entry)| price * entry).sum();
                let gain = weights(known.pieces.len() - 1) - paid;
                let mut after = before;
                changes.iter().for_each(|&(row, change)| after[row as usize] += gain * change);
                prop_assert!(near(&after, &prices));
            }
        }
    }
}
