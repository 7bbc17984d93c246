//! The zones of an edition, as its files and its tiles show them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use flatgeobuf::{FallibleStreamingIterator, FgbReader};
use geozero::error::Result;
use geozero::mvt::tile::Value;
use geozero::mvt::{Message, Tile};
use geozero::{ColumnValue, FeatureProperties, PropertyProcessor, ToGeo};

/// One value of a zone. Integers and shares are told apart by their column, not by their bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Truth(bool),
    Number(f64),
}

/// What is said of one zone; a null is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zone(pub BTreeMap<String, Cell>);

impl Zone {
    /// A text column; empty where it is absent.
    pub fn text(&self, column: &str) -> &str {
        match self.0.get(column) {
            Some(Cell::Text(text)) => text,
            None => "",
            Some(other) => panic!("{column} is no text: {other:?}"),
        }
    }

    /// A figure, if it is shown.
    pub fn number(&self, column: &str) -> Option<f64> {
        match self.0.get(column) {
            Some(Cell::Number(number)) => Some(*number),
            None => None,
            Some(other) => panic!("{column} is no number: {other:?}"),
        }
    }

    /// A count, if it is shown.
    pub fn count(&self, column: &str) -> Option<u64> {
        self.number(column).map(|number| {
            assert!(number >= 0.0 && number.fract() == 0.0, "{column} is no count");
            number as u64
        })
    }

    /// Whether the universe of respondents is secret here.
    pub fn is_secret(&self) -> bool {
        match self.0.get("secret") {
            Some(Cell::Truth(secret)) => *secret,
            other => panic!("every zone says whether it is secret: {other:?}"),
        }
    }
}

impl PropertyProcessor for Zone {
    fn property(&mut self, _: usize, name: &str, value: &ColumnValue<'_>) -> Result<bool> {
        let cell = match value {
            ColumnValue::String(text) => Cell::Text((*text).to_owned()),
            ColumnValue::Bool(truth) => Cell::Truth(*truth),
            ColumnValue::Long(number) => Cell::Number(*number as f64),
            ColumnValue::Double(number) => Cell::Number(*number),
            other => panic!("no column has this type: {other:?}"),
        };
        assert!(self.0.insert(name.to_owned(), cell).is_none(), "{name} twice");
        Ok(false)
    }
}

/// The names of a FlatGeobuf's columns, in order.
pub fn fgb_columns(path: &Path) -> Vec<String> {
    let reader = FgbReader::open(BufReader::new(File::open(path).unwrap())).unwrap();
    reader.header().columns().unwrap().iter().map(|column| column.name().to_owned()).collect()
}

/// Every zone of a FlatGeobuf, by code, with its geometry.
pub fn fgb(path: &Path) -> BTreeMap<String, (Zone, geo::Geometry)> {
    let reader = FgbReader::open(BufReader::new(File::open(path).unwrap())).unwrap();
    let mut features = reader.select_all().unwrap();
    let mut zones = BTreeMap::new();
    while let Some(feature) = features.next().unwrap() {
        let mut zone = Zone::default();
        feature.process_properties(&mut zone).unwrap();
        let geometry = feature.to_geo().unwrap();
        let code = zone.text("code").to_owned();
        assert!(zones.insert(code, (zone, geometry)).is_none(), "a code is one zone");
    }
    zones
}

/// The zones of a FlatGeobuf, by code.
pub fn fgb_zones(path: &Path) -> BTreeMap<String, Zone> {
    fgb(path).into_iter().map(|(code, (zone, _))| (code, zone)).collect()
}

/// The layers of a tile: for each its zones, with their ids.
pub fn tile_zones(bytes: &[u8]) -> BTreeMap<String, Vec<(u64, Zone)>> {
    let tile = Tile::decode(bytes).unwrap();
    let mut layers = BTreeMap::new();
    for layer in tile.layers {
        let zones = layer.features.iter().map(|feature| {
            let (pairs, rest) = feature.tags.as_chunks::<2>();
            assert!(rest.is_empty());
            let cells = pairs.iter().map(|[key, value]| {
                (layer.keys[*key as usize].clone(), cell(&layer.values[*value as usize]))
            });
            (feature.id.expect("every zone has an id"), Zone(cells.collect()))
        });
        let zones = zones.collect();
        assert!(layers.insert(layer.name.clone(), zones).is_none(), "a layer is there once");
    }
    layers
}

fn cell(value: &Value) -> Cell {
    match value {
        Value { string_value: Some(text), .. } => Cell::Text(text.clone()),
        Value { bool_value: Some(truth), .. } => Cell::Truth(*truth),
        Value { double_value: Some(number), .. } => Cell::Number(*number),
        Value { float_value: Some(number), .. } => Cell::Number(f64::from(*number)),
        Value { int_value: Some(number), .. } => Cell::Number(*number as f64),
        Value { sint_value: Some(number), .. } => Cell::Number(*number as f64),
        Value { uint_value: Some(number), .. } => Cell::Number(*number as f64),
        other => panic!("an empty value: {other:?}"),
    }
}
