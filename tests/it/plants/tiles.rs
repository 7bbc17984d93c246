//! What can be planted in an archive of tiles: in each column, in each field of a tile, in the
//! places and the number of its zones, in gzip, in the header, the directory and the metadata.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use flate2::GzBuilder;
use geozero::mvt::Tile as Message;
use geozero::mvt::tile::Value;
use serde_json::json;

use super::Plant;
use super::archive::{
    Archive, Entry, Feature, HEADER, METADATA, Tile, directory, number, pack, pack_with,
    put_directory,
};
use super::layer::Layer;

/// Every plant of the archive of a scale.
pub fn plants(edition: &Path, scale: &str) -> Vec<Plant> {
    let file = format!("{scale}.pmtiles");
    let archive = Arc::new(Archive::read(&edition.join(&file)));
    let layer = Layer::read(&edition.join(format!("{scale}.fgb")));
    let columns: Vec<String> = layer.columns.iter().map(|own| own.name.clone()).collect();
    let part = |name: &String| name.ends_with("_num") || name.ends_with("_den");
    let columns = columns.into_iter().filter(|name| !part(name)).collect();
    let mut all = Planter { file, archive, plants: Vec::new() };
    all.columns(columns);
    all.zones();
    let own = all.plants.len();
    all.messages();
    all.gzip();
    all.header();
    all.metadata();
    all.directory();
    all.plants[own..].iter_mut().for_each(|plant| plant.is_everywhere = false);
    all.plants
}

struct Planter {
    file: String,
    archive: Arc<Archive>,
    plants: Vec<Plant>,
}

impl Planter {
    fn plant(
        &mut self,
        name: &str,
        words: &[&str],
        change: impl Fn(&mut Archive) + Send + Sync + 'static,
    ) {
        let (archive, file) = (Arc::clone(&self.archive), self.file.clone());
        let plant = Plant::new(&self.file, name, move |folder| {
            let mut archive = (*archive).clone();
            change(&mut archive);
            archive.write(&folder.join(&file));
        });
        self.push(plant, words);
    }

    fn patch(
        &mut self,
        name: &str,
        words: &[&str],
        change: impl Fn(&mut Vec<u8>) + Send + Sync + 'static,
    ) {
        let file = self.file.clone();
        let plant = Plant::new(&self.file, name, move |folder| {
            let path = folder.join(&file);
            let mut bytes = std::fs::read(&path).unwrap();
            change(&mut bytes);
            std::fs::write(path, bytes).unwrap();
        });
        self.push(plant, words);
    }

    fn push(&mut self, mut plant: Plant, words: &[&str]) {
        let all: Vec<&str> = [&self.file[..]].into_iter().chain(words.iter().copied()).collect();
        plant.expect(&all);
        self.plants.push(plant);
    }

    /// The first tile and the last.
    fn ids(&self) -> [u64; 2] {
        let mut ids = self.archive.tiles.keys();
        [*ids.next().unwrap(), *ids.next_back().unwrap_or(&0)]
    }

    /// Each column says something else of the first zone of the first tile; then each alone is
    /// dropped.
    fn columns(&mut self, columns: Vec<String>) {
        let [id, _] = self.ids();
        let own = columns.clone();
        self.plant("each column", &[], move |archive| {
            let zone = &mut archive.features(id)[0];
            let tags = std::mem::take(&mut zone.tags);
            zone.tags = own.iter().map(|name| (name.clone(), other(name, &tags))).collect();
        });
        let plant = self.plants.last_mut().unwrap();
        for name in &columns {
            plant.expect(&[&self.file, &format!("« {name} »")]);
        }
        self.plant("values dropped", &["« code »", "manque"], move |archive| {
            archive.features(id)[0].tags.retain(|tag| tag.0 != "code");
        });
        self.plant(
            "a column of the FlatGeobuf alone",
            &["« keys »", "tx_reponse_num"],
            move |own| {
                let value = Value { uint_value: Some(9), ..Value::default() };
                own.features(id)[0].tags.push(("tx_reponse_num".into(), value));
            },
        );
        self.plant("a value twice", &["deux fois"], move |archive| {
            let zone = &mut archive.features(id)[0];
            let tag = zone.tags[0].clone();
            zone.tags.push(tag);
        });
    }

