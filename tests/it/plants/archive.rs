//! A PMTiles archive taken apart, to be changed and written again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};
use geozero::mvt::Message;
use geozero::mvt::tile::{Feature as Encoded, Layer, Value};
use pmtiles::{PmTilesWriter, TileCoord, TileId, TileType};

/// Where the metadata begin.
pub const METADATA: usize = 16_384;
/// The head of every archive.
pub const HEADER: usize = 127;

/// A zone in a tile.
#[derive(Clone)]
pub struct Feature {
    pub id: u64,
    pub tags: Vec<(String, Value)>,
    pub kind: i32,
    pub geometry: Vec<u32>,
}

/// A tile taken apart, or bytes that stand for one.
#[derive(Clone)]
pub enum Tile {
    Features(Vec<Feature>),
    Stored(Vec<u8>),
}

/// The whole archive.
#[derive(Clone)]
pub struct Archive {
    scale: String,
    pub head: Vec<u8>,
    pub metadata: String,
    pub tiles: BTreeMap<u64, Tile>,
}

/// An entry of a directory: tile, run, offset, length.
pub type Entry = [u64; 4];

impl Archive {
    pub fn read(path: &Path) -> Archive {
        let bytes = fs::read(path).unwrap();
        let (metadata, data) = (number(&bytes, 3), number(&bytes, 6));
        let text = unpack(&bytes[METADATA..METADATA + metadata]);
        let mut tiles = BTreeMap::new();
        for [id, run, offset, length] in directory(&bytes) {
            let start = data + offset as usize;
            let features = features(&unpack(&bytes[start..start + length as usize]));
            for id in id..id + run {
                tiles.insert(id, Tile::Features(features.clone()));
            }
        }
        Archive {
            scale: path
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .split('.')
                .next()
                .unwrap()
                .to_owned(),
            head: bytes[..HEADER].to_vec(),
            metadata: String::from_utf8(text).unwrap(),
            tiles,
        }
    }

    pub fn write(&self, path: &Path) {
        let degrees = |at: usize| {
            f64::from(i32::from_le_bytes(self.head[at..at + 4].try_into().unwrap())) / 1e7
        };
        let mut writer = PmTilesWriter::new(TileType::Mvt)
            .precompressed(pmtiles::Compression::Gzip)
            .min_zoom(self.head[100])
            .max_zoom(self.head[101])
            .bounds(degrees(102), degrees(106), degrees(110), degrees(114))
            .center(degrees(119), degrees(123))
            .center_zoom(self.head[118])
            .metadata(self.metadata.clone())
            .create(File::create(path).unwrap())
            .unwrap();
        for (id, tile) in &self.tiles {
            let bytes = match tile {
                Tile::Features(features) => pack(&encode(&self.scale, features)),
                Tile::Stored(bytes) => bytes.clone(),
            };
            writer.add_tile(TileCoord::from(TileId::new(*id).unwrap()), &bytes).unwrap();
        }
        writer.finalize().unwrap();
    }

    /// The zones of a tile.
    pub fn features(&mut self, id: u64) -> &mut Vec<Feature> {
        match self.tiles.get_mut(&id).unwrap() {
            Tile::Features(features) => features,
            Tile::Stored(_) => panic!("the tile is bytes"),
        }
    }

    /// Changes every tile.
    pub fn each(&mut self, change: impl Fn(&mut Vec<Feature>)) {
        let ids: Vec<u64> = self.tiles.keys().copied().collect();
        for id in ids {
            change(self.features(id));
            if self.features(id).is_empty() {
                self.tiles.remove(&id);
            }
        }
    }

    /// Changes the message of a tile, as protobuf.
    pub fn spoil(&mut self, id: u64, change: impl FnOnce(&mut geozero::mvt::Tile)) {
        let scale = self.scale.clone();
        let mut tile = message(&scale, self.features(id));
        change(&mut tile);
        self.tiles.insert(id, Tile::Stored(pack(&tile.encode_to_vec())));
    }

    /// The bytes of a tile before gzip.
    pub fn plain(&mut self, id: u64) -> Vec<u8> {
        let scale = self.scale.clone();
        encode(&scale, self.features(id))
    }
}

/// A number of the header, by its place.
pub fn number(bytes: &[u8], place: usize) -> usize {
    u64::from_le_bytes(bytes[8 + 8 * place..][..8].try_into().unwrap()) as usize
}

