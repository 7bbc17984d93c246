//! Shapefile in EPSG:2154: shapes, their index, a dBASE table, `.prj` and `.cpg`.
//!
//! The table is written here because a dBASE header holds the day of writing, and the same seed
//! must write the same bytes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use shapefile::{Point, Polygon, PolygonRing, ShapeWriter};

use super::super::SynthError;
use super::super::borders::Ring;
use super::{Contour, failed};

const LAMBERT_93: &str = concat!(
    r#"PROJCS["RGF_1993_Lambert_93",GEOGCS["GCS_RGF_1993",DATUM["D_RGF_1993","#,
    r#"SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],"#,
    r#"UNIT["Degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic"],"#,
    r#"PARAMETER["False_Easting",700000.0],PARAMETER["False_Northing",6600000.0],"#,
    r#"PARAMETER["Central_Meridian",3.0],PARAMETER["Standard_Parallel_1",49.0],"#,
    r#"PARAMETER["Standard_Parallel_2",44.0],PARAMETER["Latitude_Of_Origin",46.5],"#,
    r#"UNIT["Meter",1.0]]"#
);

/// Name and width in bytes of each column.
const COLUMNS: [(&str, u8); 5] =
    [("INSEE_COM", 5), ("NOM_COM", 80), ("IRIS", 4), ("CODE_IRIS", 9), ("NOM_IRIS", 80)];

/// Writes IRIS contours.
pub(super) fn write(
    path: &Path,
    contours: impl Iterator<Item = Contour>,
) -> Result<(), SynthError> {
    let create = |extension: &str| {
        let path = path.with_extension(extension);
        match File::create(&path) {
            Ok(file) => Ok(BufWriter::new(file)),
            Err(source) => Err(SynthError::Write { path, source }),
        }
    };
    let mut records = Vec::new();
    let mut count = 0;
    let mut shapes = ShapeWriter::with_shx(create("shp")?, create("shx")?);
    for contour in contours {
        let rings: Vec<PolygonRing<Point>> = contour
            .areas
            .iter()
            .flat_map(|area| {
                let holes = area.holes.iter().map(|hole| PolygonRing::Inner(points(hole)));
                std::iter::once(PolygonRing::Outer(points(&area.exterior))).chain(holes)
            })
            .collect();
        shapes.write_shape(&Polygon::with_rings(rings)).map_err(|error| failed(path, error))?;
        let (commune, iris) = contour.code.split_at(contour.code.len().min(5));
        let values = [commune, &contour.of, iris, &contour.code, &contour.nom];
        records.push(b' ');
        for (value, (_, width)) in values.into_iter().zip(COLUMNS) {
            padded(value, usize::from(width), &mut records);
        }
        count += 1;
    }
    shapes.finalize().map_err(|error| failed(path, error))?;
    drop(shapes);
    let mut table = create("dbf")?;
    let prj = create("prj")?;
    let cpg = create("cpg")?;
    let all = table
        .write_all(&header(count))
        .and_then(|()| table.write_all(&records))
        .and_then(|()| table.write_all(&[0x1A]))
        .and_then(|()| table.flush());
    let texts = [(prj, LAMBERT_93), (cpg, "UTF-8")];
    let texts = texts.into_iter().try_for_each(|(mut file, text)| {
        file.write_all(text.as_bytes()).and_then(|()| file.flush())
    });
    all.and(texts).map_err(|source| SynthError::Write { path: path.into(), source })
}

/// The header of a dBASE III table, dated 1 January 2024.
fn header(count: u32) -> Vec<u8> {
    let width: u16 = 1 + COLUMNS.iter().map(|(_, width)| u16::from(*width)).sum::<u16>();
    let length = 32 + 32 * COLUMNS.len() as u16 + 1;
    let mut bytes = vec![3, 124, 1, 1];
    bytes.extend(count.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(width.to_le_bytes());
    bytes.resize(32, 0);
    for (name, width) in COLUMNS {
        let start = bytes.len();
        bytes.extend(name.as_bytes());
        bytes.resize(start + 11, 0);
        bytes.push(b'C');
        bytes.resize(start + 16, 0);
        bytes.push(width);
        bytes.resize(start + 32, 0);
    }
    bytes.push(0x0D);
    bytes
}

/// A value in UTF-8, cut at a character or filled with spaces.
fn padded(value: &str, width: usize, bytes: &mut Vec<u8>) {
    let cut = value.floor_char_boundary(width);
    bytes.extend(&value.as_bytes()[..cut]);
    bytes.extend(std::iter::repeat_n(b' ', width - cut));
}

fn points(ring: &Ring) -> Vec<Point> {
    ring.iter()
        .map(|at| {
            let (x, y) = at.metres();
            Point::new(x, y)
        })
        .collect()
}
