//! MVT as it stands in memory: a layer is taken apart without copying what is only carried along,
//! and a smaller one is put together from the pieces.
//!
//! Messages and fields are those of the specification (MVT 2.1) in protobuf's encoding.

use super::TileError;

/// Fields of the messages.
const TILE_LAYER: u32 = 3;
const LAYER_NAME: u32 = 1;
const LAYER_FEATURE: u32 = 2;
const LAYER_KEY: u32 = 3;
const LAYER_VALUE: u32 = 4;
const LAYER_EXTENT: u32 = 5;
const LAYER_VERSION: u32 = 15;
const FEATURE_ID: u32 = 1;
const FEATURE_TAGS: u32 = 2;
const FEATURE_TYPE: u32 = 3;
const FEATURE_GEOMETRY: u32 = 4;
const VALUE_TEXT: u32 = 1;

/// The layers of a tile, each still a message.
pub(super) fn layers(tile: &[u8]) -> Result<Vec<&[u8]>, TileError> {
    let mut layers = Vec::new();
    for field in Fields(tile) {
        if let (TILE_LAYER, Field::Bytes(layer)) = field? {
            layers.push(layer);
        }
    }
    Ok(layers)
}

/// A layer in its parts. Features and values are messages.
#[derive(Default)]
pub(super) struct Layer<'a> {
    pub(super) name: &'a [u8],
    pub(super) features: Vec<&'a [u8]>,
    pub(super) keys: Vec<&'a str>,
    pub(super) values: Vec<&'a [u8]>,
    pub(super) extent: Option<u64>,
    pub(super) version: Option<u64>,
}

impl<'a> Layer<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Layer<'a>, TileError> {
        let mut layer = Layer::default();
        for field in Fields(bytes) {
            match field? {
                (LAYER_NAME, Field::Bytes(name)) => layer.name = name,
                (LAYER_FEATURE, Field::Bytes(feature)) => layer.features.push(feature),
                (LAYER_KEY, Field::Bytes(key)) => layer.keys.push(text(key)?),
                (LAYER_VALUE, Field::Bytes(value)) => layer.values.push(value),
                (LAYER_EXTENT, Field::Number(extent)) => layer.extent = Some(extent),
                (LAYER_VERSION, Field::Number(version)) => layer.version = Some(version),
                // What the specification does not name is not carried along.
                _ => {}
            }
        }
        Ok(layer)
    }

    /// The text of a value; a value of another kind is empty.
    pub(super) fn text(&self, value: usize) -> Result<&'a str, TileError> {
        let value = self.values.get(value).ok_or_else(|| bad("valeur hors de la table"))?;
        let mut found = "";
        for field in Fields(value) {
            if let (VALUE_TEXT, Field::Bytes(bytes)) = field? {
                found = text(bytes)?;
            }
        }
        Ok(found)
    }
}

/// A feature in its parts.
#[derive(Default)]
pub(super) struct Feature<'a> {
    id: Option<u64>,
    tags: &'a [u8],
    kind: Option<u64>,
    geometry: &'a [u8],
}

impl<'a> Feature<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Feature<'a>, TileError> {
        let mut feature = Feature::default();
        for field in Fields(bytes) {
            match field? {
                (FEATURE_ID, Field::Number(id)) => feature.id = Some(id),
                (FEATURE_TAGS, Field::Bytes(tags)) if feature.tags.is_empty() => {
                    feature.tags = tags;
                }
                (FEATURE_TYPE, Field::Number(kind)) => feature.kind = Some(kind),
                (FEATURE_GEOMETRY, Field::Bytes(bytes)) if feature.geometry.is_empty() => {
                    feature.geometry = bytes;
                }
                // In pieces or not packed: no edition is written so.
                (FEATURE_TAGS | FEATURE_GEOMETRY, _) => return Err(bad("liste en morceaux")),
                _ => {}
            }
        }
        Ok(feature)
    }

    /// The (key, value) indices.
    pub(super) fn pairs(&self) -> Pairs<'a> {
        Pairs(self.tags)
    }

    /// Adds the feature with other tags as a field of a layer.
    pub(super) fn write(&self, tags: &[u8], out: &mut Vec<u8>) {
        let mut message = Vec::with_capacity(tags.len() + self.geometry.len() + 32);
        if let Some(id) = self.id {
            put_number(&mut message, FEATURE_ID, id);
        }
        put_bytes(&mut message, FEATURE_TAGS, tags);
        if let Some(kind) = self.kind {
            put_number(&mut message, FEATURE_TYPE, kind);
        }
        put_bytes(&mut message, FEATURE_GEOMETRY, self.geometry);
        put_bytes(out, LAYER_FEATURE, &message);
    }
}

