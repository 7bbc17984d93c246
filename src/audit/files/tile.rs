//! One tile: its only layer, its zones with the values and the shapes that FlatGeobuf gives them.

use std::collections::{HashMap, HashSet};

use crate::mismatch::Mismatch;
use crate::seen::Value;
use domain::Scale;

use super::columns::{Column, Properties};
use super::proto::{Field, Flaw, Message, numbers};
use super::shapes::{At, Shapes};

/// Version and extent of a layer.
const VERSION: u64 = 2;
const EXTENT: u64 = 4096;
/// Areas that differ by less, in parts, may follow one another in any order.
const SAME_AREA: f64 = 1e-4;
/// Types of geometry.
const POINT: u64 = 1;
const POLYGON: u64 = 3;

/// The zones of a scale, as the tiles must show them.
pub struct Zones<'a> {
    pub scale: Scale,
    pub columns: &'a [Column],
    /// By rank in the order of codes, which is the id less one: code, values, place of the shape.
    pub rows: &'a [Row],
    pub shapes: &'a Shapes,
    /// By rank, where the tiles hold label points, the larger ones first.
    pub areas: Option<Vec<f64>>,
}

/// What a tile shows of a zone.
pub struct Row {
    pub code: String,
    /// The columns that tiles have, as FlatGeobuf writes them.
    pub values: Box<[u8]>,
    /// How many of these bytes say which zone it is: all that a label point says.
    pub named: usize,
    pub shape: u32,
}

struct Layer<'a> {
    features: Vec<&'a [u8]>,
    keys: Vec<usize>,
    values: Vec<Value<'a>>,
}

/// Checks a tile; hands over the ranks of its zones, of points with their places, and what is wrong.
pub fn check(
    bytes: &[u8],
    at: At,
    zones: &Zones<'_>,
    note: &mut dyn FnMut(String),
) -> Vec<(u32, [i32; 2])> {
    let mut shown = Vec::new();
    if let Err(flaw) = read(bytes, at, zones, &mut shown, note) {
        note(flaw.to_string());
    }
    shown
}

fn read(
    bytes: &[u8],
    at: At,
    zones: &Zones<'_>,
    shown: &mut Vec<(u32, [i32; 2])>,
    note: &mut dyn FnMut(String),
) -> Result<(), Mismatch> {
    let mut tile = Message(bytes);
    let Some((3, Field::Bytes(layer))) = tile.next()? else {
        return Err("couche : absente".into());
    };
    if tile.next()?.is_some() {
        return Err("autre chose suit la couche".into());
    }
    let layer = Layer::read(layer, zones)?;
    let mut used = Used::default();
    for feature in &layer.features {
        let feature = Feature::read(feature)?;
        let rank = feature.id.checked_sub(1).and_then(|rank| u32::try_from(rank).ok());
        let Some((rank, row)) = rank.and_then(|rank| Some((rank, zones.rows.get(rank as usize)?)))
        else {
            return Err(format!("« id » {} : aucune zone", feature.id).into());
        };
        let is_after = |last: u32| match &zones.areas {
            None => last < rank,
            Some(areas) => match [areas[last as usize], areas[rank as usize]] {
                // Points have none: they follow their codes.
                [0.0, 0.0] => last < rank,
                [before, own] => own <= before * (1.0 + SAME_AREA),
            },
        };
        if shown.last().is_some_and(|last| !is_after(last.0)) {
            note(format!("zone {}, « id » : deux fois, ou hors de l'ordre", row.code));
        }
        let due = if zones.areas.is_some() { &row.values[..row.named] } else { &row.values };
        values(&layer, feature.tags, (row, due), zones.columns, &mut used, note)?;
        let mut vertex = [0; 2];
        let drawn = match (&zones.areas, zones.scale.is_point()) {
            (Some(_), _) => label(&feature, at, &mut vertex),
            (None, true) => point(&feature, at, row, zones.shapes),
            (None, false) => rings(&feature, at, row, zones.shapes),
        };
        shown.push((rank, vertex));
        match drawn {
            Ok(true) => {}
            Ok(false) => note(format!("zone {}, géométrie : pas celle du FlatGeobuf", row.code)),
            Err(flaw) => note(format!("zone {}, géométrie : {flaw}", row.code)),
        }
    }
    if used.keys != layer.keys.len() {
        note("couche, « keys » : un nom ne sert à aucune zone".into());
    }
    if used.values != layer.values.len() {
        note("couche, « values » : une valeur ne sert à aucune zone".into());
    }
    Ok(())
}

