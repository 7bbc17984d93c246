//! A small edition on disk, written by hand, for the tests of the half that serves.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "only tests write it")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use flate2::write::GzEncoder;
use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use geo::{Geometry, MultiPolygon, Point, Rect};
use geozero::mvt::tile::{Feature, Layer, Value};
use geozero::mvt::{Message, Tile};
use geozero::{ColumnValue, PropertyProcessor};
use pmtiles::{Compression, PmTilesWriter, TileCoord, TileType};
use serde_json::json;
use sha2::{Digest, Sha256};

use domain::{Catalogue, Group, Manifest, ManifestScale, Scale, labels_file};

/// `loyers` is not for landlords; `loyers_no`, its part without those that opposed, is. Both are
/// offered from the commune upward.
const CATALOGUE: &str = r#"
    families = [{ id = "taille", label = "Taille" }, { id = "loyer", label = "Loyers" }]
    [[universes]]
    id = "logements"
    label = "Logements"
    members = "logements"
    kind = "logement"
    parents = []
    audiences = ["public_mission", "bailleur"]
    filter = "1"
    [[universes]]
    id = "repondants"
    label = "Répondants"
    members = "ménages"
    kind = "menage"
    parents = ["logements"]
    audiences = ["public_mission", "bailleur"]
    filter = "REPONDU = 1"
    [[universes]]
    id = "loyers"
    label = "Loyers connus"
    members = "logements"
    kind = "logement"
    parents = ["logements"]
    finest = "commune"
    audiences = ["public_mission"]
    filter = "1"
    [[universes]]
    id = "loyers_no"
    label = "Loyers connus, sans opposition"
    members = "logements"
    kind = "logement"
    parents = ["loyers"]
    domain_of = "loyers"
    finest = "commune"
    audiences = ["public_mission", "bailleur"]
    filter = "OPPOSITION = 0"
    [[indicators]]
    id = "men_seul"
    label = "Personnes seules"
    definition = "Part des personnes seules"
    source = "OPS"
    family = "taille"
    regime = "ops"
    universe = "repondants"
    unit = "pourcent"
    audiences = ["public_mission", "bailleur"]
    numerator = "1"
    denominator = "1"
    [[indicators]]
    id = "loyer_m2"
    label = "Loyer"
    definition = "Loyer au mètre carré"
    source = "RPLS"
    family = "loyer"
    regime = "rpls_restreint"
    universe = "loyers"
    unit = "euros_m2"
    audiences = ["public_mission"]
    numerator = "1"
    denominator = "1"
"#;

/// A tile that holds every zone of the commune and EPCI scales.
pub const TILE_8: (u8, u32, u32) = (8, 129, 87);

/// A tile that holds every zone of the QPV scale.
pub const TILE_10: (u8, u32, u32) = (10, 518, 350);

/// The columns that label points have.
const LABELLED: [&str; 4] = ["code", "nom", "communes", "situe"];