    /// Each field of the messages of a tile, and one more in each.
    fn messages(&mut self) {
        let [id, _] = self.ids();
        let mut spoil = |name: &str, words: &[&str], change: fn(&mut Message)| {
            self.plant(name, words, move |archive| archive.spoil(id, change));
        };
        spoil("layer, name", &["« name »"], |tile| tile.layers[0].name = "menages".into());
        spoil("layer, extent", &["« extent »"], |tile| tile.layers[0].extent = Some(4097));
        spoil("layer, version", &["« version »"], |tile| tile.layers[0].version = 9);
        spoil("layer, two", &["autre chose suit"], |tile| tile.layers.push(tile.layers[0].clone()));
        spoil("layer, none", &["couche : absente"], |tile| tile.layers.clear());
        spoil("layer, no zone", &["sans zone"], |tile| tile.layers[0].features.clear());
        spoil("keys, one more", &["un nom ne sert|manque"], |tile| {
            let layer = &mut tile.layers[0];
            let unused = ["situe", "nom", "communes"]
                .into_iter()
                .find(|name| !layer.keys.iter().any(|key| key == name));
            match unused {
                Some(name) => layer.keys.push(name.into()),
                // Every name is in use: the zones that say one of them say it no more.
                None => layer.features.iter_mut().for_each(|zone| {
                    let last = layer.keys.len() as u32 - 1;
                    let pairs = zone.tags.chunks(2).filter(|tag| tag[0] != last);
                    zone.tags = pairs.flatten().copied().collect();
                }),
            }
        });
        spoil("keys, another word", &["« keys »", "9 menages"], |tile| {
            tile.layers[0].keys.push("9 menages".into());
        });
        spoil("values, one more", &["une valeur ne sert"], |tile| {
            let text = Value { string_value: Some("9 menages".into()), ..Value::default() };
            tile.layers[0].values.push(text);
        });
        spoil("values, one twice", &["une valeur deux fois"], |tile| {
            let value = tile.layers[0].values[0].clone();
            tile.layers[0].values.push(value);
        });
        spoil("values, of another type", &["type inattendu"], |tile| {
            let value = Value { sint_value: Some(9), ..Value::default() };
            tile.layers[0].values.push(value);
        });
        spoil("values, two in one", &["deux valeurs en une"], |tile| {
            tile.layers[0].values[0].bool_value = Some(true);
        });
        spoil("zone, id", &["« id »", "aucune zone"], |tile| {
            tile.layers[0].features[0].id = Some(999_999);
        });
        spoil("zone, no id", &["il faut id"], |tile| tile.layers[0].features[0].id = None);
        spoil("zone, tags", &["étiquettes"], |tile| {
            tile.layers[0].features[0].tags.push(0);
        });
        spoil("zone, type", &["géométrie"], |tile| {
            tile.layers[0].features[0].r#type = Some(2);
        });
        spoil("zone, geometry", &["géométrie"], |tile| {
            tile.layers[0].features[0].geometry.push(9);
        });
        // Fields that the messages do not have, in the tile, the layer, a zone and a value: number
        // 20, a text.
        let more: [u8; 4] = [0xa2, 1, 1, b'9'];
        self.plant("tile, a field more", &["autre chose suit"], move |archive| {
            let plain = [archive.plain(id), more.to_vec()].concat();
            archive.tiles.insert(id, Tile::Stored(pack(&plain)));
        });
        self.plant("layer, a field more", &["champ 20 inattendu"], move |archive| {
            let plain = archive.plain(id);
            let (_, layer) = split(&plain);
            let layer = [layer, &more].concat();
            archive.tiles.insert(id, Tile::Stored(pack(&joined(&[(3, &layer)]))));
        });
        self.plant("zone, a field more", &["zone : champ inattendu"], move |archive| {
            let plain = archive.plain(id);
            let layer = inside(split(&plain).1, 2, |zone| [zone, &more].concat());
            archive.tiles.insert(id, Tile::Stored(pack(&joined(&[(3, &layer)]))));
        });
        self.plant("value, a field more", &["deux valeurs en une"], move |archive| {
            let plain = archive.plain(id);
            let layer = inside(split(&plain).1, 4, |value| [value, &more].concat());
            archive.tiles.insert(id, Tile::Stored(pack(&joined(&[(3, &layer)]))));
        });
        self.plant("a number longer than it is", &["plus long qu'il n'est"], move |archive| {
            let plain = archive.plain(id);
            let (_, layer) = split(&plain);
            // The version at the end: 2, in two bytes.
            let layer = [&layer[..layer.len() - 1], &[0x82, 0]].concat();
            archive.tiles.insert(id, Tile::Stored(pack(&joined(&[(3, &layer)]))));
        });
    }

