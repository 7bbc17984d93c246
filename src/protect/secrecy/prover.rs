//! One small linear programme per small class (`METHOD.md`). Floating point finds
//! the proofs; `proof` alone decides whether they hold.

use std::ops::ControlFlow;

use super::classes::Classes;
use super::exchange::exchanges;
use super::flow::circulation;
use super::programme::Programme;
use super::proof::{SafetyCertificate, Witness};
use super::simplex::End;

/// Classes among which a circulation is sought, then exchanges; a programme begins with them.
const FIRST: usize = 30;

/// Classes through which exchanges are sought once more.
const WIDER: usize = 160;

/// How many classes a programme takes each time it is widened; twice as many after each [`PATIENCE`]
/// times.
const MORE: usize = 20;
const PATIENCE: usize = 12;

/// Times that a programme is widened before the class counts as unproved.
const WIDENINGS: usize = 250;

/// What the weights of a combination are multiplied by before it is laid on classes as integers: sums
/// over many classes stay exact.
const SCALE: f64 = 1e9;

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
pub(super) enum Judgement {
    Safe(SafetyCertificate),
    Exposed(Witness),
    /// Neither proof could be written in integers: it is treated as exposed.
    Unproved,
}

/// Proves that a class is safe, or that it is not.
///
/// A circulation through near classes proves most, exchanges that are looked up many others. Else the
/// programme begins with the nearest; while its best combination weighs on classes that it did not
/// look at, some of these join it.
pub(super) fn judge(classes: &Classes, class: u32, threshold: u64) -> Judgement {
    if classes.determined_by(class).is_some() {
        return Witness::of_determined(class, classes)
            .map_or(Judgement::Unproved, Judgement::Exposed);
    }
    let proved = |perturbation| in_households(perturbation, class, classes, threshold);
    let nearest = classes.around(class, FIRST);
    let by_circulation = || proved(circulation(classes, &nearest, threshold));
    let by_exchanges = || proved(exchanges(classes, &nearest, threshold));
    let by_wider = || proved(exchanges(classes, &classes.around(class, WIDER), threshold));
    let certificate = by_circulation().or_else(by_exchanges).or_else(by_wider);
    if let Some(certificate) = certificate {
        return Judgement::Safe(certificate);
    }
    let mut programme = Programme::new(classes, class, threshold);
    programme.join(nearest);
    for widening in 0..WIDENINGS {
        match programme.run() {
            End::GaveUp => break,
            End::Reached => {
                let proof = in_whole(&programme.perturbation(), |denominator, scaled| {
                    let certificate = SafetyCertificate::new(denominator, &scaled, classes);
                    certificate.proves(class, classes, threshold).then_some(certificate)
                });
                return proof.map_or(Judgement::Unproved, Judgement::Safe);
            }
            End::Optimal => {}
        }
        let weights = programme.combination();
        let more = MORE << (widening / PATIENCE);
        let beyond = beyond(&weights, classes, &programme, threshold, more);
        if !beyond.is_spread
            && let Some(witness) = in_integers(&weights, classes, threshold)
        {
            return Judgement::Exposed(dearest(programme, witness, classes, threshold));
        }
        if beyond.outside.is_empty() {
            break;
        }
        programme.join(beyond.outside);
    }
    Judgement::Unproved
}

/// A combination as a witness over all classes, if it is one.
fn in_integers(weights: &[(u32, f64)], classes: &Classes, threshold: u64) -> Option<Witness> {
    in_whole(weights, |_, scaled| Witness::new(scaled).completed(classes, threshold))
}

/// Forbids the cheapest cells of a witness as long as the others make one: an exposure that only
/// dear cells answer says more of what the mask must cost.
fn dearest(
    mut programme: Programme,
    mut witness: Witness,
    classes: &Classes,
    threshold: u64,
) -> Witness {
    for _ in 0..RAISINGS {
        let used = programme.combination().into_iter().filter(|(_, weight)| weight.abs() > 1e-6);
        let Some(least) = used.map(|(cell, _)| classes.bottleneck_cost(cell)).min() else { break };
        programme.forbid(|cell| classes.bottleneck_cost(cell) <= least);
        if programme.run() != End::Optimal {
            break;
        }
        let dearer = in_integers(&programme.combination(), classes, threshold);
        let Some(dearer) = dearer else { break };
        witness = dearer;
    }
    witness
}

/// A perturbation in whole households as a certificate, if it is one.
fn in_households(
    perturbation: Option<Vec<(u32, i64)>>,
    class: u32,
    classes: &Classes,
    threshold: u64,
) -> Option<SafetyCertificate> {
    let certificate = SafetyCertificate::new(1, &perturbation?, classes);
    certificate.proves(class, classes, threshold).then_some(certificate)
}

/// What a combination of a programme weighs on, as far as it was looked at.
struct Beyond {
    /// On so many that it exposes none of those seen.
    is_spread: bool,
    /// Classes outside the programme that it weighs on, as many as were asked for.
    outside: Vec<u32>,
}

fn beyond(
    weights: &[(u32, f64)],
    classes: &Classes,
    programme: &Programme,
    threshold: u64,
    more: usize,
) -> Beyond {
    let scaled = |&(cell, weight): &(u32, f64)| (cell, (weight * SCALE).round() as i64);
    let combination = Witness::new(weights.iter().map(scaled));
    let (mut total, mut largest) = (0, 0);
    let mut outside = Vec::new();
    // Less is what rounding left.
    let least = (SCALE * NEAR) as u128;
    let _ = combination.visit(classes, least, &mut |class, weight| {
        let weight = weight.unsigned_abs();
        total += weight * u128::from(classes.households(class));
        largest = largest.max(weight);
        if !programme.holds(class) {
            outside.push(class);
        }
        if outside.len() < more { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    Beyond {
        // A hundredth more: what is near the threshold is for integers to say.
        is_spread: total * 100 > largest * u128::from(threshold) * 101,
        outside,
    }
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
