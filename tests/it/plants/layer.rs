//! A FlatGeobuf taken apart, to be changed and written again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use flatgeobuf::{
    ColumnType, FallibleStreamingIterator, FgbCrs, FgbReader, FgbWriter, FgbWriterOptions,
    GeometryType,
};
use geo::Geometry;
use geozero::{ColumnValue, FeatureProperties, PropertyProcessor, ToGeo};

/// What a zone says in one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Truth(bool),
    Integer(i64),
    Number(f64),
}

/// A column of the header.
#[derive(Clone)]
pub struct Column {
    pub name: String,
    pub kind: ColumnType,
    pub title: String,
    pub description: String,
    pub nullable: bool,
    /// Whether it says of itself what the engine does not: width, precision, scale, unique,
    /// primary key, metadata.
    pub is_talkative: bool,
}

/// A zone.
#[derive(Clone)]
pub struct Zone {
    pub geometry: Geometry,
    pub values: BTreeMap<usize, Value>,
}

/// The whole file.
#[derive(Clone)]
pub struct Layer {
    pub name: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub metadata: Option<String>,
    /// Organisation, name, description, text and code of the system of coordinates.
    pub crs: [Option<String>; 5],
    pub crs_code: i32,
    pub kind: GeometryType,
    pub has_more_dimensions: bool,
    pub has_index: bool,
    pub columns: Vec<Column>,
    pub zones: Vec<Zone>,
}

impl Layer {
    pub fn read(path: &Path) -> Layer {
        let reader = FgbReader::open(BufReader::new(File::open(path).unwrap())).unwrap();
        let header = reader.header();
        let own = |text: Option<&str>| text.map(str::to_owned);
        let crs = header.crs().unwrap();
        let column = |column: flatgeobuf::Column<'_>| Column {
            name: column.name().to_owned(),
            kind: column.type_(),
            title: column.title().unwrap().to_owned(),
            description: column.description().unwrap().to_owned(),
            nullable: column.nullable(),
            is_talkative: false,
        };
        let mut layer = Layer {
            name: header.name().unwrap().to_owned(),
            title: own(header.title()),
            description: own(header.description()),
            metadata: own(header.metadata()),
            crs: [crs.org(), crs.name(), crs.description(), crs.wkt(), crs.code_string()].map(own),
            crs_code: crs.code(),
            kind: header.geometry_type(),
            has_more_dimensions: false,
            has_index: true,
            columns: header.columns().unwrap().iter().map(column).collect(),
            zones: Vec::new(),
        };
        let mut features = reader.select_all().unwrap();
        while let Some(feature) = features.next().unwrap() {
            let mut values = Values(BTreeMap::new());
            feature.process_properties(&mut values).unwrap();
            layer.zones.push(Zone { geometry: feature.to_geo().unwrap(), values: values.0 });
        }
        layer
    }

    /// Writes it as the engine does: zones in the order of their codes.
    pub fn write(&self, path: &Path) {
        let [org, name, description, wkt, code_string] = self.crs.each_ref().map(Option::as_deref);
        let crs = FgbCrs { org, code: self.crs_code, name, description, wkt, code_string };
        let more = self.has_more_dimensions;
        let options = FgbWriterOptions {
            write_index: self.has_index,
            detect_type: false,
            crs,
            has_z: more,
            has_m: more,
            has_t: more,
            has_tm: more,
            title: self.title.as_deref(),
            description: self.description.as_deref(),
            metadata: self.metadata.as_deref(),
            ..Default::default()
        };
        let mut writer = FgbWriter::create_with_options(&self.name, self.kind, options).unwrap();
        for column in &self.columns {
            writer.add_column(&column.name, column.kind, |builder, arguments| {
                arguments.title = Some(builder.create_string(&column.title));
                arguments.description = Some(builder.create_string(&column.description));
                arguments.nullable = column.nullable;
                if column.is_talkative {
                    (arguments.width, arguments.precision, arguments.scale) = (9, 9, 9);
                    (arguments.unique, arguments.primary_key) = (true, true);
                    arguments.metadata = Some(builder.create_string("9"));
                }
            });
        }
        let mut zones: Vec<&Zone> = self.zones.iter().collect();
        zones.sort_by_key(|zone| zone.code());
        for zone in zones {
            writer
                .add_feature_geom(zone.geometry.clone(), |out| {
                    for (place, value) in &zone.values {
                        let value = match value {
                            Value::Text(text) => ColumnValue::String(text),
                            Value::Truth(truth) => ColumnValue::Bool(*truth),
                            Value::Integer(number) => ColumnValue::Long(*number),
                            Value::Number(number) => ColumnValue::Double(*number),
                        };
                        out.property(*place, &self.columns[*place].name, &value).unwrap();
                    }
                })
                .unwrap();
        }
        writer.write(BufWriter::new(File::create(path).unwrap())).unwrap();
    }

    /// The place of a column.
    pub fn column(&self, name: &str) -> usize {
        self.columns.iter().position(|column| column.name == name).unwrap()
    }

    /// The places of the zones, sorted by code.
    pub fn by_code(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.zones.len()).collect();
        places.sort_by_key(|place| self.zones[*place].code());
        places
    }
}

impl Zone {
    pub fn code(&self) -> String {
        match &self.values[&0] {
            Value::Text(code) => code.clone(),
            other => panic!("{other:?}"),
        }
    }

    pub fn integer(&self, column: usize) -> Option<i64> {
        match self.values.get(&column) {
            Some(Value::Integer(number)) => Some(*number),
            None => None,
            other => panic!("{other:?}"),
        }
    }
}

struct Values(BTreeMap<usize, Value>);

impl PropertyProcessor for Values {
    fn property(
        &mut self,
        place: usize,
        _: &str,
        value: &ColumnValue<'_>,
    ) -> geozero::error::Result<bool> {
        let value = match value {
            ColumnValue::String(text) => Value::Text((*text).to_owned()),
            ColumnValue::Bool(truth) => Value::Truth(*truth),
            ColumnValue::Long(number) => Value::Integer(*number),
            ColumnValue::Double(number) => Value::Number(*number),
            other => panic!("no column has this type: {other:?}"),
        };
        self.0.insert(place, value);
        Ok(false)
    }
}
