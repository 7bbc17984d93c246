//! The whole of an edition, from raw figures through the protection to the files.

mod stress;

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use geo::{Coord, LineString, MultiPolygon, Polygon};
use geozero::mvt::{Message, Tile};
use pmtiles::{AsyncPmTilesReader, MmapBackend, TileCoord};
use sha2::{Digest, Sha256};

use super::*;
use domain::{Catalogue, CommuneCode, Detail, Zone};
use protect::Rules;
use protect::fixture::{self, MadeUp};

const SIDE: usize = 5;

/// Households of the single address of a commune: some under the threshold.
fn households(commune: usize) -> u64 {
    commune as u64 * 3
}

fn square(column: f64, row: f64, wide: f64) -> Shape {
    let (west, south) = (2.0 + 0.05 * column, 49.0 + 0.03 * row);
    let (east, north) = (west + 0.05 * wide, south + 0.03 * wide);
    let ring = [(west, south), (east, south), (east, north), (west, north), (west, south)];
    Shape::Area(MultiPolygon(vec![Polygon::new(LineString::from(ring.to_vec()), vec![])]))
}

fn commune(index: usize) -> CommuneCode {
    format!("95{index:03}").parse().unwrap()
}

fn made_up(zones: Vec<(Zone, Shape, Vec<u32>)>) -> Vec<MadeUp> {
    let total = |atoms: &[u32]| -> u64 { atoms.iter().map(|&at| households(at as usize)).sum() };
    let zone = |(zone, shape, atoms): (Zone, Shape, Vec<u32>)| {
        let count = total(&atoms);
        let counts = vec![count, count, count, 0];
        let sums = vec![atoms.iter().map(|&at| i64::from(at * at / 8)).sum(), count as i64];
        MadeUp { zone, shape, atoms, counts, sums }
    };
    zones.into_iter().map(zone).collect()
}

fn published_with(shape_of_last: Shape) -> Published {
    let communes = 0..SIDE * SIDE;
    let place = |index: usize| ((index % SIDE) as f64, (index / SIDE) as f64);
    let addresses = communes.clone().map(|index| {
        let (column, row) = place(index);
        let at = Coord { x: 2.02 + 0.05 * column, y: 49.02 + 0.03 * row };
        let zone = Zone {
            code: format!("A{index:03}").parse().unwrap(),
            nom: String::new(),
            communes: vec![commune(index)],
            situe: vec![],
            detail: Detail::None,
        };
        (zone, Shape::Point(at), vec![index as u32])
    });
    let mut contours: Vec<_> = communes
        .clone()
        .map(|index| {
            let (column, row) = place(index);
            let zone = Zone {
                code: commune(index).into(),
                nom: format!("L'Île-à-l'Écart {index}"),
                communes: if index == 0 { vec![] } else { vec![commune(index)] },
                situe: if index == 0 { vec![commune(index)] } else { vec![] },
                detail: Detail::None,
            };
            (zone, square(column, row, 1.0), vec![index as u32])
        })
        .collect();
    contours.last_mut().unwrap().1 = shape_of_last;
    let france = Zone {
        code: "FR".parse().unwrap(),
        nom: "France".into(),
        communes: vec![],
        situe: vec![],
        detail: Detail::None,
    };
    let all = communes.map(|index| index as u32).collect();
    let scales = vec![
        (Scale::ADRESSE, made_up(addresses.collect())),
        (Scale::COMMUNE, made_up(contours)),
        (Scale::FRANCE, made_up(vec![(france, square(0.0, 0.0, SIDE as f64), all)])),
    ];
    let counts: Vec<u32> = (0..SIDE * SIDE)
        .flat_map(|index| [households(index) as u32; 3].into_iter().chain([0]))
        .collect();
    let catalogue =
        Catalogue::from_toml(include_str!("../../tests/data/small_catalogue.toml")).unwrap();
    let rules = Rules::built_in(&catalogue).unwrap();
    fixture::published(scales, &counts, catalogue, &rules)
}

fn published() -> Published {
    let (column, row) = ((SIDE - 1) as f64, (SIDE - 1) as f64);
    published_with(square(column, row, 1.0))
}

