//! The search for the mask: find exposures in every system, hide the cheapest cells that meet them
//! all, look again, until no exposure is left.

use std::collections::{BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::cover::{Answer, Clause, Cover, Effort};
use super::lattice::{Cell, Lattice};
use super::system::System;
use super::system_search::{Exposure, PartProof, SystemSearch};
use super::universes::Spec;

/// Rounds in which the cheapest mask is solved anew; after them what was hidden stays hidden.
const ROUNDS: usize = 300;

/// A mask, and how good it is.
pub(super) struct Mask {
    /// By cell of the lattice.
    pub published: Vec<bool>,
    /// The certificates of every small class, by system.
    pub proofs: Vec<Vec<PartProof>>,
    pub account: Account,
    /// What was to be met, for another solver to answer.
    #[cfg(test)]
    pub exposures: Vec<Clause>,
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
    searches: Vec<SystemSearch<'a>>,
    hidden: BTreeSet<Cell>,
}

impl<'a> Search<'a> {
    /// Nothing is hidden but what R1 and R9 refuse.
    pub(super) fn new(
        lattice: &'a Lattice,
        systems: &'a [(Spec, System)],
        threshold: u64,
    ) -> Search<'a> {
        let search = |(spec, system): &'a (Spec, System)| {
            SystemSearch::new(system, lattice.depth(spec.universes[0]))
        };
        let searches = systems.par_iter().map(search).collect();
        Search { lattice, threshold, searches, hidden: BTreeSet::new() }
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
        let mut doubtful: HashSet<Clause> = HashSet::new();
        let mut rounds = 0;
        let mut effort = Effort::Quick;
        loop {
            let found = self.exposures();
            if found.is_empty() && effort == Effort::Whole {
                break;
            }
            if found.is_empty() {
                effort = Effort::Whole;
            }
            let mut is_new = found.is_empty();
            for exposure in found {
                let unproved = (!exposure.is_proved).then(|| exposure.clause.clone());
                if cover.add(exposure.clause) {
                    is_new = true;
                    doubtful.extend(unproved);
                }
            }
            // A clause that is not new is one the cover did not meet: it must not loop.
            assert!(is_new, "an exposure is met once it is known");
            cover.solve(effort);
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
        // What is hidden for an exposure that has no witness may not be needed, nor may what is
        // hidden beside a cheaper answer. The rest is: where a component is answered the cheapest way,
        // each cell alone meets some exposure, which stays as long as it has a witness.
        let hidden_of = |clause: &Clause| -> Vec<Cell> {
            let own = clause.iter().filter(|cell| self.hidden.contains(cell));
            own.flat_map(|&cell| self.lattice.closure(cell)).collect()
        };
        let beside = components.iter().filter(|component| !component.is_proved());
        let beside = beside.flat_map(|component| component.hidden.iter().copied());
        let open: BTreeSet<Cell> = beside.chain(doubtful.iter().flat_map(hidden_of)).collect();
        let open = if rounds > ROUNDS { self.hidden.clone() } else { open };
        let proved = Proved::new(&cover, &doubtful, &open);
        self.give_back(open, &proved);
        let mut unproved = doubtful.len();
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
        let bound = if doubtful.is_empty() {
            components.iter().map(|answer| answer.bound).sum()
        } else {
            cover.bound_without(&doubtful)
        };
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
        self.searches.par_iter_mut().for_each(|search| search.lay(&changed));
    }

    /// An exposure for each small class that is not safe, of the first systems of the lattice that
    /// have one: what is hidden there often answers for those below (R9). Then those that stay
    /// where the cheapest cell of each is hidden, and so on.
    fn exposures(&mut self) -> Vec<Exposure> {
        let (lattice, threshold) = (self.lattice, self.threshold);
        let depths = self.searches.iter().map(|search| search.depth).collect::<BTreeSet<usize>>();
        for depth in depths {
            let found: Vec<Vec<Exposure>> = self
                .searches
                .par_iter_mut()
                .filter(|search| search.depth == depth)
                .map(|search| search.try_out(lattice, threshold))
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
        self.searches.par_iter_mut().any(|search| !search.exposures(threshold).is_empty())
    }

    /// Publishes again what can be of these cells, dearest first, until none of them could be given
    /// back alone.
    fn give_back(&mut self, among: BTreeSet<Cell>, proved: &Proved) {
        loop {
            let mut candidates: Vec<Cell> =
                among.iter().copied().filter(|cell| self.hidden.contains(cell)).collect();
            candidates.sort_by_key(|&cell| (std::cmp::Reverse(self.lattice.cost(cell)), cell));
            let before = self.hidden.len();
            for cell in candidates {
                let is_under_hidden =
                    self.lattice.parents(cell).any(|parent| self.hidden.contains(&parent));
                if is_under_hidden || proved.is_met_alone(cell, &self.hidden) {
                    continue;
                }
                self.hidden.remove(&cell);
                self.searches.par_iter_mut().for_each(|search| search.lay(&[cell]));
                if self.is_exposed() {
                    self.hidden.insert(cell);
                    self.searches.par_iter_mut().for_each(|search| search.lay(&[cell]));
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
    fn prove(&self, published: &[bool]) -> Result<Vec<Vec<PartProof>>, BTreeSet<Cell>> {
        let found: Vec<_> = self
            .searches
            .par_iter()
            .map(|search| search.prove(published, self.threshold))
            .collect();
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

/// The exposures that have an exact witness, by cell.
struct Proved<'c>(HashMap<Cell, Vec<&'c Clause>>);

impl<'c> Proved<'c> {
    /// Those of some cells.
    fn new(cover: &'c Cover<'_>, doubtful: &HashSet<Clause>, among: &BTreeSet<Cell>) -> Proved<'c> {
        let mut by_cell: HashMap<Cell, Vec<&Clause>> = HashMap::new();
        for clause in cover.exposures().iter().filter(|clause| !doubtful.contains(*clause)) {
            for &cell in clause.iter().filter(|cell| among.contains(cell)) {
                by_cell.entry(cell).or_default().push(clause);
            }
        }
        Proved(by_cell)
    }

    /// Whether an exposure is met by no other hidden cell: this one cannot be given back.
    fn is_met_alone(&self, cell: Cell, hidden: &BTreeSet<Cell>) -> bool {
        let is_alone =
            |clause: &Clause| clause.iter().all(|other| *other == cell || !hidden.contains(other));
        self.0.get(&cell).into_iter().flatten().any(|clause| is_alone(clause))
    }
}
