//! What several accounts received of the same zones: one identifier, one geometry in each tile, and
//! the same columns for all readers of an audience.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::Scale;

use super::reference::Part;
use super::tile::code;
use super::wire::Layer;

/// What was seen of each zone by all accounts.
pub struct Agreement {
    /// Columns that both audiences read, that the first alone reads, that the second alone reads.
    columns: [Vec<String>; 3],
    ids: BTreeMap<(Scale, String), u64>,
    owners: BTreeMap<(Scale, u64), String>,
    shapes: HashMap<(Scale, (u8, u32, u32), String), [u8; 16]>,
    shown: HashMap<(Scale, String), [Option<Bits>; 3]>,
}

/// Columns of a zone that are there, by their place.
type Bits = Box<[u64]>;

impl Agreement {
    pub fn new([one, two]: &[Part; 2]) -> Agreement {
        let only = |list: &mut dyn Iterator<Item = &String>| list.cloned().collect();
        Agreement {
            columns: [
                only(&mut one.columns.intersection(&two.columns)),
                only(&mut one.columns.difference(&two.columns)),
                only(&mut two.columns.difference(&one.columns)),
            ],
            ids: BTreeMap::new(),
            owners: BTreeMap::new(),
            shapes: HashMap::new(),
            shown: HashMap::new(),
        }
    }

    /// Adds the zones of a layer; says where they differ from what another account received.
    pub fn add(&mut self, scale: Scale, at: (u8, u32, u32), layer: &Layer<'_>) -> Vec<String> {
        use sha2::{Digest, Sha256};
        let mut problems = Vec::new();
        for feature in &layer.features {
            let Some(code) = code(layer, feature) else { continue };
            let mut say = |field: &str, words: &str| {
                problems.push(format!("{scale} {code} : {field} : {words}"));
            };
            let id = feature.id.unwrap_or_default();
            if *self.ids.entry((scale, code.to_owned())).or_insert(id) != id {
                say("identifiant", "pas le même partout");
            } else if self.owners.entry((scale, id)).or_insert_with(|| code.to_owned()) != code {
                say("identifiant", "celui d'une autre zone");
            }
            let digest = Sha256::digest(feature.geometry);
            let mut short = [0; 16];
            short.copy_from_slice(&digest[..16]);
            if *self.shapes.entry((scale, at, code.to_owned())).or_insert(short) != short {
                say("géométrie", "pas la même dans une même tuile");
            }
            let properties = layer.properties(feature);
            let keys: BTreeSet<&str> = properties.iter().map(|(key, _)| *key).collect();
            let shown = self.shown.entry((scale, code.to_owned())).or_default();
            for (group, (columns, known)) in self.columns.iter().zip(shown).enumerate() {
                let bits = bits(columns, &keys);
                // A reader of the other audience has none of these columns.
                if group > 0 && bits.iter().all(|word| *word == 0) {
                    continue;
                }
                let known = known.get_or_insert_with(|| bits.clone());
                for place in 0..columns.len() {
                    if (known[place / 64] ^ bits[place / 64]) >> (place % 64) & 1 == 1 {
                        say(&columns[place], "dit à l'un et pas à l'autre");
                    }
                }
            }
        }
        problems
    }
}

fn bits(columns: &[String], keys: &BTreeSet<&str>) -> Bits {
    let mut bits = vec![0_u64; columns.len().div_ceil(64)];
    for (place, column) in columns.iter().enumerate() {
        bits[place / 64] |= u64::from(keys.contains(column.as_str())) << (place % 64);
    }
    bits.into()
}