fn meta(published: &Published) -> Meta {
    Meta {
        vintage: 2024,
        revision: 1,
        attribution: "Répertoire, enquête".into(),
        certificate: certificate(published),
        grappes: None,
    }
}

fn communes() -> Vec<CommuneRow> {
    let row = |index| CommuneRow {
        code: commune(index),
        nom: format!("Commune {index}"),
        departement: "95".into(),
        region: "11".into(),
        epci: None,
        ept: None,
        bounds: None,
    };
    (0..SIDE * SIDE).rev().map(row).collect()
}

fn write_to(out: &Path, published: &Published) -> Result<PathBuf, PublishError> {
    write(published, &communes(), &meta(published), out, &|_| ()).map(|written| written.path)
}

fn contents(edition: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(edition).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

#[test]
fn the_manifest_names_every_file_with_its_digest() {
    let out = tempfile::tempdir().unwrap();
    let edition = write_to(out.path(), &published()).unwrap();
    assert_eq!(edition, out.path().join("2024r1"));
    let mut files = contents(&edition);
    let manifest: Manifest =
        serde_json::from_slice(&files.remove("manifest.json").unwrap()).unwrap();
    let digests: BTreeMap<_, _> = files
        .iter()
        .map(|(name, bytes)| (name.clone(), hex::encode(Sha256::digest(bytes))))
        .collect();
    assert_eq!(manifest.files, digests);
    assert_eq!(digests.len(), 12);
    assert_eq!(manifest.scale(Scale::COMMUNE).unwrap().zones, SIDE * SIDE);
    assert_eq!(manifest.classes["part"].len(), 4);
    assert!(Catalogue::from_json(&files["indicators.json"]).is_ok());
    let rows: Vec<CommuneRow> = serde_json::from_slice(&files["communes.json"]).unwrap();
    assert!(rows.is_sorted_by(|left, right| left.code < right.code));
    let certificate: Certificate = serde_json::from_slice(&files["certificate.json"]).unwrap();
    let commune = &certificate.scales[1];
    assert_eq!(commune.zones, SIDE * SIDE - 1);
    assert!(commune.universes[2].published > 0 && commune.universes[2].published < commune.zones);
    assert_eq!(certificate.scales[2].universes[2].visible, 3 * (0..25).sum::<u64>());
}

#[test]
fn the_number_of_threads_changes_no_file() {
    let with = |threads| {
        let out = tempfile::tempdir().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        contents(&pool.install(|| write_to(out.path(), &published())).unwrap())
    };
    assert!(with(1) == with(2));
}

#[test]
fn an_existing_edition_is_not_touched() {
    let out = tempfile::tempdir().unwrap();
    let before = contents(&write_to(out.path(), &published()).unwrap());
    let error = write_to(out.path(), &published()).unwrap_err();
    assert!(error.to_string().contains("augmenter build.revision"), "{error}");
    assert!(contents(&out.path().join("2024r1")) == before);
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);
}

#[test]
fn a_failed_write_leaves_nothing() {
    let out = tempfile::tempdir().unwrap();
    let published = published();
    let stopped = catch_unwind(AssertUnwindSafe(|| {
        write(&published, &communes(), &meta(&published), out.path(), &|step| {
            assert!(step.scale == Scale::ADRESSE, "stopped at the second scale");
        })
    }));
    assert!(stopped.is_err());
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}

#[test]
fn an_unusable_shape_is_refused_by_its_zone() {
    let check = |shape: Shape, problem: &str| {
        let out = tempfile::tempdir().unwrap();
        let error = write_to(out.path(), &published_with(shape)).unwrap_err().to_string();
        assert_eq!(error, format!("échelle commune, zone 95024 : {problem}"));
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
    };
    check(Shape::Area(MultiPolygon(vec![])), "géométrie vide");
    check(square(f64::NAN, 0.0, 1.0), "une coordonnée n'est pas un nombre");
    check(Shape::Point(Coord { x: 2.0, y: 49.0 }), "il faut un contour, pas un point");
    let wide = square(-2000.0, 0.0, 4000.0);
    check(wide, "contour trop étendu pour les zooms de cette échelle");
}

