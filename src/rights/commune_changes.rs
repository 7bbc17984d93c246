//! Communes that were merged or renumbered: rights follow them.
//!
//! A right names communes by the code in force when it was given. In an edition that does not know
//! the code, it holds on the communes that the official table of movements leads to: forward to
//! the commune that took it in, or back to those that it was made of.

use std::collections::{BTreeMap, BTreeSet};

use domain::{CommuneCode, Scale, TerritoryName};

use super::Right;

/// Codes that one code leads to, at most.
const MAX_FOLLOWED: usize = 200;

/// The movements of the official table.
#[derive(Debug, Default)]
pub struct CommuneChanges {
    forward: BTreeMap<CommuneCode, Vec<CommuneCode>>,
    back: BTreeMap<CommuneCode, Vec<CommuneCode>>,
}

/// A right on `from` that holds on `to` in editions that know `to` and not `from`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Followed {
    /// The code that the right names.
    pub from: CommuneCode,
    /// The one that it leads to.
    pub to: CommuneCode,
    /// The finest scale of the right.
    pub finest: Scale,
}

impl CommuneChanges {
    /// Pairs of codes, old and new.
    pub fn new(pairs: impl IntoIterator<Item = (CommuneCode, CommuneCode)>) -> CommuneChanges {
        let mut movements = CommuneChanges::default();
        for (old, new) in pairs.into_iter().filter(|(old, new)| old != new) {
            movements.forward.entry(old).or_default().push(new);
            movements.back.entry(new).or_default().push(old);
        }
        movements
    }

    /// Where the rights on communes lead, sorted.
    pub fn follow(&self, rights: &[Right]) -> Vec<Followed> {
        let mut followed = Vec::new();
        if self.forward.is_empty() {
            return followed;
        }
        for right in rights {
            let TerritoryName::Commune(from) = *right.territory() else { continue };
            for way in [&self.forward, &self.back] {
                let reached = reach(way, from);
                let lead = |to| Followed { from, to, finest: right.finest() };
                followed.extend(reached.into_iter().map(lead));
            }
        }
        followed.sort_unstable();
        followed.dedup();
        followed
    }
}

fn reach(
    way: &BTreeMap<CommuneCode, Vec<CommuneCode>>,
    from: CommuneCode,
) -> BTreeSet<CommuneCode> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(code) = next.pop() {
        for to in way.get(&code).into_iter().flatten() {
            if *to != from && reached.len() < MAX_FOLLOWED && reached.insert(*to) {
                next.push(*to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> CommuneCode {
        text.parse().unwrap()
    }

    #[test]
    fn a_right_follows_forward_and_back_through_several_movements() {
        let moves = CommuneChanges::new([
            (code("95002"), code("95001")),
            (code("95001"), code("95009")),
            (code("95009"), code("95001")),
        ]);
        let right = |text: &str| [format!("commune:{text}@iris").parse::<Right>().unwrap()];
        let to = |text: &str| {
            let followed = moves.follow(&right(text));
            followed.iter().map(|one| one.to.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(to("95002"), ["95001", "95009"]);
        assert_eq!(to("95009"), ["95001", "95002"]);
        assert!(to("78001").is_empty());
    }
}
