//! The zones that an edition holds, found by code, for comparison with rows.

use std::cell::RefCell;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flatgeobuf::packed_r_tree::PackedRTree;
use flatgeobuf::{Geometry, size_prefixed_root_as_feature, size_prefixed_root_as_header};

use crate::mismatch::Mismatch;
use domain::{Catalogue, CommuneCode, CommuneRow, Scale};

use super::super::BadCollection;
use super::super::files::columns::{CODE, Column, Properties, columns};
use super::super::seen::Value;
use super::json::Node;
use super::shapes::wkb;

/// Bytes of one zone, or of the header.
const LARGEST: u32 = 1 << 30;

/// The files of an edition's zones, each walked once.
pub struct StoredRows {
    folder: PathBuf,
    catalogue: Catalogue,
    communes: Vec<CommuneRow>,
    files: RefCell<BTreeMap<Scale, Rows>>,
    sides: RefCell<BTreeMap<Scale, [HashSet<u64>; 4]>>,
}

/// The zones of one scale.
struct Rows {
    file: File,
    columns: Vec<Column>,
    places: HashMap<String, (u64, u32)>,
}

/// A zone: what each column says as JSON writes it, null columns left out, and where it is.
#[derive(Clone, Debug)]
pub struct Row {
    pub columns: HashMap<String, Node>,
    pub bounds: [f64; 4],
    /// As well-known binary.
    pub shape: Vec<u8>,
}

impl StoredRows {
    pub fn new(folder: &Path) -> Result<StoredRows, BadCollection> {
        let document = |name: &str| {
            let path = folder.join(name);
            let failed = |source| BadCollection::Read { path: path.clone(), source };
            std::fs::read(&path).map_err(failed)
        };
        let bad = |name: &str, problem: String| BadCollection::Content {
            path: folder.join(name),
            problem,
        };
        let catalogue = Catalogue::from_json(&document("indicators.json")?)
            .map_err(|error| bad("indicators.json", error.to_string()))?;
        let communes = serde_json::from_slice(&document("communes.json")?)
            .map_err(|error| bad("communes.json", error.to_string()))?;
        let (files, sides) = Default::default();
        Ok(StoredRows { folder: folder.into(), catalogue, communes, files, sides })
    }

    /// The zone of a code, as it is stored.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn zone(&self, scale: Scale, code: &str) -> Result<Option<Row>, Mismatch> {
        let mut files = self.files.borrow_mut();
        let rows = match files.entry(scale) {
            Entry::Occupied(slot) => slot.into_mut(),
            Entry::Vacant(slot) => {
                let path = self.folder.join(format!("{scale}.fgb"));
                let columns = columns(&self.catalogue, scale);
                let rows = Rows::open(&path, columns)
                    .map_err(|problem| format!("{} : {problem}", path.display()))?;
                slot.insert(rows)
            }
        };
        rows.zone(code)
    }

    /// Whether each side of a box is a side of some zone of a scale.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn has_sides(&self, scale: Scale, around: [f64; 4]) -> Result<bool, Mismatch> {
        self.zone(scale, "")?;
        let mut all = self.sides.borrow_mut();
        let own = match all.entry(scale) {
            Entry::Occupied(slot) => slot.into_mut(),
            Entry::Vacant(slot) => {
                let codes: Vec<String> = match self.files.borrow().get(&scale) {
                    Some(rows) => rows.places.keys().cloned().collect(),
                    None => Vec::new(),
                };
                let mut sides: [HashSet<u64>; 4] = Default::default();
                for code in codes {
                    let Some(row) = self.zone(scale, &code)? else { continue };
                    for (set, side) in sides.iter_mut().zip(row.bounds) {
                        set.insert(side.to_bits());
                    }
                }
                slot.insert(sides)
            }
        };
        Ok(own.iter().zip(around).all(|(set, side)| set.contains(&side.to_bits())))
    }

    /// Whether every commune of a zone lies in another zone; those of a reference zone are the ones that the
    /// table of communes gives it.
    pub fn lies_in(&self, scale: Scale, row: &Row, (outer, code): (Scale, &str)) -> bool {
        let is_in = |row: &CommuneRow| match row.parent(outer) {
            Some(own) => own == code,
            None => row.code.as_str() == code,
        };
        let inside = self.communes.iter().filter(|row| is_in(row));
        let inside: HashSet<CommuneCode> = inside.map(|row| row.code).collect();
        let text = |name: &str| row.columns.get(name).and_then(Node::text).unwrap_or_default();
        if scale.is_reference() {
            let code = text("code");
            let (group, code) = match scale.whole() {
                Some(whole) => (whole, scale.code_of_whole(code)),
                None => (scale, Some(code)),
            };
            let is_own = |one: &&CommuneRow| code.is_some() && one.parent(group) == code;
            let own = self.communes.iter().filter(is_own);
            let own: Vec<CommuneCode> = own.map(|row| row.code).collect();
            return !own.is_empty() && own.iter().all(|code| inside.contains(code));
        }
        let codes = [text("communes"), text("situe")].join(" ");
        let codes: Vec<&str> = codes.split_ascii_whitespace().collect();
        !codes.is_empty()
            && codes.iter().all(|code| code.parse().is_ok_and(|code| inside.contains(&code)))
    }
}

