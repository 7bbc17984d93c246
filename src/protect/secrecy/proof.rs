//! Proofs in integers. A certificate shows that no combination weighs on a class alone; a witness
//! is a combination that does. Both are checked here by additions, whoever found them.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::classes::Classes;
use super::large::{Bundle, Bundles};

/// Is shown a class, and what a combination gives each of its households; says whether to go on.
type Seeing<'a> = dyn FnMut(u32, i128) -> ControlFlow<()> + 'a;

/// A perturbation of the households of some classes that no published cell can see.
///
/// For a class `a`, integers `Y` and a denominator `D`: Σ Y over the classes of every published
/// cell is 0, and `D·N(a) + Y_a − Σ_{c≠a} max(0, |Y_c| − D·N(c)) ≥ D·threshold`. Then every
/// combination that gives `a` its largest weight spreads at least `threshold` times that
/// weight (`METHOD.md`, "Why it can be checked class by class").
///
/// Weights are kept by part, so that a certificate outlives the merging of classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SafetyCertificate {
    denominator: i64,
    weights: Box<[(u32, i64)]>,
}

impl SafetyCertificate {
    /// A certificate that says `weights` of classes, each carried by the class's first part.
    pub(super) fn new(
        denominator: i64,
        weights: &[(u32, i64)],
        classes: &Classes,
    ) -> SafetyCertificate {
        let carried = |&(class, weight): &(u32, i64)| (classes.parts(class)[0], weight);
        let weights = weights.iter().filter(|entry| entry.1 != 0).map(carried).collect();
        SafetyCertificate { denominator, weights }
    }

    /// The denominator of the weights.
    pub(super) fn denominator(&self) -> i64 {
        self.denominator
    }

    /// Parts, each with its weight.
    pub(super) fn weights(&self) -> &[(u32, i64)] {
        &self.weights
    }

    /// Whether it proves that a class is safe among these classes.
    pub(super) fn proves(&self, class: u32, classes: &Classes, threshold: u64) -> bool {
        // A part that no published cell holds is seen by none.
        let weights = self.weights.iter().filter_map(|&(part, weight)| {
            classes.of_part(part).map(|class| (class, i128::from(weight)))
        });
        let weights = summed(weights);
        let seen = weights.iter().flat_map(|&(class, weight)| {
            classes.cells(class).iter().map(move |&cell| (cell, weight))
        });
        if summed(seen).iter().any(|sum| sum.1 != 0) {
            return false;
        }
        let denominator = i128::from(self.denominator);
        let scaled = |class: u32| denominator * i128::from(classes.households(class));
        let excess: i128 = weights
            .iter()
            .filter(|(other, _)| *other != class)
            .map(|&(other, weight)| (weight.abs() - scaled(other)).max(0))
            .sum();
        let own = weights.iter().find(|entry| entry.0 == class).map_or(0, |entry| entry.1);
        denominator > 0 && scaled(class) + own - excess >= denominator * i128::from(threshold)
    }
}

/// The sum of the weights of each key, by key.
fn summed(weights: impl Iterator<Item = (u32, i128)>) -> Vec<(u32, i128)> {
    let mut sums: Vec<(u32, i128)> = weights.collect();
    sums.sort_unstable_by_key(|entry| entry.0);
    sums.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        kept.1 += if is_same { next.1 } else { 0 };
        is_same
    });
    sums
}

/// Words of [`Witness::hashes`].
const WORDS: usize = 128;

/// The word and the bit of a cell among them.
fn hash(cell: u32) -> (usize, u64) {
    let hash = cell.wrapping_mul(0x9E37_79B1) >> (32 - (WORDS * 64).ilog2());
    (hash as usize >> 6, 1 << (hash & 63))
}

/// A combination of published cells, with integer weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Witness {
    /// By cell, rising.
    weights: Vec<(u32, i64)>,
    /// A bit for the hash of each cell: most cells of a class are not among them.
    hashes: Box<[u64; WORDS]>,
}

impl Witness {
    /// A combination; cells of weight 0 are left out.
    pub(super) fn new(weights: impl IntoIterator<Item = (u32, i64)>) -> Witness {
        let mut weights: Vec<(u32, i64)> =
            weights.into_iter().filter(|entry| entry.1 != 0).collect();
        weights.sort_unstable();
        let mut hashes = Box::new([0; WORDS]);
        for (cell, _) in &weights {
            let (word, bit) = hash(*cell);
            hashes[word] |= bit;
        }
        Witness { weights, hashes }
    }

