//! A PMTiles archive of an edition, byte for byte: header, root directory, metadata, tiles, leaf
//! directories, and nothing between or after them.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::gzip;
use super::notes::Notes;
use super::proto::{Flaw, number};

const HEADER: u64 = 127;
/// Where metadata begins: what is left before it is zero.
const METADATA: u64 = 16_384;
/// Bytes of a directory or of the metadata, and of a tile.
const LARGEST: u64 = 64 << 20;
const LARGEST_TILE: u32 = 32 << 20;

/// What the header and the metadata must say.
pub struct Due {
    pub zooms: [u8; 2],
    /// West, south, east, north.
    pub bounds: [f64; 4],
    pub metadata: String,
}

/// Tiles that follow one another and are the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: u64,
    pub run: u32,
    pub offset: u64,
    pub length: u32,
    /// Whether no entry before it has these bytes.
    pub is_first: bool,
}

/// An archive whose directories were read.
pub struct Archive {
    file: File,
    data: u64,
    /// The zooms that the header gives.
    pub zooms: [u8; 2],
    pub entries: Vec<Entry>,
}

impl Archive {
    /// Opens an archive; `None` where it cannot be read any further.
    pub fn open(path: &Path, due: &Due, notes: &mut Notes) -> std::io::Result<Option<Archive>> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut head = [0; HEADER as usize];
        if length < METADATA || file.read_exact_at(&mut head, 0).is_err() {
            notes.add("en-tête : coupé");
            return Ok(None);
        }
        if head[..8] != *b"PMTiles\x03" {
            notes.add("en-tête : ce n'est pas une archive PMTiles de version 3");
            return Ok(None);
        }
        let field = |place: usize| {
            let at = 8 + 8 * place;
            head[at..at + 8].iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
        };
        let [root, metadata, leaves, data] = [1, 3, 5, 7].map(field);
        let end = METADATA.saturating_add(metadata);
        let data_end = end.saturating_add(data);
        let before = notes.len();
        for (name, place, due) in [
            ("root_offset", 0, HEADER),
            ("metadata_offset", 2, METADATA),
            ("leaf_offset", 4, if leaves == 0 { 0 } else { data_end }),
            ("data_offset", 6, end),
        ] {
            notes.same(&format!("en-tête, « {name} »"), &field(place), &due);
        }
        let file_end = data_end.saturating_add(leaves);
        if length > file_end {
            notes.add("des octets suivent la fin de l'archive");
        } else if length < file_end {
            notes.add("archive coupée");
        }
        if HEADER.saturating_add(root) > METADATA || metadata.max(leaves) > LARGEST {
            notes.add("en-tête, « root_length », « metadata_length » : trop grands");
        }
        let is_laid_out = notes.len() == before;
        check_words(&head, due, notes);
        if !is_laid_out {
            return Ok(None);
        }
        let part = |from: u64, length: u64| {
            let mut bytes = vec![0; length as usize];
            file.read_exact_at(&mut bytes, from).map(|()| bytes)
        };
        if part(HEADER + root, METADATA - HEADER - root)?.iter().any(|byte| *byte != 0) {
            notes.add("des octets suivent le répertoire racine");
        }
        match gzip::unpack(&part(METADATA, metadata)?) {
            Ok(plain) => check_metadata(&plain, &due.metadata, notes),
            Err(flaw) => notes.add(format_args!("métadonnées : {flaw}")),
        }
        let root = part(HEADER, root)?;
        let leaves = if leaves == 0 { Vec::new() } else { part(data_end, leaves)? };
        match entries(&root, &leaves, data) {
            Ok(entries) => {
                let sum = |of: fn(&Entry) -> u64| entries.iter().map(of).sum::<u64>();
                let counts = [
                    ("n_addressed_tiles", 8, sum(|entry| u64::from(entry.run))),
                    ("n_tile_entries", 9, entries.len() as u64),
                    ("n_tile_contents", 10, sum(|entry| u64::from(entry.is_first))),
                ];
                for (name, place, due) in counts {
                    notes.same(&format!("en-tête, « {name} »"), &field(place), &due);
                }
                Ok(Some(Archive { file, data: end, zooms: [head[100], head[101]], entries }))
            }
            Err(flaw) => {
                notes.add(format_args!("répertoire : {flaw}"));
                Ok(None)
            }
        }
    }

    /// The stored bytes of a tile.
    pub fn read(&self, entry: &Entry) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; entry.length as usize];
        self.file.read_exact_at(&mut bytes, self.data + entry.offset)?;
        Ok(bytes)
    }
}

