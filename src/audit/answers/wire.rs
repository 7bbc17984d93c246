//! A vector tile (MVT 2.1), taken apart without leaving anything out: what the specification does
//! not name, and what a writer could say by its choice of bytes, is a flaw.

use crate::mismatch::Mismatch;

/// A layer.
#[derive(Default)]
pub struct Layer<'a> {
    pub name: &'a str,
    pub features: Vec<Feature<'a>>,
    pub keys: Vec<&'a str>,
    pub values: Vec<Value<'a>>,
    pub extent: Option<u64>,
    pub version: Option<u64>,
}

/// A feature. Geometry is packed as it stands.
#[derive(Default)]
pub struct Feature<'a> {
    pub id: Option<u64>,
    pub tags: Vec<(usize, usize)>,
    pub kind: u64,
    pub geometry: &'a [u8],
}

/// A value of a layer's table. Numbers are of the one type that each column has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    Text(&'a str),
    Double(f64),
    Unsigned(u64),
    Truth(bool),
    /// A type that no column has.
    Other,
}

impl<'a> Layer<'a> {
    /// The properties of a feature; entries outside the tables are left out, which is a flaw.
    pub fn properties(&self, feature: &Feature<'_>) -> Vec<(&'a str, Value<'a>)> {
        let entry = |(key, value): &(usize, usize)| {
            Some((*self.keys.get(*key)?, *self.values.get(*value)?))
        };
        feature.tags.iter().filter_map(entry).collect()
    }
}

/// The layers of a tile.
///
/// # Errors
/// Bytes that are no tile at all.
pub fn read<'a>(bytes: &'a [u8], flaws: &mut Vec<String>) -> Result<Vec<Layer<'a>>, Mismatch> {
    let mut layers = Vec::new();
    let mut rest = bytes;
    while let Some((number, field)) = next(&mut rest)? {
        match (number, field) {
            (3, Field::Bytes(layer)) => layers.push(read_layer(layer, flaws)?),
            _ => flaws.push(format!("champ {number} inattendu dans la tuile")),
        }
    }
    Ok(layers)
}

/// The bytes of these layers as the server writes them: fields in the order of their numbers,
/// keys and values in the order of their first use.
pub fn write(layers: &[Layer<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for layer in layers {
        let mut message = Vec::new();
        put_bytes(&mut message, 1, layer.name.as_bytes());
        let (mut keys, mut values) = (Order::new(layer.keys.len()), Order::new(layer.values.len()));
        for feature in &layer.features {
            let mut tags = Vec::new();
            for (key, value) in &feature.tags {
                put_varint(&mut tags, keys.place(*key));
                put_varint(&mut tags, values.place(*value));
            }
            let mut one = Vec::new();
            if let Some(id) = feature.id {
                put_number(&mut one, 1, id);
            }
            put_bytes(&mut one, 2, &tags);
            put_number(&mut one, 3, feature.kind);
            put_bytes(&mut one, 4, feature.geometry);
            put_bytes(&mut message, 2, &one);
        }
        for key in keys.used {
            put_bytes(&mut message, 3, layer.keys[key].as_bytes());
        }
        for value in values.used {
            put_bytes(&mut message, 4, &value_bytes(&layer.values[value]));
        }
        for (number, value) in [(5, layer.extent), (15, layer.version)] {
            if let Some(value) = value {
                put_number(&mut message, number, value);
            }
        }
        put_bytes(&mut out, 3, &message);
    }
    out
}

/// The commands of a geometry, each number of it decoded.
pub fn numbers(mut packed: &[u8]) -> Result<Vec<u64>, Mismatch> {
    let mut numbers = Vec::new();
    while !packed.is_empty() {
        numbers.push(varint(&mut packed)?);
    }
    Ok(numbers)
}

fn read_layer<'a>(bytes: &'a [u8], flaws: &mut Vec<String>) -> Result<Layer<'a>, Mismatch> {
    let mut layer = Layer::default();
    let mut rest = bytes;
    while let Some((number, field)) = next(&mut rest)? {
        match (number, field) {
            (1, Field::Bytes(name)) => layer.name = text(name)?,
            (2, Field::Bytes(feature)) => layer.features.push(read_feature(feature, flaws)?),
            (3, Field::Bytes(key)) => layer.keys.push(text(key)?),
            (4, Field::Bytes(value)) => layer.values.push(read_value(value, flaws)?),
            (5, Field::Number(extent)) => layer.extent = Some(extent),
            (15, Field::Number(version)) => layer.version = Some(version),
            _ => flaws.push(format!("champ {number} inattendu dans une couche")),
        }
    }
    unused(&layer, flaws);
    Ok(layer)
}