#[test]
fn a_zoom_whose_tiles_are_too_heavy_is_left_out_and_no_zone_with_it() {
    let published = published();
    let columns = Columns::new(published.catalogue(), Scale::COMMUNE);
    let commune = &published.scales()[1];
    let folder = tempfile::tempdir().unwrap();
    let cut = |most: usize| {
        let path = folder.path().join(format!("{most}.pmtiles"));
        let file = fs::File::create_new(&path).unwrap();
        let at = (&file, path.as_path());
        let sizes = archive::write(commune, &entry(commune), &columns, "", most, &|_| (), at);
        (sizes, path)
    };
    let (whole, _) = cut(usize::MAX);
    let whole = whole.unwrap();
    assert_eq!((whole.minzoom, whole.maxzoom), (8, 11));
    assert!(whole.median <= whole.largest && whole.largest < archive::MOST_BYTES);
    let (lighter, path) = cut(whole.largest - 1);
    let lighter = lighter.unwrap();
    assert!(lighter.minzoom > 8 && lighter.largest < whole.largest, "{lighter:?}");
    assert_eq!(features(&path, Scale::COMMUNE).len(), commune.zones().len());
    assert!(cut(10).0.unwrap_err().to_string().contains("tuiles non écrites"));
}

/// Every feature of an archive, by id, with its properties.
fn features(path: &Path, scale: Scale) -> BTreeMap<u64, BTreeMap<String, String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let backend = MmapBackend::try_from(path).await.unwrap();
        let reader = AsyncPmTilesReader::try_from_source(backend).await.unwrap();
        let metadata: serde_json::Value =
            serde_json::from_str(&reader.get_metadata().await.unwrap()).unwrap();
        assert_eq!(metadata["vector_layers"][0]["id"], scale.id());
        assert_eq!(metadata["vector_layers"][0]["fields"]["part"], "Number");
        let zoom = *scale.default_zooms().end();
        assert_eq!(reader.get_header().max_zoom, zoom);
        let mut found = BTreeMap::new();
        let columns = [2.0, 2.0 + 0.05 * SIDE as f64];
        let tiles = columns.map(|x| ((x + 180.0) / 360.0 * f64::from(1 << zoom)) as u32);
        let row = |latitude: f64| {
            let asinh = latitude.to_radians().tan().asinh() / std::f64::consts::PI;
            ((1.0 - asinh) / 2.0 * f64::from(1 << zoom)) as u32
        };
        for x in tiles[0]..=tiles[1] {
            for y in row(49.0 + 0.03 * SIDE as f64)..=row(49.0) {
                let coordinates = TileCoord::new(zoom, x, y).unwrap();
                let Some(bytes) = reader.get_tile_decompressed(coordinates).await.unwrap() else {
                    continue;
                };
                for layer in Tile::decode(bytes).unwrap().layers {
                    for feature in layer.features {
                        let values = feature.tags.chunks(2).map(|tag| {
                            let value = &layer.values[tag[1] as usize];
                            let text = value
                                .string_value
                                .clone()
                                .or(value.bool_value.map(|truth| truth.to_string()))
                                .or(value.uint_value.map(|count| count.to_string()))
                                .or(value.double_value.map(|number| number.to_string()));
                            (layer.keys[tag[0] as usize].clone(), text.unwrap())
                        });
                        found.insert(feature.id.unwrap(), values.collect());
                    }
                }
            }
        }
        found
    })
}