/// One column of a zone.
#[derive(Clone)]
pub enum Column {
    /// A name or a code.
    Text(&'static str),
    /// A number of members.
    Count(u64),
    /// A share in %.
    Share(f64),
    /// Yes or no.
    Flag(bool),
}

use Column::{Count, Flag, Share, Text};

type Columns = Vec<(&'static str, Column)>;

/// A scale, its one tile, the zones in it.
type Stored = (Scale, (u8, u32, u32), Vec<Columns>);

/// Writes `<folder>/<id>/`: two EPCI of one commune each, an unpopulated commune, a QPV inside
/// the first commune and one across both. `seuls` is the share that commune 95001 publishes.
///
/// ```
/// use domain::Scale;
/// use edition::{Edition, EditionId, activate, active_ids};
///
/// let folder = tempfile::tempdir()?;
/// edition::fixture::write_edition(folder.path(), "2024r1", 40.0);
/// let id: EditionId = "2024r1".parse()?;
/// activate(folder.path(), id)?;
/// assert_eq!(active_ids(folder.path())?, [id]);
///
/// let edition = Edition::open(folder.path(), id)?;
/// assert!(edition.covers(Scale::COMMUNE, 8) && !edition.covers(Scale::COMMUNE, 14));
/// // A second revision of the vintage would show the difference of the two (R8).
/// edition::fixture::write_edition(folder.path(), "2024r2", 41.0);
/// assert!(activate(folder.path(), "2024r2".parse()?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_edition(folder: &Path, id: &str, seuls: f64) {
    write_scales(folder, id, scales(seuls), communes());
}

/// Where a zone of [`write_wide_edition`] lies: the column and row of its tile at the scale's
/// finest zoom.
pub const WIDE: [(&str, &str, u32); 3] =
    [("95001", "95", 0), ("95002", "95", 1), ("38001", "38", 2)];

/// Writes an edition with a zone of every scale in each of three communes, one tile each at the
/// finest zoom of the scale: two EPCI of the département 95 in the région 11, and one of the
/// département 38 in the région 84.
pub fn write_wide_edition(folder: &Path, id: &str) {
    write_scales(folder, id, wide_scales(), wide_communes());
}

/// The EPCI, the EPT and the région of a commune of [`WIDE`].
fn above(commune: &str) -> (&'static str, &'static str, &'static str) {
    match commune {
        "95001" => ("200000001", "200057867", "11"),
        "95002" => ("200000002", "200057875", "11"),
        _ => ("200000003", "200057966", "84"),
    }
}

fn wide_scales() -> Vec<Stored> {
    let mut stored = Vec::new();
    for scale in Scale::built_in().filter(|scale| *scale != Scale::FRANCE) {
        for (commune, departement, x) in WIDE {
            let (epci, ept, region) = above(commune);
            let code = match scale.whole().unwrap_or(scale).group() {
                Some(Group::Epci) => epci,
                Some(Group::Ept) => ept,
                Some(Group::Departement) => departement,
                Some(Group::Region) => region,
                Some(Group::Country) | None => commune,
            };
            let code = match (scale.whole(), code) {
                (None, own) => own,
                (Some(_), "95001") => "95001-Q",
                (Some(_), "95002") => "95002-Q",
                (Some(_), "200000001") => "200000001-Q",
                (Some(_), "200000002") => "200000002-Q",
                (Some(_), "200000003") => "200000003-Q",
                (Some(_), _) => "38001-Q",
            };
            let mut zone = vec![("code", Text(code)), ("nom", Text("Zone"))];
            if !scale.is_reference() {
                zone.push(("communes", Text(commune)));
            }
            let zoom = *scale.default_zooms().end();
            stored.push((scale, (zoom, x, 0), vec![zone]));
        }
    }
    let france = vec![vec![("code", Text("FR")), ("nom", Text("France"))]];
    stored.push((Scale::FRANCE, (0, 0, 0), france));
    stored
}

fn wide_communes() -> serde_json::Value {
    let row = |(commune, departement, x): (&str, &str, u32)| {
        let (epci, ept, region) = above(commune);
        let west = 2.0 + f64::from(x) / 10.0;
        json!({
            "code": commune, "nom": commune, "departement": departement, "region": region,
            "epci": epci, "ept": ept, "bounds": [west, 48.9, west + 0.1, 49.0],
        })
    };
    WIDE.map(row).into()
}

fn write_scales(folder: &Path, id: &str, scales: Vec<Stored>, communes: serde_json::Value) {
    let place = folder.join(id);
    std::fs::create_dir_all(&place).unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(place.join(name), bytes).unwrap();
    let mut zones_of: BTreeMap<Scale, usize> = BTreeMap::new();
    let mut tiles: BTreeMap<Scale, Vec<_>> = BTreeMap::new();
    let mut all_zones: BTreeMap<Scale, Vec<Columns>> = BTreeMap::new();
    for (scale, at, zones) in scales {
        // A zone that lies in several tiles is one.
        let all = all_zones.entry(scale).or_default();
        for zone in &zones {
            if all.iter().all(|own| code(own) != code(zone)) {
                all.push(zone.clone());
            }
        }
        *zones_of.entry(scale).or_default() += zones.len();
        tiles.entry(scale).or_default().push((at, zones));
    }
    for (scale, tiles) in tiles {
        let archive = |name: String| {
            PmTilesWriter::new(TileType::Mvt)
                .precompressed(Compression::Gzip)
                .min_zoom(*scale.default_zooms().start())
                .max_zoom(*scale.default_zooms().end())
                .create(File::create(place.join(name)).unwrap())
                .unwrap()
        };
        let mut whole = archive(format!("{scale}.pmtiles"));
        let mut labels = archive(labels_file(scale));
        for (at, zones) in tiles {
            let coord = TileCoord::new(at.0, at.1, at.2).unwrap();
            let named = zones.iter().map(|zone| {
                zone.iter().filter(|(name, _)| LABELLED.contains(name)).cloned().collect()
            });
            labels.add_tile(coord, &stored_tile(scale, named.collect())).unwrap();
            whole.add_tile(coord, &stored_tile(scale, zones)).unwrap();
        }
        whole.finalize().unwrap();
        labels.finalize().unwrap();
    }
    let catalogue = Catalogue::from_toml(CATALOGUE).unwrap();
    for (scale, zones) in all_zones {
        write(&format!("{scale}.fgb"), &zone_file(scale, &catalogue, zones));
    }
    write("communes.json", communes.to_string().as_bytes());
    write("certificate.json", certificate().to_string().as_bytes());
    write("indicators.json", &serde_json::to_vec(&catalogue).unwrap());
    write(
        "manifest.json",
        &serde_json::to_vec(&manifest(&place, id, &catalogue, &zones_of)).unwrap(),
    );
}

fn code(zone: &Columns) -> Option<&'static str> {
    zone.iter().find_map(|(name, column)| match column {
        Text(code) if *name == "code" => Some(*code),
        _ => None,
    })
}

