//! Both files of a scale: FlatGeobuf first, then every tile against it.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use pmtiles::{TileCoord, TileId};
use rayon::prelude::*;
use serde_json::json;

use crate::Finding;
use crate::seen::Columns;
use domain::{ManifestScale, Scale};

use super::archive::{Archive, Due, Entry};
use super::columns::{Column, Kind};
use super::documents::{Facts, Known};
use super::fgb;
use super::gzip;
use super::legend::Legend;
use super::notes::Notes;
use super::shapes::{At, Shapes};
use super::tally::Tally;
use super::tile::{self, Row, Zones};
use super::zone::{Held, Zone};

/// Tiles that are read together: what bounds the list of what they show.
const BATCH: usize = 8_192;

/// The zones of a scale, as its FlatGeobuf gives them.
pub struct Scaled {
    pub facts: Facts,
    pub(super) rows: Vec<Row>,
    pub(super) shapes: Shapes,
}

/// Reads the FlatGeobuf of a scale. `None` where it cannot be read.
pub fn read(
    folder: &Path,
    held: &Held<'_>,
    (known, legend): (&mut Known, &mut Legend),
    findings: &mut Vec<Finding>,
) -> std::io::Result<Option<Scaled>> {
    let scale = held.scale;
    let name = format!("{scale}.fgb");
    let mut notes = Notes::new("FlatGeobuf", &name);
    let places = Columns::new(held.catalogue);
    let (mut rows, mut shapes) = (Vec::new(), Shapes::default());
    let mut tally = Tally::new(scale, held.catalogue);
    let mut each = |feature: fgb::Feature<'_>, notes: &mut Notes| {
        let place = rows.len() as u32;
        shapes.push(&feature.polygons);
        let unread = || Zone { seen: places.blank(), ..Zone::default() };
        let zone = held.read(&feature, &places, notes).unwrap_or_else(unread);
        for (own, figure) in &zone.seen.figures {
            figure.value.into_iter().for_each(|value| legend.add(scale, *own, value));
        }
        let is_populated = scale.is_reference() || !zone.seen.communes.is_empty();
        let bars = (held.opened, held.threshold);
        tally.add(&zone.seen, is_populated, held.catalogue, bars);
        let code = zone.seen.code;
        if scale == Scale::COMMUNE {
            known.communes.insert(code.clone(), (zone.nom, bounds(&feature)));
        } else if scale.group().is_some() {
            known.references.insert((scale, code.clone()));
        }
        rows.push(Row { code, values: zone.values, named: zone.named, shape: place });
    };
    let file = File::open(folder.join(&name))?;
    let length = file.metadata()?.len();
    let named = fgb::Named { scale, name: scale.id(), columns: held.columns, may_be_empty: false };
    let reader = BufReader::with_capacity(1 << 20, file);
    let outline = fgb::read((reader, length), &named, &mut notes, &mut each)?;
    rows.sort_by(|one, other| one.code.cmp(&other.code));
    for pair in rows.windows(2).filter(|pair| pair[0].code == pair[1].code) {
        notes.add(format_args!("zone {}, « code » : deux fois", pair[0].code));
    }
    if let Some(source) = held.source {
        let read: HashSet<&str> = rows.iter().map(|row| row.code.as_str()).collect();
        let mut missing: Vec<&str> =
            source.codes(scale).filter(|code| !read.contains(code)).collect();
        missing.sort_unstable();
        missing.into_iter().for_each(|code| notes.add(format_args!("zone {code} : absente")));
    }
    let scaled = outline.map(|outline| {
        for (name, text) in ["description", "metadata"].iter().zip(&outline.texts) {
            notes.same(&format!("en-tête, « {name} »"), text, &None);
        }
        let bounds = outline.bounds();
        let by_code: Vec<u32> = rows.iter().map(|row| row.shape).collect();
        outline.check(&by_code, &mut notes);
        let facts = Facts { scale, zones: rows.len(), bounds, zooms: None, tally };
        Scaled { facts, rows, shapes }
    });
    findings.extend(notes.into_findings());
    Ok(scaled)
}

fn bounds(feature: &fgb::Feature<'_>) -> [f64; 4] {
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    feature.polygons.iter().flatten().flatten().fold(start, |all, at| {
        [all[0].min(at[0]), all[1].min(at[1]), all[2].max(at[0]), all[3].max(at[1])]
    })
}

/// Reads every tile of a scale: each shows its zones as the FlatGeobuf does, and each zone is in
/// every tile that it should be in. Gives the zooms of the archive.
pub fn read_tiles(
    folder: &Path,
    (entry, attribution): (&ManifestScale, &str),
    columns: &[Column],
    scaled: &Scaled,
    findings: &mut Vec<Finding>,
) -> std::io::Result<Option<[u8; 2]>> {
    let name = format!("{}.pmtiles", entry.id);
    let mut read = None;
    let mut notes = Notes::new("Tuiles", &name);
    let due = Due {
        zooms: [entry.minzoom, entry.maxzoom],
        bounds: scaled.facts.bounds,
        metadata: metadata(entry, attribution, columns),
    };
    if let Some(archive) = Archive::open(&folder.join(&name), &due, &mut notes)? {
        read = Some(archive.zooms);
        let (rows, shapes) = (&scaled.rows, &scaled.shapes);
        let zones = Zones { scale: entry.id, columns, rows, shapes, areas: None };
        let reading = Reading { archive, zones, zooms: due.zooms, notes: Mutex::new(notes) };
        reading.run()?;
        notes = reading.notes.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    }
    findings.extend(notes.into_findings());
    Ok(read)
}

