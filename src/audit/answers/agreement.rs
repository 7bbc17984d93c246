//! What several accounts received of the same zones: one identifier, one geometry in each tile, and
//! the same columns for all readers of an audience.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::Scale;

use super::reference::AudienceReference;
use super::tile::code;
use super::wire::Layer;

/// What was seen of each zone by all accounts.
pub struct Agreement {
    /// Columns that both audiences read, that the first alone reads, that the second alone reads.
    columns: [Vec<String>; 3],
    ids: BTreeMap<Zone, u64>,
    owners: BTreeMap<(Scale, u64), String>,
    shapes: HashMap<Drawn, [u8; 16]>,
    shown: HashMap<Zone, [Option<Bits>; 3]>,
    /// Accounts that saw a zone without any of the columns of one audience alone.
    without: [HashMap<Zone, BTreeSet<u32>>; 3],
}

/// A zone, by its scale and code.
type Zone = (Scale, String);

/// A zone in one tile.
type Drawn = (Zone, (u8, u32, u32));

/// Columns of a zone that are there, by their place.
type Bits = Box<[u64]>;

impl Agreement {
    pub fn new([one, two]: &[AudienceReference; 2]) -> Agreement {
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
            without: Default::default(),
        }
    }

    /// Adds the zones of a layer; says where they differ from what another account received.
    pub fn add(
        &mut self,
        account: u32,
        scale: Scale,
        at: (u8, u32, u32),
        layer: &Layer<'_>,
    ) -> Vec<String> {
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
            if *self.shapes.entry(((scale, code.to_owned()), at)).or_insert(short) != short {
                say("géométrie", "pas la même dans une même tuile");
            }
            let properties = layer.properties(feature);
            let keys: BTreeSet<&str> = properties.iter().map(|(key, _)| *key).collect();
            let shown = self.shown.entry((scale, code.to_owned())).or_default();
            for (group, (columns, known)) in self.columns.iter().zip(shown).enumerate() {
                let bits = bits(columns, &keys);
                // A reader of the other audience has none of these columns; which one this is may
                // be known later.
                if group > 0 && bits.iter().all(|word| *word == 0) {
                    let zone = (scale, code.to_owned());
                    self.without[group].entry(zone).or_default().insert(account);
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

    /// Says which zones show columns of one audience to a reader of it and none to another, once
    /// the audience of each account is known.
    pub fn end(&self, audience: &dyn Fn(u32) -> [bool; 2]) -> Vec<String> {
        let mut problems = BTreeSet::new();
        for (group, only) in [(1, [true, false]), (2, [false, true])] {
            for (zone, accounts) in &self.without[group] {
                let shown = self.shown.get(zone).and_then(|shown| shown[group].as_ref());
                let Some(bits) = shown else { continue };
                if !accounts.iter().any(|account| audience(*account) == only) {
                    continue;
                }
                let columns = self.columns[group].iter().enumerate();
                let told = columns.filter(|(place, _)| bits[place / 64] >> (place % 64) & 1 == 1);
                for (_, column) in told {
                    let (scale, code) = zone;
                    problems
                        .insert(format!("{scale} {code} : {column} : dit à l'un et pas à l'autre"));
                }
            }
        }
        problems.into_iter().collect()
    }
}

fn bits(columns: &[String], keys: &BTreeSet<&str>) -> Bits {
    let mut bits = vec![0_u64; columns.len().div_ceil(64)];
    for (place, column) in columns.iter().enumerate() {
        bits[place / 64] |= u64::from(keys.contains(column.as_str())) << (place % 64);
    }
    bits.into()
}
