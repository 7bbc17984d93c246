//! The part of a stored tile that a reader may have.

use super::TileError;
use super::visibility::{VisibilityIndexer, VisibilityMask};
use super::wire::{Feature, Layer, bad, layers, put_varint, write_layer};
use domain::Scale;

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

/// Keeps the zones of the part and the columns that are read. What is dropped leaves no
/// trace: keys and values are rebuilt from the zones that remain, in the order of first use.
/// Geometries, ids and the order of zones are those of the stored tile.
///
/// `indexer` is that of the tile's layers so far: it gives a zone the place of its question among
/// the bits of the part.
pub(super) fn filter(
    plain: &[u8],
    scale: Scale,
    part: &VisibilityMask,
    indexer: &mut VisibilityIndexer,
    is_read: &dyn Fn(&str) -> bool,
) -> Result<Filtered, TileError> {
    let mut whole = true;
    let mut kept = Vec::new();
    for layer in layers(plain)? {
        let layer = Layer::read(layer)?;
        let readable: Vec<bool> = layer.keys.iter().map(|column| is_read(column)).collect();
        let zones = filter_layer(&layer, scale, part, indexer, &readable, &mut kept)?;
        whole &= zones == layer.features.len() && readable.iter().all(|readable| *readable);
    }
    Ok(match (kept.is_empty(), whole) {
        (true, _) => Filtered::Nothing,
        (false, true) => Filtered::Everything,
        (false, false) => Filtered::Part(kept),
    })
}

/// Adds what remains of the layer, unless nothing does, and says how many zones it has.
fn filter_layer(
    layer: &Layer<'_>,
    scale: Scale,
    part: &VisibilityMask,
    indexer: &mut VisibilityIndexer,
    readable: &[bool],
    out: &mut Vec<u8>,
) -> Result<usize, TileError> {
    let places = indexer.places(layer, scale)?;
    let mut tables = Tables::new(layer);
    let (mut features, mut tags, mut zones) = (Vec::new(), Vec::new(), 0);
    for (feature, question) in layer.features.iter().zip(places) {
        if part.shows(question) {
            let feature = Feature::read(feature)?;
            tags.clear();
            tables.tags(&feature, readable, &mut tags)?;
            feature.write(&tags, &mut features);
            zones += 1;
        }
    }
    if zones > 0 {
        write_layer(layer, &features, &tables.keys, &tables.values, out);
    }
    Ok(zones)
}

/// The keys and values in use so far, and where each stored one went.
struct Tables<'a> {
    layer: &'a Layer<'a>,
    key_places: Vec<Option<u32>>,
    value_places: Vec<Option<u32>>,
    keys: Vec<&'a str>,
    values: Vec<&'a [u8]>,
}

impl<'a> Tables<'a> {
    fn new(layer: &'a Layer<'a>) -> Tables<'a> {
        Tables {
            layer,
            key_places: vec![None; layer.keys.len()],
            value_places: vec![None; layer.values.len()],
            keys: Vec::new(),
            values: Vec::new(),
        }
    }

    fn tags(
        &mut self,
        feature: &Feature<'_>,
        readable: &[bool],
        tags: &mut Vec<u8>,
    ) -> Result<(), TileError> {
        for pair in feature.pairs() {
            let (key, value) = pair?;
            match readable.get(key) {
                Some(true) => {}
                Some(false) => continue,
                None => return Err(bad("clé hors de la table")),
            }
            let key = place(&mut self.key_places, key, &self.layer.keys, &mut self.keys)?;
            put_varint(tags, key.into());
            let value = place(&mut self.value_places, value, &self.layer.values, &mut self.values)?;
            put_varint(tags, value.into());
        }
        Ok(())
    }
}

/// Where the stored entry `index` stands in the new table; it is added at its first use.
fn place<T: Copy>(
    places: &mut [Option<u32>],
    index: usize,
    stored: &[T],
    table: &mut Vec<T>,
) -> Result<u32, TileError> {
    let outside = || bad("entrée hors de la table");
    let place = places.get_mut(index).ok_or_else(outside)?;
    if let Some(place) = place {
        return Ok(*place);
    }
    let new = u32::try_from(table.len()).map_err(|_| outside())?;
    table.push(*stored.get(index).ok_or_else(outside)?);
    *place = Some(new);
    Ok(new)
}