impl Rows {
    fn open(path: &Path, columns: Vec<Column>) -> Result<Rows, Mismatch> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        let mut reader = BufReader::new(&file);
        let mut magic = [0; 8];
        let failed = |error: std::io::Error| error.to_string();
        reader.read_exact(&mut magic).map_err(failed)?;
        let mut buffer = Vec::new();
        block(&mut reader, &mut buffer).map_err(failed)?;
        let header = size_prefixed_root_as_header(&buffer).map_err(|error| error.to_string())?;
        let (count, node) = (header.features_count(), header.index_node_size());
        let own: Vec<&str> =
            header.columns().into_iter().flatten().map(|column| column.name()).collect();
        if count == 0 || node < 2 || !own.iter().eq(columns.iter().map(|column| &column.name)) {
            return Err("ce ne sont pas les zones du catalogue".into());
        }
        let index = PackedRTree::index_size(count as usize, node) as u64;
        let mut offset = 8 + buffer.len() as u64 + index;
        reader.seek(SeekFrom::Start(offset)).map_err(failed)?;
        let mut places = HashMap::new();
        for _ in 0..count {
            block(&mut reader, &mut buffer).map_err(failed)?;
            let feature =
                size_prefixed_root_as_feature(&buffer).map_err(|error| error.to_string())?;
            let properties = feature.properties().ok_or("zone sans colonne")?;
            let first = Properties::new(properties.bytes(), &columns).next()?;
            let Some((CODE, Value::Text(code))) = first else { return Err("sans code".into()) };
            let length = buffer.len() as u32;
            if places.insert(code.to_owned(), (offset, length)).is_some() {
                return Err(format!("la zone {code} deux fois").into());
            }
            offset += u64::from(length);
        }
        Ok(Rows { file, columns, places })
    }

    fn zone(&mut self, code: &str) -> Result<Option<Row>, Mismatch> {
        let Some((offset, length)) = self.places.get(code).copied() else { return Ok(None) };
        let mut buffer = vec![0; length as usize];
        let read = self.file.seek(SeekFrom::Start(offset));
        read.and_then(|_| self.file.read_exact(&mut buffer)).map_err(|error| error.to_string())?;
        let feature = size_prefixed_root_as_feature(&buffer).map_err(|error| error.to_string())?;
        let bytes = feature.properties().map(|bytes| bytes.bytes()).unwrap_or_default();
        let mut properties = Properties::new(bytes, &self.columns);
        let mut columns = HashMap::new();
        while let Some((place, value)) = properties.next()? {
            let node = match value {
                Value::Text(text) => Node::Text(text.to_owned()),
                Value::Truth(truth) => Node::Truth(truth),
                Value::Integer(number) => Node::Number(number.to_string()),
                Value::Number(number) => written(number),
            };
            columns.insert(self.columns[place].name.clone(), node);
        }
        let geometry = feature.geometry().ok_or("zone sans géométrie")?;
        let bounds = around(&geometry).ok_or("zone sans sommet")?;
        let shape = wkb(&geometry).ok_or("géométrie coupée")?;
        Ok(Some(Row { columns, bounds, shape }))
    }
}

/// A number as JSON writes it.
pub fn written(number: f64) -> Node {
    Node::Number(serde_json::to_string(&number).unwrap_or_default())
}

/// West, south, east, north.
fn around(geometry: &Geometry<'_>) -> Option<[f64; 4]> {
    let own = geometry.xy().map(|numbers| numbers.iter().collect::<Vec<f64>>());
    let parts = geometry.parts().into_iter().flatten();
    let parts = parts.filter_map(|part| Some(part.xy()?.iter().collect::<Vec<f64>>()));
    let all: Vec<f64> = own.into_iter().chain(parts).flatten().collect();
    let (points, _) = all.as_chunks::<2>();
    let [mut west, mut south] = *points.first()?;
    let (mut east, mut north) = (west, south);
    for [x, y] in points {
        (west, east) = (west.min(*x), east.max(*x));
        (south, north) = (south.min(*y), north.max(*y));
    }
    Some([west, south, east, north])
}

/// Reads a block with the length that it begins with.
fn block(reader: &mut impl Read, buffer: &mut Vec<u8>) -> std::io::Result<()> {
    let mut length = [0; 4];
    reader.read_exact(&mut length)?;
    let size = u32::from_le_bytes(length);
    if size > LARGEST {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    buffer.clear();
    buffer.extend_from_slice(&length);
    let read = reader.take(u64::from(size)).read_to_end(buffer)?;
    if read == size as usize { Ok(()) } else { Err(std::io::ErrorKind::UnexpectedEof.into()) }
}
