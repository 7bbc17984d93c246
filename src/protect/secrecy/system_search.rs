//! One system in the search: the small classes that are not safe, and the proofs of those that are.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use rayon::prelude::*;

use super::classes::Classes;
use super::cover::Clause;
use super::lattice::{Cell, Lattice};
use super::proof::SafetyCertificate;
use super::prover::{Judgement, judge};
use super::system::System;

/// Times that one system is looked at again, what its exposures cost least hidden, before the
/// cheapest mask of all systems is solved.
const TRIALS: usize = 60;

/// Small classes are judged in so many passes: what exposes one often exposes others, which need no
/// other witness.
const PASSES: usize = 4;

/// Classes that one thread takes at once: some take thousands of times as long as others, and lie side
/// by side.
const AT_ONCE: usize = 16;

/// Certificates kept for one part: one cell hidden or shown elsewhere rarely spoils them all.
const KEPT: usize = 3;

/// The proof that one small class is safe.
pub(super) struct PartProof {
    /// A part of the class.
    pub part: u32,
    pub certificate: SafetyCertificate,
}

/// One of these cells must be hidden.
pub(super) struct Exposure {
    pub(super) clause: Clause,
    /// Whether an exact witness says so, or only the lack of a proof.
    pub(super) is_proved: bool,
}

/// One system in the search.
pub(super) struct SystemSearch<'a> {
    system: &'a System,
    /// How far its filter lies under the register.
    pub(super) depth: usize,
    classes: Classes<'a>,
    /// By part: certificates of the classes it was in.
    proofs: HashMap<u32, Vec<SafetyCertificate>>,
    /// By part: parts whose certificates rest on it; some no longer do.
    resting: HashMap<u32, Vec<u32>>,
    /// Small classes to look at again.
    dirty: BTreeSet<u32>,
    /// Cells that are hidden on trial.
    tried: BTreeSet<Cell>,
}

