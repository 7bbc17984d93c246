//! The search for the mask of one universe: find exposures, hide the cheapest places that meet
//! them all, look again, until no exposure is left.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::cover::{Clause, Cover};
use super::programme::{Verdict, judge};
use super::proof::Certificate;
use super::system::{Classes, System};

/// Rounds in which the cheapest mask is solved anew; after them what was hidden stays hidden.
const ROUNDS: usize = 200;

/// Certificates kept for one part: one place hidden or shown elsewhere rarely spoils them all.
const KEPT: usize = 4;

/// The mask of one universe, and how good it is.
pub(super) struct Mask {
    pub published: Vec<bool>,
    /// Whether no cheaper mask keeps the rule.
    #[cfg(test)]
    pub is_optimal: bool,
}

/// The search over the system of one universe.
pub(super) struct Search<'a> {
    system: &'a System,
    threshold: u64,
    /// For each part, certificates of the classes it was in.
    proofs: BTreeMap<u32, Vec<Certificate>>,
}

impl<'a> Search<'a> {
    /// Nothing is known yet.
    pub(super) fn new(system: &'a System, threshold: u64) -> Search<'a> {
        Search { system, threshold, proofs: BTreeMap::new() }
    }

    /// Hides what must be among the places of `allowed` (R1 and R9).
    ///
    /// # Proof definition
    /// Every class of 1 to `threshold − 1` households of the system has, at the end, a
    /// certificate that was checked by additions; so no combination of the published cells exposes
    /// one. Where `is_optimal`, the hidden places are a minimum-cost hitting set of exposures that
    /// are valid whatever else is hidden: no mask costs less, and none of them could be given back
    /// alone.
    pub(super) fn run(mut self, allowed: &[bool], costs: &[u128]) -> Mask {
        let mut cover = Cover::new(costs);
        let mut hidden: BTreeSet<u32> = BTreeSet::new();
        let mut is_optimal = true;
        for round in 0.. {
            let clauses = self.exposures(&published(allowed, &hidden));
            if clauses.is_empty() {
                break;
            }
            is_optimal &= clauses.iter().all(|found| found.is_proved);
            let mut is_new = false;
            for found in clauses {
                is_new |= cover.add(found.clause);
            }
            // A clause that is not new is one the cover did not meet: it must not loop.
            assert!(is_new, "an exposure is met once it is known");
            let (cheapest, is_proved) = cover.solve();
            if round < ROUNDS {
                hidden = cheapest;
                is_optimal &= is_proved;
            } else {
                hidden.extend(cheapest);
                is_optimal = false;
            }
        }
        let mut published = published(allowed, &hidden);
        if !is_optimal {
            self.give_back(&mut published, hidden, costs);
        }
        Mask {
            published,
            #[cfg(test)]
            is_optimal,
        }
    }

    /// Publishes again what can be, dearest first, until no hidden place could be given back alone.
    fn give_back(&mut self, published: &mut [bool], hidden: BTreeSet<u32>, costs: &[u128]) {
        let mut hidden: Vec<u32> = hidden.into_iter().collect();
        hidden.sort_by_key(|&place| (std::cmp::Reverse(costs[place as usize]), place));
        loop {
            let before = hidden.len();
            hidden.retain(|&place| {
                published[place as usize] = true;
                let stays_hidden = !self.exposures(published).is_empty();
                published[place as usize] = !stays_hidden;
                stays_hidden
            });
            if hidden.len() == before {
                return;
            }
        }
    }

    /// An exposure for each small class that is not safe.
    fn exposures(&mut self, published: &[bool]) -> Vec<Found> {
        let classes = self.system.classes(|place| published[place as usize]);
        let verdicts: Vec<(u32, Verdict)> = (0..classes.len() as u32)
            .into_par_iter()
            .filter(|&class| classes.households(class) < self.threshold)
            .filter(|&class| !is_known_safe(&self.proofs, &classes, class, self.threshold))
            .map(|class| (class, judge(&classes, class, self.threshold)))
            .collect();
        let mut found = Vec::new();
        for (class, verdict) in verdicts {
            match verdict {
                Verdict::Safe(certificate) => {
                    let kept = self.proofs.entry(classes.parts(class)[0]).or_default();
                    kept.insert(0, certificate);
                    kept.truncate(KEPT);
                }
                Verdict::Exposed(witness) => {
                    found.push(Found { clause: sorted(witness.places()), is_proved: true });
                }
                Verdict::Unproved => {
                    let clause = classes.places(class).to_vec();
                    found.push(Found { clause, is_proved: false });
                }
            }
        }
        found
    }
}

/// One of these places must be hidden.
struct Found {
    clause: Clause,
    /// Whether an exact witness says so, or only the lack of a proof.
    is_proved: bool,
}

fn published(allowed: &[bool], hidden: &BTreeSet<u32>) -> Vec<bool> {
    let mut published = allowed.to_vec();
    hidden.iter().for_each(|&place| published[place as usize] = false);
    published
}

fn sorted(places: impl Iterator<Item = u32>) -> Clause {
    places.collect::<BTreeSet<u32>>().into_iter().collect()
}

fn is_known_safe(
    proofs: &BTreeMap<u32, Vec<Certificate>>,
    classes: &Classes,
    class: u32,
    threshold: u64,
) -> bool {
    classes
        .parts(class)
        .iter()
        .filter_map(|part| proofs.get(part))
        .flatten()
        .any(|certificate| certificate.proves(class, classes, threshold))
}
