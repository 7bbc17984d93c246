//! A whole tile pyramid over HTTP, as the holder of an account sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use pmtiles::{AsyncPmTilesReader, MmapBackend, TileCoord};
use serde_json::Value;

use super::figures::{Zone, tile_zones};
use super::territory::{SCALES, Territory, cover, demo};
use super::util::{Answer, Server};

/// A server of the fictive territory with its own accounts.
pub struct House {
    pub territory: Territory,
    pub server: Server,
}

impl House {
    /// Its own copy of the territory and its edition, served.
    pub fn open() -> House {
        House::serve(demo().copy_built())
    }

    /// The same with more under `[serve]`.
    pub fn open_with(serve: &str) -> House {
        let territory = demo().copy_built();
        territory.edit("seuil.toml", |text| {
            assert!(text.contains("[serve]\n"));
            text.replace("[serve]\n", &format!("[serve]\n{serve}"))
        });
        House::serve(territory)
    }

    fn serve(territory: Territory) -> House {
        let server = Server::start(&territory.config());
        House { territory, server }
    }

    /// Asks for a path with a token.
    pub fn tile(&self, token: &str, path: &str) -> Answer {
        self.server.get(path, Some(token))
    }

    /// Every zone that a token sees, by scale and code, from single- and multi-scale tiles, from
    /// the bounds and zooms that the TileJSON gives. Each zone is the same in every tile, and is
    /// seen at every zoom of its scale.
    pub fn crawl(&self, token: &str) -> BTreeMap<(String, String), Zone> {
        let mut crawl = Crawl::default();
        let mut zooms = BTreeMap::new();
        for scale in SCALES {
            let about = self.tile(token, &format!("/tiles/2024r1/{scale}.json"));
            assert_eq!(about.status, 200, "{scale}");
            let about = about.json();
            let whole = |key: &str| about[key].as_u64().unwrap() as u8;
            zooms.insert(scale, whole("minzoom")..=whole("maxzoom"));
            for zoom in zooms[scale].clone() {
                for (x, y) in cover(bounds(&about), zoom) {
                    let path = format!("/tiles/2024r1/{scale}/{zoom}/{x}/{y}.mvt");
                    for (layer, zones) in self.layers(token, &path) {
                        assert_eq!(layer, scale, "{path}");
                        crawl.take(&layer, zoom, "one", zones);
                    }
                }
            }
        }
        let about = self.tile(token, "/tiles/2024r1.json").json();
        for zoom in 0..=about["maxzoom"].as_u64().unwrap() as u8 {
            for (x, y) in cover(bounds(&about), zoom) {
                let path = format!("/tiles/2024r1/{zoom}/{x}/{y}.mvt");
                for (layer, zones) in self.layers(token, &path) {
                    assert!(zooms[layer.as_str()].contains(&zoom), "{path}: {layer}");
                    crawl.take(&layer, zoom, "all", zones);
                }
            }
        }
        for ((scale, code), places) in &crawl.places {
            let kinds = ["one", "all"].into_iter();
            let expected: BTreeSet<(u8, &str)> = kinds
                .flat_map(|kind| zooms[scale.as_str()].clone().map(move |zoom| (zoom, kind)))
                .collect();
            assert_eq!(*places, expected, "{scale} {code} is seen at every zoom");
        }
        crawl.zones
    }

    fn layers(&self, token: &str, path: &str) -> BTreeMap<String, Vec<(u64, Zone)>> {
        let answer = self.tile(token, path);
        match answer.status {
            200 => tile_zones(&answer.body),
            204 => BTreeMap::new(),
            other => panic!("{path}: {other}"),
        }
    }
}

#[derive(Default)]
struct Crawl {
    zones: BTreeMap<(String, String), Zone>,
    ids: BTreeMap<(String, String), u64>,
    places: BTreeMap<(String, String), BTreeSet<(u8, &'static str)>>,
}

impl Crawl {
    fn take(&mut self, scale: &str, zoom: u8, kind: &'static str, zones: Vec<(u64, Zone)>) {
        for (id, zone) in zones {
            let key = (scale.to_owned(), zone.text("code").to_owned());
            self.places.entry(key.clone()).or_default().insert((zoom, kind));
            assert_eq!(*self.ids.entry(key.clone()).or_insert(id), id, "{key:?} has one id");
            let first = self.zones.entry(key.clone()).or_insert_with(|| zone.clone());
            assert_eq!(*first, zone, "{key:?} is the same in every tile");
        }
    }
}

/// The bounds of a TileJSON: west, south, east, north in degrees.
pub fn bounds(about: &Value) -> [f64; 4] {
    let values = about["bounds"].as_array().unwrap();
    std::array::from_fn(|index| values[index].as_f64().unwrap())
}

/// The tiles of one scale in an edition's folder.
pub struct Archive {
    pub scale: String,
    pub path: PathBuf,
    pub zooms: RangeInclusive<u8>,
    bounds: [f64; 4],
}

/// The archives that the manifest of an edition names.
pub fn archives(edition: &Path) -> Vec<Archive> {
    let bytes = std::fs::read(edition.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&bytes).unwrap();
    let scales = manifest["scales"].as_array().unwrap().iter().map(|entry| {
        let scale = entry["id"].as_str().unwrap().to_owned();
        let zoom = |key: &str| entry[key].as_u64().unwrap() as u8;
        Archive {
            path: edition.join(format!("{scale}.pmtiles")),
            scale,
            zooms: zoom("minzoom")..=zoom("maxzoom"),
            bounds: bounds(entry),
        }
    });
    scales.collect()
}

impl Archive {
    /// Every tile as it is stored, in gzip, by `z_x_y`; those of the buffer around the bounds too.
    pub fn stored(&self) -> BTreeMap<String, Vec<u8>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let backend = MmapBackend::try_from(self.path.as_path()).await.unwrap();
            let reader = AsyncPmTilesReader::try_from_source(backend).await.unwrap();
            let mut found = BTreeMap::new();
            for zoom in self.zooms.clone() {
                let places: BTreeSet<(u32, u32)> = cover(self.bounds, zoom)
                    .into_iter()
                    .flat_map(|(x, y)| around(x, y, (1_u32 << zoom) - 1))
                    .collect();
                for (x, y) in places {
                    let at = TileCoord::new(zoom, x, y).unwrap();
                    if let Some(bytes) = reader.get_tile(at).await.unwrap() {
                        found.insert(format!("{zoom}_{x}_{y}"), bytes.to_vec());
                    }
                }
            }
            found
        })
    }

    /// Every tile, by `z_x_y`.
    pub fn tiles(&self) -> BTreeMap<String, Vec<u8>> {
        let plain = |bytes: Vec<u8>| {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).unwrap();
            plain
        };
        self.stored().into_iter().map(|(place, bytes)| (place, plain(bytes))).collect()
    }
}

/// A tile and its neighbours.
fn around(x: u32, y: u32, last: u32) -> impl Iterator<Item = (u32, u32)> {
    let near = move |value: u32| value.saturating_sub(1)..=(value + 1).min(last);
    near(x).flat_map(move |x| near(y).map(move |y| (x, y)))
}

#[test]
fn the_tiles_of_each_scale_keep_within_their_budgets() {
    for archive in archives(&demo().edition()) {
        let mut sizes: Vec<usize> = archive.stored().values().map(Vec::len).collect();
        sizes.sort_unstable();
        let (median, largest) = (sizes[sizes.len() / 2], sizes[sizes.len() - 1]);
        assert!(median < 30_000, "{}: median {median}", archive.scale);
        assert!(largest <= 500_000, "{}: {largest}", archive.scale);
    }
}