/// Every entry of the tables is used, every tag has its entries.
fn unused(layer: &Layer<'_>, flaws: &mut Vec<String>) {
    let mut used = (vec![false; layer.keys.len()], vec![false; layer.values.len()]);
    for (key, value) in layer.features.iter().flat_map(|feature| &feature.tags) {
        match (used.0.get_mut(*key), used.1.get_mut(*value)) {
            (Some(key), Some(value)) => (*key, *value) = (true, true),
            _ => flaws.push("étiquettes hors de leur table".to_owned()),
        }
    }
    for (key, _) in layer.keys.iter().zip(&used.0).filter(|(_, used)| !**used) {
        flaws.push(format!("clé « {key} » sans usage"));
    }
    if used.1.contains(&false) {
        flaws.push("valeur sans usage".to_owned());
    }
}

fn read_feature<'a>(bytes: &'a [u8], flaws: &mut Vec<String>) -> Result<Feature<'a>, Mismatch> {
    let mut feature = Feature::default();
    let mut rest = bytes;
    while let Some((number, field)) = next(&mut rest)? {
        match (number, field) {
            (1, Field::Number(id)) => feature.id = Some(id),
            (2, Field::Bytes(tags)) => {
                let numbers = numbers(tags)?;
                let index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
                let (pairs, odd) = numbers.as_chunks::<2>();
                feature.tags.extend(pairs.iter().map(|[key, value]| (index(*key), index(*value))));
                if !odd.is_empty() {
                    flaws.push("étiquettes en nombre impair".to_owned());
                }
            }
            (3, Field::Number(kind)) => feature.kind = kind,
            (4, Field::Bytes(geometry)) => feature.geometry = geometry,
            _ => flaws.push(format!("champ {number} inattendu dans une zone")),
        }
    }
    Ok(feature)
}

fn read_value<'a>(bytes: &'a [u8], flaws: &mut Vec<String>) -> Result<Value<'a>, Mismatch> {
    let mut found = None;
    let mut rest = bytes;
    while let Some((number, field)) = next(&mut rest)? {
        let value = match (number, field) {
            (1, Field::Bytes(bytes)) => Value::Text(text(bytes)?),
            (3, Field::Eight(bytes)) => Value::Double(f64::from_le_bytes(bytes)),
            (5, Field::Number(number)) => Value::Unsigned(number),
            (7, Field::Number(truth @ (0 | 1))) => Value::Truth(truth == 1),
            _ => Value::Other,
        };
        if found.replace(value).is_some() || value == Value::Other {
            flaws.push("valeur d'un type inattendu".to_owned());
        }
    }
    if found.is_none() {
        flaws.push("valeur vide".to_owned());
    }
    Ok(found.unwrap_or(Value::Other))
}

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Eight([u8; 8]),
    Four,
}

fn next<'a>(bytes: &mut &'a [u8]) -> Result<Option<(u64, Field<'a>)>, Mismatch> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let head = varint(bytes)?;
    let cut = || "n'est pas une tuile : champ coupé".to_owned();
    let field = match head & 7 {
        0 => Field::Number(varint(bytes)?),
        1 => {
            let (eight, rest) = bytes.split_first_chunk::<8>().ok_or_else(cut)?;
            *bytes = rest;
            Field::Eight(*eight)
        }
        2 => {
            let length = usize::try_from(varint(bytes)?).unwrap_or(usize::MAX);
            let (taken, rest) = bytes.split_at_checked(length).ok_or_else(cut)?;
            *bytes = rest;
            Field::Bytes(taken)
        }
        5 => {
            *bytes = bytes.get(4..).ok_or_else(cut)?;
            Field::Four
        }
        _ => return Err("n'est pas une tuile : type de champ".into()),
    };
    Ok(Some((head >> 3, field)))
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Mismatch> {
    let mut value = 0_u64;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            *bytes = &bytes[place + 1..];
            return Ok(value);
        }
    }
    Err("n'est pas une tuile : nombre coupé".into())
}

fn text(bytes: &[u8]) -> Result<&str, Mismatch> {
    std::str::from_utf8(bytes).map_err(|_| "texte qui n'est pas de l'UTF-8".into())
}

/// The entries of a table in the order of their first use.
struct Order {
    places: Vec<Option<u64>>,
    used: Vec<usize>,
}

impl Order {
    fn new(entries: usize) -> Order {
        Order { places: vec![None; entries], used: Vec::new() }
    }

    /// Where an entry stands; one outside the table keeps its number, and was named as a flaw.
    fn place(&mut self, entry: usize) -> u64 {
        let Some(place) = self.places.get_mut(entry) else { return entry as u64 };
        *place.get_or_insert_with(|| {
            self.used.push(entry);
            self.used.len() as u64 - 1
        })
    }
}

fn value_bytes(value: &Value<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    match value {
        Value::Text(text) => put_bytes(&mut out, 1, text.as_bytes()),
        Value::Double(number) => {
            put_varint(&mut out, 3 << 3 | 1);
            out.extend_from_slice(&number.to_le_bytes());
        }
        Value::Unsigned(number) => put_number(&mut out, 5, *number),
        Value::Truth(truth) => put_number(&mut out, 7, u64::from(*truth)),
        Value::Other => {}
    }
    out
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_number(out: &mut Vec<u8>, field: u64, value: u64) {
    put_varint(out, field << 3);
    put_varint(out, value);
}

fn put_bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_varint(out, field << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}
