//! Zones by name or code, of every scale.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use memchr::memmem::Finder;

use super::fold::fold;
use super::row::Row;
use super::{FeatureError, FeatureStore, Selection};
use domain::Scale;
use edition::Edition;
use rights::View;

/// Characters of a question, at least and at most; those that do not count (spaces, accents) left out at
/// least.
pub const MIN_QUESTION: usize = 2;
/// The most.
pub const MAX_QUESTION: usize = 100;

/// Columns of what is found.
const FIELDS: &str = "code,nom";

/// A zone that was found.
pub struct Found {
    /// Its scale.
    pub scale: Scale,
    /// Its code and its name.
    pub row: Row,
}

/// How well a zone answers: the least is the best. By how its code or name begins, the wider scales first,
/// the shorter names first, then by code.
type Rank = (u8, Reverse<Scale>, usize, usize);

impl FeatureStore {
    /// The zones that a view shows whose code or name has every word of a question, the best first, so many
    /// at most; of one scale, or of all. None for what is no question.
    ///
    /// # Errors
    /// [`FeatureError`].
    pub async fn search(
        &self,
        edition: &Arc<Edition>,
        view: &View,
        (question, scale): (&str, Option<Scale>),
        limit: usize,
    ) -> Result<Vec<Found>, Arc<FeatureError>> {
        let Some(question) = folded(question) else { return Ok(Vec::new()) };
        let mut selections = Vec::new();
        for own in edition.scales().filter(|own| scale.is_none_or(|asked| asked == *own)) {
            // Every reader may ask for these two columns.
            if let Ok(selection) = self.select(edition, own, view, (None, Some(FIELDS))).await? {
                selections.push(selection);
            }
        }
        self.work(move || search(&selections, &question, limit)).await.map_err(Arc::new)
    }
}

/// Whether a text has enough letters and digits to be looked for, and not too many.
pub fn is_question(text: &str) -> bool {
    folded(text).is_some()
}

fn folded(text: &str) -> Option<String> {
    if text.chars().count() > MAX_QUESTION {
        return None;
    }
    let mut question = String::new();
    fold(text, &mut question);
    let letters = question.chars().filter(|letter| *letter != ' ').count();
    (letters >= MIN_QUESTION).then_some(question)
}

fn search(
    selections: &[Selection],
    question: &str,
    limit: usize,
) -> Result<Vec<Found>, FeatureError> {
    // The worst of those kept is on top.
    let mut best: BinaryHeap<(Rank, usize)> = BinaryHeap::new();
    for (at, selection) in selections.iter().enumerate() {
        each(selection, question, &mut |rank| {
            best.push((rank, at));
            if best.len() > limit {
                best.pop();
            }
        });
    }
    let mut found = Vec::with_capacity(best.len());
    for ((_, Reverse(scale), _, row), at) in best.into_sorted_vec() {
        if let Some(row) = selections[at].row(row) {
            found.push(Found { scale, row: row? });
        }
    }
    Ok(found)
}

/// Hands over the zones of a selection that have every word of the question.
fn each(selection: &Selection, question: &str, hand: &mut dyn FnMut(Rank)) {
    let index = selection.table().index();
    let words: Vec<&str> = question.split(' ').collect();
    let Some(longest) = words.iter().max_by_key(|word| word.len()) else { return };
    let finder = Finder::new(longest.as_bytes());
    let (lines, mut from) = (index.lines().as_bytes(), 0);
    let mut code = String::new();
    while let Some(at) = lines.get(from..).and_then(|rest| finder.find(rest)) {
        let (row, line, end) = index.line_at(from + at);
        from = end;
        if !selection.shows(row) || !words.iter().all(|word| line.contains(word)) {
            continue;
        }
        code.clear();
        fold(index.code(row), &mut code);
        let name = line.get(code.len() + 1..).unwrap_or_default();
        let begins_word = |word: &&str| {
            let mut places = line.match_indices(*word);
            places.any(|(at, _)| at == 0 || line.as_bytes()[at - 1] == b' ')
        };
        let rank = if code == question || name == question {
            0
        } else if code.starts_with(question) || name.starts_with(question) {
            1
        } else if words.iter().all(begins_word) {
            2
        } else {
            3
        };
        // Entries are in the order of their codes, which says enough where a code was asked for.
        let length = if code.starts_with(question) { 0 } else { name.len() };
        hand((rank, Reverse(selection.scale()), length, row));
    }
}