/// The numerator and the denominator of every share of these editions.
pub const PARTS: (i64, i64) = (31, 101);

/// The zones as FlatGeobuf, a square each (a point where zones are points), one beside the other.
fn zone_file(scale: Scale, catalogue: &Catalogue, zones: Vec<Columns>) -> Vec<u8> {
    let shape = if scale.is_point() { GeometryType::Point } else { GeometryType::MultiPolygon };
    let options = FgbWriterOptions {
        detect_type: false,
        title: Some(scale.label()),
        crs: FgbCrs { org: Some("EPSG"), code: 4326, name: Some("WGS 84"), ..Default::default() },
        ..Default::default()
    };
    let mut writer = FgbWriter::create_with_options(scale.id(), shape, options).unwrap();
    let text = |name: &str| (name.to_owned(), ColumnType::String);
    let mut columns: Vec<_> = ["code", "nom", "communes", "situe"].map(text).into();
    columns.push(("secret".into(), ColumnType::Bool));
    for universe in catalogue.universes().iter().filter(|one| one.is_offered(scale)) {
        columns.push((format!("n_{}", universe.id), ColumnType::Long));
    }
    for indicator in catalogue.indicators().iter().filter(|one| catalogue.offers(one, scale)) {
        columns.push((indicator.id.clone(), ColumnType::Double));
        if !indicator.ratio_alone {
            for end in ["num", "den"] {
                columns.push((format!("{}_{end}", indicator.id), ColumnType::Long));
            }
        }
    }
    for (name, kind) in &columns {
        writer.add_column(name, *kind, |_, _| {});
    }
    for (place, zone) in zones.into_iter().enumerate() {
        let west = 2.0 + place as f64 / 10.0;
        let geometry = match scale.is_point() {
            true => Geometry::Point(Point::new(west, 48.9)),
            false => {
                let square = Rect::new((west, 48.9), (west + 0.1, 49.0)).to_polygon();
                Geometry::MultiPolygon(MultiPolygon(vec![square]))
            }
        };
        let parts = |name: &str| {
            let found = zone.iter().find_map(|(own, column)| match column {
                Share(_) if name == format!("{own}_num") => Some(PARTS.0),
                Share(_) if name == format!("{own}_den") => Some(PARTS.1),
                _ => None,
            });
            found.map(ColumnValue::Long)
        };
        writer
            .add_feature_geom(geometry, |feature| {
                for (at, (name, _)) in columns.iter().enumerate() {
                    let own = zone.iter().find(|(own, _)| own == name).map(|(_, own)| match own {
                        Text(text) => ColumnValue::String(text),
                        Count(count) => ColumnValue::Long(*count as i64),
                        Share(share) => ColumnValue::Double(*share),
                        Flag(flag) => ColumnValue::Bool(*flag),
                    });
                    if let Some(value) = own.or_else(|| parts(name)) {
                        feature.property(at, name, &value).unwrap();
                    }
                }
            })
            .unwrap();
    }
    let mut bytes = Vec::new();
    writer.write(&mut bytes).unwrap();
    bytes
}

