//! What can be planted in a FlatGeobuf: in each column of a zone, in each field of the header, in
//! the places, the number and the bytes of the zones.

use std::path::Path;
use std::sync::Arc;

use geo::{Geometry, MapCoords};

use super::Plant;
use super::layer::{Layer, Value, Zone};

/// Every plant of the file of a scale.
pub fn plants(edition: &Path, scale: &str) -> Vec<Plant> {
    let file = format!("{scale}.fgb");
    let layer = Arc::new(Layer::read(&edition.join(&file)));
    let mut all = Planter { file: file.clone(), layer: Arc::clone(&layer), plants: Vec::new() };
    let catalogue: serde_json::Value =
        serde_json::from_slice(&std::fs::read(edition.join("indicators.json")).unwrap()).unwrap();
    let indicators = catalogue["indicators"].as_array().unwrap().iter();
    let figures: Vec<&str> = indicators.map(|own| own["id"].as_str().unwrap()).collect();
    all.columns(scale, &figures);
    all.zones(scale);
    let own = all.plants.len();
    all.header();
    all.bytes();
    all.plants[own..].iter_mut().for_each(|plant| plant.is_everywhere = false);
    all.plants
}

struct Planter {
    file: String,
    layer: Arc<Layer>,
    plants: Vec<Plant>,
}

impl Planter {
    fn plant(
        &mut self,
        name: &str,
        change: impl Fn(&mut Layer) + Send + Sync + 'static,
    ) -> &mut Plant {
        let (layer, file) = (Arc::clone(&self.layer), self.file.clone());
        self.raw(name, move |folder| {
            let mut layer = (*layer).clone();
            change(&mut layer);
            layer.write(&folder.join(&file));
        })
    }

    fn raw(&mut self, name: &str, spoil: impl Fn(&Path) + Send + Sync + 'static) -> &mut Plant {
        self.plants.push(Plant::new(&self.file, name, spoil));
        self.plants.last_mut().unwrap()
    }

    /// Each column of some zone says something else. What tiles show too is found there; where the
    /// sources are given, against them.
    fn columns(&mut self, scale: &str, figures: &[&str]) {
        let names: Vec<String> = self.layer.columns.iter().map(|own| own.name.clone()).collect();
        let part = |name: &String| name.ends_with("_num") || name.ends_with("_den");
        let is_figure = |name: &String| figures.contains(&name.as_str());
        let mark = |name: &String| name.ends_with("_ext");
        let groups: [(&str, Vec<&String>); 5] = [
            (
                "columns of tiles",
                names[1..].iter().filter(|name| !part(name) && !mark(name)).collect(),
            ),
            // A zone of which one mark is none is not read further.
            ("marks that are none", names.iter().filter(|name| mark(name)).collect()),
            ("numerators", names.iter().filter(|name| name.ends_with("_num")).collect()),
            ("denominators", names.iter().filter(|name| name.ends_with("_den")).collect()),
            ("codes", vec![&names[0]]),
        ];
        assert_eq!(groups.iter().map(|group| group.1.len()).sum::<usize>(), names.len());
        for (group, own) in groups.into_iter().filter(|(_, own)| !own.is_empty()) {
            let places: Vec<usize> = own.iter().map(|name| self.layer.column(name)).collect();
            let changed = places.clone();
            let plant = self.plant(group, move |layer| {
                changed.iter().for_each(|place| change(layer, *place));
            });
            let tiles = format!("{scale}.pmtiles");
            for name in own {
                let quoted = format!("« {name} »");
                if part(name) {
                    plant.expect(&[&format!("{scale}.fgb"), &quoted]);
                } else {
                    plant.expect(&[&tiles, &quoted]);
                }
                let is_group = ["adresses", "logements", "reste"].contains(&&name[..]);
                let is_plain =
                    is_group || ["code", "nom", "communes", "situe", "secret"].contains(&&name[..]);
                if name.starts_with("n_") || part(name) || is_figure(name) {
                    plant.expect_inside(&["Chiffre", &quoted]);
                } else if name == "grappe" {
                    // The group that it names now has no zone.
                    plant.expect_inside(&["grappe.fgb", "absente"]);
                } else if mark(name) {
                    // A text that is no mark is found in the file itself.
                    plant.expect(&[&format!("{scale}.fgb"), &quoted]);
                } else if !is_plain {
                    panic!("no plant knows the column {name}");
                } else if *name != "secret" {
                    plant.expect_inside(&[&format!("{scale}.fgb"), &quoted, "sources"]);
                }
            }
        }
        self.marks(scale, &names);
        let plant = self.plant("a column more", |layer| {
            let column = layer.columns.last().unwrap().clone();
            layer.columns.push(super::layer::Column { name: "exact".into(), ..column });
            let place = layer.columns.len() - 1;
            layer.zones[0].values.insert(place, Value::Integer(9));
        });
        plant.expect(&["en-tête", "exact"]);
        let plant = self.plant("a column less", |layer| {
            let last = layer.columns.len() - 1;
            layer.columns.pop();
            layer.zones.iter_mut().for_each(|zone| drop(zone.values.remove(&last)));
        });
        plant.expect(&["en-tête", "nombre de colonnes"]);
    }