/// The layer with other features (fields as [`Feature::write`] leaves them), keys and values, as a
/// field of a tile.
pub(super) fn write_layer(
    layer: &Layer<'_>,
    features: &[u8],
    keys: &[&str],
    values: &[&[u8]],
    out: &mut Vec<u8>,
) {
    let mut message = Vec::with_capacity(features.len() + 32 * (keys.len() + values.len()) + 64);
    put_bytes(&mut message, LAYER_NAME, layer.name);
    message.extend_from_slice(features);
    keys.iter().for_each(|key| put_bytes(&mut message, LAYER_KEY, key.as_bytes()));
    values.iter().for_each(|value| put_bytes(&mut message, LAYER_VALUE, value));
    for (field, value) in [(LAYER_EXTENT, layer.extent), (LAYER_VERSION, layer.version)] {
        if let Some(value) = value {
            put_number(&mut message, field, value);
        }
    }
    put_bytes(out, TILE_LAYER, &message);
}

/// Adds a number as protobuf writes it.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_number(out: &mut Vec<u8>, field: u32, value: u64) {
    put_varint(out, u64::from(field) << 3);
    put_varint(out, value);
}

fn put_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    put_varint(out, u64::from(field) << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// What a field holds.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Four or eight bytes: no field that is read here.
    Other,
}

/// The fields of a message, until one is malformed.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Field<'a>), TileError>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| self.field())
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Result<(u32, Field<'a>), TileError> {
        let head = take_varint(&mut self.0)?;
        let number = u32::try_from(head >> 3).map_err(|_| bad("numéro de champ"))?;
        let field = match head & 7 {
            0 => Field::Number(take_varint(&mut self.0)?),
            1 => self.take(8).map(|_| Field::Other)?,
            2 => {
                let length = take_varint(&mut self.0)?;
                Field::Bytes(self.take(usize::try_from(length).unwrap_or(usize::MAX))?)
            }
            5 => self.take(4).map(|_| Field::Other)?,
            _ => return Err(bad("type de champ")),
        };
        Ok((number, field))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], TileError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(|| bad("champ coupé"))?;
        self.0 = rest;
        Ok(taken)
    }
}

/// The tags of a feature, two by two.
pub(super) struct Pairs<'a>(&'a [u8]);

impl Iterator for Pairs<'_> {
    type Item = Result<(usize, usize), TileError>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| {
            let key = take_varint(&mut self.0)?;
            if self.0.is_empty() {
                return Err(bad("nombre impair d'étiquettes"));
            }
            let value = take_varint(&mut self.0)?;
            let index = |number| usize::try_from(number).unwrap_or(usize::MAX);
            Ok((index(key), index(value)))
        })
    }
}

fn take_varint(bytes: &mut &[u8]) -> Result<u64, TileError> {
    let mut value = 0_u64;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            *bytes = &bytes[place + 1..];
            return Ok(value);
        }
    }
    Err(bad("nombre coupé"))
}

fn text(bytes: &[u8]) -> Result<&str, TileError> {
    std::str::from_utf8(bytes).map_err(|_| bad("texte qui n'est pas de l'UTF-8"))
}

pub(super) fn bad(problem: &'static str) -> TileError {
    TileError::Mvt(problem)
}
