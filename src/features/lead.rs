//! Which zones a collection begins with. Clients that know no schema take the type of a column from the first ten
//! zones of a page (QGIS before 3.38), and a column that is secret in all of these becomes a text: where the first
//! zones by code leave a column without a value that others have, a few that show it come before them.

use std::sync::Arc;

use super::columns::Kind;
use super::row;
use super::{FeatureError, Selection};

/// Zones that clients look at, and zones that come first, at most.
const SAMPLE: usize = 10;

/// Zones that are looked at: one pass over the first of a large scale.
const LOOKED_AT: usize = 20_000;

/// The zones that come before the others, in the order of their codes. Empty where the first ten by code show every
/// column. It follows from the rows of a selection alone: what is secret in a zone has no part in it.
#[derive(Clone, Default)]
pub struct Lead(Arc<[usize]>);

impl Lead {
    /// Of a selection. It waits for the disk.
    ///
    /// # Errors
    /// [`FeatureError`].
    pub fn of(selection: &Selection) -> Result<Lead, FeatureError> {
        let table = selection.table();
        let columns = selection.shared_shown().columns();
        // A text is taken for one also where it is absent.
        let is_typed: Vec<bool> = columns.iter().map(|column| column.kind != Kind::Text).collect();
        let mut missing = is_typed.clone();
        let (mut news, mut late) = (Vec::new(), false);
        let shown = (0..table.index().len()).filter(|row| selection.shows(*row));
        for (number, place) in shown.take(LOOKED_AT).enumerate() {
            if !missing.contains(&true) {
                break;
            }
            let zone = row::read(table, selection.shared_shown(), place)?;
            let has = |column: &usize| is_typed[*column] && zone.value(*column).is_some();
            let own: Vec<usize> = (0..columns.len()).filter(has).collect();
            if own.iter().any(|column| missing[*column]) {
                own.iter().for_each(|column| missing[*column] = false);
                late |= number >= SAMPLE;
                news.push((place, own));
            }
        }
        let mut chosen = if late { cover(&news, columns.len()) } else { Vec::new() };
        chosen.sort_unstable();
        Ok(Lead(chosen.into()))
    }

    pub(super) fn places(&self) -> &[usize] {
        &self.0
    }
}

/// Of zones with the columns that they show, a few that show as many as ten can, none of which could be left out.
fn cover(zones: &[(usize, Vec<usize>)], columns: usize) -> Vec<usize> {
    let mut missing = vec![true; columns];
    let mut chosen: Vec<&(usize, Vec<usize>)> = Vec::new();
    while chosen.len() < SAMPLE {
        let news = |zone: &&(usize, Vec<usize>)| zone.1.iter().filter(|at| missing[**at]).count();
        // Of equals, the first.
        let Some(best) = zones.iter().rev().max_by_key(news).filter(|zone| news(zone) > 0) else {
            break;
        };
        best.1.iter().for_each(|column| missing[*column] = false);
        chosen.push(best);
    }
    let mut times = vec![0_usize; columns];
    chosen.iter().flat_map(|zone| &zone.1).for_each(|column| times[*column] += 1);
    chosen.retain(|(_, own)| {
        let is_spare = own.iter().all(|column| times[*column] > 1);
        if is_spare {
            own.iter().for_each(|column| times[*column] -= 1);
        }
        !is_spare
    });
    chosen.iter().map(|zone| zone.0).collect()
}

#[cfg(test)]
mod tests {
    use super::cover;

    #[test]
    fn a_cover_is_small_and_nothing_in_it_is_spare() {
        let zones = vec![
            (0, vec![0]),
            (1, vec![0, 1]),
            (2, vec![2]),
            (3, vec![0, 1, 2]),
            (9, vec![3]),
            (11, vec![3]),
        ];
        assert_eq!(cover(&zones, 5), [3, 9]);
        assert_eq!(cover(&[], 5), Vec::<usize>::new());
        // Greed takes (0) first, which the two others make spare.
        let zones = vec![(0, vec![1, 2, 3, 4]), (1, vec![0, 1, 2]), (2, vec![3, 4, 5])];
        assert_eq!(cover(&zones, 6), [1, 2]);
        // More than ten are not taken.
        let zones: Vec<(usize, Vec<usize>)> = (0..30).map(|at| (at, vec![at])).collect();
        assert_eq!(cover(&zones, 30), Vec::from_iter(0..10));
    }
}
