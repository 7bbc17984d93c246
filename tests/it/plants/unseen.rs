//! What nobody sees from outside, since it is done in every file alike, or at all: each is planted,
//! and the list is the one that the audit announces.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use geo::MapCoords;
use geozero::mvt::tile::Value as Told;
use serde_json::{Value, json};

use super::archive::{Archive, Tile, pack_with, unpack};
use super::layer::{Layer, Value as Cell};
use super::{Copy, small};

/// One of those things: how the audit announces it, and how it is done.
struct Unseen {
    announced: &'static str,
    spoil: fn(&Path),
}

/// What the sources alone show.
const OUTSIDE: [Unseen; 9] = [
    Unseen { announced: "un effectif faux, s'il l'est de même", spoil: count },
    Unseen { announced: "un chiffre faux, si valeur, numérateur", spoil: figure },
    Unseen { announced: "un numérateur ou un dénominateur faux que l'arrondi", spoil: rounded },
    Unseen { announced: "une mention fausse", spoil: mark },
    Unseen { announced: "un nom de zone faux partout", spoil: name },
    Unseen { announced: "un contour faux partout", spoil: contour },
    Unseen { announced: "une commune ou une zone rattachée ailleurs", spoil: place },
    Unseen { announced: "une zone retirée de partout", spoil: zone },
    Unseen { announced: "un seuil plus bas que celui de la configuration", spoil: |_| {} },
];

/// What they do not show either.
const ALWAYS: [Unseen; 7] = [
    Unseen { announced: "une limite déplacée de moins de trois unités", spoil: border },
    Unseen { announced: "le nom d'une zone à une autre place de son contour", spoil: pole },
    Unseen {
        announced: "l'ordre des noms de deux zones dont les aires sont égales", spoil: order
    },
    Unseen { announced: "la façon dont gzip code les mêmes octets", spoil: gzip },
    Unseen { announced: "des zooms larges retirés d'une échelle", spoil: zoom },
    Unseen { announced: "une version antérieure du moteur", spoil: engine },
    Unseen { announced: "ce que le certificat dit d'une case dont ni chiffre", spoil: silent },
];

#[test]
fn what_is_not_seen_is_what_the_audit_announces() {
    let territory = small();
    let sound = Copy::of(&territory.edition());
    let announced = |checked: &[String]| -> Vec<String> {
        checked.iter().filter(|text| text.contains("ne se voit pas")).cloned().collect()
    };
    let (outside, inside) = (sound.outside().unwrap(), sound.inside(&territory).unwrap());
    let (outside, inside) = (announced(&outside.checked), announced(&inside.checked));
    let of = |list: &[Unseen]| -> Vec<String> {
        list.iter().map(|own| own.announced.to_owned()).collect()
    };
    let same = |announced: &[String], listed: &[String]| {
        assert_eq!(announced.len(), listed.len(), "{announced:#?}");
        for (text, own) in announced.iter().zip(listed) {
            assert!(text.contains(own), "{text} is not {own}");
        }
    };
    same(&outside, &[of(&OUTSIDE), of(&ALWAYS)].concat());
    same(&inside, &of(&ALWAYS));
    let strict = territory.copy();
    strict.edit("seuil.toml", |text| text.replacen("threshold = 11", "threshold = 20", 1));
    fs::create_dir(strict.input().join("records")).unwrap();
    for (list, is_seen_inside) in [(&OUTSIDE[..], true), (&ALWAYS[..], false)] {
        for own in list {
            let copy = Copy::of(&territory.edition());
            (own.spoil)(&copy.edition());
            copy.seal();
            let found = copy.outside().unwrap().findings;
            assert_eq!(found, [], "{} is seen from outside", own.announced);
            let is_threshold = own.announced.contains("seuil");
            let sources = if is_threshold { &strict } else { &*territory };
            let found = super::audit_edition(&copy.edition(), Some(&sources.config()), None);
            let found = found.map_err(|error| error.to_string()).unwrap().findings;
            assert_eq!(!found.is_empty(), is_seen_inside, "{}: {found:#?}", own.announced);
            if is_threshold {
                assert!(found.iter().any(|one| one.words.contains("« threshold »")), "{found:#?}");
            }
        }
    }
}

