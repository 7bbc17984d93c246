//! Scales that an operator declares: any zoning of its own, beside the built-in ones.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::table::{CONTOURS, Origin, Row};
use super::{Scale, same};
use crate::fault::{Fault, HasFault};

/// The most rows that a process may declare: each stays in memory until it ends.
const MOST: usize = 256;

/// The deepest zoom of a tile.
const DEEPEST: u8 = 14;

/// The rows that were declared so far.
static DECLARED: Mutex<Vec<&'static Row>> = Mutex::new(Vec::new());

/// What an operator says of a zoning: a scale whose zones are contours of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zoning {
    /// A letter, then letters, digits and underscores: at most 32, in lower case.
    pub id: String,
    /// The French name shown to people.
    pub label: String,
    /// The zoom levels of its tiles, the least and the most.
    pub zooms: (u8, u8),
    /// The built-in scale whose place it takes in the order of scales, for rights.
    pub grain: Scale,
    /// What it costs to hide a contributor of one of its zones, in thousandths.
    pub weight: u64,
}

/// A zoning cannot be declared.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what is refused")]
pub enum BadScale {
    #[error(
        "« {0} » ne peut pas nommer un zonage : une lettre minuscule, puis jusqu'à 31 lettres \
         minuscules, chiffres ou soulignés"
    )]
    Id(String),
    #[error("« {0} » est déjà pris")]
    Taken(String),
    #[error("{0} : le libellé va de 1 à 120 caractères, sans caractère de contrôle")]
    Label(String),
    #[error("{0} : zooms va de 0 à 14, le plus petit d'abord")]
    Zooms(String),
    #[error("{0} : un poids va de 0,001 à 1000000")]
    Weight(String),
    #[error("{0} : grain nomme l'échelle dont le zonage prend la place, de l'adresse à la commune")]
    Grain(String),
    #[error("plus de {MOST} zonages")]
    TooMany,
}

impl HasFault for BadScale {
    fn fault(&self) -> Fault {
        Fault::Usage
    }
}

impl Zoning {
    fn check(&self) -> Result<(), BadScale> {
        let id = || self.id.clone();
        let may_follow =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let bytes = self.id.as_bytes();
        let is_id = (1..=32).contains(&bytes.len())
            && bytes[0].is_ascii_lowercase()
            && bytes.iter().all(|byte| may_follow(*byte));
        if !is_id {
            return Err(BadScale::Id(id()));
        }
        if Scale::built_in().any(|scale| same(scale.id(), &self.id)) {
            return Err(BadScale::Taken(id()));
        }
        let length = self.label.chars().count();
        if !(1..=120).contains(&length) || self.label.chars().any(char::is_control) {
            return Err(BadScale::Label(id()));
        }
        let (least, most) = self.zooms;
        if least > most || most > DEEPEST {
            return Err(BadScale::Zooms(id()));
        }
        if !(1..=1_000_000_000).contains(&self.weight) {
            return Err(BadScale::Weight(id()));
        }
        let is_part = self.grain.whole().is_some();
        if self.grain > Scale::COMMUNE || is_part || self.grain.zoning().is_some() {
            return Err(BadScale::Grain(id()));
        }
        Ok(())
    }
}

impl Scale {
    /// The scale of a zoning. Two editions may declare the same identifier otherwise: they are two
    /// scales then, and the same one where they say the same.
    ///
    /// # Errors
    ///
    /// Where the zoning is not well formed, takes the name of a built-in scale, or is one too many.
    pub fn declare(zoning: &Zoning) -> Result<Scale, BadScale> {
        zoning.check()?;
        let mut declared = DECLARED.lock().unwrap_or_else(PoisonError::into_inner);
        let known = declared.iter().find(|row| self::zoning(row).as_ref() == Some(zoning));
        if let Some(row) = known {
            return Ok(Scale(row));
        }
        if declared.len() >= MOST {
            return Err(BadScale::TooMany);
        }
        // Handles are copied everywhere, into keys of caches too: a row lasts as long as the process.
        let id: &'static str = zoning.id.clone().leak();
        let row: &'static Row = Box::leak(Box::new(Row {
            grain: zoning.grain.0.grain,
            id,
            short: id,
            label: zoning.label.clone().leak(),
            zooms: zoning.zooms,
            weight: zoning.weight,
            ..CONTOURS
        }));
        declared.push(row);
        Ok(Scale(row))
    }
}

/// What was declared of a row; `None` for a built-in one.
pub(super) fn zoning(row: &'static Row) -> Option<Zoning> {
    let scale = Scale(row);
    let own = Scale::built_in().find(|built_in| built_in.0.grain == row.grain)?;
    (own != scale && row.origin == Origin::Contours).then(|| Zoning {
        id: row.id.to_owned(),
        label: row.label.to_owned(),
        zooms: row.zooms,
        grain: own,
        weight: row.weight,
    })
}
