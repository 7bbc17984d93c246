//! A linear system: the places an attacker can combine over one filter, and the smallest groups of
//! households that no place tells apart.

use std::collections::HashMap;

/// Households that lie in the same places, as long as nothing is hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub households: u64,
    /// Sorted, never empty.
    pub places: Box<[u32]>,
}

/// Every part of a system, in an order that atoms do not change.
pub(super) struct System {
    parts: Vec<Part>,
    /// One more than the largest place.
    places: usize,
}

impl System {
    /// Merges groups that lie in the same places; those in none, and those of nobody, are dropped.
    pub(super) fn new(groups: impl IntoIterator<Item = (u64, Vec<u32>)>) -> System {
        let mut merged: HashMap<Box<[u32]>, u64> = HashMap::new();
        for (households, places) in groups {
            if households > 0 && !places.is_empty() {
                *merged.entry(places.into()).or_default() += households;
            }
        }
        let mut parts: Vec<Part> =
            merged.into_iter().map(|(places, households)| Part { households, places }).collect();
        parts.sort_unstable_by(|left, right| left.places.cmp(&right.places));
        let last = parts.iter().filter_map(|part| part.places.last()).max();
        let places = last.map_or(0, |place| *place as usize + 1);
        System { parts, places }
    }

    /// The classes that remain once some places are hidden.
    pub(super) fn classes(&self, is_published: impl Fn(u32) -> bool) -> Classes {
        let mut numbers: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut classes = Classes {
            households: Vec::new(),
            places: Vec::new(),
            parts: Vec::new(),
            of_part: vec![None; self.parts.len()],
            of_place: vec![Vec::new(); self.places],
        };
        for (part, number) in self.parts.iter().zip(0..) {
            let places: Vec<u32> =
                part.places.iter().copied().filter(|place| is_published(*place)).collect();
            if places.is_empty() {
                continue;
            }
            let next = classes.households.len() as u32;
            let class = *numbers.entry(places).or_insert_with_key(|places| {
                places.iter().for_each(|place| classes.of_place[*place as usize].push(next));
                classes.places.push(places.as_slice().into());
                classes.households.push(0);
                classes.parts.push(Vec::new());
                next
            });
            classes.households[class as usize] += part.households;
            classes.parts[class as usize].push(number);
            classes.of_part[number as usize] = Some(class);
        }
        classes
    }
}

/// Groups of households that no published place tells apart: every published combination gives all
/// of a class the same weight.
pub(super) struct Classes {
    households: Vec<u64>,
    places: Vec<Box<[u32]>>,
    parts: Vec<Vec<u32>>,
    of_part: Vec<Option<u32>>,
    of_place: Vec<Vec<u32>>,
}

impl Classes {
    /// Number of classes.
    pub(super) fn len(&self) -> usize {
        self.households.len()
    }

    /// Households of a class.
    pub(super) fn households(&self, class: u32) -> u64 {
        self.households[class as usize]
    }

    /// The published places that hold a class, sorted.
    pub(super) fn places(&self, class: u32) -> &[u32] {
        &self.places[class as usize]
    }

    /// The classes of a published place.
    pub(super) fn of_place(&self, place: u32) -> &[u32] {
        &self.of_place[place as usize]
    }

    /// The parts that a class merges.
    pub(super) fn parts(&self, class: u32) -> &[u32] {
        &self.parts[class as usize]
    }

    /// The class of a part, or `None` where every place that held it is hidden.
    pub(super) fn of_part(&self, part: u32) -> Option<u32> {
        self.of_part[part as usize]
    }

    /// A class with its neighbours, through the smallest places first, at most `limit` of them.
    pub(super) fn around(&self, class: u32, limit: usize) -> Vec<u32> {
        let mut found = vec![class];
        let mut seen = std::collections::HashSet::from([class]);
        let mut waiting = std::collections::BTreeSet::new();
        let mut known = std::collections::HashSet::new();
        let mut next = 0;
        while found.len() < limit {
            for &class in &found[next..] {
                for &place in self.places(class) {
                    if known.insert(place) {
                        waiting.insert((self.of_place(place).len(), place));
                    }
                }
            }
            next = found.len();
            let Some((_, place)) = waiting.pop_first() else { break };
            for &class in self.of_place(place) {
                if found.len() < limit && seen.insert(class) {
                    found.push(class);
                }
            }
        }
        found
    }
}
