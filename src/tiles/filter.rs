//! The part of a stored tile that a reader may have.

use geozero::mvt::tile::{Feature, Layer, Value};
use geozero::mvt::{Message, Tile};

use super::TileError;
use super::part::{Asked, Part, ZoneColumns, decode, pairs};
use crate::domain::{Audience, Scale};
use crate::edition::Edition;

/// What remains of a stored layer.
#[derive(Debug, PartialEq)]
pub(super) enum Filtered {
    /// Every zone and every column: the stored bytes are the answer.
    Everything,
    /// No zone.
    Nothing,
    /// A smaller tile, not compressed.
    Part(Vec<u8>),
}

/// Keeps the zones of the part and the columns of the audience. What is dropped leaves no
/// trace: keys and values are rebuilt from the zones that remain, in the order of first use.
/// Geometries, ids and the order of zones are those of the stored tile.
///
/// `asked` is that of the tile's layers so far: it gives a zone the place of its question among
/// the bits of the part.
pub(super) fn filter(
    plain: &[u8],
    scale: Scale,
    edition: &Edition,
    part: &Part,
    asked: &mut Asked,
    audience: Audience,
) -> Result<Filtered, TileError> {
    let tile = decode(plain)?;
    let mut whole = true;
    let mut layers = Vec::with_capacity(tile.layers.len());
    for layer in tile.layers {
        let zones = layer.features.len();
        let readable: Vec<bool> =
            layer.keys.iter().map(|key| edition.may_read(audience, key)).collect();
        whole &= readable.iter().all(|readable| *readable);
        let layer = filter_layer(layer, scale, part, asked, &readable)?;
        whole &= layer.features.len() == zones;
        if !layer.features.is_empty() {
            layers.push(layer);
        }
    }
    if layers.is_empty() {
        return Ok(Filtered::Nothing);
    }
    Ok(if whole { Filtered::Everything } else { Filtered::Part(Tile { layers }.encode_to_vec()) })
}

fn filter_layer(
    layer: Layer,
    scale: Scale,
    part: &Part,
    asked: &mut Asked,
    readable: &[bool],
) -> Result<Layer, TileError> {
    let columns = ZoneColumns::new(&layer);
    let mut tables = Tables::new(&layer);
    let mut features = Vec::new();
    for feature in &layer.features {
        let question = asked.place(scale, columns.text(feature, &layer, scale)?);
        if part.shows(question) {
            let tags = tables.tags(feature, readable)?;
            features.push(Feature { tags, ..feature.clone() });
        }
    }
    let (keys, values) = (tables.keys, tables.values);
    Ok(Layer { features, keys, values, ..layer })
}

/// The keys and values in use so far, and where each stored one went.
struct Tables<'a> {
    layer: &'a Layer,
    key_places: Vec<Option<u32>>,
    value_places: Vec<Option<u32>>,
    keys: Vec<String>,
    values: Vec<Value>,
}

impl<'a> Tables<'a> {
    fn new(layer: &'a Layer) -> Tables<'a> {
        Tables {
            layer,
            key_places: vec![None; layer.keys.len()],
            value_places: vec![None; layer.values.len()],
            keys: Vec::new(),
            values: Vec::new(),
        }
    }

    fn tags(&mut self, feature: &Feature, readable: &[bool]) -> Result<Vec<u32>, TileError> {
        let mut tags = Vec::with_capacity(feature.tags.len());
        for (key, value) in pairs(feature)? {
            match readable.get(key) {
                Some(true) => {}
                Some(false) => continue,
                None => return Err(TileError::Mvt("clé hors de la table".into())),
            }
            tags.push(place(&mut self.key_places, key, &self.layer.keys, &mut self.keys)?);
            tags.push(place(&mut self.value_places, value, &self.layer.values, &mut self.values)?);
        }
        Ok(tags)
    }
}

/// Where the stored entry `index` stands in the new table; it is added at its first use.
fn place<T: Clone>(
    places: &mut [Option<u32>],
    index: usize,
    stored: &[T],
    table: &mut Vec<T>,
) -> Result<u32, TileError> {
    let outside = || TileError::Mvt("entrée hors de la table".into());
    let place = places.get_mut(index).ok_or_else(outside)?;
    if let Some(place) = place {
        return Ok(*place);
    }
    let new = u32::try_from(table.len()).map_err(|_| outside())?;
    table.push(stored.get(index).ok_or_else(outside)?.clone());
    *place = Some(new);
    Ok(new)
}