impl<'a> SystemSearch<'a> {
    pub(super) fn new(system: &'a System, depth: usize) -> SystemSearch<'a> {
        let classes = Classes::new(system);
        let dirty = classes.live().collect();
        let (proofs, resting, tried) = (HashMap::new(), HashMap::new(), BTreeSet::new());
        SystemSearch { system, depth, classes, proofs, resting, dirty, tried }
    }

    /// Ends the trial, and hides and shows those of these cells that are of this system.
    pub(super) fn lay(&mut self, cells: &[Cell]) {
        let mut changed = std::mem::take(&mut self.tried);
        for &cell in cells {
            if !changed.remove(&cell) {
                changed.insert(cell);
            }
        }
        let changed: Vec<Cell> = changed.into_iter().collect();
        self.toggle(&changed);
    }

    /// The exposures, and those that stay when the cheapest cell of each is hidden on trial.
    pub(super) fn try_out(&mut self, lattice: &Lattice, threshold: u64) -> Vec<Exposure> {
        let mut all = Vec::new();
        for _ in 0..TRIALS {
            let found = self.exposures(threshold);
            if found.is_empty() {
                break;
            }
            let mut hidden = BTreeSet::new();
            for Exposure { clause, .. } in &found {
                if clause.iter().any(|cell| hidden.contains(cell)) {
                    continue;
                }
                let cost = |cell: Cell| self.system.find(cell).map(|own| self.system.cost(own));
                let cheapest = clause.iter().copied().min_by_key(|&cell| (cost(cell), cell));
                hidden.extend(cheapest.into_iter().flat_map(|cell| lattice.closure(cell)));
            }
            hidden.retain(|cell| self.system.find(*cell).is_some() && !self.is_hidden(*cell));
            let hidden: Vec<Cell> = hidden.into_iter().collect();
            self.toggle(&hidden);
            self.tried.extend(hidden);
            all.extend(found);
        }
        all
    }

    /// Hides and shows those of these cells that are of this system.
    fn toggle(&mut self, cells: &[Cell]) {
        let own: Vec<u32> = cells.iter().filter_map(|&cell| self.system.find(cell)).collect();
        let (moved, left) = self.classes.toggle(&own);
        // A class that lost households may carry less: what rests on those it kept is looked at too.
        let kept = left.iter().flat_map(|&class| self.classes.parts(class));
        let bearing: BTreeSet<u32> = moved.iter().chain(kept).copied().collect();
        let owners = bearing.iter().filter_map(|part| self.resting.get(part)).flatten();
        let touched = bearing.iter().chain(owners).filter_map(|&part| self.classes.of_part(part));
        self.dirty.extend(touched);
    }

    pub(super) fn exposures(&mut self, threshold: u64) -> Vec<Exposure> {
        let dirty: Vec<u32> = std::mem::take(&mut self.dirty).into_iter().collect();
        let mut verdicts: Vec<(u32, Judgement)> = Vec::new();
        let mut exposed: HashSet<u32> = HashSet::new();
        for pass in 0..PASSES {
            let judged: Vec<(u32, Judgement)> = dirty
                .par_iter()
                .skip(pass)
                .step_by(PASSES)
                .with_max_len(AT_ONCE)
                .copied()
                .filter(|class| (1..threshold).contains(&self.classes.households(*class)))
                .filter(|class| !exposed.contains(class) && !self.classes.is_open(*class))
                .filter(|&class| self.known_proof(&self.classes, class, threshold).is_none())
                .map(|class| (class, judge(&self.classes, class, threshold)))
                .collect();
            for (_, verdict) in &judged {
                if let Judgement::Exposed(witness) = verdict {
                    exposed.extend(witness.exposed(&self.classes));
                }
            }
            verdicts.extend(judged);
        }
        // Those that were passed over are looked at once the exposure is met.
        self.dirty.extend(exposed);
        let mut found = Vec::new();
        for (class, verdict) in verdicts {
            let (clause, is_proved) = match verdict {
                Judgement::Safe(certificate) => {
                    self.keep(class, certificate);
                    continue;
                }
                Judgement::Exposed(witness) => (self.clause(witness.cells()), true),
                Judgement::Unproved => {
                    (self.clause(self.classes.cells(class).iter().copied()), false)
                }
            };
            found.push(Exposure { clause, is_proved });
            self.dirty.insert(class);
        }
        found
    }

    fn is_hidden(&self, cell: Cell) -> bool {
        self.system.find(cell).is_some_and(|own| self.classes.is_hidden(own))
    }

    fn clause(&self, cells: impl Iterator<Item = u32>) -> Clause {
        cells.map(|cell| self.system.cells()[cell as usize]).collect()
    }

    fn keep(&mut self, class: u32, certificate: SafetyCertificate) {
        let owner = self.classes.parts(class)[0];
        for &(part, _) in certificate.weights() {
            self.resting.entry(part).or_default().push(owner);
        }
        let kept = self.proofs.entry(owner).or_default();
        kept.insert(0, certificate);
        kept.truncate(KEPT);
    }

    fn known_proof(
        &self,
        classes: &Classes,
        class: u32,
        threshold: u64,
    ) -> Option<&SafetyCertificate> {
        let parts = classes.parts(class).iter().filter_map(|part| self.proofs.get(part));
        parts.flatten().find(|certificate| certificate.proves(class, classes, threshold))
    }

    /// The proof of each small class under a mask, or the cells of those that have none.
    pub(super) fn prove(
        &self,
        published: &[bool],
        threshold: u64,
    ) -> Result<Vec<PartProof>, Vec<Clause>> {
        let mut classes = Classes::new(self.system);
        let is_hidden = |cell: &u32| !published[self.system.cells()[*cell as usize] as usize];
        let hidden: Vec<u32> = (0..self.system.cells().len() as u32).filter(is_hidden).collect();
        classes.toggle(&hidden);
        let small: Vec<u32> = classes
            .live()
            .filter(|&class| classes.households(class) < threshold && !classes.is_open(class))
            .collect();
        let proved: Vec<Result<PartProof, Clause>> = small
            .into_par_iter()
            .with_max_len(AT_ONCE)
            .map(|class| {
                let part = classes.parts(class)[0];
                if let Some(known) = self.known_proof(&classes, class, threshold) {
                    return Ok(PartProof { part, certificate: known.clone() });
                }
                match judge(&classes, class, threshold) {
                    Judgement::Safe(certificate) => Ok(PartProof { part, certificate }),
                    _ => Err(self.clause(classes.cells(class).iter().copied())),
                }
            })
            .collect();
        let (mut proofs, mut open) = (Vec::new(), Vec::new());
        for verdict in proved {
            match verdict {
                Ok(proof) => proofs.push(proof),
                Err(cells) => open.push(cells),
            }
        }
        if open.is_empty() { Ok(proofs) } else { Err(open) }
    }
}
