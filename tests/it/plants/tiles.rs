//! What can be planted in an archive of tiles: in each column, in the places and the number of its
//! zones and tiles (`messages` and `container` have what is around them).

use std::path::Path;
use std::sync::Arc;

use geozero::mvt::tile::Value;

use super::Plant;
use super::archive::{Archive, Feature, Tile};
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
    all.of_the_format()
}

/// Every plant of the label points of a scale.
pub fn labels(edition: &Path, scale: &str) -> Vec<Plant> {
    let file = format!("{scale}.labels.pmtiles");
    let archive = Arc::new(Archive::read(&edition.join(&file)));
    let mut all = Planter { file, archive, plants: Vec::new() };
    all.columns(["code", "nom", "communes", "situe"].map(str::to_owned).to_vec());
    let [id, _] = all.ids();
    // A figure of the zone itself has no place here, true or not.
    all.plant("a figure", &["« keys »", "n_logements"], move |own| {
        let value = Value { uint_value: Some(99), ..Value::default() };
        own.features(id)[0].tags.push(("n_logements".into(), value));
    });
    all.points();
    all.of_the_format()
}

pub struct Planter {
    pub file: String,
    pub archive: Arc<Archive>,
    pub plants: Vec<Plant>,
}

impl Planter {
    pub fn plant(
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

    pub fn patch(
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
    pub fn ids(&self) -> [u64; 2] {
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

    /// What the format could hide.
    fn of_the_format(mut self) -> Vec<Plant> {
        let own = self.plants.len();
        self.messages();
        self.gzip();
        self.header();
        self.metadata();
        self.directory();
        self.plants[own..].iter_mut().for_each(|plant| plant.is_everywhere = false);
        self.plants
    }

    /// Points exchanged, moved, doubled, dropped; a tile dropped, doubled.
    fn points(&mut self) {
        let [id, last] = self.ids();
        let elsewhere = "pas le point des autres zooms|un point que le contour|géométrie";
        self.plant("a point doubled", &["2 points"], move |archive| {
            let points = archive.features(id);
            let point = points[0].clone();
            points.insert(0, point);
        });
        self.plant("a point moved", &[elsewhere], move |archive| {
            archive.features(id)[0].geometry[1] += 2 * 40;
        });
        let zone = self.archive.clone().features_of(id)[0].id;
        self.plant("a point moved everywhere", &[elsewhere], move |archive| {
            archive.each(|points| {
                for own in points.iter_mut().filter(|own| own.id == zone) {
                    own.geometry[1] = 0;
                    own.geometry[2] = 0;
                }
            });
        });
        self.plant("a point dropped everywhere", &["0 points|nombre d'entrées"], move |archive| {
            archive.each(|points| points.retain(|own| own.id != zone));
        });
        self.plant("a tile dropped", &["0 points"], move |archive| {
            drop(archive.tiles.remove(&last));
        });
        self.plant("a tile elsewhere too", &["2 points|hors des zooms"], move |archive| {
            let tile = archive.tiles[&last].clone();
            archive.tiles.insert(last + 1, tile);
        });
        // The tile of most points: near ones may have one area, and follow one another in any order.
        let points = |tile: &Tile| match tile {
            Tile::Features(points) => points.len(),
            Tile::Stored(_) => 0,
        };
        let most = self.archive.tiles.iter().max_by_key(|(_, tile)| points(tile));
        let Some(pair) = most.filter(|most| points(most.1) > 1).map(|most| *most.0) else { return };
        self.plant("places exchanged", &[elsewhere], move |archive| {
            let points = archive.features(pair);
            let end = points.len() - 1;
            let place = points[0].geometry.clone();
            points[0].geometry = std::mem::replace(&mut points[end].geometry, place);
        });
        self.plant("points out of order", &["« id »", "hors de l'ordre"], move |archive| {
            archive.features(pair).reverse();
        });
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