    /// Each column of marks says another mark in some zone, or a first one.
    fn marks(&mut self, scale: &str, names: &[String]) {
        let own: Vec<&String> = names.iter().filter(|name| name.ends_with("_ext")).collect();
        if own.is_empty() {
            return;
        }
        let places: Vec<usize> = own.iter().map(|name| self.layer.column(name)).collect();
        let plant = self.plant("marks", move |layer| {
            for place in &places {
                let order = layer.by_code();
                let says = order.iter().find(|zone| layer.zones[**zone].values.contains_key(place));
                let zone = &mut layer.zones[*says.unwrap_or(&order[0])];
                let is_low =
                    matches!(zone.values.get(place), Some(Value::Text(text)) if text == "bas");
                let other = if is_low { "haut" } else { "bas" };
                zone.values.insert(*place, Value::Text(other.into()));
            }
        });
        for name in own {
            let (quoted, tiles) = (format!("« {name} »"), format!("{scale}.pmtiles"));
            plant.expect(&[&tiles, &quoted]);
            let id = name.trim_end_matches("_ext");
            // In a zone that keeps the whole family secret it may be the mark that would be due.
            let rule = format!("R10|{scale}.fgb");
            plant.expect_inside(&[&rule, &format!("{quoted}|« {id} »")]);
        }
    }

    /// Each field of the header, at once.
    fn header(&mut self) {
        let plant = self.plant("words of the header", |layer| {
            layer.name.push('9');
            layer.title = Some("9".into());
            layer.description = Some("9".into());
            layer.metadata = Some("9".into());
            layer.crs = [0; 5].map(|_| Some("9".into()));
            layer.crs_code = 9;
            layer.has_more_dimensions = true;
            for column in &mut layer.columns {
                column.title.push('9');
                column.description.push('9');
                column.nullable = !column.nullable;
                column.is_talkative = true;
            }
        });
        let fields = [
            "name",
            "title",
            "description",
            "metadata",
            "has_z",
            "has_m",
            "has_t",
            "has_tm",
            "crs.org",
            "crs.name",
            "crs.description",
            "crs.wkt",
            "crs.code_string",
            "crs.code",
        ];
        fields.iter().for_each(|field| plant.expect(&["en-tête", &format!("« {field} »")]));
        let layer = Arc::clone(&self.layer);
        let plant = self.plants.last_mut().unwrap();
        for column in &layer.columns {
            let own = [
                "title",
                "description",
                "nullable",
                "width",
                "precision",
                "scale",
                "unique",
                "primary_key",
                "metadata",
            ];
            for field in own {
                let at = format!("colonne « {} », « {field} »", column.name);
                plant.expect(&["en-tête", &at]);
            }
        }
        let names: Vec<String> = layer.columns.iter().map(|own| own.name.clone()).collect();
        let plant = self.plant("names and types of the columns", |layer| {
            for column in &mut layer.columns {
                column.name.push('9');
                column.kind = flatgeobuf::ColumnType::Binary;
            }
            layer.zones.iter_mut().for_each(|zone| {
                zone.values.retain(|place, _| *place == 0);
            });
        });
        for name in names {
            for field in ["name", "type"] {
                plant.expect(&[&format!("colonne « {name}9 », « {field} »")]);
            }
        }
        self.plant("without index", |layer| layer.has_index = false)
            .expect(&["en-tête", "index_node_size"]);
    }

    /// Zones and places, exchanged, moved, doubled, dropped.
    fn zones(&mut self, scale: &str) {
        let (tiles, file) = (format!("{scale}.pmtiles"), self.file.clone());
        let sources: [&str; 3] = [&file, "géométrie", "sources"];
        let order = self.layer.by_code();
        let (first, last) = (order[0], order[order.len() - 1]);
        let moved = |zone: &mut Zone| {
            zone.geometry = zone.geometry.map_coords(|at| (at.x + 0.08, at.y + 0.06).into());
        };
        let plant = self.plant("a zone moved", move |layer| moved(&mut layer.zones[first]));
        plant.expect(&[&tiles, "géométrie"]);
        plant.expect_inside(&sources);
        let plant = self.plant("a zone doubled", move |layer| {
            let zone = layer.zones[last].clone();
            layer.zones.push(zone);
        });
        plant.expect(&[&file, "« code »", "deux fois"]);
        if first == last {
            return;
        }
        let plant = self.plant("places exchanged", move |layer| {
            let place = layer.zones[first].geometry.clone();
            let other = std::mem::replace(&mut layer.zones[last].geometry, place);
            layer.zones[first].geometry = other;
        });
        plant.expect(&[&tiles, "géométrie"]);
        plant.expect_inside(&sources);
        let code = self.layer.zones[last].code();
        let plant = self.plant("a zone dropped", move |layer| drop(layer.zones.remove(last)));
        plant.expect(&[&tiles, "« id »", "aucune zone"]);
        plant.expect_inside(&[&file, &code, "absente"]);
        let is_area = matches!(self.layer.zones[0].geometry, Geometry::MultiPolygon(_));
        assert_eq!(is_area, scale != "adresse");
    }