impl<'a> Layer<'a> {
    fn read(bytes: &'a [u8], zones: &Zones<'_>) -> Result<Layer<'a>, Mismatch> {
        let names: HashMap<&str, usize> = (0..)
            .zip(zones.columns)
            .filter(|(_, column)| column.in_tiles)
            .map(|(place, column)| (column.name.as_str(), place))
            .collect();
        let mut message = Message(bytes);
        let mut layer = Layer { features: Vec::new(), keys: Vec::new(), values: Vec::new() };
        let (mut name, mut extent, mut version) = (None, None, None);
        let mut known: HashSet<&[u8]> = HashSet::new();
        let mut last = 0;
        while let Some((number, field)) = message.next()? {
            let repeats = matches!(number, 2..=4);
            if number < last || (number == last && !repeats) {
                return Err("couche : champs hors de leur ordre, ou deux fois".into());
            }
            last = number;
            match (number, field) {
                (1, Field::Bytes(bytes)) => name = Some(bytes),
                (2, Field::Bytes(bytes)) => layer.features.push(bytes),
                (3, Field::Bytes(bytes)) => {
                    let text = std::str::from_utf8(bytes).unwrap_or_default();
                    let Some(place) = names.get(text) else {
                        return Err(
                            format!("couche, « keys » : {text:?} n'est pas une colonne").into()
                        );
                    };
                    if layer.keys.contains(place) {
                        return Err(format!("couche, « keys » : « {text} » deux fois").into());
                    }
                    layer.keys.push(*place);
                }
                (4, Field::Bytes(bytes)) => {
                    if !known.insert(bytes) {
                        return Err("couche, « values » : une valeur deux fois".into());
                    }
                    layer.values.push(value(bytes)?);
                }
                (5, Field::Number(number)) => extent = Some(number),
                (15, Field::Number(number)) => version = Some(number),
                _ => return Err(format!("couche : champ {number} inattendu").into()),
            }
        }
        if name != Some(zones.scale.id().as_bytes()) {
            return Err("couche, « name » : pas l'échelle".into());
        }
        if extent != Some(EXTENT) {
            return Err("couche, « extent » : pas 4096".into());
        }
        if version != Some(VERSION) {
            return Err("couche, « version » : pas 2".into());
        }
        if layer.features.is_empty() {
            return Err("couche : sans zone".into());
        }
        Ok(layer)
    }
}

/// One value, of a type that a column has.
fn value(bytes: &[u8]) -> Result<Value<'_>, Mismatch> {
    let mut message = Message(bytes);
    let value = match message.next()? {
        Some((1, Field::Bytes(text))) => {
            Value::Text(std::str::from_utf8(text).map_err(|_| "texte qui n'est pas de l'UTF-8")?)
        }
        Some((3, Field::Eight(number))) => Value::Number(f64::from_le_bytes(number)),
        Some((5, Field::Number(count))) => {
            Value::Integer(i64::try_from(count).map_err(|_| "nombre trop grand")?)
        }
        Some((7, Field::Number(truth @ 0..=1))) => Value::Truth(truth == 1),
        _ => return Err("couche, « values » : type inattendu".into()),
    };
    match message.next()? {
        None => Ok(value),
        Some(_) => Err("couche, « values » : deux valeurs en une".into()),
    }
}

/// How many keys and values of the tables are in use: each comes into use after those before it.
#[derive(Default)]
struct Used {
    keys: usize,
    values: usize,
}

impl Used {
    fn take(next: &mut usize, place: u32, length: usize) -> Result<usize, Flaw> {
        let place = place as usize;
        if place >= length || place > *next {
            return Err("étiquettes hors de leur table, ou de son ordre");
        }
        *next = (*next).max(place + 1);
        Ok(place)
    }
}

/// The values of a zone are those of FlatGeobuf.
fn values(
    layer: &Layer<'_>,
    tags: &[u8],
    (row, due): (&Row, &[u8]),
    columns: &[Column],
    used: &mut Used,
    note: &mut dyn FnMut(String),
) -> Result<(), Mismatch> {
    let tags = numbers(tags)?;
    let (pairs, rest) = tags.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("étiquettes en nombre impair".into());
    }
    let mut due = Properties::new(due, columns);
    let mut next = due.next()?;
    let zone = |column: usize| format!("zone {}, « {} »", row.code, columns[column].name);
    let mut before = None;
    for [key, value] in pairs {
        let column = layer.keys[Used::take(&mut used.keys, *key, layer.keys.len())?];
        let value = &layer.values[Used::take(&mut used.values, *value, layer.values.len())?];
        if before.is_some_and(|before| before >= column) {
            note(format!("{} : deux fois, ou hors de l'ordre des colonnes", zone(column)));
            return Ok(());
        }
        before = Some(column);
        while let Some((missing, _)) = next.as_ref().filter(|next| next.0 < column) {
            note(format!("{} : manque", zone(*missing)));
            next = due.next()?;
        }
        match &next {
            Some((own, due)) if *own == column => {
                if !same(value, due) {
                    note(format!("{} : pas la valeur du FlatGeobuf", zone(column)));
                }
            }
            _ => {
                note(format!("{} : le FlatGeobuf n'en dit rien", zone(column)));
                continue;
            }
        }
        next = due.next()?;
    }
    while let Some((missing, _)) = next {
        note(format!("{} : manque", zone(missing)));
        next = due.next()?;
    }
    Ok(())
}