#[test]
fn each_name_stands_once_at_each_zoom_and_the_largest_zone_comes_first() {
    let out = tempfile::tempdir().unwrap();
    // The last commune is twice as wide as the others.
    let (column, row) = ((SIDE - 1) as f64, (SIDE - 1) as f64);
    let published = published_with(square(column, row, 2.0));
    let edition = write_to(out.path(), &published).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let read = async |zoom: u8| {
        let path = edition.join("commune.labels.pmtiles");
        let backend = MmapBackend::try_from(path.as_path()).await.unwrap();
        let reader = AsyncPmTilesReader::try_from_source(backend).await.unwrap();
        let mut layers = Vec::new();
        for x in 0..1_u32 << zoom {
            // The rows of all latitudes of France.
            for y in (1_u32 << zoom) / 3..(1_u32 << zoom) / 2 {
                let at = TileCoord::new(zoom, x, y).unwrap();
                if let Some(bytes) = reader.get_tile_decompressed(at).await.unwrap() {
                    layers.extend(Tile::decode(bytes).unwrap().layers);
                }
            }
        }
        layers
    };
    for zoom in [8, 9] {
        let layers = runtime.block_on(read(zoom));
        let mut ids: Vec<u64> = Vec::new();
        for layer in &layers {
            assert_eq!(layer.name, "commune");
            assert!(
                layer.keys.iter().all(|key| ["code", "nom", "communes", "situe"].contains(&&**key))
            );
            for feature in &layer.features {
                let unzip = |value: u32| (value >> 1) as i32 ^ -((value & 1) as i32);
                let [9, x, y] = feature.geometry[..] else { panic!("a point: {feature:?}") };
                assert!([x, y].into_iter().all(|value| (0..4096).contains(&unzip(value))));
                ids.push(feature.id.unwrap());
            }
            let wide = (SIDE * SIDE) as u64;
            let place = layer.features.iter().position(|feature| feature.id == Some(wide));
            assert!(place.is_none_or(|place| place == 0), "zoom {zoom}");
        }
        ids.sort_unstable();
        assert!(ids.into_iter().eq(1..=(SIDE * SIDE) as u64), "zoom {zoom}");
    }
}

#[test]
fn tiles_hold_the_published_figures_and_no_other() {
    let out = tempfile::tempdir().unwrap();
    let published = published();
    let edition = write_to(out.path(), &published).unwrap();
    for scale in published.scales() {
        let path = edition.join(format!("{}.pmtiles", scale.scale()));
        let found = features(&path, scale.scale());
        assert_eq!(found.len(), scale.zones().len());
        for (zone, place) in scale.zones().iter().enumerate() {
            let properties = &found[&(zone as u64 + 1)];
            let value = |key: &str| properties.get(key).cloned();
            assert_eq!(value("code"), Some(place.code.to_string()));
            assert_eq!(value("secret"), Some(scale.is_secret(zone).to_string()));
            assert_eq!(value("part"), scale.figure(zone, 0).map(|it| it.value().to_string()));
            let count = |index| scale.count(zone, index).map(|count| count.to_string());
            assert_eq!(value("n_logements"), count(0));
            assert_eq!(value("n_repondants"), count(2));
            let join = |codes: &[CommuneCode]| codes.first().map(ToString::to_string);
            assert_eq!(value("communes"), join(&place.communes));
            assert_eq!(value("situe"), join(&place.situe));
            assert!(value("part_num").is_none() && value("part_den").is_none());
        }
        assert!(found.values().any(|it| it.contains_key("part")) || scale.zones().len() == 1);
    }
}

#[test]
fn gdal_opens_every_flatgeobuf() {
    if Command::new("ogrinfo").arg("--version").output().is_err() {
        shared::skipped("ogrinfo absent");
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let edition = write_to(out.path(), &published()).unwrap();
    for (scale, geometry, count) in
        [("adresse", "Point", 25), ("commune", "Multi Polygon", 25), ("france", "Multi Polygon", 1)]
    {
        let path = edition.join(format!("{scale}.fgb"));
        let answer = Command::new("ogrinfo").args(["-al"]).arg(&path).output().unwrap();
        let text = String::from_utf8(answer.stdout).unwrap();
        assert!(answer.status.success() && answer.stderr.is_empty(), "{text}");
        for line in [
            format!("Geometry: {geometry}"),
            format!("Feature Count: {count}"),
            "ID[\"EPSG\",4326]".to_owned(),
            "secret: Integer(Boolean) (0.0)".to_owned(),
            "n_repondants: Integer64 (0.0)".to_owned(),
            "part: Real (0.0)".to_owned(),
            "part_num: Integer64 (0.0)".to_owned(),
        ] {
            assert!(text.contains(&line), "{line}\n{text}");
        }
    }
}