    /// What gzip can carry beside the bytes.
    fn gzip(&mut self) {
        let [id, _] = self.ids();
        let mut pack_as = |name: &str, words: &str, change: fn(&[u8]) -> Vec<u8>| {
            self.plant(name, &["gzip", words], move |archive| {
                let plain = archive.plain(id);
                archive.tiles.insert(id, Tile::Stored(change(&plain)));
            });
        };
        let head = "en-tête";
        pack_as("gzip, name", head, |own| pack_with(GzBuilder::new().filename("9"), 4, own));
        pack_as("gzip, comment", head, |own| pack_with(GzBuilder::new().comment("9"), 4, own));
        pack_as("gzip, extra", head, |own| pack_with(GzBuilder::new().extra("9"), 4, own));
        pack_as("gzip, date", head, |own| pack_with(GzBuilder::new().mtime(9), 4, own));
        pack_as("gzip, more bytes", "suivent", |own| [pack(own), b"9".to_vec()].concat());
        pack_as("gzip, another member", "suivent", |own| [pack(own), pack(b"9")].concat());
    }

    /// Zones exchanged, moved, doubled, dropped; a tile dropped, doubled.
    fn zones(&mut self) {
        let [id, last] = self.ids();
        self.plant("a zone doubled", &["« id »", "deux fois"], move |archive| {
            let zones = archive.features(id);
            let zone = zones[0].clone();
            zones.insert(0, zone);
        });
        self.plant("a zone moved", &["géométrie"], move |archive| {
            let zone = &mut archive.features(id)[0];
            zone.geometry[1] += 2 * 40;
            zone.geometry[2] += 2 * 40;
        });
        let zone = self.archive.clone().features_of(id)[0].id;
        self.plant("a zone dropped everywhere", &["zoom|nombre d'entrées"], move |archive| {
            archive.each(|zones| zones.retain(|own| own.id != zone));
        });
        self.plant("a tile dropped", &["zone"], move |archive| drop(archive.tiles.remove(&last)));
        self.plant("a tile elsewhere too", &["géométrie"], move |archive| {
            let tile = archive.tiles[&last].clone();
            archive.tiles.insert(last + 1, tile);
        });
        let pair = self.archive.tiles.iter().find_map(|(id, tile)| match tile {
            Tile::Features(zones) if zones.len() > 1 => Some(*id),
            _ => None,
        });
        let Some(pair) = pair else { return };
        self.plant("places exchanged", &["géométrie"], move |archive| {
            let zones = archive.features(pair);
            let end = zones.len() - 1;
            let place = zones[0].geometry.clone();
            zones[0].geometry = std::mem::replace(&mut zones[end].geometry, place);
        });
        self.plant("zones out of order", &["« id »", "hors de l'ordre"], move |archive| {
            archive.features(pair).reverse();
        });
        let (tile, zone) = self.large();
        self.plant(
            "a zone dropped from a tile",
            &["absente|tuiles, pas|dans aucune tuile"],
            move |archive| {
                archive.features(tile).retain(|own| own.id != zone);
                if archive.features(tile).is_empty() {
                    archive.tiles.remove(&tile);
                }
            },
        );
    }

    /// A tile, and the zone that it shows in most vertices among those that another tile of the
    /// zoom shows too.
    fn large(&self) -> (u64, u64) {
        let zoom = |id: u64| self.zoom(id);
        let all: Vec<(u64, &Feature)> = self
            .archive
            .tiles
            .iter()
            .flat_map(|(id, tile)| match tile {
                Tile::Features(zones) => zones.iter().map(|zone| (*id, zone)).collect(),
                Tile::Stored(_) => Vec::new(),
            })
            .collect();
        let elsewhere = |(id, zone): &&(u64, &Feature)| {
            all.iter()
                .any(|(tile, own)| tile != id && own.id == zone.id && zoom(*tile) == zoom(*id))
        };
        let most = all.iter().filter(elsewhere).max_by_key(|(_, zone)| zone.geometry.len());
        let (id, zone) = most.unwrap_or(&all[0]);
        (*id, zone.id)
    }

