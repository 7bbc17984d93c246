//! The part of a reader's territory that meets one tile.
//!
//! A stored tile asks a few questions of a territory, one for each distinct set of communes that
//! its zones stand for: [`Index`]. The answers, one bit each, are the [`Part`]: two territories
//! that differ elsewhere only have equal parts here, and share one entry of the cache.

use std::collections::HashMap;

use geozero::mvt::tile::{Feature, Layer};
use geozero::mvt::{Message, Tile};

use super::TileError;
use crate::access::Visible;
use crate::domain::Scale;

/// What a territory shows of one stored tile.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// No zone.
    Nothing,
    /// Every zone.
    All,
    /// The zones whose question has its bit set, in the order of the tile's [`Index`].
    Some(Box<[u64]>),
}

impl Part {
    /// Whether zones with this question are shown.
    pub(super) fn shows(&self, question: usize) -> bool {
        match self {
            Part::Nothing => false,
            Part::All => true,
            Part::Some(bits) => {
                bits.get(question / 64).is_some_and(|word| word >> (question % 64) & 1 == 1)
            }
        }
    }
}

/// What a zone asks of a territory: its scale, and its code where reference zones go by it, else
/// the communes it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    scale: Scale,
    text: Box<str>,
}

/// The distinct questions of the zones of a tile, in the order of first use.
#[derive(Debug, Default)]
pub(super) struct Index {
    questions: Vec<Question>,
}

impl Index {
    /// The questions of decoded layers, the scales in the order of the key.
    pub(super) fn new(stored: &[(Scale, Tile)]) -> Result<Index, TileError> {
        let mut asked = Asked::default();
        for (scale, tile) in stored {
            for layer in &tile.layers {
                let columns = ZoneColumns::new(layer);
                for feature in &layer.features {
                    asked.place(*scale, columns.text(feature, layer, *scale)?);
                }
            }
        }
        Ok(Index { questions: asked.questions })
    }

    /// What a territory answers.
    pub(super) fn part(&self, visible: &Visible) -> Part {
        let mut bits = vec![0_u64; self.questions.len().div_ceil(64)];
        let mut shown = 0;
        for (at, question) in self.questions.iter().enumerate() {
            let communes = question.text.split_ascii_whitespace();
            if visible.shows(question.scale, &question.text, communes) {
                bits[at / 64] |= 1 << (at % 64);
                shown += 1;
            }
        }
        match shown {
            0 => Part::Nothing,
            all if all == self.questions.len() => Part::All,
            _ => Part::Some(bits.into()),
        }
    }

    /// Bytes in memory, about.
    pub(super) fn weight(&self) -> usize {
        let text: usize = self.questions.iter().map(|question| question.text.len()).sum();
        text + self.questions.capacity() * size_of::<Question>()
    }
}

/// Gives each question its place, as the [`Index`] of the same tile does.
#[derive(Default)]
pub(super) struct Asked {
    questions: Vec<Question>,
    places: HashMap<Question, usize>,
}

impl Asked {
    pub(super) fn place(&mut self, scale: Scale, text: &str) -> usize {
        let question = Question { scale, text: text.into() };
        let next = self.questions.len();
        *self.places.entry(question).or_insert_with_key(|question| {
            self.questions.push(question.clone());
            next
        })
    }
}

/// Where a layer keeps what says whether a zone is visible.
pub(super) struct ZoneColumns {
    code: Option<usize>,
    communes: Option<usize>,
    situe: Option<usize>,
}

impl ZoneColumns {
    pub(super) fn new(layer: &Layer) -> ZoneColumns {
        let find = |name: &str| layer.keys.iter().position(|key| key == name);
        ZoneColumns { code: find("code"), communes: find("communes"), situe: find("situe") }
    }

    /// A zone goes by its populated communes; an unpopulated one by those it lies in; a reference
    /// zone by its code.
    pub(super) fn text<'a>(
        &self,
        feature: &Feature,
        layer: &'a Layer,
        scale: Scale,
    ) -> Result<&'a str, TileError> {
        let (mut code, mut communes, mut situe) = ("", "", "");
        for (key, value) in pairs(feature)? {
            let text = match layer.values.get(value) {
                Some(value) => value.string_value.as_deref().unwrap_or_default(),
                None => return Err(TileError::Mvt("valeur hors de la table".into())),
            };
            match Some(key) {
                key if key == self.code => code = text,
                key if key == self.communes => communes = text,
                key if key == self.situe => situe = text,
                _ => {}
            }
        }
        if scale == Scale::France || scale.is_reference() {
            return Ok(code);
        }
        Ok(if communes.is_empty() { situe } else { communes })
    }
}

/// The (key, value) indices of a feature.
pub(super) fn pairs(feature: &Feature) -> Result<impl Iterator<Item = (usize, usize)>, TileError> {
    let (pairs, rest) = feature.tags.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(TileError::Mvt("nombre impair d'étiquettes".into()));
    }
    Ok(pairs.iter().map(|[key, value]| (*key as usize, *value as usize)))
}

/// The layers of a stored tile.
pub(super) fn decode(plain: &[u8]) -> Result<Tile, TileError> {
    Tile::decode(plain).map_err(|error| TileError::Mvt(error.to_string()))
}
