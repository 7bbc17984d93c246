//! Groups of addresses, as an edition says them, and what the sources say of each.

use std::collections::{BTreeMap, HashMap};

/// The end of the code of a rest.
const REST: &str = "-R";

/// For each address, the code of its group.
#[derive(Default)]
pub struct Groups(HashMap<String, String>);

impl Groups {
    /// The group of an address.
    pub fn of(&self, address: &str) -> Option<&str> {
        self.0.get(address).map(String::as_str)
    }
}

impl FromIterator<(String, String)> for Groups {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Groups {
        Groups(pairs.into_iter().collect())
    }
}

/// Whether a code is that of the rest of a carreau.
pub fn is_rest(code: &str) -> bool {
    code.ends_with(REST)
}

/// The name due to a group, from the texts of its addresses and their dwellings.
pub fn name(code: &str, texts: &[(&str, u64)]) -> String {
    let count = |number: usize| match number {
        1 => "1 adresse".to_owned(),
        _ => format!("{number} adresses"),
    };
    if is_rest(code) {
        return format!("Reste du carreau : {}", count(texts.len()));
    }
    if texts.len() == 1 {
        return texts[0].0.to_owned();
    }
    // The street of most dwellings; of several, the first in the order of the alphabet.
    let mut held: BTreeMap<&str, u64> = BTreeMap::new();
    let parted: Vec<(Option<u32>, &str)> = texts.iter().map(|text| part(text.0)).collect();
    for ((_, street), (_, dwellings)) in parted.iter().zip(texts) {
        *held.entry(street).or_default() += dwellings;
    }
    held.remove("");
    let most = held.values().copied().max();
    let Some((street, _)) = held.iter().find(|own| Some(*own.1) == most) else {
        return count(texts.len());
    };
    let there: Vec<Option<u32>> =
        parted.iter().filter(|own| own.1 == *street).map(|own| own.0).collect();
    let numbers: Vec<u32> = there.iter().copied().flatten().collect();
    let mut name = String::new();
    if let (Some(least), Some(most)) = (numbers.iter().min(), numbers.iter().max()) {
        name += &least.to_string();
        if most > least {
            name += &format!("–{most}");
        }
        name.push(' ');
    }
    name += street;
    match texts.len() - there.len() {
        0 => name,
        others => format!("{name} et {}", count(others)),
    }
}

/// The number at the head of an address, with what may follow it, and the street.
fn part(text: &str) -> (Option<u32>, &str) {
    let mut words = text.splitn(2, ' ');
    let head = words.next().unwrap_or_default();
    let rest = words.next().unwrap_or_default().trim_start();
    let end = head.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(head.len());
    match head[..end].parse() {
        Err(_) => (None, text),
        Ok(number) => {
            let (word, street) = rest.split_once(' ').unwrap_or(("", rest));
            let is_after = ["BIS", "TER", "QUATER", "QUINQUIES"].contains(&word) || word.len() == 1;
            (Some(number), if is_after { street.trim_start() } else { rest })
        }
    }
}
