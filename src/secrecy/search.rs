//! The search for the mask: find exposures in every system, hide the cheapest cells that meet them
//! all, look again, until no exposure is left.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::classes::Classes;
use super::cover::{Answer, Clause, Cover};
use super::lattice::{Cell, Lattice};
use super::programme::{Verdict, judge};
use super::proof::Certificate;
use super::system::System;

/// Rounds in which the cheapest mask is solved anew; after them what was hidden stays hidden.
const ROUNDS: usize = 300;

/// Times that one system is looked at again, what its exposures cost least hidden, before the
/// cheapest mask of all systems is solved.
const TRIALS: usize = 60;

/// Certificates kept for one part: one cell hidden or shown elsewhere rarely spoils them all.
const KEPT: usize = 3;

/// A mask, and how good it is.
pub(super) struct Mask {
    /// By cell of the lattice.
    pub published: Vec<bool>,
    /// The certificates of every small class, by system.
    pub proofs: Vec<Vec<Proof>>,
    pub account: Account,
    /// What was to be met, for another solver to answer.
    #[cfg(test)]
    pub exposures: Vec<Clause>,
}

/// The proof that one small class is safe.
pub(super) struct Proof {
    /// A part of the class.
    pub part: u32,
    pub certificate: Certificate,
}

/// What the mask cost, and what is known of cheaper ones.
pub(super) struct Account {
    pub rounds: usize,
    pub components: Vec<Answer>,
    /// Small classes for which neither proof was found: they count as exposed.
    pub unproved: usize,
    /// What hiding cost in all, in millionths; and no mask that keeps the rules costs less than
    /// `bound`.
    pub cost: u128,
    pub bound: u128,
}

/// The search over all systems of an edition.
pub(super) struct Search<'a> {
    lattice: &'a Lattice,
    threshold: u64,
    sides: Vec<Side<'a>>,
    hidden: BTreeSet<Cell>,
}