    fn zoom(&self, id: u64) -> u8 {
        pmtiles::TileCoord::from(pmtiles::TileId::new(id).unwrap()).z()
    }

    /// Each field of the header.
    fn header(&mut self) {
        let words: [(&str, usize, usize); 13] = [
            ("clustered", 96, 1),
            ("internal_compression", 97, 1),
            ("tile_compression", 98, 1),
            ("tile_type", 99, 1),
            ("min_zoom", 100, 1),
            ("max_zoom", 101, 1),
            ("min_longitude", 102, 4),
            ("min_latitude", 106, 4),
            ("max_longitude", 110, 4),
            ("max_latitude", 114, 4),
            ("center_zoom", 118, 1),
            ("center_longitude", 119, 4),
            ("center_latitude", 123, 4),
        ];
        let offsets = [
            ("root_offset", 8, 8),
            ("metadata_offset", 24, 8),
            ("leaf_offset", 40, 8),
            ("data_offset", 56, 8),
        ];
        let counts =
            [("n_addressed_tiles", 72, 8), ("n_tile_entries", 80, 8), ("n_tile_contents", 88, 8)];
        let lengths = [
            ("root_length", 16, "gzip|répertoire racine"),
            ("metadata_length", 32, "data_offset"),
            ("leaf_length", 48, "leaf_offset"),
            ("data_length", 64, "coupée"),
        ];
        let mut covered: BTreeSet<usize> = (0..8).collect();
        self.patch("magic", &["ce n'est pas une archive"], |bytes| bytes[7] ^= 1);
        for group in [&words[..], &offsets, &counts] {
            let own = group.to_vec();
            let change = own.clone();
            self.patch("header", &[], move |bytes| {
                change.iter().for_each(|(_, at, _)| bytes[*at] ^= 1);
            });
            let plant = self.plants.last_mut().unwrap();
            for (name, at, length) in own {
                plant.expect(&[&self.file, "en-tête", &format!("« {name} »")]);
                covered.extend(at..at + length);
            }
        }
        for (name, at, found) in lengths {
            self.patch(name, &[found], move |bytes| bytes[at] = bytes[at].wrapping_add(1));
            covered.extend(at..at + 8);
        }
        assert_eq!(covered, (0..HEADER).collect(), "each byte of the header is planted");
        self.patch("after the root directory", &["suivent le répertoire racine"], |bytes| {
            bytes[METADATA - 8..METADATA].copy_from_slice(b"9 menage");
        });
        self.patch("after the end", &["suivent la fin"], |bytes| bytes.extend(b"9 menages"));
    }

    /// Each key of the metadata.
    fn metadata(&mut self) {
        let text = self.archive.metadata.clone();
        let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
        let layer = &whole["vector_layers"][0];
        let pointers = |of: &serde_json::Value, before: &str| -> Vec<String> {
            of.as_object().unwrap().keys().map(|key| format!("{before}/{key}")).collect()
        };
        let mut all = pointers(&whole, "");
        all.extend(pointers(layer, "/vector_layers/0"));
        let fields = pointers(&layer["fields"], "/vector_layers/0/fields");
        all.extend([fields[0].clone(), fields[fields.len() - 1].clone()]);
        for pointer in all {
            let key = pointer.rsplit('/').next().unwrap().to_owned();
            let named = format!("metadata, {key}");
            self.plant(&named, &["métadonnées", &key], move |archive| {
                let mut document: serde_json::Value =
                    serde_json::from_str(&archive.metadata).unwrap();
                *document.pointer_mut(&pointer).unwrap() = json!("9 menages");
                archive.metadata = document.to_string();
            });
        }
        self.plant("metadata, a key more", &["métadonnées", "note"], |archive| {
            let end = archive.metadata.len() - 1;
            archive.metadata.insert_str(end, ",\"note\":\"9 menages\"");
        });
        self.plant("metadata, a space more", &["métadonnées"], |archive| {
            archive.metadata.push(' ');
        });
    }

