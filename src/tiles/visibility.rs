//! The part of a reader's territory that meets one tile.
//!
//! A stored tile asks a few questions of a territory, one for each distinct set of communes that
//! its zones stand for: [`Index`]. The answers, one bit each, are the [`VisibilityMask`]: two territories
//! that differ elsewhere only have equal parts here, and share one entry of the cache.

use std::collections::HashMap;

use super::TileError;
use super::wire::{Feature, Layer, bad, layers};
use domain::Scale;
use rights::{Visible, asked_columns};

/// Columns that say whether a zone is visible, at most.
const MOST_ASKED: usize = 2;

/// What a territory shows of one stored tile.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum VisibilityMask {
    /// No zone.
    Nothing,
    /// Every zone.
    All,
    /// The zones whose question has its bit set, in the order of the tile's [`Index`].
    Some(Box<[u64]>),
}

impl VisibilityMask {
    /// Whether zones with this question are shown.
    pub(super) fn shows(&self, question: usize) -> bool {
        match self {
            VisibilityMask::Nothing => false,
            VisibilityMask::All => true,
            VisibilityMask::Some(bits) => {
                bits.get(question / 64).is_some_and(|word| word >> (question % 64) & 1 == 1)
            }
        }
    }
}

/// What a zone asks of a territory: its scale, and its code where reference zones go by it, else
/// the communes it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct VisibilityKey {
    scale: Scale,
    text: Box<str>,
}

/// The distinct questions of the zones of a tile, in the order of first use.
#[derive(Debug, Default)]
pub(super) struct Index {
    questions: Vec<VisibilityKey>,
}

impl Index {
    /// The questions of stored tiles, not compressed, the scales in the order of the key.
    pub(super) fn new<'a>(
        stored: impl IntoIterator<Item = (Scale, &'a [u8])>,
    ) -> Result<Index, TileError> {
        let mut indexer = VisibilityIndexer::default();
        for (scale, plain) in stored {
            for layer in layers(plain)? {
                indexer.places(&Layer::read(layer)?, scale)?;
            }
        }
        Ok(Index { questions: indexer.questions })
    }

    /// What a territory answers.
    pub(super) fn part(&self, visible: &Visible) -> VisibilityMask {
        let mut bits = vec![0_u64; self.questions.len().div_ceil(64)];
        let mut shown = 0;
        for (at, question) in self.questions.iter().enumerate() {
            if visible.answers(question.scale, &question.text) {
                bits[at / 64] |= 1 << (at % 64);
                shown += 1;
            }
        }
        match shown {
            0 => VisibilityMask::Nothing,
            all if all == self.questions.len() => VisibilityMask::All,
            _ => VisibilityMask::Some(bits.into()),
        }
    }

    /// Bytes in memory, about.
    pub(super) fn weight(&self) -> usize {
        let text: usize = self.questions.iter().map(|question| question.text.len()).sum();
        text + self.questions.capacity() * size_of::<VisibilityKey>()
    }
}

/// Gives each question its place, as the [`Index`] of the same tile does.
#[derive(Default)]
pub(super) struct VisibilityIndexer {
    questions: Vec<VisibilityKey>,
    places: HashMap<VisibilityKey, usize>,
}

impl VisibilityIndexer {
    /// The places of the questions of a layer's zones, in their order.
    pub(super) fn places(
        &mut self,
        layer: &Layer<'_>,
        scale: Scale,
    ) -> Result<Vec<usize>, TileError> {
        let columns = ZoneColumns::new(layer, scale);
        // Zones that point to one value ask one question.
        let mut known: Vec<Option<usize>> = vec![None; layer.values.len()];
        let mut places = Vec::with_capacity(layer.features.len());
        for feature in &layer.features {
            let mut found = None;
            for value in columns.values(&Feature::read(feature)?)?.into_iter().flatten() {
                let known = known.get_mut(value).ok_or_else(|| bad("valeur hors de la table"))?;
                if known.is_none() {
                    let text = layer.text(value)?;
                    *known = (!text.is_empty()).then(|| self.place(scale, text));
                }
                found = *known;
                if found.is_some() {
                    break;
                }
            }
            places.push(found.unwrap_or_else(|| self.place(scale, "")));
        }
        Ok(places)
    }

    fn place(&mut self, scale: Scale, text: &str) -> usize {
        let question = VisibilityKey { scale, text: text.into() };
        let next = self.questions.len();
        *self.places.entry(question).or_insert_with_key(|question| {
            self.questions.push(question.clone());
            next
        })
    }
}

/// Where a layer keeps what says whether a zone is visible, the column that counts first.
struct ZoneColumns(Vec<Option<usize>>);

impl ZoneColumns {
    fn new(layer: &Layer<'_>, scale: Scale) -> ZoneColumns {
        let find = |name: &&str| layer.keys.iter().position(|key| key == name);
        ZoneColumns(asked_columns(scale).iter().map(find).collect())
    }

    /// The values of a zone in these columns, in their order.
    fn values(&self, feature: &Feature<'_>) -> Result<[Option<usize>; MOST_ASKED], TileError> {
        let mut values = [None; MOST_ASKED];
        for pair in feature.pairs() {
            let (key, value) = pair?;
            let place = self.0.iter().position(|column| *column == Some(key));
            if let Some(slot) = place.and_then(|place| values.get_mut(place)) {
                *slot = Some(value);
            }
        }
        Ok(values)
    }
}
