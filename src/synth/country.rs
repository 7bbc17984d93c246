//! A piece of the fictive France: how many communes and dwellings it has, and how the stock is
//! spread over its communes.
//!
//! The number of dwellings of a commune is a quantile of the national distribution, so that any
//! fraction of the country has its shape; which commune has which quantile follows its place:
//! conurbations first, then the seats of EPCI, then the country at random.

use std::collections::BTreeSet;

use super::dice::hashed;
use super::territory::Territory;

/// The country: households that answer, dwellings, communes, those with dwellings.
const HOUSEHOLDS: u64 = 4_600_000;
const DWELLINGS: u64 = 5_400_000;
pub(super) const COMMUNES: usize = 34_900;
const STOCKED: usize = 16_724;

/// Communes with stock: share of them, and dwellings. A third hold less than eleven, half less
/// than 22.
const QUANTILES: [(f64, f64); 10] = [
    (0.0, 1.0),
    (0.33, 11.0),
    (0.50, 22.0),
    (0.75, 95.0),
    (0.90, 350.0),
    (0.95, 900.0),
    (0.98, 2_600.0),
    (0.99, 5_500.0),
    (0.997, 12_000.0),
    (1.0, 45_000.0),
];
/// Communes at least this large grow or shrink with the total, the others stay as drawn.
const LARGE: f64 = 350.0;

/// How many conurbations there are beside the town's, and how large they are.
struct Urban {
    /// One commune in so many is the heart of one.
    per_conurbation: usize,
    /// Communes of all conurbations, per commune of the country.
    share: f64,
    /// Communes of one other than the town's, on average, about.
    around: f64,
}

/// 23 in the whole country.
const EASY: Urban = Urban { per_conurbation: 1_500, share: 0.026, around: 35.0 };
/// Nine of Lyon's size, and the town's of Paris's: 131 communes, 1.2 million dwellings.
const DENSE: Urban = Urban { per_conurbation: 3_877, share: 0.016_65, around: 50.0 };

/// The communes of so many households.
pub(super) fn communes(households: u64) -> usize {
    (households * COMMUNES as u64 / HOUSEHOLDS) as usize
}

/// The dwellings of so many households.
pub(super) fn dwellings(households: u64) -> u64 {
    households * DWELLINGS / HOUSEHOLDS
}

/// The dwellings of each commune, about `total` in all.
pub(super) fn stock(territory: &Territory, total: u64) -> Vec<u64> {
    let communes = territory.communes.len();
    let scores = scores(territory);
    let mut order: Vec<usize> = (0..communes).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]).then(a.cmp(b)));
    let stocked = (communes * STOCKED / COMMUNES).max(1);
    let mut drawn = vec![0.0; communes];
    for (rank, commune) in order[communes - stocked..].iter().enumerate() {
        drawn[*commune] = quantile((rank as f64 + 0.5) / stocked as f64);
    }
    let sum = |large: bool| -> f64 {
        drawn.iter().filter(|count| (**count >= LARGE) == large).map(|count| count.floor()).sum()
    };
    let growth = ((total as f64 - sum(false)) / sum(true).max(1.0)).max(0.0);
    let count = |drawn: &f64| if *drawn >= LARGE { (drawn * growth).max(LARGE) } else { *drawn };
    drawn.iter().map(|drawn| count(drawn) as u64).collect()
}

fn quantile(share: f64) -> f64 {
    let above = QUANTILES.iter().position(|(end, _)| share < *end).unwrap_or(QUANTILES.len() - 1);
    let ((low, from), (high, to)) = (QUANTILES[above.max(1) - 1], QUANTILES[above.max(1)]);
    from + (to - from) * (share - low) / (high - low)
}

/// What puts the communes in order, the one with the most dwellings last.
fn scores(territory: &Territory) -> Vec<f64> {
    let seed = territory.frame.seed() ^ 0x57_0C4;
    let noise = |commune: usize| hashed(seed, &[commune as i64, 1]);
    let seats: BTreeSet<usize> = territory.epcis.iter().map(|epci| epci.seat).collect();
    let hearts = hearts(territory, seed, &seats);
    (0..territory.communes.len())
        .map(|commune| {
            let (x, y) = territory.middle(commune);
            let base = if seats.contains(&commune) {
                2.0 + 1.6 * noise(commune)
            } else {
                2.6 * noise(commune)
            };
            let urban = hearts.iter().map(|heart| {
                let (dx, dy) = (x - heart.at.0, y - heart.at.1);
                let near = 1.0 - (dx * dx + dy * dy).sqrt() / heart.radius;
                if near > 0.0 { 2.4 + heart.weight * near + 0.8 * noise(commune) } else { 0.0 }
            });
            urban.fold(base, f64::max)
        })
        .collect()
}

/// The middle of a conurbation.
struct Heart {
    at: (f64, f64),
    /// In sides of a cell.
    radius: f64,
    weight: f64,
}

/// The town, and seats of EPCI that chance chooses.
fn hearts(territory: &Territory, seed: u64, seats: &BTreeSet<usize>) -> Vec<Heart> {
    let communes = territory.communes.len();
    let urban = if territory.land.is_dense() { DENSE } else { EASY };
    let others = communes / urban.per_conurbation;
    let spacing = territory.frame.grain().spacing();
    let radius = |communes: f64| (communes / std::f64::consts::PI).sqrt() * spacing;
    let left = communes as f64 * urban.share - urban.around * others as f64;
    let town = territory.traps.town;
    let mut hearts =
        vec![Heart { at: territory.middle(town), radius: radius(left.max(12.0)), weight: 5.0 }];
    let mut chosen: Vec<usize> = seats.iter().copied().filter(|seat| *seat != town).collect();
    chosen.sort_by(|a, b| {
        let key = |seat: usize| hashed(seed, &[seat as i64, 2]);
        key(*a).total_cmp(&key(*b))
    });
    hearts.extend(chosen.into_iter().take(others).map(|seat| {
        let share = hashed(seed, &[seat as i64, 3]);
        let radius = radius(urban.around * (0.4 + 1.2 * share));
        Heart { at: territory.middle(seat), radius, weight: 2.5 + 2.0 * share }
    }));
    hearts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_rise_from_one_dwelling_to_the_largest_commune() {
        let all: Vec<f64> =
            (0..1_000).map(|rank| quantile((f64::from(rank) + 0.5) / 1e3)).collect();
        assert!(all.is_sorted() && all[0] >= 1.0 && all[999] < 45_000.0);
        let small = all.iter().filter(|count| **count < 11.0).count();
        assert_eq!((small, all[499].round()), (330, 22.0));
    }

    #[test]
    fn a_fraction_has_the_density_of_the_country() {
        for part in [1, 4, 16, 64] {
            let households = HOUSEHOLDS / part;
            assert_eq!(communes(households), COMMUNES / part as usize);
            assert!(dwellings(households).abs_diff(DWELLINGS / part) <= 1);
        }
    }
}
