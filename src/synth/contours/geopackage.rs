//! The smallest valid GeoPackage (OGC 12-128r18): one layer of communes in EPSG:2154.

use std::path::Path;

use rusqlite::{Connection, params};

use super::super::SynthError;
use super::super::borders::{Area, Ring};
use super::super::territory::Territory;
use super::{commune_areas, failed};

const SCHEMA: &str = include_str!("geopackage.sql");

/// Writes the communes under `INSEE_COM` and `NOM`, commune by commune.
pub(super) fn write(path: &Path, territory: &Territory) -> Result<(), SynthError> {
    fill(path, territory).map_err(|error| failed(path, error))
}

fn fill(path: &Path, territory: &Territory) -> Result<(), rusqlite::Error> {
    let mut database = Connection::open(path)?;
    database.execute_batch("PRAGMA page_size = 4096; PRAGMA journal_mode = MEMORY;")?;
    database.execute_batch(SCHEMA)?;
    let rows = database.transaction()?;
    let mut extent = Extent::default();
    {
        let mut insert =
            rows.prepare("INSERT INTO commune (geom, INSEE_COM, NOM) VALUES (?, ?, ?)")?;
        for (index, commune) in territory.communes.iter().enumerate() {
            let areas = commune_areas(territory, index);
            let own = Extent::of(&areas);
            extent.widen(&own);
            insert.execute(params![blob(&areas, &own), commune.code, commune.nom])?;
        }
    }
    rows.execute(
        "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?",
        [extent.low.0, extent.low.1, extent.high.0, extent.high.1],
    )?;
    rows.commit()?;
    database.close().map_err(|(_, error)| error)
}

/// The least rectangle, in metres.
struct Extent {
    low: (f64, f64),
    high: (f64, f64),
}

impl Default for Extent {
    fn default() -> Extent {
        Extent { low: (f64::MAX, f64::MAX), high: (f64::MIN, f64::MIN) }
    }
}

impl Extent {
    fn of(areas: &[Area]) -> Extent {
        let mut extent = Extent::default();
        for at in areas.iter().flat_map(|area| &area.exterior) {
            let at = at.metres();
            extent.widen(&Extent { low: at, high: at });
        }
        extent
    }

    fn widen(&mut self, other: &Extent) {
        self.low = (self.low.0.min(other.low.0), self.low.1.min(other.low.1));
        self.high = (self.high.0.max(other.high.0), self.high.1.max(other.high.1));
    }
}

/// A GeoPackage geometry: header with the rectangle, then little-endian WKB of a multipolygon.
fn blob(areas: &[Area], extent: &Extent) -> Vec<u8> {
    let mut bytes = b"GP\0\x03".to_vec();
    bytes.extend(2154_i32.to_le_bytes());
    for value in [extent.low.0, extent.high.0, extent.low.1, extent.high.1] {
        bytes.extend(value.to_le_bytes());
    }
    tagged(&mut bytes, 6, areas.len());
    for area in areas {
        tagged(&mut bytes, 3, 1 + area.holes.len());
        for ring in std::iter::once(&area.exterior).chain(&area.holes) {
            places(&mut bytes, ring);
        }
    }
    bytes
}

fn tagged(bytes: &mut Vec<u8>, kind: u32, count: usize) {
    bytes.push(1);
    bytes.extend(kind.to_le_bytes());
    bytes.extend((count as u32).to_le_bytes());
}

fn places(bytes: &mut Vec<u8>, ring: &Ring) {
    bytes.extend((ring.len() as u32).to_le_bytes());
    for at in ring {
        let (x, y) = at.metres();
        bytes.extend(x.to_le_bytes());
        bytes.extend(y.to_le_bytes());
    }
}