    /// The cells it uses, rising.
    pub(super) fn cells(&self) -> impl Iterator<Item = u32> + '_ {
        self.weights.iter().map(|(cell, _)| *cell)
    }

    /// The weight of a cell.
    fn weight(&self, cell: u32) -> Option<i64> {
        let (word, bit) = hash(cell);
        if self.hashes[word] & bit == 0 {
            return None;
        }
        let at = self.weights.binary_search_by_key(&cell, |entry| entry.0).ok()?;
        Some(self.weights[at].1)
    }

    /// The first of some cells that it uses, of those of a level, and what it gives each household
    /// that lies in them all.
    fn on(&self, cells: &[u32], level: u8, bundles: &Bundles) -> (Option<u32>, i128) {
        let (mut first, mut sum) = (None, 0);
        for &cell in cells {
            if let Some(weight) = self.weight(cell) {
                first = first.or((bundles.level(cell) == level).then_some(cell));
                sum += i128::from(weight);
            }
        }
        (first, sum)
    }

    /// Shows the open classes that it gives more than `least`, each once, with what it gives a household of
    /// theirs, until enough was seen. What large cells cancel out is passed over by the bundle.
    pub(super) fn visit(
        &self,
        classes: &Classes,
        least: u128,
        see: &mut Seeing,
    ) -> ControlFlow<()> {
        let bundles = classes.bundles();
        let mut own: Vec<(u8, u32)> =
            self.cells().map(|cell| (bundles.level(cell), cell)).collect();
        own.sort_unstable();
        for (level, cell) in own {
            let is_here =
                |on: (Option<u32>, i128)| on.0 == Some(cell) && on.1.unsigned_abs() > least;
            if level == 0 {
                for &class in classes.open_of(cell) {
                    let on = self.on(classes.cells(class), level, bundles);
                    if is_here(on) {
                        see(class, on.1)?;
                    }
                }
            }
            for bundle in bundles.of_cell(cell) {
                let on = self.on(&bundles.bundle(bundle).cells, level, bundles);
                if is_here(on) {
                    self.descend(bundle, on.1, classes, see)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Shows the open classes of a bundle that no smaller cell of the combination holds.
    fn descend(
        &self,
        bundle: u32,
        weight: i128,
        classes: &Classes,
        see: &mut Seeing,
    ) -> ControlFlow<()> {
        let bundles = classes.bundles();
        let Bundle { level, held, .. } = bundles.bundle(bundle);
        let below = level - 1;
        for &held in held {
            let cells = if below == 0 { classes.cells(held) } else { &bundles.bundle(held).cells };
            if self.on(cells, below, bundles).0.is_some() {
                continue;
            }
            if below > 0 {
                self.descend(held, weight, classes, see)?;
            } else {
                see(held, weight)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// The same combination with every determined class taken out, if it then exposes a household.
    pub(super) fn completed(self, classes: &Classes, threshold: u64) -> Option<Witness> {
        if !self.exposes_open(classes, threshold) {
            return None;
        }
        let freed = Witness::new(classes.freed(&self.weights, None)?);
        debug_assert!(freed.exposes(classes, threshold));
        Some(freed)
    }

    /// The combination that weighs on one determined class alone.
    pub(super) fn of_determined(class: u32, classes: &Classes) -> Option<Witness> {
        let by = classes.determined_by(class)?;
        let freed = Witness::new(classes.freed(&[(by, 1)], Some(class))?);
        debug_assert!(freed.exposes(classes, classes.households(class) + 1));
        Some(freed)
    }

    /// Whether some household carries more than its share: `Σ_h |v_h| < threshold · max |v_h|`, the
    /// largest weight being that of a household outside the communes that the operator opened.
    pub(super) fn exposes(&self, classes: &Classes, threshold: u64) -> bool {
        let mut load = Load::new(threshold);
        let cells = self.cells();
        let held: BTreeSet<u32> = cells.flat_map(|cell| classes.of_cell(cell)).collect();
        for class in held {
            let weight = classes.cells(class).iter().filter_map(|&cell| self.weight(cell));
            load.add(class, weight.map(i128::from).sum(), classes);
        }
        load.is_on_few()
    }

    /// The open classes that it gives the most.
    pub(super) fn exposed(&self, classes: &Classes) -> Vec<u32> {
        let mut given: Vec<(u32, i128)> = Vec::new();
        let _ = self.visit(classes, 0, &mut |class, weight| {
            given.push((class, weight.abs()));
            ControlFlow::Continue(())
        });
        let most = given.iter().map(|entry| entry.1).max();
        given.into_iter().filter(|entry| Some(entry.1) == most).map(|entry| entry.0).collect()
    }

    /// Whether some household of an open class carries more than its share of what all of them carry.
    fn exposes_open(&self, classes: &Classes, threshold: u64) -> bool {
        // No household is given more than this.
        let most: i128 = self.weights.iter().map(|entry| i128::from(entry.1).abs()).sum();
        let mut load = Load::new(threshold);
        let seen = self.visit(classes, 0, &mut |class, weight| {
            load.add(class, weight, classes);
            let is_spread = load.total >= load.threshold * most;
            if is_spread { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        seen.is_continue() && load.is_on_few()
    }
}

/// What a combination weighs on.
struct Load {
    threshold: i128,
    /// On a household outside the communes that the operator opened, at the most.
    largest: i128,
    total: i128,
}

impl Load {
    fn new(threshold: u64) -> Load {
        Load { threshold: i128::from(threshold), largest: 0, total: 0 }
    }

    fn add(&mut self, class: u32, weight: i128, classes: &Classes) {
        if !classes.is_open(class) {
            self.largest = self.largest.max(weight.abs());
        }
        self.total += weight.abs() * i128::from(classes.households(class));
    }

    fn is_on_few(&self) -> bool {
        self.largest > 0 && self.total < self.threshold * self.largest
    }
}