/// A stored tile with one layer; a column that is there twice shares its key and its value.
pub fn stored_tile(scale: Scale, zones: Vec<Columns>) -> Vec<u8> {
    let (mut keys, mut values) = (Vec::<String>::new(), Vec::<Value>::new());
    let mut features = Vec::new();
    for (index, columns) in zones.into_iter().enumerate() {
        let mut tags = Vec::new();
        for (key, column) in columns {
            let value = value(column);
            tags.push(intern(&mut keys, key.to_owned()));
            tags.push(intern(&mut values, value));
        }
        let id = Some(index as u64 + 1);
        let geometry = vec![9, 50 + index as u32, 34];
        features.push(Feature { id, tags, r#type: Some(1), geometry });
    }
    let layer =
        Layer { version: 2, name: scale.id().into(), features, keys, values, extent: Some(4096) };
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(&Tile { layers: vec![layer] }.encode_to_vec()).unwrap();
    encoder.finish().unwrap()
}

fn scales(seuls: f64) -> Vec<Stored> {
    let communes = vec![
        vec![
            ("code", Text("95001")),
            ("nom", Text("Alpha")),
            ("communes", Text("95001")),
            ("secret", Flag(false)),
            ("n_logements", Count(120)),
            ("n_repondants", Count(101)),
            ("men_seul", Share(seuls)),
            ("n_loyers", Count(99)),
            ("n_loyers_no", Count(77)),
            ("loyer_m2", Share(6.66)),
        ],
        vec![
            ("code", Text("95002")),
            ("nom", Text("Bêta-Cachée")),
            ("communes", Text("95002")),
            ("secret", Flag(false)),
            ("n_logements", Count(120)),
            ("n_repondants", Count(424_242)),
            ("men_seul", Share(12.3)),
            ("loyer_m2", Share(7.77)),
        ],
        vec![("code", Text("95003")), ("nom", Text("Gamma")), ("situe", Text("95003"))],
    ];
    let qpv = vec![
        vec![("code", Text("QN09501M")), ("communes", Text("95001")), ("secret", Flag(true))],
        vec![
            ("code", Text("QN09502M")),
            ("nom", Text("À cheval")),
            ("communes", Text("95001 95002")),
            ("secret", Flag(false)),
            ("men_seul", Share(55.5)),
        ],
    ];
    let epci = vec![
        vec![("code", Text("200000001")), ("nom", Text("Agglo A")), ("men_seul", Share(40.0))],
        vec![("code", Text("200000002")), ("nom", Text("Agglo B")), ("men_seul", Share(30.0))],
    ];
    let france = vec![vec![("code", Text("FR")), ("nom", Text("France"))]];
    vec![
        (Scale::QPV, TILE_10, qpv),
        (Scale::COMMUNE, TILE_8, communes),
        (Scale::EPCI, TILE_8, epci),
        (Scale::FRANCE, (0, 0, 0), france),
    ]
}

fn communes() -> serde_json::Value {
    let row = |code: &str, epci: &str, west: f64| {
        json!({
            "code": code, "nom": code, "departement": "95", "region": "11",
            "epci": epci, "ept": null, "bounds": [west, 48.9, west + 0.1, 49.0],
        })
    };
    json!([
        row("95001", "200000001", 2.0),
        row("95002", "200000002", 2.1),
        row("95003", "200000002", 2.2),
    ])
}

fn certificate() -> serde_json::Value {
    let universe = |id: &str| json!({ "universe": id, "published": 1, "visible": 100 });
    json!({
        "engine": "seuil 0.1.0", "threshold": 11, "rules": ["R1"], "r2": "nested",
        "limits": [],
        "scales": [{
            "scale": "commune", "zones": 2,
            "universes": [universe("logements"), universe("loyers")],
        }],
    })
}

fn manifest(
    place: &Path,
    id: &str,
    catalogue: &Catalogue,
    zones: &BTreeMap<Scale, usize>,
) -> Manifest {
    let (vintage, revision) = id.split_once('r').unwrap();
    let scale = |(scale, zones): (&Scale, &usize)| ManifestScale {
        id: *scale,
        label: scale.label().into(),
        minzoom: *scale.default_zooms().start(),
        maxzoom: *scale.default_zooms().end(),
        zones: *zones,
        bounds: [2.0, 48.9, 2.3, 49.0],
        zoning: scale.zoning(),
    };
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(place).unwrap() {
        let path = entry.unwrap().path();
        let digest = hex::encode(Sha256::digest(std::fs::read(&path).unwrap()));
        files.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), digest);
    }
    Manifest {
        id: id.into(),
        vintage: vintage.parse().unwrap(),
        revision: revision.parse().unwrap(),
        threshold: 11,
        engine: "seuil 0.1.0".into(),
        scales: zones.iter().map(scale).collect(),
        universes: catalogue.universes().iter().map(|universe| universe.id.clone()).collect(),
        indicators: catalogue.indicators().iter().map(|one| one.id.clone()).collect(),
        classes: ["men_seul", "loyer_m2"].map(|id| (id.to_owned(), vec![1.0, 2.0])).into(),
        attribution: "Essai".into(),
        files,
    }
}

fn value(column: Column) -> Value {
    match column {
        Text(text) => Value { string_value: Some(text.into()), ..Value::default() },
        Count(count) => Value { uint_value: Some(count), ..Value::default() },
        Share(share) => Value { double_value: Some(share), ..Value::default() },
        Flag(flag) => Value { bool_value: Some(flag), ..Value::default() },
    }
}

fn intern<T: PartialEq>(table: &mut Vec<T>, entry: T) -> u32 {
    let place = table.iter().position(|known| *known == entry).unwrap_or_else(|| {
        table.push(entry);
        table.len() - 1
    });
    place as u32
}
