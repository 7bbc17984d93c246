//! `grappes.csv`: what became of the groups of addresses of the edition before, made again from what both
//! editions say of each address.
//!
//! Old and new groups that share an address hang together. Where one old group hangs together with one
//! new one it is unchanged, with several it is split; several with one new one are merged; anything else
//! is neither.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use flatgeobuf::{FallibleStreamingIterator, FgbReader};
use geozero::{ColumnValue, FeatureProperties, PropertyProcessor};

use domain::LOOKUP;

use super::notes::Notes;

/// Bytes of the file, at the most.
const LARGEST: u64 = 1 << 30;

/// Holds the file of an edition against the addresses of both; without the edition before, against what
/// each row says of the others.
pub fn check(folder: &Path, before: Option<&Path>, notes: &mut Notes) -> std::io::Result<()> {
    let path = folder.join(LOOKUP);
    if std::fs::metadata(&path)?.len() > LARGEST {
        notes.add("trop grand");
        return Ok(());
    }
    let text = std::fs::read_to_string(&path)?;
    let after = groups(folder)?;
    if let Some(before) = before {
        if text != made(&groups(before)?, &after) {
            notes.add("pas ce que les adresses des deux éditions disent");
        }
        return Ok(());
    }
    let mut lines = text.lines();
    if lines.next() != Some("avant;apres;relation") || !text.ends_with('\n') {
        notes.add("la première ligne, ou la fin");
    }
    let rows: Vec<&str> = lines.collect();
    let mut pairs: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut relations = BTreeMap::new();
    for (row, line) in rows.iter().zip(2..) {
        let fields: Vec<&str> = row.split(';').collect();
        let &[old, new, relation] = fields.as_slice() else {
            notes.add(format_args!("ligne {line} : pas trois champs"));
            continue;
        };
        let is_code = |text: &str| text.is_empty() || text.parse::<domain::ZoneCode>().is_ok();
        if !is_code(old) || !is_code(new) || old.is_empty() && new.is_empty() {
            notes.add(format_args!("ligne {line} : pas des codes"));
        }
        pairs.insert((old, new));
        relations.insert((old, new), relation);
    }
    if !rows.is_sorted_by(|one, other| sorting(one) < sorting(other)) {
        notes.add("lignes pas triées, ou deux fois");
    }
    let due = related(&pairs);
    for (pair, relation) in &relations {
        if due.get(pair).is_none_or(|due| due != relation) {
            notes.add(format_args!(
                "{} ; {} : « {relation} » n'est pas leur relation",
                pair.0, pair.1
            ));
        }
    }
    let said: BTreeSet<&str> =
        pairs.iter().map(|pair| pair.1).filter(|new| !new.is_empty()).collect();
    let are: BTreeSet<&str> = after.values().map(String::as_str).collect();
    for code in said.symmetric_difference(&are) {
        notes.add(format_args!(
            "grappe {code} : à un seul des deux endroits, l'édition ou ce fichier"
        ));
    }
    Ok(())
}

fn sorting(row: &str) -> Vec<&str> {
    row.split(';').collect()
}

/// The file that is due.
fn made(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> String {
    let mut pairs: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (address, old) in before {
        pairs.extend(after.get(address).map(|new| (old.as_str(), new.as_str())));
    }
    let old: BTreeSet<&str> = pairs.iter().map(|pair| pair.0).collect();
    let new: BTreeSet<&str> = pairs.iter().map(|pair| pair.1).collect();
    let gone = before.values().map(String::as_str).filter(|code| !old.contains(code));
    let come = after.values().map(String::as_str).filter(|code| !new.contains(code));
    let apart: Vec<(&str, &str)> =
        gone.map(|code| (code, "")).chain(come.map(|code| ("", code))).collect();
    pairs.extend(apart);
    let rows = related(&pairs).into_iter();
    let rows = rows.map(|((old, new), relation)| format!("{old};{new};{relation}\n"));
    std::iter::once("avant;apres;relation\n".to_owned()).chain(rows).collect()
}

/// The relation of each pair, from the pairs that hang together with it.
fn related<'a>(pairs: &BTreeSet<(&'a str, &'a str)>) -> BTreeMap<(&'a str, &'a str), &'static str> {
    let mut of_old: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut of_new: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (old, new) in pairs.iter().filter(|pair| !pair.0.is_empty() && !pair.1.is_empty()) {
        of_old.entry(old).or_default().push(new);
        of_new.entry(new).or_default().push(old);
    }
    let mut relations = BTreeMap::new();
    for &(old, new) in pairs {
        let (Some(later), Some(earlier)) = (of_old.get(old), of_new.get(new)) else {
            relations.insert((old, new), "X");
            continue;
        };
        // Everything that hangs together with one pair is seen from its two ends where it is a star.
        let is_star_of_old = later.iter().all(|new| of_new[new].len() == 1);
        let is_star_of_new = earlier.iter().all(|old| of_old[old].len() == 1);
        let relation = match (is_star_of_old, is_star_of_new) {
            (true, true) => "U",
            (true, false) => "S",
            (false, true) => "M",
            (false, false) => "X",
        };
        relations.insert((old, new), relation);
    }
    relations
}

/// The group of each address.
fn groups(folder: &Path) -> std::io::Result<BTreeMap<String, String>> {
    let mut groups = BTreeMap::new();
    let failed = |error: flatgeobuf::Error| std::io::Error::other(error.to_string());
    let file = BufReader::new(File::open(folder.join("adresse.fgb"))?);
    let mut features = FgbReader::open(file).map_err(failed)?.select_all_seq().map_err(failed)?;
    while let Some(feature) = features.next().map_err(failed)? {
        let mut address = Address::default();
        let read = feature.process_properties(&mut address);
        read.map_err(|error| std::io::Error::other(error.to_string()))?;
        if !address.group.is_empty() {
            groups.insert(address.code, address.group);
        }
    }
    Ok(groups)
}

#[derive(Default)]
struct Address {
    code: String,
    group: String,
}

impl PropertyProcessor for Address {
    fn property(
        &mut self,
        _: usize,
        name: &str,
        value: &ColumnValue<'_>,
    ) -> geozero::error::Result<bool> {
        match (name, value) {
            ("code", ColumnValue::String(text)) => self.code = (*text).to_owned(),
            ("grappe", ColumnValue::String(text)) => self.group = (*text).to_owned(),
            _ => {}
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_together_says_the_relation() {
        let pairs =
            [("A", "A"), ("", "C"), ("G", ""), ("M", "M"), ("N", "M"), ("S", "S"), ("S", "T")];
        let mixed = [("X", "X"), ("X", "Y"), ("Y", "Y"), ("Y", "Z")];
        let pairs: BTreeSet<(&str, &str)> = pairs.into_iter().chain(mixed).collect();
        let said: String = related(&pairs).into_values().collect();
        assert_eq!(said, "XUXMMSSXXXX");
    }
}
