//! A conurbation as dense as Paris's with its suburbs: how many communes it has, how far it goes,
//! and the dwellings of each commune.

use super::dice::hashed;
use super::territory::Territory;

/// Dwellings of a commune, on average: 131 communes hold 1.2 million.
const PER_COMMUNE: u64 = 9_200;
/// Fewer communes have no room for the traps of geography.
const LEAST_COMMUNES: usize = 30;
/// Dwellings of a square kilometre, on average: 1.2 million on 814.
const PER_KM2: f64 = 1_486.0;

/// The communes of so many dwellings.
pub(super) fn communes(dwellings: u64) -> usize {
    ((dwellings / PER_COMMUNE) as usize).max(LEAST_COMMUNES)
}

/// The square kilometres of so many dwellings.
pub(super) fn square_km(dwellings: u64) -> f64 {
    dwellings as f64 / PER_KM2
}

/// The dwellings of each commune, about `total` in all: few here and many there, more near the
/// centre.
pub(super) fn stock(territory: &Territory, total: u64) -> Vec<u64> {
    let seed = territory.frame.seed() ^ 0xC0_4BA;
    let weights: Vec<f64> = (0..territory.communes.len())
        .map(|commune| {
            let drawn = hashed(seed, &[commune as i64]);
            let near = 1.0 - territory.frame.eccentricity(territory.middle(commune)).min(1.0);
            (0.1 + 2.4 * drawn * drawn) * (0.6 + near)
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| (total as f64 * weight / sum) as u64).collect()
}
