//! Plants in tiles: every column, and every field of the messages that a tile is made of.

use std::io::Write;

use flate2::{Compression, GzBuilder};
use geozero::mvt::tile::{Layer, Value};
use geozero::mvt::{Message, Tile};
use serde_json::Value as Json;

use super::Plant;
use super::harvest::{Harvest, LOCAL, path, route};

type Change<'a> = &'a dyn Fn(&mut Tile);

/// Plants in tiles of the local account.
pub fn plants(harvest: &Harvest) -> Vec<Plant> {
    let tiles: Vec<(&String, Tile)> = harvest
        .answers
        .iter()
        .filter(|(name, bytes)| {
            name.starts_with(LOCAL) && route(name).ends_with("}/{z}/{x}/{y}") && !bytes.is_empty()
        })
        .filter_map(|(name, bytes)| Some((name, Tile::decode(&bytes[..]).ok()?)))
        .filter(|(_, tile)| !tile.layers.is_empty())
        .collect();
    let (names, tiles): (Vec<_>, Vec<_>) =
        tiles.into_iter().partition(|(name, _)| name.contains(".labels/"));
    assert!(tiles.len() > 20 && names.len() > 20, "{} and {}", tiles.len(), names.len());
    let mut plants = columns(harvest, &tiles);
    plants.extend(labels(&names));
    for scale in ["adresse", "iris"] {
        let of_scale = |tile: &&(&String, Tile)| {
            tile.1.layers[0].name == scale && tile.1.layers[0].features.len() > 1
        };
        let (name, tile) = tiles.iter().find(of_scale).expect("a tile of several zones");
        messages(name, tile, &mut plants);
        bytes(name, &harvest.answers[*name], &mut plants);
    }
    let several = |name: &&String| {
        name.starts_with(LOCAL) && path(name).starts_with("tiles/latest/") && {
            let tile = Tile::decode(&harvest.answers[*name][..]);
            tile.is_ok_and(|tile| tile.layers.len() > 1)
        }
    };
    let name = harvest.answers.keys().find(several).expect("a tile of several scales");
    let tile = Tile::decode(&harvest.answers[name][..]).unwrap();
    plants.push(plant(name, "ordre", &tile, &|tile| tile.layers.swap(0, 1)));
    plants.push(plant(name, "deux fois", &tile, &|tile| {
        let again = tile.layers[0].clone();
        tile.layers.push(again);
    }));
    plants
}

fn plant(name: &str, field: &str, tile: &Tile, change: Change<'_>) -> Plant {
    let mut other = tile.clone();
    change(&mut other);
    Plant::new(name, field, other.encode_to_vec())
}

