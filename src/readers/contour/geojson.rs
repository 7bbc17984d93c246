//! GeoJSON (RFC 7946, and the `crs` member of its predecessor), one entity in memory at a time.
//!
//! geozero reads the geometries. Its reader of whole files holds the file in memory, drops the
//! `crs` member and says no line of an error, so serde reads what is around them.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::Path;

use geozero::geojson::GeoJson;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::ContourSpec;
use super::field::{Cell, choose};
use super::problem::Problem;
use super::raw::{RawFeature, RawLayer};
use super::rings::rings;
use crate::crs::{Crs, UnknownCrs};

/// Reads the entities of a FeatureCollection.
pub(super) fn read(path: &Path, spec: &ContourSpec) -> Result<RawLayer, Problem> {
    let mut reader = BufReader::new(std::fs::File::open(path).map_err(Problem::Read)?);
    if reader.fill_buf().map_err(Problem::Read)?.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    let mut collection =
        Collection { spec, layer: RawLayer::default(), problem: None, fields: None };
    let mut json = serde_json::Deserializer::from_reader(reader);
    let read = (&mut collection).deserialize(&mut json).and_then(|()| json.end());
    match (collection.problem, read) {
        (Some(problem), _) => return Err(problem),
        (None, Err(error)) if error.is_io() => return Err(Problem::Read(error.into())),
        (None, Err(error)) => {
            let place = format!("ligne {}, colonne {}", error.line(), error.column());
            return Err(Problem::Broken("GeoJSON", place));
        }
        (None, Ok(())) => {}
    }
    let mut layer = collection.layer;
    if spec.crs.is_none() {
        layer.crs.get_or_insert(Crs::wgs84());
    }
    Ok(layer)
}

/// The file while it is read. A problem that JSON has no word for waits in `problem`.
struct Collection<'a> {
    spec: &'a ContourSpec,
    layer: RawLayer,
    problem: Option<Problem>,
    /// Names of the code field and of the name field, chosen at the first entity.
    fields: Option<(String, Option<String>)>,
}

impl<'de> DeserializeSeed<'de> for &mut Collection<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Collection<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("une FeatureCollection")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut seen = false;
        let mut root = Feature { properties: None, geometry: None };
        let mut kind = String::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "crs" => {
                    let value: Value = map.next_value()?;
                    match self.spec.declared(declared_crs(&value).map_err(Problem::Crs)) {
                        Ok(crs) => self.layer.crs = crs,
                        Err(problem) => return Err(self.stop(problem)),
                    }
                }
                "features" => {
                    seen = true;
                    map.next_value_seed(Features(self))?;
                }
                "type" => kind = map.next_value()?,
                "properties" => root.properties = map.next_value()?,
                "geometry" => root.geometry = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        // A file of one zone may be its Feature alone; a geometry alone has no code.
        let end = match (seen, kind.as_str()) {
            (true, _) => Ok(()),
            (false, "Feature") => self.push(&root),
            (false, "FeatureCollection" | "") => Err(Problem::NoFeature),
            (false, _) => Err(Problem::Root(kind)),
        };
        end.map_err(|problem| self.stop(problem))
    }
}

impl Collection<'_> {
    /// Ends the reading with a problem of our own.
    fn stop<E: Error>(&mut self, problem: Problem) -> E {
        self.problem = Some(problem);
        E::custom("")
    }

    fn push(&mut self, feature: &Feature) -> Result<(), Problem> {
        let number = self.layer.next_number();
        let properties = feature.properties.as_ref();
        if self.fields.is_none() {
            let there: Vec<String> =
                properties.map(|map| map.keys().cloned().collect()).unwrap_or_default();
            let spec = self.spec;
            let found = choose(spec.scale, spec.code.as_deref(), spec.name.as_deref(), &there)?;
            let name = found.name.map(|index| there[index].clone());
            self.fields = Some((there[found.code].clone(), name));
        }
        let value = |field: &str| cell(properties.and_then(|map| map.get(field)));
        let (code, name) = match &self.fields {
            Some((code, name)) => (value(code), name.as_deref().map_or(Cell::Null, value)),
            None => (Cell::Null, Cell::Null),
        };
        let geometry = feature.geometry.as_deref().map(|text| GeoJson(text.get()));
        let rings = geometry.map_or(Ok(Vec::new()), |text| rings(&text, number))?;
        self.layer.push(RawFeature { code, name, rings })
    }
}

/// One entity, its geometry as text. `null` is the same as no member.
#[derive(serde::Deserialize)]
struct Feature {
    properties: Option<Map<String, Value>>,
    geometry: Option<Box<RawValue>>,
}

/// The array of entities.
struct Features<'a, 'b>(&'a mut Collection<'b>);

impl<'de> DeserializeSeed<'de> for Features<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Features<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("un tableau d'entités")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        while let Some(feature) = seq.next_element::<Feature>()? {
            if let Err(problem) = self.0.push(&feature) {
                return Err(self.0.stop(problem));
            }
        }
        Ok(())
    }
}

/// The `crs` member; `None` where it is null.
fn declared_crs(value: &Value) -> Result<Option<Crs>, UnknownCrs> {
    if value.is_null() {
        return Ok(None);
    }
    let name = value.pointer("/properties/name").and_then(Value::as_str);
    Crs::from_text(name.ok_or(UnknownCrs::Unreadable)?).map(Some)
}

fn cell(value: Option<&Value>) -> Cell {
    match value {
        Some(Value::String(text)) => Cell::Text(text.clone()),
        Some(Value::Number(number)) => number.as_f64().map_or(Cell::Null, Cell::number),
        _ => Cell::Null,
    }
}