    /// Entries that overlap, that leave bytes to nobody, that come twice.
    fn directory(&mut self) {
        let mut lay = |name: &str, words: &str, change: fn(&mut Vec<Entry>)| {
            self.patch(name, &["répertoire|en-tête", words], move |bytes| {
                let mut entries = directory(bytes);
                change(&mut entries);
                put_directory(bytes, &entries);
            });
        };
        lay("an entry shorter than its bytes", "d'une autre", |entries| entries[0][3] -= 1);
        lay("an entry over another's bytes", "d'une autre", |entries| entries[1][2] -= 1);
        lay("an entry dropped", "n'explique", |entries| {
            entries.pop();
        });
        lay("a run over the next tile", "recouvrent|hors des zooms|n_addressed_tiles", |entries| {
            entries[0][1] += 1000
        });
        lay("one run in two", "en deux entrées", |entries| {
            let [id, run, offset, length] = entries[entries.len() - 1];
            entries.push([id + run, 1, offset, length]);
        });
        self.patch("bytes of no tile", &["qu'aucune tuile n'explique"], |bytes| {
            bytes.extend(b"9 menage");
            let length = number(bytes, 7) as u64 + 8;
            bytes[64..72].copy_from_slice(&length.to_le_bytes());
        });
    }
}

impl Archive {
    fn features_of(&self, id: u64) -> &[Feature] {
        match &self.tiles[&id] {
            Tile::Features(zones) => zones,
            Tile::Stored(_) => panic!("the tile is bytes"),
        }
    }
}

/// What a column could say instead.
fn other(name: &str, tags: &[(String, Value)]) -> Value {
    let own = tags.iter().find(|tag| tag.0 == name).map(|tag| tag.1.clone());
    let own = own.unwrap_or_else(|| match name {
        "code" | "nom" | "communes" | "situe" => {
            Value { string_value: Some(name.into()), ..Value::default() }
        }
        name if name.starts_with("n_") => Value { uint_value: Some(8), ..Value::default() },
        _ => Value { double_value: Some(8.0), ..Value::default() },
    });
    Value {
        string_value: own.string_value.map(|text| text + "9"),
        bool_value: own.bool_value.map(|truth| !truth),
        uint_value: own.uint_value.map(|count| count + 1),
        double_value: own.double_value.map(|number| number + 1.0),
        ..Value::default()
    }
}

/// The first field of a message: its number, its bytes.
fn split(message: &[u8]) -> (u64, &[u8]) {
    let (head, rest) = varint(message);
    let (length, rest) = varint(rest);
    (head >> 3, &rest[..length as usize])
}

fn varint(bytes: &[u8]) -> (u64, &[u8]) {
    let length = bytes.iter().position(|byte| byte & 128 == 0).unwrap() + 1;
    let value = bytes[..length].iter().rev().fold(0, |all, byte| all << 7 | u64::from(byte & 127));
    (value, &bytes[length..])
}

/// Fields of bytes, one after the other.
fn joined(fields: &[(u64, &[u8])]) -> Vec<u8> {
    let mut all = Vec::new();
    for (number, bytes) in fields {
        for mut value in [number << 3 | 2, bytes.len() as u64] {
            while value > 127 {
                all.push(value as u8 | 128);
                value >>= 7;
            }
            all.push(value as u8);
        }
        all.extend_from_slice(bytes);
    }
    all
}

/// The message with its first field of a number changed.
fn inside(message: &[u8], wanted: u64, change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let (mut rest, mut all) = (message, Vec::new());
    let mut is_done = false;
    while !rest.is_empty() {
        let start = rest;
        let (head, after) = varint(rest);
        let (value, after) = varint(after);
        let bytes = if head & 7 == 2 { &after[..value as usize] } else { &[][..] };
        rest = &after[bytes.len()..];
        if head >> 3 == wanted && !is_done {
            all.extend(joined(&[(wanted, &change(bytes))]));
            is_done = true;
        } else {
            all.extend_from_slice(&start[..start.len() - rest.len()]);
        }
    }
    all
}
