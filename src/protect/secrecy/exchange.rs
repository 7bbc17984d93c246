//! Certificates by exchanges between pairs of classes, without a linear programme.
//!
//! Two classes that together lie in the same cells as two others, counted twice where both lie in
//! one, can exchange households with these: no cell sees it. The sums of the hashes of their cells
//! are then the same, so the fourth class is looked up from three.

use super::classes::Classes;

/// Classes that are tried as one corner of an exchange, at most.
const TRIED: usize = 100;

/// A perturbation that adds to the first of `near` what it lacks, or nothing where no exchanges do.
/// Weights are whole households.
pub(super) fn exchanges(
    classes: &Classes,
    near: &[u32],
    threshold: u64,
) -> Option<Vec<(u32, i64)>> {
    let (&small, others) = near.split_first()?;
    let lacking = threshold.saturating_sub(classes.households(small)) as i64;
    let mut given = Given { classes, all: vec![(small, 0)] };
    for &from in others {
        for (with, to) in partners(classes, small, from) {
            let gained = given.all[0].1;
            let room = given.room(with, 1).min(given.room(from, -1)).min(given.room(to, -1));
            let room = if from == to { room / 2 } else { room }.min(lacking - gained);
            if room > 0 {
                given.add(small, room);
                given.add(with, room);
                given.add(from, -room);
                given.add(to, -room);
            }
            if gained + room == lacking {
                return Some(given.all);
            }
        }
    }
    None
}

/// Pairs of classes, `with` and `to`, such that one household more in `small` and in `with`, and one
/// less in `from` and in `to`, is seen by no cell.
fn partners<'c>(
    classes: &'c Classes,
    small: u32,
    from: u32,
) -> impl Iterator<Item = (u32, u32)> + 'c {
    let moved = classes.sum(small).wrapping_sub(classes.sum(from));
    // `with` lies in every cell that `small` lacks of those of `from`.
    let held = classes.cells(small);
    let lacking = classes.cells(from).iter().filter(|cell| held.binary_search(cell).is_err());
    let fewest = lacking.map(|&cell| classes.open_of(cell)).min_by_key(|open| open.len());
    let with = fewest.unwrap_or_default().iter().take(TRIED).copied();
    let pairs = with.filter_map(move |with| {
        Some((with, classes.of_sum(classes.sum(with).wrapping_add(moved))?))
    });
    pairs.filter(move |&(with, to)| with != from && to != small)
}

/// What a perturbation gives each class.
struct Given<'a> {
    classes: &'a Classes<'a>,
    all: Vec<(u32, i64)>,
}

impl Given<'_> {
    /// How many households more can be given in a direction before the class carries more than its
    /// own.
    fn room(&self, class: u32, direction: i64) -> i64 {
        let given = self.all.iter().find(|entry| entry.0 == class).map_or(0, |entry| entry.1);
        self.classes.households(class) as i64 - direction * given
    }

    fn add(&mut self, class: u32, more: i64) {
        match self.all.iter_mut().find(|entry| entry.0 == class) {
            Some(entry) => entry.1 += more,
            None => self.all.push((class, more)),
        }
    }
}