/// Changes a column of a zone in the FlatGeobuf and in every tile.
fn say(folder: &Path, scale: &str, zone: &str, column: &str, value: Cell) {
    let path = folder.join(format!("{scale}.fgb"));
    let mut layer = Layer::read(&path);
    let place = layer.column(column);
    let row = layer.zones.iter_mut().find(|own| own.code() == zone).unwrap();
    row.values.insert(place, value.clone());
    layer.write(&path);
    let told = match value {
        Cell::Text(text) => Told { string_value: Some(text), ..Told::default() },
        Cell::Number(number) => Told { double_value: Some(number), ..Told::default() },
        Cell::Integer(count) => Told { uint_value: Some(count as u64), ..Told::default() },
        Cell::Truth(truth) => Told { bool_value: Some(truth), ..Told::default() },
    };
    each_tile(folder, scale, |zones| {
        for own in
            zones.iter_mut().filter(|own| own.tags[0].1.string_value.as_deref() == Some(zone))
        {
            let tag = own.tags.iter_mut().find(|tag| tag.0 == column);
            tag.into_iter().for_each(|tag| tag.1 = told.clone());
        }
    });
}

/// Changes every tile of a scale, that of its label points too.
fn each_tile(folder: &Path, scale: &str, change: impl Fn(&mut Vec<super::archive::Feature>)) {
    for file in [format!("{scale}.pmtiles"), labels(scale)] {
        let path = folder.join(file);
        let mut archive = Archive::read(&path);
        archive.each(&change);
        archive.write(&path);
    }
}

fn labels(scale: &str) -> String {
    format!("{scale}.labels.pmtiles")
}

fn document(folder: &Path, name: &str, change: impl Fn(&mut Value)) {
    let path = folder.join(name);
    let mut document: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut document);
    fs::write(path, serde_json::to_string_pretty(&document).unwrap() + "\n").unwrap();
}

/// An address, and a column where it says a number over the threshold.
fn said(folder: &Path, scale: &str, column: &str) -> (Layer, String, i64) {
    let layer = Layer::read(&folder.join(format!("{scale}.fgb")));
    let place = layer.column(column);
    let own = layer.zones.iter().filter_map(|zone| Some((zone.code(), zone.integer(place)?)));
    let (code, number) = own.max_by_key(|own| own.1).unwrap();
    (layer, code, number)
}

/// The households of an address with aid, one more: nothing is nested in them.
fn count(folder: &Path) {
    let (_, zone, count) = said(folder, "adresse", "n_aide");
    let layer = Layer::read(&folder.join("adresse.fgb"));
    let row = layer.zones.iter().find(|own| own.code() == zone).unwrap();
    let aided = row.integer(layer.column("aide_apl_num")).unwrap();
    let (whole, tenths) = (count + 1, 2_000 * aided);
    let share = (tenths + whole) / (2 * whole);
    say(folder, "adresse", &zone, "n_aide", Cell::Integer(whole));
    say(folder, "adresse", &zone, "aide_apl_den", Cell::Integer(whole));
    say(folder, "adresse", &zone, "aide_apl", Cell::Number(share as f64 / 10.0));
    document(folder, "certificate.json", |own| {
        let all = own["scales"][0]["universes"].as_array_mut().unwrap();
        let own = all.iter_mut().find(|own| own["universe"] == "aide").unwrap();
        own["visible"] = json!(own["visible"].as_u64().unwrap() + 1);
    });
}

/// The answers of an address: one more where some are silent, else one less.
fn figure(folder: &Path) {
    let (layer, zone, whole) = said(folder, "adresse", "tx_reponse_den");
    let row = layer.zones.iter().find(|own| own.code() == zone).unwrap();
    let part = row.integer(layer.column("tx_reponse_num")).unwrap();
    let part = if part < whole { part + 1 } else { part - 1 };
    let value = (part as f64 * 1000.0 / whole as f64).round() / 10.0;
    say(folder, "adresse", &zone, "tx_reponse_num", Cell::Integer(part));
    say(folder, "adresse", &zone, "tx_reponse", Cell::Number(value));
}

/// The answers of the country: one more, or one less, changes no tenth of a per cent.
fn rounded(folder: &Path) {
    let (layer, zone, part) = said(folder, "france", "tx_reponse_num");
    let whole = layer.zones[0].integer(layer.column("tx_reponse_den")).unwrap();
    let value = |part: i64| (part as f64 * 1000.0 / whole as f64).round();
    let other = [part + 1, part - 1].into_iter().find(|other| value(*other) == value(part));
    say(folder, "france", &zone, "tx_reponse_num", Cell::Integer(other.unwrap()));
}