impl<'a> Search<'a> {
    /// Nothing is hidden but what R1 and R9 refuse.
    pub(super) fn new(lattice: &'a Lattice, systems: &'a [System], threshold: u64) -> Search<'a> {
        let depths = lattice.filters().iter().map(|universes| lattice.depth(universes[0]));
        let depths: Vec<usize> = depths.collect();
        let sides = systems.par_iter().zip(depths).map(|(system, depth)| Side::new(system, depth));
        let sides = sides.collect();
        Search { lattice, threshold, sides, hidden: BTreeSet::new() }
    }

    /// Hides what must be.
    ///
    /// # Proof definition
    /// Every class of 1 to `threshold − 1` households of every system has, at the end, a
    /// certificate that was checked by additions on classes made anew; so no combination of the
    /// published cells of a system exposes one. Where the account's bound equals its cost, the
    /// hidden cells are a minimum-cost hitting set of exposures that are valid whatever else is
    /// hidden: no mask costs less, and none of them could be given back alone.
    pub(super) fn run(mut self, tell: &dyn Fn(usize)) -> Mask {
        let mut cover = Cover::new(self.lattice);
        let mut unproved = 0;
        let mut rounds = 0;
        loop {
            let found = self.exposures();
            if found.is_empty() {
                break;
            }
            let mut is_new = false;
            for exposure in found {
                let was_new = cover.add(exposure.clause);
                is_new |= was_new;
                unproved += usize::from(was_new && !exposure.is_proved);
            }
            // A clause that is not new is one the cover did not meet: it must not loop.
            assert!(is_new, "an exposure is met once it is known");
            cover.solve();
            let mut hidden: BTreeSet<Cell> =
                cover.answers().flat_map(|answer| answer.hidden.iter().copied()).collect();
            if rounds >= ROUNDS {
                hidden.extend(&self.hidden);
            }
            rounds += 1;
            tell(rounds);
            self.lay(hidden);
        }
        let components: Vec<Answer> = cover.answers().cloned().collect();
        let is_optimal =
            rounds <= ROUNDS && unproved == 0 && components.iter().all(Answer::is_proved);
        if !is_optimal {
            let open = components.iter().filter(|component| !component.is_proved());
            let open = open.flat_map(|component| component.hidden.iter().copied()).collect();
            let all = rounds > ROUNDS || unproved > 0;
            self.give_back(if all { self.hidden.clone() } else { open });
        }
        let (published, proofs) = loop {
            let published = self.published();
            match self.prove(&published) {
                Ok(proofs) => break (published, proofs),
                Err(cells) => {
                    // What cannot be proved on classes made anew is hidden, whatever was found
                    // before: hiding exposes nobody, so this ends.
                    unproved += cells.len();
                    let more = cells.iter().flat_map(|&cell| self.lattice.closure(cell));
                    self.lay(self.hidden.iter().copied().chain(more).collect());
                }
            }
        };
        let cost = self.hidden.iter().map(|&cell| self.lattice.cost(cell)).sum();
        let bound =
            if unproved == 0 { components.iter().map(|answer| answer.bound).sum() } else { 0 };
        let account = Account { rounds, components, unproved, cost, bound };
        Mask {
            published,
            proofs,
            account,
            #[cfg(test)]
            exposures: cover.exposures().to_vec(),
        }
    }

    /// Hides exactly these cells.
    fn lay(&mut self, hidden: BTreeSet<Cell>) {
        let changed: Vec<Cell> = self.hidden.symmetric_difference(&hidden).copied().collect();
        self.hidden = hidden;
        self.sides.par_iter_mut().for_each(|side| side.lay(&changed));
    }

    /// An exposure for each small class that is not safe, of the first systems of the lattice that
    /// have one: what is hidden there often answers for those below (R9). Then those that stay
    /// where the cheapest cell of each is hidden, and so on.
    fn exposures(&mut self) -> Vec<Exposure> {
        let (lattice, threshold) = (self.lattice, self.threshold);
        let depths = self.sides.iter().map(|side| side.depth).collect::<BTreeSet<usize>>();
        for depth in depths {
            let found: Vec<Vec<Exposure>> = self
                .sides
                .par_iter_mut()
                .filter(|side| side.depth == depth)
                .map(|side| side.try_out(lattice, threshold))
                .collect();
            let found: Vec<Exposure> = found.into_iter().flatten().collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    fn is_exposed(&mut self) -> bool {
        let threshold = self.threshold;
        self.sides.par_iter_mut().any(|side| !side.exposures(threshold).is_empty())
    }

    /// Publishes again what can be of these cells, dearest first, until none of them could be given
    /// back alone.
    fn give_back(&mut self, among: BTreeSet<Cell>) {
        loop {
            let mut candidates: Vec<Cell> =
                among.iter().copied().filter(|cell| self.hidden.contains(cell)).collect();
            candidates.sort_by_key(|&cell| (std::cmp::Reverse(self.lattice.cost(cell)), cell));
            let before = self.hidden.len();
            for cell in candidates {
                let is_under_hidden =
                    self.lattice.parents(cell).any(|parent| self.hidden.contains(&parent));
                if is_under_hidden {
                    continue;
                }
                self.hidden.remove(&cell);
                self.sides.par_iter_mut().for_each(|side| side.lay(&[cell]));
                if self.is_exposed() {
                    self.hidden.insert(cell);
                    self.sides.par_iter_mut().for_each(|side| side.lay(&[cell]));
                }
            }
            if self.hidden.len() == before {
                return;
            }
        }
    }

    fn published(&self) -> Vec<bool> {
        let cells = self.lattice.cells() as u32;
        (0..cells)
            .map(|cell| self.lattice.is_allowed(cell) && !self.hidden.contains(&cell))
            .collect()
    }

    /// Makes the classes of the mask anew and proves each small one, or says the cheapest cell of
    /// each that it could not prove.
    fn prove(&self, published: &[bool]) -> Result<Vec<Vec<Proof>>, BTreeSet<Cell>> {
        let found: Vec<_> =
            self.sides.par_iter().map(|side| side.prove(published, self.threshold)).collect();
        let open = found.iter().filter_map(|proofs| proofs.as_ref().err()).flatten();
        let cheapest = |cells: &Clause| {
            cells.iter().copied().min_by_key(|&cell| (self.lattice.cost(cell), cell))
        };
        let cells: BTreeSet<Cell> = open.filter_map(cheapest).collect();
        if cells.is_empty() {
            Ok(found.into_iter().filter_map(Result::ok).collect())
        } else {
            Err(cells)
        }
    }
}

/// One of these cells must be hidden.
struct Exposure {
    clause: Clause,
    /// Whether an exact witness says so, or only the lack of a proof.
    is_proved: bool,
}

/// One system in the search.
struct Side<'a> {
    system: &'a System,
    /// How far its filter lies under the register.
    depth: usize,
    classes: Classes<'a>,
    /// By part: certificates of the classes it was in.
    proofs: HashMap<u32, Vec<Certificate>>,
    /// By part: parts whose certificates rest on it; some no longer do.
    resting: HashMap<u32, Vec<u32>>,
    /// Small classes to look at again.
    dirty: BTreeSet<u32>,
    /// Cells that are hidden on trial.
    tried: BTreeSet<Cell>,
}

