//! One small linear programme per small class (`secrecy.md`, "Checking R2"). Floating point finds
//! the proofs; `proof` alone decides whether they hold.

use super::classes::Classes;
use super::flow::circulation;
use super::proof::{Certificate, Witness};
use super::simplex::{End, Simplex};

/// Classes that are looked at first, then when a circulation is sought once more.
const FIRST: usize = 40;
const WIDER: usize = 160;

/// How many classes a programme takes each time it is widened.
const MORE: usize = 60;

/// Times that a programme is widened before the class counts as unproved.
const WIDENINGS: usize = 60;

/// Classes outside a programme that are weighed before the heaviest join it.
const WEIGHED: usize = 4_000;

/// Times that the cheapest cells of a witness are forbidden.
const RAISINGS: usize = 24;

/// Denominators that are tried when a solution is written in integers.
const DENOMINATORS: [i64; 10] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 60];

/// The largest weight of an integer solution: far from what would overflow.
const LARGEST: f64 = 1e12;

/// What is known of one small class.
pub(super) enum Verdict {
    Safe(Certificate),
    Exposed(Witness),
    /// Neither proof could be written in integers: it is treated as exposed.
    Unproved,
}

/// Proves that a class is safe, or that it is not.
///
/// A circulation through the nearest classes proves most. Else the programme begins with them;
/// while its best combination, laid on every class, spreads over others that it did not look at,
/// the heaviest of those join it.
pub(super) fn judge(classes: &Classes, class: u32, threshold: u64) -> Verdict {
    if classes.determined_by(class).is_some() {
        return Witness::of_determined(class, classes).map_or(Verdict::Unproved, Verdict::Exposed);
    }
    let nearest = classes.around(class, FIRST);
    if let Some(certificate) = by_circulation(classes, &nearest, threshold) {
        return Verdict::Safe(certificate);
    }
    let mut programme = Simplex::new(classes, class, threshold);
    programme.join(nearest);
    for widening in 0..WIDENINGS {
        match programme.run() {
            End::GaveUp => break,
            End::Reached => {
                let proof = in_denominators(&programme.perturbation(), |denominator, scaled| {
                    let certificate = Certificate::new(denominator, &scaled, classes);
                    certificate.proves(class, classes, threshold).then_some(certificate)
                });
                return proof.map_or(Verdict::Unproved, Verdict::Safe);
            }
            End::Optimal => {}
        }
        let weights = programme.combination();
        if let Some(witness) = in_integers(&weights, classes, threshold) {
            return Verdict::Exposed(dearest(programme, witness, classes, threshold));
        }
        if widening == 0 {
            let wider = classes.around(class, WIDER);
            if let Some(certificate) = by_circulation(classes, &wider, threshold) {
                return Verdict::Safe(certificate);
            }
        }
        let heaviest = heaviest(classes, &programme, &weights);
        if heaviest.is_empty() {
            break;
        }
        programme.join(heaviest);
    }
    Verdict::Unproved
}

/// A combination as a witness over all classes, if it is one.
fn in_integers(weights: &[(u32, f64)], classes: &Classes, threshold: u64) -> Option<Witness> {
    in_denominators(weights, |_, scaled| Witness::new(scaled).completed(classes, threshold))
}

/// Forbids the cheapest cells of a witness as long as the others make one: an exposure that only
/// dear cells answer says more of what the mask must cost.
fn dearest(
    mut programme: Simplex,
    mut witness: Witness,
    classes: &Classes,
    threshold: u64,
) -> Witness {
    for _ in 0..RAISINGS {
        let used = programme.combination().into_iter().filter(|(_, weight)| weight.abs() > 1e-6);
        let Some(least) = used.map(|(cell, _)| classes.worth(cell)).min() else { break };
        programme.forbid(|cell| classes.worth(cell) <= least);
        if programme.run() != End::Optimal {
            break;
        }
        let dearer = in_integers(&programme.combination(), classes, threshold);
        let Some(dearer) = dearer else { break };
        witness = dearer;
    }
    witness
}

fn by_circulation(classes: &Classes, local: &[u32], threshold: u64) -> Option<Certificate> {
    let certificate = Certificate::new(1, &circulation(classes, local, threshold)?, classes);
    certificate.proves(local[0], classes, threshold).then_some(certificate)
}

/// The classes outside a programme on which a combination weighs most.
fn heaviest(classes: &Classes, programme: &Simplex, weights: &[(u32, f64)]) -> Vec<u32> {
    let in_thousandths = |&(cell, weight): &(u32, f64)| (cell, (weight * 1000.0).round() as i64);
    let combination = Witness::new(weights.iter().map(in_thousandths));
    let mut heaviest: Vec<(u128, u32)> = combination
        .spread_open(classes)
        .filter(|(class, _)| !programme.holds(*class))
        .take(WEIGHED)
        .map(|(class, weight)| {
            (weight.unsigned_abs() * u128::from(classes.households(class)), class)
        })
        .collect();
    heaviest.sort_unstable_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
    heaviest.into_iter().take(MORE).map(|(_, class)| class).collect()
}

/// Offers the values as integers over each denominator that makes them whole, until one is accepted.
fn in_denominators<K: Copy, T>(
    values: &[(K, f64)],
    accept: impl Fn(i64, Vec<(K, i64)>) -> Option<T>,
) -> Option<T> {
    DENOMINATORS.into_iter().find_map(|denominator| {
        let scaled = values
            .iter()
            .map(|&(key, value)| {
                let exact = value * denominator as f64;
                let is_whole = (exact - exact.round()).abs() < 1e-4 && exact.abs() < LARGEST;
                is_whole.then_some((key, exact.round() as i64))
            })
            .collect::<Option<Vec<_>>>()?;
        accept(denominator, scaled)
    })
}