/// An address whose households all but a few have an aid, or hardly one: the other way round.
fn mark(folder: &Path) {
    let layer = Layer::read(&folder.join("adresse.fgb"));
    let place = layer.column("aide_apl_ext");
    let own = layer.zones.iter().find_map(|zone| match zone.values.get(&place)? {
        Cell::Text(text) if text != "nd" => Some((zone.code(), text.clone())),
        _ => None,
    });
    let (zone, text) = own.unwrap();
    let other = if text == "bas" { "haut" } else { "bas" };
    say(folder, "adresse", &zone, "aide_apl_ext", Cell::Text(other.into()));
}

fn name(folder: &Path) {
    let layer = Layer::read(&folder.join("qpv.fgb"));
    say(folder, "qpv", &layer.zones[0].code(), "nom", Cell::Text("9 menages".into()));
}

/// A centimetre of a border.
fn contour(folder: &Path) {
    let path = folder.join("qpv.fgb");
    let mut layer = Layer::read(&path);
    let manifest: Value =
        serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let scales = manifest["scales"].as_array().unwrap();
    let own = scales.iter().find(|own| own["id"] == "qpv").unwrap();
    let bounds: [f64; 4] = serde_json::from_value(own["bounds"].clone()).unwrap();
    let is_edge = |at: geo::Coord| bounds.contains(&at.x) || bounds.contains(&at.y);
    let geometry = &mut layer.zones[0].geometry;
    *geometry = geometry.map_coords(|at| match is_edge(at) {
        true => at,
        false => geo::Coord { x: at.x + 1e-7, y: at.y },
    });
    layer.write(&path);
}

/// A zone without dwellings lies in another commune.
fn place(folder: &Path) {
    let layer = Layer::read(&folder.join("iris.fgb"));
    let situe = layer.column("situe");
    let (zone, own) = layer
        .zones
        .iter()
        .find_map(|zone| Some((zone.code(), zone.values.get(&situe)?.clone())))
        .unwrap();
    let other = layer.zones.iter().map(|zone| zone.code()[..5].to_owned());
    let other = other.map(Cell::Text).find(|other| *other != own).unwrap();
    say(folder, "iris", &zone, "situe", other);
}

/// The last secret address that no bound needs.
fn zone(folder: &Path) {
    let path = folder.join("adresse.fgb");
    let mut layer = Layer::read(&path);
    let place = *layer.by_code().last().unwrap();
    let zone = layer.zones.remove(place);
    assert_eq!(zone.values[&layer.column("secret")], Cell::Truth(true), "another must be chosen");
    layer.write(&path);
    let id = layer.zones.len() as u64 + 1;
    each_tile(folder, "adresse", |zones| zones.retain(|own| own.id != id));
    let less = |count: &mut Value| *count = json!(count.as_u64().unwrap() - 1);
    document(folder, "manifest.json", |own| less(&mut own["scales"][0]["zones"]));
    document(folder, "certificate.json", |own| less(&mut own["scales"][0]["zones"]));
}

/// A unit of the grid of a tile.
fn border(folder: &Path) {
    let path = folder.join("carreau.pmtiles");
    let mut archive = Archive::read(&path);
    archive.each(|zones| zones[0].geometry[1] ^= 2);
    archive.write(&path);
}

fn unzigzag(value: u32) -> i64 {
    i64::from(value >> 1) ^ -i64::from(value & 1)
}

fn at(id: u64) -> pmtiles::TileCoord {
    pmtiles::TileCoord::from(pmtiles::TileId::new(id).unwrap())
}

/// The point of a square one unit farther at the finest zoom, where the other zooms allow it.
fn pole(folder: &Path) {
    let path = folder.join(labels("carreau"));
    let mut archive = Archive::read(&path);
    let finest = archive.head[101];
    let mut columns: BTreeMap<u64, Vec<(u8, i64)>> = BTreeMap::new();
    for (id, tile) in &archive.tiles {
        let Tile::Features(points) = tile else { continue };
        for point in points {
            let column = i64::from(at(*id).x()) * 4096 + unzigzag(point.geometry[1]);
            columns.entry(point.id).or_default().push((at(*id).z(), column));
        }
    }
    let may_be = |zone: u64, place: i64| {
        columns[&zone].iter().all(|(zoom, column)| {
            let parts = 1_i64 << (finest - zoom);
            *zoom == finest || 2 * (column * parts - place).abs() <= parts + 1
        })
    };
    let (tile, zone) = archive
        .tiles
        .iter()
        .filter(|(id, _)| at(**id).z() == finest)
        .find_map(|(id, tile)| {
            let Tile::Features(points) = tile else { return None };
            let found = points.iter().find(|point| {
                let own = unzigzag(point.geometry[1]);
                own < 4095 && may_be(point.id, i64::from(at(*id).x()) * 4096 + own + 1)
            })?;
            Some((*id, found.id))
        })
        .unwrap();
    let point = archive.features(tile).iter_mut().find(|own| own.id == zone).unwrap();
    point.geometry[1] += 2;
    archive.write(&path);
}