/// Each column that the catalogue gives a tile: another value, none, one where there was none; and
/// a column of no catalogue.
fn columns(harvest: &Harvest, tiles: &[(&String, Tile)]) -> Vec<Plant> {
    let catalogue = harvest.territory.document("indicators.json");
    let ids = |key: &str| -> Vec<String> {
        let list = catalogue[key].as_array().unwrap().iter();
        let read = list.filter(|one| {
            one["audiences"].as_array().unwrap().contains(&Json::from("public_mission"))
        });
        read.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    let mut columns: Vec<String> =
        ["code", "nom", "communes", "situe", "secret"].map(str::to_owned).to_vec();
    columns.extend(ids("universes").iter().map(|id| format!("n_{id}")));
    columns.extend(ids("indicators"));
    // Marks that stand in the place of figures, where a tile has any.
    let marked = ids("indicators").into_iter().map(|id| format!("{id}_ext"));
    let is_told =
        |column: &String| tiles.iter().any(|(_, tile)| tile.layers[0].keys.contains(column));
    let marked: Vec<String> = marked.filter(is_told).collect();
    assert!(marked.len() > 5, "only {marked:?} are kept back anywhere");
    let mut plants = Vec::new();
    // A mark that is told in one format, and its figure in another.
    for mark in &marked {
        let column = mark.trim_end_matches("_ext");
        let shown = tiles.iter().find_map(|(name, tile)| {
            let layer = &tile.layers[0];
            let is_kept = |at: &usize| tags(layer, *at).any(|(key, _)| key == *mark);
            Some((*name, tile, (0..layer.features.len()).find(is_kept)?))
        });
        let (name, tile, at) = shown.unwrap();
        let none = Value { double_value: Some(0.0), ..Value::default() };
        plants.push(plant(name, column, tile, &|tile| {
            set(&mut tile.layers[0], at, column, Some(none.clone()));
        }));
        plants.push(plant(name, column, tile, &|tile| {
            set(&mut tile.layers[0], at, mark, None);
            set(&mut tile.layers[0], at, column, Some(none.clone()));
        }));
    }
    columns.extend(marked);
    for column in &columns {
        let before = plants.len();
        let shows = |layer: &Layer, at: usize| tags(layer, at).any(|(key, _)| key == *column);
        let place = |wanted: bool| {
            tiles.iter().find_map(|(name, tile)| {
                let layer = &tile.layers[0];
                let at = (0..layer.features.len()).find(|at| shows(layer, *at) == wanted)?;
                Some((*name, tile, at))
            })
        };
        if let Some((name, tile, at)) = place(true) {
            plants.push(plant(name, column, tile, &|tile| {
                let layer = &mut tile.layers[0];
                let (_, old) = tags(layer, at).find(|(key, _)| key == column).unwrap();
                set(layer, at, column, Some(other(&old)));
            }));
            plants.push(plant(name, column, tile, &|tile| {
                set(&mut tile.layers[0], at, column, None);
            }));
        }
        if let Some((name, tile, at)) = place(false) {
            plants.push(plant(name, column, tile, &|tile| {
                set(&mut tile.layers[0], at, column, Some(some(column)));
            }));
        }
        assert!(plants.len() > before, "nothing is planted in {column}");
    }
    let (name, tile) = &tiles[0];
    for column in ["menages", "tx_reponse_num"] {
        plants.push(plant(name, column, tile, &|tile| {
            let seven = Value { uint_value: Some(7), ..Value::default() };
            set(&mut tile.layers[0], 0, column, Some(seven));
        }));
    }
    plants
}

/// A name says a code and itself: anything else of its zone is refused, and each of both that is not
/// the zone's.
fn labels(names: &[(&String, Tile)]) -> Vec<Plant> {
    let several = |tile: &&(&String, Tile)| tile.1.layers[0].features.len() > 1;
    let (name, tile) = names.iter().find(several).expect("a tile of several names");
    let mut plants = Vec::new();
    for column in ["communes", "situe", "secret", "n_logements", "tx_reponse"] {
        plants.push(plant(name, column, tile, &|tile| {
            set(&mut tile.layers[0], 0, column, Some(some(column)));
        }));
    }
    for column in ["code", "nom"] {
        plants.push(plant(name, column, tile, &|tile| {
            let old = tags(&tile.layers[0], 0).find(|(key, _)| key == column).unwrap().1;
            set(&mut tile.layers[0], 0, column, Some(other(&old)));
        }));
    }
    plants.push(plant(name, "géométrie", tile, &|tile| {
        tile.layers[0].features[0].geometry[1] ^= 8;
    }));
    plants.push(plant(name, "ordre", tile, &|tile| tile.layers[0].features.swap(0, 1)));
    plants
}

/// Every field of a layer and of a feature.
fn messages(name: &str, tile: &Tile, plants: &mut Vec<Plant>) {
    let mut add = |field: &str, change: &dyn Fn(&mut Layer)| {
        plants.push(plant(name, field, tile, &|tile| change(&mut tile.layers[0])));
    };
    add("couche", &|layer| layer.name = "menages".into());
    add("couche", &|layer| layer.name = "region".into());
    add("version", &|layer| layer.version = 1);
    add("étendue", &|layer| layer.extent = Some(4097));
    add("étendue", &|layer| layer.extent = None);
    add("menages", &|layer| layer.keys.push("menages".into()));
    add("valeur sans usage", &|layer| {
        layer.values.push(Value { uint_value: Some(7), ..Value::default() });
    });
    add("inattendu", &|layer| layer.values[0].float_value = Some(7.0));
    add("inattendu", &|layer| layer.values[0].sint_value = Some(7));
    add("deux fois", &|layer| {
        let again = layer.features[0].clone();
        layer.features.push(again);
    });
    add("ordre", &|layer| layer.features.swap(0, 1));
    add("aucune zone", &|layer| layer.features.clear());
    add("identifiant", &|layer| layer.features[0].id = Some(7_000_000));
    add("identifiant", &|layer| layer.features[0].id = None);
    add("identifiant", &|layer| {
        let ids = [layer.features[1].id, layer.features[0].id];
        (layer.features[0].id, layer.features[1].id) = (ids[0], ids[1]);
    });
    add("type de géométrie", &|layer| layer.features[0].r#type = Some(2));
    add("géométrie", &|layer| layer.features[0].geometry[1] += 2);
    add("géométrie", &|layer| {
        let moved = layer.features[0].geometry.clone();
        layer.features[0].geometry = layer.features[1].geometry.clone();
        layer.features[1].geometry = moved;
    });
    add("étiquettes", &|layer| layer.features[0].tags.push(0));
    add("étiquettes", &|layer| layer.features[0].tags.extend([999_999, 0]));
}

/// What no message says: fields that the specification does not name, other bytes for the same
/// message, gzip with something beside.
fn bytes(name: &str, plain: &[u8], plants: &mut Vec<Plant>) {
    let mut add = |field: &str, bytes: Vec<u8>| {
        plants.push(Plant::new(name, field, bytes));
    };
    // Field 9 of the tile; of the layer, whose length grows by two.
    add("champ 9", [plain, &[0x48, 7]].concat());
    let tile = Tile::decode(plain).unwrap();
    let mut layer = tile.layers[0].encode_to_vec();
    layer.extend([0x48, 7]);
    add("champ 9", framed(&layer));
    // The length of the layer in one byte more than it takes.
    let layer = tile.layers[0].encode_to_vec();
    let mut long = framed(&layer);
    let head = long.len() - layer.len();
    long[head - 1] |= 0x80;
    long.insert(head, 0);
    add("octets", long);
    let packed = |builder: GzBuilder| {
        let mut encoder = builder.write(Vec::new(), Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    };
    add("gzip", packed(GzBuilder::new().comment("7 ménages")));
    add("gzip", [packed(GzBuilder::new()), b"7".to_vec()].concat());
    add("n'est pas", b"\x1a\x7f7".to_vec());
    add("status", Vec::from(b"{\"type\":\"about:blank\",\"title\":\"7\"}"));
}

fn framed(layer: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1a];
    let mut length = layer.len();
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    [bytes, layer.to_vec()].concat()
}

/// The columns of a feature with their values.
fn tags(layer: &Layer, at: usize) -> impl Iterator<Item = (String, Value)> {
    let (pairs, _) = layer.features[at].tags.as_chunks::<2>();
    pairs
        .iter()
        .map(|[key, value]| {
            (layer.keys[*key as usize].clone(), layer.values[*value as usize].clone())
        })
        .collect::<Vec<_>>()
        .into_iter()
}

/// Gives a column of a feature a value, or none, and writes the tables as the server does.
fn set(layer: &mut Layer, at: usize, column: &str, value: Option<Value>) {
    let mut all: Vec<Vec<(String, Value)>> =
        (0..layer.features.len()).map(|at| tags(layer, at).collect()).collect();
    let place = all[at].iter().position(|(key, _)| key == column);
    match (place, value) {
        (Some(place), Some(value)) => all[at][place].1 = value,
        (Some(place), None) => {
            all[at].remove(place);
        }
        (None, Some(value)) => all[at].push((column.to_owned(), value)),
        (None, None) => {}
    }
    layer.keys.clear();
    layer.values.clear();
    for (feature, pairs) in layer.features.iter_mut().zip(all) {
        feature.tags.clear();
        for (key, value) in pairs {
            let key = index(&mut layer.keys, key);
            let value = index(&mut layer.values, value);
            feature.tags.extend([key, value]);
        }
    }
}

fn index<T: PartialEq>(table: &mut Vec<T>, entry: T) -> u32 {
    let place = table.iter().position(|known| *known == entry).unwrap_or_else(|| {
        table.push(entry);
        table.len() - 1
    });
    place as u32
}

/// Another value of the same type.
fn other(value: &Value) -> Value {
    let mut other = value.clone();
    match &mut other {
        Value { string_value: Some(text), .. } if text == "bas" => *text = "nd".into(),
        Value { string_value: Some(text), .. } if text == "nd" => *text = "haut".into(),
        Value { string_value: Some(text), .. } => text.push('7'),
        Value { bool_value: Some(truth), .. } => *truth = !*truth,
        Value { double_value: Some(number), .. } => {
            *number += if *number > 50.0 { -0.1 } else { 0.1 }
        }
        Value { uint_value: Some(number), .. } => *number += 1,
        other => panic!("no column has this type: {other:?}"),
    }
    other
}

/// A value that a column could have.
fn some(column: &str) -> Value {
    match column {
        "code" | "nom" => Value { string_value: Some("7".into()), ..Value::default() },
        "communes" | "situe" => Value { string_value: Some("95018".into()), ..Value::default() },
        _ if column.ends_with("_ext") => {
            Value { string_value: Some("bas".into()), ..Value::default() }
        }
        "secret" => Value { bool_value: Some(true), ..Value::default() },
        _ if column.starts_with("n_") => Value { uint_value: Some(7), ..Value::default() },
        _ => Value { double_value: Some(7.0), ..Value::default() },
    }
}
