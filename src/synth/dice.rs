//! Pseudo-random draws that are the same on any machine: integers of ChaCha8, and only the arithmetic of IEEE 754
//! that is exact everywhere (no logarithm, no sine).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A random generator, one per seed and stream.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream `stream` of a seed. Streams are independent of one another.
    pub(super) fn new(seed: u64, stream: u64) -> Dice {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Dice(rng)
    }

    /// A number in `[0, 1)`.
    pub(super) fn unit(&mut self) -> f64 {
        unit(self.0.next_u64())
    }

    /// A whole number in `[0, limit)`; 0 when the limit is 0.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(limit)) >> 64) as u64
    }

    /// A whole number in `[low, high]`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(0) as u64) as i64
    }

    /// Whether something of this probability happens.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// The place of one of the weights, drawn in proportion.
    pub(super) fn pick(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// Puts a list in a random order.
    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        for index in (1..list.len()).rev() {
            list.swap(index, self.below(index as u64 + 1) as usize);
        }
    }
}

/// A number in `[0, 1)` that depends on the parts alone: chance without an order of drawing, for
/// what neighbours must find equal (a vertex, a shared border).
pub(super) fn hashed(seed: u64, parts: &[i64]) -> f64 {
    let mut state = mix(seed);
    for part in parts {
        state = mix(state ^ *part as u64);
    }
    unit(state)
}

fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// SplitMix64, Steele, Lea and Flood, 2014.
fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Draws of `K` categories in which neighbours resemble each other: Pólya's urn, which draws the
/// Dirichlet-multinomial (for two categories the beta-binomial) with whole numbers only.
#[derive(Clone, Debug)]
pub(super) struct Urn<const K: usize> {
    seen: [u32; K],
    total: u32,
    /// `(1 − ρ) / ρ`, where ρ is the intra-class correlation.
    inertia: f64,
}

impl<const K: usize> Urn<K> {
    /// An urn of the given intra-class correlation, in `(0, 1)`.
    pub(super) fn new(correlation: f64) -> Urn<K> {
        Urn { seen: [0; K], total: 0, inertia: (1.0 - correlation) / correlation }
    }

    /// The category of one more neighbour.
    pub(super) fn draw(&mut self, dice: &mut Dice, shares: &[f64; K]) -> usize {
        let total = f64::from(self.total);
        let category = if dice.unit() * (self.inertia + total) < total {
            dice.pick(&self.seen.map(f64::from))
        } else {
            dice.pick(shares)
        };
        self.seen[category] += 1;
        self.total += 1;
        category
    }
}

impl Urn<2> {
    /// Whether one more neighbour has what a share of them has.
    pub(super) fn chance(&mut self, dice: &mut Dice, share: f64) -> bool {
        self.draw(dice, &[1.0 - share, share]) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_urn_keeps_the_share_and_makes_neighbours_alike() {
        let mut dice = Dice::new(1, 1);
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..4_000 {
            let mut urn = Urn::<2>::new(0.1);
            let share = (0..20).filter(|_| urn.chance(&mut dice, 0.3)).count() as f64 / 20.0;
            sum += share;
            squares += share * share;
        }
        let mean = sum / 4_000.0;
        let variance = squares / 4_000.0 - mean * mean;
        // p (1 − p) / n × (1 + (n − 1) ρ)
        let expected = 0.21 / 20.0 * (1.0 + 19.0 * 0.1);
        assert!((mean - 0.3).abs() < 0.01, "{mean}");
        assert!((variance / expected - 1.0).abs() < 0.1, "{variance} {expected}");
    }

    #[test]
    fn streams_differ_and_repeat() {
        let draw = |seed, stream| Dice::new(seed, stream).below(u64::MAX);
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert_ne!(draw(1, 2), draw(2, 2));
    }
}
