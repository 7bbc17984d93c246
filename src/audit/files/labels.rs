//! The label points of a scale: at each zoom each zone once, in the tile that owns its point, the larger
//! ones first, with its code, its name and its communes, at the pole of its contour.

use std::path::Path;

use rayon::prelude::*;
use serde_json::json;

use crate::Finding;
use domain::{ManifestScale, labels_file};

use super::archive::{Archive, Due};
use super::columns::{Column, SITUE};
use super::gzip;
use super::notes::Notes;
use super::scale::{Scaled, place_of};
use super::shapes::{At, EXTENT};
use super::tile::{self, Zones};

/// A point in a tile: its zone by rank, where, and its vertex.
type Label = (u32, At, [i32; 2]);

/// Reads the label points of a scale and holds them to its zones.
pub fn read(
    folder: &Path,
    (entry, attribution): (&ManifestScale, &str),
    columns: &[Column],
    scaled: &Scaled,
    findings: &mut Vec<Finding>,
) -> std::io::Result<()> {
    let name = labels_file(entry.id);
    let mut notes = Notes::new("Noms", &name);
    let columns = &columns[..=SITUE];
    let due = Due {
        zooms: [entry.minzoom, entry.maxzoom],
        bounds: scaled.facts.bounds,
        metadata: metadata(entry, attribution, columns),
    };
    if let Some(archive) = Archive::open(&folder.join(&name), &due, &mut notes)? {
        let (rows, shapes) = (&scaled.rows, &scaled.shapes);
        let areas = rows.iter().map(|row| shapes.area(row.shape as usize)).collect();
        let zones = Zones { scale: entry.id, columns, rows, shapes, areas: Some(areas) };
        let mut labels: Vec<Label> = Vec::new();
        for found in &archive.entries {
            let plain = gzip::unpack(&archive.read(found)?);
            for id in found.id..found.id + u64::from(found.run) {
                let Some(at) =
                    place_of(id).filter(|at| (due.zooms[0]..=due.zooms[1]).contains(&at.z))
                else {
                    notes.add(format_args!("tuile {id} : hors des zooms de l'échelle"));
                    continue;
                };
                let At { z, x, y } = at;
                match &plain {
                    Ok(plain) => {
                        let note =
                            &mut |words: String| notes.add(format_args!("{z}/{x}/{y}, {words}"));
                        let shown = tile::check(plain, at, &zones, note);
                        labels.extend(shown.into_iter().map(|(rank, vertex)| (rank, at, vertex)));
                    }
                    Err(flaw) => notes.add(format_args!("{z}/{x}/{y}, {flaw}")),
                }
            }
        }
        labels.par_sort_unstable_by_key(|(rank, at, _)| (*rank, *at));
        let said: Vec<String> = (0..rows.len() as u32)
            .into_par_iter()
            .flat_map_iter(|rank| {
                let start = labels.partition_point(|label| label.0 < rank);
                let end = labels.partition_point(|label| label.0 <= rank);
                check(&labels[start..end], rank, &zones, due.zooms)
            })
            .collect();
        said.into_iter().for_each(|words| notes.add(words));
    }
    findings.extend(notes.into_findings());
    Ok(())
}

/// The points of one zone at all zooms.
fn check(own: &[Label], rank: u32, zones: &Zones<'_>, zooms: [u8; 2]) -> Vec<String> {
    let row = &zones.rows[rank as usize];
    let mut said = Vec::new();
    for zoom in zooms[0]..=zooms[1] {
        let times = own.iter().filter(|label| label.1.z == zoom).count();
        if times != 1 {
            said.push(format!("zoom {zoom}, zone {} : {times} points, pas un", row.code));
        }
    }
    let world = |(_, at, vertex): &Label| {
        let whole = |corner: u32, own: i32| f64::from(corner) * EXTENT + f64::from(own);
        [whole(at.x, vertex[0]), whole(at.y, vertex[1])]
    };
    let Some(finest) = own.last().filter(|label| label.1.z == zooms[1]) else { return said };
    let place = world(finest);
    for label in own {
        // Both are the same place, rounded to the units of their zooms.
        let parts = f64::from(1_u32 << (zooms[1] - label.1.z));
        let near =
            |axis: usize| (world(label)[axis] * parts - place[axis]).abs() <= (parts + 1.0) / 2.0;
        if !(near(0) && near(1)) {
            said.push(format!(
                "zoom {}, zone {} : pas le point des autres zooms",
                label.1.z, row.code
            ));
        }
    }
    let shape = row.shape as usize;
    let is_due = match zones.scale.is_point() {
        true => zones.shapes.is_point(shape, finest.1, finest.2),
        false => zones.shapes.is_pole(shape, finest.1, finest.2),
    };
    if !is_due {
        said.push(format!("zone {} : un point que le contour ne donne pas", row.code));
    }
    said
}

/// What TileJSON says of the layer, as the engine writes it.
fn metadata(entry: &ManifestScale, attribution: &str, columns: &[Column]) -> String {
    let fields: serde_json::Map<_, _> =
        columns.iter().map(|column| (column.name.clone(), json!("String"))).collect();
    let layer = json!({
        "id": entry.id.id(),
        "description": entry.id.label(),
        "minzoom": entry.minzoom,
        "maxzoom": entry.maxzoom,
        "fields": fields,
    });
    json!({
        "name": format!("{} : noms", entry.id.label()),
        "attribution": attribution,
        "type": "overlay",
        "vector_layers": [layer],
    })
    .to_string()
}