/// The fields of the header that are no places: flags, zooms, bounds, centre.
fn check_words(head: &[u8], due: &Due, notes: &mut Notes) {
    let [west, south, east, north] = due.bounds;
    let [least, most] = due.zooms;
    for (name, at, due) in [
        ("clustered", 96, 1),
        ("internal_compression", 97, 2),
        ("tile_compression", 98, 2),
        ("tile_type", 99, 1),
        ("min_zoom", 100, least),
        ("max_zoom", 101, most),
        ("center_zoom", 118, least),
    ] {
        notes.same(&format!("en-tête, « {name} »"), &head[at], &due);
    }
    for (name, at, due) in [
        ("min_longitude", 102, west),
        ("min_latitude", 106, south),
        ("max_longitude", 110, east),
        ("max_latitude", 114, north),
        ("center_longitude", 119, (west + east) / 2.0),
        ("center_latitude", 123, (south + north) / 2.0),
    ] {
        let read = i32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        notes.same(&format!("en-tête, « {name} »"), &read, &((due * 1e7).round() as i32));
    }
}

/// The metadata are the text that the edition's documents give; the first key that differs is named.
fn check_metadata(plain: &[u8], due: &str, notes: &mut Notes) {
    if plain == due.as_bytes() {
        return;
    }
    let words = match (serde_json::from_slice(plain), serde_json::from_str(due)) {
        (Ok(read), Ok(due)) => super::json::difference(&read, &due),
        _ => None,
    };
    let words = words.unwrap_or_else(|| "le texte n'est pas celui du moteur".to_owned());
    notes.add(format_args!("métadonnées, {words}"));
}

/// The tiles of all directories: rising, without a gap or an overlap in the data, each content
/// once.
fn entries(root: &[u8], leaves: &[u8], data: u64) -> Result<Vec<Entry>, Flaw> {
    let mut all = Vec::new();
    let mut next_leaf = 0;
    let root = directory(&gzip::unpack(root)?)?;
    let has_leaves = root.iter().any(|entry| entry.run == 0);
    for entry in root {
        if !has_leaves {
            all.push(entry);
            continue;
        }
        let leaf = usize::try_from(entry.offset).ok().and_then(|start| {
            let end = start.checked_add(entry.length as usize)?;
            (start == next_leaf && entry.run == 0).then(|| leaves.get(start..end))?
        });
        let leaf = leaf.ok_or("feuilles qui ne se suivent pas")?;
        next_leaf += leaf.len();
        let tiles = directory(&gzip::unpack(leaf)?)?;
        if tiles.first().map(|tile| tile.id) != Some(entry.id) {
            return Err("feuille d'autres tuiles");
        }
        if tiles.iter().any(|tile| tile.run == 0) {
            return Err("feuille dans une feuille");
        }
        all.extend(tiles);
    }
    if next_leaf != leaves.len() {
        return Err("octets que rien n'explique dans les feuilles");
    }
    let mut known: HashMap<u64, u32> = HashMap::new();
    let (mut next_id, mut end) = (0, 0);
    let mut before: Option<Entry> = None;
    for entry in &mut all {
        if entry.id < next_id {
            return Err("tuiles qui se recouvrent");
        }
        let follows = |before: Entry| before.offset == entry.offset && entry.id == next_id;
        if before.is_some_and(follows) {
            return Err("une suite de tuiles en deux entrées");
        }
        next_id = entry.id.saturating_add(u64::from(entry.run));
        entry.is_first = entry.offset == end;
        if entry.is_first {
            known.insert(entry.offset, entry.length);
            end += u64::from(entry.length);
        } else if known.get(&entry.offset) != Some(&entry.length) {
            return Err("une tuile recouvre des octets d'une autre, ou en laisse entre elles");
        }
        if entry.length > LARGEST_TILE {
            return Err("tuile trop grande");
        }
        before = Some(*entry);
    }
    match end == data {
        true => Ok(all),
        false => Err("octets qu'aucune tuile n'explique"),
    }
}

/// One directory, written in the only way there is.
fn directory(plain: &[u8]) -> Result<Vec<Entry>, Flaw> {
    let mut rest = plain;
    let count = usize::try_from(number(&mut rest)?).unwrap_or(usize::MAX);
    if count == 0 || count > plain.len() {
        return Err("nombre d'entrées");
    }
    let mut column =
        || -> Result<Vec<u64>, Flaw> { (0..count).map(|_| number(&mut rest)).collect() };
    let (steps, runs, lengths, offsets) = (column()?, column()?, column()?, column()?);
    if !rest.is_empty() {
        return Err("des octets suivent les entrées");
    }
    let mut all: Vec<Entry> = Vec::with_capacity(count);
    let mut id = 0_u64;
    for place in 0..count {
        id = id.checked_add(steps[place]).ok_or("numéro de tuile")?;
        let run = u32::try_from(runs[place]).map_err(|_| "suite trop longue")?;
        let length = u32::try_from(lengths[place]).ok().filter(|length| *length > 0);
        let length = length.ok_or("longueur de tuile")?;
        let follows = all.last().map(|before| before.offset + u64::from(before.length));
        let offset = match (offsets[place], follows) {
            (0, Some(follows)) => follows,
            (0, None) => return Err("place de la première tuile"),
            (given, follows) if follows == Some(given - 1) => {
                return Err("place écrite autrement que le moteur");
            }
            (given, _) => given - 1,
        };
        if place > 0 && steps[place] == 0 {
            return Err("deux entrées d'une tuile");
        }
        all.push(Entry { id, run, offset, length, is_first: false });
    }
    Ok(all)
}
