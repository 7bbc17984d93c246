//! `grappes.csv`: what became of the groups of addresses of the edition before.
//!
//! Groups are compared by the addresses that both editions have; one that came or went changes nothing by
//! itself. Both editions say of each address in which group it is, so the file tells nothing new.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The file, from the groups of addresses before and after, by codes.
pub fn table(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> String {
    let mut later: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut earlier: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for group in before.values() {
        later.entry(group).or_default();
    }
    for group in after.values() {
        earlier.entry(group).or_default();
    }
    for (address, old) in before {
        if let Some(new) = after.get(address) {
            later.entry(old).or_default().insert(new);
            earlier.entry(new).or_default().insert(old);
        }
    }
    let mut rows: BTreeSet<(&str, &str, char)> = BTreeSet::new();
    for (old, all) in &later {
        let is_whole = |new: &&&str| earlier[**new].len() == 1;
        for new in all {
            let relation = match (all.len(), earlier[new].len()) {
                (1, 1) => 'U',
                (_, 1) if all.iter().all(|new| is_whole(&new)) => 'S',
                (1, _) if earlier[new].iter().all(|old| later[old].len() == 1) => 'M',
                _ => 'X',
            };
            rows.insert((old, new, relation));
        }
        if all.is_empty() {
            rows.insert((old, "", 'X'));
        }
    }
    let new = earlier.iter().filter(|own| own.1.is_empty());
    rows.extend(new.map(|(new, _)| ("", *new, 'X')));
    let mut text = String::from("avant;apres;relation\n");
    for (old, new, relation) in rows {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{old};{new};{relation}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_followed_by_the_addresses_that_both_have() {
        let of = |text: &str| -> BTreeMap<String, String> {
            let pairs = text.split(' ').map(|pair| pair.split_once('=').unwrap());
            pairs.map(|(address, group)| (address.to_owned(), group.to_owned())).collect()
        };
        // Two lost addresses, one new; a split, a merger, a mixture, one that is gone and one that came.
        let before = of("a1=A a2=A a3=A s1=S s2=S m1=M m2=N x1=X x2=X y1=Y y2=Y g1=G");
        let after = of("a1=A a2=A n1=A s1=S s2=T m1=M m2=M x1=X x2=Y y1=Y y2=Z c1=C");
        let due = "avant;apres;relation\n;C;X\nA;A;U\nG;;X\nM;M;M\nN;M;M\nS;S;S\nS;T;S\n\
                   X;X;X\nX;Y;X\nY;Y;X\nY;Z;X\n";
        assert_eq!(table(&before, &after), due);
    }
}