/// Of the same type and the same bits.
fn same(one: &Value<'_>, other: &Value<'_>) -> bool {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => one == other,
        (Value::Truth(one), Value::Truth(other)) => one == other,
        (Value::Integer(one), Value::Integer(other)) => one == other,
        (Value::Number(one), Value::Number(other)) => one.to_bits() == other.to_bits(),
        _ => false,
    }
}

struct Feature<'a> {
    id: u64,
    tags: &'a [u8],
    kind: u64,
    geometry: &'a [u8],
}

impl<'a> Feature<'a> {
    fn read(bytes: &'a [u8]) -> Result<Feature<'a>, Flaw> {
        let mut message = Message(bytes);
        let fields = [message.next()?, message.next()?, message.next()?, message.next()?];
        let [
            Some((1, Field::Number(id))),
            Some((2, Field::Bytes(tags))),
            Some((3, Field::Number(kind))),
            Some((4, Field::Bytes(geometry))),
        ] = fields
        else {
            return Err("zone : il faut id, tags, type et geometry, une fois, dans cet ordre");
        };
        match message.next()? {
            None => Ok(Feature { id, tags, kind, geometry }),
            Some(_) => Err("zone : champ inattendu"),
        }
    }
}

/// A label point lies in the tile that owns it: its north and west edges are its own, the others are at
/// the end of the world alone.
fn label(feature: &Feature<'_>, at: At, vertex: &mut [i32; 2]) -> Result<bool, Flaw> {
    let commands = numbers(feature.geometry)?;
    let ([9, x, y], POINT) = (&commands[..], feature.kind) else { return Err("pas un point") };
    *vertex = [unzigzag(*x), unzigzag(*y)];
    let last = (1_u32 << at.z) - 1;
    let is_own =
        |(value, tile): (&i32, u32)| (0..EXTENT as i32 + i32::from(tile == last)).contains(value);
    Ok(vertex.iter().zip([at.x, at.y]).all(is_own))
}

fn point(feature: &Feature<'_>, at: At, row: &Row, shapes: &Shapes) -> Result<bool, Flaw> {
    let commands = numbers(feature.geometry)?;
    let ([9, x, y], POINT) = (&commands[..], feature.kind) else { return Err("pas un point") };
    Ok(shapes.is_point(row.shape as usize, at, [unzigzag(*x), unzigzag(*y)]))
}

/// The rings of a polygon: each begins, has a line of two vertices more or longer, and is closed.
fn rings(feature: &Feature<'_>, at: At, row: &Row, shapes: &Shapes) -> Result<bool, Flaw> {
    if feature.kind != POLYGON {
        return Err("pas un polygone");
    }
    let commands = numbers(feature.geometry)?;
    let mut rest = &commands[..];
    let (mut rings, mut cursor) = (Vec::new(), [0_i32; 2]);
    while !rest.is_empty() {
        let [9, x, y, line, after @ ..] = rest else { return Err("anneau sans début") };
        let length = (*line >> 3) as usize;
        if *line & 7 != 2 || length < 2 {
            return Err("anneau sans trait");
        }
        let (steps, after) = after.split_at_checked(2 * length).ok_or("anneau coupé")?;
        let [15, after @ ..] = after else { return Err("anneau ouvert") };
        let mut ring = Vec::with_capacity(length + 1);
        for step in [*x, *y].chunks(2).chain(steps.chunks(2)) {
            for (axis, value) in step.iter().enumerate() {
                cursor[axis] = cursor[axis].checked_add(unzigzag(*value)).ok_or("trop loin")?;
            }
            // The window, and a square that stands for a zone on its side.
            if cursor.iter().any(|value| !(-66..=4162).contains(value)) {
                return Err("hors de la tuile");
            }
            ring.push(cursor);
        }
        rings.push(ring);
        rest = after;
    }
    let shape = row.shape as usize;
    let part = shapes.part(shape, at);
    Ok(!rings.is_empty() && shapes.agrees(shape, at, &part, &rings))
}

fn unzigzag(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}