/// What TileJSON says of the layer, as the engine writes it.
fn metadata(entry: &ManifestScale, attribution: &str, columns: &[Column]) -> String {
    let mut fields = serde_json::Map::new();
    for column in columns.iter().filter(|column| column.in_tiles) {
        let word = match column.kind {
            Kind::Text => "String",
            Kind::Truth => "Boolean",
            Kind::Integer | Kind::Number => "Number",
        };
        fields.insert(column.name.clone(), word.into());
    }
    let layer = json!({
        "id": entry.id.id(),
        "description": entry.id.label(),
        "minzoom": entry.minzoom,
        "maxzoom": entry.maxzoom,
        "fields": fields,
    });
    json!({
        "name": entry.id.label(),
        "attribution": attribution,
        "type": "overlay",
        "vector_layers": [layer],
    })
    .to_string()
}

struct Reading<'a> {
    archive: Archive,
    zones: Zones<'a>,
    zooms: [u8; 2],
    notes: Mutex<Notes>,
}

impl Reading<'_> {
    fn run(&self) -> std::io::Result<()> {
        let tiles = || self.archive.entries.iter().map(|entry| (zoom_of(entry.id), entry));
        for (zoom, entry) in tiles() {
            let last = zoom_of(entry.id.saturating_add(u64::from(entry.run) - 1));
            if zoom != last || zoom.is_none_or(|z| !(self.zooms[0]..=self.zooms[1]).contains(&z)) {
                self.note(format!("répertoire : tuile {} hors des zooms de l'échelle", entry.id));
                return Ok(());
            }
        }
        let mut contents: HashMap<u64, u64> = HashMap::new();
        for zoom in self.zooms[0]..=self.zooms[1] {
            let own: Vec<&Entry> =
                tiles().filter(|(own, _)| *own == Some(zoom)).map(|(_, entry)| entry).collect();
            self.zoom(zoom, &own, &mut contents)?;
        }
        Ok(())
    }

    /// The tiles of a zoom, many at once.
    fn zoom(
        &self,
        zoom: u8,
        entries: &[&Entry],
        contents: &mut HashMap<u64, u64>,
    ) -> std::io::Result<()> {
        let count = self.zones.rows.len();
        let times: Vec<AtomicU32> = (0..count).map(|_| AtomicU32::new(0)).collect();
        let mut shown: Vec<(u32, At)> = Vec::new();
        for batch in entries.chunks(BATCH) {
            let read: Vec<_> =
                batch.par_iter().map(|entry| self.tiles(entry)).collect::<std::io::Result<_>>()?;
            for (entry, (digest, own)) in batch.iter().zip(read) {
                // Two contents of one digest are the same bytes, or one chance in 2^64.
                if entry.is_first && contents.insert(digest, entry.id).is_some() {
                    self.note(format!("tuile {} : les octets d'une autre, encore", entry.id));
                }
                for (rank, at) in own {
                    times[rank as usize].fetch_add(1, Ordering::Relaxed);
                    if !self.zones.scale.is_point() {
                        shown.push((rank, at));
                    }
                }
            }
        }
        shown.par_sort_unstable();
        (0..count).into_par_iter().for_each(|rank| {
            let times = u64::from(times[rank].load(Ordering::Relaxed));
            let row = &self.zones.rows[rank];
            let shape = row.shape as usize;
            if self.zones.scale.is_point() {
                let [least, most] = self.zones.shapes.point_tiles(shape, zoom);
                if !(least..=most).contains(&times) {
                    self.note(format!(
                        "zoom {zoom}, zone {} : {times} tuiles, pas {most}",
                        row.code
                    ));
                }
                return;
            }
            if times == 0 {
                self.note(format!("zoom {zoom}, zone {} : dans aucune tuile", row.code));
                return;
            }
            let due = self.zones.shapes.tiles(shape, zoom);
            if times < due.len() as u64 {
                let own = rank as u32;
                let lacks = |at: &&At| {
                    shown.binary_search(&(own, **at)).is_err()
                        && self.zones.shapes.part(shape, **at).is_due()
                };
                for At { z, x, y } in due.iter().filter(lacks) {
                    self.note(format!("{z}/{x}/{y}, zone {} : absente", row.code));
                }
            }
        });
        Ok(())
    }

    /// The zones of the tiles of an entry, and a digest of their bytes.
    fn tiles(&self, entry: &Entry) -> std::io::Result<(u64, Vec<(u32, At)>)> {
        use std::hash::{BuildHasher, RandomState};
        use std::sync::OnceLock;
        static DIGEST: OnceLock<RandomState> = OnceLock::new();
        let bytes = self.archive.read(entry)?;
        let digest = DIGEST.get_or_init(RandomState::new).hash_one(&bytes);
        let plain = gzip::unpack(&bytes);
        let mut shown = Vec::new();
        for id in entry.id..entry.id + u64::from(entry.run) {
            let Some(at) = place_of(id) else { continue };
            let At { z, x, y } = at;
            let note = &mut |words: String| self.note(format!("{z}/{x}/{y}, {words}"));
            match &plain {
                Ok(plain) => {
                    let ranks = tile::check(plain, at, &self.zones, note);
                    shown.extend(ranks.into_iter().map(|(rank, _)| (rank, at)));
                }
                Err(flaw) => note((*flaw).to_owned()),
            }
        }
        Ok((digest, shown))
    }

    fn note(&self, words: String) {
        let notes = self.notes.lock();
        notes.unwrap_or_else(|poisoned| poisoned.into_inner()).add(words);
    }
}

pub(super) fn place_of(id: u64) -> Option<At> {
    let at = TileCoord::from(TileId::new(id).ok()?);
    Some(At { z: at.z(), x: at.x(), y: at.y() })
}

fn zoom_of(id: u64) -> Option<u8> {
    place_of(id).map(|at| at.z)
}
