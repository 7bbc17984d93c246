//! What can be planted in a tile: in each field of its messages, and in gzip around them.

use flate2::GzBuilder;
use geozero::mvt::Tile as Message;
use geozero::mvt::tile::Value;

use super::archive::{Tile, pack, pack_with};
use super::tiles::Planter;

impl Planter {
    /// Each field of the messages of a tile, and one more in each.
    pub fn messages(&mut self) {
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
        spoil("keys, one more", &["un nom ne sert|manque|étiquettes"], |tile| {
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
    pub fn gzip(&mut self) {
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
