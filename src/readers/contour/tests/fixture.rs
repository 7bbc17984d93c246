//! Small files of contours, in every format.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};

use encoding_rs::WINDOWS_1252;
use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use geo::{Geometry, LineString, MultiPolygon, Polygon, polygon};
use geozero::{ColumnValue, CoordDimensions, PropertyProcessor, ToWkb};
use rusqlite::{Connection, params};
use shapefile::dbase::encoding::EncodingRs;
use shapefile::dbase::{FieldValue, Record, TableWriterBuilder};

/// Code without its first zero, name, contour.
pub(super) type Zone = (i32, &'static str, MultiPolygon<f64>);

/// The format of [`write`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    FlatGeobuf,
    GeoPackage,
    GeoJson,
    Shapefile,
}

impl Kind {
    pub(super) const ALL: [Kind; 4] =
        [Kind::FlatGeobuf, Kind::GeoPackage, Kind::GeoJson, Kind::Shapefile];
}

/// Two communes in EPSG:2154: one with a hole, one in two parts; the codes out of order.
pub(super) fn zones() -> Vec<Zone> {
    let square = |x: f64, y: f64, size: f64| polygon![(x: x, y: y), (x: x + size, y: y), (x: x + size, y: y + size), (x: x, y: y + size)];
    let with_hole = |outer: Polygon<f64>, hole: Polygon<f64>| {
        let mut ring: LineString<f64> = hole.exterior().clone();
        ring.0.reverse();
        Polygon::new(outer.exterior().clone(), vec![ring])
    };
    let first = MultiPolygon::new(vec![
        square(640_000.5, 6_870_000.25, 1_000.0),
        square(642_000.0, 6_870_000.0, 500.0),
    ]);
    let second =
        with_hole(square(650_000.0, 6_860_000.0, 900.0), square(650_300.0, 6_860_300.0, 100.0));
    vec![(95018, "Argenteuil", first), (1004, "L'Île-d'Été", MultiPolygon::new(vec![second]))]
}

/// Writes the zones in a folder and says which file to read. `epsg` 0: the file says none.
pub(super) fn write(folder: &Path, kind: Kind, zones: &[Zone], epsg: i32) -> PathBuf {
    match kind {
        Kind::FlatGeobuf => flatgeobuf(folder.join("z.fgb"), zones, epsg),
        Kind::GeoPackage => geopackage(folder.join("z.gpkg"), zones, epsg),
        Kind::GeoJson => geojson(folder.join("z.json"), zones, epsg),
        Kind::Shapefile => shapefile(folder.join("z.shp"), zones, epsg),
    }
}

fn flatgeobuf(path: PathBuf, zones: &[Zone], epsg: i32) -> PathBuf {
    let crs = FgbCrs { code: epsg, ..FgbCrs::default() };
    let options = FgbWriterOptions { crs, ..FgbWriterOptions::default() };
    let mut writer =
        FgbWriter::create_with_options("z", GeometryType::MultiPolygon, options).unwrap();
    writer.add_column("population", ColumnType::Double, |_, _| {});
    writer.add_column("insee_com", ColumnType::Int, |_, _| {});
    writer.add_column("nom", ColumnType::String, |_, _| {});
    for (code, name, area) in zones {
        writer
            .add_feature_geom(Geometry::MultiPolygon(area.clone()), |feature| {
                feature.property(0, "population", &ColumnValue::Double(12.5)).unwrap();
                feature.property(1, "insee_com", &ColumnValue::Int(*code)).unwrap();
                feature.property(2, "nom", &ColumnValue::String(name)).unwrap();
            })
            .unwrap();
    }
    writer.write(File::create(&path).unwrap()).unwrap();
    path
}

fn geojson(path: PathBuf, zones: &[Zone], epsg: i32) -> PathBuf {
    let mut text = String::from(r#"{"type":"FeatureCollection","#);
    if epsg != 0 {
        let name = format!("urn:ogc:def:crs:EPSG::{epsg}");
        write!(text, r#""crs":{{"type":"name","properties":{{"name":"{name}"}}}},"#).unwrap();
    }
    text += r#""features":["#;
    for (index, (code, name, area)) in zones.iter().enumerate() {
        let ring = |ring: &LineString<f64>| {
            ring.0.iter().map(|at| serde_json::json!([at.x, at.y, 7.0])).collect::<Vec<_>>()
        };
        let rings = |part: &Polygon<f64>| {
            let all = std::iter::once(part.exterior()).chain(part.interiors());
            all.map(ring).collect::<Vec<_>>()
        };
        let feature = serde_json::json!({
            "type": "Feature",
            "properties": { "insee_com": code, "nom": name },
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": area.iter().map(rings).collect::<Vec<_>>(),
            },
        });
        text += if index == 0 { "" } else { "," };
        text += &feature.to_string();
    }
    std::fs::write(&path, text + "]}").unwrap();
    path
}

fn shapefile(path: PathBuf, zones: &[Zone], epsg: i32) -> PathBuf {
    let table = TableWriterBuilder::with_encoding(EncodingRs::from(WINDOWS_1252))
        .add_character_field("nom".try_into().unwrap(), 40)
        .add_numeric_field("insee_com".try_into().unwrap(), 6, 0);
    let mut writer = shapefile::Writer::from_path(&path, table).unwrap();
    for (code, name, area) in zones {
        let mut record = Record::default();
        record.insert("nom".into(), FieldValue::Character(Some((*name).into())));
        record.insert("insee_com".into(), FieldValue::Numeric(Some(f64::from(*code))));
        let shape = shapefile::Polygon::from(area.clone());
        writer.write_shape_and_record(&shape, &record).unwrap();
    }
    drop(writer);
    if epsg != 0 {
        let wkt = format!(r#"PROJCS["x",GEOGCS["y",DATUM["z"]],AUTHORITY["EPSG","{epsg}"]]"#);
        std::fs::write(path.with_extension("prj"), wkt).unwrap();
    }
    path
}

fn geopackage(path: PathBuf, zones: &[Zone], epsg: i32) -> PathBuf {
    let database = Connection::open(&path).unwrap();
    database
        .execute_batch(
            "PRAGMA synchronous = OFF;
             CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);
             CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INT);
             CREATE TABLE gpkg_spatial_ref_sys
               (srs_id INT, organization TEXT, organization_coordsys_id INT, definition TEXT);
             CREATE TABLE \"les \"\"zones\"
               (fid INTEGER PRIMARY KEY, geom BLOB, nom TEXT, insee_com INTEGER);
             INSERT INTO gpkg_contents VALUES
               ('les \"zones', 'features'), ('autre', 'attributes');",
        )
        .unwrap();
    database
        .execute("INSERT INTO gpkg_geometry_columns VALUES ('les \"zones', 'geom', ?)", [epsg])
        .unwrap();
    database
        .execute("INSERT INTO gpkg_spatial_ref_sys VALUES (?1, 'EPSG', ?1, NULL)", [epsg])
        .unwrap();
    for (code, name, area) in zones {
        let geometry = Geometry::MultiPolygon(area.clone());
        let blob = geometry.to_gpkg_wkb(CoordDimensions::xy(), Some(epsg), vec![]).unwrap();
        let insert = "INSERT INTO \"les \"\"zones\" (geom, nom, insee_com) VALUES (?, ?, ?)";
        database.execute(insert, params![blob, name, code]).unwrap();
    }
    database.close().unwrap();
    path
}
