//! Proofs in integers. A certificate shows that no combination weighs on a class alone; a witness
//! is a combination that does. Both are checked here by additions, whoever found them.

use super::classes::Classes;

/// A perturbation of the households of some classes that no published cell can see.
///
/// For a class `a`, integers `Y` and a denominator `D`: Σ Y over the classes of every published
/// cell is 0, and `D·N(a) + Y_a − Σ_{c≠a} max(0, |Y_c| − D·N(c)) ≥ D·threshold`. Then every
/// combination that gives `a` its largest weight spreads at least `threshold` times that
/// weight (`secrecy.md`, "Its dual is the certificate").
///
/// Weights are kept by part, so that a certificate outlives the merging of classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Certificate {
    denominator: i64,
    weights: Box<[(u32, i64)]>,
}

impl Certificate {
    /// A certificate that says `weights` of classes, each carried by the class's first part.
    pub(super) fn new(denominator: i64, weights: &[(u32, i64)], classes: &Classes) -> Certificate {
        let carried = |&(class, weight): &(u32, i64)| (classes.parts(class)[0], weight);
        let weights = weights.iter().filter(|entry| entry.1 != 0).map(carried).collect();
        Certificate { denominator, weights }
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

/// The word and the bit of a cell among 1,024.
fn hash(cell: u32) -> (usize, u64) {
    let hash = cell.wrapping_mul(0x9E37_79B1) >> 22;
    (hash as usize >> 6, 1 << (hash & 63))
}

/// A combination of published cells, with integer weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Witness {
    /// By cell, rising.
    weights: Vec<(u32, i64)>,
    /// A bit for the hash of each cell: most cells of a class are not among them.
    hashes: [u64; 16],
}

impl Witness {
    /// A combination; cells of weight 0 are left out.
    pub(super) fn new(weights: impl IntoIterator<Item = (u32, i64)>) -> Witness {
        let mut weights: Vec<(u32, i64)> =
            weights.into_iter().filter(|entry| entry.1 != 0).collect();
        weights.sort_unstable();
        let mut hashes = [0; 16];
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

    /// The first of its cells that holds a class, and what it gives each household of it.
    fn on(&self, class: u32, classes: &Classes) -> (Option<u32>, i128) {
        let (mut first, mut sum) = (None, 0);
        for &cell in classes.cells(class) {
            let (word, bit) = hash(cell);
            if self.hashes[word] & bit == 0 {
                continue;
            }
            if let Ok(at) = self.weights.binary_search_by_key(&cell, |entry| entry.0) {
                first = first.or(Some(cell));
                sum += i128::from(self.weights[at].1);
            }
        }
        (first, sum)
    }

    /// The classes that its cells hold, each once, with what it gives a household of theirs, which may
    /// be 0. The caller stops when it has seen enough: large cells hold many.
    fn visit<'s, I: Iterator<Item = u32> + 's>(
        &'s self,
        classes: &'s Classes,
        of_cell: impl Fn(u32) -> I + 's,
    ) -> impl Iterator<Item = (u32, i128)> + 's {
        self.weights.iter().flat_map(move |&(cell, _)| {
            of_cell(cell).filter_map(move |class| {
                let (first, weight) = self.on(class, classes);
                (first == Some(cell)).then_some((class, weight))
            })
        })
    }

    /// The same of open classes.
    pub(super) fn visit_open<'s>(
        &'s self,
        classes: &'s Classes,
    ) -> impl Iterator<Item = (u32, i128)> + 's {
        self.visit(classes, |cell| classes.open_of(cell).iter().copied())
    }

    /// The same combination with every determined class taken out, if it then exposes a household.
    pub(super) fn completed(self, classes: &Classes, threshold: u64) -> Option<Witness> {
        if !self.weighs_on_few(self.visit_open(classes), classes, threshold) {
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
        let visited = self.visit(classes, |cell| classes.of_cell(cell));
        self.weighs_on_few(visited, classes, threshold)
    }

    fn weighs_on_few(
        &self,
        visited: impl Iterator<Item = (u32, i128)>,
        classes: &Classes,
        threshold: u64,
    ) -> bool {
        // No household is given more than this.
        let most: i128 = self.weights.iter().map(|entry| i128::from(entry.1).abs()).sum();
        let (mut largest, mut total) = (0, 0);
        for (class, weight) in visited {
            if !classes.is_open(class) {
                largest = largest.max(weight.abs());
            }
            total += weight.abs() * i128::from(classes.households(class));
            if total >= i128::from(threshold) * most {
                return false;
            }
        }
        largest > 0 && total < i128::from(threshold) * largest
    }
}
