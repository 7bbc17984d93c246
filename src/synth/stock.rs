//! How many dwellings each commune has: most in the town and the seats of EPCI, few or none in the
//! country.

use super::conurbation;
use super::country;
use super::dice::Dice;
use super::territory::{Land, Territory};

/// Dwellings of the enclave: a commune under the threshold.
pub(super) const FEW: u64 = 7;

/// One commune in so many is divided in IRIS, in a département and in the country.
const DIVIDED: usize = 8;
const DIVIDED_COUNTRY: usize = 15;

/// The stock of each commune.
pub(super) struct Stock {
    /// Dwellings, by commune.
    pub(super) dwellings: Vec<u64>,
    /// Whether the commune is divided in IRIS.
    pub(super) divided: Vec<bool>,
}

/// Shares `total` dwellings out among the communes of a territory.
pub(super) fn share_out(seed: u64, territory: &Territory, total: u64) -> Stock {
    let mut dwellings = match territory.land {
        Land::Departement => departement(seed, territory, total),
        Land::Country | Land::DenseCountry => pinned(territory, country::stock(territory, total)),
        Land::Conurbation => pinned(territory, conurbation::stock(territory, total)),
    };
    // The town has what rounding leaves.
    dwellings[territory.traps.town] += total.saturating_sub(dwellings.iter().sum());
    let divided = divided(territory, &dwellings);
    Stock { dwellings, divided }
}

/// The traps' own numbers.
fn pinned(territory: &Territory, mut dwellings: Vec<u64>) -> Vec<u64> {
    dwellings[territory.traps.exclave] += 90;
    dwellings[territory.traps.island] = 42;
    dwellings[territory.traps.enclave] = FEW;
    dwellings
}

/// Around a town and the seats of EPCI.
fn departement(seed: u64, territory: &Territory, total: u64) -> Vec<u64> {
    let communes = territory.communes.len();
    let mut dice = Dice::new(seed, u64::MAX - 1);
    let mut weights = vec![0.0; communes];
    let dwellings: Vec<u64> = (0..communes).map(|_| country(&mut dice)).collect();
    for epci in &territory.epcis {
        weights[epci.seat] = 1.0 + dice.unit();
    }
    let town = territory.traps.town;
    let around = territory.communes[town].cells.iter().flat_map(|cell| cell.neighbours());
    for neighbour in around.filter_map(|cell| territory.owner(cell)) {
        if weights[neighbour] == 0.0 {
            weights[neighbour] = 0.8 + dice.unit();
        }
    }
    weights[town] = 8.0;
    weights[territory.traps.enclave] = 0.0;
    let mut dwellings = pinned(territory, dwellings);
    // Where the country would have more than two fifths of a small total, it has less.
    let country: u64 = dwellings.iter().sum();
    if country * 5 > total * 2 {
        for count in &mut dwellings {
            if *count > 60 {
                *count = (*count * total * 2 / (country * 5)).max(60);
            }
        }
    }
    let left = total.saturating_sub(dwellings.iter().sum());
    let sum: f64 = weights.iter().sum();
    for (count, weight) in dwellings.iter_mut().zip(&weights) {
        *count += (left as f64 * weight / sum) as u64;
    }
    dwellings
}

/// The dwellings of a commune of the country: none in 38 of 100, under eleven in a third of the
/// others.
fn country(dice: &mut Dice) -> u64 {
    let (low, high) = [(0, 0), (1, 10), (11, 80), (81, 400)][dice.pick(&[38.0, 21.0, 24.0, 17.0])];
    dice.between(low, high) as u64
}

/// The communes with the most dwellings are divided, where they have cells enough.
fn divided(territory: &Territory, dwellings: &[u64]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..dwellings.len())
        .filter(|commune| territory.communes[*commune].cells.len() >= 3)
        .collect();
    order.sort_by_key(|commune| (std::cmp::Reverse(dwellings[*commune]), *commune));
    let one_in = match territory.land {
        Land::Departement => DIVIDED,
        Land::Country | Land::DenseCountry => DIVIDED_COUNTRY,
        Land::Conurbation => 1,
    };
    order.truncate((dwellings.len() / one_in).max(8));
    let mut divided = vec![false; dwellings.len()];
    for commune in order {
        divided[commune] = true;
    }
    divided
}