    /// Bytes that no reader asks for.
    fn bytes(&mut self) {
        let file = self.file.clone();
        let mut patch = |name: &str, words: &[&str], change: fn(&mut Vec<u8>)| {
            let file = file.clone();
            let plant = self.raw(name, move |folder| {
                let path = folder.join(&file);
                let mut bytes = std::fs::read(&path).unwrap();
                change(&mut bytes);
                std::fs::write(path, bytes).unwrap();
            });
            plant.expect(words);
        };
        patch("after the last zone", &["suivent la dernière zone"], |bytes| {
            bytes.extend(b"9 menages");
        });
        patch("after the header's table", &["octets que rien n'explique"], |bytes| {
            let length = header_length(bytes);
            bytes.splice(12 + length..12 + length, *b"9 menage");
            bytes[8..12].copy_from_slice(&(length as u32 + 8).to_le_bytes());
        });
        patch("after a zone's table", &["octets que rien n'explique"], |bytes| {
            let start = zones_start(bytes);
            let length = u32::from_le_bytes(bytes[start..start + 4].try_into().unwrap());
            let end = start + 4 + length as usize;
            bytes.splice(end..end, *b"9 menage");
            bytes[start..start + 4].copy_from_slice(&(length + 8).to_le_bytes());
        });
        patch("in the index", &["index"], |bytes| {
            let at = 12 + header_length(bytes);
            bytes[at] ^= 1;
        });
        patch("in the bounds", &["envelope"], |bytes| {
            let bounds: Vec<u8> = header(bytes).1.iter().flat_map(|at| at.to_le_bytes()).collect();
            let at = bytes.windows(32).position(|own| own == bounds).unwrap();
            bytes[at] ^= 1;
        });
        patch("in the number of zones", &["coupée ou absente"], |bytes| {
            let count = header(bytes).0;
            let length = header_length(bytes);
            let mut places = 12..12 + length - 7;
            let found = places.find(|at| {
                let mut other = bytes.clone();
                other[*at..at + 8].copy_from_slice(&(count + 1).to_le_bytes());
                bytes[*at..at + 8] == count.to_le_bytes() && header(&other).0 == count + 1
            });
            let at = found.unwrap();
            bytes[at..at + 8].copy_from_slice(&(count + 1).to_le_bytes());
        });
    }
}

/// Another value in a column of some zone that says something there, or a first one.
fn change(layer: &mut Layer, place: usize) {
    let name = layer.columns[place].name.clone();
    let order = layer.by_code();
    let says = order.iter().find(|zone| layer.zones[**zone].values.contains_key(&place));
    let zone = *says.unwrap_or(&order[0]);
    let whole = name.strip_suffix("_num").map(|id| layer.column(&format!("{id}_den")));
    let whole = whole.and_then(|den| layer.zones[zone].integer(den)).unwrap_or(0);
    let value = match layer.zones[zone].values.get(&place) {
        Some(Value::Text(text)) if name == "code" => Value::Text(format!("{text}9")),
        Some(Value::Text(text)) => Value::Text(format!("{text}9")),
        Some(Value::Truth(truth)) => Value::Truth(!truth),
        // A numerator beyond its whole: no rounding hides it.
        Some(Value::Integer(number)) if name.ends_with("_num") => {
            Value::Integer(number + 9 * whole + 9)
        }
        // A share over 9.
        Some(Value::Integer(_)) if name.ends_with("_den") => Value::Integer(9),
        Some(Value::Integer(number)) => Value::Integer(number + 1),
        Some(Value::Number(number)) => Value::Number(number + 1.0),
        None => match layer.columns[place].kind {
            flatgeobuf::ColumnType::String => Value::Text("9".into()),
            flatgeobuf::ColumnType::Bool => Value::Truth(true),
            flatgeobuf::ColumnType::Long => Value::Integer(9),
            flatgeobuf::ColumnType::Double => Value::Number(9.0),
            other => panic!("no plant knows the type {other:?} of {name}"),
        },
    };
    layer.zones[zone].values.insert(place, value);
}

fn header_length(bytes: &[u8]) -> usize {
    u32::from_le_bytes(bytes[8..12].try_into().unwrap()) as usize
}

/// The number of zones and the bounds.
fn header(bytes: &[u8]) -> (u64, Vec<f64>) {
    let reader = flatgeobuf::FgbReader::open(bytes).unwrap();
    let header = reader.header();
    (header.features_count(), header.envelope().unwrap().iter().collect())
}

fn zones_start(bytes: &[u8]) -> usize {
    let count = header(bytes).0 as usize;
    let index = flatgeobuf::packed_r_tree::PackedRTree::index_size(count, 16);
    12 + header_length(bytes) + index
}
