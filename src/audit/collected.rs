//! What clients saved: `<account>/tiles/<edition>/<scale>/<z>/<x>/<y>.mvt` and its kin.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use geozero::mvt::tile::{Feature, Layer};
use geozero::mvt::{Message, Tile};

use crate::domain::{Catalogue, Scale};

use super::Finding;
use super::seen::{Columns, Seen, Value};
use super::shown::Union;

/// Files read of one folder.
const MOST_FILES: usize = 10_000_000;
/// Bytes of one tile, unpacked.
const LARGEST: u64 = 256 << 20;

/// The zones that all accounts saw together.
#[derive(Default)]
pub struct Collected {
    pub(super) union: Union,
    pub(super) findings: Vec<Finding>,
    edition: Option<String>,
    tiles: usize,
}

/// The folder cannot be audited.
#[derive(Debug, thiserror::Error)]
pub enum BadCollection {
    #[error("{path} : illisible")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} : {problem}")]
    Content { path: PathBuf, problem: String },
    #[error("{path} : tuiles de deux éditions, {one} et {two}")]
    TwoEditions { path: PathBuf, one: String, two: String },
    #[error("{path} : aucune tuile ; les fichiers se nomment comme leur chemin, tiles/2024r1/…")]
    Empty { path: PathBuf },
}

impl Collected {
    /// The edition that the tiles name.
    pub fn edition(&self) -> Option<&str> {
        self.edition.as_deref()
    }

    /// Reads every tile under a folder.
    pub fn add(&mut self, folder: &Path, catalogue: &Catalogue) -> Result<(), BadCollection> {
        let columns = Columns::new(catalogue);
        let before = self.tiles;
        let mut folders = vec![folder.to_owned()];
        let mut files = 0;
        while let Some(next) = folders.pop() {
            let failed = |source| BadCollection::Read { path: next.clone(), source };
            for entry in std::fs::read_dir(&next).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let kind = entry.file_type().map_err(failed)?;
                if kind.is_dir() {
                    folders.push(entry.path());
                    continue;
                }
                files += 1;
                if files > MOST_FILES {
                    let problem = format!("plus de {MOST_FILES} fichiers");
                    return Err(BadCollection::Content { path: folder.into(), problem });
                }
                let path = entry.path();
                if let Some((edition, scale)) = address(folder, &path) {
                    self.same_edition(&path, edition)?;
                    self.tile(&path, scale, &columns)?;
                }
            }
        }
        if self.tiles == before {
            Err(BadCollection::Empty { path: folder.into() })
        } else {
            Ok(())
        }
    }

    fn same_edition(&mut self, path: &Path, edition: String) -> Result<(), BadCollection> {
        match &self.edition {
            Some(known) if *known != edition => Err(BadCollection::TwoEditions {
                path: path.into(),
                one: known.clone(),
                two: edition,
            }),
            _ => {
                self.edition = Some(edition);
                Ok(())
            }
        }
    }

    fn tile(
        &mut self,
        path: &Path,
        scale: Option<Scale>,
        columns: &Columns,
    ) -> Result<(), BadCollection> {
        let content = |problem: String| BadCollection::Content { path: path.into(), problem };
        let bytes =
            read(path).map_err(|source| BadCollection::Read { path: path.into(), source })?;
        self.tiles += 1;
        // A 204 saved as it is: nothing is visible there.
        let tile = Tile::decode(&bytes[..]).map_err(|error| content(error.to_string()))?;
        for layer in tile.layers {
            let own: Scale =
                layer.name.parse().map_err(|_| content("couche inconnue".to_owned()))?;
            if scale.is_some_and(|scale| scale != own) {
                return Err(content(format!("couche {own} dans une autre échelle")));
            }
            for feature in &layer.features {
                let seen = zone(&layer, feature, columns).map_err(content)?;
                self.union.add(own, seen, &mut self.findings);
            }
        }
        Ok(())
    }
}

/// The edition and the scale that a tile's path names, if it is the path of a tile.
fn address(folder: &Path, path: &Path) -> Option<(String, Option<Scale>)> {
    let inside = path.strip_prefix(folder).ok()?;
    let parts: Vec<&str> = inside.iter().map(|part| part.to_str()).collect::<Option<_>>()?;
    let start = parts.iter().position(|part| *part == "tiles")?;
    let (file, rest) = parts[start + 1..].split_last()?;
    let name = file.strip_suffix(".gz").unwrap_or(file);
    name.strip_suffix(".mvt").or_else(|| name.strip_suffix(".pbf"))?;
    match rest {
        [edition, scale, _, _] => Some(((*edition).to_owned(), Some(scale.parse().ok()?))),
        [edition, _, _] => Some(((*edition).to_owned(), None)),
        _ => None,
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    MultiGzDecoder::new(&bytes[..]).take(LARGEST).read_to_end(&mut plain)?;
    Ok(plain)
}

fn zone(layer: &Layer, feature: &Feature, columns: &Columns) -> Result<Seen, String> {
    let broken = || "étiquettes hors de leur table".to_owned();
    let mut seen = columns.blank();
    let (pairs, rest) = feature.tags.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(broken());
    }
    for [key, value] in pairs {
        let key = layer.keys.get(*key as usize).ok_or_else(broken)?;
        let value = layer.values.get(*value as usize).ok_or_else(broken)?;
        let value = if let Some(text) = &value.string_value {
            Value::Text(text)
        } else if let Some(truth) = value.bool_value {
            Value::Truth(truth)
        } else if let Some(number) = value.double_value {
            Value::Number(number)
        } else if let Some(number) = value.float_value {
            Value::Number(f64::from(number))
        } else if let Some(number) = value.int_value.or(value.sint_value) {
            Value::Integer(number)
        } else {
            Value::Integer(value.uint_value.and_then(|n| i64::try_from(n).ok()).ok_or_else(broken)?)
        };
        columns.put(&mut seen, key, &value)?;
    }
    if seen.code.is_empty() { Err(broken()) } else { Ok(seen) }
}
