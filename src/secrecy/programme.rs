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

/// The largest denominator of one value that is looked for, and the largest of all together.
const DENOMINATOR: i64 = 1_000;
const COMMON: i64 = 1_000_000;

/// How near a floating-point value is to the fraction that it stands for.
const NEAR: f64 = 1e-6;

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
                let proof = in_whole(&programme.perturbation(), |denominator, scaled| {
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
    in_whole(weights, |_, scaled| Witness::new(scaled).completed(classes, threshold))
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

/// Offers the values as integers over the denominator that makes them all whole.
fn in_whole<K: Copy, T>(
    values: &[(K, f64)],
    accept: impl FnOnce(i64, Vec<(K, i64)>) -> Option<T>,
) -> Option<T> {
    let mut common: i64 = 1;
    for (_, value) in values {
        let value = value * common as f64;
        let factor = (1..=DENOMINATOR).find(|&factor| is_whole(value * factor as f64))?;
        common = common.checked_mul(factor).filter(|common| *common <= COMMON)?;
    }
    let scaled = values.iter().map(|&(key, value)| {
        let exact = value * common as f64;
        (exact.abs() < LARGEST).then_some((key, exact.round() as i64))
    });
    accept(common, scaled.collect::<Option<Vec<_>>>()?)
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < NEAR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_solution_in_fractions_is_written_over_their_common_denominator() {
        let sevenths = [('a', 66.0 / 7.0), ('b', -5.0), ('c', 1.0 / 6.0 + 1e-10)];
        let written = in_whole(&sevenths, |common, scaled| Some((common, scaled)));
        assert_eq!(written, Some((42, vec![('a', 396), ('b', -210), ('c', 7)])));
        let nothing = |_, _| -> Option<()> { panic!("no fraction is near") };
        assert_eq!(in_whole(&[('a', std::f64::consts::PI)], nothing), None);
        assert_eq!(in_whole(&[('a', f64::NAN)], nothing), None);
    }
}