/// The entries of the root directory.
pub fn directory(bytes: &[u8]) -> Vec<Entry> {
    let plain = unpack(&bytes[HEADER..HEADER + number(bytes, 1)]);
    let mut rest = plain.iter();
    let mut next = || {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = u64::from(*rest.next().unwrap());
            value |= (byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                return value;
            }
        }
    };
    let count = next();
    let mut columns = [0; 4].map(|_| (0..count).map(|_| next()).collect::<Vec<u64>>());
    for place in 0..count as usize {
        let before = place.checked_sub(1);
        columns[0][place] += before.map_or(0, |before| columns[0][before]);
        columns[3][place] = match columns[3][place] {
            0 => before.map(|before| columns[3][before] + columns[2][before]).unwrap(),
            given => given - 1,
        };
    }
    let entry = |place: usize| {
        assert!(columns[1][place] > 0, "a small archive has no leaf");
        [columns[0][place], columns[1][place], columns[3][place], columns[2][place]]
    };
    (0..count as usize).map(entry).collect()
}

/// Puts other entries into the root directory of an archive.
pub fn put_directory(bytes: &mut [u8], entries: &[Entry]) {
    let mut plain = Vec::new();
    let mut put = |mut value: u64| {
        while value > 127 {
            plain.push(value as u8 | 128);
            value >>= 7;
        }
        plain.push(value as u8);
    };
    put(entries.len() as u64);
    let mut last = 0;
    for entry in entries {
        put(entry[0] - last);
        last = entry[0];
    }
    entries.iter().for_each(|entry| put(entry[1]));
    entries.iter().for_each(|entry| put(entry[3]));
    let mut end = None;
    for entry in entries {
        put(if end == Some(entry[2]) { 0 } else { entry[2] + 1 });
        end = Some(entry[2] + entry[3]);
    }
    let packed = pack(&plain);
    bytes[HEADER..METADATA].fill(0);
    bytes[HEADER..HEADER + packed.len()].copy_from_slice(&packed);
    bytes[16..24].copy_from_slice(&(packed.len() as u64).to_le_bytes());
}

pub fn unpack(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}

pub fn pack(plain: &[u8]) -> Vec<u8> {
    pack_with(GzBuilder::new(), 4, plain)
}

pub fn pack_with(builder: GzBuilder, level: u32, plain: &[u8]) -> Vec<u8> {
    let mut gzip = builder.write(Vec::new(), Compression::new(level));
    gzip.write_all(plain).unwrap();
    gzip.finish().unwrap()
}

fn features(plain: &[u8]) -> Vec<Feature> {
    let tile = geozero::mvt::Tile::decode(plain).unwrap();
    let [layer] = &tile.layers[..] else { panic!("one layer") };
    let feature = |feature: &Encoded| Feature {
        id: feature.id.unwrap(),
        tags: feature
            .tags
            .chunks(2)
            .map(|tag| (layer.keys[tag[0] as usize].clone(), layer.values[tag[1] as usize].clone()))
            .collect(),
        kind: feature.r#type.unwrap(),
        geometry: feature.geometry.clone(),
    };
    layer.features.iter().map(feature).collect()
}

fn encode(scale: &str, features: &[Feature]) -> Vec<u8> {
    message(scale, features).encode_to_vec()
}

/// The message of a tile, with the tables that its zones need.
fn message(scale: &str, features: &[Feature]) -> geozero::mvt::Tile {
    let mut layer =
        Layer { version: 2, name: scale.into(), extent: Some(4096), ..Default::default() };
    for feature in features {
        let mut tags = Vec::new();
        for (key, value) in &feature.tags {
            tags.push(place(&mut layer.keys, key));
            tags.push(place(&mut layer.values, value));
        }
        layer.features.push(Encoded {
            id: Some(feature.id),
            tags,
            r#type: Some(feature.kind),
            geometry: feature.geometry.clone(),
        });
    }
    geozero::mvt::Tile { layers: vec![layer] }
}

fn place<T: PartialEq + Clone>(table: &mut Vec<T>, value: &T) -> u32 {
    let place = table.iter().position(|own| own == value).unwrap_or_else(|| {
        table.push(value.clone());
        table.len() - 1
    });
    place as u32
}