impl<'a> Side<'a> {
    fn new(system: &'a System, depth: usize) -> Side<'a> {
        let classes = Classes::new(system);
        let dirty = classes.live().collect();
        let (proofs, resting, tried) = (HashMap::new(), HashMap::new(), BTreeSet::new());
        Side { system, depth, classes, proofs, resting, dirty, tried }
    }

    /// Ends the trial, and hides and shows those of these cells that are of this system.
    fn lay(&mut self, cells: &[Cell]) {
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
    fn try_out(&mut self, lattice: &Lattice, threshold: u64) -> Vec<Exposure> {
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

    fn exposures(&mut self, threshold: u64) -> Vec<Exposure> {
        let dirty: Vec<u32> = std::mem::take(&mut self.dirty).into_iter().collect();
        let verdicts: Vec<(u32, Verdict)> = dirty
            .into_par_iter()
            .filter(|&class| (1..threshold).contains(&self.classes.households(class)))
            .filter(|&class| self.known_proof(&self.classes, class, threshold).is_none())
            .map(|class| (class, judge(&self.classes, class, threshold)))
            .collect();
        let mut found = Vec::new();
        for (class, verdict) in verdicts {
            let (clause, is_proved) = match verdict {
                Verdict::Safe(certificate) => {
                    self.keep(class, certificate);
                    continue;
                }
                Verdict::Exposed(witness) => (self.clause(witness.cells()), true),
                Verdict::Unproved => {
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

    fn keep(&mut self, class: u32, certificate: Certificate) {
        let owner = self.classes.parts(class)[0];
        for &(part, _) in certificate.weights() {
            self.resting.entry(part).or_default().push(owner);
        }
        let kept = self.proofs.entry(owner).or_default();
        kept.insert(0, certificate);
        kept.truncate(KEPT);
    }

    fn known_proof(&self, classes: &Classes, class: u32, threshold: u64) -> Option<&Certificate> {
        let parts = classes.parts(class).iter().filter_map(|part| self.proofs.get(part));
        parts.flatten().find(|certificate| certificate.proves(class, classes, threshold))
    }

    /// The proof of each small class under a mask, or the cells of those that have none.
    fn prove(&self, published: &[bool], threshold: u64) -> Result<Vec<Proof>, Vec<Clause>> {
        let mut classes = Classes::new(self.system);
        let is_hidden = |cell: &u32| !published[self.system.cells()[*cell as usize] as usize];
        let hidden: Vec<u32> = (0..self.system.cells().len() as u32).filter(is_hidden).collect();
        classes.toggle(&hidden);
        let small: Vec<u32> =
            classes.live().filter(|&class| classes.households(class) < threshold).collect();
        let proved: Vec<Result<Proof, Clause>> = small
            .into_par_iter()
            .map(|class| {
                let part = classes.parts(class)[0];
                if let Some(known) = self.known_proof(&classes, class, threshold) {
                    return Ok(Proof { part, certificate: known.clone() });
                }
                match judge(&classes, class, threshold) {
                    Verdict::Safe(certificate) => Ok(Proof { part, certificate }),
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