/// Two squares that follow one another, as large as one another but for a fifty-thousandth.
fn order(folder: &Path) {
    let layer = Layer::read(&folder.join("carreau.fgb"));
    let area = |place: usize| {
        let drawn = layer.zones[place].geometry.map_coords(|at| geo::Coord {
            x: at.x / 360.0,
            y: at.y.to_radians().tan().asinh() / (2.0 * std::f64::consts::PI),
        });
        geo::Area::unsigned_area(&drawn)
    };
    let by_code = layer.by_code();
    let path = folder.join(labels("carreau"));
    let mut archive = Archive::read(&path);
    let (tile, place) = archive
        .tiles
        .iter()
        .find_map(|(id, tile)| {
            let Tile::Features(points) = tile else { return None };
            let areas: Vec<f64> =
                points.iter().map(|point| area(by_code[point.id as usize - 1])).collect();
            let same = areas.windows(2).position(|two| (two[0] / two[1] - 1.0).abs() < 2e-5)?;
            Some((*id, same))
        })
        .unwrap();
    archive.features(tile).swap(place, place + 1);
    archive.write(&path);
}

fn gzip(folder: &Path) {
    let path = folder.join("region.pmtiles");
    let mut archive = Archive::read(&path);
    let id = *archive.tiles.keys().next().unwrap();
    let plain = archive.plain(id);
    let packed = pack_with(flate2::GzBuilder::new(), 7, &plain);
    assert_eq!(unpack(&packed), plain);
    archive.tiles.insert(id, Tile::Stored(packed));
    archive.write(&path);
}

/// The widest zoom of the communes.
fn zoom(folder: &Path) {
    let mut least = 0;
    for file in ["commune.pmtiles".to_owned(), labels("commune")] {
        let path = folder.join(file);
        let mut archive = Archive::read(&path);
        let own = archive.head[100];
        archive.tiles.retain(|id, _| at(*id).z() != own);
        (archive.head[100], archive.head[118]) = (own + 1, own + 1);
        let (before, after) = (format!("\"minzoom\":{own}"), format!("\"minzoom\":{}", own + 1));
        archive.metadata = archive.metadata.replace(&before, &after);
        archive.write(&path);
        least = u64::from(own);
    }
    document(folder, "manifest.json", |own| {
        let all = own["scales"].as_array_mut().unwrap();
        let own = all.iter_mut().find(|own| own["id"] == "commune").unwrap();
        own["minzoom"] = json!(least + 1);
    });
}

fn engine(folder: &Path) {
    for name in ["manifest.json", "certificate.json"] {
        document(folder, name, |own| own["engine"] = json!("seuil 0.0.1"));
    }
}

/// The cells of a universe that has no figure, and no part that the addresses show.
fn silent(folder: &Path) {
    let catalogue: Value =
        serde_json::from_slice(&fs::read(folder.join("indicators.json")).unwrap()).unwrap();
    let list = |name: &str| catalogue[name].as_array().unwrap().clone();
    let cites = |own: &Value, key: &str, id: &Value| {
        own[key].as_array().is_some_and(|all| all.contains(id))
    };
    let shown = |own: &&Value| own["finest"].is_null() || own["finest"] == "adresse";
    document(folder, "certificate.json", |own| {
        for universe in own["scales"][0]["universes"].as_array_mut().unwrap().iter_mut().skip(1) {
            let id = universe["universe"].clone();
            let all = list("universes");
            let is_needed = all
                .iter()
                .filter(shown)
                .any(|other| cites(other, "parents", &id) || cites(other, "requires", &id));
            let has_figures = list("indicators").iter().any(|other| other["universe"] == id);
            let published = universe["published"].as_u64().unwrap();
            if !is_needed && !has_figures && published > 0 {
                universe["published"] = json!(published - 1);
            }
        }
    });
}
